package rp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// product is the smallest relying party: /go begins, /auth/callback finishes and keeps what came of it.
type product struct {
	url      string
	party    *rp.Party
	identity rp.Identity
	err      error
}

func startProduct(t *testing.T, issuer string, now func() time.Time) *product {
	t.Helper()
	p := &product{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /go", func(w http.ResponseWriter, r *http.Request) {
		target, err := p.party.Begin(w, r, rp.Ask{ReturnTo: r.URL.Query().Get("to")})
		if p.err = err; err == nil {
			http.Redirect(w, r, target, http.StatusSeeOther)
		}
	})
	mux.HandleFunc("GET /auth/callback", func(w http.ResponseWriter, r *http.Request) { p.identity, p.err = p.party.Finish(w, r) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	var err error
	p.party, err = rp.New(rp.Config{Issuer: issuer, ClientID: rptest.ClientID, ClientSecret: rptest.ClientSecret,
		RedirectURI: server.URL + "/auth/callback", SignedOutURI: server.URL + "/auth/signed-out", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func dana() map[string]any {
	return map[string]any{"sub": "sub-1", "product_account": map[string]string{"id": "7", "username": "dana"}, "tenant": "acme",
		"email": "dana@acme.example", "email_verified": true, "name": "Dana Ruiz", "locale": "en"}
}

func TestFinishGivesTheIdentity(t *testing.T) {
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, time.Now)
	provider.SignsIn(dana())
	rptest.NewBrowser(t).Open(p.url + "/go?to=/deep%3Fa=1")
	if p.err != nil {
		t.Fatal(p.err)
	}
	got := p.identity
	if strings.Count(got.IDToken, ".") != 2 {
		t.Errorf("raw ID token missing")
	}
	got.IDToken = ""
	want := rp.Identity{Subject: "sub-1", ProductAccount: rp.ProductAccount{ID: "7", Username: "dana"}, Tenant: "acme", Email: "dana@acme.example",
		EmailVerified: true, Name: "Dana Ruiz", Locale: "en", ReturnTo: "/deep?a=1"}
	if got != want {
		t.Errorf("identity %+v, want %+v", got, want)
	}
}

func TestFinishRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		arm  func(*rptest.Provider)
		kind fault.Kind
		key  string
	}{
		{"tenant not enabled", func(p *rptest.Provider) { p.Refuses("tenant_not_enabled") }, fault.Denied, "rp.tenant_not_enabled"},
		{"temporarily unavailable", func(p *rptest.Provider) { p.Refuses("temporarily_unavailable") }, fault.Unavailable, "rp.temporarily_unavailable"},
		{"access denied", func(p *rptest.Provider) { p.Refuses("access_denied") }, fault.Denied, "rp.access_denied"},
		{"another error", func(p *rptest.Provider) { p.Refuses("login_required") }, fault.Denied, "rp.refused"},
		{"issuer of somebody else", func(p *rptest.Provider) { p.Bends(func(q url.Values) { q.Set("iss", "https://other.example") }) }, fault.Denied, "rp.issuer"},
		{"no issuer", func(p *rptest.Provider) { p.Bends(func(q url.Values) { q.Del("iss") }) }, fault.Denied, "rp.issuer"},
		{"state of nobody", func(p *rptest.Provider) { p.Bends(func(q url.Values) { q.Set("state", "0123456789") }) }, fault.Expired, "rp.login"},
		{"unknown code", func(p *rptest.Provider) { p.Bends(func(q url.Values) { q.Set("code", "x") }) }, fault.Denied, "rp.exchange"},
		{"nonce of another login", func(p *rptest.Provider) { p.BendsIDToken(func(c map[string]any) { c["nonce"] = "x" }) }, fault.Denied, "rp.id_token"},
		{"another audience", func(p *rptest.Provider) { p.BendsIDToken(func(c map[string]any) { c["aud"] = "other" }) }, fault.Denied, "rp.id_token"},
		{"another issuer in the ID token", func(p *rptest.Provider) {
			p.BendsIDToken(func(c map[string]any) { c["iss"] = "https://other.example" })
		}, fault.Denied, "rp.id_token"},
		{"expired ID token", func(p *rptest.Provider) { p.BendsIDToken(func(c map[string]any) { c["exp"] = 1 }) }, fault.Denied, "rp.id_token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			provider := rptest.Start(t, time.Now)
			p := startProduct(t, provider.URL, time.Now)
			provider.SignsIn(dana())
			test.arm(provider)
			rptest.NewBrowser(t).Open(p.url + "/go?to=/deep")
			if !fault.Is(p.err, test.kind) || fault.KeyOf(p.err) != test.key {
				t.Fatalf("error %v, want %v %s", p.err, test.kind, test.key)
			}
			if refused, ok := rp.Refused(p.err); ok && (refused.ReturnTo != "/deep" || p.identity.ReturnTo != "/deep") {
				t.Errorf("the path asked for was lost: %+v", refused)
			}
		})
	}
}

func TestAnAnswerIsGoodOnceAndInOneBrowser(t *testing.T) {
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, time.Now)
	provider.SignsIn(dana())
	browser := rptest.NewBrowser(t)
	answer := browser.Open(p.url + "/go").URL.String()
	if p.err != nil {
		t.Fatal(p.err)
	}
	for name, other := range map[string]*rptest.Browser{"again": browser, "another browser": rptest.NewBrowser(t)} {
		if other.Open(answer); !fault.Is(p.err, fault.Expired) {
			t.Errorf("%s: %v, want expired", name, p.err)
		}
	}
}

func TestTwoTabsDoNotDisturbEachOther(t *testing.T) {
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, time.Now)
	provider.SignsIn(dana())
	var held []string
	provider.Bends(func(q url.Values) { held = append(held, q.Encode()); q.Set("state", "held-back") })
	browser := rptest.NewBrowser(t)
	browser.Open(p.url + "/go?to=/one")
	browser.Open(p.url + "/go?to=/two")
	for i, want := range []string{"/one", "/two"} {
		if browser.Open(p.url + "/auth/callback?" + held[i]); p.err != nil || p.identity.ReturnTo != want {
			t.Errorf("tab %d: %v %q, want %q", i, p.err, p.identity.ReturnTo, want)
		}
	}
}

func TestAProviderThatIsGoneIsUnavailable(t *testing.T) {
	at := time.Now()
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, func() time.Time { return at })
	provider.SignsIn(dana())
	if rptest.NewBrowser(t).Open(p.url + "/go"); p.err != nil {
		t.Fatal(p.err)
	}
	provider.Stop()
	at = at.Add(time.Minute)
	if rptest.NewBrowser(t).Open(p.url + "/go"); !fault.Is(p.err, fault.Unavailable) {
		t.Errorf("%v, want unavailable", p.err)
	}
}

func TestLocalPathNeverLeavesTheSite(t *testing.T) {
	for given, want := range map[string]string{"": "/", "/a?b=c": "/a?b=c", "//evil.example": "/", `/\evil.example`: "/", "https://evil.example": "/",
		"javascript:alert(1)": "/", "a": "/", "/a\r\nX: y": "/", "/\t/evil.example": "/"} {
		if got := stand.LocalPath(given); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestAbandonedLoginsDoNotPileUp(t *testing.T) {
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, time.Now)
	provider.SignsIn(dana())
	var held []string
	provider.Bends(func(q url.Values) { held = append(held, q.Encode()); q.Set("state", "held-back") })
	browser := rptest.NewBrowser(t)
	for range 9 {
		browser.Open(p.url + "/go")
	}
	finished := 0
	for _, answer := range held {
		if browser.Open(p.url + "/auth/callback?" + answer); p.err == nil {
			finished++
		}
	}
	if finished != 6 || p.err != nil {
		t.Errorf("%d logins could be finished, the newest with %v; want the newest 6", finished, p.err)
	}
}
