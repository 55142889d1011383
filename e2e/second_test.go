package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSecondProduct is the seed's second section: somebody who is signed in opens another product, proves its login once,
// and from then on goes in directly.
func TestSecondProduct(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(b, rita)
	b.Open(w.product("sdm").URL + "/")
	if b.Page.H1 != "Link your account." || !b.Page.Says("Sign in with your Supplier Data Manager login details one last time to merge your accounts. After that, your new unified Akeneo Product Cloud account takes over.") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", "wrong this time")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct Supplier Data Manager email and password") ||
		b.Page.Value("legacy-login") != elsewhere.Identifier || b.Page.Value("legacy-password") != "" {
		t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("CONTINUE", "password", elsewhere.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) || !b.Page.Says("Rita") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	again := w.browser("next day")
	again.Open(w.product("sdm").URL + "/")
	again.Press("Continue", "email", rita.Email)
	again.Press("Login", "password", rita.Password)
	if !strings.HasPrefix(again.Page.URL.String(), w.product("sdm").URL) {
		t.Fatalf("the next day: %s %s", again.Page.URL, again.Page.Text())
	}
	for _, to := range []string{rita.Email, elsewhere.Email} {
		mails := w.mails(to, 1)
		if last := mails[len(mails)-1]; !strings.Contains(last.Subject, "Supplier Data Manager is now linked") {
			t.Errorf("to %s: %q", to, last.Subject)
		}
	}
}

// TestSecondProductAttacks (ATK-06, ATK-16, ATK-17): what a stranger with an account of their own gets from S7.
func TestSecondProductAttacks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam, noor := w.person("same_email", "pim"), w.person("sdm_only", "sdm")
	victim := w.browser("V")
	w.firstSignIn(victim, noor)
	m := w.browser("M")
	w.firstSignIn(m, sam)
	m.Open(w.product("sdm").URL + "/")
	form := m.Page.Form("CONTINUE")
	m.Press("CONTINUE", "email", noor.Identifier, "password", noor.Password)
	if m.Page.Status != http.StatusUnprocessableEntity || !m.Page.Says("Enter the correct Supplier Data Manager email and password") {
		t.Fatalf("a linked account's old password: %d %s", m.Page.Status, m.Page.Text())
	}
	other := w.browser("K")
	other.Send(form, "email", "sam@acme.example", "password", "Maple_River-2019!")
	if other.Page.Status < 400 {
		t.Errorf("another browser's form was answered %d", other.Page.Status)
	}
	w.Clock().Advance(16 * time.Minute)
	m.Send(form, "email", "sam@acme.example", "password", "Maple_River-2019!")
	if m.Page.Status < 400 {
		t.Errorf("sixteen minutes after the account's password: %d %q", m.Page.Status, m.Page.H1)
	}
	m.Open(w.product("sdm").URL + "/")
	if m.Page.H1 != "Log in" {
		t.Fatalf("an old sign-in opened %q", m.Page.H1)
	}
	m.Press("Continue", "email", sam.Email)
	m.Press("Login", "password", sam.Password)
	if m.Page.H1 != "Link your account." {
		t.Errorf("after the password was given again: %q", m.Page.H1)
	}
}
