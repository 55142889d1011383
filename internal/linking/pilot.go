package linking

import (
	"context"
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// PilotFacts are whom an identifier stands for in the product being opened. They are looked up while its rollout is a pilot,
// and only then.
type PilotFacts struct {
	// Users are the product's own: those that the identifier's account is linked to, else those that the product finds by it.
	Users []directory.Who
	// Blind says that the product cannot find, or must not show whom it found. Then whoever is not named is outside, there or
	// not.
	Blind bool
}

// Lookups is how often one flow may ask, in a pilot, whom an identifier stands for.
const Lookups = 10

// lookupAttempts holds a flow to Lookups: who is outside ends the flow, so that only what is typed anew is counted.
func lookupAttempts() AttemptPolicy { return AttemptPolicy{Free: Lookups, Window: FlowTTL} }

// outside reports that an identifier stands for somebody who does not take part in the pilot. One that stands for nobody is
// not outside: the next page is the one that everybody gets (seed: "User not found" comes after the password).
func outside(f *Flow, s *directory.Setting, facts PilotFacts) bool {
	if f.Product == "" || s.Rollout() != directory.RolloutPilot {
		return false
	}
	users := facts.Users
	if facts.Blind {
		users = append(slices.Clone(users), typedAs(f.Identifier))
	}
	return len(users) > 0 && !slices.ContainsFunc(users, s.Admits)
}

// typedAs is somebody of whom nothing is known but what was typed.
func typedAs(id ident.Identifier) directory.Who {
	if email, ok := id.Email(); ok {
		return directory.Who{Email: email}
	}
	return directory.Who{Username: id.Typed()}
}

// WhoIs is the product's user as a pilot may name it.
func WhoIs(p account.ProductAccount) directory.Who {
	return directory.Who{ExternalID: p.ExternalID, Username: p.Username, Email: p.Email}
}

// told reports that somebody outside of a pilot is told so before the password. Where nobody is to learn who is known, it
// is told to whoever has the password.
func told(s *directory.Setting) bool { return s.Suite.Disclosure != directory.Uniform }

// notYet ends a flow of somebody who does not take part.
func notYet(f Flow, a *Act, now time.Time) Outcome {
	return settle(f, a, now, Refused, "pilot.outside", audit.FlowRefused)
}

// switchedOff reports why a flow may not go on as things are switched now; empty when it may. A candidate is judged in every
// state, so that a switch that is turned in the middle ends the flow at the next form.
func switchedOff(f *Flow, s *directory.Setting) string {
	switch {
	case f.Tenant == "":
	case s.Rollout() == directory.RolloutOff:
		return "tenant.not_enabled"
	case f.Candidate != nil && !s.Admits(WhoIs(*f.Candidate)):
		return "pilot.outside"
	}
	return ""
}

// lookUp is find, or a way to it.
type lookUp func(ctx context.Context, finder connector.Finder, id ident.Identifier) ([]connector.Record, error)

// inPilot looks up whom an identifier stands for; nothing outside of a pilot.
func (s *Service) inPilot(ctx context.Context, f Flow, a *Act, owner *OwnerFacts, find lookUp) (PilotFacts, error) {
	if f.Product == "" || a.Setting.Rollout() != directory.RolloutPilot {
		return PilotFacts{}, nil
	}
	if owner != nil && len(owner.Users) > 0 {
		return PilotFacts{Users: owner.Users}, nil
	}
	conn, err := s.Connectors.Connector(a.Setting.Connector.Name)
	if err != nil {
		return PilotFacts{}, err
	}
	facts := PilotFacts{Blind: !a.Setting.Connector.IDStable}
	finder, ok := conn.(connector.Finder)
	if !ok {
		facts.Blind = true
		return facts, nil
	}
	records, err := find(ctx, finder, f.Identifier)
	for _, r := range records {
		facts.Users = append(facts.Users, directory.Who{ExternalID: r.ExternalID, Username: r.Username, Email: r.Email})
	}
	return facts, err
}

// identify builds the event of the first page. Outside of a pilot nothing is looked up for it.
func (s *Service) identify(id ident.Identifier) decide {
	counted := false
	return func(ctx context.Context, f Flow, a *Act) (Event, error) {
		e := Identified{Act: a, Identifier: id}
		f.Identifier = id
		if _, ended, err := guard(&f, OnIdentified, a, s.Now()); ended != nil || err != nil {
			return e, nil // Advance refuses it the same way; the point is that nothing was looked up
		}
		if f.Product == "" || a.Setting.Rollout() != directory.RolloutPilot || !told(a.Setting) {
			return e, nil
		}
		if !counted {
			if err := s.reserve(ctx, "lookups:"+string(f.ID), lookupAttempts()); err != nil {
				return nil, err
			}
			counted = true
		}
		owner, err := s.Store.Owner(ctx, f.Tenant, f.Product, id)
		if err != nil {
			return nil, err
		}
		e.Pilot, err = s.inPilot(ctx, f, a, owner, find)
		return e, err
	}
}

// waitingLinks are the account's links that wait, with what is declared for their products.
func (s *Service) waitingLinks(ctx context.Context, tenant ident.TenantID, id ident.AccountID) ([]WaitingLink, error) {
	waiting, err := s.Joins.WaitingLinks(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	for i := range waiting {
		setting, err := s.Store.Setting(ctx, tenant, waiting[i].ProductAccount.Product)
		if err != nil && !fault.Is(err, fault.Missing) { // a product that was withdrawn admits nobody
			return nil, err
		}
		waiting[i].Setting = &setting
	}
	return waiting, nil
}
