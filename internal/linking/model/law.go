package model

import (
	"ligature/internal/account"
	"ligature/internal/op"
)

// opens are the legacy accounts that a product would be told of by each browser, as bits: the answers of op.Next for every
// instance. Where a choice is asked for, each of those that may be chosen counts.
func (s *stage) opens(w World) [browsers]uint8 {
	s.world = w
	var all [browsers]uint8
	for b := range all {
		own := w.sessions[b]
		if own.scope == scopeNone {
			continue
		}
		row := s.session(Browser(b))
		for i := range s.scene.Instances {
			all[b] |= s.opened(row, i)
		}
	}
	return all
}

// session is the row of a browser's session.
func (s *stage) session(b Browser) *op.Session {
	own := s.world.sessions[b]
	row := &op.Session{ID: "session", Browser: browserIDs[b], Scope: account.ScopeFull, Account: accountIDs[own.account], AuthAt: now, UsedAt: now,
		IdleTTL: 1 << 40, Deadline: now.Add(1 << 40), Version: 1}
	if own.scope == scopeProduct {
		pa := s.stored(own.legacy)
		row.Scope, row.Tenant, row.Product, row.ProductAccount = account.ScopeProduct, pa.Tenant, pa.Product, pa.ID
	}
	return row
}

// opened asks for one instance.
func (s *stage) opened(row *op.Session, i int) uint8 {
	setting, _ := s.Setting(ctx, s.scene.Instances[i].Tenant, s.scene.Instances[i].Product)
	q := op.AuthRequest{Tenant: setting.Tenant.ID, Product: setting.Product.ID}
	facts := op.Facts{Rollout: setting.Rollout(), Pilots: setting.Pilots()}
	for l := A; l <= s.last(); l++ {
		r := &s.world.records[l]
		if !r.stored || s.scene.Records[l-1].Instance != i {
			continue
		}
		p := op.Person{ProductAccount: s.stored(l)}
		if r.main.state == tieActive {
			p.Link = s.link(l, mainIDs[l], r.main)
		}
		mine := row.Scope == account.ScopeFull && p.Link.Account == row.Account || row.Scope == account.ScopeProduct && row.ProductAccount == p.ProductAccount.ID
		if !mine {
			continue // the store gives those of the session alone
		}
		if row.Account != "" {
			p.Account = s.account(accountNamed(row.Account))
		}
		facts.Persons = append(facts.Persons, p)
	}
	if len(facts.Persons) == 0 {
		return 0
	}
	step := op.Next(q, facts, row, now)
	var told uint8
	switch step.Kind {
	case op.StepAnswer:
		told = 1 << legacyNamed(step.Person.ProductAccount.ID)
	case op.StepChoose:
		for _, p := range step.Persons {
			told |= 1 << legacyNamed(p.ProductAccount.ID)
		}
	}
	return told
}

// judge looks at a world, and gives the law that does not hold in it; empty when all do.
func (s *stage) judge(w World, opens [browsers]uint8) string {
	s.world = w
	for l := A; l <= s.last(); l++ {
		scene, r := s.scene.Records[l-1], &w.records[l]
		bit, linked := uint8(1)<<l, r.main.state == tieActive
		knows := s.knows(Mallory, s.passwordOf(l))
		if opens[MallorysBrowser]&bit != 0 && !scene.Owner.Has(Mallory) && !(knows && !linked) {
			return "I1: Mallory opens " + scene.Name
		}
		for b := VictoriasLaptop; b < browsers; b++ {
			if opens[b]&bit != 0 && !scene.Owner.Has(Victoria) {
				return "I2: Victoria is signed in to " + scene.Name
			}
		}
		if linked && scene.Owner == Victoria && w.handed && s.knows(Mallory, w.accounts[r.main.account].password) {
			return "I6: " + scene.Name + " belongs to an account whose password Mallory knows"
		}
		if (r.main.state != tieNone && !w.accounts[r.main.account].there) || (r.wait.state != tieNone && !w.accounts[r.wait.account].there) {
			return "I7: a link of " + scene.Name + " without an account"
		}
		for _, f := range w.flows {
			if f.candidate == l && int(f.instance) != scene.Instance {
				return "I9: a flow of one tenant or product for an account of another"
			}
		}
	}
	return ""
}

// judgeStep looks at a step from one world to the next.
func (s *stage) judgeStep(from, to *node, a Act) string {
	before, after, had, has := &from.world, &to.world, from.opens, to.opens
	for b := MallorysBrowser; b < browsers; b++ {
		if gained := has[b] &^ had[b]; gained != 0 && b != a.In && a.Kind < Fetches {
			// What an account has is opened by all its sessions: a link that is made in one browser opens in the others of the
			// same account.
			if after.sessions[b] != before.sessions[b] || after.sessions[b].scope != scopeFull || after.sessions[a.In].account != after.sessions[b].account {
				return "I3: a step in one browser signs another in"
			}
		}
		if (a.Kind == ShowsOTP || a.Kind == ReportsFlow || a.Kind == Fetches) && before.sessions[b] != after.sessions[b] {
			return "I3: a mailed link changed a session"
		}
	}
	for l := A; l <= s.last(); l++ {
		if before.records[l].main.state == tieActive || after.records[l].main.state != tieActive {
			continue
		}
		for b := MallorysBrowser; b < browsers; b++ {
			if b != a.In && after.sessions[b].scope == scopeProduct && after.sessions[b].legacy == l {
				return "I5: " + s.scene.Records[l-1].Name + " was linked, and somebody else's session of it lives on"
			}
		}
	}
	if a.Kind == Resets && a.By == Victoria && after.accounts[a.Box].password == a.With {
		return s.judgeReset(after, a.Box)
	}
	return ""
}

// judgeReset wants nothing of Mallory's to be left in an account whose password Victoria has just reset.
func (s *stage) judgeReset(w *World, box Box) string {
	if own := w.sessions[MallorysBrowser]; own.account == box {
		return "I4: Mallory's session survives Victoria's reset"
	}
	if w.accounts[box].reset.Has(Mallory) {
		return "I4: Mallory's link to a new password survives Victoria's reset"
	}
	if w.flows[MallorysBrowser].owner == box {
		return "I4: a flow of Mallory's survives Victoria's reset"
	}
	for l := A; l <= s.last(); l++ {
		r := w.records[l]
		if r.main.state == tieActive && r.main.account == box {
			return "I4: " + s.scene.Records[l-1].Name + " stays linked after a reset"
		}
		if r.wait.account == box && r.wait.browser == MallorysBrowser {
			return "I4: a link that Mallory proved survives Victoria's reset"
		}
	}
	return ""
}

// judgeActivation holds a link that becomes active to its proofs, by the laws' own account of what was done (I10): its legacy
// account was proven, and its account came into being with its mailbox proven in the same flow, or is signed in in this very
// browser. One that waited becomes active where it was proven, or where the mailbox was proven once more.
func (s *stage) judgeActivation(l Legacy, next, old tie, from *flow) {
	own := s.world.sessions[s.acting]
	signedIn := own.scope == scopeFull && own.account == next.account
	mailbox := s.confirmed || from != nil && from.knowsMailbox
	var held bool
	switch {
	case s.created == next.account && s.verifiedIn(l, from):
		held = mailbox
	case old.state == tiePending:
		held = signedIn && old.proven && (old.browser == s.acting || mailbox)
	case s.verified == l:
		held = signedIn
	default: // named because it records the same address
		held = signedIn && mailbox && from.proof == proofLink && s.world.records[l].present == next.account &&
			s.scene.Instances[s.scene.Records[l-1].Instance].Resets &&
			s.scene.Instances[s.scene.Records[l-1].Instance].Tenant == s.scene.Instances[from.instance].Tenant
	}
	if !held && s.broken == "" {
		s.broken = "I10: " + s.scene.Records[l-1].Name + " was linked without its proofs"
	}
}

// verifiedIn reports that a legacy account was proven in a flow.
func (s *stage) verifiedIn(l Legacy, from *flow) bool {
	return from != nil && from.candidate == l && from.knowsLegacy
}

// safe reports that B, or what was made in its place, is in an account that is Victoria's alone.
func (s *stage) safe(w World) bool {
	for l := A; l <= s.last(); l++ {
		r := &w.records[l]
		if s.same(l) != B || r.gone || r.main.state != tieActive {
			continue
		}
		p := w.accounts[r.main.account].password
		return s.knows(Victoria, p) && !s.knows(Mallory, p)
	}
	return false
}
