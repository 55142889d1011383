package op

import (
	"errors"
	"maps"
	"strings"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// RequestURIPrefix begins every request_uri of ours (RFC 9126 §2.2); a secret follows.
const RequestURIPrefix = "urn:ietf:params:oauth:request_uri:"

// PushedTTL is how long a pushed request waits for the browser (RFC 9126 §2.2).
const PushedTTL = time.Minute

// Pushed is an authorization request that the client sent before the browser came.
type Pushed struct {
	// Hash is of the secret in the request_uri.
	Hash      string
	Client    ident.ClientID
	Params    Params
	CreatedAt time.Time
	Deadline  time.Time
	// DoneAt is when it was answered with a code; zero before.
	DoneAt time.Time
}

// NewPushed checks the request as it will be checked when the browser brings it, and keeps it. What authenticates the client
// is not kept. Errors: *TokenError (RFC 9126 §2.3).
func NewPushed(p Params, registered Registration, issuer string, verify Verify, hash string, now time.Time) (Pushed, error) {
	if len(p["request_uri"]) > 0 {
		return Pushed{}, &TokenError{Reason: InvalidRequest, Detail: "a request_uri cannot be pushed"}
	}
	kept := maps.Clone(p)
	for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		delete(kept, name)
	}
	if len(kept["client_id"]) == 0 {
		kept["client_id"] = []string{string(registered.Client.ID)}
	}
	_, err := ParseAuthRequest(kept, registered, issuer, verify, now)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return Pushed{}, &TokenError{Reason: refusal.Reason, Detail: refusal.Detail}
	}
	if err != nil {
		return Pushed{}, &TokenError{Reason: InvalidRequest, Detail: pushedDetail(err)}
	}
	now = now.UTC().Truncate(time.Microsecond)
	return Pushed{Hash: hash, Client: registered.Client.ID, Params: kept, CreatedAt: now, Deadline: now.Add(PushedTTL)}, nil
}

func pushedDetail(err error) string {
	switch fault.KeyOf(err) {
	case "authorize.redirect_missing":
		return "redirect_uri is missing"
	case "authorize.redirect", "authorize.redirect_ambiguous":
		return "redirect_uri is not registered"
	}
	return "client_id is not the client that authenticated"
}

// PushedSecret is the secret of the request_uri that a request refers to; ok is false when it refers to none of ours.
func (p Params) PushedSecret() (secret string, ok bool) {
	value, single := p.one("request_uri")
	secret, ours := strings.CutPrefix(value, RequestURIPrefix)
	return secret, single && ours
}

// Open reports whether the client's browser may go on with it: another client's is none (RFC 9126 §7.3). Errors:
// fault.Invalid "authorize.pushed", fault.Expired "authorize.answered" or "authorize.expired".
func (p Pushed) Open(client ident.ClientID, now time.Time) error {
	switch {
	case p.Client != client:
		return fault.New(fault.Invalid, "authorize.pushed")
	case !p.DoneAt.IsZero():
		return fault.New(fault.Expired, "authorize.answered")
	case !now.Before(p.Deadline):
		return fault.New(fault.Expired, "authorize.expired")
	}
	return nil
}

// MustPush refuses a request that the browser brought by itself, of a client that pushes; nil for all others.
func (q AuthRequest) MustPush(client directory.Client) *Refusal {
	if client.RequirePushed && q.Pushed == "" {
		return q.Refuse(InvalidRequest, "requests of this client are pushed")
	}
	return nil
}
