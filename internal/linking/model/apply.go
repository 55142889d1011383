package model

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
)

// ctx is for functions that may wait; nothing here does.
var ctx = context.Background()

// apply does one act in a world and gives what it becomes, and the law that it broke on the way.
func (s *stage) apply(w World, a Act) (World, string) {
	s.set(w)
	s.acting = a.In
	if err := s.do(a); err != nil && fault.Is(err, fault.Internal) {
		s.broken = "an internal failure: " + err.Error()
	}
	s.world.forget(s.scene)
	return s.world, s.broken
}

// do sends what somebody does to the functions that the server runs. A refusal changes nothing.
func (s *stage) do(a Act) error {
	step := linking.Step{Flow: flowIDs[min(a.In, browsers-1)], Browser: browserIDs[a.In]}
	var err error
	switch a.Kind {
	case Proves, ProvesAnew, SignsIn:
		err = s.signIn(a)
	case LinksAnother, AsksMail, OpensWaiting:
		err = s.forAccount(a)
	case GivesAddress:
		_, err = s.service.Email(ctx, step, emails[a.Box].Key())
	case AsksAgain:
		_, err = s.service.Resend(ctx, step)
	case Continues:
		s.confirmed = a.Other == 0 && s.world.flows[a.In].links[0].Has(a.By)
		_, err = s.service.Continue(ctx, step, []string{linkSecrets[a.In][a.Other]})
	case TypesOTP:
		s.confirmed = true
		_, err = s.service.EnterOTP(ctx, step, "otp")
	case SetsPassword:
		_, err = s.service.NewPassword(ctx, step, passwordNames[a.With])
	case Joins, Declines:
		offered, careless := s.offered(&s.world.flows[a.In]), a.By == Mallory || s.scene.Careless
		_, err = s.service.Join(ctx, step, func(i int) bool {
			return a.Kind == Declines || !careless && !s.owns(a.By, offered[i])
		})
	case AsksReset:
		err = s.askReset(a.Box)
	case Resets:
		if !s.world.accounts[a.Box].reset.Has(a.By) {
			if err := s.askReset(a.Box); err != nil {
				return err
			}
			s.dice.n = 0
		}
		_, err = s.service.Reset(ctx, resetHashes[a.Box], passwordNames[a.With], browserIDs[a.In], linking.Origin{}, "en")
	default:
		return s.doAside(a)
	}
	return err
}

// askReset asks, and does what was queued by it at once: a crash between the two loses nothing, so nothing happens there.
func (s *stage) askReset(box Box) error {
	if err := s.service.AskReset(ctx, linking.ResetAsk{Email: emails[box]}); err != nil {
		return err
	}
	return s.service.SendAccountReset(ctx, emails[box], "", nil)
}

// doAside is what leads no flow on.
func (s *stage) doAside(a Act) error {
	f := &s.world.flows[min(a.From, browsers-1)]
	switch a.Kind {
	case ShowsOTP:
		if _, err := s.service.ShowCode(ctx, linkSecrets[a.From][0]); err != nil {
			return err
		}
		f.told |= a.By
		f.approved = s.scene.Broken.ApprovedAnywhere
	case TellsOTP:
		f.told |= Mallory | Victoria
	case ForwardsLink:
		if a.From == Left {
			s.world.accounts[a.Box].reset |= Mallory
			return nil
		}
		f.links[0] |= Mallory
	case Fetches:
		f.approved = true
	case Reports, ReportsFlow:
		return s.report(a)
	case SignsOut:
		s.signOut(a.In)
	case Unlinks:
		return s.unlink(a)
	default:
		s.happen(a)
	}
	return nil
}

func (s *stage) report(a Act) error {
	secret := "not-" + linkSecrets[min(a.From, browsers-1)][0]
	if a.Kind == Reports {
		secret = stopPrefix + string([...]ident.LinkID{mainIDs[a.Legacy], waitIDs[a.Legacy], partedIDs[a.Legacy]}[a.Other])
	}
	_, err := s.service.Stop(ctx, secret, false)
	return err
}

// unlink takes a link of the account that is signed in apart, with its password.
func (s *stage) unlink(a Act) error {
	b := s.world.sessions[a.In].account
	h := self.Holding{Account: s.account(b), Credential: s.credential(b), Addresses: []account.Address{{Email: emails[b], Account: accountIDs[b], Primary: true}}}
	held := func(l Legacy, id ident.LinkID, t tie) {
		if t.state != tieNone && t.account == b {
			h.Links = append(h.Links, self.Held{Link: s.link(l, id, t), ProductAccount: s.stored(l)})
		}
	}
	for l := A; l <= s.last(); l++ {
		held(l, mainIDs[l], s.world.records[l].main)
		held(l, waitIDs[l], s.world.records[l].wait)
	}
	out, err := self.Unlink(h, [...]ident.LinkID{mainIDs[a.Legacy], waitIDs[a.Legacy]}[a.Other],
		self.Act{Session: *s.session(a.In), Right: true, Draw: s.dice.ID}, now)
	if err != nil {
		return err
	}
	return s.Commit(ctx, out)
}

// happen is a circumstance.
func (s *stage) happen(a Act) {
	w := &s.world
	switch a.Kind {
	case SetsAddress:
		w.records[A].present = a.Box
	case HandsOver:
		// That takes weeks: sign-ins that were going on are over, and so are links to a new password.
		w.handed, w.records[B].gone = true, false
		for b := range w.flows {
			s.drop(Browser(b))
		}
		for b := range w.accounts {
			w.accounts[b].reset = 0
		}
	case LeaksPassword:
		w.leaked = true
	case SwitchesTenant:
		w.off = !w.off
	case SwitchesLegacy:
		w.records[B].disabled = !w.records[B].disabled
	case Remakes:
		w.records[B].gone, w.records[D].gone = true, false
	case BreaksStore:
		w.down = !w.down
	}
}

// signIn walks a sign-in to a product up to where it waits for something: the identifier, and the password.
func (s *stage) signIn(a Act) error {
	at, typed, password := int(a.At), emails[a.Box].Key(), a.With
	if a.Legacy != 0 {
		at, typed, password = s.scene.Records[a.Legacy-1].Instance, s.typed(a.Legacy), s.passwordOf(a.Legacy)
	}
	in := s.scene.Instances[at]
	start := linking.Start{Tenant: in.Tenant, Product: in.Product, Browser: browserIDs[a.In]}
	if a.Kind == ProvesAnew {
		start.Opened = linkSecrets[a.From][0]
	}
	if _, err := s.service.Begin(ctx, start); err != nil {
		return err
	}
	step := linking.Step{Flow: madeFlow, Browser: browserIDs[a.In]}
	if _, err := s.service.Identify(ctx, step, typed); err != nil {
		return err
	}
	_, err := s.service.Password(ctx, step, passwordNames[password])
	s.keep()
	return err
}

// forAccount begins a flow for whoever is signed in, as the pages do: fresh sessions of a whole account alone.
func (s *stage) forAccount(a Act) error {
	own, at := s.world.sessions[a.In], int(a.At)
	if a.Legacy != 0 {
		at = s.scene.Records[a.Legacy-1].Instance
	}
	in := s.scene.Instances[at]
	start := linking.Start{Tenant: in.Tenant, Product: in.Product, Browser: browserIDs[a.In],
		Owner: accountIDs[own.account], OwnerEmail: emails[own.account], OwnerAuthAt: now}
	if a.Kind == OpensWaiting {
		var err error
		if start.Offers, err = s.service.WaitingIn(ctx, in.Tenant, in.Product, start.Owner, start.Browser); err != nil {
			return err
		}
	}
	if _, err := s.service.Begin(ctx, start); err != nil {
		return err
	}
	step := linking.Step{Flow: madeFlow, Browser: browserIDs[a.In]}
	var err error
	switch a.Kind {
	case LinksAnother:
		_, err = s.service.LinkProduct(ctx, step, s.typed(a.Legacy), passwordNames[s.passwordOf(a.Legacy)])
	case AsksMail:
		_, err = s.service.AskMail(ctx, step)
	}
	s.keep()
	return err
}

// signOut ends a browser's sessions and forgets the browser: what was bound to it is out of reach.
func (s *stage) signOut(b Browser) {
	s.world.sessions[b] = session{}
	s.drop(b)
	for l := range s.world.records {
		for _, t := range []*tie{&s.world.records[l].main, &s.world.records[l].wait, &s.world.records[l].parted} {
			if t.state != tieNone && t.browser == b {
				t.browser = Left
			}
		}
	}
}
