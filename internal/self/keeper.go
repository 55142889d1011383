package self

import (
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Store is what this package needs kept. What is not there fails with fault.Missing; a store that does not answer fails
// with fault.Unavailable.
type Store interface {
	// Own is an account with all that hangs on it.
	Own(ctx context.Context, id ident.AccountID) (Holding, error)
	// SessionsOf are the account's sessions that have neither ended nor passed their deadline, the latest used first.
	SessionsOf(ctx context.Context, id ident.AccountID, now time.Time) ([]account.Session, error)
	// EventsOf are the account's last events with one of the actions, the latest first.
	EventsOf(ctx context.Context, id ident.AccountID, actions []audit.Action, limit int) ([]Told, error)
	// Changes are what the account may take back still, as far as time goes, the latest first.
	Changes(ctx context.Context, id ident.AccountID, now time.Time) ([]Change, error)
	// Merge is a merge that was proven, used or not.
	Merge(ctx context.Context, id ident.MergeID) (account.Merge, error)
	// AddressOwner is the account that has the address; empty when none has.
	AddressOwner(ctx context.Context, email ident.Email) (ident.AccountID, error)
	// Commit writes an Outcome whole, or fails with fault.Moved and has written nothing.
	Commit(ctx context.Context, o linking.Outcome) error
}

// Told is an event as its person is told of it. Product is the name of the product it is about; empty for none.
type Told struct {
	audit.Event
	Product string
}

// Passwords checks passwords within the limits of signing in.
type Passwords interface {
	// OwnPassword reports whether it is the account's, whose hash is stored; fault.Throttled when nobody may try now.
	OwnPassword(ctx context.Context, id ident.AccountID, stored, network, password string) (bool, error)
	// ChosenPassword is the hash of a password that somebody chose, or why it will not do; words must not be in it.
	ChosenPassword(ctx context.Context, typed string, words ...string) (hash, weakness string, err error)
	// NobodysPassword counts and spends the same where the identifier belongs to nobody.
	NobodysPassword(ctx context.Context, id ident.Identifier, network, password string) error
}

// Keeper loads, asks the functions of this package and commits. It decides nothing itself.
type Keeper struct {
	Store     Store
	Passwords Passwords
	// Draw makes a new identifier with the prefix, Ref a number that a person can tell support.
	Draw func(prefix string) string
	Ref  func() string
	Now  func() time.Time
}

// Ask is one form sent by somebody who is signed in.
type Ask struct {
	Session  account.Session
	Password string // the account's own; may be empty where none is asked for
	Origin   linking.Origin
	Locale   string
}

// moves is how often a step is decided anew when somebody else was faster.
const moves = 4

// step is a decision on what is loaded now.
type step func(ctx context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error)

// password says how a step goes about the account's own password.
type password uint8

const (
	notAsked password = iota
	asked
)

// run is the loop of every step: load, decide, commit, and again when a row has moved meanwhile. The step is asked first
// as if the password were wrong: what it refuses anyway costs nobody an attempt.
func (k *Keeper) run(ctx context.Context, ask Ask, how password, decide step) (linking.Outcome, error) {
	var last error
	var checked string // the hash that the password was checked against
	var right bool
	for range moves {
		h, err := k.Store.Own(ctx, ask.Session.Account)
		if err != nil {
			return linking.Outcome{}, err
		}
		a := Act{Session: ask.Session, Origin: ask.Origin, Locale: ask.Locale, Ref: ident.Ref(k.Ref()), Draw: k.Draw}
		if how == asked {
			if _, err := decide(ctx, h, a, k.Now()); err != nil {
				return linking.Outcome{}, err
			}
			if checked == "" || checked != h.Credential.Hash {
				if right, err = k.Passwords.OwnPassword(ctx, h.Account.ID, h.Credential.Hash, ask.Origin.Network, ask.Password); err != nil {
					return linking.Outcome{}, err
				}
				checked = h.Credential.Hash
			}
			a.Right = right
		}
		out, err := decide(ctx, h, a, k.Now())
		if err != nil {
			return linking.Outcome{}, err
		}
		if err = k.Store.Commit(ctx, out); !fault.Is(err, fault.Moved) {
			return out, err
		}
		last = err
	}
	return linking.Outcome{}, last
}

// Unlink takes a link of the account apart; a Problem of the Outcome says that the password was wrong.
func (k *Keeper) Unlink(ctx context.Context, ask Ask, id ident.LinkID) (linking.Outcome, error) {
	return k.run(ctx, ask, asked, func(_ context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error) {
		return Unlink(h, id, a, now)
	})
}

// Close ends the account; a Problem of the Outcome says that the password was wrong.
func (k *Keeper) Close(ctx context.Context, ask Ask, sure bool) (linking.Outcome, error) {
	return k.run(ctx, ask, asked, func(_ context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error) {
		return Close(h, sure, a, now)
	})
}

// Change finds something the account may take back, with all others; fault.Missing "undo.missing" for what is not its own.
func (k *Keeper) Change(ctx context.Context, id ident.AccountID, undo ident.UndoID) (Change, []Change, error) {
	all, err := k.Store.Changes(ctx, id, k.Now())
	if err != nil {
		return Change{}, nil, err
	}
	for _, c := range all {
		if c.ID == undo {
			return c, all, nil
		}
	}
	return Change{}, nil, fault.New(fault.Missing, "undo.missing")
}

// Undo takes a change back; a Problem of the Outcome says that the password was wrong. chosen is the password for the account
// that comes out of a merge: fault.Invalid "new_password.…" when it will not do.
func (k *Keeper) Undo(ctx context.Context, ask Ask, undo ident.UndoID, chosen string) (linking.Outcome, error) {
	return k.run(ctx, ask, asked, func(ctx context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error) {
		c, all, err := k.Change(ctx, h.Account.ID, undo)
		if err != nil {
			return linking.Outcome{}, err
		}
		parted, err := k.parted(ctx, c, a.Right, chosen)
		if err != nil {
			return linking.Outcome{}, err
		}
		return Undo(c, all, h, parted, a, now)
	})
}

// parted is what taking a merge back needs besides. The new password is looked at once the person's own was right.
func (k *Keeper) parted(ctx context.Context, c Change, right bool, chosen string) (p Parted, err error) {
	if c.Other == "" {
		return p, nil
	}
	if p.Other, err = k.Store.Own(ctx, c.Other); err != nil || !right {
		return p, err
	}
	words := append(c.Names(), p.Other.Account.Name)
	for _, a := range c.Before.Addresses {
		words = append(words, a.Email.Key())
	}
	for _, l := range c.Links {
		words = append(words, l.ProductAccount.Username)
	}
	p.Hash, p.Weakness, err = k.Passwords.ChosenPassword(ctx, chosen, words...)
	return p, err
}

// EndSession ends another session of the account.
func (k *Keeper) EndSession(ctx context.Context, ask Ask, id ident.SessionID) (linking.Outcome, error) {
	return k.run(ctx, ask, notAsked, func(ctx context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error) {
		sessions, err := k.Store.SessionsOf(ctx, h.Account.ID, now)
		if err != nil {
			return linking.Outcome{}, err
		}
		var found account.Session
		for _, s := range sessions {
			if s.ID == id {
				found = s
			}
		}
		return EndSession(h, found, a, now)
	})
}

// EndOthers ends all other sessions of the account.
func (k *Keeper) EndOthers(ctx context.Context, ask Ask) (linking.Outcome, error) {
	return k.run(ctx, ask, notAsked, func(_ context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error) {
		return EndOthers(h, a, now)
	})
}

// Propose takes the proof that another account is the person's too: its address and its password. One answer is given for
// all that may be wrong with them, at the same cost.
func (k *Keeper) Propose(ctx context.Context, ask Ask, id ident.Identifier, otherPassword string) (linking.Outcome, error) {
	how := asked
	if Fresh(ask.Session, k.Now()) {
		how = notAsked
	}
	return k.run(ctx, ask, how, func(ctx context.Context, h Holding, a Act, now time.Time) (linking.Outcome, error) {
		if how == asked && !a.Right {
			return Propose(h, Offered{}, a, now)
		}
		offered, err := k.offered(ctx, ask, id, otherPassword)
		if err != nil {
			return linking.Outcome{}, err
		}
		return Propose(h, offered, a, now)
	})
}

// offered checks the other account's password, within the limits of signing in to it.
func (k *Keeper) offered(ctx context.Context, ask Ask, id ident.Identifier, otherPassword string) (Offered, error) {
	var owner ident.AccountID
	if email, ok := id.Email(); ok {
		found, err := k.Store.AddressOwner(ctx, email)
		if err != nil {
			return Offered{}, err
		}
		owner = found
	}
	if owner == "" {
		return Offered{}, k.Passwords.NobodysPassword(ctx, id, ask.Origin.Network, otherPassword)
	}
	other, err := k.Store.Own(ctx, owner)
	if err != nil {
		return Offered{}, err
	}
	right, err := k.Passwords.OwnPassword(ctx, owner, other.Credential.Hash, ask.Origin.Network, otherPassword)
	return Offered{Other: &other, OtherRight: right}, err
}

// Plan is what a proven merge would change now; fault.Missing "merge.missing" when the session has no such merge.
func (k *Keeper) Plan(ctx context.Context, s account.Session, id ident.MergeID) (account.Merge, Plan, error) {
	m, err := k.Store.Merge(ctx, id)
	if err != nil {
		return m, Plan{}, err
	}
	if err := Waits(m, s, k.Now()); err != nil {
		return m, Plan{}, err
	}
	into, err := k.Store.Own(ctx, m.Account)
	if err != nil {
		return m, Plan{}, err
	}
	from, err := k.Store.Own(ctx, m.Other)
	if err != nil {
		return m, Plan{}, err
	}
	p, err := PlanMerge(into, from)
	return m, p, err
}

// Merge carries a proven merge out, if its plan is still the one that was looked at: fault.Moved "merge.changed" when it
// is another one by now.
func (k *Keeper) Merge(ctx context.Context, ask Ask, id ident.MergeID, digest int64) (linking.Outcome, error) {
	m, p, err := k.Plan(ctx, ask.Session, id)
	if err != nil {
		return linking.Outcome{}, err
	}
	if p.Digest() != digest {
		return linking.Outcome{}, fault.New(fault.Moved, "merge.changed")
	}
	a := Act{Session: ask.Session, Origin: ask.Origin, Locale: ask.Locale, Ref: ident.Ref(k.Ref()), Draw: k.Draw}
	out, err := Merge(m, p, a, k.Now())
	if err != nil {
		return linking.Outcome{}, err
	}
	if err := k.Store.Commit(ctx, out); err != nil {
		if fault.Is(err, fault.Moved) {
			err = fault.Wrap(fault.Moved, "merge.changed", err)
		}
		return linking.Outcome{}, err
	}
	return out, nil
}
