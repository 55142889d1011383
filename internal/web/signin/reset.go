package signin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// The names of pages that belong to no flow in step tokens.
const (
	pageReset        = "reset"
	pageResetConfirm = "reset_confirm"
)

// asked is the sign-in that a reset is asked for from; the zero value when there is none.
type asked struct {
	flow    linking.Flow
	setting directory.Setting
}

// askedFrom is the sign-in that a request names, if it is this browser's own.
func (h *Handlers) askedFrom(r *http.Request, id ident.FlowID) (asked, error) {
	if id == "" {
		return asked{}, nil
	}
	c, err := h.Linking.Conversation(r.Context(), id, h.knownBrowser(r))
	if err != nil && !fault.Is(err, fault.Missing) {
		return asked{}, err
	}
	return asked{c.Flow, c.Setting}, nil
}

// backURL is where the sign-in goes on.
func (a asked) backURL() string {
	if a.flow.ID == "" {
		return pathLogin
	}
	return currentURL(a.flow)
}

// url is a page of the reset that keeps the sign-in.
func (a asked) url(path string) string {
	if a.flow.ID == "" {
		return path
	}
	return flowURL(path, a.flow.ID)
}

// getReset is S11. The address of the sign-in is not typed again; a username is none, because it belongs to a product.
func (h *Handlers) getReset(w http.ResponseWriter, r *http.Request) error {
	from, err := h.askedFrom(r, flowOf(r))
	if err != nil {
		return err
	}
	known := ""
	if email, ok := from.flow.Identifier.Email(); ok && !r.URL.Query().Has("other") {
		known = email.Key()
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.resetPage(h.Browser(w, r), from, known, known != "", ""))
}

func (h *Handlers) resetPage(browser ident.BrowserID, from asked, email string, fixed bool, problem string) web.ResetPage {
	page := web.ResetPage{
		Form: web.Form{Action: pathReset, FlowID: string(from.flow.ID),
			StepToken: h.Steps.StepToken(string(from.flow.ID), pageReset, 0, string(browser))},
		Email: email, BackURL: from.backURL(), Error: problem,
	}
	if fixed {
		page.ChangeURL = pathReset + "?" + url.Values{web.FieldFlow: {string(from.flow.ID)}, "other": {"1"}}.Encode()
	}
	return page
}

// postReset takes S11. The answer is given before anybody looks the address up, so that it says nothing about it.
func (h *Handlers) postReset(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	from, err := h.askedFrom(r, ident.FlowID(posted.Value(web.FieldFlow)))
	if err != nil {
		return err
	}
	browser := h.knownBrowser(r)
	if _, ok := h.Steps.CheckStepToken(posted.Value(web.FieldStep), posted.Value(web.FieldFlow), pageReset, 0, string(browser)); !ok || browser == "" {
		return h.stale(w, r, pathReset)
	}
	typed := posted.Value(web.FieldEmail)
	email, err := ident.ParseEmail(typed)
	if err != nil {
		problem := "malformed"
		if typed == "" {
			problem = "empty"
		}
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.resetPage(browser, from, typed, false, problem))
	}
	start := h.start(r, browser)
	if err := h.askBoth(r.Context(), from, email, start); err != nil {
		return h.wait(w, r, err, from.url(pathReset))
	}
	ask := linking.ResetAsk{Email: email, Flow: from.flow.ID, Origin: start.Origin, Locale: start.Locale}
	if err := h.Linking.AskReset(r.Context(), ask); err != nil {
		return err
	}
	return see(w, r, from.url(pathResetSent))
}

// askBoth counts the ask, and leaves it to the product of the sign-in as well: which of the two mails comes of it is decided
// by what is stored, and later.
func (h *Handlers) askBoth(ctx context.Context, from asked, email ident.Email, start linking.Start) error {
	if !from.atPassword() {
		return h.Linking.LimitReset(ctx, email, start.Origin.Network)
	}
	if err := h.Linking.LimitReset(ctx, email, ""); err != nil {
		return err
	}
	step := linking.Step{Flow: from.flow.ID, Browser: start.Browser, Network: start.Origin.Network}
	_, err := h.Linking.AskProductReset(ctx, step, email.Key())
	if fault.Is(err, fault.Moved) {
		return nil // the sign-in went on in another tab
	}
	return err
}

// atPassword reports that the sign-in waits for a password on the way to a product.
func (a asked) atPassword() bool {
	return a.flow.State == linking.AwaitPassword && a.flow.Product != ""
}

// stale answers a form that was made for something else (S12b).
func (h *Handlers) stale(w http.ResponseWriter, r *http.Request, next string) error {
	return h.Shell.Renderer.Render(w, r, http.StatusConflict, web.ProblemPage{
		Kind: web.ProblemOutOfDate, NextURL: next, Reference: web.RequestID(r)})
}

// wait answers what was tried too often; any other failure is left to the shell.
func (h *Handlers) wait(w http.ResponseWriter, r *http.Request, err error, next string) error {
	if !fault.Is(err, fault.Throttled) {
		return err
	}
	setRetryAfter(w, err)
	page := web.ProblemPage{Kind: web.ProblemLocked, NextURL: next, Reference: web.RequestID(r),
		Minutes: int((fault.AfterOf(err) + time.Minute - 1) / time.Minute)}
	if fault.KeyOf(err) == "attempts.stopped" {
		page.Kind = web.ProblemBlocked
	}
	return h.Shell.Renderer.Render(w, r, http.StatusTooManyRequests, page)
}

// getResetSent answers everybody alike.
func (h *Handlers) getResetSent(w http.ResponseWriter, r *http.Request) error {
	from, err := h.askedFrom(r, flowOf(r))
	if err != nil {
		return err
	}
	again := from.url(pathReset)
	if from.flow.ID != "" {
		again += "&other=1"
	}
	page := web.ResetSentPage{Minutes: int(linking.ResetTTL / time.Minute), AgainURL: again, BackURL: from.backURL()}
	if from.atPassword() {
		way := h.Linking.ResetWay(from.setting)
		page.Product, page.PauseHours = from.setting.Product.Name, int(way.Pause/time.Hour)
		if !way.Able {
			page.OwnURL, page.PauseHours = way.URL, 0
		}
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
}

// getResetConfirm is the link in the mail. It changes nothing on the server: it leaves the secret in a cookie of the browser
// that opened it, which is the one that acts, and goes on to an address without it.
func (h *Handlers) getResetConfirm(w http.ResponseWriter, r *http.Request) error {
	if fetchedAhead(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	if !r.URL.Query().Has(web.FieldMailToken) {
		return h.getResetForm(w, r)
	}
	secret := r.URL.Query().Get(web.FieldMailToken)
	_, state, err := h.capability(r, linking.ToReset, secret)
	if err != nil {
		return h.deadLink(w, r, err)
	}
	if state != linking.TokenGood {
		return h.deadReset(w, r, state)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	h.Browser(w, r)
	h.Shell.Cookies.Set(w, web.CookieReset, secret, linking.ResetTTL)
	return see(w, r, pathResetConfirm)
}

// capability finds what a secret may do. Anything that cannot be one of ours is damaged, before any look-up (ATK-41).
func (h *Handlers) capability(r *http.Request, purpose linking.CapabilityPurpose, secret string) (c linking.Capability, state linking.TokenState, err error) {
	if !h.Secrets.Valid(secret) {
		return c, linking.TokenStopped, fault.New(fault.Missing, "capability.missing")
	}
	err = h.Linking.FindLink(r.Context(), h.Network(r), func() (err error) {
		c, state, err = h.Linking.CapabilityOf(r.Context(), purpose, secret)
		return err
	})
	return c, state, err
}

func (h *Handlers) deadReset(w http.ResponseWriter, r *http.Request, state linking.TokenState) error {
	reason := map[linking.TokenState]string{linking.TokenExpired: "reset_expired", linking.TokenUsed: "reset_used"}[state]
	if reason == "" {
		reason = "reset_void"
	}
	h.Shell.Cookies.Clear(w, web.CookieReset)
	return h.Shell.Renderer.Render(w, r, http.StatusGone, web.LinkErrorPage{Reason: reason, RestartURL: pathReset})
}

// resetHeld is the link that this browser has opened; done is true when the request is answered already.
func (h *Handlers) resetHeld(w http.ResponseWriter, r *http.Request) (secret string, c linking.Capability, done bool, err error) {
	secret, ok := h.Shell.Cookies.Read(r, web.CookieReset)
	if !ok || h.knownBrowser(r) == "" {
		return "", c, true, see(w, r, pathReset)
	}
	c, state, err := h.capability(r, linking.ToReset, secret)
	if fault.Is(err, fault.Missing) {
		return "", c, true, see(w, r, pathReset)
	}
	if err == nil && state != linking.TokenGood {
		return "", c, true, h.deadReset(w, r, state)
	}
	return secret, c, false, err
}

// getResetForm asks for the new password.
func (h *Handlers) getResetForm(w http.ResponseWriter, r *http.Request) error {
	_, c, done, err := h.resetHeld(w, r)
	if done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.resetForm(r, c, ""))
}

// resetForm is bound to the link: another one that is opened meanwhile does not take its place.
func (h *Handlers) resetForm(r *http.Request, c linking.Capability, problem string) web.NewPasswordPage {
	return web.NewPasswordPage{
		Form:  web.Form{Action: pathResetConfirm, StepToken: h.Steps.StepToken(c.Hash, pageResetConfirm, 0, string(h.knownBrowser(r)))},
		Email: c.Email.Key(), MinLength: linking.SetFloor, Reset: true, Error: problem}
}

// postResetConfirm sets the password and leads to the sign-in, which nobody is spared.
func (h *Handlers) postResetConfirm(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	secret, c, done, err := h.resetHeld(w, r)
	if done || err != nil {
		return err
	}
	browser := h.knownBrowser(r)
	if _, ok := h.Steps.CheckStepToken(posted.Value(web.FieldStep), c.Hash, pageResetConfirm, 0, string(browser)); !ok {
		return h.stale(w, r, pathResetConfirm)
	}
	start := h.start(r, browser)
	c, err = h.Linking.Reset(r.Context(), secret, posted.Value(web.FieldPassword), browser, start.Origin, start.Locale)
	if problem := newPasswordProblem(err); problem != "" {
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.resetForm(r, c, problem))
	}
	if fault.Is(err, fault.Expired) {
		_, state, err := h.capability(r, linking.ToReset, secret)
		if err != nil {
			return err
		}
		return h.deadReset(w, r, state)
	}
	if err != nil {
		return err
	}
	h.Shell.Cookies.Clear(w, web.CookieReset)
	return h.signInAfter(w, r, c, start)
}

// newPasswordProblem is the refusal that a page shows at the field of a new password; empty when it shows none.
func newPasswordProblem(err error) string {
	if !fault.Is(err, fault.Invalid) {
		return ""
	}
	switch fault.KeyOf(err) {
	case "new_password.empty":
		return "empty"
	case "new_password.too_short":
		return "short"
	case "new_password.too_long":
		return "long"
	case "new_password.common", "new_password.blank":
		return "common"
	}
	return ""
}

// signInAfter begins the sign-in with the new password: for the product that the reset was asked for from, when it was in this
// very browser.
func (h *Handlers) signInAfter(w http.ResponseWriter, r *http.Request, c linking.Capability, start linking.Start) error {
	from, err := h.askedFrom(r, c.Flow)
	if err != nil {
		return err
	}
	f := from.flow
	start.Tenant, start.Product, start.AuthRequest = f.Tenant, f.Product, f.AuthRequest
	start.Hint, start.Notice = ident.RestoreIdentifier(c.Email.Key()), "password_changed"
	next, err := h.Linking.Begin(r.Context(), start)
	if fault.Is(err, fault.Throttled) {
		return see(w, r, pathLogin)
	}
	if err != nil {
		return err
	}
	return see(w, r, currentURL(next))
}
