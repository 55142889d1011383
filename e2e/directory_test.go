//go:build servers

package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"ligature/internal/demo"
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
