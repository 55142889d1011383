package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/testkit"
)

// together sends the same form several times at once, as one browser.
func (w *world) together(b *testkit.Browser, form *testkit.Form, times int, fields ...string) []int {
	var all sync.WaitGroup
	statuses := make([]int, times)
	for i := range times {
		r := b.Request(form, fields...)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for name, value := range b.Cookies(w.ready.Issuer) {
			r.Header.Add("Cookie", name+"="+value)
		}
		all.Go(func() { statuses[i] = w.status(r) })
	}
	all.Wait()
	return statuses
}

// TestGuessingSideBySide (ATK-72): guesses that are sent twice at once are counted like all others.
func TestGuessingSideBySide(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.firstSignIn(w.browser("T"), dana)
	m := w.browser("M")
	m.Open(w.product("pim").URL + "/")
	m.Press("Continue", "email", dana.Email)
	before := w.HashChecks()
	at := m.Page.URL.String()
	for range 10 {
		if form := m.Page.Form("Login"); form != nil {
			w.together(m, form, 2, "password", "a wrong guess")
		}
		m.Open(at)
	}
	if checked := w.HashChecks() - before; checked > 6 {
		t.Errorf("%d guesses were checked, want five and one that ran beside the fifth", checked)
	}
	m.Press("Login", "password", dana.Password)
	if m.Page.Status != http.StatusTooManyRequests || m.Page.Header.Get("Retry-After") == "" {
		t.Errorf("after that: %d %q", m.Page.Status, m.Page.H1)
	}
	w.Clock().Advance(time.Hour)
	m.Open(at)
	m.Open(w.product("pim").URL + "/")
	m.Press("Continue", "email", dana.Email)
	m.Press("Login", "password", dana.Password)
	if !m.Page.Says("Hello Dana") {
		t.Errorf("the owner is still kept out after the wait: %d %s", m.Page.Status, m.Page.Text())
	}
}

// TestLegacyPasswordIsDead (ATK-16): once linked, the product's password does nothing here, and the product is not asked.
func TestLegacyPasswordIsDead(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	kevin := w.person("short_password", "pim")
	b := w.browser("T")
	w.toInbox(b, kevin, "kevin.new@acme.example")
	waiting := b.Page.Form("Continue")
	b.Open(w.link("kevin.new@acme.example", 1))
	b.Send(waiting)
	b.Press("Save and continue", "password", "a long new password for the year")
	m := w.browser("M")
	for _, identifier := range []string{kevin.Identifier, kevin.Email} {
		m.Open(w.product("pim").URL + "/")
		m.Press("Continue", "email", identifier)
		m.Press("Login", "password", kevin.Password)
		if m.Page.H1 != "Enter your password" || m.Page.Status != http.StatusUnprocessableEntity {
			t.Errorf("with %s: %d %q", identifier, m.Page.Status, m.Page.H1)
		}
	}
}

// TestReportedLinkNeedsTheRecordedAddress: after "this was not me" the account links to the recorded address alone, and
// not to the one that was reported either.
func TestReportedLinkNeedsTheRecordedAddress(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	m := w.browser("M")
	w.toInbox(m, dana, "m1@evil.example")
	waiting := m.Page.Form("Continue")
	m.Open(w.link("m1@evil.example", 1))
	m.Send(waiting)
	owner := w.browser("V")
	owner.Open(notMeURL.FindString(w.mails(dana.Email, 1)[0].Text))
	owner.Press("Stop this request", "recognise", "no")
	again := w.browser("M2")
	again.Open(w.product("pim").URL + "/")
	again.Press("Continue", "email", "dpetrov")
	again.Press("Login", "password", dana.Password)
	for _, other := range []string{"m2@evil.example", "m1@evil.example"} {
		again.Press("Confirm & Continue", "email", other)
		if again.Page.Status != http.StatusUnprocessableEntity || !again.Page.Says("on record") {
			t.Fatalf("another address, %s: %d %q %s", other, again.Page.Status, again.Page.H1, again.Page.Text())
		}
	}
	again.Press("Confirm & Continue", "email", dana.Email)
	waiting = again.Page.Form("Continue")
	confirms := w.mailsLike(dana.Email, 1, func(m inbox.Message) bool { return confirmURL.MatchString(m.Text) })
	again.Open(confirmURL.FindString(confirms[0].Text))
	again.Send(waiting)
	if again.Page.H1 != "Your accounts are linked" {
		t.Errorf("the recorded address: %d %q %s", again.Page.Status, again.Page.H1, again.Page.Text())
	}
}

// TestNotMeOfAnotherTurn: whoever got a mail for an address that was given up suspends nothing.
func TestNotMeOfAnotherTurn(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, "typo@stranger.example")
	b.Follow("Change email address")
	w.Clock().Advance(time.Minute)
	b.Press("Confirm & Continue", "email", dana.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	b.Send(waiting)
	stranger := w.browser("S")
	stranger.Open(notMeURL.FindString(w.mails("typo@stranger.example", 1)[0].Text))
	stranger.Press("Stop this request", "recognise", "no")
	if stranger.Page.Says("no longer linked") {
		t.Fatal("the stranger suspended the link")
	}
	if b.Open(w.product("pim").URL + "/"); !b.Page.Says("Hello Dana") {
		t.Errorf("landed on %s", b.Page.URL)
	}
}

// TestMailBombing (ATK-45): new flows do not get around the limit of a mailbox.
func TestMailBombing(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	park, victim := w.person("username", "pim"), w.person("never_started", "pim")
	for range 8 {
		m := w.browser("M")
		m.Open(w.product("pim").URL + "/")
		m.Press("Continue", "email", park.Identifier)
		m.Press("Login", "password", park.Password)
		m.Press("Confirm & Continue", "email", victim.Email)
	}
	if got := len(w.mails(victim.Email, 6)); got != 6 {
		t.Errorf("%d mails within an hour, want 6", got)
	}
}

// TestDisabledMeanwhile (ATK-86): somebody who is switched off between the password and Continue is not linked.
func TestDisabledMeanwhile(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	w.switchOff("dpetrov")
	b.Send(waiting)
	if b.Page.H1 == "Your accounts are linked" || b.Page.Status != http.StatusForbidden {
		t.Errorf("%d %q", b.Page.Status, b.Page.H1)
	}
}

// TestForeignHosts: a name that only resolves to this machine reaches nothing.
func TestForeignHosts(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	for _, to := range []string{"/tour", "/demo/control/clock", "/login", "/api/messages", "/.well-known/openid-configuration"} {
		for _, host := range []string{"evil.example", "inbox.evil.example", "id.localhost.evil.example"} {
			r, err := http.NewRequest(http.MethodGet, w.ready.Issuer+to, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			if status := w.status(r); status != http.StatusMisdirectedRequest {
				t.Errorf("%s as %s: %d", to, host, status)
			}
		}
	}
}

// TestRequestOfAnotherBrowser: only the browser that a product sent may go on with the product's request.
func TestRequestOfAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	m := w.browser("M")
	w.toInbox(m, w.person("username", "pim"), "d.park@acme.example")
	waiting := m.Page.Form("Continue")
	m.Open(w.link("d.park@acme.example", 1))
	m.Send(waiting)
	onward := m.Page.Form("Continue to Akeneo PIM")
	r := m.Request(onward)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resume := w.redirectOf(m, r)
	v := w.browser("V")
	w.firstSignIn(v, w.person("one_account", "pim"))
	v.Open(resume)
	if !strings.HasPrefix(v.Page.URL.String(), w.ready.Issuer) || v.Page.Status < 400 {
		t.Errorf("another browser went on to %s with %d", v.Page.URL, v.Page.Status)
	}
}

// TestForgedForms (ATK-94): posts without the form's own token, from another site, or for another browser's flow do nothing.
func TestForgedForms(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	b.Open(w.product("pim").URL + "/")
	form := b.Page.Form("Continue")
	stranger := w.browser("M")
	stranger.Open(w.ready.Issuer + "/login")
	for name, forge := range map[string]func(r *http.Request, f url.Values){
		"no token":        func(_ *http.Request, f url.Values) { f.Del("step") },
		"other token":     func(_ *http.Request, f url.Values) { f.Set("step", stranger.Page.Form("Continue").Fields["step"]) },
		"another site":    func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sibling":       func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin":  func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "http://evil.example") },
		"another browser": func(r *http.Request, _ url.Values) { r.Header.Del("Cookie") },
	} {
		t.Run(name, func(t *testing.T) {
			fields := url.Values{"email": {dana.Identifier}}
			for k, v := range form.Fields {
				if k != "email" {
					fields.Set(k, v)
				}
			}
			r, err := http.NewRequest(http.MethodPost, form.Action, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			for cookie, value := range b.Cookies(w.ready.Issuer) {
				r.Header.Add("Cookie", cookie+"="+value)
			}
			forge(r, fields)
			body := strings.NewReader(fields.Encode())
			forged, err := http.NewRequest(http.MethodPost, form.Action, body)
			if err != nil {
				t.Fatal(err)
			}
			forged.Header = r.Header
			forged.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if status := w.status(forged); status < 400 {
				t.Errorf("answered %d", status)
			}
			if b.Open(w.ready.Issuer + "/login?flow=" + form.Fields["flow"]); b.Page.H1 != "Log in" {
				t.Errorf("the flow went on to %q", b.Page.H1)
			}
		})
	}
}

// TestOneHashWhateverTheAnswer: a right guess about who exists cannot be timed, because everybody costs one argon2id.
func TestOneHashWhateverTheAnswer(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.firstSignIn(w.browser("T"), w.person("one_account", "pim"))
	for name, identifier := range map[string]string{
		"linked": "dana@acme.example", "linked username": "dpetrov", "not yet": "vera@acme.example", "nobody": "nobody@acme.example",
		"switched off": "ines@acme.example", "other product": "noor@suppliers.example",
	} {
		b := w.browser(name)
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", identifier)
		before := w.HashChecks()
		b.Press("Login", "password", "certainly wrong")
		if spent := w.HashChecks() - before; spent != 1 || b.Page.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d hashes, status %d", name, spent, b.Page.Status)
		}
	}
}

// TestTwoTabs (ATK-98, check 27): two products in two tabs of one browser; each goes on where it began.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam, noor := w.person("same_email", "pim"), w.person("sdm_only", "sdm")
	b := w.browser("T")
	w.toInbox(b, sam, sam.Email)
	first := b.Page.Form("Continue")
	w.toInbox(b, noor, noor.Email)
	second := b.Page.Form("Continue")
	b.Open(w.link(sam.Email, 1))
	b.Open(w.link(noor.Email, 1))
	b.Send(first)
	if b.Page.Form("Continue to Akeneo PIM") == nil {
		t.Fatalf("the first tab: %q %s", b.Page.H1, b.Page.Text())
	}
	b.Send(second)
	if b.Page.Form("Continue to Supplier Data Manager") == nil {
		t.Fatalf("the second tab: %q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Continue to Supplier Data Manager")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) || !b.Page.Says("Noor") {
		t.Errorf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
}
