package signin

import (
	"net/http"
	"net/url"
	"strings"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// keptLinks is how many opened links a browser remembers: two tabs, two products, and one to spare.
const keptLinks = 3

// mailSecrets are the links that this browser has opened, newest first.
func (h *Handlers) mailSecrets(r *http.Request) []string {
	value, ok := h.Shell.Cookies.Read(r, web.CookieMail)
	if !ok {
		return nil
	}
	var secrets []string
	for _, secret := range strings.Split(value, ".") {
		if h.Secrets.Valid(secret) && len(secrets) < keptLinks {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// keepMailSecret remembers that this browser opened a link.
func (h *Handlers) keepMailSecret(w http.ResponseWriter, r *http.Request, secret string) {
	kept := []string{secret}
	for _, earlier := range h.mailSecrets(r) {
		if earlier != secret {
			kept = append(kept, earlier)
		}
	}
	h.Shell.Cookies.Set(w, web.CookieMail, strings.Join(kept[:min(len(kept), keptLinks)], "."), mailTTL)
}

// flowOf is the flow that a query names.
func flowOf(r *http.Request) ident.FlowID { return ident.FlowID(r.URL.Query().Get(web.FieldFlow)) }

// getConfirm is the link in the mail (S5). It changes nothing on the server, whoever sends it and however often. In the
// browser that began it leaves the secret in a cookie and goes on to an address without it; any other browser is told
// who asked, when and from where, and keeps nothing.
func (h *Handlers) getConfirm(w http.ResponseWriter, r *http.Request) error {
	if fetchedAhead(r) {
		// A browser that fetches ahead comes again when somebody really opens the link.
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	if !r.URL.Query().Has(web.FieldMailToken) {
		return h.getOpenedLink(w, r)
	}
	secret := r.URL.Query().Get(web.FieldMailToken)
	link, err := h.mailed(r, linking.PurposeConfirm, secret)
	if err != nil {
		return h.deadLink(w, r, err)
	}
	here := h.knownBrowser(r) == link.Flow.Browser
	if link.State != linking.TokenGood {
		return h.deadLinkOf(w, r, link, here)
	}
	if !here {
		return h.elsewhere(w, r, link, secret)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	h.keepMailSecret(w, r, secret)
	return see(w, r, flowURL(pathConfirm, link.Flow.ID))
}

// fetchedAhead reports a prefetch or a prerender.
func fetchedAhead(r *http.Request) bool {
	purpose := r.Header.Get("Sec-Purpose") + " " + r.Header.Get("Purpose") + " " + r.Header.Get("X-Moz")
	return strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "prerender") || strings.Contains(purpose, "preview")
}

// mailed finds what a secret belongs to. Anything that cannot be one of ours is damaged, before any look-up.
func (h *Handlers) mailed(r *http.Request, purpose linking.MailPurpose, secret string) (link linking.Mailed, err error) {
	if !h.Secrets.Valid(secret) {
		return link, fault.New(fault.Missing, "mail_link.damaged")
	}
	err = h.Linking.FindLink(r.Context(), h.Network(r), func() (err error) {
		link, err = h.Linking.Mailed(r.Context(), purpose, secret)
		return err
	})
	return link, err
}

// getOpenedLink is S5 in the browser that began: the address, the product, and the way back, or on.
func (h *Handlers) getOpenedLink(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageInbox)
	if done || err != nil {
		return err
	}
	for _, secret := range h.mailSecrets(r) {
		link, err := h.mailed(r, linking.PurposeConfirm, secret)
		if err != nil || link.Flow.ID != v.flow.ID {
			continue
		}
		if link.State != linking.TokenGood {
			return h.deadLinkOf(w, r, link, true)
		}
		return h.Shell.Renderer.Render(w, r, http.StatusOK, web.MailLinkPage{
			Form: h.form(v, pageInbox, pathConfirm), Product: v.setting.Product.Name, Tenant: v.setting.Tenant.Name,
			Email: v.flow.Email.Key(), NotMeURL: h.notMeURL(secret),
		})
	}
	return see(w, r, currentURL(v.flow))
}

// notMeURL stops what a link would confirm.
func (h *Handlers) notMeURL(secret string) string {
	return pathNotMe + "?" + url.Values{web.FieldMailToken: {h.Linking.StopSecret(secret)}}.Encode()
}

// elsewhere is S5 in another browser: facts for a reader who may be a stranger, and nothing to confirm.
func (h *Handlers) elsewhere(w http.ResponseWriter, r *http.Request, link linking.Mailed, secret string) error {
	v, err := h.visitOf(r, link.Flow)
	if err != nil {
		return err
	}
	f := v.flow
	page := web.OtherBrowserPage{
		Action: pathShowCode, MailToken: secret, Product: v.setting.Product.Name, Tenant: v.setting.Tenant.Name,
		Browser: f.Origin.Agent, Network: f.Origin.Network, Reference: string(f.Ref), NotMeURL: h.notMeURL(secret),
		StartedAt: v.day(f.CreatedAt), SameBrowser: f.ByMail,
	}
	if f.Legacy != nil {
		page.StartedAt = v.day(f.Legacy.At)
	}
	if f.Candidate != nil {
		page.AccountHint = ident.MaskUsername(f.Candidate.Username)
		if page.AccountHint == "" {
			page.AccountHint = f.Candidate.Email.Masked()
		}
	}
	page.SignedInAs, _ = h.SignedInAs(r) // the page says enough without it
	return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
}

// postShowCode shows the code for the first tab. It gives this browser nothing else: no session, no cookie.
func (h *Handlers) postShowCode(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	secret := posted.Value(web.FieldMailToken)
	link, err := h.mailed(r, linking.PurposeConfirm, secret)
	if err != nil {
		return h.deadLink(w, r, err)
	}
	result, err := h.Linking.ShowCode(r.Context(), secret)
	if fault.Is(err, fault.Expired) || fault.Is(err, fault.Moved) || (err == nil && result.OTP == "") {
		fresh, loadErr := h.mailed(r, linking.PurposeConfirm, secret)
		if loadErr != nil {
			return loadErr
		}
		return h.deadLinkOf(w, r, fresh, h.knownBrowser(r) == link.Flow.Browser)
	}
	if err != nil {
		return err
	}
	v, err := h.visitOf(r, result.Flow)
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.CodePage{
		OTP: grouped(result.OTP), WorksUntil: v.clock(result.Flow.CodeDeadline), Product: v.setting.Product.Name,
		NotMeURL:   h.notMeURL(secret),
		RestartURL: pathAgain + "?" + url.Values{web.FieldMailToken: {secret}}.Encode(),
	})
}

// grouped is a code the way it is read: two halves.
func grouped(otp string) string {
	half := len(otp) / 2
	return otp[:half] + " " + otp[half:]
}

// deadLink is the page for a secret that leads nowhere.
func (h *Handlers) deadLink(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.Missing) {
		return h.wait(w, r, err, pathLogin)
	}
	return h.Shell.Renderer.Render(w, r, http.StatusNotFound, web.LinkErrorPage{Reason: "damaged", RestartURL: pathLogin})
}

// deadLinkOf is the page for a link that does nothing any more. Only the browser that began is taken back to its own
// sign-in.
func (h *Handlers) deadLinkOf(w http.ResponseWriter, r *http.Request, link linking.Mailed, here bool) error {
	if refusedByRollout(link.Flow) {
		v, err := h.visitOf(r, link.Flow)
		if err != nil {
			return err
		}
		if !here {
			return h.notEnabled(w, r, v, "")
		}
		return h.notEnabled(w, r, v, link.Flow.AuthRequest)
	}
	page := web.LinkErrorPage{Reason: "expired", RestartURL: pathLogin}
	switch link.State {
	case linking.TokenUsed:
		page.Reason = "used"
	case linking.TokenSuperseded:
		page.Reason = "changed"
	}
	if here {
		page.RestartURL = flowURL(pathAgain, link.Flow.ID)
	}
	return h.Shell.Renderer.Render(w, r, http.StatusGone, page)
}

// getNotMe is S13. It changes nothing.
func (h *Handlers) getNotMe(w http.ResponseWriter, r *http.Request) error {
	secret := r.URL.Query().Get(web.FieldMailToken)
	if !h.Secrets.Valid(secret) {
		return h.deadLink(w, r, fault.New(fault.Missing, "mail_link.damaged"))
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.NotMePage{Action: pathNotMe, MailToken: secret})
}

// postNotMe takes S13. It needs a choice, so that a scanner that presses every button stops nothing. Dead links get the
// same answer as live ones.
func (h *Handlers) postNotMe(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	secret, choice := posted.Value(web.FieldMailToken), posted.Value(web.FieldChoice)
	if choice != "no" && choice != "known" {
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity,
			web.NotMePage{Action: pathNotMe, MailToken: secret, Error: "none_chosen"})
	}
	if !h.Secrets.Valid(secret) {
		return h.deadLink(w, r, fault.New(fault.Missing, "mail_link.damaged"))
	}
	switch _, err := h.Linking.Mailed(r.Context(), linking.PurposeNotMe, secret); {
	case fault.Is(err, fault.Missing):
		return h.declineInvitation(w, r, secret, choice == "known")
	case err != nil:
		return err
	}
	result, err := h.Linking.Stop(r.Context(), secret, choice == "known")
	if err != nil && !fault.Is(err, fault.Expired) && !fault.Is(err, fault.Moved) {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.NotMeDonePage{Suspended: result.Suspended})
}
