package model

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Commit implements linking.Store: what an Outcome changes, by its places in the world.
func (s *stage) Commit(_ context.Context, o linking.Outcome) error {
	s.bend(&o)
	before := s.world
	s.prior = before
	for _, pa := range o.ProductAccounts {
		if l := s.legacyOf(pa.Tenant, pa.Product, pa.ExternalID, pa.Generation); l != 0 {
			s.world.records[l].stored, s.world.records[l].recorded = true, boxOf(pa.Email)
		}
	}
	if err := s.writeAccounts(o); err != nil {
		s.world = before
		return err
	}
	s.writeLinks(o)
	s.writeDeferrals(o)
	s.writeCapabilities(o)
	s.writeFlow(o)
	s.endFlows(o)
	s.writeSessions(o)
	return nil
}

// legacyIn finds the legacy account of a row that the Outcome writes or refers to.
func (s *stage) legacyIn(o *linking.Outcome, id ident.ProductAccountID) Legacy {
	if l := legacyNamed(id); l != 0 {
		return l
	}
	for _, pa := range o.ProductAccounts {
		if pa.ID == id {
			return s.legacyOf(pa.Tenant, pa.Product, pa.ExternalID, pa.Generation)
		}
	}
	return 0
}

// accountIn finds the account of a row: a known one, or the one that the Outcome makes.
func accountIn(o *linking.Outcome, id ident.AccountID) Box {
	if b := accountNamed(id); b != 0 {
		return b
	}
	for _, a := range o.Addresses {
		if a.Account == id {
			return boxOf(a.Email)
		}
	}
	return 0
}

// writeAccounts refuses a second account of an address, as the store does; here nobody is faster than anybody, so that it is a
// broken law as well.
func (s *stage) writeAccounts(o linking.Outcome) error {
	for _, a := range o.Addresses {
		b := boxOf(a.Email)
		if a.Version != 0 {
			continue
		}
		if s.world.accounts[b].there {
			s.broken = "I7: a second account for " + a.Email.Key()
			return fault.New(fault.Moved, "address.moved")
		}
		s.world.accounts[b], s.created = holder{there: true}, b
		if s.scene.Broken.JoinedUnasked {
			s.joinAll(b, s.legacyIn(&o, o.Flow.Candidate.ID))
		}
	}
	for _, c := range o.Credentials {
		if b := accountIn(&o, c.Account); b != 0 {
			s.world.accounts[b].password = passwordHashed(c.Hash)
		}
	}
	return nil
}

// writeLinks changes ties, those that end first.
func (s *stage) writeLinks(o linking.Outcome) {
	for _, ended := range []bool{true, false} {
		for _, l := range o.Links {
			if (l.State == account.LinkEnded) == ended {
				s.writeLink(&o, l)
			}
		}
	}
}

func (s *stage) writeLink(o *linking.Outcome, l account.Link) {
	legacy := s.legacyIn(o, l.ProductAccount)
	r := &s.world.records[legacy]
	wasMain, wasWait := l.ID == mainIDs[legacy], l.ID == waitIDs[legacy]
	old := tie{}
	switch {
	case wasMain:
		old, r.main = r.main, tie{}
	case wasWait:
		old, r.wait = r.wait, tie{}
		for i := range s.world.flows {
			s.world.flows[i].waiting &^= 1 << legacy
		}
	case l.ID == partedIDs[legacy]:
		r.parted, r.reported = tie{}, l.Reason == account.ReasonReported
		return
	}
	if l.State == account.LinkEnded {
		if !l.ActiveAt.IsZero() {
			r.earlier, r.reported = accountIn(o, l.Account), false
		}
		if l.Reason == account.ReasonUnlinked {
			old.state = tieParted
			r.parted = old
		}
		return
	}
	next := tie{account: accountIn(o, l.Account), browser: browserOf(l.Browser), held: !l.ActiveAt.IsZero(), began: old.began,
		stops: s.stopsOf(o, l, old), first: old.first || s.created != 0 && l.State == account.LinkActive, proven: old.proven}
	if from := s.maker(l.Flow); from != nil {
		next.began = from.opened
		next.proven = next.proven || from.knowsLegacy || s.verified == legacy
	} else if place, t := s.tieOf(l.Flow); place != 0 {
		next.began, next.proven = t.began, t.proven
	}
	switch l.State {
	case account.LinkActive:
		next.state = tieActive
		if r.main.state == tieActive {
			s.broken = "I7: a second active link of " + s.scene.Records[legacy-1].Name
		}
		s.judgeActivation(legacy, next, old, s.maker(l.Flow))
		next.proven = true // or a law is broken
		r.main, r.parted, r.earlier, r.reported = next, tie{}, 0, false
	case account.LinkSuspended:
		next.state = map[account.Reason]tieState{account.ReasonReported: tieReported, account.ReasonOtherAddress: tieOther, account.ReasonReset: tieReset}[l.Reason]
		r.main = next
	case account.LinkPending:
		next.state = tiePending
		r.wait = next
	}
}

// maker is the flow that a link is made by, as it was when the action came to it: one that waits, or the one in the making.
func (s *stage) maker(id ident.FlowID) *flow {
	if id == madeFlow {
		made := flow{}
		if s.making.Opened != "" {
			made.opened = placeOpened(s.making.Opened)
		}
		return &made
	}
	if place := placeOfFlow(id); place != 0 {
		return &s.world.flows[place-1]
	}
	return nil
}

// tieOf finds the link that a finished flow belongs to.
func (s *stage) tieOf(id ident.FlowID) (Legacy, tie) {
	for l := A; l <= s.last(); l++ {
		switch string(id) {
		case string(mainIDs[l]):
			return l, s.prior.records[l].main
		case string(waitIDs[l]):
			return l, s.prior.records[l].wait
		case string(partedIDs[l]):
			return l, s.prior.records[l].parted
		}
	}
	return 0, tie{}
}

// stopsOf is who holds a mail with which the link can be reported: those who could before, and those whom the Outcome tells.
func (s *stage) stopsOf(o *linking.Outcome, l account.Link, old tie) Actor {
	var stops Actor
	if l.Flow == ident.FlowID(l.ID) || l.Flow == "" {
		stops = old.stops
	} else if legacy, t := s.tieOf(l.Flow); legacy != 0 {
		stops = t.stops
	}
	for _, t := range o.MailTokens {
		if t.Purpose == linking.PurposeNotMe && t.ProductAccount == l.ProductAccount {
			stops |= s.reads(boxOf(t.Email))
		}
	}
	if from := s.maker(l.Flow); from != nil && l.State != account.LinkSuspended {
		stops |= from.links[0]
	}
	return stops
}

func (s *stage) writeDeferrals(o linking.Outcome) {
	for _, d := range o.Deferrals {
		b, i := accountIn(&o, d.Account), s.instanceOf(d.Tenant, d.Product)
		if d.EndedAt.IsZero() {
			s.world.accounts[b].deferred |= 1 << i
		} else {
			s.world.accounts[b].deferred &^= 1 << i
		}
	}
}

func (s *stage) writeCapabilities(o linking.Outcome) {
	for _, c := range o.Capabilities {
		if b := accountNamed(c.Account); !c.SpentAt.IsZero() {
			s.world.accounts[b].reset &^= s.acting.Owner()
		}
	}
	for _, v := range o.VoidCapabilities {
		s.world.accounts[accountNamed(v.Account)].reset = 0
	}
	for _, c := range o.Capabilities {
		if b := accountNamed(c.Account); c.Version == 0 {
			s.world.accounts[b].reset |= s.reads(boxOf(c.Email))
		}
	}
}

// writeSessions ends what the Outcome selects and begins what it begins.
func (s *stage) writeSessions(o linking.Outcome) {
	for b := range s.world.sessions {
		if browserIDs[b] == o.EndSessionsOf {
			s.world.sessions[b] = session{}
		}
		for _, end := range o.EndSessions {
			if s.selected(Browser(b), end) {
				s.world.sessions[b] = session{}
			}
		}
	}
	for _, row := range o.Sessions {
		next := session{scope: scopeFull, account: accountIn(&o, row.Account)}
		if row.Scope == account.ScopeProduct {
			next.scope, next.legacy = scopeProduct, s.legacyIn(&o, row.ProductAccount)
		}
		if row.Scope == account.ScopeProduct && row.Tenant != s.stored(next.legacy).Tenant {
			s.broken = "I9: a session of one tenant for a product account of another"
		}
		s.world.sessions[browserOf(row.Browser)] = next
	}
}

// selected reports whether a browser's session meets every field that is set.
func (s *stage) selected(b Browser, end linking.SessionsEnd) bool {
	row := s.world.sessions[b]
	if row.scope == scopeNone || end.Account == "" && end.ProductAccount == "" {
		return false
	}
	return (end.Account == "" || end.Account == accountIDs[row.account]) &&
		(end.ProductAccount == "" || row.legacy != 0 && end.ProductAccount == paIDs[row.legacy]) &&
		(end.Tenant == "" || row.legacy != 0 && end.Tenant == s.stored(row.legacy).Tenant) &&
		(end.ExceptBrowser == "" || end.ExceptBrowser != browserIDs[b])
}

// endFlows ends the kept flows that act for an account.
func (s *stage) endFlows(o linking.Outcome) {
	for _, end := range o.EndFlows {
		for b := range s.world.flows {
			if f := s.world.flows[b]; f.owner != 0 && accountIDs[f.owner] == end.Account && browserIDs[b] != end.ExceptBrowser && o.Flow.ID != flowIDs[b] {
				s.drop(Browser(b))
			}
		}
	}
}
