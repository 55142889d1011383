package self_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
)

// start is when the stories of these tests begin.
var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func email(s string) ident.Email {
	e, err := ident.ParseEmail(s)
	if err != nil {
		panic("test address: " + s)
	}
	return e
}

// books are the rows of a store, kept under the same rules: versions, one active link for each product account, one owner
// for each address, one primary address for each account.
type books struct {
	accounts    map[ident.AccountID]account.Account
	credentials map[ident.AccountID]account.Credential
	addresses   map[ident.Email]account.Address
	people      map[ident.ProductAccountID]account.ProductAccount
	links       map[ident.LinkID]account.Link
	deferrals   map[ident.DeferralID]account.Deferral
	sessions    map[ident.SessionID]account.Session
	undos       map[ident.UndoID]account.Undo
	merges      map[ident.MergeID]account.Merge
	resets      map[ident.AccountID]time.Time
	events      []audit.Event
	mails       []linking.Mail
	now         time.Time
	drawn       int
}

func newBooks() *books {
	return &books{accounts: map[ident.AccountID]account.Account{}, credentials: map[ident.AccountID]account.Credential{},
		addresses: map[ident.Email]account.Address{}, people: map[ident.ProductAccountID]account.ProductAccount{},
		links: map[ident.LinkID]account.Link{}, deferrals: map[ident.DeferralID]account.Deferral{},
		sessions: map[ident.SessionID]account.Session{}, undos: map[ident.UndoID]account.Undo{},
		merges: map[ident.MergeID]account.Merge{}, resets: map[ident.AccountID]time.Time{}, now: start}
}

// copied is the books as they are now; what happens afterwards does not change it.
func (b *books) copied() *books {
	c := *b
	c.accounts, c.credentials, c.addresses = maps.Clone(b.accounts), maps.Clone(b.credentials), maps.Clone(b.addresses)
	c.people, c.links, c.deferrals = maps.Clone(b.people), maps.Clone(b.links), maps.Clone(b.deferrals)
	c.sessions, c.undos, c.merges = maps.Clone(b.sessions), maps.Clone(b.undos), maps.Clone(b.merges)
	c.resets = maps.Clone(b.resets)
	c.events, c.mails = slices.Clone(b.events), slices.Clone(b.mails)
	return &c
}

func (b *books) draw(prefix string) string {
	b.drawn++
	return prefix + "-" + strconv.Itoa(b.drawn)
}

// put inserts a row of version 0 and updates any other, as a store does.
func put[K comparable, V any](rows map[K]V, key K, value V, version func(*V) *int64) error {
	v := version(&value)
	old, known := rows[key]
	if known != (*v > 0) || known && *version(&old) != *v {
		return fmt.Errorf("the version of %v is not the one that was read", key)
	}
	*v++
	rows[key] = value
	return nil
}

// commit writes an outcome whole, or says why not.
func (b *books) commit(out linking.Outcome) error {
	next := b.copied()
	if err := next.apply(out); err != nil {
		return err
	}
	*b = *next
	return b.coherent()
}

func (b *books) apply(out linking.Outcome) error {
	for _, r := range out.Reads {
		if got := b.version(r); got != r.Version {
			return fmt.Errorf("%s %s has version %d, read was %d", r.Table, r.ID, got, r.Version)
		}
	}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	for _, v := range out.Accounts {
		keep(put(b.accounts, v.ID, v, func(v *account.Account) *int64 { return &v.Version }))
	}
	for _, v := range out.DroppedAddresses {
		if b.addresses[v.Email] != v {
			keep(fmt.Errorf("an address that was dropped is not the one that was read"))
		}
		delete(b.addresses, v.Email)
	}
	for _, v := range out.Addresses {
		keep(put(b.addresses, v.Email, v, func(v *account.Address) *int64 { return &v.Version }))
	}
	for _, v := range out.DroppedCredentials {
		if b.credentials[v.Account] != v {
			keep(fmt.Errorf("a password that was dropped is not the one that was read"))
		}
		delete(b.credentials, v.Account)
	}
	for _, v := range out.Credentials {
		keep(put(b.credentials, v.Account, v, func(v *account.Credential) *int64 { return &v.Version }))
	}
	for _, v := range out.Links {
		keep(put(b.links, v.ID, v, func(v *account.Link) *int64 { return &v.Version }))
	}
	for _, v := range out.Deferrals {
		keep(put(b.deferrals, v.ID, v, func(v *account.Deferral) *int64 { return &v.Version }))
	}
	for _, v := range out.Undos {
		keep(put(b.undos, v.ID, v, func(v *account.Undo) *int64 { return &v.Version }))
	}
	for _, v := range out.Merges {
		keep(put(b.merges, v.ID, v, func(v *account.Merge) *int64 { return &v.Version }))
	}
	for id, s := range b.sessions {
		if slices.ContainsFunc(out.EndSessions, func(e linking.SessionsEnd) bool { return ends(e, s) }) && s.EndedAt.IsZero() {
			s.EndedAt = b.now
			b.sessions[id] = s
		}
	}
	for _, v := range out.Sessions {
		keep(put(b.sessions, v.ID, v, func(v *account.Session) *int64 { return &v.Version }))
	}
	b.events, b.mails = append(b.events, out.Events...), append(b.mails, out.Mails...)
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func ends(e linking.SessionsEnd, s account.Session) bool {
	return (e.Account != "" || e.ProductAccount != "") && (e.Account == "" || e.Account == s.Account) &&
		(e.ProductAccount == "" || e.ProductAccount == s.ProductAccount) && e.ExceptSession != s.ID
}

func (b *books) version(r linking.Read) int64 {
	switch r.Table {
	case linking.TableAccount:
		return b.accounts[ident.AccountID(r.ID)].Version
	case linking.TableLink:
		return b.links[ident.LinkID(r.ID)].Version
	case linking.TableCredential:
		for _, c := range b.credentials {
			if string(c.ID) == r.ID {
				return c.Version
			}
		}
		return 0
	case linking.TableHolding:
		h := b.own(ident.AccountID(r.ID))
		return int64(len(h.Links) + len(h.Addresses) + len(h.Deferrals))
	}
	return -1
}

// coherent is what must hold of the rows at any time.
func (b *books) coherent() error {
	active, waiting, primary := map[ident.ProductAccountID]int{}, map[ident.ProductAccountID]int{}, map[ident.AccountID]int{}
	for _, a := range b.addresses {
		if a.Primary {
			primary[a.Account]++
		}
	}
	for _, l := range b.links {
		if l.State == account.LinkActive {
			active[l.ProductAccount]++
		}
		if l.State == account.LinkPending {
			waiting[l.ProductAccount]++
		}
		if l.State != account.LinkEnded && b.accounts[l.Account].Status != account.Active {
			return fmt.Errorf("link %s belongs to account %s, which is %s", l.ID, l.Account, b.accounts[l.Account].Status)
		}
		if l.State == account.LinkActive && primary[l.Account] != 1 {
			return fmt.Errorf("account %s has links and %d primary addresses", l.Account, primary[l.Account])
		}
	}
	for id, n := range active {
		if n > 1 || waiting[id] > 0 {
			return fmt.Errorf("%s has %d active links, and %d that wait", id, n, waiting[id])
		}
	}
	for _, a := range b.addresses {
		if b.accounts[a.Account].Status != account.Active {
			return fmt.Errorf("an address belongs to account %s, which is %s", a.Account, b.accounts[a.Account].Status)
		}
	}
	for id := range b.credentials {
		if b.accounts[id].Status != account.Active {
			return fmt.Errorf("account %s is %s and has a password", id, b.accounts[id].Status)
		}
	}
	return nil
}

// own is an account with all that hangs on it.
func (b *books) own(id ident.AccountID) self.Holding {
	h := self.Holding{Account: b.accounts[id], Credential: b.credentials[id]}
	for _, a := range b.addresses {
		if a.Account == id {
			h.Addresses = append(h.Addresses, a)
		}
	}
	slices.SortFunc(h.Addresses, func(x, y account.Address) int {
		if x.Primary != y.Primary {
			return map[bool]int{true: -1, false: 1}[x.Primary]
		}
		return cmpText(x.Email.Key(), y.Email.Key())
	})
	for _, l := range b.links {
		if l.Account == id && l.State != account.LinkEnded {
			h.Links = append(h.Links, b.held(l))
		}
	}
	slices.SortFunc(h.Links, func(x, y self.Held) int { return cmpText(string(x.Link.ID), string(y.Link.ID)) })
	for _, d := range b.deferrals {
		if d.Account == id && d.EndedAt.IsZero() {
			h.Deferrals = append(h.Deferrals, d)
		}
	}
	return h
}

func cmpText(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}

func (b *books) held(l account.Link) self.Held {
	pa := b.people[l.ProductAccount]
	return self.Held{Link: l, ProductAccount: pa, Product: "Product " + string(pa.Product), Tenant: "Acme", TimeZone: "UTC"}
}

// changes are what the account may take back still, the latest first.
func (b *books) changes(id ident.AccountID) []self.Change {
	var all []self.Change
	for _, u := range b.undos {
		if u.Account != id || !u.Open(b.now) {
			continue
		}
		c := self.Change{Undo: u, Reset: !b.resets[id].Before(u.CreatedAt)}
		for _, before := range u.Before.Links {
			c.Links = append(c.Links, b.held(b.links[before.ID]))
			for _, l := range b.links {
				if l.ProductAccount == before.ProductAccount && !slices.ContainsFunc(u.Before.Links, func(x account.Link) bool { return x.ID == l.ID }) {
					c.Beside = append(c.Beside, l)
				}
			}
		}
		for _, before := range u.Before.Addresses {
			if a, ok := b.addresses[before.Email]; ok {
				c.Addresses = append(c.Addresses, a)
			}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y self.Change) int { return y.CreatedAt.Compare(x.CreatedAt) })
	return all
}

// session is a full session of the account, begun now.
func (b *books) session(id ident.AccountID) account.Session {
	s := account.Session{ID: ident.SessionID(b.draw("se")), Browser: ident.BrowserID("browser of " + string(id)), Account: id,
		Scope: account.ScopeFull, AuthAt: b.now, UsedAt: b.now, IdleTTL: time.Hour, Deadline: b.now.Add(12 * time.Hour), Version: 1}
	b.sessions[s.ID] = s
	return s
}

// act is a step of the account's person, with the right password.
func (b *books) act(id ident.AccountID) self.Act {
	return self.Act{Session: b.session(id), Right: true, Origin: linking.Origin{Agent: "Chrome on Windows", Network: "192.0.2.0/24"},
		Locale: "en", Ref: "K7Q-4MD", Draw: b.draw}
}

// person makes a product account with a recorded address of its own.
func (b *books) person(product string) account.ProductAccount {
	id := b.draw("pa")
	pa := account.ProductAccount{ID: ident.ProductAccountID(id), Tenant: "acme", Product: ident.ProductID(product),
		ExternalID: ident.ExternalID(id), Subject: ident.Subject("sub of " + id), Username: "user " + id,
		Email: email(id + "@recorded.example"), Version: 1}
	b.people[pa.ID] = pa
	return pa
}

// join links a product account, as signing in or "Link your account." does; the first link makes the account.
func (b *books) join(id ident.AccountID, pa ident.ProductAccountID) ident.AccountID {
	if id == "" {
		id = ident.AccountID(b.draw("ac"))
		b.accounts[id] = account.Account{ID: id, Status: account.Active, CreatedAt: b.now, Version: 1}
		b.credentials[id] = account.Credential{ID: ident.CredentialID(b.draw("cr")), Account: id, Kind: account.Password, Hash: "hash", Version: 1}
		address := email(string(id) + "@acme.example")
		b.addresses[address] = account.Address{Email: address, Account: id, VerifiedAt: b.now, Proof: ident.ProofID(b.draw("pr")), Primary: true, Version: 1}
	}
	for _, l := range b.links {
		if l.ProductAccount == pa && l.State != account.LinkEnded {
			l.State, l.Reason, l.EndedAt = account.LinkEnded, account.ReasonReplaced, b.now
			l.Version++
			b.links[l.ID] = l
		}
	}
	l := account.Link{ID: ident.LinkID(b.draw("ln")), Tenant: "acme", Account: id, ProductAccount: pa, State: account.LinkActive,
		Evidence: []ident.ProofID{ident.ProofID(b.draw("pr")), ident.ProofID(b.draw("pr"))}, Flow: ident.FlowID(b.draw("fl")),
		Browser: ident.BrowserID(b.draw("br")), CreatedAt: b.now, ActiveAt: b.now, Version: 1}
	b.links[l.ID] = l
	return id
}

// merge merges two accounts whose passwords were given.
func (b *books) merge(into, from ident.AccountID) error {
	a := b.act(into)
	other := b.own(from)
	proposed, err := self.Propose(b.own(into), self.Offered{Other: &other, OtherRight: true}, a, b.now)
	if err != nil {
		return err
	}
	if proposed.Problem != "" {
		return fmt.Errorf("refused: %s", proposed.Problem)
	}
	if err := b.commit(proposed); err != nil {
		return err
	}
	plan, err := self.PlanMerge(b.own(into), b.own(from))
	if err != nil {
		return err
	}
	out, err := self.Merge(b.merges[proposed.Merges[0].ID], plan, a, b.now)
	if err != nil {
		return err
	}
	return b.commit(out)
}

// undo takes a change back.
func (b *books) undo(c self.Change) error {
	out, err := self.Undo(c, b.changes(c.Account), b.own(c.Account), self.Parted{Other: b.own(c.Other), Hash: "new"}, b.act(c.Account), b.now)
	if err != nil {
		return err
	}
	return b.commit(out)
}
