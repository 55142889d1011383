package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ligature/internal/demo"
)

// TestSeparatePorts: with a port each, everything works at 127.0.0.1, for tools that do not resolve *.localhost and do not
// send Secure cookies over http; the parts do not read each other's cookies, although they share a host.
func TestSeparatePorts(t *testing.T) {
	t.Parallel()
	w := openWorldWith(t, demo.Options{SeparatePorts: true})
	b := w.browser("T")
	dana := w.person("one_account", "pim")
	w.firstSignIn(b, dana)
	b.Press("Continue to Akeneo PIM")
	if !b.Page.Says("Hello Dana") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	r, err := http.NewRequest(http.MethodGet, w.ready.Issuer+"/login", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for _, c := range answer.Cookies() {
		if c.Secure || strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly {
			t.Errorf("cookie %s: Secure %t, HttpOnly %t", c.Name, c.Secure, c.HttpOnly)
		}
		if port := w.ready.Issuer[strings.LastIndex(w.ready.Issuer, ":")+1:]; !strings.Contains(c.Name, port) {
			t.Errorf("cookie %s does not name the port %s", c.Name, port)
		}
	}
}

// TestTourTicks: a step ticks itself when the server has seen it; the scanner's button confirms nothing, and the other device
// shows a code that works where the sign-in began.
func TestTourTicks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	tour, b := w.browser("tour"), w.browser("T")
	counts := func(want string) {
		t.Helper()
		if tour.Open(w.ready.Tour); !tour.Page.Says(want + " of 11 done") {
			t.Errorf("not %s done: %s", want, regexp.MustCompile(`\d+ of \d+ done`).FindString(tour.Page.Text()))
		}
	}
	press := func(button, value string) { tour.Send(tour.Page.Form(button), "do", value) }
	counts("0")
	press("Open the newest mail on another device", "device")
	if !tour.Page.Says("There is no verification mail yet") {
		t.Error("with no mail it says nothing of it")
	}
	dana := w.person("one_account", "pim")
	w.toInbox(b, dana, dana.Email)
	w.mails(dana.Email, 1)
	press("Let a mail scanner visit", "scanner")
	b.Press("Continue")
	if !tour.Page.Says("Nothing was confirmed") || b.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("after the scanner: %d %q", b.Page.Status, b.Page.H1)
	}
	counts("0")
	press("Open the newest mail on another device", "device")
	shown := regexp.MustCompile(`[0-9A-Z]{4} [0-9A-Z]{4}`).FindString(tour.Page.Text())
	b.Press("Use code", "otc", shown)
	if b.Page.H1 != "Your accounts are linked" {
		t.Errorf("with %q: %q", shown, b.Page.H1)
	}
	counts("2")
	press("Switch the tenant off", "tenant")
	counts("3")

	press("Make it a pilot for Dana", "pilot")
	if !tour.Page.Says("Dana is the only one who takes part") || tour.Page.Form("Switch the tenant on") == nil {
		t.Errorf("after the pilot's button: %s", tour.Page.Text())
	}
	for identifier, in := range map[string]bool{dana.Identifier: true, w.person("username", "pim").Identifier: false} {
		p := w.browser(identifier)
		p.Open(w.product("pim").URL + "/")
		p.Press("Continue", "email", identifier)
		if got := p.Page.H1 == "Enter your password"; got != in {
			t.Errorf("%s: %d %q", identifier, p.Page.Status, p.Page.H1)
		}
	}
}

// TestTour: the tour shows every person and its buttons work.
func TestTour(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	b.Open(w.ready.Tour)
	for _, p := range w.ready.People {
		if !b.Page.Says(p.Identifier) || !b.Page.Says(p.Password) {
			t.Errorf("the tour does not show %s", p.Identifier)
		}
	}
	form := b.Page.Form("Switch the tenant off")
	b.Send(form, "do", "tenant")
	if b.Page.Form("Switch the tenant on") == nil {
		t.Errorf("the tenant was not switched: %q", b.Page.Buttons())
	}
	before := w.Clock().Now()
	b.Send(form, "do", "clock")
	if ahead := w.Clock().Now().Sub(before).Minutes(); ahead < 16 {
		t.Errorf("the clock went %.0f minutes ahead, want 16", ahead)
	}
}
