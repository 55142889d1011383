package self_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
)

// lasting is what the books say of links, addresses and whose they are, apart from versions: what an undo has to bring
// back exactly.
type lasting struct {
	Links     map[ident.LinkID]account.Link
	Addresses map[ident.Email]account.Address
	Statuses  map[ident.AccountID]account.Status
	Subjects  map[ident.ProductAccountID]ident.Subject
}

func (b *books) lasting() lasting {
	l := lasting{map[ident.LinkID]account.Link{}, map[ident.Email]account.Address{}, map[ident.AccountID]account.Status{},
		map[ident.ProductAccountID]ident.Subject{}}
	for id, v := range b.links {
		v.Version = 0
		l.Links[id] = v
	}
	for id, v := range b.addresses {
		v.Version = 0
		l.Addresses[id] = v
	}
	for id, v := range b.accounts {
		l.Statuses[id] = v.Status
	}
	for id, v := range b.people {
		l.Subjects[id] = v.Subject
	}
	return l
}

// history is one play of random steps, with what was done so far in words.
type history struct {
	*books
	t     *testing.T
	lots  *rand.Rand
	said  []string
	seed  uint64
	taken map[ident.UndoID]lasting // how things stood when the change was made that can be taken back
	// dropped are addresses that a reset took away.
	dropped map[ident.Email]bool
}

func (h *history) say(format string, args ...any) {
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	h.t.Fatalf("%s\nseed %d, after\n  %s", fmt.Sprintf(format, args...), h.seed, strings.Join(h.said, "\n  "))
}

// pick is one of the list; ok is false when there is none.
func pick[T any](h *history, list []T) (one T, ok bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[h.lots.IntN(len(list))], true
}

// open are the accounts that are in use, in a stable order.
func (b *books) open(also func(self.Holding) bool) []ident.AccountID {
	var all []ident.AccountID
	for id, a := range b.accounts {
		if a.Status == account.Active && also(b.own(id)) {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(x, y ident.AccountID) int { return cmpText(string(x), string(y)) })
	return all
}

func anybody(self.Holding) bool { return true }

// free are the product accounts that nobody has an active link to.
func (b *books) free() []ident.ProductAccountID {
	var all []ident.ProductAccountID
	for id := range b.people {
		taken := false
		for _, l := range b.links {
			taken = taken || l.ProductAccount == id && l.State == account.LinkActive
		}
		if !taken {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(x, y ident.ProductAccountID) int { return cmpText(string(x), string(y)) })
	return all
}

// TestHistories plays random histories of people with several accounts. After each unlink and each merge it is taken back
// in a copy of the world, which must then be what it was, row by row; and every undo in the history itself brings back
// exactly the rows of its change and touches no other.
func TestHistories(t *testing.T) {
	undone, refused := 0, map[string]int{}
	for seed := range uint64(200) {
		h := &history{books: newBooks(), t: t, lots: rand.New(rand.NewPCG(seed, 1)), seed: seed, taken: map[ident.UndoID]lasting{},
			dropped: map[ident.Email]bool{}}
		for range 5 {
			h.person([]string{"pim", "sdm"}[h.lots.IntN(2)])
		}
		for range 60 {
			h.now = h.now.Add(time.Duration(1+h.lots.IntN(30)) * time.Hour)
			before := h.lasting()
			h.step(&undone, refused)
			h.nothingLost(before)
		}
	}
	if undone < 300 {
		t.Errorf("only %d changes were taken back: the histories are too tame", undone)
	}
	for _, key := range []string{"undo.later", "undo.linked", "undo.moved", "undo.reset", "link.last", "link.reported"} {
		if refused[key] == 0 {
			t.Errorf("no history met %s", key)
		}
	}
}

// step is one random step.
func (h *history) step(undone *int, refused map[string]int) {
	h.t.Helper()
	var err error
	switch n := h.lots.IntN(20); {
	case n < 4:
		h.link()
	case n < 5:
		h.wait()
	case n < 6:
		h.suspend()
	case n < 10:
		err = h.unlink()
	case n < 12:
		err = h.mergeTwo()
	case n < 18:
		err = h.takeBack(undone)
	case n < 19:
		h.reset()
	default:
		if h.lots.IntN(3) == 0 {
			err = h.close()
		}
	}
	if err == nil {
		return
	}
	if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Missing) && !fault.Is(err, fault.Expired) {
		h.fail("%v", err)
	}
	refused[fault.KeyOf(err)]++
	h.say("  refused: %s", fault.KeyOf(err))
}

// link proves a product account that nobody has, for an account or for a new one.
func (h *history) link() {
	pa, ok := pick(h, h.free())
	if !ok {
		return
	}
	id, _ := pick(h, append(h.open(anybody), ""))
	id = h.join(id, pa)
	h.say("%s links %s", id, pa)
}

// wait leaves a pending link.
func (h *history) wait() {
	pa, ok := pick(h, h.free())
	id, some := pick(h, h.open(anybody))
	if !ok || !some {
		return
	}
	for _, l := range h.links {
		if l.ProductAccount == pa && l.State == account.LinkPending {
			return
		}
	}
	l := account.Link{ID: ident.LinkID(h.draw("ln")), Tenant: "acme", Account: id, ProductAccount: pa, State: account.LinkPending,
		CreatedAt: h.now, Version: 1}
	h.links[l.ID] = l
	h.say("%s waits for %s", pa, id)
}

// suspend takes a link out of use by a report.
func (h *history) suspend() {
	id, ok := pick(h, h.open(func(o self.Holding) bool { return len(o.Links) > 0 }))
	if !ok {
		return
	}
	held, _ := pick(h, h.own(id).Links)
	l := held.Link
	if l.State != account.LinkActive {
		return
	}
	l.State, l.Reason = account.LinkSuspended, account.ReasonReported
	l.Version++
	h.links[l.ID] = l
	h.say("%s of %s is reported", l.ID, id)
}

func (h *history) unlink() error {
	id, ok := pick(h, h.open(func(o self.Holding) bool { return len(o.Links) > 0 }))
	if !ok {
		return nil
	}
	held, _ := pick(h, h.own(id).Links)
	h.say("%s unlinks %s (%s)", id, held.Link.ID, held.ProductAccount.ID)
	before := h.lasting()
	out, err := self.Unlink(h.own(id), held.Link.ID, h.act(id), h.now)
	if err != nil {
		return err
	}
	return h.done(before, out)
}

func (h *history) mergeTwo() error {
	into, ok := pick(h, h.open(anybody))
	from, _ := pick(h, h.open(anybody))
	if !ok {
		return nil
	}
	h.say("%s takes %s in", into, from)
	before, known := h.lasting(), len(h.undos)
	if err := h.merge(into, from); err != nil {
		return err
	}
	if len(h.undos) != known+1 {
		h.fail("a merge left %d records to take it back by", len(h.undos)-known)
	}
	h.remember(before)
	return nil
}

// done commits a change, and takes it back in a copy of the world, which must be what it was.
func (h *history) done(before lasting, out linking.Outcome) error {
	if err := h.commit(out); err != nil {
		h.fail("%v", err)
	}
	if len(out.Undos) > 0 {
		h.remember(before)
	}
	return nil
}

// remember keeps how things stood before the latest change, and takes it back in a copy.
func (h *history) remember(before lasting) {
	h.t.Helper()
	var latest account.Undo
	for _, u := range h.undos {
		if latest.ID == "" || u.CreatedAt.After(latest.CreatedAt) {
			latest = u
		}
	}
	h.taken[latest.ID] = before
	c := h.copied()
	i := slices.IndexFunc(c.changes(latest.Account), func(x self.Change) bool { return x.ID == latest.ID })
	if err := c.undo(c.changes(latest.Account)[i]); err != nil {
		h.fail("what was just done cannot be taken back: %v", err)
	}
	if got := c.lasting(); !reflect.DeepEqual(got, before) {
		h.fail("taken back at once, %s leaves\n%+v\nwhere there was\n%+v", latest.Kind, got, before)
	}
}

// takeBack takes back something that may be.
func (h *history) takeBack(undone *int) error {
	id, ok := pick(h, h.open(func(o self.Holding) bool { return len(h.changes(o.Account.ID)) > 0 }))
	if !ok {
		return nil
	}
	c, _ := pick(h, h.changes(id))
	h.say("%s takes back %s of %s", id, c.Kind, c.ID)
	before := h.lasting()
	if err := h.undo(c); err != nil {
		return err
	}
	*undone++
	was, now := h.taken[c.ID], h.lasting()
	for _, l := range c.Before.Links {
		if !reflect.DeepEqual(now.Links[l.ID], was.Links[l.ID]) {
			h.fail("link %s is %+v, and was %+v", l.ID, now.Links[l.ID], was.Links[l.ID])
		}
		delete(before.Links, l.ID)
		delete(now.Links, l.ID)
	}
	for _, a := range c.Before.Addresses {
		if now.Addresses[a.Email] != was.Addresses[a.Email] {
			h.fail("address %s is %+v, and was %+v", a.Email, now.Addresses[a.Email], was.Addresses[a.Email])
		}
		delete(before.Addresses, a.Email)
		delete(now.Addresses, a.Email)
	}
	if c.Other != "" && now.Statuses[c.Other] != account.Active {
		h.fail("%s is %s after the merge was taken back", c.Other, now.Statuses[c.Other])
	}
	delete(before.Statuses, c.Other)
	delete(now.Statuses, c.Other)
	if !reflect.DeepEqual(before, now) {
		h.fail("more than the change was taken back:\n%+v\nwhere there was\n%+v", now, before)
	}
	if err := h.undo(c); err == nil {
		h.fail("it was taken back twice")
	}
	return nil
}

// reset is a new password by the primary mailbox: further addresses go, and links are out of use until they are proven again.
func (h *history) reset() {
	id, ok := pick(h, h.open(anybody))
	if !ok || h.lots.IntN(3) > 0 {
		return
	}
	h.say("%s resets its password", id)
	h.resets[id] = h.now
	for _, a := range h.own(id).Addresses {
		if !a.Primary {
			delete(h.addresses, a.Email)
			h.dropped[a.Email] = true
		}
	}
	for _, held := range h.own(id).Links {
		if l := held.Link; l.State == account.LinkActive {
			l.State, l.Reason = account.LinkSuspended, account.ReasonReset
			l.Version++
			h.links[l.ID] = l
		}
	}
}

func (h *history) close() error {
	id, ok := pick(h, h.open(anybody))
	if !ok {
		return nil
	}
	h.say("%s closes", id)
	out, err := self.Close(h.own(id), true, h.act(id), h.now)
	if err != nil {
		return err
	}
	if err := h.commit(out); err != nil {
		h.fail("%v", err)
	}
	if o := h.own(id); len(o.Links)+len(o.Addresses)+len(o.Deferrals) > 0 || o.Credential.ID != "" {
		h.fail("a closed account keeps %+v", o)
	}
	return nil
}

// nothingLost: no link is ever forgotten, or given another product account, other evidence or another beginning; a `sub`
// never changes; an address goes only with the account that is closed for good.
func (h *history) nothingLost(before lasting) {
	h.t.Helper()
	now := h.lasting()
	if !reflect.DeepEqual(before.Subjects, now.Subjects) {
		h.fail("a sub has changed")
	}
	for id, was := range before.Links {
		is, ok := now.Links[id]
		if !ok || is.ProductAccount != was.ProductAccount || is.Tenant != was.Tenant || !slices.Equal(is.Evidence, was.Evidence) ||
			!is.CreatedAt.Equal(was.CreatedAt) || !is.ActiveAt.Equal(was.ActiveAt) || is.Flow != was.Flow || is.Browser != was.Browser {
			h.fail("link %s became %+v, and was %+v", id, is, was)
		}
	}
	for address, was := range before.Addresses {
		if _, kept := now.Addresses[address]; !kept && now.Statuses[was.Account] != account.Closed && !h.dropped[address] {
			h.fail("address %s is lost", address)
		}
	}
	if err := h.coherent(); err != nil {
		h.fail("%v", err)
	}
}

// TestChainsOfMerges merges five accounts in random order, each into any other, and takes all of it back, the last first:
// the world is what it was. The other way round is refused at every step.
func TestChainsOfMerges(t *testing.T) {
	for seed := range uint64(200) {
		h := &history{books: newBooks(), t: t, lots: rand.New(rand.NewPCG(seed, 2)), seed: seed, taken: map[ident.UndoID]lasting{},
			dropped: map[ident.Email]bool{}}
		for range 5 {
			id := h.join("", h.person("pim").ID)
			for range h.lots.IntN(3) {
				h.join(id, h.person("sdm").ID)
			}
		}
		worlds := []lasting{h.lasting()}
		var merged []ident.UndoID
		for {
			open := h.open(anybody)
			if len(open) == 1 {
				break
			}
			h.now = h.now.Add(time.Hour)
			i := h.lots.IntN(len(open))
			into := open[(i+1+h.lots.IntN(len(open)-1))%len(open)]
			h.say("%s takes %s in", into, open[i])
			if err := h.merge(into, open[i]); err != nil {
				h.fail("%v", err)
			}
			worlds = append(worlds, h.lasting())
			merged = append(merged, h.latest())
		}
		h.unravel(worlds, merged)
	}
}

// latest is the last change that can be taken back.
func (b *books) latest() ident.UndoID {
	var latest account.Undo
	for _, u := range b.undos {
		if latest.ID == "" || u.CreatedAt.After(latest.CreatedAt) {
			latest = u
		}
	}
	return latest.ID
}

// unravel takes merges back from the last to the first.
func (h *history) unravel(worlds []lasting, merged []ident.UndoID) {
	h.t.Helper()
	for i := len(merged) - 1; i >= 0; i-- {
		h.now = h.now.Add(time.Hour)
		for _, earlier := range merged[:i] {
			if u := h.undos[earlier]; u.Account == h.undos[merged[i]].Account {
				c, _ := h.find(u)
				if err := h.copied().undo(c); fault.KeyOf(err) != "undo.later" {
					h.fail("%s was taken back before %s: %v", earlier, merged[i], err)
				}
			}
		}
		c, ok := h.find(h.undos[merged[i]])
		if !ok {
			h.fail("%s cannot be found", merged[i])
		}
		h.say("%s is taken back", merged[i])
		if err := h.undo(c); err != nil {
			h.fail("%v", err)
		}
		if got := h.lasting(); !reflect.DeepEqual(got, worlds[i]) {
			h.fail("%+v\nwhere there was\n%+v", got, worlds[i])
		}
	}
}

func (b *books) find(u account.Undo) (self.Change, bool) {
	for _, c := range b.changes(u.Account) {
		if c.ID == u.ID {
			return c, true
		}
	}
	return self.Change{}, false
}
