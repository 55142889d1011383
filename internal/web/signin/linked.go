package signin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// getLinked is S6, and the overview for somebody who is signed in and came from nowhere.
func (h *Handlers) getLinked(w http.ResponseWriter, r *http.Request) error {
	s, err := h.Session(r)
	if err != nil {
		return err
	}
	if s == nil {
		return see(w, r, pathLogin)
	}
	page := web.LinkedPage{}
	if r.URL.Query().Has(web.FieldFlow) {
		v, done, err := h.open(w, r, pageLinked)
		if done || err != nil {
			return err
		}
		if err := h.fillFlow(r, s, v, &page); err != nil {
			return err
		}
	}
	if s.Account == "" && !page.Pending {
		return see(w, r, pathLogin)
	}
	if err := h.fillLinked(r, s, &page); err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
}

// fillFlow adds what the flow ended in, or still asks.
func (h *Handlers) fillFlow(r *http.Request, s *account.Session, v visit, page *web.LinkedPage) error {
	f := v.flow
	if f.State == linking.SignedIn {
		return nil
	}
	if f.Product != "" {
		page.Form = h.form(v, pageLinked, pathLinked)
		page.Product = v.setting.Product.Name
	}
	page.Adopted, page.Pending = f.Adopted, f.State == linking.Pending
	if page.Pending {
		page.Email = f.Email.Key()
	}
	if f.State != linking.AwaitJoin || s.Account != f.Owner || !s.Full() {
		page.EndsAt, page.SecondsLeft = "", 0
		return nil
	}
	products, err := h.People.ProductsOf(r.Context(), f.Tenant)
	if err != nil {
		return err
	}
	page.Waiting = f.Candidate == nil
	for i, o := range f.Offers {
		offer := web.JoinOffer{Username: o.ProductAccount.Username, Email: o.ProductAccount.Email.Key(), Field: notMineField(i)}
		if offer.Username == "" || offer.Username == offer.Email {
			offer.Username, offer.Email = offer.Email, ""
		}
		for _, p := range products {
			if p.ID == o.ProductAccount.Product {
				offer.Name, offer.Logo = p.Name, p.Mark
			}
		}
		page.Offers = append(page.Offers, offer)
	}
	return nil
}

func notMineField(i int) string { return web.FieldNotMine + strconv.Itoa(i) }

// fillLinked adds what the session's account has. A session of one product sees that product alone.
func (h *Handlers) fillLinked(r *http.Request, s *account.Session, page *web.LinkedPage) error {
	if s.Account == "" {
		return nil
	}
	if s.Full() && page.Offers == nil {
		page.OwnURL = pathOwn
	}
	email, err := h.People.PrimaryEmail(r.Context(), s.Account)
	if err != nil {
		return err
	}
	page.Email = email.Key()
	products, err := h.People.LinkedProducts(r.Context(), s.Account)
	if err != nil {
		return err
	}
	if !s.Full() {
		products = slices.DeleteFunc(products, func(p LinkedProduct) bool { return p.Tenant != s.Tenant || p.ProductAccount != s.ProductAccount })
	}
	for i, p := range products {
		alike := func(o LinkedProduct) bool { return o.Tenant == p.Tenant && o.Product == p.Product }
		if slices.ContainsFunc(products[:i], alike) {
			continue // one line a product: opening it asks which account
		}
		line := web.LinkedProduct{Name: p.Name, Logo: p.Mark, OpenURL: p.HomeURL}
		for _, o := range products[i:] {
			if alike(o) {
				line.Usernames = append(line.Usernames, o.Username)
			}
		}
		if len(line.Usernames) == 1 {
			line.Usernames = nil
		}
		if page.Product == "" {
			line.Another = h.AnotherForm(s, p.Tenant, directory.Product{ID: p.Product, Name: p.Name}, "")
		}
		page.Products = append(page.Products, line)
	}
	return nil
}

// postLinked goes on to the product that is waiting.
func (h *Handlers) postLinked(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageLinked)
	if done || err != nil {
		return err
	}
	if s.visit.flow.State == linking.AwaitJoin {
		return h.postJoin(w, r, s)
	}
	if s.visit.flow.AuthRequest == "" && s.visit.setting.Instance.HomeURL != "" {
		// No product is waiting: the sign-in was begun anew here. The product begins its own, and finds the session.
		return see(w, r, s.visit.setting.Instance.HomeURL)
	}
	return see(w, r, onwardURL(s.visit.flow))
}

// postJoin takes what the person said about the offers.
func (h *Handlers) postJoin(w http.ResponseWriter, r *http.Request, s sent) error {
	if !h.signedInFor(r, s.visit.flow) {
		return h.lost(w, r)
	}
	result, err := h.Linking.Join(r.Context(), s.step, func(i int) bool { return s.posted.Has(notMineField(i)) })
	if err != nil {
		return h.trouble(w, r, s, err)
	}
	if result.Problem != "" {
		return see(w, r, currentURL(result.Flow))
	}
	return see(w, r, onwardURL(result.Flow))
}

// getNoAccess is the page for somebody who has no account in the product that is waiting (S12f).
func (h *Handlers) getNoAccess(w http.ResponseWriter, r *http.Request) error {
	q, err := h.People.AuthRequest(r.Context(), ident.AuthRequestID(r.URL.Query().Get("request")))
	if err != nil {
		return err
	}
	setting, err := h.Linking.Store.Setting(r.Context(), q.Tenant, q.Product)
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusForbidden, web.ProblemPage{
		Kind: web.ProblemNoAccess, Product: setting.Product.Name, NextURL: pathLinked, Reference: web.RequestID(r)})
}

func setRetryAfter(w http.ResponseWriter, err error) {
	if after := fault.AfterOf(err); after > 0 {
		w.Header().Set("Retry-After", seconds(after))
	} else if fault.Is(err, fault.Unavailable) {
		w.Header().Set("Retry-After", "5")
	}
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
