//go:build servers

package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/demo"
	"ligature/internal/demo/other"
	"ligature/internal/testkit"
)

// openWorldWithDirectory opens a world with a third product, whose people are in an LDAP directory. Every story is held to
// leaving that alone, too.
func openWorldWithDirectory(t *testing.T) *world {
	t.Helper()
	w := openWorldWith(t, demo.Options{Directory: demo.DirectoryProgram()})
	if w.Other() == nil {
		t.Fatalf("there is no third product: is slapd installed?\n%s", w.log)
	}
	before, err := w.Other().Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if after, err := w.Other().Dump(t.Context()); err != nil || after != before {
			t.Errorf("the directory changed: %v\n%s\nwas\n%s", err, after, before)
		}
	})
	return w
}

// TestDirectoryFirstSignIn: the first sign-in of somebody who is in a directory alone, by the username, and the days after.
func TestDirectoryFirstSignIn(t *testing.T) {
	t.Parallel()
	w := openWorldWithDirectory(t)
	tove, at := w.person("directory_only", "other"), w.product("other")
	b := w.browser("T")
	b.Open(at.URL + "/")
	if !b.Page.Says("to continue to " + at.Name) {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	w.firstSignIn(b, tove)
	b.Press("Continue to " + at.Name)
	if !strings.HasPrefix(b.Page.URL.String(), at.URL) || !b.Page.Says("Tove Nyström") || !b.Page.Says("Photographer") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	// The password is the account's from now on; the directory is not asked any more.
	w.SetStore("other", demo.Down)
	again := w.browser("next day")
	again.Open(at.URL + "/")
	again.Press("Continue", "email", tove.Email)
	again.Press("Login", "password", tove.Password)
	if !strings.HasPrefix(again.Page.URL.String(), at.URL) || !again.Page.Says("Tove Nyström") {
		t.Fatalf("the next day: %s %s", again.Page.URL, again.Page.Text())
	}
	again.Press("Log out")
	if !again.Page.Says("You are logged out") {
		t.Errorf("logged out: %s", again.Page.Text())
	}
}

// TestDirectoryIsTheNextProduct: somebody who came in by the PIM opens the directory's product, proves its password once, and
// from then on goes in directly.
func TestDirectoryIsTheNextProduct(t *testing.T) {
	t.Parallel()
	w := openWorldWithDirectory(t)
	sam, again, at := w.person("same_email", "pim"), w.person("same_email", "other"), w.product("other")
	b := w.browser("S")
	w.firstSignIn(b, sam)
	b.Open(at.URL + "/")
	if b.Page.H1 != "Link your account." || !b.Page.Says("Sign in with your "+at.Name+" login details one last time to merge your accounts.") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	for _, wrong := range []string{"wrong", sam.Password} {
		b.Press("CONTINUE", "email", again.Identifier, "password", wrong)
		if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct "+at.Name+" email and password") {
			t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
		}
	}
	b.Press("CONTINUE", "email", again.Identifier, "password", again.Password)
	if !strings.HasPrefix(b.Page.URL.String(), at.URL) || !b.Page.Says("Sam Okafor") || !b.Page.Says("Buyer") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
}

// TestDirectoryRefusals: what a directory says of somebody has its own page, and what is typed has no meaning to it.
func TestDirectoryRefusals(t *testing.T) {
	t.Parallel()
	w := openWorldWithDirectory(t)
	lars, mira, tove, at := w.person("directory_locked", "other"), w.person("directory_inactive", "other"), w.person("directory_only", "other"), w.product("other")
	try := func(identifier, password string) *testkit.Browser {
		b := w.browser(identifier)
		b.Open(at.URL + "/")
		b.Press("Continue", "email", identifier)
		b.Press("Login", "password", password)
		return b
	}
	for _, c := range []struct {
		person demo.Person
		h1     string
	}{{lars, "This " + at.Name + " account is locked for now"}, {mira, "This " + at.Name + " account is switched off"}} {
		if b := try(c.person.Identifier, c.person.Password); b.Page.Status != http.StatusForbidden || b.Page.H1 != c.h1 || !b.Page.Says("Nothing was changed") {
			t.Errorf("%s: %d %q %s", c.person.Identifier, b.Page.Status, b.Page.H1, b.Page.Text())
		}
	}
	for _, typed := range []string{"*", "tov*", "*)(uid=*", "tove)(mail=*", `\74ove`} {
		if b := try(typed, tove.Password); b.Page.H1 == "Confirm your email address" {
			t.Errorf("%q was taken for Tove", typed)
		}
	}
	w.SetStore("other", demo.Down)
	if b := try(tove.Identifier, tove.Password); b.Page.Status != http.StatusServiceUnavailable || strings.Contains(b.Page.Text(), "not found") {
		t.Errorf("down: %d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	w.SetStore("other", demo.Up)
	if b := try(tove.Identifier, tove.Password); b.Page.H1 != "Confirm your email address" {
		t.Errorf("up again: %d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// TestDirectoryProductByItself: the product's own login is a bind, and an empty password is none.
func TestDirectoryProductByItself(t *testing.T) {
	t.Parallel()
	w := openWorldWithDirectory(t)
	tove, at := w.person("directory_only", "other"), w.product("other")
	b := w.browser("own")
	b.Open(at.LegacyLogin)
	form := b.Page.Form("Log in")
	for _, typed := range [][2]string{{tove.Identifier, "wrong"}, {tove.Identifier, ""}, {"*", tove.Password}, {"nobody", tove.Password}, {w.person("directory_inactive", "other").Identifier, w.person("directory_inactive", "other").Password},
		{w.person("directory_locked", "other").Identifier, w.person("directory_locked", "other").Password}} {
		b.Send(form, "login", typed[0], "password", typed[1])
		if b.Page.Status != http.StatusUnauthorized || !b.Page.Says("Username or password is incorrect.") {
			t.Errorf("%q: %d %s", typed[0], b.Page.Status, b.Page.Text())
		}
	}
	b.Send(form, "login", tove.Email, "password", tove.Password)
	if !b.Page.Says("Hello Tove Nyström") || !b.Page.Says("You came in with your "+at.Name+" password") {
		t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Log out")
	b.Open(at.URL + "/forgotten")
	if !b.Page.Says("sends no mails") {
		t.Errorf("forgotten: %s", b.Page.Text())
	}
}

// TestDirectoryLockIsNobodysToPull: however often somebody guesses here, the directory's own lock stays out of reach.
func TestDirectoryLockIsNobodysToPull(t *testing.T) {
	t.Parallel()
	w := openWorldWithDirectory(t)
	tove, at := w.person("directory_only", "other"), w.product("other")
	slowed := false
	for range 2 * other.LockAfter {
		b := w.browser("guesser")
		b.Open(at.URL + "/")
		b.Press("Continue", "email", tove.Identifier)
		b.Press("Login", "password", "a guess")
		slowed = slowed || b.Page.Says("Too many attempts")
	}
	conn, err := ldap.DialURL(w.Other().DirectoryURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Bind(other.SearcherDN, w.Other().SearcherPassword()); err != nil {
		t.Fatal(err)
	}
	found, err := conn.Search(&ldap.SearchRequest{BaseDN: other.BaseDN, Scope: ldap.ScopeSingleLevel, Filter: "(uid=tove)", Attributes: []string{"pwdFailureTime", "pwdAccountLockedTime"}})
	if err != nil || len(found.Entries) != 1 {
		t.Fatalf("%v", err)
	}
	failures, locked := found.Entries[0].GetAttributeValues("pwdFailureTime"), found.Entries[0].GetAttributeValue("pwdAccountLockedTime")
	if !slowed || len(failures) == 0 || len(failures) > other.LockAfter-2 || locked != "" {
		t.Errorf("slowed down: %v; the directory was asked %d times, and it is locked: %q", slowed, len(failures), locked)
	}
	own := w.browser("own")
	own.Open(at.LegacyLogin)
	own.Press("Log in", "login", tove.Identifier, "password", tove.Password)
	if !own.Page.Says("Hello Tove") {
		t.Errorf("the product's own login: %d %s", own.Page.Status, own.Page.Text())
	}
}

// TestDirectoryIsPulledOut: a directory that is gone is no answer about anybody, and touches no other product.
func TestDirectoryIsPulledOut(t *testing.T) {
	t.Parallel()
	w := openWorldWith(t, demo.Options{Directory: demo.DirectoryProgram()})
	tove, at := w.person("directory_only", "other"), w.product("other")
	if err := w.Other().Close(); err != nil {
		t.Fatal(err)
	}
	b := w.browser("T")
	b.Open(at.URL + "/")
	b.Press("Continue", "email", tove.Identifier)
	b.Press("Login", "password", tove.Password)
	if b.Page.Status != http.StatusServiceUnavailable || b.Page.Says("User not found") {
		t.Errorf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	w.firstSignIn(w.browser("D"), w.person("one_account", "pim"))
	b.Open(at.LegacyLogin)
	b.Press("Log in", "login", tove.Identifier, "password", tove.Password)
	if b.Page.Status != http.StatusServiceUnavailable || !b.Page.Says("cannot reach its directory") {
		t.Errorf("the product itself: %d %s", b.Page.Status, b.Page.Text())
	}
}
