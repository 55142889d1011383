package rp

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Ask says how a login begins.
type Ask struct {
	// ReturnTo is the path of this product to open afterwards.
	ReturnTo string
	// Prompt and LoginHint are passed on when not empty.
	Prompt, LoginHint string
}

// login is what has to be remembered until the browser is back.
type login struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	ReturnTo string    `json:"r"`
	EndsAt   time.Time `json:"e"`
}

// loginCookie begins the short name of each pending login's cookie; the first characters of its state follow.
const loginCookie = "login-"

// openLogins is how many logins one browser may have pending; older ones are dropped so that cookies do not pile up.
const openLogins = 6

// Begin remembers the login in the browser and gives the URL of the provider to send it to.
// A provider that does not answer is fault.Unavailable, rp.provider; nothing is remembered then.
func (p *Party) Begin(w http.ResponseWriter, r *http.Request, ask Ask) (string, error) {
	found, err := p.discover(r.Context())
	if err != nil {
		return "", err
	}
	pending := login{State: stand.Secret(32), Nonce: stand.Secret(32), Verifier: oauth2.GenerateVerifier(),
		ReturnTo: stand.LocalPath(ask.ReturnTo), EndsAt: p.cfg.Now().Add(loginTTL)}
	plain, err := json.Marshal(pending)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "rp.begin", err)
	}
	older := p.cookies.Shorts(r, loginCookie)
	for i := 0; i <= len(older)-openLogins; i++ {
		p.cookies.Clear(w, older[i])
	}
	name := cookieOf(pending.State)
	sealed := p.sealing.Seal(nil, nil, plain, []byte(name))
	p.cookies.Set(w, name, base64.RawURLEncoding.EncodeToString(sealed), loginTTL)
	options := []oauth2.AuthCodeOption{oidc.Nonce(pending.Nonce), oauth2.S256ChallengeOption(pending.Verifier)}
	if ask.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", ask.Prompt))
	}
	if ask.LoginHint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", ask.LoginHint))
	}
	return p.oauth(found).AuthCodeURL(pending.State, options...), nil
}

// Finish answers the redirect back from the provider. It gives the identity, or
//   - a *Refusal (wrapped) when the provider answered with an error: see Refused;
//   - fault.Expired, rp.login when this browser has no such login pending (also: used already);
//   - fault.Denied, rp.issuer / rp.exchange / rp.id_token when the answer is not to be believed;
//   - fault.Unavailable, rp.provider when the provider does not answer.
func (p *Party) Finish(w http.ResponseWriter, r *http.Request) (Identity, error) {
	query := r.URL.Query()
	pending, err := p.take(w, r, query.Get("state"))
	if err != nil {
		return Identity{}, err
	}
	found, err := p.discover(r.Context())
	if err != nil {
		return Identity{ReturnTo: pending.ReturnTo}, err
	}
	// RFC 9207 §2.4: an answer of another issuer, or one without a name from an issuer that names itself, is a mix-up.
	named := query.Has("iss")
	if named && query.Get("iss") != p.cfg.Issuer || !named && found.namesItself {
		return Identity{}, fault.New(fault.Denied, "rp.issuer")
	}
	if reason := query.Get("error"); reason != "" {
		if reason == TenantNotEnabled {
			p.refusedHere()
		}
		return Identity{ReturnTo: pending.ReturnTo}, refusal(Refusal{Reason: reason, ReturnTo: pending.ReturnTo})
	}
	identity, err := p.redeem(r.Context(), found, query.Get("code"), pending)
	identity.ReturnTo = pending.ReturnTo
	return identity, err
}

// take gives the pending login of the state and forgets it: an answer is good once.
func (p *Party) take(w http.ResponseWriter, r *http.Request, state string) (login, error) {
	gone := fault.New(fault.Expired, "rp.login")
	if len(state) < 8 {
		return login{}, gone
	}
	name := cookieOf(state)
	sealed, err := base64.RawURLEncoding.DecodeString(p.cookies.Value(r, name))
	if err != nil || len(sealed) == 0 {
		return login{}, gone
	}
	p.cookies.Clear(w, name)
	plain, err := p.sealing.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return login{}, gone
	}
	var pending login
	if err := json.Unmarshal(plain, &pending); err != nil {
		return login{}, fault.Wrap(fault.Internal, "rp.login", err)
	}
	if subtle.ConstantTimeCompare([]byte(pending.State), []byte(state)) != 1 || p.cfg.Now().After(pending.EndsAt) {
		return login{}, gone
	}
	return pending, nil
}

// redeem trades the authorization code for tokens and believes only what the ID token proves.
func (p *Party) redeem(ctx context.Context, found *provider, authCode string, pending login) (Identity, error) {
	ctx, cancel := context.WithTimeout(p.outward(ctx), 2*reachTTL)
	defer cancel()
	if authCode == "" {
		return Identity{}, fault.New(fault.Denied, "rp.exchange")
	}
	tokens, err := p.oauth(found).Exchange(ctx, authCode, oauth2.VerifierOption(pending.Verifier))
	if err != nil {
		if answered, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answered.Response != nil && answered.Response.StatusCode < 500 {
			return Identity{}, fault.Wrap(fault.Denied, "rp.exchange", errors.New("token endpoint: "+answered.ErrorCode))
		}
		return Identity{}, fault.Wrap(fault.Unavailable, "rp.provider", errors.New("token endpoint does not answer"))
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Identity{}, fault.New(fault.Denied, "rp.id_token")
	}
	verifier := found.Verifier(&oidc.Config{ClientID: p.cfg.ClientID,
		SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256}, Now: p.cfg.Now})
	proven, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, fault.Wrap(fault.Denied, "rp.id_token", err)
	}
	if subtle.ConstantTimeCompare([]byte(proven.Nonce), []byte(pending.Nonce)) != 1 {
		return Identity{}, fault.Wrap(fault.Denied, "rp.id_token", errors.New("nonce of another login"))
	}
	if proven.AccessTokenHash != "" {
		if err := proven.VerifyAccessToken(tokens.AccessToken); err != nil {
			return Identity{}, fault.Wrap(fault.Denied, "rp.id_token", err)
		}
	}
	return identityOf(ctx, found, proven, raw, tokens)
}

func cookieOf(state string) string { return loginCookie + state[:8] }
