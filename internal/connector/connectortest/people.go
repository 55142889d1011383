// Package connectortest is the suite that every connector passes. Tests import it; nothing else does.
package connectortest

import "ligature/internal/connector"

// Person is a user that the product under test must have. A test fills its store with People.
type Person struct {
	ID, Generation, Username, Email, Name, Locale string
	// Password is empty for somebody who never had one.
	Password string
	Flags    connector.Flags
}

// People are the users of the suite.
func People() []Person {
	long := make([]byte, 300)
	for i := range long {
		long[i] = byte('a' + i%26)
	}
	return []Person{
		{ID: "7", Username: "julia", Email: "Julia@example.com", Name: "Julia Stark", Locale: "en_US", Password: "paint the fence 42"},
		{ID: "8", Username: "peter", Email: "peter@example.com", Name: "Peter Williams", Locale: "en_US", Password: "Grüße, Привет, 你好 🎨", Flags: connector.Flags{Privileged: true}},
		{ID: "9", Username: "mary", Email: "mary@example.com", Name: "Mary Smith", Locale: "en_US", Password: "mary keeps twelve goats", Flags: connector.Flags{Disabled: true}},
		{ID: "10", Username: "sandra", Email: "sandra@example.com", Name: "Sandra Harvey", Locale: "en_US", Password: "sandra is locked out", Flags: connector.Flags{Locked: true}},
		{ID: "11", Username: "julien", Email: "julien@example.com", Name: "Julien Février", Locale: "fr_FR", Password: "must be changed soon", Flags: connector.Flags{MustReset: true}},
		{ID: "12", Username: "o'brien 100%_\\", Email: "o'brien@example.com", Name: "Pat O'Brien", Locale: "en_US", Password: `' OR '1'='1`},
		{ID: "13", Username: "twin one", Email: "twins@example.com", Name: "Twin One", Locale: "en_US", Password: "the elder of the two"},
		{ID: "14", Username: "twin two", Email: "twins@example.com", Name: "Twin Two", Locale: "en_US", Password: "the younger of the two"},
		{ID: "15", Username: "dora@example.com", Email: "someone.else@example.com", Name: "Not Dora", Locale: "en_US", Password: "my name is an address"},
		{ID: "16", Username: "long", Email: "long@example.com", Name: "Long Winded", Locale: "en_US", Password: string(long)},
		{ID: "17", Username: "spaces", Email: "spaces@example.com", Name: "Outer Spaces", Locale: "en_US", Password: "  outer spaces count  "},
		{ID: "18", Username: "sso", Email: "sso@example.com", Name: "Never Had One", Locale: "en_US"},
		{ID: "19", Username: "no.mail", Email: "", Name: "No Mail", Locale: "en_US", Password: "no mailbox at all here"},
		{ID: "20", Generation: "2", Username: "shared", Email: "team@example.com", Name: "The Team", Locale: "en_US", Password: "everybody knows this one", Flags: connector.Flags{Shared: true}},
	}
}

// literals are texts that mean something to SQL, LDAP, JSON, URLs or shells; to a connector they are nobody's name.
func literals() []string {
	return []string{
		`' OR '1'='1`, `' OR 1=1 --`, `julia' --`, `julia";`, `%`, `_ulia`, `jul%`, `*`, `*)(uid=*`, `\2a`, `julia)(|(uid=*`, `$1`, `:id`, `?`,
		`julia'; DROP TABLE oro_user; --`, "julia\x00", "julia\n", `"},"by":"id`, `../../verify`, `julia%00`, `julia&by=id`,
		`{"$ne":null}`, `<script>`, "7 ", " 7", "07", "7.0", "7e0", "0x7", "+7",
	}
}
