// Package rptest is a tiny OpenID provider and a browser for tests of relying parties. It signs anybody in who a test
// names, and can be told to answer wrongly in the ways a relying party must notice. Only tests import it.
package rptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The one client of the provider.
const (
	ClientID     = "product"
	ClientSecret = "product-secret"
)

// Provider is the running provider.
type Provider struct {
	// URL is the issuer.
	URL string

	mu       sync.Mutex
	key      *ecdsa.PrivateKey
	claims   map[string]any
	refuse   string
	bend     func(query url.Values)
	bendID   func(claims map[string]any)
	requests map[string]url.Values
	server   *httptest.Server
	// SignedOut counts requests to the end session endpoint, with their query.
	signedOut []url.Values
	now       func() time.Time
	rollout   string
	asked     []string
}

// Start starts a provider that ends with the test.
func Start(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{key: key, claims: map[string]any{}, requests: map[string]url.Values{}, now: now}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.exchange)
	mux.HandleFunc("GET /end", p.end)
	mux.HandleFunc("GET /rollout/"+ClientID, p.tellRollout)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	p.URL = p.server.URL
	return p
}

// Stop takes the provider away.
func (p *Provider) Stop() { p.server.Close() }

// SignsIn says who signs in from now on: claims besides iss, aud, exp, iat and nonce.
func (p *Provider) SignsIn(claims map[string]any) { p.set(func() { p.claims, p.refuse = claims, "" }) }

// Refuses makes every authorization end with the error.
func (p *Provider) Refuses(reason string) { p.set(func() { p.refuse = reason }) }

// Bends changes the parameters of the answer before it is sent; nil stops that.
func (p *Provider) Bends(change func(query url.Values)) { p.set(func() { p.bend = change }) }

// BendsIDToken changes the claims of the ID token before it is signed; nil stops that.
func (p *Provider) BendsIDToken(change func(claims map[string]any)) {
	p.set(func() { p.bendID = change })
}

// Rolls makes the provider tell this rollout; empty, as in the beginning, it tells none.
func (p *Provider) Rolls(state string) { p.set(func() { p.rollout = state }) }

// RolloutsAsked gives the If-None-Match of every question for the rollout so far.
func (p *Provider) RolloutsAsked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *Provider) tellRollout(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tag := `"` + p.rollout + `"`
	p.asked = append(p.asked, r.Header.Get("If-None-Match"))
	w.Header().Set("ETag", tag)
	switch {
	case p.rollout == "":
		w.WriteHeader(http.StatusNotFound)
	case r.Header.Get("If-None-Match") == tag:
		w.WriteHeader(http.StatusNotModified)
	default:
		answer(w, map[string]any{"state": p.rollout, "max_age": 30})
	}
}

// SignedOut gives the queries of all sign-outs so far.
func (p *Provider) SignedOut() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.signedOut
}

func (p *Provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "end_session_endpoint": p.URL + "/end", "response_types_supported": []string{"code"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "authorization_response_iss_parameter_supported": true})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := r.URL.Query()
	back := url.Values{"state": {asked.Get("state")}, "iss": {p.URL}}
	if p.refuse != "" {
		back.Set("error", p.refuse)
	} else {
		authCode := rand.Text()
		p.requests[authCode] = asked
		back.Set("code", authCode)
	}
	if p.bend != nil {
		p.bend(back)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

func (p *Provider) exchange(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	asked, ok := p.requests[r.PostFormValue("code")]
	delete(p.requests, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || id != ClientID || secret != ClientSecret || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	now := p.now()
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": asked.Get("nonce")}
	maps.Copy(claims, p.claims)
	if p.bendID != nil {
		p.bendID(claims)
	}
	answer(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.sign("JWT", claims)})
}

// LogoutToken signs a token of the type with the claims, over those that are always there; one that is nil is left out.
func (p *Provider) LogoutToken(typ string, change map[string]any) string {
	now := p.now()
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix()}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return p.sign(typ, claims)
}

func (p *Provider) sign(typ string, claims map[string]any) string {
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	if typ == "" {
		options = nil
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "1"}}, options)
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

func (p *Provider) end(w http.ResponseWriter, r *http.Request) {
	p.set(func() { p.signedOut = append(p.signedOut, r.URL.Query()) })
	http.Redirect(w, r, r.URL.Query().Get("post_logout_redirect_uri"), http.StatusSeeOther)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
