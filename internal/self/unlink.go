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

// Stays says why a link cannot be taken apart; nil when it can. fault.Denied "link.last": it is the last one, which goes
// only with the account. "link.reported": it comes back only with the mailbox that its product records, because
// somebody reported it or an account was reset; if its holder could end it, they could begin anew as if nothing had been.
func Stays(h Holding, l Held) error {
	if l.Link.State == account.LinkPending {
		return nil
	}
	if l.Link.State == account.LinkSuspended && l.Link.Reason.OnRecord() {
		return fault.New(fault.Denied, "link.reported")
	}
	if len(h.beside(l.Link.ID)) == 0 {
		return fault.New(fault.Denied, "link.last")
	}
	return nil
}

// beside are the other links that were active once.
func (h Holding) beside(id ident.LinkID) []Held {
	return slices.DeleteFunc(slices.Clone(h.Links), func(l Held) bool {
		return l.Link.ID == id || l.Link.State == account.LinkPending
	})
}

// Unlink takes a link apart. The product account and its `sub` stay as they are, and its own login leads in again; what a
// session of this product alone and tokens opened is over. A link that never became active ends without more ado.
func Unlink(h Holding, id ident.LinkID, a Act, now time.Time) (linking.Outcome, error) {
	if err := a.may(h, now); err != nil {
		return linking.Outcome{}, err
	}
	held, ok := h.Held(id)
	if !ok {
		return linking.Outcome{}, fault.New(fault.Missing, "link.missing")
	}
	if err := Stays(h, held); err != nil {
		return linking.Outcome{}, err
	}
	if !a.Right {
		return a.wrong(h, now), nil
	}
	before, ended := held.Link, held.Link
	ended.State, ended.Reason, ended.EndedAt = account.LinkEnded, account.ReasonUnlinked, now
	if before.State == account.LinkPending {
		ended.Reason = account.ReasonNotMine
	}
	out := linking.Outcome{
		Reads:       h.proven(),
		Links:       []account.Link{ended},
		EndSessions: []linking.SessionsEnd{{Tenant: ended.Tenant, ProductAccount: ended.ProductAccount}},
		Events:      []audit.Event{a.note(h.Account.ID, &ended, audit.LinkEnded, string(ended.Reason), now)},
	}
	if before.State == account.LinkPending {
		return out, nil
	}
	out.EndGrants = []linking.GrantsEnd{{Account: h.Account.ID, Tenant: ended.Tenant, ProductAccount: ended.ProductAccount}}
	for _, other := range h.beside(id) {
		// One of them has to stay: two steps side by side must not take each the last but one.
		out.Reads = append(out.Reads, linking.Read{Table: linking.TableLink, Tenant: other.Link.Tenant, ID: string(other.Link.ID),
			Version: other.Link.Version})
	}
	undo := account.Undo{ID: ident.UndoID(a.Draw("un")), Account: h.Account.ID, Kind: account.UndoUnlink,
		Before: account.Rows{Links: []account.Link{unversioned(before)}}, After: account.Rows{Links: []account.Link{unversioned(ended)}},
		CreatedAt: now, Deadline: now.Add(account.UndoTTL)}
	out.Undos = []account.Undo{undo}
	facts := held.facts()
	facts.Deadline = undo.Deadline
	a.tell(&out, linking.MailUnlinked, ended.Tenant, facts, now, h.addresses(), []ident.Email{held.ProductAccount.Email})
	return out, nil
}

// facts are what a mail tells about one link.
func (l Held) facts() linking.MailFacts {
	username := l.ProductAccount.Username
	if username == "" {
		username = l.ProductAccount.Email.Key()
	}
	return linking.MailFacts{Product: l.Product, Tenant: l.Tenant, TimeZone: l.TimeZone, Username: username}
}

// unversioned is the row without its version, which counts on whatever happens.
func unversioned(l account.Link) account.Link {
	l.Version = 0
	return l
}
