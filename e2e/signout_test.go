package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSignOut: a product's sign-out ends the session here too; one that nobody proves to want is asked about first.
func TestSignOut(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana := w.person("one_account", "pim")
	w.firstSignIn(b, dana)
	before := b.Cookies(w.ready.Issuer)
	b.Open(w.ready.Issuer + "/end_session")
	if b.Page.H1 == "" || b.Page.Form("Sign out") == nil {
		t.Fatalf("a sign-out without a hint was not asked about: %d %q", b.Page.Status, b.Page.H1)
	}
	if !b.Page.Says("as " + dana.Email) {
		t.Errorf("the question does not say who is signed in: %s", b.Page.Text())
	}
	b.Press("Sign out")
	b.Open(w.ready.Issuer + "/linked")
	if !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Fatalf("still signed in at %s", b.Page.URL)
	}
	for name, value := range b.Cookies(w.ready.Issuer) {
		if strings.Contains(name, "browser") && before[name] == value {
			t.Error("the browser's cookie was not replaced")
		}
	}
}

// TestSessionEnds: idle for an hour, or twelve hours old, and the password is asked for again.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.firstSignIn(b, w.person("one_account", "pim"))
	for range 3 {
		w.Clock().Advance(40 * time.Minute)
		if b.Open(w.ready.Issuer + "/linked"); b.Page.Status != http.StatusOK || b.Page.H1 != "Your accounts are linked" {
			t.Fatalf("a session in use ended: %s", b.Page.URL)
		}
	}
	w.Clock().Advance(time.Hour)
	if b.Open(w.ready.Issuer + "/linked"); !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Errorf("an idle session still opened %s", b.Page.URL)
	}
}

// TestNoAccess: somebody who is signed in and has no account in a product is told what to do, and not sent in circles.
func TestNoAccess(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.firstSignIn(b, w.person("one_account", "pim"))
	b.Open(w.product("sdm").URL + "/")
	b.Follow("I have no Supplier Data Manager account")
	if b.Page.Status != http.StatusForbidden || b.Page.H1 != "You do not have access to Supplier Data Manager" {
		t.Fatalf("%d %q at %s", b.Page.Status, b.Page.H1, b.Page.URL)
	}
}
