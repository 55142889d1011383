package self

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Change is something of a person's own that may be taken back, with what that is decided on.
type Change struct {
	account.Undo
	// Links are the undo's links as they are now, and Addresses its addresses; a row that is gone is missing.
	Links     []Held
	Addresses []account.Address
	// Reset says that the account's password was reset by its mailbox since.
	Reset bool
	// Beside are further links of the same product accounts, ended ones too.
	Beside []account.Link
}

// Names are the products it is about, each once.
func (c Change) Names() []string {
	var names []string
	for _, l := range c.Links {
		if !slices.Contains(names, l.Product) {
			names = append(names, l.Product)
		}
	}
	return names
}

// Stands says why a change cannot be taken back; nil when it can. all are the account's changes that are not taken back.
//
// fault.Missing "undo.missing", fault.Expired "undo.expired", and as fault.Denied: "undo.reset" when the password was reset by
// mail since, because what a reset takes out of use must not come back unproven; "undo.later" when a later change of the
// same rows has to be taken back first, "undo.linked" when a product account was linked since, "undo.taken" when an
// address is another's now, "undo.moved" when a row is not as the change left it.
func Stands(c Change, all []Change, h Holding, now time.Time) error {
	switch {
	case c.ID == "" || c.Account != h.Account.ID || !c.DoneAt.IsZero():
		return fault.New(fault.Missing, "undo.missing")
	case !c.Open(now):
		return fault.New(fault.Expired, "undo.expired")
	case c.Reset:
		return fault.New(fault.Denied, "undo.reset")
	case slices.ContainsFunc(all, func(other Change) bool { return other.Open(now) && c.waitsFor(other) }):
		return fault.New(fault.Denied, "undo.later")
	case c.linkedSince():
		return fault.New(fault.Denied, "undo.linked")
	}
	return c.untouched()
}

// waitsFor reports that the other change is a later one that has to be taken back first: a merge after a merge, or one
// that touched the same rows.
func (c Change) waitsFor(other Change) bool {
	if other.ID == c.ID || !other.CreatedAt.After(c.CreatedAt) {
		return false
	}
	if c.Kind == account.UndoMerge && other.Kind == account.UndoMerge {
		return true
	}
	return slices.ContainsFunc(other.Before.Links, func(l account.Link) bool {
		return slices.ContainsFunc(c.Before.Links, func(own account.Link) bool { return own.ID == l.ID })
	})
}

// linkedSince reports that a product account whose link would come back has another one, even one that waits, or had one
// since: somebody else may have proven it later.
func (c Change) linkedSince() bool {
	return slices.ContainsFunc(c.Before.Links, func(before account.Link) bool {
		return slices.ContainsFunc(c.Beside, func(other account.Link) bool {
			if other.ProductAccount != before.ProductAccount || other.Tenant != before.Tenant {
				return false
			}
			active := !other.ActiveAt.IsZero() && !other.ActiveAt.Before(c.CreatedAt)
			waits := other.State != account.LinkEnded && !other.CreatedAt.Before(c.CreatedAt)
			switch {
			case c.Kind == account.UndoUnlink:
				return active || waits
			case before.State == account.LinkPending:
				return other.State == account.LinkActive || active && other.State != account.LinkEnded || waits
			}
			return false // it has its link, which is looked at by itself
		})
	})
}

// untouched reports that every row is as the change left it.
func (c Change) untouched() error {
	for _, after := range c.After.Links {
		if !slices.ContainsFunc(c.Links, func(l Held) bool { return sameLink(l.Link, after) }) {
			return fault.New(fault.Denied, "undo.moved")
		}
	}
	for _, after := range c.After.Addresses {
		i := slices.IndexFunc(c.Addresses, func(a account.Address) bool { return a.Email == after.Email })
		if i >= 0 && c.Addresses[i].Account != after.Account {
			return fault.New(fault.Denied, "undo.taken")
		}
		if i < 0 || !sameAddress(c.Addresses[i], after) {
			return fault.New(fault.Denied, "undo.moved")
		}
	}
	return nil
}

// sameLink compares all but the version.
func sameLink(a, b account.Link) bool {
	return a.ID == b.ID && a.Tenant == b.Tenant && a.Account == b.Account && a.ProductAccount == b.ProductAccount &&
		a.State == b.State && a.Reason == b.Reason && slices.Equal(a.Evidence, b.Evidence) && a.Flow == b.Flow &&
		a.Browser == b.Browser && a.CreatedAt.Equal(b.CreatedAt) && a.ActiveAt.Equal(b.ActiveAt) && a.EndedAt.Equal(b.EndedAt)
}

// sameAddress compares all but the version.
func sameAddress(a, b account.Address) bool {
	return a.Email == b.Email && a.Account == b.Account && a.VerifiedAt.Equal(b.VerifiedAt) && a.Proof == b.Proof && a.Primary == b.Primary
}

// Parted is what taking a merge back needs besides; the zero value for an unlink.
type Parted struct {
	// Other is the account that the merge closed.
	Other Holding
	// Hash is that of the password that the person chose for it, because its old one does not come back; Weakness is why it
	// will not do, empty when it will.
	Hash, Weakness string
}

// Undo takes a change back: links, addresses and ownership are again what they were, row by row. An account that comes out
// of a merge gets a new password: a reset by mail would take its links apart that were just put back.
func Undo(c Change, all []Change, h Holding, parted Parted, a Act, now time.Time) (linking.Outcome, error) {
	other := parted.Other
	if err := a.may(h, now); err != nil {
		return linking.Outcome{}, err
	}
	if err := Stands(c, all, h, now); err != nil {
		return linking.Outcome{}, err
	}
	if c.Kind == account.UndoMerge && (other.Account.ID != c.Other || other.Account.Status != account.Closed) {
		return linking.Outcome{}, fault.New(fault.Denied, "undo.moved")
	}
	if !a.Right {
		return a.wrong(h, now), nil
	}
	if c.Kind == account.UndoMerge && parted.Weakness != "" {
		return linking.Outcome{}, fault.New(fault.Invalid, "new_password."+parted.Weakness)
	}
	if c.Kind == account.UndoMerge && parted.Hash == "" {
		return linking.Outcome{}, fault.New(fault.Invalid, "new_password.empty")
	}
	done := c.Undo
	done.DoneAt = now
	out := linking.Outcome{Reads: append(h.whole(), h.proven()...), Undos: []account.Undo{done}}
	c.restore(&out, h, a, now)
	switch c.Kind {
	case account.UndoUnlink:
		a.tell(&out, linking.MailRelinked, c.Links[0].Link.Tenant, c.Links[0].facts(), now, h.addresses(), c.recorded())
	case account.UndoMerge:
		opened := other.Account
		opened.Status = account.Active
		out.Accounts = []account.Account{opened}
		out.Credentials = []account.Credential{{ID: ident.CredentialID(a.Draw("cr")), Account: c.Other, Kind: account.Password,
			Origin: account.OriginSet, Hash: parted.Hash, CreatedAt: now}}
		out.Events = append(out.Events, a.note(h.Account.ID, nil, audit.AccountParted, "", now),
			a.note(c.Other, nil, audit.AccountParted, "", now), a.note(c.Other, nil, audit.PasswordChanged, "", now))
		a.tell(&out, linking.MailParted, "", c.partedFacts(h), now, h.addresses(), c.recorded())
	}
	return out, nil
}

// restore writes the rows as they were, in the versions that they have now.
func (c Change) restore(out *linking.Outcome, h Holding, a Act, now time.Time) {
	for _, before := range c.Before.Links {
		i := slices.IndexFunc(c.Links, func(l Held) bool { return l.Link.ID == before.ID })
		before.Version = c.Links[i].Link.Version
		out.Links = append(out.Links, before)
		out.EndSessions = append(out.EndSessions, linking.SessionsEnd{Tenant: before.Tenant, ProductAccount: before.ProductAccount})
		out.EndGrants = append(out.EndGrants, linking.GrantsEnd{Account: h.Account.ID, Tenant: before.Tenant, ProductAccount: before.ProductAccount})
		out.Events = append(out.Events, a.note(before.Account, &before, audit.LinkRestored, string(c.Kind), now))
	}
	for _, before := range c.Before.Addresses {
		i := slices.IndexFunc(c.Addresses, func(a account.Address) bool { return a.Email == before.Email })
		before.Version = c.Addresses[i].Version
		out.Addresses = append(out.Addresses, before)
	}
}

// recorded are the addresses that the products record.
func (c Change) recorded() []ident.Email {
	var all []ident.Email
	for _, l := range c.Links {
		all = append(all, l.ProductAccount.Email)
	}
	return all
}

// partedFacts name the two accounts by their addresses.
func (c Change) partedFacts(h Holding) linking.MailFacts {
	facts := linking.MailFacts{Address: h.Primary()}
	for _, a := range c.Before.Addresses {
		if a.Primary {
			facts.Other = a.Email
		}
	}
	return facts
}
