package signin

import (
	"net/http"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// getHome leads somebody who is signed in to their products and everybody else to the sign-in.
func (h *Handlers) getHome(w http.ResponseWriter, r *http.Request) error {
	s, err := h.Session(r)
	if err != nil {
		return err
	}
	if s != nil {
		return see(w, r, pathLinked)
	}
	return see(w, r, pathLogin)
}

// getIdentifier is S1.
func (h *Handlers) getIdentifier(w http.ResponseWriter, r *http.Request) error {
	if !r.URL.Query().Has(web.FieldFlow) {
		// Nobody sent the person: the flow begins here, so that the page's form is like any other.
		if onlyLooking(w, r) {
			return nil
		}
		f, err := h.Linking.Begin(r.Context(), h.start(r, h.Browser(w, r)))
		if err != nil {
			return err
		}
		return see(w, r, currentURL(f))
	}
	v, done, err := h.open(w, r, pageIdentifier)
	if done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.identifierPage(v, v.flow.Identifier.Typed(), ""))
}

func (h *Handlers) identifierPage(v visit, typed, problem string) web.IdentifierPage {
	return web.IdentifierPage{
		Form: h.form(v, pageIdentifier, pathLogin), Product: v.setting.Product.Name, ProductLogo: v.setting.Product.Mark,
		Tenant: v.setting.Tenant.Name, Identifier: typed, Notice: v.flow.Notice, Error: problem,
	}
}

// postIdentifier takes S1.
func (h *Handlers) postIdentifier(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageIdentifier)
	if done || err != nil {
		return err
	}
	typed := s.posted.Value(web.FieldEmail)
	result, err := h.Linking.Identify(r.Context(), s.step, typed)
	if fault.Is(err, fault.Invalid) {
		problem := "malformed"
		if fault.KeyOf(err) == "identifier.empty" {
			problem = "empty"
		}
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.identifierPage(s.visit, typed, problem))
	}
	return h.answer(w, r, s, result, err)
}

// nobodyBehind reports a request that no person's navigation made: a browser that fetches ahead, or a picture or script of
// some page that points here. The latter would otherwise use up what a network may begin.
func nobodyBehind(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return fetchedAhead(r) || (mode != "" && mode != "navigate")
}

// onlyLooking answers a request that nobody may be behind: no flow begins for a browser that fetches ahead, nor for HEAD.
func onlyLooking(w http.ResponseWriter, r *http.Request) bool {
	if !nobodyBehind(r) && r.Method != http.MethodHead {
		return false
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	return true
}

// getAgain begins the same sign-in anew, with what was typed.
func (h *Handlers) getAgain(w http.ResponseWriter, r *http.Request) error {
	if onlyLooking(w, r) {
		return nil
	}
	if r.URL.Query().Has(web.FieldMailToken) {
		return h.beginHere(w, r, r.URL.Query().Get(web.FieldMailToken))
	}
	f, err := h.Linking.Flow(r.Context(), flowOf(r), h.knownBrowser(r))
	if fault.Is(err, fault.Missing) {
		return see(w, r, pathLogin)
	}
	if err != nil {
		return err
	}
	if f.SignsInAgain() {
		return h.beginAgain(w, r, f)
	}
	return h.beginLike(w, r, f, f.Product)
}

// beginAgain begins the sign-in of somebody whose account's password has to be given once more before S7 can go on.
func (h *Handlers) beginAgain(w http.ResponseWriter, r *http.Request, f linking.Flow) error {
	start := h.start(r, f.Browser)
	start.Kind, start.Tenant, start.Product, start.AuthRequest, start.Follows = f.Kind, f.Tenant, f.Product, f.AuthRequest, f.ID
	start.Hint = ident.RestoreIdentifier(f.Email.Key())
	next, err := h.Linking.Begin(r.Context(), start)
	if err != nil {
		return err
	}
	return see(w, r, currentURL(next))
}

// beginHere begins anew in the browser that opened a mailed link, because the first tab is gone. The link counts here once
// the password of the same product account was given here too.
func (h *Handlers) beginHere(w http.ResponseWriter, r *http.Request, secret string) error {
	link, err := h.mailed(r, linking.PurposeConfirm, secret)
	if err != nil {
		return h.deadLink(w, r, err)
	}
	if link.State != linking.TokenGood {
		return h.deadLinkOf(w, r, link, false)
	}
	start := h.start(r, h.Browser(w, r))
	start.Tenant, start.Product, start.Opened = link.Flow.Tenant, link.Flow.Product, link.MailToken.Hash
	start.Hint = ident.RestoreIdentifier(link.MailToken.Email.Key())
	f, err := h.Linking.Begin(r.Context(), start)
	if err != nil {
		return err
	}
	return see(w, r, currentURL(f))
}

// getInstead begins anew with another product of the tenant, whose password the person would rather use.
func (h *Handlers) getInstead(w http.ResponseWriter, r *http.Request) error {
	if onlyLooking(w, r) {
		return nil
	}
	f, err := h.Linking.Flow(r.Context(), flowOf(r), h.knownBrowser(r))
	if err != nil {
		return err
	}
	products, err := h.openProducts(r.Context(), f.Tenant)
	if err != nil {
		return err
	}
	for _, p := range products {
		if string(p.ID) == r.URL.Query().Get("product") {
			return h.beginLike(w, r, f, p.ID)
		}
	}
	return fault.New(fault.Missing, "product.missing")
}

// beginLike begins a flow with the request and the identifier of another.
func (h *Handlers) beginLike(w http.ResponseWriter, r *http.Request, f linking.Flow, product ident.ProductID) error {
	start := h.start(r, f.Browser)
	start.Tenant, start.Product, start.AuthRequest, start.Hint = f.Tenant, product, f.AuthRequest, f.Identifier
	if product == f.Product {
		start.Kind = f.Kind
	}
	next, err := h.Linking.Begin(r.Context(), start)
	if err != nil {
		return err
	}
	return see(w, r, currentURL(next))
}

// getHelp answers the usual questions.
func (h *Handlers) getHelp(w http.ResponseWriter, r *http.Request) error {
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.HelpPage{
		LoginURL: pathLogin, SupportURL: h.Shell.Renderer.Brand().SupportURL})
}
