package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ligature/internal/account"
	"ligature/internal/testkit"
)

var resetURL = regexp.MustCompile(`http://\S+/reset/confirm\?t=[A-Za-z0-9_-]+`)

const newPassword = "Pebble-Orchard-Lantern-7"

// askReset asks for a reset where the browser stands, on S2.
func (w *world) askReset(b *testkit.Browser) {
	w.t.Helper()
	b.Follow("Forgot your password?")
	if b.Page.H1 != "Reset your password" {
		w.t.Fatalf("%d %q", b.Page.Status, b.Page.H1)
	}
	b.Press("Send reset link")
	if b.Page.H1 != "Check your inbox" {
		w.t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// mailed is the newest address of that shape in the mails to somebody whose subject holds the text.
func (w *world) mailed(to, subject string, shape *regexp.Regexp, n int) string {
	w.t.Helper()
	var found []string
	for total := 1; len(found) < n; total++ {
		found = nil
		for _, m := range w.mails(to, total) {
			if strings.Contains(m.Subject, subject) {
				found = append(found, shape.FindString(m.Text))
			}
		}
	}
	return found[n-1]
}

func (w *world) resetLink(to string, n int) string {
	w.t.Helper()
	return w.mailed(to, "Set a new Akeneo Product Cloud password", resetURL, n)
}

// TestForgottenPassword is S11 from S2 on: the mail, the new password, the sign-in that goes on to the product, and the link
// that is named once and not kept silently.
func TestForgottenPassword(t *testing.T) {
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	other := w.browser("other device")
	w.firstSignIn(other, dana)
	b := w.browser("K")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", dana.Email)
	b.Follow("Forgot your password?")
	if got := b.Page.Value("reset-email"); got != dana.Email || !strings.Contains(b.Page.Body, "readonly") {
		t.Errorf("the address is not carried over: %q", got)
	}
	b.Press("Send reset link")
	if b.Page.H1 != "Check your inbox" || b.Page.Says(dana.Email) {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Open(w.resetLink(dana.Email, 1))
	if b.Page.H1 != "Set your Akeneo Product Cloud password" || b.Page.URL.RawQuery != "" || b.Page.Value("username") != dana.Email {
		t.Fatalf("%s %q", b.Page.URL, b.Page.H1)
	}
	b.Press("Save and continue", "password", "short")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("at least 15 characters") {
		t.Errorf("a short one: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Save and continue", "password", newPassword)
	if b.Page.H1 != "Log in" || !b.Page.Says("Your password was changed. Sign in with it.") || b.Page.Value("email") != dana.Email {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Continue")
	b.Press("Login", "password", dana.Password)
	if b.Page.Status != http.StatusUnprocessableEntity {
		t.Fatalf("the old password: %d %q", b.Page.Status, b.Page.H1)
	}
	b.Press("Login", "password", newPassword)
	if b.Page.H1 != "Link these accounts?" || !b.Page.Says("Akeneo PIM") || !b.Page.Says("Not mine") {
		t.Fatalf("after the reset: %q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !b.Page.Says("Dana") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	if links := w.links(dana.Email); len(links) != 1 || links[0].Link.State != account.LinkActive {
		t.Errorf("links %+v", links)
	}
	other.Open(w.ready.Issuer + "/linked")
	if other.Page.H1 != "Log in" {
		t.Errorf("the other device is still signed in: %q", other.Page.H1)
	}
	w.mailed(dana.Email, "password was changed", regexp.MustCompile(`http://\S+/reset\b`), 1)
}
