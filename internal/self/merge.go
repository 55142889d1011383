package self

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Plan is what a merge would change, row by row, and what holds afterwards. Into's password and primary address hold.
type Plan struct {
	Into, From Holding
	// Moved are the links that come over, as they are now.
	Moved []Held
	// Ended are From's links that wait still: they end.
	Ended []Held
	// Twice are the products of which the account will hold more than one product account, by name, each once.
	Twice []string
}

// PlanMerge says what merging from into would change. fault.Denied "merge.same" for one account twice, "merge.closed"
// when one of them is not in use, "merge.password" when no password would hold afterwards.
func PlanMerge(into, from Holding) (Plan, error) {
	switch {
	case into.Account.ID == from.Account.ID:
		return Plan{}, fault.New(fault.Denied, "merge.same")
	case into.Account.Status != account.Active || from.Account.Status != account.Active:
		return Plan{}, fault.New(fault.Denied, "merge.closed")
	case into.Credential.Hash == "":
		return Plan{}, fault.New(fault.Denied, "merge.password")
	}
	p := Plan{Into: into, From: from}
	for _, l := range from.Links {
		if l.Link.State == account.LinkPending {
			p.Ended = append(p.Ended, l)
		} else {
			p.Moved = append(p.Moved, l)
		}
	}
	p.Twice = p.twice()
	return p, nil
}

// twice are the products of one tenant that more than one active link will lead to.
func (p Plan) twice() []string {
	type place struct {
		tenant  ident.TenantID
		product ident.ProductID
	}
	count := map[place]int{}
	var names []string
	for _, l := range slices.Concat(p.Into.Links, p.Moved) {
		if l.Link.State != account.LinkActive {
			continue
		}
		at := place{l.Link.Tenant, l.ProductAccount.Product}
		if count[at]++; count[at] == 2 && !slices.Contains(names, l.Product) {
			names = append(names, l.Product)
		}
	}
	return names
}

// Digest tells one plan from another: a plan that was looked at is the one that is carried out.
func (p Plan) Digest() int64 {
	sum := fnv.New64a()
	put := func(parts ...string) { _, _ = sum.Write([]byte(strings.Join(parts, "\x00") + "\x01")) } // a hash never fails
	version := func(v int64) string { return string(binary.BigEndian.AppendUint64(nil, uint64(v))) }
	for _, h := range []Holding{p.Into, p.From} {
		put(string(h.Account.ID), version(h.Account.Version))
		for _, a := range h.Addresses {
			put(a.Email.Key(), version(a.Version))
		}
		for _, l := range h.Links {
			put(string(l.Link.ID), version(l.Link.Version))
		}
		for _, d := range h.Deferrals {
			put(string(d.ID), version(d.Version))
		}
	}
	return int64(sum.Sum64())
}

// Offered is what somebody gave to prove that another account is theirs.
type Offered struct {
	// Other is the account that the identifier belongs to; nil when it belongs to none.
	Other *Holding
	// OtherRight says that its own password was given with this step and found right.
	OtherRight bool
}

// Propose takes the proof of the other account. The account's own password counts from the session while it is fresh, and
// has to be given with the step after that. The merge that comes of it waits for the word of whoever looks at the plan.
// Whatever is wrong with the other account gets one answer: "merge.wrong".
func Propose(h Holding, offered Offered, a Act, now time.Time) (linking.Outcome, error) {
	if err := a.may(h, now); err != nil {
		return linking.Outcome{}, err
	}
	if !a.Right && !Fresh(a.Session, now) {
		return a.wrong(h, now), nil
	}
	other := offered.Other
	if other == nil || !offered.OtherRight || other.Credential.Hash == "" || other.Account.Status != account.Active {
		out := a.wrong(h, now)
		out.Problem = "merge.wrong"
		return out, nil
	}
	if _, err := PlanMerge(h, *other); err != nil {
		return linking.Outcome{}, err
	}
	m := account.Merge{ID: ident.MergeID(a.Draw("mg")), Account: h.Account.ID, Other: other.Account.ID, Browser: a.Session.Browser,
		Session: a.Session.ID, CreatedAt: now, Deadline: now.Add(account.MergeTTL)}
	return linking.Outcome{
		Reads:  append(h.proven(), other.proven()...),
		Merges: []account.Merge{m},
		Events: []audit.Event{a.note(h.Account.ID, nil, audit.MergeProven, "", now), a.note(other.Account.ID, nil, audit.MergeProven, "", now)},
	}, nil
}

// Fresh reports that the session's password was given so recently that a step may rest on it.
func Fresh(s account.Session, now time.Time) bool {
	return s.Full() && now.Before(s.AuthAt.Add(linking.FreshTTL))
}

// Waits says whether a merge may still be carried out by the session; fault.Missing "merge.missing" when it may not.
func Waits(m account.Merge, s account.Session, now time.Time) error {
	if !m.Open(now) || m.Account != s.Account || m.Session != s.ID || m.Browser != s.Browser {
		return fault.New(fault.Missing, "merge.missing")
	}
	return nil
}

// Merge carries a plan out: links and addresses go over to the account that goes on, the other one is closed with its
// password and sessions, and everything can be taken back. Every product account keeps its `sub`.
func Merge(m account.Merge, p Plan, a Act, now time.Time) (linking.Outcome, error) {
	if err := a.may(p.Into, now); err != nil {
		return linking.Outcome{}, err
	}
	if err := Waits(m, a.Session, now); err != nil {
		return linking.Outcome{}, err
	}
	if m.Account != p.Into.Account.ID || m.Other != p.From.Account.ID {
		return linking.Outcome{}, fault.New(fault.Missing, "merge.missing")
	}
	m.DoneAt = now
	closed := p.From.Account
	closed.Status = account.Closed
	out := linking.Outcome{
		Reads:            slices.Concat(p.Into.whole(), p.From.whole(), []linking.Read{p.Into.itself()}),
		Accounts:         []account.Account{closed},
		EndSessions:      []linking.SessionsEnd{{Account: closed.ID}},
		EndFlows:         []linking.FlowsEnd{{Account: closed.ID}},
		VoidCapabilities: []linking.CapabilitiesVoid{{Account: closed.ID}},
		Merges:           []account.Merge{m},
		Events: []audit.Event{a.note(p.Into.Account.ID, nil, audit.AccountMerged, "", now),
			a.note(closed.ID, nil, audit.AccountClosed, string(account.ReasonMerged), now)},
	}
	if p.From.Credential.ID != "" {
		out.DroppedCredentials = []account.Credential{p.From.Credential}
	}
	undo := account.Undo{ID: ident.UndoID(a.Draw("un")), Account: m.Account, Other: m.Other, Kind: account.UndoMerge,
		CreatedAt: now, Deadline: now.Add(account.UndoTTL)}
	p.moveLinks(&out, &undo, a, now)
	p.moveAddresses(&out, &undo)
	for _, d := range p.From.Deferrals {
		d.EndedAt = now
		out.Deferrals = append(out.Deferrals, d)
	}
	out.Undos = []account.Undo{undo}
	p.tell(&out, undo, a, now)
	return out, nil
}

// moveLinks gives the links that come over their new account, and ends those that waited.
func (p Plan) moveLinks(out *linking.Outcome, undo *account.Undo, a Act, now time.Time) {
	change := func(before account.Link, action audit.Action, next account.Link) {
		out.Links = append(out.Links, next)
		undo.Before.Links = append(undo.Before.Links, unversioned(before))
		undo.After.Links = append(undo.After.Links, unversioned(next))
		out.Events = append(out.Events, a.note(next.Account, &next, action, string(account.ReasonMerged), now))
	}
	for _, l := range p.Moved {
		next := l.Link
		next.Account = p.Into.Account.ID
		change(l.Link, audit.LinkMoved, next)
	}
	for _, l := range p.Ended {
		next := l.Link
		next.State, next.Reason, next.EndedAt = account.LinkEnded, account.ReasonMerged, now
		change(l.Link, audit.LinkEnded, next)
		out.EndSessions = append(out.EndSessions, linking.SessionsEnd{Tenant: next.Tenant, ProductAccount: next.ProductAccount})
	}
}

// moveAddresses makes the other account's addresses further ones of the account that goes on.
func (p Plan) moveAddresses(out *linking.Outcome, undo *account.Undo) {
	for _, before := range p.From.Addresses {
		next := before
		next.Account, next.Primary = p.Into.Account.ID, false
		out.Addresses = append(out.Addresses, next)
		before.Version = 0
		undo.Before.Addresses = append(undo.Before.Addresses, before)
		after := next
		after.Version = 0
		undo.After.Addresses = append(undo.After.Addresses, after)
	}
}

// tell tells everybody who can be reached about either account.
func (p Plan) tell(out *linking.Outcome, undo account.Undo, a Act, now time.Time) {
	facts := linking.MailFacts{Address: p.Into.Primary(), Other: p.From.Primary(), Deadline: undo.Deadline,
		Products: strings.Join(p.Names(), ", ")}
	var recorded []ident.Email
	for _, l := range p.Moved {
		recorded = append(recorded, l.ProductAccount.Email)
		facts.TimeZone = cmp.Or(facts.TimeZone, l.TimeZone)
	}
	a.tell(out, linking.MailMerged, "", facts, now, p.Into.addresses(), p.From.addresses(), recorded)
}

// Names are the products that come over, each once.
func (p Plan) Names() []string {
	var names []string
	for _, l := range p.Moved {
		if !slices.Contains(names, l.Product) {
			names = append(names, l.Product)
		}
	}
	return names
}
