package protocol

import (
	"net/http"
	"net/url"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
	"ligature/internal/web"
)

// fieldReason is the parameter of PathRefused.
const fieldReason = "error"

// tell brings an answer to the client: by redirect, or by a form that the browser posts.
func (p *Provider) tell(w http.ResponseWriter, r *http.Request, a op.Answer) error {
	if a.Mode != op.ResponseFormPost {
		return seeOther(w, a.URL())
	}
	web.AllowFormAction(w, a.RedirectURI)
	w.Header().Set("Referrer-Policy", "no-referrer") // the address of the page can hold a request
	return p.cfg.FormPost(w, r, a)
}

// refuse tells the client no. A pushed request is spent by any answer: its request_uri is good for one (RFC 9126 §7.3).
func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, q op.AuthRequest, refusal *op.Refusal) error {
	if q.Pushed == "" {
		return p.tell(w, r, refusal.Answer(p.cfg.Issuer))
	}
	err := p.cfg.Requests.SpendPushed(r.Context(), q.Pushed, p.cfg.Now())
	if fault.Is(err, fault.Moved) {
		return fault.Wrap(fault.Expired, "authorize.answered", err)
	}
	if err != nil {
		return err
	}
	return p.tell(w, r, refusal.Answer(p.cfg.Issuer))
}

// refusedURL is where the browser leads when a kept request is refused on a page of ours. A form cannot be posted by a link,
// so there is a page between.
func (p *Provider) refusedURL(q op.AuthRequest, reason op.Reason) string {
	if q.ResponseMode != op.ResponseFormPost {
		return q.Refuse(reason, "").URL(p.cfg.Issuer)
	}
	return withRequest(PathRefused, q.ID) + "&" + url.Values{fieldReason: {string(reason)}}.Encode()
}

// refused posts a refusal that a page of ours led to. Only this browser's request can be refused, and only for what our pages
// say; a wrong address of ours gets the request going again.
func (p *Provider) refused(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet) {
		return nil
	}
	query := r.URL.Query()
	q, err := p.mine(w, r, ident.AuthRequestID(query.Get(FieldRequest)))
	if err != nil {
		return err
	}
	reason := op.Reason(query.Get(fieldReason))
	if reason != op.TenantNotEnabled && reason != op.AccessDenied {
		return seeOther(w, ResumePath(q.ID))
	}
	return p.refuse(w, r, q, q.Refuse(reason, ""))
}
