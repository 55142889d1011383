package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/testkit"
)

// seen are the pages of a walk, by the step they came after, and the tables of both products around it.
type seen struct {
	t             *testing.T
	w             *world
	b             *testkit.Browser
	pages         map[string]*testkit.Page
	before, after map[string]stand.Dump
}

func (s *seen) note(step string) { s.pages[step] = s.b.Page }

// page is a page of the walk.
func (s *seen) page(t *testing.T, step string) *testkit.Page {
	t.Helper()
	p := s.pages[step]
	if p == nil {
		t.Fatalf("the walk did not come to %q", step)
	}
	return p
}

func (w *world) walk(t *testing.T) *seen {
	s := &seen{t: t, w: w, b: w.browser("T"), pages: map[string]*testkit.Page{}, before: w.tables()}
	t.Cleanup(func() { s.after = nil })
	return s
}

// tables are both products' tables.
func (w *world) tables() map[string]stand.Dump {
	w.t.Helper()
	pim, err := w.PIM().Dump(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	sdm, err := w.SDM().Dump(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return map[string]stand.Dump{"pim": pim, "sdm": sdm}
}

// walkFirst is Dana's first sign-in, by the seed's six steps, and a sign-in the next day.
func walkFirst(t *testing.T) *seen {
	w := openWorld(t)
	s, dana := w.walk(t), w.person("one_account", "pim")
	b := s.b
	b.Open(w.product("pim").URL + "/")
	s.note("redirected")
	b.Press("Continue", "email", dana.Identifier)
	s.note("identified")
	b.Press("Login", "password", dana.Password)
	s.note("proven")
	b.Press("Confirm & Continue")
	s.note("inbox")
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	s.note("opened")
	b.Send(waiting)
	s.note("linked")
	b.Press("Continue to Akeneo PIM")
	s.note("home")
	next := w.browser("next day")
	w.Clock().Advance(24 * time.Hour)
	w.signIn(next, "pim", dana.Email, dana.Password)
	s.pages["next day"] = next.Page
	s.after = w.tables()
	return s
}

// walkSecond links Rita's second product.
func walkSecond(t *testing.T) *seen {
	w := openWorld(t)
	s := w.walk(t)
	rita, other := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(s.b, rita)
	s.note("signed in")
	s.b.Open(w.product("sdm").URL + "/")
	s.note("link")
	s.b.Press("CONTINUE", "email", other.Identifier, "password", other.Password)
	s.note("merged")
	next := w.browser("next day")
	w.Clock().Advance(24 * time.Hour)
	w.signIn(next, "sdm", rita.Email, rita.Password)
	s.pages["next day"] = next.Page
	s.after = w.tables()
	return s
}

// walkForgot is the six steps of somebody who forgot the product's password.
func walkForgot(t *testing.T) *seen {
	w := openWorld(t)
	s := w.walk(t)
	rita, other := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(s.b, rita)
	s.b.Open(w.product("sdm").URL + "/")
	s.note("link")
	s.b.Follow("Forgot your Supplier Data Manager password?")
	s.note("forgot")
	s.b.Press("SEND RESET LINK", "email", other.Identifier)
	s.note("sent")
	const renewed = "Entirely-New-Pass-77!"
	reader := w.browser("mail")
	w.setAtProduct(reader, "sdm", w.ownResetURL("sdm", other.Email), renewed)
	s.pages["reset"] = reader.Page
	s.b.Press("Back")
	s.note("back")
	s.b.Press("CONTINUE", "password", renewed)
	s.note("merged")
	return s
}

// walkOff is a tenant that is switched on only later.
func walkOff(t *testing.T) *seen {
	w := openWorld(t)
	s, dana := w.walk(t), w.person("one_account", "pim")
	if err := w.Server().SetRollout(t.Context(), "acme", "off", "test", "not yet"); err != nil {
		t.Fatal(err)
	}
	s.b.Open(w.product("pim").URL + "/")
	s.note("off")
	if err := w.Server().SetRollout(t.Context(), "acme", "on", "test", "early access"); err != nil {
		t.Fatal(err)
	}
	// A product may remember the answer for a minute.
	w.Clock().Advance(2 * time.Minute)
	s.b = w.browser("after")
	w.toInbox(s.b, dana, dana.Email)
	s.note("on")
	return s
}

// walkTrouble is what goes wrong: nobody, a wrong password, a mail that does not come, a link that is too old.
func walkTrouble(t *testing.T) *seen {
	w := openWorld(t)
	s, dana := w.walk(t), w.person("one_account", "pim")
	b := s.b
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", "stranger@nowhere.example")
	b.Press("Login", "password", "whatever it was")
	s.note("unknown")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", dana.Identifier)
	b.Press("Login", "password", "not that one")
	s.note("wrong")
	b.Press("Login", "password", dana.Password)
	b.Press("Confirm & Continue")
	s.note("inbox")
	b.Press("Resend")
	s.note("too soon")
	for range 3 {
		w.Clock().Advance(61 * time.Second)
		b.Press("Resend")
	}
	s.note("exhausted")
	w.Clock().Advance(16 * time.Minute)
	b.Open(w.link(dana.Email, 1))
	s.note("expired")
	b.Follow("Restart the sign-in")
	s.note("restarted")
	return s
}

// walkUnexpected is a mail that its reader did not ask for.
func walkUnexpected(t *testing.T) *seen {
	w := openWorld(t)
	s, park, vera := w.walk(t), w.person("username", "pim"), w.person("never_started", "pim")
	w.toInbox(s.b, park, vera.Email)
	s.note("inbox")
	v := w.browser("V")
	v.Open(notMeURL.FindString(w.mails(vera.Email, 1)[0].Text))
	s.pages["not me"] = v.Page
	v.Press("Stop this request", "recognise", "no")
	s.pages["stopped"] = v.Page
	s.b.Press("Continue")
	s.note("after")
	return s
}

// lands holds a page to be the product's, and to greet the person.
func lands(t *testing.T, s *seen, step, product, name string) {
	t.Helper()
	p := s.page(t, step)
	if !strings.HasPrefix(p.URL.String(), s.w.product(product).URL) || p.Status != http.StatusOK || !p.Says(name) {
		t.Errorf("%s: %d %s %s", step, p.Status, p.URL, p.Text())
	}
}

// heading holds a page of a walk to its heading and to what it says.
func heading(t *testing.T, s *seen, step, h1 string, says ...string) {
	t.Helper()
	p := s.page(t, step)
	if h1 != "" && p.H1 != h1 {
		t.Errorf("%s: the heading is %q, want %q", step, p.H1, h1)
	}
	for _, text := range says {
		if !p.Says(text) {
			t.Errorf("%s does not say %q: %s", step, text, p.Text())
		}
	}
}

// presses holds a page to have a button.
func presses(t *testing.T, s *seen, step, button string) {
	t.Helper()
	for _, b := range s.page(t, step).Buttons() {
		if b == button {
			return
		}
	}
	t.Errorf("%s has no button %q: %q", step, button, s.page(t, step).Buttons())
}
