package rp_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
	"ligature/internal/fault"
)

// told is what the product's endpoint did with a logout token.
type told struct {
	over []rp.Ended
	fail error
}

func (l *told) end(_ context.Context, over rp.Ended) error {
	l.over = append(l.over, over)
	return l.fail
}

func send(h http.Handler, body, kind string) int {
	r := httptest.NewRequest("POST", rp.LogoutPath, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code
}

const form = "application/x-www-form-urlencoded"

// TestLogoutTokens (Back-Channel Logout §2.6): only a logout token of the provider, for this client, of now, that was never here
// before, ends sessions.
func TestLogoutTokens(t *testing.T) {
	event := map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
	for name, test := range map[string]struct {
		typ    string
		change map[string]any // nil drops the claim
		status int
	}{
		"a good one":              {"logout+jwt", nil, 200},
		"an ID token's type":      {"JWT", nil, 400},
		"no type":                 {"", nil, 400},
		"a nonce":                 {"logout+jwt", map[string]any{"nonce": "n"}, 400},
		"no events":               {"logout+jwt", map[string]any{"events": nil}, 400},
		"another event":           {"logout+jwt", map[string]any{"events": map[string]any{"http://schemas.openid.net/event/other": map[string]any{}}}, 400},
		"an event and another":    {"logout+jwt", map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}, "x": map[string]any{}}}, 400},
		"an event that is a text": {"logout+jwt", map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": "yes"}}, 400},
		"another issuer":          {"logout+jwt", map[string]any{"iss": "https://evil.example"}, 400},
		"another audience":        {"logout+jwt", map[string]any{"aud": "somebody"}, 400},
		"issued in an hour":       {"logout+jwt", map[string]any{"iat": time.Now().Add(time.Hour).Unix(), "exp": time.Now().Add(61 * time.Minute).Unix()}, 400},
		"issued an hour ago":      {"logout+jwt", map[string]any{"iat": time.Now().Add(-time.Hour).Unix()}, 400},
		"expired":                 {"logout+jwt", map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}, 400},
		"good for a day":          {"logout+jwt", map[string]any{"exp": time.Now().Add(24 * time.Hour).Unix()}, 400},
		"no exp":                  {"logout+jwt", map[string]any{"exp": nil}, 400},
		"no iat":                  {"logout+jwt", map[string]any{"iat": nil}, 400},
		"no jti":                  {"logout+jwt", map[string]any{"jti": nil}, 400},
		"no sid":                  {"logout+jwt", map[string]any{"sid": nil}, 400},
		"no sub":                  {"logout+jwt", map[string]any{"sub": nil}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			provider := rptest.Start(t, time.Now)
			p := startProduct(t, provider.URL, time.Now)
			heard := &told{}
			h := p.party.BackChannelLogout(slog.New(slog.DiscardHandler), heard.end)
			claims := map[string]any{"sub": "sub-1", "sid": "sid-1", "jti": "lo-1", "events": event}
			for claim, value := range test.change {
				claims[claim] = value
			}
			body := url.Values{"logout_token": {provider.LogoutToken(test.typ, claims)}}.Encode()
			status := send(h, body, form)
			if status != test.status || len(heard.over) != map[int]int{200: 1, 400: 0}[test.status] {
				t.Fatalf("%d, told %v", status, heard.over)
			}
			if status == http.StatusOK && heard.over[0] != (rp.Ended{SID: "sid-1", Subject: "sub-1"}) {
				t.Errorf("%+v", heard.over)
			}
			if status := send(h, body, form); status != 400 {
				t.Errorf("a second time: %d", status)
			}
		})
	}
}

// TestLogoutRequests: what is no logout request is refused, and what cannot be done just now is asked for again.
func TestLogoutRequests(t *testing.T) {
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, time.Now)
	heard := &told{fail: fault.New(fault.Unavailable, "product.down")}
	h := p.party.BackChannelLogout(slog.New(slog.DiscardHandler), heard.end)
	claims := map[string]any{"sub": "sub-1", "sid": "sid-1", "jti": "lo-1", "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
	good := url.Values{"logout_token": {provider.LogoutToken("logout+jwt", claims)}}.Encode()
	forged := good[:len(good)-6] + "AAAAAA"
	for name, test := range map[string]struct {
		body, kind string
		status     int
	}{
		"no form":         {good, "application/json", 400},
		"no token":        {"a=b", form, 400},
		"two tokens":      {good + "&" + good, form, 400},
		"too much":        {good + "&a=" + strings.Repeat("a", 20<<10), form, 400},
		"forged":          {forged, form, 400},
		"no JWT":          {"logout_token=abc", form, 400},
		"product is down": {good, form, 503},
	} {
		if status := send(h, test.body, test.kind); status != test.status {
			t.Errorf("%s: %d", name, status)
		}
	}
	heard.fail = errors.New("a bug")
	claims["jti"] = "lo-2"
	if status := send(h, url.Values{"logout_token": {provider.LogoutToken("logout+jwt", claims)}}.Encode(), form); status != 503 {
		t.Errorf("a failure: %d", status)
	}
}
