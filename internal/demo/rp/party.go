package rp

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config says which provider, as which client.
type Config struct {
	// Issuer is the provider's issuer, exactly as it names itself.
	Issuer string
	// ClientID and ClientSecret are sent as client_secret_basic.
	ClientID, ClientSecret string
	// RedirectURI is registered at the provider; its origin is the product's and decides the cookies' names.
	RedirectURI string
	// SignedOutURI is where the provider sends the browser after signing out; registered there too. Optional.
	SignedOutURI string
	// Tenant names the workspace to a provider whose client serves several; empty when it serves one.
	Tenant string
	// HTTPClient reaches the provider from this process. It is given because *.localhost must be dialled on loopback.
	// Nil means http.DefaultClient.
	HTTPClient *http.Client
	// Now is the clock for token lifetimes; nil means the real one.
	Now func() time.Time
}

// At fills in where the product is, unless that was said: its addresses below base, and its clock.
func (c Config) At(base, callback, signedOut string, now func() time.Time) Config {
	if c.RedirectURI == "" {
		c.RedirectURI = base + callback
	}
	if c.SignedOutURI == "" {
		c.SignedOutURI = base + signedOut
	}
	if c.Now == nil {
		c.Now = now
	}
	return c
}

// loginTTL is how long one login may take. Linking may need a mail, so it is longer than the provider's 45 minutes.
const loginTTL = time.Hour

// freshTTL is how long a discovery answer is believed before the provider is asked again.
const freshTTL = 30 * time.Second

// reachTTL is how long one request to the provider may take: people wait for it.
const reachTTL = 3 * time.Second

// Party is one client of one provider. It is safe for concurrent use.
type Party struct {
	cfg     Config
	cookies stand.Cookies
	sealing cipher.AEAD
	rollout rollout
	spent   spent

	mu        sync.Mutex
	known     *provider
	checkedAt time.Time
}

// provider is what discovery said.
type provider struct {
	*oidc.Provider
	endSession  string
	namesItself bool
}

// New checks cfg and makes a Party; it asks the provider nothing. Failures are fault.Invalid, rp.config.
func New(cfg Config) (*Party, error) {
	redirect, err := url.Parse(cfg.RedirectURI)
	if err != nil || redirect.Host == "" || cfg.Issuer == "" || cfg.ClientID == "" {
		return nil, fault.Wrap(fault.Invalid, "rp.config", errIncomplete)
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = http.DefaultClient
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "rp.config", err)
	}
	sealing, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "rp.config", err)
	}
	return &Party{cfg: cfg, cookies: stand.CookiesFor(redirect), sealing: sealing}, nil
}

// discover gives what the provider says about itself, at most freshTTL old. A provider that does not answer, or names
// another issuer, is fault.Unavailable, rp.provider.
func (p *Party) discover(ctx context.Context) (*provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	if p.known != nil && now.Sub(p.checkedAt).Abs() < freshTTL {
		return p.known, nil
	}
	ctx, cancel := context.WithTimeout(p.outward(ctx), reachTTL)
	defer cancel()
	found, err := oidc.NewProvider(ctx, p.cfg.Issuer)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "rp.provider", err)
	}
	var more struct {
		EndSession  string `json:"end_session_endpoint"`
		NamesItself bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "rp.provider", err)
	}
	p.known = &provider{Provider: found, endSession: more.EndSession, namesItself: more.NamesItself}
	p.checkedAt = now
	return p.known, nil
}

// outward gives ctx the HTTP client, for go-oidc and for x/oauth2 alike.
func (p *Party) outward(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.cfg.HTTPClient)
}

func (p *Party) oauth(found *provider) *oauth2.Config {
	endpoint := found.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return &oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: endpoint,
		RedirectURL: p.cfg.RedirectURI, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// SignOutURL is where to send the browser to end the provider's session too (RP-Initiated Logout 1.0 §2).
// It is empty when the provider has no such endpoint. Failures are fault.Unavailable, rp.provider.
func (p *Party) SignOutURL(ctx context.Context, idToken string) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	end, err := url.Parse(found.endSession)
	if err != nil || found.endSession == "" {
		return "", nil
	}
	query := end.Query()
	query.Set("client_id", p.cfg.ClientID)
	if idToken != "" {
		query.Set("id_token_hint", idToken)
	}
	if p.cfg.SignedOutURI != "" {
		query.Set("post_logout_redirect_uri", p.cfg.SignedOutURI)
	}
	end.RawQuery = query.Encode()
	return end.String(), nil
}
