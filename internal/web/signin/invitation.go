package signin

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// pathInvitation is where an invitation's mail leads.
const pathInvitation = "/invitation"

// The two forms that accept, as step tokens name them: one sets a new account's password, one asks for a known account's.
const (
	pageInvitation      = "invitation"
	pageInvitationOwned = "invitation_owned"
)

// invitationTTL is how long a browser remembers the link that it opened. The mail is there to open it again.
const invitationTTL = 30 * time.Minute

// getInvitation is the link in an invitation's mail. It changes nothing on the server, whoever sends it and however often. It
// leaves the secret in a cookie and goes on to an address without it: the browser that holds the link acts.
func (h *Handlers) getInvitation(w http.ResponseWriter, r *http.Request) error {
	if fetchedAhead(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	if !r.URL.Query().Has(web.FieldMailToken) {
		return h.getOpenedInvitation(w, r)
	}
	secret := r.URL.Query().Get(web.FieldMailToken)
	opened, done, err := h.openedInvitation(w, r, secret)
	if done || err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if opened.Closed == "" {
		h.Shell.Cookies.Set(w, web.CookieInvitation, secret, invitationTTL)
	}
	return see(w, r, pathInvitation)
}

// openedInvitation finds what a secret leads to. done is true when it leads nowhere any more, and that is answered.
func (h *Handlers) openedInvitation(w http.ResponseWriter, r *http.Request, secret string) (o linking.OpenedInvitation, done bool, err error) {
	if !h.Secrets.Valid(secret) {
		return o, true, h.invitationEnded(w, r, o, "damaged")
	}
	err = h.Linking.FindLink(r.Context(), h.Network(r), func() (err error) {
		o, err = h.Inviter.Opened(r.Context(), linking.PurposeConfirm, secret)
		return err
	})
	switch {
	case fault.Is(err, fault.Missing):
		return o, true, h.invitationEnded(w, r, o, "damaged")
	case fault.Is(err, fault.Throttled):
		return o, true, h.wait(w, r, err, pathLogin)
	}
	if err != nil {
		return o, false, err
	}
	switch o.State {
	case linking.TokenGood:
	case linking.TokenUsed:
		return o, true, h.invitationEnded(w, r, o, "used")
	case linking.TokenExpired:
		return o, true, h.invitationEnded(w, r, o, "expired")
	default:
		return o, true, h.invitationEnded(w, r, o, "stopped")
	}
	if o.Closed != "" {
		return o, true, h.notInvited(w, r, o, o.Closed)
	}
	return o, false, nil
}

// invitationEnded says why a link does nothing, and whom to ask.
func (h *Handlers) invitationEnded(w http.ResponseWriter, r *http.Request, o linking.OpenedInvitation, reason string) error {
	page := web.InvitationEndedPage{Reason: reason, Product: o.Setting.Product.Name, Reference: string(o.Invitation.Ref)}
	status := http.StatusGone
	switch reason {
	case "used":
		page.NextURL = o.Setting.Instance.HomeURL
	case "changed":
		status = http.StatusConflict
	case "damaged":
		status = http.StatusNotFound
	}
	return h.Shell.Renderer.Render(w, r, status, page)
}

// notInvited is S12d, for an invitation of a tenant or a person that does not sign in here.
func (h *Handlers) notInvited(w http.ResponseWriter, r *http.Request, o linking.OpenedInvitation, reason string) error {
	page := web.ProblemPage{Kind: web.ProblemNotEnabled, Product: o.Setting.Product.Name, Reference: string(o.Invitation.Ref),
		NextURL: cmp.Or(o.Setting.Instance.LoginURL, o.Setting.Instance.HomeURL)}
	if reason == "pilot.outside" {
		page.Kind = web.ProblemNotYet
	}
	return h.Shell.Renderer.Render(w, r, http.StatusForbidden, page)
}

// keptInvitation is the link that this browser opened.
func (h *Handlers) keptInvitation(w http.ResponseWriter, r *http.Request) (secret string, o linking.OpenedInvitation, done bool, err error) {
	secret, ok := h.Shell.Cookies.Read(r, web.CookieInvitation)
	if !ok {
		return "", o, true, h.invitationEnded(w, r, o, "closed")
	}
	o, done, err = h.openedInvitation(w, r, secret)
	return secret, o, done, err
}

// getOpenedInvitation asks for the password that accepts: a new one where nobody has the address, else its account's.
func (h *Handlers) getOpenedInvitation(w http.ResponseWriter, r *http.Request) error {
	secret, o, done, err := h.keptInvitation(w, r)
	if done || err != nil {
		return err
	}
	return h.showInvitation(w, r, http.StatusOK, secret, o, "")
}

// showInvitation shows the form that is right for whoever has the address now.
func (h *Handlers) showInvitation(w http.ResponseWriter, r *http.Request, status int, secret string, o linking.OpenedInvitation, problem string) error {
	i, s := o.Invitation, o.Setting
	v := visit{setting: s, now: h.Now(), zone: zoneOf(s)}
	web.AllowFormAction(w, s.Instance.HomeURL)
	name := pageInvitation
	if o.Owned {
		name = pageInvitationOwned
	}
	form := web.Form{Action: pathInvitation, StepToken: h.Steps.StepToken(string(i.ID), name, 0, string(h.Browser(w, r)))}
	as, _ := h.SignedInAs(r) // the page says enough without it
	if o.Owned {
		if as == i.Email.Key() {
			as = ""
		}
		return h.Shell.Renderer.Render(w, r, status, web.InvitationOwnedPage{Form: form, Product: s.Product.Name, ProductLogo: s.Product.Mark,
			Tenant: s.Tenant.Name, Email: i.Email.Key(), WorksUntil: v.day(i.Deadline), SignedInAs: as, ResetURL: pathReset,
			NotMeURL: h.notMeURL(secret), Error: problem})
	}
	return h.Shell.Renderer.Render(w, r, status, web.InvitationPage{Form: form, Product: s.Product.Name, ProductLogo: s.Product.Mark,
		Tenant: s.Tenant.Name, Email: i.Email.Key(), WorksUntil: v.day(i.Deadline), MinLength: linking.SetFloor, SignedInAs: as,
		NotMeURL: h.notMeURL(secret), Error: problem})
}

// postInvitation accepts. Pressing its button does nothing without a password, so that a scanner that presses everything
// accepts nothing.
func (h *Handlers) postInvitation(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	secret, ok := h.Shell.Cookies.Read(r, web.CookieInvitation)
	if !ok || !h.Secrets.Valid(secret) {
		return h.invitationEnded(w, r, linking.OpenedInvitation{}, "closed")
	}
	o, err := h.Inviter.Opened(r.Context(), linking.PurposeConfirm, secret)
	if fault.Is(err, fault.Missing) {
		return h.invitationEnded(w, r, o, "damaged")
	}
	if err != nil {
		return err
	}
	browser, stepToken := h.knownBrowser(r), posted.Value(web.FieldStep)
	made := func(page string) bool {
		_, good := h.Steps.CheckStepToken(stepToken, string(o.Invitation.ID), page, 0, string(browser))
		return good && browser != ""
	}
	isNew := made(pageInvitation)
	if !isNew && !made(pageInvitationOwned) {
		return see(w, r, pathInvitation) // a form of another invitation, or of another browser: begin from what is stored
	}
	web.AllowFormAction(w, o.Setting.Instance.HomeURL)
	step := linking.Step{Browser: browser, StepToken: stepToken, Network: h.Network(r)}
	taken, err := h.Inviter.Accept(r.Context(), step, linking.Acceptance{Secret: secret, Password: posted.Value(web.FieldPassword), New: isNew,
		Origin: linking.Origin{Agent: agentName(r.UserAgent()), Network: h.Network(r)}, Locale: web.LocaleOf(r).Tag})
	if err == nil && taken.Problem == "" {
		if taken.Replayed {
			if _, err := h.bringBack(w, r, stepToken, taken.Invitation.AcceptedAt); err != nil {
				return err
			}
		}
		return h.accepted(w, r, taken)
	}
	return h.notAccepted(w, r, secret, o, taken.Problem, err)
}

// accepted goes on to the product, which begins a sign-in and finds the session. The link stays in its cookie, so that a form
// that is sent twice, or a step back, is told where the person is.
func (h *Handlers) accepted(w http.ResponseWriter, r *http.Request, taken linking.Taken) error {
	if taken.SessionSecret != "" {
		h.Shell.Cookies.Set(w, web.CookieSession, taken.SessionSecret, 0)
	}
	return see(w, r, cmp.Or(taken.Setting.Instance.HomeURL, pathLinked))
}

// notAccepted says why not.
func (h *Handlers) notAccepted(w http.ResponseWriter, r *http.Request, secret string, o linking.OpenedInvitation, problem string, err error) error {
	key := cmp.Or(problem, fault.KeyOf(err))
	switch {
	case problem != "" || fault.Is(err, fault.Invalid) && strings.Contains(key, "password."):
		if shown := invitationMistake(key, o.Owned); shown != "" {
			return h.showInvitation(w, r, http.StatusUnprocessableEntity, secret, o, shown)
		}
	case key == "invitation.owned", key == "invitation.unowned":
		return see(w, r, pathInvitation)
	case key == "tenant.not_enabled", key == "pilot.outside":
		return h.notInvited(w, r, o, key)
	case fault.Is(err, fault.Expired), fault.Is(err, fault.Missing):
		_, done, loadErr := h.openedInvitation(w, r, secret)
		if done || loadErr != nil {
			return loadErr
		}
	case strings.HasPrefix(key, "invitation."):
		return h.invitationEnded(w, r, o, "changed")
	}
	page := web.ProblemPage{Product: o.Setting.Product.Name, Reference: string(o.Invitation.Ref), NextURL: pathInvitation}
	switch {
	case fault.Is(err, fault.Throttled):
		page.Kind, page.Minutes = web.ProblemLocked, int((fault.AfterOf(err)+time.Minute-1)/time.Minute)
		if key == "attempts.stopped" {
			page.Kind = web.ProblemBlocked
		}
	case linking.ProductDown(err):
		page.Kind = web.ProblemProductDown
	case fault.Is(err, fault.Unavailable):
		page.Kind = web.ProblemBusy
	default:
		return err
	}
	setRetryAfter(w, err)
	return h.Shell.Renderer.Render(w, r, web.Status(err), page)
}

// invitationMistake is the refusal that the form shows at its field; empty when it shows none.
func invitationMistake(key string, owned bool) string {
	switch key {
	case "password.empty", "new_password.empty":
		return "empty"
	case "new_password.too_short":
		return "short"
	case "new_password.too_long":
		return "long"
	case "password.malformed":
		if !owned {
			return "long"
		}
		return "wrong"
	case "password.wrong":
		return "wrong"
	}
	if strings.HasPrefix(key, "new_password.") {
		return "common"
	}
	return ""
}

// declineInvitation takes S13 for the mail of an invitation.
func (h *Handlers) declineInvitation(w http.ResponseWriter, r *http.Request, secret string, recognised bool) error {
	suspended := false
	err := h.Linking.FindLink(r.Context(), h.Network(r), func() (err error) {
		suspended, err = h.Inviter.DeclineInvitation(r.Context(), secret, recognised)
		return err
	})
	if fault.Is(err, fault.Missing) || fault.Is(err, fault.Throttled) {
		return h.deadLink(w, r, err)
	}
	if err != nil && !fault.Is(err, fault.Expired) && !fault.Is(err, fault.Moved) {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.NotMeDonePage{Suspended: suspended})
}
