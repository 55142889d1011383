package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"ligature/internal/demo"
)

// TestSeparatePorts: with a port each, everything works at 127.0.0.1, for tools that do not resolve *.localhost and do not
// send Secure cookies over http; the parts do not read each other's cookies, although they share a host.
func TestSeparatePorts(t *testing.T) {
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

// TestTour: the tour shows every person and its buttons work.
func TestTour(t *testing.T) {
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
