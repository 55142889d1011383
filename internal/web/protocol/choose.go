package protocol

import (
	"net/http"
	"net/url"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// FieldAccount is the field of the chooser's form that names the picked product account.
const FieldAccount = "account"

// pageChoose names the chooser in step tokens.
const pageChoose = "choose"

// StepTokens allow one form of one request to one session. Keys of package seal are some.
type StepTokens interface {
	StepToken(flow, page string, turn int64, browser string) string
	CheckStepToken(stepToken, flow, page string, turn int64, browser string) (nonce string, ok bool)
}

// Choice is what the page that asks which account to open is made of.
type Choice struct {
	Request op.AuthRequest
	Session *op.Session
	// Persons are those to choose from, the one linked first at the head.
	Persons []op.Person
	// Action is where the form posts to: FieldRequest, FieldAccount and web.FieldStep with StepToken.
	Action, StepToken string
	// OtherURL leads to where somebody else signs in.
	OtherURL string
	// Again says that what was sent could not be taken.
	Again bool
}

// ChoosePath is where the browser is asked which of several product accounts a kept request is for.
func ChoosePath(id ident.AuthRequestID) string { return withRequest(PathChoose, id) }

func withRequest(path string, id ident.AuthRequestID) string {
	return path + "?" + FieldRequest + "=" + url.QueryEscape(string(id))
}

// mine is a kept request that this browser may go on with.
func (p *Provider) mine(w http.ResponseWriter, r *http.Request, id ident.AuthRequestID) (op.AuthRequest, error) {
	q, err := p.kept(r.Context(), id)
	if err != nil {
		return op.AuthRequest{}, err
	}
	return q, q.OpenTo(p.cfg.BrowserOf(w, r), p.cfg.Now())
}

// choose asks which account to open, by GET, and takes the answer, by POST.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet, http.MethodPost) {
		return nil
	}
	if r.Method == http.MethodPost {
		return p.chosen(w, r)
	}
	q, err := p.mine(w, r, ident.AuthRequestID(r.URL.Query().Get(FieldRequest)))
	if err != nil {
		return err
	}
	facts, err := p.facts(r, q)
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	step := op.Next(q, facts, facts.Session, p.cfg.Now())
	if step.Kind != op.StepChoose {
		return p.follow(w, r, q, facts.Session, step)
	}
	return p.ask(w, r, q, facts.Session, step.Persons, false)
}

// ask shows the page.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request, q op.AuthRequest, session *op.Session, persons []op.Person, again bool) error {
	return p.cfg.Choose(w, r, Choice{Request: q, Session: session, Persons: persons, Again: again, Action: PathChoose,
		StepToken: p.cfg.Steps.StepToken(string(q.ID), pageChoose, 0, string(session.ID)), OtherURL: withRequest(PathOther, q.ID)})
}

// chosen takes the form. It must be the page's own, made for this request and session; the account must be one of those
// that were asked about.
func (p *Provider) chosen(w http.ResponseWriter, r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return fault.New(fault.Denied, "request.cross_origin")
	}
	sent, err := bodyParams(r)
	if err != nil {
		return err
	}
	value := func(name string) string {
		if values := sent[name]; len(values) == 1 {
			return values[0]
		}
		return ""
	}
	q, err := p.mine(w, r, ident.AuthRequestID(value(FieldRequest)))
	if err != nil {
		return err
	}
	facts, err := p.facts(r, q)
	if err != nil {
		return p.trouble(w, r, q, err)
	}
	session := facts.Session
	if session == nil {
		return seeOther(w, ResumePath(q.ID))
	}
	if _, ok := p.cfg.Steps.CheckStepToken(value(fieldStep), string(q.ID), pageChoose, 0, string(session.ID)); !ok {
		return seeOther(w, ChoosePath(q.ID)) // the form of another session, or nobody's: the question is asked anew
	}
	now := p.cfg.Now()
	step, err := op.Choose(q, facts, session, ident.ProductAccountID(value(FieldAccount)), now)
	if fault.Is(err, fault.Denied) && len(step.Persons) > 0 {
		return p.ask(w, r, q, session, step.Persons, true)
	}
	if err != nil {
		return err
	}
	if step.Kind == op.StepAnswer {
		return p.grant(w, r, q, session, step.Person, op.NewChoice(q, session, step.Person, now))
	}
	return p.follow(w, r, q, session, step)
}

// other lets somebody else sign in for the request. Nobody is signed out by it before they have.
func (p *Provider) other(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet) {
		return nil
	}
	q, err := p.mine(w, r, ident.AuthRequestID(r.URL.Query().Get(FieldRequest)))
	if err != nil {
		return err
	}
	return p.begin(w, r, q)
}
