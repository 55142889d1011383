package protocol

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"ligature/internal/ident"
	"ligature/internal/op"
	"ligature/internal/web"
)

// The paths of the endpoints, below the issuer.
const (
	PathDiscovery      = "/.well-known/openid-configuration"
	PathMetadata       = "/.well-known/oauth-authorization-server" // the same, for clients of plain OAuth (RFC 8414 §3)
	PathJWKS           = "/jwks"
	PathAuthorize      = "/authorize"
	PathResume         = "/authorize/resume"
	PathChoose         = "/authorize/choose"
	PathOther          = "/authorize/other"
	PathToken          = "/token"
	PathUserInfo       = "/userinfo"
	PathRefused        = "/authorize/refused"
	PathPush           = "/par"
	PathRevoke         = "/revoke"
	PathIntrospect     = "/introspect"
	PathEndSession     = "/end_session"
	PathConfirmSignOut = "/end_session/confirm"
	PathSignedOut      = "/end_session/done"
)

// FieldRequest is the parameter that names a kept request, at the endpoints that go on with one.
const FieldRequest = "request"

// Config is what a Provider is made of. All fields but Log, Locales and CacheTTL are needed.
type Config struct {
	// Issuer is the `iss`: scheme and host, without a path and without a slash at the end.
	Issuer string
	Store  op.Store
	Tokens op.TokenStore
	// Requests keeps pushed requests and spent assertions.
	Requests op.RequestStore
	Signer   op.Signer
	Now      func() time.Time
	// NewID makes an identifier with a prefix, NewSecret a secret of 256 bits.
	NewID     func(prefix string) string
	NewSecret func() string
	// SealCode makes a code of what it carries, which nobody else can read or make; OpenCode is its reverse, and false for
	// what was not sealed for that client.
	SealCode func(client ident.ClientID, packed []byte) (authCode string)
	OpenCode func(client ident.ClientID, authCode string) (packed []byte, ok bool)
	// HashRefresh and HashSecret are the forms in which refresh tokens and clients' secrets are stored.
	HashRefresh func(secret string) string
	// HashRequest is the form in which the secret of a request_uri is stored.
	HashRequest func(secret string) string
	HashSecret  func(clientSecret string) string
	// VerifyForeign gives the claims of a compact JWS that one of the public keys made, by one of the algorithms.
	VerifyForeign func(keySet []byte, compact string, algorithms []string) (json.RawMessage, error)
	// FormPost shows the page whose form brings an answer to the client.
	FormPost func(w http.ResponseWriter, r *http.Request, a op.Answer) error
	// SessionID is that of the session which the browser says it has; empty when it has none.
	SessionID func(r *http.Request) ident.SessionID
	// UseSession reports whether a session still counts, and then keeps it from ending for idleness.
	UseSession func(ctx context.Context, s op.Session) (live bool, err error)
	// SessionOf is the live session of the browser; nil without an error when there is none.
	SessionOf func(r *http.Request) (*op.Session, error)
	// BrowserOf names the browser, and makes itself known to one that has no name yet. Only the browser that a request came
	// from may go on with it.
	BrowserOf func(w http.ResponseWriter, r *http.Request) ident.BrowserID
	// Begin begins a flow for a request, which has been kept, and gives the path where somebody signs in. The flow ends at
	// ResumePath.
	Begin func(w http.ResponseWriter, r *http.Request, q op.AuthRequest) (string, error)
	// Steps make the chooser's form, Choose shows its page.
	Steps  StepTokens
	Choose func(w http.ResponseWriter, r *http.Request, c Choice) error
	// SignOut ends the session and replaces the browser's cookie. The grants of the session are ended already.
	SignOut func(w http.ResponseWriter, r *http.Request, session *op.Session) error
	// ConfirmSignOut shows a page that asks whether to sign out.
	ConfirmSignOut func(w http.ResponseWriter, r *http.Request, form SignOutForm) error
	// SignedOut shows the page at the end of a sign-out that leads nowhere else.
	SignedOut web.HandlerFunc
	// Page makes a handler whose errors become pages: web.Shell.Handle.
	Page func(web.HandlerFunc) http.Handler
	// OnToken is told of each answer of the token endpoint: the grant type as it was sent, and "issued" or the error. Nil for
	// nobody.
	OnToken func(grant, outcome string)
	// Log gets refused clients, replayed codes and failures that are answered to a client; nil drops them.
	Log *slog.Logger
	// Locales are the languages that pages are there in, as BCP 47 tags; nil announces none.
	Locales []string
	// CacheTTL is how old what is known of a client, and told of a rollout, may be; 0: two seconds.
	CacheTTL time.Duration
}

// Provider answers the endpoints. It is safe for concurrent use.
type Provider struct {
	cfg       Config
	clients   *registry
	rollouts  *rollouts
	discovery []byte
	// nobody is compared with when there is no such client, so that the answer takes as long.
	nobody string
}

// New makes a provider.
func New(cfg Config) *Provider {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.CacheTTL == 0 {
		cfg.CacheTTL = 2 * time.Second
	}
	return &Provider{cfg: cfg, clients: newRegistry(cfg.Store, cfg.Now, cfg.CacheTTL), rollouts: newRollouts(cfg.Store, cfg.Now, cfg.CacheTTL),
		discovery: discoveryDocument(cfg.Issuer, cfg.Locales), nobody: cfg.HashSecret(cfg.NewSecret())}
}

// Routes registers the endpoints. The mux belongs inside web.Shell.Protocol.
func (p *Provider) Routes(mux *http.ServeMux) {
	mux.HandleFunc(PathDiscovery, p.document("application/json", func() []byte { return p.discovery }))
	mux.HandleFunc(PathMetadata, p.document("application/json", func() []byte { return p.discovery }))
	mux.HandleFunc(PathJWKS, p.document("application/jwk-set+json", p.cfg.Signer.JWKS))
	mux.HandleFunc(PathRollout+"{client}", p.rollout)
	mux.Handle(PathAuthorize, p.cfg.Page(p.authorize))
	mux.Handle(PathResume, p.cfg.Page(p.resume))
	mux.Handle(PathChoose, p.cfg.Page(p.choose))
	mux.Handle(PathOther, p.cfg.Page(p.other))
	mux.HandleFunc(PathToken, p.tokenEndpoint)
	mux.HandleFunc(PathUserInfo, p.userInfo)
	mux.Handle(PathRefused, p.cfg.Page(p.refused))
	mux.HandleFunc(PathPush, p.push)
	mux.HandleFunc(PathRevoke, p.revoke)
	mux.HandleFunc(PathIntrospect, p.introspect)
	mux.Handle(PathEndSession, p.cfg.Page(p.endSession))
	mux.Handle(PathConfirmSignOut, p.cfg.Page(p.confirmSignOut))
	mux.Handle(PathSignedOut, p.cfg.Page(p.signedOut))
}

// Forget drops what is known of clients and rollouts, so that a change counts at once in this process. Elsewhere it counts
// after CacheTTL.
func (p *Provider) Forget() {
	p.clients.forget()
	p.rollouts.forget()
}
