package protocol

import (
	"errors"
	"net/http"
	"strings"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// aboutForm is the body of a revocation or introspection request. The hint of the type is not needed: one of our tokens says
// what it is.
type aboutForm struct {
	tokenForm
	subject string // the token that is meant
}

// readAbout reads the form and authenticates the client (RFC 7009 §2.1, RFC 7662 §2.1).
func (p *Provider) readAbout(r *http.Request) (aboutForm, directory.Client, error) {
	form, sent, err := readForm(r)
	if err != nil {
		return aboutForm{}, directory.Client{}, err
	}
	client, err := p.clientOf(r, form)
	if err != nil {
		return aboutForm{}, client, err
	}
	about := aboutForm{tokenForm: form}
	if values := sent["token"]; len(values) == 1 {
		about.subject = values[0]
	}
	if about.subject == "" {
		return about, client, badRequest("token is required")
	}
	return about, client, nil
}

// revoke is the revocation endpoint (RFC 7009). Either token of a grant ends the grant; what is unknown or over is as good as
// revoked.
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	if shareWithSites(w, r) || !only(w, r, http.MethodPost) {
		return
	}
	about, client, err := p.readAbout(r)
	if err == nil {
		err = p.revokeOne(r, about.subject, client)
	}
	if err != nil {
		p.refuseClientOr(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

func (p *Provider) revokeOne(r *http.Request, sent string, client directory.Client) error {
	grant, owner, err := p.grantBehind(r, sent)
	if err != nil || grant == "" {
		return err
	}
	if owner != client.ID {
		return &op.TokenError{Reason: op.UnauthorizedClient, Detail: "the token belongs to another client"}
	}
	return p.cfg.Tokens.EndGrant(r.Context(), grant, p.cfg.Now())
}

// grantBehind is the grant that a token came from and the client it was given to; empty when it is no token of a grant. One
// that was exchanged already leads there too: whoever has it may end what it began.
func (p *Provider) grantBehind(r *http.Request, sent string) (ident.GrantID, ident.ClientID, error) {
	if isSigned(sent) {
		access, err := op.ReadAccess(sent, p.cfg.Issuer, p.cfg.Signer.Payload, p.cfg.Now())
		if err != nil {
			if _, err := op.ReadClientAccess(sent, p.cfg.Issuer, p.cfg.Signer.Payload, p.cfg.Now()); err == nil {
				return "", "", &op.TokenError{Reason: op.UnsupportedTokenType, Detail: "a client's own access token ends by itself"}
			}
			return "", "", nil
		}
		return access.Grant, access.Client, nil
	}
	id, _, ok := op.ParseRefresh(sent)
	if !ok {
		return "", "", nil
	}
	family, err := p.cfg.Tokens.Family(r.Context(), id)
	if fault.Is(err, fault.Missing) {
		return "", "", nil
	}
	return family.Grant, family.Client, err
}

// isSigned tells our two kinds of token apart: only signed ones have three parts.
func isSigned(sent string) bool { return strings.Count(sent, ".") == 2 }

// introspect is the introspection endpoint (RFC 7662), for clients that can keep a secret.
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) {
	if !only(w, r, http.MethodPost) {
		return
	}
	about, client, err := p.readAbout(r)
	if err == nil && client.AuthMethod == op.AuthNone {
		err = refuseClient("a public client is told of no token")
	}
	var told op.Introspection
	if err == nil {
		told, err = p.tellOf(r, about.subject, client)
	}
	if err != nil {
		p.refuseClientOr(w, r, err)
		return
	}
	body, err := told.JSON()
	if err != nil {
		p.answerError(w, r, fault.Wrap(fault.Internal, "introspect.json", err))
		return
	}
	answerJSON(w, http.StatusOK, body)
}

func (p *Provider) tellOf(r *http.Request, sent string, client directory.Client) (op.Introspection, error) {
	if isSigned(sent) {
		return p.tellOfAccess(r, sent, client)
	}
	id, secret, ok := op.ParseRefresh(sent)
	if !ok {
		return op.Introspection{}, nil
	}
	family, standing, err := p.familyOf(r, id)
	if _, ok := errors.AsType[*op.TokenError](err); ok {
		return op.Introspection{}, nil
	}
	said := op.RefreshClaim{Client: client, Hash: p.cfg.HashRefresh(secret)}
	return op.IntrospectRefresh(family, standing, said, p.cfg.Issuer, p.cfg.Now()), err
}

func (p *Provider) tellOfAccess(r *http.Request, sent string, client directory.Client) (op.Introspection, error) {
	now := p.cfg.Now()
	if own, err := op.ReadClientAccess(sent, p.cfg.Issuer, p.cfg.Signer.Payload, now); err == nil {
		registered, err := p.clients.registration(r.Context(), own.Client)
		if fault.Is(err, fault.Missing) {
			return op.Introspection{}, nil
		}
		return op.IntrospectClient(own, registered.Client, client, p.cfg.Issuer), err
	}
	access, err := op.ReadAccess(sent, p.cfg.Issuer, p.cfg.Signer.Payload, now)
	if err != nil {
		return op.Introspection{}, nil
	}
	standing, err := p.cfg.Store.Standing(r.Context(), access.Grant)
	if fault.Is(err, fault.Missing) {
		return op.Introspection{}, nil
	}
	return op.IntrospectAccess(access, standing, client, p.cfg.Issuer, now), err
}
