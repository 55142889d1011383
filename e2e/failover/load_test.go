//go:build servers && soak

package failover_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// fresh are tokens of a moment ago.
type fresh struct{ atomic.Pointer[granted] }

// arrive has one person after another sign in for the first time, by way of their mailbox.
func (w *world) arrive(ctx context.Context, from int) {
	for _, person := range w.people[from:] {
		at := time.Now()
		v := &visit{w: w, b: w.browser(), person: person}
		if tokens, ok := v.signIn(context.WithoutCancel(ctx)); ok {
			w.figures.whole(firstSignIn, at)
			w.ledger.signedIn(v.b, tokens.RefreshToken)
		}
		v.b.Close()
		if !pause(ctx, 500*time.Millisecond) {
			return
		}
	}
}

// comeBack has people who were told that they are linked sign in, each time in another browser.
func (w *world) comeBack(ctx context.Context) {
	for i := 0; ; i++ {
		at := time.Now()
		v := &visit{w: w, b: w.browser(), person: w.ledger.somebody(i)}
		if tokens, ok := v.signIn(context.WithoutCancel(ctx)); ok {
			w.figures.whole(laterSignIn, at)
			w.ledger.signedIn(v.b, tokens.RefreshToken)
			if v.linked {
				w.figures.complain("%s was linked a second time", v.person.Username)
			}
		}
		v.b.Close()
		if !pause(ctx, 250*time.Millisecond) {
			return
		}
	}
}

// stay goes on working in open sessions: code flow after code flow, without a page.
func (w *world) stay(ctx context.Context, latest *fresh) {
	var open []*visit
	for i := range 4 {
		v := &visit{w: w, b: w.browser(), person: w.ledger.somebody(i)}
		if _, ok := v.signIn(ctx); !ok {
			w.figures.complain("no session to work in")
			return
		}
		open = append(open, v)
	}
	for i := 0; ; i++ {
		at := time.Now()
		v := open[i%len(open)]
		if tokens, ok := v.signIn(context.WithoutCancel(ctx), "prompt", "none"); ok {
			w.figures.whole(openSession, at)
			latest.Store(&tokens)
		}
		v.b.Close()
		if !pause(ctx, 100*time.Millisecond) {
			break
		}
	}
	for _, v := range open {
		w.ledger.signedIn(v.b, "")
	}
}

// refresh exchanges refresh tokens without end, one after the other. Of a family of which nobody knows whether the last one
// was exchanged, the client begins another, as docs/integrate.md says.
func (w *world) refresh(ctx context.Context) {
	v := &visit{w: w, b: w.browser(), person: w.ledger.somebody(0)}
	var families [6]string
	for i := 0; ; i++ {
		held := &families[i%len(families)]
		story, end := context.WithTimeout(context.WithoutCancel(ctx), storyTTL)
		if *held == "" {
			tokens, _ := v.signIn(story)
			*held = tokens.RefreshToken
		} else {
			tokens, _ := w.redeem(story, aRefresh, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {*held}})
			*held = tokens.RefreshToken
		}
		end()
		if !pause(ctx, 100*time.Millisecond) {
			break
		}
	}
	for _, held := range families {
		w.ledger.signedIn(nil, held)
	}
}

// ask asks about the newest token at the two places that look it up.
func (w *world) ask(ctx context.Context, latest *fresh) {
	for pause(ctx, 100*time.Millisecond) {
		tokens := latest.Load()
		if tokens == nil {
			continue
		}
		if status, body := w.post(anAsk, "/introspect", url.Values{"token": {tokens.AccessToken}}); status == http.StatusOK && !strings.Contains(body, `"active":true`) {
			w.figures.complain("a good token is told to be none: %s", body)
		}
		r, err := http.NewRequest(http.MethodGet, issuer+"/userinfo", http.NoBody)
		if err != nil {
			w.figures.complain("%v", err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
		if status, body := w.do(w.client, anInfo, r); status != http.StatusOK && status != http.StatusServiceUnavailable {
			w.figures.complain("userinfo: %d %s", status, body)
		}
	}
}

// watch asks one replica for all that must answer without a database, and verifies the newest tokens with what it gives.
func (w *world) watch(ctx context.Context, replica string, latest *fresh, unready *atomic.Int64) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, replica)
		}}}
	defer client.CloseIdleConnections()
	get := func(kind, path string) string {
		r, err := http.NewRequest(http.MethodGet, issuer+path, http.NoBody)
		if err != nil {
			w.figures.complain("%v", err)
			return ""
		}
		status, body := w.do(client, kind, r)
		if status != http.StatusOK {
			w.figures.complain("%s: %d", kind, status)
		}
		return body
	}
	ready := time.Now()
	for pause(ctx, 100*time.Millisecond) {
		get(theDiscovery, "/.well-known/openid-configuration")
		get(theHealth, "/healthz")
		keys := get(theKeys, "/jwks")
		if tokens := latest.Load(); tokens != nil {
			for _, token := range []string{tokens.IDToken, tokens.AccessToken} {
				if err := verified(keys, token); err != nil {
					w.figures.complain("a token does not verify: %v", err)
				}
			}
		}
		if time.Since(ready) > time.Second {
			ready = time.Now()
			if r, err := client.Get("http://" + replica + "/readyz"); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				if r.StatusCode == http.StatusServiceUnavailable {
					unready.Add(1)
				}
			}
		}
	}
}

// verified checks a token as a client does who has the key set.
func verified(keys, token string) error {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(keys), &set); err != nil {
		return err
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return err
	}
	_, err = signed.Verify(set)
	return err
}

// do sends a request of a client and notes the answer.
func (w *world) do(client *http.Client, kind string, r *http.Request) (status int, body string) {
	at := time.Now()
	response, err := client.Do(r)
	if err != nil {
		w.figures.complain("%s: %v", kind, err)
		return 0, ""
	}
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		w.figures.complain("%s: %v", kind, err)
	}
	w.figures.note(kind, at, response.StatusCode, response.Header, string(text))
	return response.StatusCode, string(text)
}
