package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"ligature/internal/testkit"
)

// stopAs opens the "this was not me" of a mail and stops what it belongs to.
func (w *world) stopAs(v *testkit.Browser, text string) {
	w.t.Helper()
	v.Open(notMeURL.FindString(text))
	v.Press("Stop this request", "recognise", "no")
}

// TestNotMeAfterSignOut: signing out does not save a stranger from the report of whoever reads the recorded mailbox.
func TestNotMeAfterSignOut(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	m := w.browser("M")
	w.toInbox(m, dana, "m1@evil.example")
	waiting := m.Page.Form("Continue")
	m.Open(w.link("m1@evil.example", 1))
	m.Send(waiting)
	m.Open(w.ready.Issuer + "/end_session")
	m.Press("Sign out")
	v := w.browser("V")
	w.stopAs(v, w.mails(dana.Email, 1)[0].Text)
	if !v.Page.Says("no longer linked") {
		t.Fatalf("%d %q %s", v.Page.Status, v.Page.H1, v.Page.Text())
	}
	m.Open(w.product("pim").URL + "/")
	if m.Page.Says("Hello Dana") {
		t.Error("the stranger is still in")
	}
}

// carried walks a browser to the page of a link that it took over from a closed tab.
func (w *world) carried() *testkit.Browser {
	w.t.Helper()
	dana := w.person("one_account", "pim")
	w.toInbox(w.browser("closed"), dana, dana.Email)
	k := w.browser("K")
	show(w.t, k, w.link(dana.Email, 1))
	k.Follow("Start again here")
	k.Press("Continue", "email", dana.Identifier)
	k.Press("Login", "password", dana.Password)
	k.Press("Confirm & Continue")
	return k
}

// TestCarriedLinkIsStopped: what was taken over stands on the mail it came from: stopped there, it proves nothing here; and
// what came of it can be taken back by that mail, and by the page's own "I did not request this".
func TestCarriedLinkIsStopped(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		w := openWorld(t)
		k := w.carried()
		w.stopAs(w.browser("V"), w.mails("dana@acme.example", 1)[0].Text)
		k.Press("Continue")
		if k.Page.H1 == "Your accounts are linked" {
			t.Fatal("a stopped link finished the sign-in")
		}
	})
	t.Run("afterwards", func(t *testing.T) {
		w := openWorld(t)
		k := w.carried()
		k.Press("Continue")
		v := w.browser("V")
		w.stopAs(v, w.mails("dana@acme.example", 1)[0].Text)
		if !v.Page.Says("no longer linked") {
			t.Fatalf("%d %q %s", v.Page.Status, v.Page.H1, v.Page.Text())
		}
	})
	t.Run("from its own page", func(t *testing.T) {
		w := openWorld(t)
		k := w.carried()
		k.Follow("I did not request this")
		k.Press("Stop this request", "recognise", "known")
		if !k.Page.Says("Nothing was changed") {
			t.Fatalf("%d %q %s", k.Page.Status, k.Page.H1, k.Page.Text())
		}
	})
}

// TestReportedAddressStays: a report holds for the address that was recorded when it was made, whatever the product records
// afterwards.
func TestReportedAddressStays(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	m := w.browser("M")
	w.toInbox(m, dana, "m1@evil.example")
	waiting := m.Page.Form("Continue")
	m.Open(w.link("m1@evil.example", 1))
	m.Send(waiting)
	w.stopAs(w.browser("V"), w.mails(dana.Email, 1)[0].Text)
	w.inPIM("UPDATE oro_user SET email = 'm2@evil.example' WHERE username = 'dpetrov'")
	again := w.browser("M2")
	again.Open(w.product("pim").URL + "/")
	again.Press("Continue", "email", "dpetrov")
	again.Press("Login", "password", dana.Password)
	again.Press("Confirm & Continue", "email", "m2@evil.example")
	if again.Page.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d %q", again.Page.Status, again.Page.H1)
	}
}

// TestOwnMailboxKeepsItsMails: strangers cannot use up the mails of a mailbox's owner, and one user cannot write to mailbox
// after mailbox.
func TestOwnMailboxKeepsItsMails(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, park := w.person("one_account", "pim"), w.person("username", "pim")
	give := func(to string) int {
		m := w.browser("M")
		m.Open(w.product("pim").URL + "/")
		m.Press("Continue", "email", park.Identifier)
		m.Press("Login", "password", park.Password)
		m.Press("Confirm & Continue", "email", to)
		return m.Page.Status
	}
	for range 7 {
		give(dana.Email)
	}
	w.toInbox(w.browser("D"), dana, dana.Email)
	last := 0
	for _, tag := range []string{"a", "b", "c", "d", "e", "f"} {
		last = give("somebody+" + tag + "@acme.example")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the twelfth mail of one user in an hour was answered %d", last)
	}
}

// TestPicturesBeginNothing: pictures of a foreign page that point here use up nothing of the network they are loaded from.
func TestPicturesBeginNothing(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	for _, to := range []string{w.ready.Issuer + "/login", w.product("pim").URL + "/"} {
		b := w.browser("page")
		b.Header.Set("Sec-Fetch-Mode", "no-cors")
		b.Header.Set("Sec-Fetch-Dest", "image")
		b.Header.Set("Sec-Fetch-Site", "cross-site")
		r, err := http.NewRequest(http.MethodGet, to, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		b.Do(r)
		if b.Page.Form("Continue") != nil || strings.Contains(b.Page.URL.RawQuery, "flow=") {
			t.Errorf("%s began a flow: %s", to, b.Page.URL)
		}
	}
}
