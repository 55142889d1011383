package e2e_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"ligature/internal/ident"
	"ligature/internal/testkit"
)

func address(t *testing.T, s string) ident.Email {
	t.Helper()
	e, err := ident.ParseEmail(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// eventually asks until the answer is yes: for what a product or the provider does by itself and tells nobody of. Thirty
// seconds are enough for anything that happens at all.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-deadline:
			t.Fatalf("it did not happen: %s", what)
		case <-tick.C:
		}
	}
}

// TestDoubleClicks (ATK-37, ATK-46, check 27): two Continues at once have one effect, and both answers are right.
func TestDoubleClicks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	requests := make(chan int, 8)
	var all sync.WaitGroup
	for range 8 {
		r := b.Request(waiting)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for name, value := range b.Cookies(w.ready.Issuer) {
			r.Header.Add("Cookie", name+"="+value)
		}
		all.Go(func() { requests <- w.status(r) })
	}
	all.Wait()
	close(requests)
	for status := range requests {
		if status != 303 {
			t.Errorf("one of the Continues was answered %d, want 303", status)
		}
	}
	links, err := w.Server().Store().LinksOf(t.Context(), owner(t, w, dana.Email))
	if err != nil || len(links) != 1 {
		t.Errorf("%d links, %v; want one", len(links), err)
	}
	if got := len(w.mails(dana.Email, 2)); got != 2 {
		t.Errorf("%d mails, want the verification and the notice", got)
	}
}

func owner(t *testing.T, w *world, email string) ident.AccountID {
	t.Helper()
	id, err := w.Server().Store().AddressOwner(t.Context(), address(t, email))
	if err != nil || id == "" {
		t.Fatalf("the address belongs to %q, %v", id, err)
	}
	return id
}

// TestEmailRace (ATK-12): two addresses given at once, at first and when they are changed; the account's address is one whose own
// link was opened.
func TestEmailRace(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	victim := w.person("never_started", "pim")
	for round, story := range []string{"username", "accents", "administrator", "different_login", "shared_address", "short_password"} {
		m, mallory, mine := w.browser("M"), w.person(story, "pim"), "mine-"+story+"@evil.example"
		m.Open(w.product("pim").URL + "/")
		m.Press("Continue", "email", mallory.Identifier)
		m.Press("Login", "password", mallory.Password)
		form := m.Page.Form("Confirm & Continue")
		if round%2 == 0 {
			w.atOnce(m, form, victim.Email, mine)
		} else {
			m.Send(form, "email", mine)
		}
		inbox := w.ready.Issuer + "/email/sent?flow=" + form.Fields["flow"]
		for turn := range 3 {
			w.Clock().Advance(time.Minute)
			m.Open(inbox)
			m.Follow("Change email address")
			to := []string{victim.Email, mine}
			if turn%2 == 1 {
				slices.Reverse(to)
			}
			w.atOnce(m, m.Page.Form("Confirm & Continue"), to...)
			for _, mail := range w.Inbox().Messages() {
				if link := confirmURL.FindString(mail.Text); link != "" && containsAddress(mail.To, mine) {
					m.Open(link)
				}
			}
			m.Open(inbox)
			if !m.Page.Says(victim.Email) {
				continue // the other one came last
			}
			m.Press("Continue")
			if id, err := w.Server().Store().AddressOwner(t.Context(), address(t, victim.Email)); err != nil || id != "" {
				t.Fatalf("round %d: the victim's address belongs to %q, %v", round, id, err)
			}
		}
	}
}

// atOnce sends the form with each address side by side.
func (w *world) atOnce(b *testkit.Browser, form *testkit.Form, addresses ...string) {
	w.t.Helper()
	var all sync.WaitGroup
	for _, to := range addresses {
		r := b.Request(form, "email", to)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for name, value := range b.Cookies(w.ready.Issuer) {
			r.Header.Add("Cookie", name+"="+value)
		}
		all.Go(func() { w.status(r) })
	}
	all.Wait()
}
