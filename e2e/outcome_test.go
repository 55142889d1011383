package e2e_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/audit"
	"ligature/internal/connector"
	"ligature/internal/demo"
	"ligature/internal/testkit"
)

// speaking is what the PIM's store says to every password, and how often it was asked for one.
type speaking struct {
	mu    sync.Mutex
	says  connector.Outcome
	asked int
}

func (s *speaking) answer(product string) connector.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	if product == "pim" {
		s.asked++
		return s.says
	}
	return ""
}

// times is how often the product was asked since the last call.
func (s *speaking) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = 0
	return asked
}

// openWorldThatSays opens a world whose PIM gives one outcome to every password.
func openWorldThatSays(t *testing.T, outcome connector.Outcome) (*world, *speaking) {
	t.Helper()
	s := &speaking{says: outcome}
	return openWorldAt(t, t.TempDir(), demo.Options{Outcomes: s.answer}, nil), s
}

// screen is what somebody sees, and what is kept of it. Without a headline they are in the product.
type screen struct {
	status int
	h1     string
	action audit.Action
	reason string
}

// TestEveryOutcomeHasItsScreen: whatever a product says to a password, on the first page and on "Link your account.", there is one
// page for it, and one event where something was decided; only a match goes on, and an outage is never a wrong password.
func TestEveryOutcomeHasItsScreen(t *testing.T) {
	t.Parallel()
	refused := func(h1, reason string) screen { return screen{http.StatusForbidden, h1, audit.PasswordRefused, reason} }
	const down = "Akeneo PIM is not answering"
	for outcome, want := range map[connector.Outcome][2]screen{
		connector.Match:         {{200, "Confirm your email address", audit.LegacyProven, "match"}, {200, "", audit.LinkActivated, ""}},
		connector.MatchWeak:     {{200, "Confirm your email address", audit.LegacyProven, "match_weak"}, {200, "", audit.LinkActivated, ""}},
		connector.WrongPassword: {{422, "Enter your password", audit.PasswordRefused, "password.wrong"}, {422, "Link your account.", audit.PasswordRefused, "password.wrong"}},
		connector.Rejected:      {{422, "Enter your password", audit.PasswordRefused, "password.wrong"}, {422, "Link your account.", audit.PasswordRefused, "password.wrong"}},
		connector.NotFound:      {{422, "Enter your password", audit.PasswordRefused, "password.unknown"}, {422, "Link your account.", audit.PasswordRefused, "password.unknown"}},
		connector.Disabled:      {refused("This Akeneo PIM account is switched off", "legacy.disabled"), refused("This Akeneo PIM account is switched off", "legacy.disabled")},
		connector.Locked:        {refused("This Akeneo PIM account is locked for now", "legacy.locked"), refused("This Akeneo PIM account is locked for now", "legacy.locked")},
		connector.MustReset:     {refused("Akeneo PIM asks for a new password first", "legacy.must_reset"), refused("Akeneo PIM asks for a new password first", "legacy.must_reset")},
		connector.Unavailable:   {{503, down, audit.ProductDown, ""}, {503, down, audit.ProductDown, ""}},
	} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			w, says := openWorldThatSays(t, outcome)
			first := w.browser("first")
			dana := w.person("one_account", "pim")
			first.Open(w.product("pim").URL + "/")
			first.Press("Continue", "email", dana.Email)
			first.Press("Login", "password", dana.Password)
			want[0].compare(t, w, first, says)

			second := w.browser("second")
			omar := w.person("forgot", "pim")
			w.toLinkPage(second, "forgot", "sdm", "pim")
			second.Press("CONTINUE", "email", omar.Identifier, "password", omar.Password)
			want[1].compare(t, w, second, says)
		})
	}
}

// compare holds a page and the newest events against what is wanted. The product was asked once.
func (s screen) compare(t *testing.T, w *world, b *testkit.Browser, says *speaking) {
	t.Helper()
	if b.Page.Status != s.status || s.h1 != "" && b.Page.H1 != s.h1 {
		t.Errorf("%d %q %s, want %d %q", b.Page.Status, b.Page.H1, b.Page.Text(), s.status, s.h1)
	}
	if s.h1 == "" && !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Errorf("not in the product: %s %q", b.Page.URL, b.Page.H1)
	}
	if asked := says.times(); asked != 1 {
		t.Errorf("the product was asked %d times", asked)
	}
	if s.action == "" {
		return
	}
	events, err := w.Events(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, e := range events {
		if e.Action == s.action && (s.reason == "" || e.Reason == s.reason) {
			return
		}
		seen = append(seen, string(e.Action)+" "+e.Reason)
	}
	t.Errorf("no event %s %s; the newest: %s", s.action, s.reason, strings.Join(seen, ", "))
}

// TestProductIsAskedLessOftenThanItLocks: the PIM locks after five wrong passwords. Here it is asked three times, whoever guesses
// from wherever and by whichever name, and again when its own count is over; so nobody can lock somebody out of it through this
// server.
func TestProductIsAskedLessOftenThanItLocks(t *testing.T) {
	t.Parallel()
	w, says := openWorldThatSays(t, "")
	dana := w.person("one_account", "pim")
	guess := func(n int) {
		for i := range n {
			b := w.browser("guess")
			b.Open(w.product("pim").URL + "/")
			b.Press("Continue", "email", []string{dana.Email, strings.ToUpper(dana.Email), "dana"}[i%3])
			if b.Page.Form("Login") != nil {
				b.Press("Login", "password", "a wrong guess")
			}
		}
	}
	guess(8)
	if asked := says.times(); asked != 3 {
		t.Errorf("the product was asked %d times, want 3", asked)
	}
	owner := w.browser("owner")
	owner.Open(w.product("pim").URL + "/")
	owner.Press("Continue", "email", dana.Email)
	owner.Press("Login", "password", dana.Password)
	if asked := says.times(); asked != 0 || owner.Page.Status != http.StatusTooManyRequests || owner.Page.Header.Get("Retry-After") == "" {
		t.Errorf("with the right password: asked %d times, %d %q", asked, owner.Page.Status, owner.Page.H1)
	}
	w.Clock().Advance(time.Hour)
	guess(1)
	if asked := says.times(); asked != 1 {
		t.Errorf("an hour later the product was asked %d times, want once", asked)
	}
}

// TestOneOutageIsNobodyElses: while the PIM's store is down, people of the other product sign in, and so does whoever is linked to
// the PIM; nobody is told that a password is wrong.
func TestOneOutageIsNobodyElses(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, noor, kevin := w.person("one_account", "pim"), w.person("sdm_only", "sdm"), w.person("short_password", "pim")
	w.firstSignIn(w.browser("before"), dana)
	w.SetStore("pim", demo.Down)
	for range 8 { // more than opens the breaker
		b := w.browser("new")
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", kevin.Email)
		b.Press("Login", "password", kevin.Password)
		if b.Page.Status != http.StatusServiceUnavailable || b.Page.H1 != "Akeneo PIM is not answering" {
			t.Fatalf("somebody new: %d %q", b.Page.Status, b.Page.H1)
		}
	}
	w.firstSignIn(w.browser("other"), noor)
	linked := w.browser("linked")
	linked.Open(w.product("pim").URL + "/")
	linked.Press("Continue", "email", dana.Email)
	linked.Press("Login", "password", dana.Password)
	if !linked.Page.Says("Hello Dana") {
		t.Errorf("somebody who is linked: %d %q %s", linked.Page.Status, linked.Page.H1, linked.Page.Text())
	}
}
