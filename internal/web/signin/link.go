package signin

import (
	"net/http"
	"net/url"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// getLink is S7.
func (h *Handlers) getLink(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageLink)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, v.flow) {
		return h.lost(w, r)
	}
	page := h.linkPage(v, v.flow.Identifier.Typed(), "")
	if err := h.offerMail(r, v, &page); err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
}

// getLinkAgain goes on with S7 once the account's password was given again, with what had been typed there.
func (h *Handlers) getLinkAgain(w http.ResponseWriter, r *http.Request) error {
	if onlyLooking(w, r) {
		return nil
	}
	v, done, err := h.open(w, r, pageLinkAgain)
	if done || err != nil {
		return err
	}
	s, err := h.Session(r)
	if err != nil {
		return err
	}
	if s == nil || s.Account != v.flow.Owner || s.Browser != v.flow.Browser || !s.Full() || !v.flow.GoesBack() {
		return h.lost(w, r)
	}
	before, err := h.Linking.Flow(r.Context(), v.flow.Follows, v.flow.Browser)
	if err != nil {
		return err
	}
	typed := before.Identifier
	if before.Owner != v.flow.Owner {
		typed = ident.Identifier{} // somebody else has signed in
	}
	if v.flow.Kind == linking.KindAnother {
		start := h.start(r, s.Browser)
		start.Tenant, start.Product, start.AuthRequest, start.Hint = v.flow.Tenant, v.flow.Product, v.flow.AuthRequest, typed
		return h.beginAnother(w, r, s, start)
	}
	q, err := h.People.AuthRequest(r.Context(), v.flow.AuthRequest)
	if err != nil {
		return err
	}
	linked, err := h.People.Linked(r.Context(), s.Account, q.Tenant, q.Product)
	if err != nil {
		return err
	}
	if linked || !h.Now().Before(s.AuthAt.Add(linking.FreshTTL)) || q.OpenTo(s.Browser, h.Now()) != nil {
		return see(w, r, resumeURL(v.flow))
	}
	to, err := h.beginLink(r, q, *s, typed)
	if err != nil {
		return err
	}
	return see(w, r, to)
}

// offerMail adds the way without the product's password, where there is one.
func (h *Handlers) offerMail(r *http.Request, v visit, page *web.LinkPage) error {
	allowed, err := h.Linking.ByMailAllowed(r.Context(), v.flow)
	if allowed {
		page.MailAction = pathLinkMail
	}
	return err
}

// postLinkMail mails a link to somebody who cannot or does not want to give the product's password.
func (h *Handlers) postLinkMail(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageLink)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, s.visit.flow) {
		return h.lost(w, r)
	}
	result, err := h.Linking.AskMail(r.Context(), s.step)
	return h.answer(w, r, s, result, err)
}

// signedInFor reports that the account the flow was begun for is signed in still, with its whole account.
func (h *Handlers) signedInFor(r *http.Request, f linking.Flow) bool {
	s, err := h.Session(r)
	return err == nil && s != nil && s.Account == f.Owner && s.Browser == f.Browser && s.Full()
}

func (h *Handlers) linkPage(v visit, typed, problem string) web.LinkPage {
	page := web.LinkPage{
		Form: h.form(v, pageLink, pathLink), Product: v.setting.Product.Name, ProductLogo: v.setting.Product.Mark,
		Tenant: v.setting.Tenant.Name, Identifier: typed, SignedInAs: v.flow.Email.Key(), MergeURL: pathMerge, Error: problem,
		ForgotURL: flowURL(pathForgot, v.flow.ID), SignOutURL: "/end_session",
		NoneURL: pathNoAccess + "?" + url.Values{"request": {string(v.flow.AuthRequest)}}.Encode(),
	}
	if v.flow.Kind == linking.KindAnother {
		page.BackURL = pathLinked
		if v.flow.AuthRequest != "" {
			page.BackURL = onwardURL(v.flow)
		}
	}
	return page
}

// postLink takes S7 and goes on to the product.
func (h *Handlers) postLink(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageLink)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, s.visit.flow) {
		return h.lost(w, r)
	}
	typed := s.posted.Value(web.FieldEmail)
	result, err := h.Linking.LinkProduct(r.Context(), s.step, typed, s.posted.Value(web.FieldPassword))
	problem := linkProblem(result.Problem)
	switch {
	case fault.Is(err, fault.Invalid):
		problem = linkProblem(fault.KeyOf(err))
	case err != nil:
		return h.trouble(w, r, s, err)
	}
	if result.Flow.ID != "" {
		s.visit.flow = result.Flow
	}
	id := s.visit.flow.ID
	switch result.Problem {
	case "legacy.disabled", "legacy.locked", "legacy.must_reset":
		return h.legacyRefused(w, r, s.visit, result.Problem, flowURL(pathLink, id), flowURL(pathForgot, id))
	case "connector.down":
		return h.productDown(w, r, s.visit, flowURL(pathLink, id))
	}
	if problem != "" {
		page := h.linkPage(s.visit, typed, problem)
		if err := h.offerMail(r, s.visit, &page); err != nil {
			return err
		}
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, page)
	}
	if result.Flow.State == linking.Linked {
		return see(w, r, onwardURL(result.Flow))
	}
	return see(w, r, currentURL(result.Flow))
}

// linkProblem is the refusal that S7 shows. Wrong, unknown and linked already are one to whoever types.
func linkProblem(key string) string {
	switch key {
	case "identifier.empty":
		return "identifier_empty"
	case "identifier.malformed", "email.malformed":
		return "identifier_malformed"
	case "password.empty":
		return "password_empty"
	case "password.wrong", "password.unknown", "password.malformed":
		return "wrong"
	}
	return ""
}
