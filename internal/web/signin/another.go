package signin

import (
	"net/http"
	"slices"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web"
)

// pageAnother names the button in step tokens.
const pageAnother = "another"

// AnotherForm is the button with which somebody who is signed in links one more account of a product, of those named by
// People.ProductsOf in a tenant in which they have a link. request is the authorization request that waits; empty when none
// does. A session that may not do so gets none.
func (h *Handlers) AnotherForm(s *account.Session, tenant ident.TenantID, product directory.Product, request ident.AuthRequestID) web.AnotherForm {
	if s == nil || !s.Full() {
		return web.AnotherForm{}
	}
	return web.AnotherForm{Action: pathAnother, Tenant: string(tenant), Product: string(product.ID), Name: product.Name, Request: string(request),
		StepToken: h.Steps.StepToken(string(s.ID), pageAnother, 0, string(s.Browser))}
}

// postAnother begins to link one more account of a product.
func (h *Handlers) postAnother(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := h.Session(r)
	if err != nil {
		return err
	}
	if s == nil {
		return see(w, r, pathLogin)
	}
	if _, ok := h.Steps.CheckStepToken(posted.Value(web.FieldStep), string(s.ID), pageAnother, 0, string(s.Browser)); !ok {
		return h.Shell.Renderer.Render(w, r, http.StatusConflict, web.ProblemPage{Kind: web.ProblemOutOfDate, NextURL: pathLinked,
			Reference: web.RequestID(r)})
	}
	start := h.start(r, s.Browser)
	start.Tenant, start.Product = ident.TenantID(posted.Value(web.FieldTenant)), ident.ProductID(posted.Value(web.FieldProduct))
	if id := ident.AuthRequestID(posted.Value(web.FieldRequest)); id != "" {
		if err := h.waiting(r, id, start); err != nil {
			return err
		}
		start.AuthRequest = id
	}
	return h.beginAnother(w, r, s, start)
}

// waiting checks that a request may go on in this browser, and is one of the product.
func (h *Handlers) waiting(r *http.Request, id ident.AuthRequestID, start linking.Start) error {
	q, err := h.People.AuthRequest(r.Context(), id)
	if err != nil {
		return err
	}
	if q.Tenant != start.Tenant || q.Product != start.Product {
		return fault.New(fault.Denied, "another.request")
	}
	return q.OpenTo(start.Browser, h.Now())
}

// getAnother goes on after the password that was asked for first.
func (h *Handlers) getAnother(w http.ResponseWriter, r *http.Request) error {
	if onlyLooking(w, r) {
		return nil
	}
	v, done, err := h.open(w, r, pageAnother)
	if done || err != nil {
		return err
	}
	s, err := h.Session(r)
	if err != nil {
		return err
	}
	if s == nil || s.Browser != v.flow.Browser || !v.flow.WantsAnother() {
		return h.lost(w, r)
	}
	start := h.start(r, s.Browser)
	start.Tenant, start.Product, start.AuthRequest = v.flow.Tenant, v.flow.Product, v.flow.AuthRequest
	return h.beginAnother(w, r, s, start)
}

// beginAnother begins at S7, or with the account's password when that was given too long ago.
func (h *Handlers) beginAnother(w http.ResponseWriter, r *http.Request, s *account.Session, start linking.Start) error {
	wish, err := h.another(r, s, start)
	if err != nil {
		return err
	}
	fresh, err := wish.Check(h.Now())
	if err != nil {
		return err
	}
	email, err := h.People.PrimaryEmail(r.Context(), s.Account)
	if err != nil {
		return err
	}
	start.Kind = linking.KindAnother
	if fresh {
		start.Owner, start.OwnerEmail, start.OwnerAuthAt = s.Account, email, s.AuthAt
		// What waits in this browser is asked about first; whoever says that it is not theirs comes to S7 then.
		if start.Offers, err = h.Linking.WaitingIn(r.Context(), start.Tenant, start.Product, s.Account, s.Browser); err != nil {
			return err
		}
	} else {
		start.Hint = ident.RestoreIdentifier(email.Key())
	}
	f, err := h.Linking.Begin(r.Context(), start)
	if err != nil {
		return err
	}
	return see(w, r, currentURL(f))
}

// another reads what the wish is decided on.
func (h *Handlers) another(r *http.Request, s *account.Session, start linking.Start) (linking.Another, error) {
	wish := linking.Another{Tenant: start.Tenant, Product: start.Product, Session: s}
	links, err := h.People.LinkedProducts(r.Context(), s.Account)
	if err != nil {
		return wish, err
	}
	for _, l := range links {
		wish.Linked = append(wish.Linked, l.Tenant)
	}
	if !slices.Contains(wish.Linked, start.Tenant) {
		return wish, nil
	}
	products, err := h.People.ProductsOf(r.Context(), start.Tenant)
	for _, p := range products {
		wish.Products = append(wish.Products, p.ID)
	}
	return wish, err
}

// Choose is the page that asks which of several product accounts to open for a request. The page comes with its form.
func (h *Handlers) Choose(w http.ResponseWriter, r *http.Request, q op.AuthRequest, s *account.Session, persons []op.Person, page web.ChoosePage) error {
	setting, err := h.Linking.Store.Setting(r.Context(), q.Tenant, q.Product)
	if err != nil {
		return err
	}
	page.Request, page.Product, page.ProductLogo, page.Tenant = string(q.ID), setting.Product.Name, setting.Product.Mark, setting.Tenant.Name
	page.Another = h.AnotherForm(s, q.Tenant, setting.Product, q.ID)
	for _, person := range persons {
		page.Accounts = append(page.Accounts, choiceOf(person.ProductAccount))
	}
	web.AllowFormAction(w, q.RedirectURI)
	status := http.StatusOK
	if page.Error != "" {
		status = http.StatusUnprocessableEntity
	}
	return h.Shell.Renderer.Render(w, r, status, page)
}

// choiceOf is a product account by what the product records of it, each thing once.
func choiceOf(pa account.ProductAccount) web.AccountChoice {
	c := web.AccountChoice{ID: string(pa.ID), Name: pa.Name, Username: pa.Username, Email: pa.Email.Key()}
	if c.Name == c.Username || c.Name == c.Email {
		c.Name = ""
	}
	if c.Username == c.Email {
		c.Username = ""
	}
	return c
}
