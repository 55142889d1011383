package op

import (
	"slices"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Choice is the product account that somebody chose where their session reaches several of one product. It counts in that
// session alone, and names the link, so that it ends with it.
type Choice struct {
	Session ident.SessionID
	Tenant  ident.TenantID
	Product ident.ProductID
	Link    ident.LinkID
	At      time.Time
}

// NewChoice remembers a person for the session.
func NewChoice(q AuthRequest, session *Session, person Person, now time.Time) Choice {
	return Choice{Session: session.ID, Tenant: q.Tenant, Product: q.Product, Link: person.Link.ID, At: now.UTC().Truncate(time.Microsecond)}
}

// settled is who is meant without asking: the only one, or the one that the session remembers. A request that asks to
// select an account is asked about however often, wherever there is something to select.
func settled(q AuthRequest, f Facts, session *Session, persons []Person) (Person, bool) {
	if len(persons) == 1 {
		return persons[0], true
	}
	if q.Asks(PromptSelectAccount) {
		return Person{}, false
	}
	i := slices.IndexFunc(persons, func(p Person) bool { return f.Choice.names(p, session) })
	if i < 0 || f.Choice.olderThan(persons) {
		return Person{}, false
	}
	return persons[i], true
}

// names reports whether the choice is of that person, and of this session.
func (c Choice) names(p Person, session *Session) bool {
	return c.Link != "" && c.Link == p.Link.ID && c.Session == session.ID &&
		c.Tenant == p.ProductAccount.Tenant && c.Product == p.ProductAccount.Product
}

// olderThan reports whether somebody was linked after the choice: there was less to choose from then.
func (c Choice) olderThan(persons []Person) bool {
	return slices.ContainsFunc(persons, func(p Person) bool { return p.Link.ActiveAt.After(c.At) })
}

// Choose takes the answer to StepChoose: StepAnswer with the picked person, or what else the request needs by now. It gives
// StepChoose again, and fault.Denied "choose.foreign", when the session does not reach the picked one in this request.
func Choose(q AuthRequest, f Facts, session *Session, picked ident.ProductAccountID, now time.Time) (Step, error) {
	step := Next(q, f, session, now)
	if step.Kind != StepChoose && step.Kind != StepAnswer {
		return step, nil
	}
	persons := reached(q, f, session)
	for _, person := range persons {
		if person.ProductAccount.ID == picked {
			return answerAs(q, f, person), nil
		}
	}
	return Step{Kind: StepChoose, Persons: persons}, fault.New(fault.Denied, "choose.foreign")
}
