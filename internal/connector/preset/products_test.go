package preset_test

import (
	"strings"

	"ligature/internal/connector"
	"ligature/internal/connector/sqlconn"
)

const (
	usual   = "correct horse"
	unicode = "Grüße, Привет 🎨"
)

// long is a password of 200 letters.
func long() string { return strings.Repeat("x", 200) }

// person is a row of testdata/NAME/rows.sql, with a password that the product itself hashed.
type person struct {
	id, username, email, name, password string
	outcome                             connector.Outcome
	flags                               connector.Flags
	used                                bool
}

// product is a preset on its own tables.
type product struct {
	preset string
	with   map[string]string
	// change is what an operator writes beside the preset.
	change func(o *sqlconn.Options)
	people []person
	// nobody are usernames of rows that are no users.
	nobody []string
}

// Flags that come more than once.
func privileged() connector.Flags { return connector.Flags{Privileged: true} }
func disabled() connector.Flags   { return connector.Flags{Disabled: true} }

// products are the presets with what their tables hold.
func products() []product {
	const match, wrong = connector.Match, connector.WrongPassword
	keycloak := func(n string) string { return "5a6b0b2c-0000-4000-8000-00000000000" + n }
	aspnet := func(n string) string { return "b74ddd14-6340-4840-95c2-db125548410" + n }
	return []product{
		{preset: "akeneo-pim", nobody: []string{"magento_1234", "job_automated"}, people: []person{
			{id: "1", username: "admin", email: "admin@example.com", name: "John Doe", password: usual, outcome: match, flags: privileged()},
			{id: "2", username: "julien", email: "julien@example.com", name: "Julien Février", password: unicode, outcome: match, used: true},
			{id: "3", username: "by.group", email: "by.group@example.com", name: "By Group", password: usual, outcome: match, flags: privileged()},
			{id: "4", username: "gone", email: "gone@example.com", name: "Gone", password: usual, outcome: connector.Disabled, flags: disabled()},
			{id: "5", username: "sandra", email: "sandra@example.com", name: "Sandra Harvey", password: usual, outcome: connector.Locked, flags: connector.Flags{Locked: true}},
			{id: "6", username: "was.locked", email: "was.locked@example.com", name: "Was Locked", password: usual, outcome: match},
			{id: "7", username: "long", email: "long@example.com", name: "Long", password: long(), outcome: match},
		}},
		{preset: "django", people: []person{
			{id: "1", username: "root", email: "root@example.com", password: usual, outcome: match, flags: privileged()},
			{id: "7", username: "Zoë", email: "zoe@example.com", name: "Zoë Stark", password: unicode, outcome: match, used: true},
			{id: "8", username: "gone", email: "gone@example.com", password: usual, outcome: connector.Disabled, flags: disabled()},
			{id: "9", username: "sso", email: "sso@example.com", password: usual, outcome: wrong},
			{id: "10", username: "long", email: "long@example.com", password: long(), outcome: match},
		}},
		{preset: "laravel", people: []person{
			{id: "1", email: "ann@example.com", name: "Ann Lee", password: usual, outcome: match},
			{id: "2", email: "zoe@example.com", name: "Zoë Stark", password: unicode, outcome: match},
			{id: "3", email: "long@example.com", name: "Long", password: long(), outcome: match},
		}},
		{preset: "wordpress", people: []person{
			{id: "1", username: "admin", email: "admin@example.com", name: "Site Admin", password: usual, outcome: match, flags: privileged()},
			{id: "2", username: "Zoë", email: "zoe@example.com", name: "Zoë Stark", password: unicode, outcome: match},
			{id: "3", username: "long", email: "long@example.com", name: "Long", password: long(), outcome: match},
		}},
		{preset: "keycloak", with: map[string]string{"realm": "Acme Staff"}, nobody: []string{"service-account-app"}, people: []person{
			{id: keycloak("1"), username: "root", email: "root@example.com", name: "Ro Ot", password: usual, outcome: match, flags: privileged()},
			{id: keycloak("2"), username: "zoë", email: "zoe@example.com", name: "Zoë Stark", password: unicode, outcome: match},
			{id: keycloak("3"), username: "gone", email: "gone@example.com", password: usual, outcome: connector.Disabled, flags: disabled()},
			{id: keycloak("4"), username: "must", email: "must@example.com", name: "Must Reset", password: long(), outcome: connector.MustReset, flags: connector.Flags{MustReset: true}},
			{id: keycloak("5"), username: "federated", password: usual, outcome: wrong},
		}},
		{preset: "symfony", people: []person{
			{id: "1", email: "root@example.com", password: usual, outcome: match, flags: privileged()},
			{id: "2", email: "zoe@example.com", password: unicode, outcome: match},
			{id: "3", email: "long@example.com", password: long(), outcome: match},
		}},
		{preset: "rails", people: []person{
			{id: "1", email: "ann@example.com", password: usual, outcome: match},
			{id: "2", email: "zoe@example.com", password: unicode, outcome: match},
			{id: "3", email: "long@example.com", password: long()[:70], outcome: match},
		}},
		{preset: "devise", change: func(o *sqlconn.Options) { o.Hash.Pepper = []byte("a1b2c3d4e5f6 pepper of a test") }, people: []person{
			{id: "1", email: "ann@example.com", password: usual, outcome: match},
			{id: "2", email: "zoe@example.com", password: unicode, outcome: match},
			{id: "3", email: "invited@example.com", password: usual, outcome: wrong},
		}},
		{preset: "drupal", nobody: []string{""}, people: []person{
			{id: "1", username: "admin", email: "admin@example.com", password: usual, outcome: match, flags: privileged(), used: true},
			{id: "2", username: "Zoë", email: "zoe@example.com", password: unicode, outcome: match},
			{id: "3", username: "blocked", email: "blocked@example.com", password: usual, outcome: connector.Disabled, flags: disabled()},
			{id: "4", username: "editor", email: "editor@example.com", password: long(), outcome: match, flags: privileged(), used: true},
		}},
		{preset: "drupal7", people: []person{
			{id: "1", username: "admin", email: "admin@example.com", password: usual, outcome: match, flags: privileged(), used: true},
			{id: "2", username: "Zoë", email: "zoe@example.com", password: unicode, outcome: match},
			{id: "3", username: "blocked", email: "blocked@example.com", password: usual, outcome: connector.Disabled, flags: disabled()},
			{id: "4", username: "second", email: "second@example.com", password: long(), outcome: match, flags: privileged()},
		}},
		{preset: "aspnet-identity", people: []person{
			{id: aspnet("1"), username: "root@example.com", email: "root@example.com", password: usual, outcome: match, flags: privileged()},
			{id: aspnet("2"), username: "Zoë", email: "zoe@example.com", password: unicode, outcome: match},
			{id: aspnet("3"), username: "locked", email: "locked@example.com", password: usual, outcome: connector.Locked, flags: connector.Flags{Locked: true}},
			{id: aspnet("4"), username: "wasLocked", email: "was@example.com", password: long(), outcome: match},
			{id: aspnet("5"), username: "unlockable", email: "un@example.com", password: usual, outcome: match},
			{id: aspnet("6"), username: "external", email: "external@example.com", password: usual, outcome: wrong},
		}},
	}
}
