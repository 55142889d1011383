package protocol

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// beginFamily gives the first refresh token of a grant; empty when the grant gives none.
func (p *Provider) beginFamily(r *http.Request, standing op.Standing, now time.Time) (string, error) {
	secret := p.cfg.NewSecret()
	family, ok := op.NewFamily(standing, ident.FamilyID(p.cfg.NewID("rt")), p.cfg.HashRefresh(secret), now)
	if !ok {
		return "", nil
	}
	if err := p.cfg.Tokens.SaveFamily(r.Context(), family); err != nil {
		return "", err
	}
	return op.FormatRefresh(family.ID, secret), nil
}

// renew exchanges a refresh token (RFC 6749 §6). A new one is kept before it is given out; when two come with the same, the
// second ends the grant.
func (p *Provider) renew(r *http.Request, form tokenForm, client directory.Client) (tokenAnswer, error) {
	id, secret, ok := op.ParseRefresh(form.refresh)
	if form.refresh == "" {
		return tokenAnswer{}, badRequest("refresh_token is required")
	}
	if !ok {
		return tokenAnswer{}, noRefresh()
	}
	now := p.cfg.Now()
	family, standing, err := p.familyOf(r, id)
	if err != nil {
		return tokenAnswer{}, err
	}
	facts, err := p.cfg.Store.Facts(r.Context(), standing.Grant.Tenant, client.Product, "")
	if err != nil && !fault.Is(err, fault.Missing) { // a tenant that is declared no more has no facts, and is off
		return tokenAnswer{}, err
	}
	said := op.RefreshClaim{Client: client, Hash: p.cfg.HashRefresh(secret), Scope: form.scope}
	renewed, err := op.Renew(family, standing, facts, said, now)
	if refused, ok := errors.AsType[*op.TokenError](err); ok && refused.Replayed {
		return tokenAnswer{}, p.replayed(r, family, now, err)
	}
	if err != nil {
		return tokenAnswer{}, err
	}
	next := p.cfg.NewSecret()
	err = p.cfg.Tokens.RotateFamily(r.Context(), family, p.cfg.HashRefresh(next), now)
	if fault.Is(err, fault.Moved) {
		return tokenAnswer{}, p.replayed(r, family, now, noRefresh())
	}
	if err != nil {
		return tokenAnswer{}, err
	}
	answered, err := p.sign(renewed, client.IDTokenAlg, now)
	answered.Refresh = op.FormatRefresh(family.ID, next)
	return answered, err
}

// familyOf is a family with the grant it belongs to. Errors: *op.TokenError invalid_grant when there is none.
func (p *Provider) familyOf(r *http.Request, id ident.FamilyID) (op.Family, op.Standing, error) {
	family, err := p.cfg.Tokens.Family(r.Context(), id)
	if fault.Is(err, fault.Missing) {
		return family, op.Standing{}, noRefresh()
	}
	if err != nil {
		return family, op.Standing{}, err
	}
	standing, err := p.cfg.Store.Standing(r.Context(), family.Grant)
	if fault.Is(err, fault.Missing) {
		err = noRefresh()
	}
	return family, standing, err
}

// replayed ends the grant whose refresh token came a second time, and gives the answer.
func (p *Provider) replayed(r *http.Request, family op.Family, now time.Time, answer error) error {
	p.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "refresh token replayed", slog.String("client", string(family.Client)),
		slog.String("grant", string(family.Grant)))
	if err := p.cfg.Tokens.EndGrant(r.Context(), family.Grant, now); err != nil {
		return err
	}
	return answer
}

func noRefresh() error {
	return &op.TokenError{Reason: op.InvalidGrant, Detail: "the client has no such refresh token"}
}
