package op

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
)

// StepKind says what an authorization request needs next.
type StepKind uint8

// The steps. The zero value asks to sign in, which gives nothing away.
const (
	// StepSignIn asks the person to sign in.
	StepSignIn StepKind = iota
	// StepChoose asks which of Step.Persons is meant.
	StepChoose
	// StepAnswer gives the client a code for Step.Person.
	StepAnswer
	// StepRefuse tells the client Step.Refusal.
	StepRefuse
)

// Step is what happens next.
type Step struct {
	Kind    StepKind
	Person  Person
	Persons []Person
	Refusal *Refusal
}

// Next is the dispatcher: it is asked when a request arrives and again after every sign-in, and the same request and
// facts always give the same step.
func Next(q AuthRequest, f Facts, session *Session, now time.Time) Step {
	if f.Rollout != directory.RolloutOn && f.Rollout != directory.RolloutPilot {
		return refuse(q, TenantNotEnabled, "this tenant does not sign in here")
	}
	if session != nil && (!session.Live(now) || q.Browser != "" && q.Browser != session.Browser) {
		session = nil
	}
	silent := q.Asks(PromptNone)
	if session == nil {
		return ask(q, silent)
	}
	persons := reached(q, f, session)
	taking := slices.ContainsFunc(persons, f.admit)
	if len(persons) > 0 && !taking && !q.asksForSomebodyElse(session) {
		return refuse(q, TenantNotEnabled, "this person does not sign in here yet")
	}
	if !taking {
		// Somebody who has just signed in as another person than the hint names would be asked for ever (Core §3.1.2.1).
		if q.HintSubject != "" && q.freshIn(session) {
			return refuse(q, LoginRequired, "somebody else than the id_token_hint names signed in")
		}
		return ask(q, silent)
	}
	if q.wantsProof(session, len(persons) > 1, now) {
		return ask(q, silent)
	}
	if person, ok := settled(q, f, session, persons); ok {
		return answerAs(q, f, person)
	}
	if silent {
		return refuse(q, AccountSelectionRequired, "the person has to choose one of several accounts")
	}
	return Step{Kind: StepChoose, Persons: persons}
}

// answerAs answers for the person, unless that very product account does not take part yet.
func answerAs(q AuthRequest, f Facts, person Person) Step {
	if !f.admit(person) {
		return refuse(q, TenantNotEnabled, "this person does not sign in here yet")
	}
	return Step{Kind: StepAnswer, Person: person}
}

func ask(q AuthRequest, silent bool) Step {
	if silent {
		return refuse(q, LoginRequired, "the person has to sign in")
	}
	return Step{Kind: StepSignIn}
}

func refuse(q AuthRequest, reason Reason, detail string) Step {
	return Step{Kind: StepRefuse, Refusal: q.Refuse(reason, detail)}
}

// reached are the persons of the request's tenant and product that the session may speak for; with a hint, the one it names.
func reached(q AuthRequest, f Facts, session *Session) []Person {
	var persons []Person
	for _, person := range f.Persons {
		pa := person.ProductAccount
		if pa.Tenant != q.Tenant || pa.Product != q.Product || !person.reachedBy(session) {
			continue
		}
		if q.HintSubject == "" || q.HintSubject == pa.Subject {
			persons = append(persons, person)
		}
	}
	return persons
}

// reachedBy reports whether the session may speak for the person (ATK-91).
func (p Person) reachedBy(session *Session) bool {
	if p.ProductAccount.ID == "" || !session.Reaches(p.ProductAccount, &p.Link) {
		return false
	}
	if session.Account == "" {
		return session.Scope == account.ScopeProduct
	}
	return p.Account.ID == session.Account && p.Account.Status == account.Active
}

// freshIn reports whether the session was begun for this request: after it came, and not the session it came with. The
// second half keeps a request and a session of one and the same instant apart.
func (q AuthRequest) freshIn(session *Session) bool {
	return session.ID != q.Session && !session.AuthAt.Before(q.CreatedAt)
}

// asksForSomebodyElse reports that the request wants another sign-in than the session's, whoever that is.
func (q AuthRequest) asksForSomebodyElse(session *Session) bool {
	return !q.freshIn(session) && (q.Asks(PromptLogin) || q.Asks(PromptSelectAccount))
}

// wantsProof reports whether the person has to authenticate again. One authentication since the request came satisfies
// prompt and max_age alike, however long it took (ATK-106). Whoever asks to select an account where the session reaches
// several gets that question instead.
func (q AuthRequest) wantsProof(session *Session, several bool, now time.Time) bool {
	if q.freshIn(session) {
		return false
	}
	if q.Asks(PromptLogin) || q.Asks(PromptSelectAccount) && !several {
		return true
	}
	if q.MaxAgeSet && (q.MaxAge == 0 || now.Sub(session.AuthAt) > q.MaxAge) {
		return true
	}
	// acr_values is a wish: it is worth one question, never a lie, and never an error.
	wishes := slices.Contains(q.ACRValues, ACRAccount) && !slices.Contains(q.ACRValues, ACRLegacy)
	return wishes && session.Scope == account.ScopeProduct && !q.Asks(PromptNone)
}

// Reaches reports whether one of the persons is the subject and the session may speak for it.
func (f Facts) Reaches(subject ident.Subject, session *Session) bool {
	return slices.ContainsFunc(f.Persons, func(p Person) bool {
		return p.ProductAccount.Subject == subject && p.reachedBy(session)
	})
}
