package protocol

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// ResumePath is where the browser goes on with a kept request, after signing in.
func ResumePath(id ident.AuthRequestID) string { return withRequest(PathResume, id) }

// authorize is the authorization endpoint (Core §3.1.2), by GET and by POST. No CORS: only browsers navigate here.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet, http.MethodPost) {
		return nil
	}
	sent, err := params(r)
	if err != nil {
		return err
	}
	client, err := sent.Client()
	if err != nil {
		return err
	}
	registered, err := p.clients.registration(r.Context(), client)
	if fault.Is(err, fault.Missing) {
		return fault.Wrap(fault.Invalid, "authorize.client", err)
	}
	if err != nil {
		return err
	}
	found, pushed, err := p.unpacked(r, sent, client)
	if err != nil {
		return err
	}
	q, err := op.ParseAuthRequest(found, registered, p.cfg.Issuer, p.cfg.Signer.Payload, p.cfg.Now())
	if refusal, ok := errors.AsType[*op.Refusal](err); ok {
		return p.refuse(w, r, op.AuthRequest{Pushed: pushed}, refusal)
	}
	if err != nil {
		return err
	}
	q.Pushed = pushed
	if refusal := q.MustPush(registered.Client); refusal != nil {
		return p.tell(w, r, refusal.Answer(p.cfg.Issuer))
	}
	if r.Method == http.MethodPost && fromAnotherSite(r) && p.cfg.SessionID(r) == "" {
		// A post from another site comes without the session's cookie (SameSite=Lax); a navigation brings it.
		return seeOther(w, PathAuthorize+"?"+url.Values(sent).Encode())
	}
	facts, err := p.facts(r, q)
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	q = q.Bind(facts.Session)
	return p.follow(w, r, q, facts.Session, op.Next(q, facts, facts.Session, p.cfg.Now()))
}

// facts are those of the request, with the browser's session in them if it still counts.
func (p *Provider) facts(r *http.Request, q op.AuthRequest) (op.Facts, error) {
	facts, err := p.cfg.Store.Facts(r.Context(), q.Tenant, q.Product, p.cfg.SessionID(r))
	if err != nil || facts.Session == nil {
		return facts, err
	}
	live, err := p.cfg.UseSession(r.Context(), *facts.Session)
	if !live {
		facts = op.Facts{Rollout: facts.Rollout, Pilots: facts.Pilots}
	}
	return facts, err
}

// fromAnotherSite reports that the browser says so (Fetch Metadata); it does not say so of what the person typed.
func fromAnotherSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// resume goes on with a kept request after somebody signed in.
func (p *Provider) resume(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet) {
		return nil
	}
	q, err := p.mine(w, r, ident.AuthRequestID(r.URL.Query().Get(FieldRequest)))
	if err != nil {
		return err
	}
	facts, err := p.facts(r, q)
	if err != nil {
		return err // the request is kept: the same address works again when the store does
	}
	return p.follow(w, r, q, facts.Session, op.Next(q, facts, facts.Session, p.cfg.Now()))
}

// kept is a request that may still be answered. Errors: fault.Expired, also when there is none: it was forgotten.
func (p *Provider) kept(ctx context.Context, id ident.AuthRequestID) (op.AuthRequest, error) {
	if id == "" {
		return op.AuthRequest{}, fault.New(fault.Invalid, "authorize.request")
	}
	q, err := p.cfg.Store.AuthRequest(ctx, id)
	if fault.Is(err, fault.Missing) {
		return op.AuthRequest{}, fault.Wrap(fault.Expired, "authorize.expired", err)
	}
	if err != nil {
		return op.AuthRequest{}, err
	}
	return q, q.Open(p.cfg.Now())
}

// RefusalURL is where the browser leads when the person, or a rule of the sign-in, stops a kept request: to the client,
// with the reason. Errors: fault.Expired, fault.Unavailable.
func (p *Provider) RefusalURL(ctx context.Context, id ident.AuthRequestID, reason op.Reason) (string, error) {
	q, err := p.kept(ctx, id)
	if err != nil {
		return "", err
	}
	return p.refusedURL(q, reason), nil
}

// follow takes the browser to the next step.
func (p *Provider) follow(w http.ResponseWriter, r *http.Request, q op.AuthRequest, session *op.Session, step op.Step) error {
	switch step.Kind {
	case op.StepRefuse:
		return p.refuse(w, r, q, step.Refusal)
	case op.StepAnswer:
		return p.grant(w, r, q, session, step.Person, op.Choice{})
	case op.StepChoose:
		q, err := p.keep(w, r, q)
		if err != nil {
			return p.trouble(w, r, q, err)
		}
		return seeOther(w, ChoosePath(q.ID))
	case op.StepSignIn:
	}
	return p.begin(w, r, q)
}

// keep keeps a request that is not answered at once, and binds it to the browser it came from.
func (p *Provider) keep(w http.ResponseWriter, r *http.Request, q op.AuthRequest) (op.AuthRequest, error) {
	if q.ID != "" {
		return q, nil
	}
	q.ID = ident.AuthRequestID(p.cfg.NewID("ar"))
	if browser := p.cfg.BrowserOf(w, r); browser != "" {
		q.Browser = browser
	}
	return q, p.cfg.Store.SaveAuthRequest(r.Context(), q)
}

// begin keeps the request and sends the browser to where somebody signs in.
func (p *Provider) begin(w http.ResponseWriter, r *http.Request, q op.AuthRequest) error {
	q, err := p.keep(w, r, q)
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	signInURL, err := p.cfg.Begin(w, r, q)
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	return seeOther(w, signInURL)
}

// grant answers with a code that carries the grant, and keeps the choice it rests on.
func (p *Provider) grant(w http.ResponseWriter, r *http.Request, q op.AuthRequest, session *op.Session, person op.Person, c op.Choice) error {
	registered, err := p.clients.registration(r.Context(), q.Client)
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	g := op.NewGrant(q, registered.Client, session, person, ident.GrantID(p.cfg.NewID("gr")), p.cfg.Now())
	err = p.cfg.Store.AnswerRequest(r.Context(), g, c)
	if fault.Is(err, fault.Moved) {
		return fault.Wrap(fault.Expired, "authorize.answered", err)
	}
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	return p.tell(w, r, q.Answer(p.cfg.Issuer, p.cfg.SealCode(g.Client, g.Pack())))
}

// trouble tells the client what it can act on (RFC 6749 §4.1.2.1): a product may then offer its own way in. The rest is
// for the person.
func (p *Provider) trouble(w http.ResponseWriter, r *http.Request, q op.AuthRequest, err error) error {
	reason := op.ServerError
	switch fault.KindOf(err) {
	case fault.Unavailable:
		reason = op.TemporarilyUnavailable
	case fault.Internal:
	default:
		return err
	}
	p.logFailure(r, err)
	return p.tell(w, r, q.Refuse(reason, "").Answer(p.cfg.Issuer))
}
