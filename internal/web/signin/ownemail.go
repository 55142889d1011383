package signin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// fieldChange names the email change in a query; a form carries it where those of a sign-in carry their flow.
const fieldChange = "change"

func changeURL(path string, id ident.EmailChangeID) string {
	return path + "?" + url.Values{fieldChange: {string(id)}}.Encode()
}

// getOwnEmail changes the address of somebody who is signed in.
func (h *Handlers) getOwnEmail(w http.ResponseWriter, r *http.Request) error {
	s, email, done, err := h.own(w, r)
	if done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.ownEmailPage(s, email, "", ""))
}

func (h *Handlers) ownEmailPage(s account.Session, email ident.Email, wanted, problem string) web.EmailChangePage {
	return web.EmailChangePage{Form: h.ownForm(s, pageOwnEmail, pathOwnEmail), Email: email.Key(), Wanted: wanted, BackURL: pathOwn,
		ResetURL: pathReset, Error: problem}
}

// postOwnEmail mails both addresses.
func (h *Handlers) postOwnEmail(w http.ResponseWriter, r *http.Request) error {
	s, email, posted, done, err := h.ownPosted(w, r, pageOwnEmail, pathOwnEmail)
	if done || err != nil {
		return err
	}
	typed, start := posted.Value(web.FieldEmail), h.start(r, s.Browser)
	change, err := h.Linking.BeginEmailChange(r.Context(), s, typed, posted.Value(web.FieldPassword), start.Origin, start.Locale)
	if problem := ownEmailProblem(err); problem != "" {
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.ownEmailPage(s, email, typed, problem))
	}
	if err != nil {
		return h.wait(w, r, err, pathOwnEmail)
	}
	return see(w, r, changeURL(pathOwnInbox, change.ID))
}

// ownEmailProblem is the refusal that the page shows at its fields; empty when it shows none.
func ownEmailProblem(err error) string {
	if !fault.Is(err, fault.Invalid) {
		return ""
	}
	switch key := fault.KeyOf(err); key {
	case "email.empty", "email.malformed", "email.same", "email.domain", "email.recorded":
		return strings.TrimPrefix(key, "email.")
	case "password.empty":
		return "password_empty"
	case "password.wrong", "password.malformed":
		return "password_wrong"
	}
	return ""
}

// ownChange is the email change that a page is about, for the browser and the account that began it. done is true when the
// request is answered already.
func (h *Handlers) ownChange(w http.ResponseWriter, r *http.Request, s account.Session, id ident.EmailChangeID) (c linking.EmailChange, done bool, err error) {
	c, err = h.Linking.EmailChange(r.Context(), id, s.Browser)
	if fault.Is(err, fault.Missing) || (err == nil && c.Account != s.Account) {
		return c, true, h.changeOver(w, r)
	}
	if err == nil && !c.Open(h.Now()) {
		if c.End == linking.ChangeDone || c.End == linking.ChangeRefused {
			return c, true, see(w, r, changeURL(pathOwnEmailDone, c.ID))
		}
		return c, true, h.changeOver(w, r)
	}
	return c, false, err
}

func (h *Handlers) changeOver(w http.ResponseWriter, r *http.Request) error {
	h.Shell.Cookies.Clear(w, web.CookieChange)
	return h.Shell.Renderer.Render(w, r, http.StatusGone, web.LinkErrorPage{Reason: "change_over", RestartURL: pathOwn})
}

// getOwnInbox waits for both links, and says which one is missing.
func (h *Handlers) getOwnInbox(w http.ResponseWriter, r *http.Request) error {
	s, _, done, err := h.own(w, r)
	if done || err != nil {
		return err
	}
	c, done, err := h.ownChange(w, r, s, ident.EmailChangeID(r.URL.Query().Get(fieldChange)))
	if done || err != nil {
		return err
	}
	return h.ownInbox(w, r, s, c, http.StatusOK, "")
}

func (h *Handlers) ownInbox(w http.ResponseWriter, r *http.Request, s account.Session, c linking.EmailChange, status int, problem string) error {
	agreed, err := h.Linking.Agreed(r.Context(), c, h.changeSecrets(r))
	if err != nil {
		return err
	}
	v, err := h.ownVisit(r.Context(), s.Account)
	if err != nil {
		return err
	}
	page := web.EmailChangeInboxPage{Form: h.ownForm(s, pageOwnInbox, pathOwnInbox), ResendAction: pathOwnResend, Present: c.From.Key(),
		Wanted: c.To.Key(), SentAt: v.clock(c.LastMailAt), WorksUntil: v.clock(c.LastMailAt.Add(linking.LinkTTL)), Reference: string(c.Ref),
		ResendsLeft: c.ResendsLeft(), Missing: missing(agreed), AgainURL: pathOwnEmail, Error: problem}
	page.FlowID = string(c.ID)
	page.EndsAt, page.SecondsLeft = v.clock(c.Deadline), int(c.Deadline.Sub(v.now)/time.Second)
	return h.Shell.Renderer.Render(w, r, status, page)
}

// ownVisit is now, in the time zone of the account's first workspace, as on the account's other pages.
func (h *Handlers) ownVisit(ctx context.Context, id ident.AccountID) (visit, error) {
	holding, err := h.Linking.Accounts.Holding(ctx, id)
	return visit{zone: zoneNamed(holding.TimeZone()), now: h.Now()}, err
}

// missing names the links that this browser has not opened yet.
func missing(a linking.Agreed) string {
	switch {
	case a.Approve == nil && a.Confirm == nil:
		return "both"
	case a.Approve == nil:
		return "present"
	case a.Confirm == nil:
		return "wanted"
	}
	return "none"
}

// changeSecrets are the links of an email change that this browser has opened, newest first.
func (h *Handlers) changeSecrets(r *http.Request) []string {
	value, ok := h.Shell.Cookies.Read(r, web.CookieChange)
	if !ok {
		return nil
	}
	var secrets []string
	for _, secret := range strings.Split(value, ".") {
		if h.Secrets.Valid(secret) && len(secrets) < 2*keptLinks {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// getOwnConfirm is the link in the mail to the new address, and getOwnApprove that in the mail to the present one.
func (h *Handlers) getOwnConfirm(w http.ResponseWriter, r *http.Request) error {
	return h.agree(w, r, linking.ToConfirmEmail)
}

func (h *Handlers) getOwnApprove(w http.ResponseWriter, r *http.Request) error {
	return h.agree(w, r, linking.ToApproveEmail)
}

// agree opens a link of an email change. It changes nothing on the server: in the browser that asked it leaves the secret in
// a cookie and goes on to an address without it; any other is told to open it there, and keeps nothing.
func (h *Handlers) agree(w http.ResponseWriter, r *http.Request, purpose linking.CapabilityPurpose) error {
	if fetchedAhead(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	secret := r.URL.Query().Get(web.FieldMailToken)
	k, state, err := h.capability(r, purpose, secret)
	if err != nil {
		return h.deadLink(w, r, err)
	}
	c, err := h.Linking.Accounts.EmailChange(r.Context(), k.Change)
	if err != nil {
		return err
	}
	if state != linking.TokenGood || !c.Open(h.Now()) {
		return h.changeOver(w, r)
	}
	if h.knownBrowser(r) != c.Browser {
		v, err := h.ownVisit(r.Context(), c.Account)
		if err != nil {
			return err
		}
		return h.Shell.Renderer.Render(w, r, http.StatusOK, web.EmailChangeElsewherePage{
			StartedAt: v.day(c.CreatedAt), Browser: c.Origin.Agent, Network: c.Origin.Network,
			Reference: string(c.Ref), StopURL: h.stopChangeURL(secret)})
	}
	if r.Method == http.MethodHead {
		return nil
	}
	kept := []string{secret}
	for _, earlier := range h.changeSecrets(r) {
		if earlier != secret {
			kept = append(kept, earlier)
		}
	}
	h.Shell.Cookies.Set(w, web.CookieChange, strings.Join(kept[:min(len(kept), 2*keptLinks)], "."), mailTTL)
	return see(w, r, changeURL(pathOwnInbox, c.ID))
}

// stopChangeURL stops what a link of an email change agrees to.
func (h *Handlers) stopChangeURL(secret string) string {
	return pathOwnStop + "?" + url.Values{web.FieldMailToken: {h.Linking.StopChangeSecret(secret)}}.Encode()
}

// ownInboxPosted reads a form of the page that waits.
func (h *Handlers) ownInboxPosted(w http.ResponseWriter, r *http.Request) (s account.Session, c linking.EmailChange, done bool, err error) {
	s, _, posted, done, err := h.ownPosted(w, r, pageOwnInbox, pathOwn)
	if done || err != nil {
		return s, c, done, err
	}
	c, done, err = h.ownChange(w, r, s, ident.EmailChangeID(posted.Value(web.FieldFlow)))
	return s, c, done, err
}

// postOwnInbox is Continue: it spends both links.
func (h *Handlers) postOwnInbox(w http.ResponseWriter, r *http.Request) error {
	s, c, done, err := h.ownInboxPosted(w, r)
	if done || err != nil {
		return err
	}
	start := h.start(r, s.Browser)
	err = h.Linking.FinishEmailChange(r.Context(), s, c, h.changeSecrets(r), start.Origin, start.Locale)
	switch {
	case fault.KeyOf(err) == "change.unconfirmed":
		return h.ownInbox(w, r, s, c, http.StatusUnprocessableEntity, "not_confirmed")
	case fault.Is(err, fault.Expired):
		return h.changeOver(w, r)
	case err != nil && fault.KeyOf(err) != "address.owned":
		return err
	}
	h.Shell.Cookies.Clear(w, web.CookieChange)
	return see(w, r, changeURL(pathOwnEmailDone, c.ID))
}

// postOwnResend mails both again.
func (h *Handlers) postOwnResend(w http.ResponseWriter, r *http.Request) error {
	s, c, done, err := h.ownInboxPosted(w, r)
	if done || err != nil {
		return err
	}
	err = h.Linking.ResendEmailChange(r.Context(), c)
	switch {
	case fault.KeyOf(err) == "resend.wait":
		return h.ownInbox(w, r, s, c, http.StatusUnprocessableEntity, "too_soon")
	case fault.KeyOf(err) == "resend.used_up":
		return h.ownInbox(w, r, s, c, http.StatusUnprocessableEntity, "")
	case fault.Is(err, fault.Expired):
		return h.changeOver(w, r)
	case err != nil:
		return err
	}
	return see(w, r, changeURL(pathOwnInbox, c.ID))
}

// getOwnEmailDone says what came of a change.
func (h *Handlers) getOwnEmailDone(w http.ResponseWriter, r *http.Request) error {
	s, _, done, err := h.own(w, r)
	if done || err != nil {
		return err
	}
	c, err := h.Linking.EmailChange(r.Context(), ident.EmailChangeID(r.URL.Query().Get(fieldChange)), s.Browser)
	if fault.Is(err, fault.Missing) || (err == nil && c.Account != s.Account) {
		return h.changeOver(w, r)
	}
	if err != nil {
		return err
	}
	switch c.End {
	case linking.ChangeDone:
		return h.Shell.Renderer.Render(w, r, http.StatusOK, web.AccountNewsPage{News: "email", Email: c.To.Key(), NextURL: pathOwn})
	case linking.ChangeRefused:
		return h.Shell.Renderer.Render(w, r, http.StatusConflict, web.AccountNewsPage{News: "owned", Email: c.To.Key(), NextURL: pathOwn})
	}
	return see(w, r, changeURL(pathOwnInbox, c.ID))
}

// getOwnStop lets the reader of a mailbox stop a change. It changes nothing.
func (h *Handlers) getOwnStop(w http.ResponseWriter, r *http.Request) error {
	secret := r.URL.Query().Get(web.FieldMailToken)
	if !h.Secrets.Valid(secret) {
		return h.deadLink(w, r, fault.New(fault.Missing, "capability.missing"))
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.EmailChangeStopPage{Action: pathOwnStop, MailToken: secret})
}

// postOwnStop takes the answer.
func (h *Handlers) postOwnStop(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	secret, choice := posted.Value(web.FieldMailToken), posted.Value(web.FieldChoice)
	if choice != "no" && choice != "known" {
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity,
			web.EmailChangeStopPage{Action: pathOwnStop, MailToken: secret, Error: "none_chosen"})
	}
	if _, _, err := h.capability(r, linking.ToStopEmail, secret); err != nil {
		return h.deadLink(w, r, err)
	}
	if choice == "known" {
		return h.Shell.Renderer.Render(w, r, http.StatusOK, web.AccountNewsPage{News: "kept"})
	}
	err = h.Linking.StopEmailChange(r.Context(), secret, h.start(r, h.knownBrowser(r)).Origin)
	if fault.Is(err, fault.Expired) {
		return h.changeOver(w, r)
	}
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.AccountNewsPage{News: "stopped", ResetURL: pathReset})
}
