package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ligature/internal/testkit"
)

// TestAnswerLost (ATK-46): a browser whose button is pressed twice lets go of the first answer, and of the session's cookie in it.
// The second answer brings the session, at every form that makes one.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, pim := w.person("one_account", "pim"), w.product("pim").URL
	inPIM := func(b *testkit.Browser, when string) {
		t.Helper()
		if !strings.HasPrefix(b.Page.URL.String(), pim) || !b.Page.Says("Dana") {
			t.Errorf("%s: %s %q", when, b.Page.URL, b.Page.H1)
		}
	}

	b := w.browser("first")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	w.lost(b, waiting)
	if b.Send(waiting); b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("the link: %s %q", b.Page.URL, b.Page.H1)
	}
	b.Press("Continue to Akeneo PIM")
	inPIM(b, "the link")

	later := w.browser("next day")
	later.Open(pim + "/")
	later.Press("Continue", "email", dana.Email)
	form := later.Page.Form("Login")
	w.lost(later, form, "password", dana.Password)
	later.Send(form, "password", dana.Password)
	inPIM(later, "the password")

	later.Open(w.ready.Issuer + "/me/password")
	form = later.Page.Form("Save and continue")
	change := []string{"password", dana.Password, "new_password", invitedPassword}
	w.lost(later, form, change...)
	if later.Send(form, change...); !strings.HasSuffix(later.Page.URL.Path, "/done") {
		t.Errorf("a new password: %s %q %s", later.Page.URL, later.Page.H1, later.Page.Text())
	}

	julia, mona := w.pimAs("administrator"), "mona@acme.example"
	w.inviteInPIM(julia, mona)
	invited := w.browser("mona")
	invited.Open(w.invited(mona, 1))
	form = invited.Page.Form("Accept invitation")
	w.lost(invited, form, "password", invitedPassword)
	if invited.Send(form, "password", invitedPassword); !strings.HasPrefix(invited.Page.URL.String(), pim) {
		t.Errorf("the invitation: %s %q", invited.Page.URL, invited.Page.H1)
	}
}

// TestFormBringsNothingBack: a form that made a session brings it back to its own browser where it is, for half a minute, and while it counts.
func TestFormBringsNothingBack(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	first := w.browser("first")
	w.firstSignIn(first, dana)
	signIn := func(name string) (*testkit.Browser, *testkit.Form) {
		b := w.browser(name)
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", dana.Email)
		form := b.Page.Form("Login")
		w.lost(b, form, "password", dana.Password)
		return b, form
	}
	nothing := func(b *testkit.Browser, form *testkit.Form, when string) {
		t.Helper()
		b.Send(form, "password", dana.Password)
		if w.signedIn(b) {
			t.Errorf("%s: a session's cookie, on %s %q", when, b.Page.URL, b.Page.H1)
		}
	}

	_, form := signIn("M")
	stranger := w.browser("V")
	stranger.Open(w.product("pim").URL + "/")
	nothing(stranger, form, "another browser")

	late, form := signIn("late")
	w.Clock().Advance(30 * time.Second)
	nothing(late, form, "half a minute later")

	copied, form := signIn("copied")
	copied.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1")
	nothing(copied, form, "the browser's cookie in another one")

	out, form := signIn("out")
	if out.Send(form, "password", dana.Password); !w.signedIn(out) {
		t.Fatal("not signed in")
	}
	out.Open(w.ready.Issuer + "/end_session")
	if out.Page.Form("Sign out") != nil {
		out.Press("Sign out")
	}
	nothing(out, form, "after signing out")

	ended, form := signIn("ended")
	first.Open(w.ready.Issuer + "/me/password")
	first.Press("Save and continue", "password", dana.Password, "new_password", invitedPassword) // which ends all others
	nothing(ended, form, "a session that was ended")
}

// signedIn reports that the browser has a session's cookie.
func (w *world) signedIn(b *testkit.Browser) bool {
	for name, value := range b.Cookies(w.ready.Issuer) {
		if strings.HasSuffix(name, "-session") && value != "" {
			return true
		}
	}
	return false
}

// lost sends a form whose answer never arrives.
func (w *world) lost(b *testkit.Browser, form *testkit.Form, fields ...string) {
	w.t.Helper()
	if got := w.together(b, form, 1, fields...); got[0] != http.StatusSeeOther {
		w.t.Fatalf("the answer that is lost is %d", got[0])
	}
}
