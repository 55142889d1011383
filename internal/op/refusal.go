package op

import (
	"net/url"
	"strings"
)

// Reason is an error of RFC 6749 §4.1.2.1 and §5.2, of OpenID Connect Core §3.1.2.6, or tenant_not_enabled, which is ours.
type Reason string

// The reasons of the authorization endpoint.
const (
	InvalidRequest           Reason = "invalid_request"
	AccessDenied             Reason = "access_denied"
	UnsupportedResponseType  Reason = "unsupported_response_type"
	InvalidScope             Reason = "invalid_scope"
	ServerError              Reason = "server_error"
	TemporarilyUnavailable   Reason = "temporarily_unavailable"
	LoginRequired            Reason = "login_required"
	AccountSelectionRequired Reason = "account_selection_required"
	RequestNotSupported      Reason = "request_not_supported"
	RequestURINotSupported   Reason = "request_uri_not_supported"
	RegistrationNotSupported Reason = "registration_not_supported"
	// InvalidTarget is RFC 8707 §2.
	InvalidTarget Reason = "invalid_target"
	// TenantNotEnabled says that the tenant does not sign in here: the product's own login is right.
	TenantNotEnabled Reason = "tenant_not_enabled"
)

// The reasons of the token and userinfo endpoints (RFC 6749 §5.2, RFC 6750 §3.1).
const (
	InvalidClient        Reason = "invalid_client"
	InvalidGrant         Reason = "invalid_grant"
	UnauthorizedClient   Reason = "unauthorized_client"
	UnsupportedGrantType Reason = "unsupported_grant_type"
	InvalidToken         Reason = "invalid_token"
	// UnsupportedTokenType is RFC 7009 §2.2.1.
	UnsupportedTokenType Reason = "unsupported_token_type"
)

// Refusal is an answer to an authorization request that is told to the client, by redirect with error, state and iss.
// It is made only after client and redirect URI are known to belong together.
type Refusal struct {
	RedirectURI string
	Mode        ResponseMode
	RPState     string
	Reason      Reason
	// Detail is one of our own sentences for developers; it never repeats what was sent.
	Detail string
}

// Error is for logs.
func (r *Refusal) Error() string { return "refused: " + string(r.Reason) + ": " + r.Detail }

// URL is where the browser is sent with the refusal (RFC 6749 §4.1.2.1, RFC 9207 §2).
func (r *Refusal) URL(issuer string) string { return r.Answer(issuer).URL() }

// Answer is what the client is told.
func (r *Refusal) Answer(issuer string) Answer {
	pairs := []string{"error", string(r.Reason)}
	if r.Detail != "" {
		pairs = append(pairs, "error_description", r.Detail)
	}
	return answer(r.RedirectURI, r.Mode, r.RPState, issuer, pairs...)
}

// Answer is what the client is told when it gets a code (RFC 6749 §4.1.2, RFC 9207 §2).
func (q AuthRequest) Answer(issuer, authCode string) Answer {
	return answer(q.RedirectURI, q.ResponseMode, q.RPState, issuer, "code", authCode)
}

// Answer is what the browser brings to a client, and how.
type Answer struct {
	RedirectURI string
	Mode        ResponseMode
	// Pairs are names and values, one after the other.
	Pairs []string
}

// URL is where the browser is sent when the answer goes in the query.
func (a Answer) URL() string { return WithQuery(a.RedirectURI, a.Pairs...) }

// Refuse makes the refusal of a request that was accepted before.
func (q AuthRequest) Refuse(reason Reason, detail string) *Refusal {
	return &Refusal{RedirectURI: q.RedirectURI, Mode: q.ResponseMode, RPState: q.RPState, Reason: reason, Detail: detail}
}

// RedirectOrigin is scheme and host of the redirect URI: what the form-action of a page must allow when its form can end
// in the product. It is empty when the URI has none.
func (q AuthRequest) RedirectOrigin() string {
	u, err := url.Parse(q.RedirectURI)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func answer(redirectURI string, mode ResponseMode, rpState, issuer string, pairs ...string) Answer {
	if rpState != "" {
		pairs = append(pairs, "state", rpState)
	}
	return Answer{RedirectURI: redirectURI, Mode: mode, Pairs: append(pairs, "iss", issuer)}
}

// WithQuery appends names and values to the query of a registered URI and leaves every byte of the URI as it is.
func WithQuery(uri string, pairs ...string) string {
	var b strings.Builder
	b.Grow(len(uri) + 256)
	b.WriteString(uri)
	separator := byte('?')
	if strings.Contains(uri, "?") {
		separator = '&'
	}
	if strings.HasSuffix(uri, "?") || strings.HasSuffix(uri, "&") {
		separator = 0
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if separator != 0 {
			b.WriteByte(separator)
		}
		b.WriteString(pairs[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pairs[i+1]))
		separator = '&'
	}
	return b.String()
}
