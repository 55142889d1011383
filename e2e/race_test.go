package e2e_test

import (
	"sync"
	"testing"
	"time"

	"ligature/internal/ident"
)

func address(t *testing.T, s string) ident.Email {
	t.Helper()
	e, err := ident.ParseEmail(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// eventually asks until the answer is yes; ten seconds are enough for anything that happens at all.
func eventually(t *testing.T, ask func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-deadline:
			t.Fatal("it did not happen within ten seconds")
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

// TestEmailRace (ATK-12): two addresses given at once; the account's address is one whose own link was opened.
func TestEmailRace(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	victim := w.person("never_started", "pim")
	for round := range 5 {
		m := w.browser("M")
		p := []string{"username", "accents", "administrator", "different_login", "shared_address"}[round]
		mallory := w.person(p, "pim")
		m.Open(w.product("pim").URL + "/")
		m.Press("Continue", "email", mallory.Identifier)
		m.Press("Login", "password", mallory.Password)
		form := m.Page.Form("Confirm & Continue")
		mine := "mine-" + p + "@evil.example"
		var both sync.WaitGroup
		for _, to := range []string{victim.Email, mine} {
			r := m.Request(form, "email", to)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			for name, value := range m.Cookies(w.ready.Issuer) {
				r.Header.Add("Cookie", name+"="+value)
			}
			both.Go(func() { w.status(r) })
		}
		both.Wait()
		m.Open(w.ready.Issuer + "/email/sent?flow=" + form.Fields["flow"])
		waiting := m.Page.Form("Continue")
		for _, mail := range w.Inbox().Messages() {
			if link := confirmURL.FindString(mail.Text); link != "" && containsAddress(mail.To, mine) {
				m.Open(link)
			}
		}
		if waiting != nil {
			m.Send(waiting)
		}
		if id, err := w.Server().Store().AddressOwner(t.Context(), address(t, victim.Email)); err != nil || id != "" {
			t.Fatalf("round %d: the victim's address belongs to %q, %v", round, id, err)
		}
	}
}
