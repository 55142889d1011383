package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

var (
	agreeURL      = regexp.MustCompile(`http://\S+/me/email/(confirm|approve)\?t=[A-Za-z0-9_-]+`)
	stopChangeURL = regexp.MustCompile(`http://\S+/me/email/stop\?t=[A-Za-z0-9_-]+`)
)

// changesEmail asks for another address and gives the links of the two mails, to the new and to the present address.
func (w *world) changesEmail(b *testkit.Browser, p demo.Person, to string) (confirm, approve string) {
	w.t.Helper()
	b.Open(w.ready.Issuer + "/me/email")
	b.Press("Send links", "email", to, "password", p.Password)
	if b.Page.H1 != "Check your inbox" || !b.Page.Says("Neither link has been opened") {
		w.t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	return w.mailed(to, "Use this address", agreeURL, 1), w.mailed(p.Email, "Change the address", agreeURL, 1)
}

// TestEmailChange: both links in the browser that asked, then Continue there. The address is another one afterwards, for the
// sign-in and for the products; the product's `sub` is the same.
func TestEmailChange(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.firstSignIn(b, dana)
	subject := w.links(dana.Email)[0].ProductAccount.Subject
	const to = "dana.petrov@acme.example"
	b.Open(w.ready.Issuer + "/me/email")
	b.Press("Send links", "email", to, "password", "not this one")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct password") || b.Page.Value("new-email") != to {
		t.Fatalf("the wrong password: %d %s", b.Page.Status, b.Page.Text())
	}
	confirm, approve := w.changesEmail(b, dana, to)
	waiting := b.Page.Form("Continue")
	b.Send(waiting)
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Open the links in both emails") {
		t.Fatalf("without a link: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Open(approve)
	if !b.Page.Says("Still missing: the link in the email to "+to) || strings.Contains(b.Page.URL.String(), "t=") {
		t.Errorf("one link: %s %s", b.Page.URL, b.Page.Text())
	}
	b.Press("Continue")
	if b.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("with one link: %d", b.Page.Status)
	}
	b.Open(confirm)
	if !b.Page.Says("Both links are open") {
		t.Errorf("both links: %s", b.Page.Text())
	}
	b.Send(waiting)
	if b.Page.H1 != "Your email address was changed" || !b.Page.Says(to) {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Send(waiting)
	if b.Page.H1 != "Your email address was changed" {
		t.Errorf("sent twice: %d %q", b.Page.Status, b.Page.H1)
	}
	for _, address := range []string{dana.Email, to} {
		w.mailed(address, "was changed", regexp.MustCompile(`dana|d\*\*\*`), 1)
	}
	asking, err := http.NewRequest(http.MethodGet, w.ready.Issuer+"/userinfo", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	asking.Header.Set("Authorization", "Bearer "+w.redeem(w.authCode(b)))
	said := w.body(asking)
	if !strings.Contains(string(said), `"email":"`+to+`","email_verified":true`) || !strings.Contains(string(said), `"sub":"`+string(subject)+`"`) {
		t.Errorf("products are told %s, want %s and %s", said, to, subject)
	}
	next := w.browser("next day")
	w.signIn(next, "pim", to, dana.Password)
	if !next.Page.Says("Hello Dana") {
		t.Errorf("with the new address: %s %s", next.Page.URL, next.Page.Text())
	}
	old := w.browser("old address")
	w.signIn(old, "pim", dana.Email, dana.Password)
	if old.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("with the old address: %d %q", old.Page.Status, old.Page.H1)
	}
}

// TestEmailChangeElsewhere: in any other browser the links do nothing, whoever opens them and how; each mailbox can stop it.
func TestEmailChangeElsewhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.firstSignIn(b, dana)
	const to = "dana.petrov@acme.example"
	confirm, approve := w.changesEmail(b, dana, to)
	waiting := b.Page.Form("Continue")
	k := w.browser("K")
	for _, link := range []string{confirm, approve} {
		k.Open(link)
		if k.Page.H1 != "Open this link where you began" || k.Page.Form("Continue") != nil || len(k.Cookies(w.ready.Issuer)) != 0 {
			t.Errorf("in another browser: %q, cookies %v", k.Page.H1, k.Cookies(w.ready.Issuer))
		}
		for _, header := range []string{"prefetch", "prerender"} {
			r, err := http.NewRequest(http.MethodGet, link, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Sec-Purpose", header)
			if got := w.status(r); got != http.StatusServiceUnavailable {
				t.Errorf("%s: %d", header, got)
			}
		}
	}
	if k.Send(waiting); !strings.Contains(k.Page.URL.Path, "/login") {
		t.Errorf("another browser's Continue led to %s", k.Page.URL)
	}
	if b.Send(waiting); b.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("links of another browser count: %d", b.Page.Status)
	}
	all := w.mails(to, 1)
	k.Open(stopChangeURL.FindString(all[len(all)-1].Text))
	k.Press("Continue")
	if k.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("one press stopped it: %d", k.Page.Status)
	}
	k.Press("Continue", "recognise", "no")
	if k.Page.H1 != "The change was stopped" {
		t.Fatalf("%d %q", k.Page.Status, k.Page.H1)
	}
	b.Open(confirm)
	if b.Page.Status != http.StatusGone {
		t.Errorf("after that: %d %q", b.Page.Status, b.Page.H1)
	}
	if b.Send(waiting); b.Page.Status != http.StatusGone {
		t.Errorf("Continue after that: %d %q", b.Page.Status, b.Page.H1)
	}
}

// TestEmailChangeToAnOwnedAddress: it looks like any other until the mailbox was proven, and ends without a change. Nobody
// learns whose account it is.
func TestEmailChangeToAnOwnedAddress(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, rita := w.person("one_account", "pim"), w.person("different_login", "pim")
	w.firstSignIn(w.browser("R"), rita)
	b := w.browser("T")
	w.firstSignIn(b, dana)
	confirm, approve := w.changesEmail(b, dana, rita.Email)
	b.Open(confirm)
	b.Open(approve)
	b.Press("Continue")
	if b.Page.Status != http.StatusConflict || b.Page.H1 != "This address is in use" || b.Page.Says("Rita") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	if owner(t, w, rita.Email) == owner(t, w, dana.Email) {
		t.Error("the address moved")
	}
}

// TestEmailChangeEndsWithReset (ATK-08): what somebody began who has to go ends when the rightful reader of the mailbox sets a
// new password, even with both links in hand.
func TestEmailChangeEndsWithReset(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	m := w.browser("M")
	w.firstSignIn(m, dana)
	confirm, approve := w.changesEmail(m, dana, "mallory@evil.example")
	m.Open(confirm)
	m.Open(approve)
	ready := m.Page.Form("Continue")
	v := w.browser("V")
	w.setPassword(v, w.forgets(v, dana.Email, 1), newPassword)
	if m.Send(ready); !strings.Contains(m.Page.URL.Path, "/login") {
		t.Errorf("M's Continue led to %s %q", m.Page.URL, m.Page.H1)
	}
	w.signIn(m, "sdm", dana.Email, dana.Password)
	if m.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("M is in again: %q", m.Page.H1)
	}
	for _, link := range []string{confirm, approve} {
		if m.Open(link); m.Page.Status != http.StatusGone {
			t.Errorf("M's link: %d %q", m.Page.Status, m.Page.H1)
		}
	}
	if owner(t, w, dana.Email) == "" {
		t.Error("the address is gone")
	}
}

// TestEmailChangeLimits: three changes an hour, three resends a minute apart, a quarter of an hour for a link.
func TestEmailChangeLimits(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.firstSignIn(b, dana)
	confirm, approve := w.changesEmail(b, dana, "first@acme.example")
	b.Press("Resend")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Wait at least one minute") {
		t.Errorf("at once: %d %s", b.Page.Status, b.Page.Text())
	}
	for range 3 {
		w.Clock().Advance(time.Minute)
		b.Press("Resend")
	}
	if b.Page.Form("Resend") != nil || !b.Page.Says("You have used all 3 resends") {
		t.Errorf("after three: %s", b.Page.Text())
	}
	w.Clock().Advance(12 * time.Minute)
	b.Open(approve)
	if b.Page.Status != http.StatusGone {
		t.Errorf("the first link after a quarter of an hour: %d", b.Page.Status)
	}
	b.Open(w.mailed(dana.Email, "Change the address", agreeURL, 4))
	if !b.Page.Says("Still missing") {
		t.Errorf("the last link: %d %s", b.Page.Status, b.Page.Text())
	}
	for i, to := range []string{"second@acme.example", "third@acme.example", "fourth@acme.example"} {
		b.Open(w.ready.Issuer + "/me/email")
		b.Press("Send links", "email", to, "password", dana.Password)
		if refused := b.Page.Status == http.StatusTooManyRequests; refused != (i == 2) {
			t.Errorf("%s: %d", to, b.Page.Status)
		}
	}
	if b.Open(confirm); b.Page.Status != http.StatusGone {
		t.Errorf("a link of a change that another took the place of: %d", b.Page.Status)
	}
}

// TestEmailChangeMailsCount (ATK-45): the mails of an email change count at the mailbox that somebody typed, those that are sent
// again too, together with whatever else strangers cause there.
func TestEmailChangeMailsCount(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, victim := w.person("one_account", "pim"), w.person("never_started", "pim")
	b := w.browser("T")
	w.firstSignIn(b, dana)
	for n := range 2 { // four mails, then one and a resend: six
		w.changesEmail(b, dana, victim.Email)
		for range 3 - 2*n {
			w.Clock().Advance(time.Minute)
			b.Press("Resend")
		}
	}
	w.mails(victim.Email, 6)
	w.Clock().Advance(time.Minute)
	if b.Press("Resend"); b.Page.Status != http.StatusTooManyRequests {
		t.Errorf("a seventh mail: %d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	m := w.browser("M")
	park := w.person("username", "pim")
	m.Open(w.product("pim").URL + "/")
	m.Press("Continue", "email", park.Identifier)
	m.Press("Login", "password", park.Password)
	if m.Press("Confirm & Continue", "email", victim.Email); m.Page.Status != http.StatusTooManyRequests {
		t.Errorf("another's mail to the same mailbox: %d %q", m.Page.Status, m.Page.H1)
	}
	if got := len(w.mails(victim.Email, 6)); got != 6 {
		t.Errorf("%d mails within an hour, want 6", got)
	}
}

// TestPasswordChange: the present password is asked for within the limits of a sign-in; the other sessions end, this one
// goes on.
func TestPasswordChange(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	other, b := w.browser("other"), w.browser("T")
	w.firstSignIn(other, dana)
	w.signIn(b, "pim", dana.Email, dana.Password)
	b.Open(w.ready.Issuer + "/me/password")
	before := b.Cookies(w.ready.Issuer)["__Host-ligature-session"]
	b.Press("Save and continue", "password", "a wrong one", "new_password", newPassword)
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct password") {
		t.Fatalf("the wrong one: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Save and continue", "password", dana.Password, "new_password", "too short")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("at least 15 characters") {
		t.Fatalf("a short one: %d %s", b.Page.Status, b.Page.Text())
	}
	form := b.Page.Form("Save and continue")
	other.Open(w.ready.Issuer + "/me/password")
	if other.Send(form, "password", dana.Password, "new_password", newPassword); other.Page.Status != http.StatusConflict {
		t.Errorf("another session's form: %d", other.Page.Status)
	}
	b.Send(form, "password", dana.Password, "new_password", newPassword)
	if b.Page.H1 != "Your password was changed" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	if after := b.Cookies(w.ready.Issuer)["__Host-ligature-session"]; after == before || after == "" {
		t.Error("the session has the same cookie")
	}
	if other.Open(w.ready.Issuer + "/linked"); other.Page.H1 != "Log in" {
		t.Errorf("the other device: %q", other.Page.H1)
	}
	if b.Open(w.ready.Issuer + "/linked"); b.Page.H1 == "Log in" {
		t.Error("this device was signed out")
	}
	w.mailed(dana.Email, "password was changed", regexp.MustCompile(`http://\S+/reset\b`), 1)
	next := w.browser("next day")
	w.signIn(next, "pim", dana.Email, newPassword)
	if !next.Page.Says("Hello Dana") {
		t.Errorf("%s %s", next.Page.URL, next.Page.Text())
	}
	for b.Page.Status != http.StatusTooManyRequests {
		b.Open(w.ready.Issuer + "/me/password")
		b.Press("Save and continue", "password", "a wrong guess", "new_password", newPassword)
		if b.Page.Status == http.StatusOK {
			t.Fatal("a guess was right")
		}
	}
}
