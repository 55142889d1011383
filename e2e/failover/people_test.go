//go:build servers && soak

package failover_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"ligature/internal/demo/pim"
	"ligature/internal/testkit"
)

const (
	// again is how long people and clients wait after a 503: less than they are told, so that the outage is measured.
	again = 500 * time.Millisecond
	// storyTTL is how long a sign-in may take, an outage in the middle included.
	storyTTL = 2 * time.Minute
)

// Kinds of answers and of whole stories.
const (
	aPage        = "a page of a sign-in"
	aCode        = "token endpoint: a code"
	aRefresh     = "token endpoint: a refresh token"
	anAsk        = "introspection"
	anInfo       = "userinfo"
	firstSignIn  = "WHOLE first sign-in, with its mail"
	laterSignIn  = "WHOLE sign-in with a password"
	openSession  = "WHOLE code flow in open session"
	theDiscovery = "discovery"
	theKeys      = "key set, and a token verified"
	theHealth    = "healthz"
)

// visit is somebody on the way in, in a browser.
type visit struct {
	w      *world
	b      *testkit.Browser
	person pim.Person
	// linked says that the page was seen that tells so.
	linked bool
}

// pause waits; false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// act does something in the browser, and again as long as the answer is 503, as its page asks for: what is in front is
// loaded again, or the same form is sent again. False when ctx ends before there is another answer.
func (v *visit) act(ctx context.Context, do func()) bool {
	for {
		at := time.Now()
		do()
		page := v.b.Page
		v.w.figures.note(aPage, at, page.Status, page.Header, page.Body)
		if page.Status != http.StatusServiceUnavailable {
			return true
		}
		if len(v.b.Hops) > 1 {
			here := page.URL.String()
			do = func() { v.b.Open(here) }
		}
		if !pause(ctx, again) {
			return false
		}
	}
}

// granted is what a client has after a sign-in.
type granted struct {
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token"`
	RefreshToken string `json:"refresh_token"`
	Error        string `json:"error"`
}

// signIn goes from the product to the product, and redeems the code. ok is false when ctx ended, or when nobody knows what
// became of the code.
func (v *visit) signIn(ctx context.Context, more ...string) (tokens granted, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, storyTTL)
	defer cancel()
	verifier := oauth2.GenerateVerifier()
	query := url.Values{"response_type": {"code"}, "client_id": {"pim"}, "redirect_uri": {callbackURL}, "state": {"state-of-a-test"},
		"scope": {"openid email offline_access"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	start := func() { v.b.Open(issuer + "/authorize?" + query.Encode()) }
	if !v.act(ctx, start) {
		return granted{}, false
	}
	for range 400 {
		if here := v.b.Page.URL; here.Host == "pim.localhost:7002" {
			if given := here.Query().Get("code"); given != "" {
				return v.w.redeem(ctx, aCode, url.Values{"grant_type": {"authorization_code"}, "code": {given},
					"redirect_uri": {callbackURL}, "code_verifier": {verifier}})
			}
			// A product that is told so has its own way in (docs/integrate.md); here it tries again.
			if here.Query().Get("error") != "temporarily_unavailable" {
				v.w.figures.complain("back at the product with %s", here.Query().Get("error"))
				return granted{}, false
			}
			v.w.figures.told()
			if !pause(ctx, again) || !v.act(ctx, start) {
				return granted{}, false
			}
			continue
		}
		step := v.next(ctx)
		if step == nil {
			if ctx.Err() != nil {
				return granted{}, false
			}
			v.w.figures.again(v.b.Page.H1)
			step = start
		}
		if !v.act(ctx, step) {
			return granted{}, false
		}
	}
	v.w.figures.complain("a sign-in goes round in circles, at %q", v.b.Page.H1)
	return granted{}, false
}

var mailedURL = regexp.MustCompile(`http://\S+/email/confirm\?t=[A-Za-z0-9_-]+`)

// next is what somebody does with the page in front; nil when nobody would know.
func (v *visit) next(ctx context.Context) func() {
	page := v.b.Page
	send := func(button string, fields ...string) func() {
		form := page.Form(button)
		return func() { v.b.Send(form, fields...) }
	}
	switch {
	case page.Status >= 400:
		return nil
	case page.H1 == "Check your inbox":
		waiting := page.Form("Continue")
		opened := v.mailed(ctx)
		if waiting == nil || opened == "" || !v.act(ctx, func() { v.b.Open(opened) }) {
			return nil
		}
		return func() { v.b.Send(waiting) }
	case page.Form("Login") != nil:
		return send("Login", "password", v.person.Password)
	case page.Form("Confirm & Continue") != nil:
		return send("Confirm & Continue")
	case page.H1 == "Your accounts are linked":
		v.linked = true
		v.w.ledger.linked(v.person)
		return send("Continue to Example PIM")
	case page.Form("Continue") != nil:
		return send("Continue", "email", v.person.Email)
	}
	return nil
}

// mailed waits for a mail to the person and gives the address in the newest; empty when none comes.
func (v *visit) mailed(ctx context.Context) string {
	for {
		for _, m := range v.w.inbox.Messages() { // newest first
			if found := mailedURL.FindString(m.Text); found != "" && strings.Contains(m.To, v.person.Email) {
				return found
			}
		}
		if !pause(ctx, 50*time.Millisecond) {
			return ""
		}
	}
}

// redeem asks the token endpoint, and again as long as it answers 503. ok is false when ctx ended, and when it refuses what
// it may have taken before.
func (w *world) redeem(ctx context.Context, kind string, form url.Values) (tokens granted, ok bool) {
	for try := 1; ; try++ {
		status, body := w.post(kind, "/token", form)
		tokens = granted{}
		if err := json.Unmarshal([]byte(body), &tokens); err != nil {
			w.figures.complain("%s: %d is no JSON: %.100s", kind, status, body)
			return granted{}, false
		}
		switch {
		case status == http.StatusOK:
			return tokens, true
		case status == http.StatusServiceUnavailable:
			if !pause(ctx, again) {
				return granted{}, false
			}
		case try > 1 && tokens.Error == "invalid_grant":
			w.ledger.doubtful()
			return tokens, false
		default:
			w.figures.complain("%s: %d %s", kind, status, body)
			return granted{}, false
		}
	}
}

// post sends a form as the client.
func (w *world) post(kind, path string, form url.Values) (status int, body string) {
	r, err := http.NewRequest(http.MethodPost, issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.figures.complain("%v", err)
		return 0, ""
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("pim", clientSecret)
	return w.do(w.client, kind, r)
}

// ledger is what was acknowledged.
type ledger struct {
	mu       sync.Mutex
	links    []pim.Person
	seen     map[string]bool
	sessions []*testkit.Browser
	families []string // refresh tokens, the last of each
	doubts   int
}

// linked notes a person who was told so.
func (l *ledger) linked(p pim.Person) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	if !l.seen[p.Email] {
		l.seen[p.Email] = true
		l.links = append(l.links, p)
	}
}

// signedIn notes a browser that came back with a code, and the refresh token that its client got.
func (l *ledger) signedIn(b *testkit.Browser, refresh string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b != nil {
		l.sessions = append(l.sessions, b)
	}
	if refresh != "" {
		l.families = append(l.families, refresh)
	}
}

// doubtful notes something of which nobody knew whether it had happened.
func (l *ledger) doubtful() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doubts++
}

// somebody is a person whose link was acknowledged.
func (l *ledger) somebody(i int) pim.Person {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.links[i%len(l.links)]
}
