package model

import (
	"ligature/internal/account"
	"ligature/internal/linking"
)

// writeFlow keeps the Outcome's flow: the one in the making as it is, a kept one in its place.
func (s *stage) writeFlow(o linking.Outcome) {
	if o.Flow.ID == "" {
		return
	}
	if o.Flow.ID == madeFlow {
		s.making, s.isMaking = o.Flow, true
		s.making.Version++
		for _, t := range o.MailTokens {
			if t.Purpose == linking.PurposeConfirm {
				s.madeLinks |= s.reads(boxOf(t.Email))
			}
		}
		return
	}
	place := placeOfFlow(o.Flow.ID)
	if place == 0 {
		s.reported(o.Flow)
		return
	}
	b := Browser(place - 1)
	if !waits(o.Flow.State) {
		s.drop(b)
		return
	}
	old := s.world.flows[b]
	next := s.compress(o.Flow, old)
	if next.email != old.email && old.email != 0 {
		next.turns = true
		next.links[old.email] |= old.links[0]
		next.links[0], next.told, next.approved, next.knowsMailbox = 0, 0, false, false
	}
	for _, t := range o.MailTokens {
		if t.Purpose == linking.PurposeConfirm {
			next.links[0] |= s.reads(boxOf(t.Email))
			if o.Flow.Carried {
				next.links[0] = s.acting.Owner()
			}
		}
	}
	s.world.flows[b] = next
}

// reported is a finished flow that was written: nothing of it is kept but its link.
func (s *stage) reported(linking.Flow) {}

// keep takes the flow in the making to its browser's place, if it waits for something. One that does not leaves what another
// tab has.
func (s *stage) keep() {
	if !s.isMaking || !waits(s.making.State) {
		return
	}
	s.drop(s.acting)
	next := s.compress(s.making, flow{})
	next.links[0] = s.madeLinks
	s.world.flows[s.acting] = next
	s.isMaking = false
}

// drop forgets a flow, and what points to it.
func (s *stage) drop(b Browser) {
	s.world.flows[b] = flow{}
	for i := range s.world.flows {
		if s.world.flows[i].opened == uint8(b)+1 {
			s.world.flows[i].opened = 0
		}
	}
	for l := range s.world.records {
		for _, t := range []*tie{&s.world.records[l].main, &s.world.records[l].wait, &s.world.records[l].parted} {
			if t.began == uint8(b)+1 {
				t.began = 0
			}
		}
	}
}

// compress is what is kept of a flow's row, beside what is kept of who knows what.
func (s *stage) compress(f linking.Flow, old flow) flow {
	next := old
	next.state, next.instance = placeOf(f.State), uint8(s.instanceOf(f.Tenant, f.Product))
	next.candidate, next.candidateBox = 0, 0
	if f.Candidate != nil {
		next.candidate = s.legacyOf(f.Candidate.Tenant, f.Candidate.Product, f.Candidate.ExternalID, f.Candidate.Generation)
		next.candidateBox = boxOf(f.Candidate.Email)
	}
	next.adopt, next.recordedOnly, next.earlier = passwordHashed(f.AdoptHash), f.RecordedOnly, accountNamed(f.Earlier)
	next.owner, next.ownerAuth, next.byMail = accountNamed(f.Owner), !f.OwnerAuthAt.IsZero(), f.ByMail
	if f.Owner != "" && next.owner == 0 {
		next.owner = boxOf(f.Email) // it came into being with this Outcome
	}
	next.opened, next.carried, next.email = placeOpened(f.Opened), f.Carried, boxOf(f.Email)
	next.proof = proofNone
	if f.Mailbox != nil {
		next.proof = proofLink
		if f.Mailbox.Method == account.MailboxCode {
			next.proof = proofOTP
		}
	}
	next.shown = f.CodeHash != ""
	if !next.shown {
		next.told = 0
	}
	next.same, next.waiting = 0, 0
	for _, o := range f.Offers {
		pa := o.ProductAccount
		l := s.legacyOf(pa.Tenant, pa.Product, pa.ExternalID, pa.Generation)
		if o.Kind == linking.OfferWaiting {
			next.waiting |= 1 << l
		} else {
			next.same |= 1 << l
		}
	}
	next.knowsLegacy = next.knowsLegacy || next.candidate != 0 && s.verified == next.candidate
	next.knowsMailbox = next.knowsMailbox || s.confirmed
	return next
}

// placeOpened is the flow that a link belongs to, from 1; 0 for none.
func placeOpened(hash string) uint8 {
	for b := range linkSecrets {
		if linkSecrets[b][0] == hash {
			return uint8(b) + 1
		}
	}
	return 0
}

// bend takes guards out of an Outcome.
func (s *stage) bend(o *linking.Outcome) {
	broken := &s.scene.Broken
	if broken.MergedAtOnce && o.Flow.State == linking.Pending {
		for i := range o.Links {
			if o.Links[i].State == account.LinkPending {
				o.Links[i].State, o.Links[i].ActiveAt = account.LinkActive, now
			}
		}
	}
	if broken.SessionUpgraded && o.Flow.State == linking.Pending {
		for i := range o.Sessions {
			o.Sessions[i].Scope, o.Sessions[i].Account = account.ScopeFull, o.Links[len(o.Links)-1].Account
		}
	}
	reset := len(o.VoidCapabilities) > 0
	if reset && broken.ResetKeepsSessions {
		o.EndSessions = nil
	}
	if reset && broken.ResetKeepsLinks {
		o.Links = nil
	}
	if !reset && broken.OthersStay {
		o.EndSessions = nil
	}
}

// joinAll links everything that records the address of an account, as if nobody had to be asked.
func (s *stage) joinAll(b Box, proven Legacy) {
	for l := A; l <= s.last(); l++ {
		r := &s.world.records[l]
		if r.present == b && !r.gone && r.main.state == tieNone && l != proven {
			r.stored, r.recorded = true, r.present
			r.main = tie{state: tieActive, account: b, browser: s.acting, held: true}
		}
	}
}
