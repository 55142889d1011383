package op

import (
	"slices"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// The limits of a request and its answer (RFC 9700 §4.14, ASVS 10.4.3 level 3, RFC 9068 §2.2).
const (
	AuthRequestTTL = time.Hour
	AuthCodeTTL    = time.Minute
	AccessTokenTTL = 5 * time.Minute
	IDTokenTTL     = 5 * time.Minute
)

// Prompt is a value of the parameter prompt (OpenID Connect Core §3.1.2.1).
type Prompt string

// The prompts. PromptConsent changes nothing: the products belong to the operator, who has agreed for everybody.
const (
	PromptNone          Prompt = "none"
	PromptLogin         Prompt = "login"
	PromptConsent       Prompt = "consent"
	PromptSelectAccount Prompt = "select_account"
)

// ResponseMode is a value of the parameter response_mode.
type ResponseMode string

// ResponseFormPost answers by a form that the browser posts (OAuth 2.0 Form Post Response Mode §2).
const ResponseFormPost ResponseMode = "form_post"

// The scopes. Others are left out of what is granted (RFC 6749 §3.3).
const (
	ScopeOpenID  = "openid"
	ScopeProfile = "profile"
	ScopeEmail   = "email"
	// ScopeOffline asks for a refresh token (Core §11).
	ScopeOffline = "offline_access"
)

// The values of acr: signed in with the account's own password, or with a product's.
const (
	ACRAccount = "urn:ligature:acr:account"
	ACRLegacy  = "urn:ligature:acr:legacy"
)

// AuthRequest is one authorization request, checked: its client exists, its redirect URI is registered and names one
// instance. It is a value.
type AuthRequest struct {
	ID          ident.AuthRequestID
	Client      ident.ClientID
	Tenant      ident.TenantID
	Product     ident.ProductID
	Instance    ident.InstanceID
	RedirectURI string
	// ResponseMode is how the answer gets there; empty: in the query.
	ResponseMode ResponseMode
	RPState      string
	Nonce        string
	// Scope is what is granted of what was asked, in our order.
	Scope []string
	// CodeChallenge is an S256 challenge; empty only for a client that may go without.
	CodeChallenge string
	Prompts       []Prompt
	// MaxAge counts only with MaxAgeSet: 0 asks for a new authentication.
	MaxAge    time.Duration
	MaxAgeSet bool
	// LoginHint is what the product believes the person would type. Whoever sent the request chose it.
	LoginHint string
	UILocales []string
	ACRValues []string
	// HintSubject is the subject of the id_token_hint: nobody else may be answered.
	HintSubject ident.Subject

	// Session and Browser are those the request came with; empty when nobody was signed in. An authentication counts as
	// new only in another session, and only the same browser may go on.
	Session ident.SessionID
	Browser ident.BrowserID

	// Pushed is the hash of the request_uri of a request that was pushed; empty for others.
	Pushed string

	CreatedAt time.Time
	Deadline  time.Time
	// DoneAt is when the request was answered; zero before.
	DoneAt time.Time
}

// Asks reports whether the request carries the prompt.
func (q AuthRequest) Asks(p Prompt) bool { return slices.Contains(q.Prompts, p) }

// Open reports whether the request may still be answered (ATK-97). Errors: fault.Expired "authorize.answered" or
// "authorize.expired".
func (q AuthRequest) Open(now time.Time) error {
	if !q.DoneAt.IsZero() {
		return fault.New(fault.Expired, "authorize.answered")
	}
	if !now.Before(q.Deadline) {
		return fault.New(fault.Expired, "authorize.expired")
	}
	return nil
}

// OpenTo reports whether the browser may go on with the request: it is open, and came from that very browser. Errors: those
// of Open; fault.Expired "authorize.other_browser".
func (q AuthRequest) OpenTo(browser ident.BrowserID, now time.Time) error {
	if q.Browser != "" && browser != q.Browser {
		return fault.New(fault.Expired, "authorize.other_browser")
	}
	return q.Open(now)
}

// Bind notes the session that a request came with.
func (q AuthRequest) Bind(s *Session) AuthRequest {
	if s != nil {
		q.Session, q.Browser = s.ID, s.Browser
	}
	return q
}
