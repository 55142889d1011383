// Package signin is the shell of a linking flow: it translates forms into events and flows into pages (S1 to S6, S12,
// S13). It decides nothing: which page comes next is read from where the flow stands.
package signin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web"
)

// StepTokens allow one step of one flow to one browser: the hidden field of every form.
type StepTokens interface {
	StepToken(flow, page string, turn int64, browser string) string
	CheckStepToken(stepToken, flow, page string, turn int64, browser string) (nonce string, ok bool)
}

// Secrets draws and hashes the browser's secret.
type Secrets interface {
	Secret() string
	// SessionSecret is the secret of the session that a form makes.
	SessionSecret(stepToken string) string
	Valid(secret string) bool
	Hash(purpose, secret string) string
}

// The purposes of the secrets in cookies.
const (
	SecretBrowser = "browser"
	SecretSession = linking.SecretSession
)

// People are the reads that pages need beside the flow.
type People interface {
	// Session is the session of that id; fault.Missing when there is none.
	Session(ctx context.Context, id ident.SessionID) (account.Session, error)
	// TouchSession records that a session was used.
	TouchSession(ctx context.Context, id ident.SessionID, now time.Time) error
	// Linked reports whether the account has an active link in the tenant's instance of the product.
	Linked(ctx context.Context, id ident.AccountID, tenant ident.TenantID, product ident.ProductID) (bool, error)
	// PrimaryEmail is the account's primary address.
	PrimaryEmail(ctx context.Context, id ident.AccountID) (ident.Email, error)
	// LinkedProducts are the products of the account, for S6.
	LinkedProducts(ctx context.Context, id ident.AccountID) ([]LinkedProduct, error)
	// ProductsOf are the tenant's products.
	ProductsOf(ctx context.Context, tenant ident.TenantID) ([]directory.Product, error)
	// AuthRequest is a kept authorization request.
	AuthRequest(ctx context.Context, id ident.AuthRequestID) (op.AuthRequest, error)
}

// LinkedProduct is a product account that an account opens; there may be several of one product.
type LinkedProduct struct {
	Tenant              ident.TenantID
	Product             ident.ProductID
	ProductAccount      ident.ProductAccountID
	Username            string
	Name, Mark, HomeURL string
}

// Handlers are the pages of a linking flow. All fields are required.
type Handlers struct {
	Linking    *linking.Service
	Inviter    *linking.Inviter
	People     People
	Steps      StepTokens
	Secrets    Secrets
	Shell      *web.Shell
	Now        func() time.Time
	RefusalURL RefusalURL
	// Network names the network of a request, shortened ("192.0.2.0/24").
	Network func(*http.Request) string
}

// The lifetimes of the cookies.
const (
	browserTTL = 30 * 24 * time.Hour
	mailTTL    = linking.LinkTTL
)

// The paths. They never change between releases: mails and bookmarks hold them.
const (
	pathLogin     = "/login"
	pathPassword  = "/login/password"
	pathAgain     = "/login/again"
	pathInstead   = "/login/instead"
	pathEmail     = "/email"
	pathInbox     = "/email/sent"
	pathResend    = "/email/resend"
	pathCode      = "/email/code"
	pathStatus    = "/email/status"
	pathConfirm   = "/email/confirm"
	pathShowCode  = "/email/confirm/code"
	pathNotMe     = "/email/not-me"
	pathNewPass   = "/password/new"
	pathLinked    = "/linked"
	pathNoAccess  = "/no-access"
	pathLink      = "/link"
	pathAnother   = "/me/link"
	pathMerge     = "/me/merge"
	pathLinkMail  = "/link/mail"
	pathForgot    = "/link/forgot"
	pathSent      = "/link/forgot/sent"
	pathResume    = "/authorize/resume"
	pathHelp      = "/help"
	pathLinkAgain = "/link/again"

	pathReset        = "/reset"
	pathResetSent    = "/reset/sent"
	pathResetConfirm = "/reset/confirm"

	pathOwn          = "/me"
	pathOwnPassword  = "/me/password"
	pathOwnEmail     = "/me/email"
	pathOwnInbox     = "/me/email/sent"
	pathOwnResend    = "/me/email/resend"
	pathOwnConfirm   = "/me/email/confirm"
	pathOwnApprove   = "/me/email/approve"
	pathOwnStop      = "/me/email/stop"
	pathOwnEmailDone = "/me/email/done"
)

// Routes mounts the pages.
func (h *Handlers) Routes(mux *http.ServeMux) {
	get := func(path string, f web.HandlerFunc) { mux.Handle("GET "+path, h.Shell.Handle(f)) }
	post := func(path string, f web.HandlerFunc) { mux.Handle("POST "+path, h.Shell.Handle(f)) }
	get("/{$}", h.getHome)
	get(pathLogin, h.getIdentifier)
	post(pathLogin, h.postIdentifier)
	get(pathPassword, h.getPassword)
	post(pathPassword, h.postPassword)
	get(pathAgain, h.getAgain)
	get(pathInstead, h.getInstead)
	get(pathEmail, h.getEmail)
	post(pathEmail, h.postEmail)
	get(pathInbox, h.getInbox)
	post(pathInbox, h.postContinue)
	post(pathResend, h.postResend)
	post(pathCode, h.postCode)
	get(pathStatus, h.getStatus)
	get(pathConfirm, h.getConfirm)
	post(pathConfirm, h.postContinue)
	post(pathShowCode, h.postShowCode)
	get(pathNotMe, h.getNotMe)
	post(pathNotMe, h.postNotMe)
	get(pathNewPass, h.getNewPassword)
	post(pathNewPass, h.postNewPassword)
	get(pathLinked, h.getLinked)
	post(pathLinked, h.postLinked)
	get(pathNoAccess, h.getNoAccess)
	get(pathLink, h.getLink)
	post(pathLink, h.postLink)
	get(pathAnother, h.getAnother)
	post(pathAnother, h.postAnother)
	post(pathLinkMail, h.postLinkMail)
	get(pathInvitation, h.getInvitation)
	post(pathInvitation, h.postInvitation)
	get(pathLinkAgain, h.getLinkAgain)
	get(pathForgot, h.getForgot)
	post(pathForgot, h.postForgot)
	get(pathSent, h.getForgotSent)
	post(pathSent, h.postForgotAgain)
	get(pathHelp, h.getHelp)
	get(pathReset, h.getReset)
	post(pathReset, h.postReset)
	get(pathResetSent, h.getResetSent)
	get(pathResetConfirm, h.getResetConfirm)
	post(pathResetConfirm, h.postResetConfirm)
	h.ownRoutes(get, post)
}

// ownRoutes mounts what people change at their own account.
func (h *Handlers) ownRoutes(get, post func(path string, f web.HandlerFunc)) {
	get(pathOwnPassword, h.getOwnPassword)
	post(pathOwnPassword, h.postOwnPassword)
	get(pathOwnPassword+"/done", h.getOwnPasswordDone)
	get(pathOwnEmail, h.getOwnEmail)
	post(pathOwnEmail, h.postOwnEmail)
	get(pathOwnInbox, h.getOwnInbox)
	post(pathOwnInbox, h.postOwnInbox)
	post(pathOwnResend, h.postOwnResend)
	get(pathOwnConfirm, h.getOwnConfirm)
	get(pathOwnApprove, h.getOwnApprove)
	get(pathOwnStop, h.getOwnStop)
	post(pathOwnStop, h.postOwnStop)
	get(pathOwnEmailDone, h.getOwnEmailDone)
}

// flowURL is a page of a flow.
func flowURL(path string, id ident.FlowID) string {
	return path + "?" + url.Values{web.FieldFlow: {string(id)}}.Encode()
}

// currentURL is where a flow stands: the dispatcher. It looks at what is stored and at nothing else.
func currentURL(f linking.Flow) string {
	switch f.State {
	case linking.AwaitPassword:
		return flowURL(pathPassword, f.ID)
	case linking.AwaitEmail:
		return flowURL(pathEmail, f.ID)
	case linking.AwaitMailbox, linking.AwaitCode:
		return flowURL(pathInbox, f.ID)
	case linking.AwaitNewPassword:
		return flowURL(pathNewPass, f.ID)
	case linking.AwaitLink:
		return flowURL(pathLink, f.ID)
	case linking.AwaitJoin, linking.Linked, linking.Pending:
		return flowURL(pathLinked, f.ID)
	case linking.SignedIn:
		return onwardURL(f)
	}
	return flowURL(pathLogin, f.ID)
}

// onwardURL leads out of the flow: to the product that is waiting, to the overview, or to what the sign-in was for.
func onwardURL(f linking.Flow) string {
	switch {
	case f.GoesBack():
		return flowURL(pathLinkAgain, f.ID)
	case f.WantsAnother():
		return flowURL(pathAnother, f.ID)
	}
	if f.AuthRequest == "" {
		return flowURL(pathLinked, f.ID)
	}
	return resumeURL(f)
}

// resumeURL goes on with the request of the product that is waiting.
func resumeURL(f linking.Flow) string {
	return pathResume + "?" + url.Values{"request": {string(f.AuthRequest)}}.Encode()
}

// see answers 303.
func see(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Browser is the id of the browser; the cookie is set when it has none that could be ours. It is asked once a request.
func (h *Handlers) Browser(w http.ResponseWriter, r *http.Request) ident.BrowserID {
	if id := h.knownBrowser(r); id != "" {
		return id
	}
	return h.newBrowser(w)
}

// knownBrowser is the id of the browser; empty when it has no cookie of ours.
func (h *Handlers) knownBrowser(r *http.Request) ident.BrowserID {
	secret, ok := h.Shell.Cookies.Read(r, web.CookieBrowser)
	if !ok || !h.Secrets.Valid(secret) {
		return ""
	}
	return ident.BrowserID(h.Secrets.Hash(SecretBrowser, secret))
}

func (h *Handlers) newBrowser(w http.ResponseWriter) ident.BrowserID {
	secret := h.Secrets.Secret()
	h.Shell.Cookies.Set(w, web.CookieBrowser, secret, browserTTL)
	return ident.BrowserID(h.Secrets.Hash(SecretBrowser, secret))
}

// SignOut forgets the browser: the session's cookie goes, and what was bound to the old browser is out of reach.
func (h *Handlers) SignOut(w http.ResponseWriter) {
	h.Shell.Cookies.Clear(w, web.CookieSession)
	h.Shell.Cookies.Clear(w, web.CookieMail)
	h.Shell.Cookies.Clear(w, web.CookieInvitation)
	h.newBrowser(w)
}

// SessionID is that of the session which the request says it has; empty when it has none.
func (h *Handlers) SessionID(r *http.Request) ident.SessionID {
	secret, ok := h.Shell.Cookies.Read(r, web.CookieSession)
	if !ok || !h.Secrets.Valid(secret) {
		return ""
	}
	return ident.SessionID(h.Secrets.Hash(SecretSession, secret))
}

// Session is the live session of the request; nil when nobody is signed in.
func (h *Handlers) Session(r *http.Request) (*account.Session, error) {
	id := h.SessionID(r)
	if id == "" {
		return nil, nil
	}
	s, err := h.People.Session(r.Context(), id)
	if fault.Is(err, fault.Missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if live, err := h.UseSession(r.Context(), s); !live || err != nil {
		return nil, err
	}
	return &s, nil
}

// SignedInAs is the primary address of whoever is signed in; empty for nobody.
func (h *Handlers) SignedInAs(r *http.Request) (string, error) {
	s, err := h.Session(r)
	if err != nil || s == nil || s.Account == "" {
		return "", err
	}
	email, err := h.People.PrimaryEmail(r.Context(), s.Account)
	return email.Key(), err
}

// touchPause is how often at most a session's last use is written down; idle limits are minutes at least.
const touchPause = time.Minute

// UseSession reports whether the session still counts, and keeps one that does from ending for idleness. A store that does
// not answer fails the request: a session whose use cannot be recorded must not be used.
func (h *Handlers) UseSession(ctx context.Context, s account.Session) (live bool, err error) {
	now := h.Now()
	if !s.Live(now) {
		return false, nil
	}
	if now.Sub(s.UsedAt) >= touchPause {
		err = h.People.TouchSession(ctx, s.ID, now)
	}
	return true, err
}

// Begin starts a flow for a kept authorization request and gives the address of its first page. Somebody who is signed in
// and has no link to the product is told so: signing in once more would lead them here again.
func (h *Handlers) Begin(w http.ResponseWriter, r *http.Request, q op.AuthRequest) (string, error) {
	if nobodyBehind(r) {
		return "", fault.New(fault.Denied, "request.no_navigation")
	}
	s, err := h.Session(r)
	if err != nil {
		return "", err
	}
	if s != nil && s.Scope == account.ScopeFull {
		linked, err := h.People.Linked(r.Context(), s.Account, q.Tenant, q.Product)
		if err != nil {
			return "", err
		}
		if !linked && h.Now().Before(s.AuthAt.Add(linking.FreshTTL)) {
			return h.beginLink(r, q, *s, ident.Identifier{})
		}
	}
	start := h.start(r, q.Browser)
	start.Tenant, start.Product, start.AuthRequest = q.Tenant, q.Product, q.ID
	if hint, err := ident.ParseIdentifier(q.LoginHint); err == nil {
		start.Hint = hint
	}
	f, err := h.Linking.Begin(r.Context(), start)
	if err != nil {
		return "", err
	}
	return currentURL(f), nil
}

// beginLink starts a flow for somebody who is signed in and opens a product that is not linked yet. Whose password is
// older than FreshTTL gives it again first, and comes here then, with what they had typed before.
func (h *Handlers) beginLink(r *http.Request, q op.AuthRequest, s account.Session, typed ident.Identifier) (string, error) {
	email, err := h.People.PrimaryEmail(r.Context(), s.Account)
	if err != nil {
		return "", err
	}
	start := h.start(r, q.Browser)
	start.Tenant, start.Product, start.AuthRequest = q.Tenant, q.Product, q.ID
	start.Owner, start.OwnerEmail, start.OwnerAuthAt = s.Account, email, s.AuthAt
	if start.Hint = typed; typed.IsZero() {
		start.Hint = ident.RestoreIdentifier(email.Key())
	}
	if start.Offers, err = h.Linking.WaitingIn(r.Context(), q.Tenant, q.Product, s.Account, q.Browser); err != nil {
		return "", err
	}
	f, err := h.Linking.Begin(r.Context(), start)
	if err != nil {
		return "", err
	}
	return currentURL(f), nil
}

// start is what is known of a request that begins a flow.
func (h *Handlers) start(r *http.Request, browser ident.BrowserID) linking.Start {
	return linking.Start{
		Browser: browser,
		Origin:  h.Origin(r),
		Locale:  web.LocaleOf(r).Tag,
	}
}

// Origin says where a request comes from, in words that may be shown.
func (h *Handlers) Origin(r *http.Request) linking.Origin {
	return linking.Origin{Agent: agentName(r.UserAgent()), Network: h.Network(r)}
}
