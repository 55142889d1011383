package rp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ligature/internal/fault"

	"golang.org/x/oauth2/clientcredentials"
)

// The scopes that a product needs to invite people.
const (
	ScopeInvitationsRead  = "invitations:read"
	ScopeInvitationsWrite = "invitations:write"
)

// Invitation is one of the product's own as the provider's management API shows it.
type Invitation struct {
	ID          string    `json:"id"`
	ExternalID  string    `json:"external_id"`
	Email       string    `json:"email"`
	State       string    `json:"state"` // pending, accepted, expired, cancelled, revoked
	Declined    bool      `json:"declined"`
	ResendsLeft int       `json:"resends_left"`
	ExpiresAt   time.Time `json:"expires_at"`
}

// NewInvitation asks that somebody be invited to one of the product's own users.
type NewInvitation struct {
	ExternalID string `json:"external_id"`
	Email      string `json:"email"`
	InvitedBy  string `json:"invited_by,omitempty"`
}

// ProblemError is a refusal of the management API (RFC 9457).
type ProblemError struct {
	Key    string `json:"key"`
	Detail string `json:"detail"`
}

// Error names the key; the text is for people.
func (e *ProblemError) Error() string { return "the provider answered " + e.Key }

// Problem gives the ProblemError in err's chain, if there is one.
func Problem(err error) (*ProblemError, bool) { return errors.AsType[*ProblemError](err) }

// Invite makes an invitation in the tenant. Failures are a *ProblemError (wrapped in fault.Denied, rp.problem) when the
// provider says why not, and fault.Unavailable, rp.provider when it does not answer.
func (p *Party) Invite(ctx context.Context, tenant string, n NewInvitation) (Invitation, error) {
	var made Invitation
	return made, p.callAPI(ctx, http.MethodPost, tenant, "", n, &made)
}

// Invitations are the newest of the tenant's, at most a hundred.
func (p *Party) Invitations(ctx context.Context, tenant string) ([]Invitation, error) {
	var page struct {
		Invitations []Invitation `json:"invitations"`
	}
	return page.Invitations, p.callAPI(ctx, http.MethodGet, tenant, "?limit=100", nil, &page)
}

// Invitation is one of the tenant's.
func (p *Party) Invitation(ctx context.Context, tenant, id string) (Invitation, error) {
	var found Invitation
	return found, p.callAPI(ctx, http.MethodGet, tenant, "/"+url.PathEscape(id), nil, &found)
}

// ActOnInvitation sends an invitation again ("resend"), cancels it ("cancel"), or takes back what it gave ("revoke").
func (p *Party) ActOnInvitation(ctx context.Context, tenant, id, action string) error {
	return p.callAPI(ctx, http.MethodPost, tenant, "/"+url.PathEscape(id)+"/"+action, struct{}{}, &Invitation{})
}

// callAPI calls the invitations of a tenant, as the client itself. The access token is asked for each time: it lives for five
// minutes, and a product does not invite that often.
func (p *Party) callAPI(ctx context.Context, method, tenant, rest string, body, into any) error {
	found, err := p.discover(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.outward(ctx), 2*reachTTL)
	defer cancel()
	credentials := clientcredentials.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret,
		TokenURL: found.Endpoint().TokenURL, Scopes: []string{ScopeInvitationsRead, ScopeInvitationsWrite}}
	tokens, err := credentials.Token(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "rp.provider", errors.New("no access token for the management API"))
	}
	var sent io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fault.Wrap(fault.Internal, "rp.api", err)
		}
		sent = bytes.NewReader(encoded)
	}
	at := strings.TrimSuffix(p.cfg.Issuer, "/") + "/api/v1/tenants/" + url.PathEscape(tenant) + "/invitations" + rest
	request, err := http.NewRequestWithContext(ctx, method, at, sent)
	if err != nil {
		return fault.Wrap(fault.Internal, "rp.api", err)
	}
	request.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return p.answerOf(request, into)
}

// answerOf sends the request and reads what it is answered.
func (p *Party) answerOf(request *http.Request, into any) error {
	response, err := p.cfg.HTTPClient.Do(request)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "rp.provider", errors.New("the management API does not answer"))
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || response.StatusCode >= 500 {
		return fault.Wrap(fault.Unavailable, "rp.provider", errors.New("the management API does not answer"))
	}
	if response.StatusCode >= 400 {
		refused := &ProblemError{}
		if json.Unmarshal(answer, refused) != nil || refused.Key == "" {
			return fault.Wrap(fault.Unavailable, "rp.provider", errors.New("the management API answers something else"))
		}
		return fault.Wrap(fault.Denied, "rp.problem", refused)
	}
	return fault.Wrap(fault.Unavailable, "rp.provider", json.Unmarshal(answer, into))
}
