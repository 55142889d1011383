package e2e_test

import (
	"strings"
	"testing"
	"time"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

// productSessions counts the sessions that a product holds, asking the product alone.
func (w *world) productSessions(product string) int {
	w.t.Helper()
	if product == "pim" {
		held, err := w.PIM().Dump(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		return len(held["pim_session"])
	}
	held, err := w.SDM().Dump(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return len(held["django_session"])
}

// ownLoginToSDM signs somebody in at the product's own page, without Ligature.
func (w *world) ownLoginToSDM(name string) *testkit.Browser {
	w.t.Helper()
	b, noor := w.browser(name), w.person("sdm_only", "sdm")
	b.Open(w.product("sdm").LegacyLogin)
	b.Press("Log in", "email", noor.Identifier, "password", noor.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) || b.Page.H1 == "Log in" {
		w.t.Fatalf("the product's own login: %s %q", b.Page.URL, b.Page.H1)
	}
	return b
}

// TestSignOutElsewhere (ATK-108): who signs out in one product is signed out of the other without a request of their browser,
// sessions of the product's own login stay, and a product that is down neither holds up the sign-out nor misses it.
func TestSignOutElsewhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	native := w.ownLoginToSDM("native")
	w.ritaLinked(b)
	b.Open(w.product("pim").URL + "/user/account")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || w.productSessions("sdm") != 2 || w.productSessions("pim") != 1 {
		t.Fatalf("%s: %d and %d sessions", b.Page.URL, w.productSessions("pim"), w.productSessions("sdm"))
	}
	w.SetStore("sdm", demo.Down)
	b.Press("Sign out")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || b.Page.H1 != "You are signed out" {
		t.Fatalf("signing out while a product is down: %s %q", b.Page.URL, b.Page.H1)
	}
	eventually(t, "the product that is down is told, and does not take it", func() bool {
		return strings.Contains(w.log.String(), "a client was not told of a session's end")
	})
	if n := w.productSessions("sdm"); n != 2 {
		t.Errorf("a product that was down ended sessions: %d are left", n)
	}
	w.SetStore("sdm", demo.Up)
	eventually(t, "it is told again", func() bool {
		w.Clock().Advance(6 * time.Second)
		return w.productSessions("sdm") == 1
	})
	if native.Open(w.product("sdm").URL + "/account"); !strings.HasPrefix(native.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("the session of the product's own login leads to %s", native.Page.URL)
	}
	if b.Open(w.product("sdm").URL + "/"); !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Errorf("the other product leads to %s", b.Page.URL)
	}
	b.Press("Continue", "email", w.person("different_login", "pim").Email)
	b.Press("Login", "password", w.person("different_login", "pim").Password)
	b.Open(w.ready.Issuer + "/me/activity")
	if !b.Page.Says("A session was ended.") {
		t.Errorf("the sign-out is not recorded: %s", b.Page.Text())
	}
}

// TestSessionsEndEverywhere: whatever ends sessions here ends those that products made of them, and no others.
func TestSessionsEndEverywhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita := w.person("different_login", "pim")
	b, phone := w.browser("T"), w.browser("phone")
	w.ritaLinked(b)
	enter := func(browser *testkit.Browser) {
		t.Helper()
		if browser.Open(w.product("pim").URL + "/"); !strings.HasPrefix(browser.Page.URL.String(), w.product("pim").URL) {
			w.signIn(browser, "pim", rita.Email, rita.Password)
		}
		browser.Open(w.product("sdm").URL + "/")
	}
	for _, step := range []struct {
		name string
		act  func()
		// pim and sdm are the sessions that stay, of the two that Rita has in each.
		pim, sdm int
	}{
		{"end this session", func() {
			b.Open(w.ready.Issuer + "/me/sessions")
			b.Press("End this session")
		}, 1, 1},
		{"end all other sessions", func() {
			b.Open(w.ready.Issuer + "/me/sessions")
			b.Press("End all other sessions")
		}, 1, 1},
		{"sign out on the own page", func() {
			b.Open(w.ready.Issuer + "/end_session")
			b.Press("Sign out")
		}, 1, 1},
		{"unlinking", func() { w.unlinks(b) }, 2, 0},
		{"a new password", func() {
			b.Open(w.ready.Issuer + "/me/password")
			b.Press("Save and continue", "password", rita.Password, "new_password", newPassword)
			// The session of this browser is a new one too, and comes back in without a page.
			if b.Open(w.product("pim").URL + "/auth/login"); !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
				t.Errorf("this browser is asked again: %q", b.Page.H1)
			}
		}, 1, 0},
	} {
		enter(b)
		enter(phone)
		if pim := w.productSessions("pim"); pim != 2 {
			t.Fatalf("%s: %d sessions before", step.name, pim)
		}
		step.act()
		eventually(t, step.name, func() bool { return w.productSessions("pim") == step.pim && w.productSessions("sdm") == step.sdm })
	}
}
