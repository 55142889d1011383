// Package api answers the management API: JSON over HTTP for products and operators, below /api/v1.
//
// It translates requests to linking and back and decides nothing. The promises:
//
//   - A caller is a client that speaks for itself (op.ReadClientAccess): it sees its own product in the tenants whose
//     instances it serves, and for everything else the answer is the one for what does not exist (ATK-113).
//   - Every failure is a problem document (RFC 9457) whose key is stable, also 404, 405, 413 and 415. Nothing that was sent
//     is repeated in it but the names of unknown fields.
//   - openapi.json describes all of it; a test holds the two together.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web"
)

// Invitations are what the API can do with invitations; linking.Inviter does it.
type Invitations interface {
	Invite(ctx context.Context, at linking.InvitationScope, n linking.NewInvitation) (i linking.Invitation, made bool, err error)
	Find(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error)
	List(ctx context.Context, q linking.InvitationQuery) ([]linking.Invitation, error)
	Delivery(ctx context.Context, i linking.Invitation) (linking.MailState, error)
	ResendInvitation(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error)
	CancelInvitation(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error)
	RevokeInvitation(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error)
}

// Config is what an API is made of. All fields but Log are needed.
type Config struct {
	// Issuer is the provider's `iss`; with op.APIPath it is the audience of the access tokens that are taken.
	Issuer string
	// Verify checks our own signatures.
	Verify op.Verify
	// Registration is what is declared about a client; fault.Missing when there is none such.
	Registration func(ctx context.Context, client ident.ClientID) (op.Registration, error)
	Invitations  Invitations
	Now          func() time.Time
	// Handle makes a handler whose failures are logged: web.Shell.HandleAPI. They are answered here.
	Handle func(web.HandlerFunc) http.Handler
	// Log gets refused callers; nil drops them.
	Log *slog.Logger
}

// API answers the management API. It is safe for concurrent use.
type API struct{ cfg Config }

// New makes an API.
func New(cfg Config) *API {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &API{cfg}
}

// operation is one method of one path.
type operation struct {
	method, path string
	// scope is what the caller's access token must say; empty for what anybody may read.
	scope directory.APIScope
	take  func(a *API, c call) (answer, error)
}

// operations are all there are, below op.APIPath.
func operations() []operation {
	const all, one = "/tenants/{tenant}/invitations", "/tenants/{tenant}/invitations/{id}"
	return []operation{
		{http.MethodGet, "/openapi.json", "", (*API).description},
		{http.MethodGet, all, directory.ScopeInvitationsRead, (*API).invitations},
		{http.MethodPost, all, directory.ScopeInvitationsWrite, (*API).invite},
		{http.MethodGet, one, directory.ScopeInvitationsRead, (*API).invitation},
		{http.MethodPost, one + "/resend", directory.ScopeInvitationsWrite, (*API).resend},
		{http.MethodPost, one + "/cancel", directory.ScopeInvitationsWrite, (*API).cancel},
		{http.MethodPost, one + "/revoke", directory.ScopeInvitationsWrite, (*API).revoke},
	}
}

// call is one request of a caller that may make it.
type call struct {
	*http.Request
	scope linking.InvitationScope
}

// answer is what is sent back.
type answer struct {
	status int
	body   any    // encoded as JSON; raw bytes are taken as they are
	at     string // Location
}

// Routes registers the API. The mux belongs inside web.Shell.Protocol: callers send no cookie.
func (a *API) Routes(mux *http.ServeMux) {
	byPath := map[string]map[string]operation{}
	for _, o := range operations() {
		if byPath[o.path] == nil {
			byPath[o.path] = map[string]operation{}
		}
		byPath[o.path][o.method] = o
	}
	for path, byMethod := range byPath {
		mux.Handle(op.APIPath+path, a.cfg.Handle(a.whole(func(w http.ResponseWriter, r *http.Request) error { return a.serve(w, r, byMethod) })))
	}
	mux.Handle(op.APIPath+"/", a.cfg.Handle(a.whole(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Missing, "api.path")
	})))
}

// whole answers a failure here and hands it on to be logged.
func (a *API) whole(h web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if err != nil {
			writeProblem(w, web.RequestID(r), err)
		}
		return err
	}
}

// serve finds the operation, and who may use it.
func (a *API) serve(w http.ResponseWriter, r *http.Request, byMethod map[string]operation) error {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	o, ok := byMethod[method]
	if !ok {
		var allowed []string
		for _, known := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			if _, ok := byMethod[known]; ok || known == http.MethodHead && byMethod[http.MethodGet].take != nil {
				allowed = append(allowed, known)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return fault.New(fault.Invalid, "api.method")
	}
	c := call{Request: r}
	if o.scope != "" {
		scope, err := a.caller(w, r, o.scope)
		if err != nil {
			return err
		}
		c.scope = scope
	}
	given, err := o.take(a, c)
	if err != nil {
		return err
	}
	return write(w, r, given)
}

// caller says who asks, and whose product and tenant it may speak of. A tenant that it does not serve is as good as none.
func (a *API) caller(w http.ResponseWriter, r *http.Request, scope directory.APIScope) (linking.InvitationScope, error) {
	access, err := a.access(r)
	if fault.Is(err, fault.Unavailable) {
		return linking.InvitationScope{}, err
	}
	var registered op.Registration
	if err == nil {
		registered, err = a.cfg.Registration(r.Context(), access.Client)
	}
	switch {
	case fault.Is(err, fault.Unavailable):
		return linking.InvitationScope{}, err
	case errors.Is(err, errNoToken):
		w.Header().Set("WWW-Authenticate", `Bearer realm="api"`)
		return linking.InvitationScope{}, fault.New(fault.Denied, "api.no_token")
	case err != nil:
		w.Header().Set("WWW-Authenticate", `Bearer realm="api", error="invalid_token"`)
		return linking.InvitationScope{}, fault.Wrap(fault.Denied, "api.bad_token", err)
	case !access.Allows(scope, registered.Client):
		w.Header().Set("WWW-Authenticate", `Bearer realm="api", error="insufficient_scope", scope="`+string(scope)+`"`)
		a.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "API call without the scope", slog.String("client", string(access.Client)))
		return linking.InvitationScope{}, fault.New(fault.Denied, "api.scope")
	}
	for _, in := range registered.Instances {
		if string(in.Tenant) == r.PathValue("tenant") && in.Product == registered.Client.Product {
			return linking.InvitationScope{Tenant: in.Tenant, Product: in.Product, Client: access.Client}, nil
		}
	}
	return linking.InvitationScope{}, fault.New(fault.Missing, "api.tenant")
}

// errNoToken is a request that brings no access token.
var errNoToken = errors.New("no access token")

// access reads the bearer's token: in the header and nowhere else (RFC 6750 §2.1).
func (a *API) access(r *http.Request) (op.ClientAccess, error) {
	header := r.Header.Values("Authorization")
	if len(header) != 1 {
		return op.ClientAccess{}, errNoToken
	}
	scheme, accessToken, _ := strings.Cut(header[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || accessToken == "" {
		return op.ClientAccess{}, errNoToken
	}
	return op.ReadClientAccess(accessToken, a.cfg.Issuer, a.cfg.Verify, a.cfg.Now())
}
