package connectortest

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

// World is a connector to a product that has exactly People.
type World struct {
	Connector connector.Connector
	// Has is what the connector must be able to do.
	Has connector.Abilities
	// FoldsCase says that the product's look-ups ignore the case of ASCII letters.
	FoldsCase bool
	// SaysWhich says that the product tells a wrong password from an unknown user.
	SaysWhich bool
	// Nameless says that the product finds nobody and names nobody: it is asked about an address, and its refusals do not say why.
	Nameless bool
	// Short says that the product takes no long questions: passwords beyond 100 bytes cannot be checked, which is no answer.
	Short bool
	// Break makes the product fail; Repair brings it back.
	Break, Repair func()
	// Stall makes the product hang until the test ends.
	Stall func()
	// Calls counts how often the product was asked; nil when it cannot be counted.
	Calls func() int
}

// Factory makes a new World for one test; it cleans up by t.
type Factory func(t *testing.T) World

// Run holds a connector to the port's promises.
func Run(t *testing.T, factory Factory) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, w World)
	}{
		{"abilities are the declared ones", abilities},
		{"finds by every key", finds},
		{"nobody is an empty answer, not an error", findsNobody},
		{"a shared key gives two records", findsTwo},
		{"case folds exactly as declared", foldsCase},
		{"a username with an at sign is no address", usernameIsNoAddress},
		{"the right password matches", rightPassword},
		{"any other password does not", wrongPassword},
		{"hopeless passwords never reach the product", hopelessPassword},
		{"disabled, locked and must reset are never a proof", flagged},
		{"an id is not proven by somebody else's password", otherPerson},
		{"texts with a meaning are taken literally", literally},
		{"a pulled plug is unavailable, and heals", pulledPlug},
		{"a hanging product ends with the deadline", hangs},
		{"a call that is not wanted any more ends", cancelled},
		{"answers do not mix under load", concurrent},
		{"the list has everybody once", lists},
		{"a reset request does not say who exists", resets},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, factory(t)) })
	}
}

func person(t *testing.T, username string) Person {
	t.Helper()
	for _, p := range People() {
		if p.Username == username {
			return p
		}
	}
	t.Fatalf("the suite has no %q", username)
	return Person{}
}

// check asks about a person with a password; the identifier is the username, or the address where there is no id to ask about.
func (w World) check(t *testing.T, p Person, password string) connector.Check {
	t.Helper()
	if w.Nameless {
		id, err := ident.ParseIdentifier(p.Email)
		if err != nil {
			t.Fatalf("the suite's address does not parse: %v", err)
		}
		return connector.Check{Identifier: id, Password: password}
	}
	id, err := ident.ParseIdentifier(p.Username)
	if err != nil {
		t.Fatalf("the suite's username does not parse: %v", err)
	}
	return connector.Check{ExternalID: ident.ExternalID(p.ID), Identifier: id, Password: password}
}

func verify(t *testing.T, w World, c connector.Check) connector.Answer {
	t.Helper()
	answer, err := w.Connector.(connector.Verifier).Verify(t.Context(), c)
	if w.Short && len(c.Password) > 100 {
		if !errors.Is(err, connector.ErrRecord) {
			t.Errorf("a password that is too long for the product: %v, want an error about the record", err)
		}
		return connector.Answer{Outcome: connector.Rejected}
	}
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return answer
}

func find(t *testing.T, w World, by connector.Key, value string) []connector.Record {
	t.Helper()
	records, err := w.Connector.(connector.Finder).Find(t.Context(), connector.Query{By: by, Value: value})
	if err != nil {
		t.Fatalf("Find by %s: %v", by, err)
	}
	return records
}

func abilities(t *testing.T, w World) {
	if got := connector.AbilitiesOf(w.Connector); got != w.Has {
		t.Errorf("abilities are %+v, want %+v", got, w.Has)
	}
	if err := w.Connector.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func finds(t *testing.T, w World) {
	if !w.Has.Find {
		return
	}
	for _, p := range People() {
		queries := map[connector.Key]string{connector.ByID: p.ID, connector.ByUsername: p.Username}
		if p.Email != "" && p.Email != "twins@example.com" {
			queries[connector.ByEmail] = p.Email
		}
		for by, value := range queries {
			records := find(t, w, by, value)
			if len(records) != 1 {
				t.Errorf("%s by %s: %d records, want 1", p.Name, by, len(records))
				continue
			}
			sameRecord(t, p, records[0])
		}
	}
}

func sameRecord(t *testing.T, p Person, r connector.Record) {
	t.Helper()
	var email ident.Email
	if p.Email != "" {
		var err error
		if email, err = ident.ParseEmail(p.Email); err != nil {
			t.Fatalf("the suite's address does not parse: %v", err)
		}
	}
	if string(r.ExternalID) != p.ID || r.Username != p.Username || r.Email != email || r.Name != p.Name || r.Locale != p.Locale || string(r.Generation) != p.Generation {
		t.Errorf("%s came back as id %s, username %q, address %s, name %q, locale %q, generation %q", p.Name, r.ExternalID, r.Username, r.Email, r.Name, r.Locale, r.Generation)
	}
	if r.Flags != p.Flags {
		t.Errorf("%s has flags %+v, want %+v", p.Name, r.Flags, p.Flags)
	}
}

func findsNobody(t *testing.T, w World) {
	if !w.Has.Find {
		return
	}
	for by, value := range map[connector.Key]string{connector.ByEmail: "nobody@example.com", connector.ByUsername: "nobody", connector.ByID: "4711"} {
		if records := find(t, w, by, value); len(records) != 0 {
			t.Errorf("by %s: %d records, want none", by, len(records))
		}
		if records := find(t, w, by, ""); len(records) != 0 {
			t.Errorf("by an empty %s: %d records, want none", by, len(records))
		}
	}
	if _, err := w.Connector.(connector.Finder).Find(t.Context(), connector.Query{By: "shoe_size", Value: "42"}); err == nil {
		t.Error("an unknown key was answered")
	}
}

func findsTwo(t *testing.T, w World) {
	if !w.Has.Find {
		return
	}
	records := find(t, w, connector.ByEmail, "twins@example.com")
	if len(records) != 2 || records[0].ExternalID == records[1].ExternalID {
		t.Errorf("%d records, want the two twins", len(records))
	}
}

func foldsCase(t *testing.T, w World) {
	if !w.Has.Find {
		return
	}
	want := 0
	if w.FoldsCase {
		want = 1
	}
	for by, value := range map[connector.Key]string{connector.ByUsername: "JULIA", connector.ByEmail: "julia@EXAMPLE.com"} {
		if records := find(t, w, by, value); len(records) != want {
			t.Errorf("by %s in another case: %d records, want %d", by, len(records), want)
		}
	}
}

func usernameIsNoAddress(t *testing.T, w World) {
	if !w.Has.Find {
		return
	}
	if records := find(t, w, connector.ByEmail, "dora@example.com"); len(records) != 0 {
		t.Errorf("an address found the user who is only called so")
	}
	if records := find(t, w, connector.ByUsername, "julia@example.com"); len(records) != 0 {
		t.Errorf("a username found the user who only has that address")
	}
}

func rightPassword(t *testing.T, w World) {
	for _, p := range People() {
		if p.Password == "" || p.Flags.Disabled || p.Flags.Locked || p.Flags.MustReset || strings.Contains(p.Username, "@") {
			continue
		}
		if w.Nameless && (p.Email == "" || p.Email == "twins@example.com") || w.Short && len(p.Password) > 100 {
			continue
		}
		answer := verify(t, w, w.check(t, p, p.Password))
		if answer.Outcome != connector.Match {
			t.Errorf("%s: %s, want match", p.Name, answer.Outcome)
		}
		if answer.Record != nil {
			sameRecord(t, p, *answer.Record)
		}
	}
}

// wrong are the outcomes for a wrong password.
func (w World) wrong(o connector.Outcome) bool {
	return o == connector.WrongPassword || (!w.SaysWhich && o == connector.Rejected)
}

func wrongPassword(t *testing.T, w World) {
	julia := person(t, "julia")
	for name, password := range map[string]string{
		"another": "paint the fence 43", "other case": "Paint the fence 42", "cut": "paint the fence 4", "longer": "paint the fence 421", "space after": julia.Password + " ",
		"space before": " " + julia.Password, "somebody else's": person(t, "mary").Password, "the username": "julia", "wildcard": "%", "long": strings.Repeat("x", 1024),
		"injection": `' OR '1'='1`, "accent": "paint thé fence 42", "format": "paint the fence\u200b 42",
	} {
		if answer := verify(t, w, w.check(t, julia, password)); !w.wrong(answer.Outcome) {
			t.Errorf("%s: %s", name, answer.Outcome)
		}
	}
	for name, c := range map[string]connector.Check{
		"trimmed": w.check(t, person(t, "spaces"), "outer spaces count"), "never had one": w.check(t, person(t, "sso"), "anything at all"),
		"last letter of many": w.check(t, person(t, "long"), person(t, "long").Password[:299]+"!"),
	} {
		if answer := verify(t, w, c); !w.wrong(answer.Outcome) {
			t.Errorf("%s: %s", name, answer.Outcome)
		}
	}
	nobody := w.check(t, Person{ID: "4711", Username: "nobody", Email: "nobody@example.com"}, "paint the fence 42")
	if answer := verify(t, w, nobody); answer.Outcome != connector.NotFound && (w.SaysWhich || answer.Outcome != connector.Rejected) {
		t.Errorf("nobody: %s", answer.Outcome)
	}
}

func hopelessPassword(t *testing.T, w World) {
	before := 0
	if w.Calls != nil {
		before = w.Calls()
	}
	for name, password := range map[string]string{
		"empty": "", "spaces": "   ", "tabs and lines": "\t\r\n", "wide spaces": "\u3000\u2003", "NUL": "paint the fence 42\x00", "only NUL": "\x00", "too long": strings.Repeat("x", 1025), "not UTF-8": "\xff\xfe",
	} {
		for _, username := range []string{"julia", "sso"} {
			answer, err := w.Connector.(connector.Verifier).Verify(t.Context(), w.check(t, person(t, username), password))
			if err != nil || answer.Outcome != connector.Rejected {
				t.Errorf("%s: %s, %v; want rejected", name, answer.Outcome, err)
			}
		}
	}
	if w.Calls != nil && w.Calls() != before {
		t.Errorf("the product was asked %d times", w.Calls()-before)
	}
}

func flagged(t *testing.T, w World) {
	for username, want := range map[string]connector.Outcome{"mary": connector.Disabled, "sandra": connector.Locked, "julien": connector.MustReset} {
		p := person(t, username)
		if answer := verify(t, w, w.check(t, p, p.Password)); (answer.Outcome != want && !w.Nameless) || answer.Outcome.Proven() {
			t.Errorf("%s: %s, want %s", username, answer.Outcome, want)
		}
		if answer := verify(t, w, w.check(t, p, "something else entirely")); answer.Outcome.Proven() {
			t.Errorf("%s with a wrong password: %s", username, answer.Outcome)
		}
	}
}

func otherPerson(t *testing.T, w World) {
	julia, peter := person(t, "julia"), person(t, "peter")
	c := w.check(t, peter, peter.Password)
	c.ExternalID = ident.ExternalID(julia.ID)
	if answer, err := w.Connector.(connector.Verifier).Verify(t.Context(), c); err == nil && answer.Outcome.Proven() {
		t.Error("peter's password proved julia's id")
	}
	if _, err := w.Connector.(connector.Verifier).Verify(t.Context(), connector.Check{Password: peter.Password}); err == nil {
		t.Error("a check of nobody was answered")
	}
}

func literally(t *testing.T, w World) {
	for _, text := range literals() {
		if w.Has.Find {
			for _, by := range []connector.Key{connector.ByEmail, connector.ByUsername, connector.ByID} {
				records, err := w.Connector.(connector.Finder).Find(t.Context(), connector.Query{By: by, Value: text})
				if len(records) != 0 {
					t.Errorf("%q by %s found %s", text, by, records[0].Username)
				}
				// That a store misreads such an id and gives another row is refused as an error about the record.
				if err != nil && by != connector.ByID {
					t.Errorf("%q by %s: %v", text, by, err)
				}
			}
		}
		c := w.check(t, person(t, "julia"), person(t, "julia").Password)
		c.ExternalID = ident.ExternalID(text)
		if answer, err := w.Connector.(connector.Verifier).Verify(t.Context(), c); err == nil && answer.Outcome.Proven() {
			t.Errorf("the id %q was proven", text)
		}
	}
	if got := verify(t, w, w.check(t, person(t, "julia"), person(t, "julia").Password)); got.Outcome != connector.Match {
		t.Errorf("afterwards julia gets %s", got.Outcome)
	}
}

func concurrent(t *testing.T, w World) {
	var group sync.WaitGroup
	for i := range 12 {
		p := People()[[]int{0, 1, 5, 8}[i%4]]
		c := w.check(t, p, "")
		group.Go(func() {
			for _, password := range []string{p.Password, "wrong " + p.Password} {
				c.Password = password
				answer, err := w.Connector.(connector.Verifier).Verify(t.Context(), c)
				if err != nil || answer.Outcome.Proven() != (password == p.Password) {
					t.Errorf("%s: %s, %v", p.Name, answer.Outcome, err)
				}
				if answer.Record != nil && string(answer.Record.ExternalID) != p.ID {
					t.Errorf("%s: an answer about %s", p.Name, answer.Record.ExternalID)
				}
			}
		})
	}
	group.Wait()
}

func lists(t *testing.T, w World) {
	lister, ok := w.Connector.(connector.Lister)
	if !ok {
		return
	}
	for _, limit := range []int{1, 5, len(People()), 100} {
		seen := map[ident.ExternalID]int{}
		for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
			records, next, err := lister.List(t.Context(), cursor, limit)
			if err != nil || len(records) > limit || pages > len(People()) {
				t.Fatalf("pages of %d: page %d has %d records, %v", limit, pages, len(records), err)
			}
			for _, r := range records {
				seen[r.ExternalID]++
			}
			cursor = next
		}
		for _, p := range People() {
			if seen[ident.ExternalID(p.ID)] != 1 {
				t.Errorf("pages of %d: %s came %d times", limit, p.Name, seen[ident.ExternalID(p.ID)])
			}
		}
		if len(seen) != len(People()) {
			t.Errorf("pages of %d: %d people, want %d", limit, len(seen), len(People()))
		}
	}
}
