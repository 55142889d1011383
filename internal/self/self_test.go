package self_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
)

// two is an account with two links, and another with one.
func two(b *books) (dana, other ident.AccountID) {
	dana = b.join("", b.person("pim").ID)
	b.join(dana, b.person("sdm").ID)
	other = b.join("", b.person("pim").ID)
	return dana, other
}

// steps are all steps of somebody who is signed in, each on a whole that it would succeed on.
func steps(b *books, dana, other ident.AccountID) map[string]func(self.Act) (linking.Outcome, error) {
	h, from := b.own(dana), b.own(other)
	elsewhere := b.session(dana)
	plan, _ := self.PlanMerge(h, from)
	undone := b.copied()
	out, _ := self.Unlink(h, h.Links[0].Link.ID, undone.act(dana), undone.now)
	if err := undone.commit(out); err != nil {
		panic(err)
	}
	changes := undone.changes(dana)
	return map[string]func(self.Act) (linking.Outcome, error){
		"unlink": func(a self.Act) (linking.Outcome, error) { return self.Unlink(h, h.Links[0].Link.ID, a, b.now) },
		"close":  func(a self.Act) (linking.Outcome, error) { return self.Close(h, true, a, b.now) },
		"undo": func(a self.Act) (linking.Outcome, error) {
			return self.Undo(changes[0], changes, undone.own(dana), self.Parted{}, a, b.now)
		},
		"propose": func(a self.Act) (linking.Outcome, error) {
			return self.Propose(h, self.Offered{Other: &from, OtherRight: true}, a, b.now)
		},
		"merge": func(a self.Act) (linking.Outcome, error) {
			m := account.Merge{ID: "mg", Account: dana, Other: other, Browser: a.Session.Browser, Session: a.Session.ID, CreatedAt: b.now, Deadline: b.now.Add(account.MergeTTL)}
			return self.Merge(m, plan, a, b.now)
		},
		"end session": func(a self.Act) (linking.Outcome, error) { return self.EndSession(h, elsewhere, a, b.now) },
		"end others":  func(a self.Act) (linking.Outcome, error) { return self.EndOthers(h, a, b.now) },
	}
}

// TestOnlyAWholeSession: nothing is done for a session of one product, of another account, or one that is over.
func TestOnlyAWholeSession(t *testing.T) {
	b := newBooks()
	dana, other := two(b)
	for name, step := range steps(b, dana, other) {
		if out, err := step(b.act(dana)); err != nil || out.Problem != "" {
			t.Fatalf("%s is refused to its own person: %v %s", name, err, out.Problem)
		}
		for what, bend := range map[string]func(*account.Session){
			"one product":     func(s *account.Session) { s.Scope = account.ScopeProduct },
			"another account": func(s *account.Session) { s.Account = other },
			"nobody":          func(s *account.Session) { s.Account = "" },
			"ended":           func(s *account.Session) { s.EndedAt = b.now },
			"idle":            func(s *account.Session) { s.UsedAt = b.now.Add(-s.IdleTTL) },
		} {
			a := b.act(dana)
			bend(&a.Session)
			if out, err := step(a); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Missing) {
				t.Errorf("%s by a session of %s: %v, %+v", name, what, err, out)
			}
		}
	}
}

// TestThePasswordIsAskedFor: without it nothing changes, however fresh the session is, and the attempt is told. A merge
// rests on a fresh session instead, and on the other account's password always.
func TestThePasswordIsAskedFor(t *testing.T) {
	b := newBooks()
	dana, other := two(b)
	all := steps(b, dana, other)
	for _, name := range []string{"unlink", "close", "undo"} {
		a := b.act(dana)
		a.Right = false
		out, err := all[name](a)
		wantNothing(t, name, out, err, "password.wrong")
	}
	from := b.own(other)
	propose := func(a self.Act, offered self.Offered) (linking.Outcome, error) {
		return self.Propose(b.own(dana), offered, a, b.now)
	}
	good := self.Offered{Other: &from, OtherRight: true}
	stale := b.act(dana)
	stale.Right, stale.Session.AuthAt = false, b.now.Add(-linking.FreshTTL)
	out, err := propose(stale, good)
	wantNothing(t, "a stale session", out, err, "password.wrong")
	fresh := b.act(dana)
	fresh.Right = false
	if out, err = propose(fresh, good); err != nil || len(out.Merges) != 1 {
		t.Errorf("a fresh session: %v %+v", err, out)
	}
	closed, passwordless := from, from
	closed.Account.Status, passwordless.Credential = account.Closed, account.Credential{}
	for name, offered := range map[string]self.Offered{
		"unknown": {}, "wrong": {Other: &from}, "closed": {Other: &closed, OtherRight: true}, "no password": {Other: &passwordless, OtherRight: true},
	} {
		out, err := propose(b.act(dana), offered)
		wantNothing(t, name, out, err, "merge.wrong")
	}
	own := b.own(dana)
	if _, err := propose(b.act(dana), self.Offered{Other: &own, OtherRight: true}); fault.KeyOf(err) != "merge.same" {
		t.Errorf("an account merged into itself: %v", err)
	}
}

func wantNothing(t *testing.T, name string, out linking.Outcome, err error, problem string) {
	t.Helper()
	if err != nil || out.Problem != problem {
		t.Errorf("%s: %v, problem %q, want %q", name, err, out.Problem, problem)
	}
	if len(out.Links)+len(out.Addresses)+len(out.Accounts)+len(out.Undos)+len(out.Merges)+len(out.EndSessions)+
		len(out.DroppedAddresses)+len(out.DroppedCredentials)+len(out.Sessions)+len(out.Mails) != 0 {
		t.Errorf("%s changes something: %+v", name, out)
	}
	if len(out.Events) != 1 || out.Events[0].Action != audit.PasswordRefused {
		t.Errorf("%s leaves the events %+v", name, out.Events)
	}
}

// TestUnlink: the link ends with its sessions and can be taken back; the product account and the account's other rows are
// not touched; everybody who can be reached is told.
func TestUnlink(t *testing.T) {
	b := newBooks()
	dana, other := two(b)
	h := b.own(dana)
	held := h.Links[0]
	out, err := self.Unlink(h, held.Link.ID, b.act(dana), b.now)
	if err != nil {
		t.Fatal(err)
	}
	l := out.Links[0]
	if l.State != account.LinkEnded || l.Reason != account.ReasonUnlinked || !l.EndedAt.Equal(b.now) || l.Account != dana {
		t.Errorf("the link is %+v", l)
	}
	if len(out.Links) != 1 || len(out.ProductAccounts)+len(out.Addresses)+len(out.Credentials)+len(out.Accounts) != 0 {
		t.Errorf("more than a link changes: %+v", out)
	}
	want := linking.SessionsEnd{Tenant: "acme", ProductAccount: held.ProductAccount.ID}
	if !slices.Equal(out.EndSessions, []linking.SessionsEnd{want}) {
		t.Errorf("sessions end by %+v", out.EndSessions)
	}
	u := out.Undos[0]
	if u.Account != dana || !u.Deadline.Equal(b.now.Add(account.UndoTTL)) || u.Before.Links[0].State != account.LinkActive || u.After.Links[0].State != account.LinkEnded {
		t.Errorf("it is taken back by %+v", u)
	}
	wantMails(t, out, linking.MailUnlinked, h.Primary(), held.ProductAccount.Email)

	if _, err := self.Unlink(h, b.own(other).Links[0].Link.ID, b.act(dana), b.now); !fault.Is(err, fault.Missing) {
		t.Errorf("another account's link: %v", err)
	}
	if _, err := self.Unlink(b.own(other), b.own(other).Links[0].Link.ID, b.act(other), b.now); fault.KeyOf(err) != "link.last" {
		t.Errorf("the last link: %v", err)
	}
	h.Links[0].Link.State, h.Links[0].Link.Reason = account.LinkSuspended, account.ReasonReported
	if _, err := self.Unlink(h, held.Link.ID, b.act(dana), b.now); fault.KeyOf(err) != "link.reported" {
		t.Errorf("a reported link: %v", err)
	}
	h.Links[0].Link.State, h.Links[0].Link.Reason = account.LinkPending, ""
	out, err = self.Unlink(h, held.Link.ID, b.act(dana), b.now)
	if err != nil || out.Links[0].Reason != account.ReasonNotMine || len(out.Undos)+len(out.Mails) != 0 {
		t.Errorf("a link that waits: %v %+v", err, out)
	}
}

func wantMails(t *testing.T, out linking.Outcome, kind linking.MailKind, to ...ident.Email) {
	t.Helper()
	var got []string
	for _, m := range out.Mails {
		if m.Kind != kind {
			t.Errorf("a mail of kind %s", m.Kind)
		}
		got = append(got, m.To.Key())
	}
	var want []string
	for _, e := range to {
		want = append(want, e.Key())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("mails to %q, want %q", got, want)
	}
}

// TestTheLastButOneSideBySide: two links of two are not both taken apart by two steps at once.
func TestTheLastButOneSideBySide(t *testing.T) {
	b := newBooks()
	dana, _ := two(b)
	h := b.own(dana)
	first, _ := self.Unlink(h, h.Links[0].Link.ID, b.act(dana), b.now)
	second, _ := self.Unlink(h, h.Links[1].Link.ID, b.act(dana), b.now)
	if err := b.commit(first); err != nil {
		t.Fatal(err)
	}
	if err := b.commit(second); err == nil {
		t.Error("both links are gone")
	}
}

// TestMerge: what a plan says is what happens.
func TestMerge(t *testing.T) {
	b := newBooks()
	dana, other := two(b)
	into, from := b.own(dana), b.own(other)
	plan, err := self.PlanMerge(into, from)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Moved) != 1 || len(plan.Ended) != 0 || !slices.Equal(plan.Twice, []string{"Product pim"}) {
		t.Errorf("the plan is %+v", plan)
	}
	elsewhere := b.session(other)
	if err := b.merge(dana, other); err != nil {
		t.Fatal(err)
	}
	after := b.own(dana)
	if after.Primary() != into.Primary() || len(after.Addresses) != 2 || len(after.Links) != 3 || after.Credential != into.Credential {
		t.Errorf("afterwards %+v", after)
	}
	if b.accounts[other].Status != account.Closed || b.credentials[other].ID != "" || b.sessions[elsewhere.ID].EndedAt.IsZero() {
		t.Error("the other account can still be used")
	}
	wantMails(t, linking.Outcome{Mails: b.mails}, linking.MailMerged, into.Primary(), from.Primary(), from.Links[0].ProductAccount.Email)
	if strings.Contains(strings.Join(auditReasons(b.events), " "), "@") {
		t.Error("an event names an address")
	}
}

func auditReasons(events []audit.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.Reason)
	}
	return all
}

// TestAMergeIsUsedOnce: only by the session and the browser that proved it, within its time, for its two accounts, once;
// and a plan that was looked at is told from a later one.
func TestAMergeIsUsedOnce(t *testing.T) {
	b := newBooks()
	dana, other := two(b)
	third := b.join("", b.person("pim").ID)
	plan, _ := self.PlanMerge(b.own(dana), b.own(other))
	a := b.act(dana)
	good := account.Merge{ID: "mg", Account: dana, Other: other, Browser: a.Session.Browser, Session: a.Session.ID, CreatedAt: b.now,
		Deadline: b.now.Add(account.MergeTTL), Version: 1}
	for name, bend := range map[string]func(*account.Merge){
		"none":            func(m *account.Merge) { *m = account.Merge{} },
		"used":            func(m *account.Merge) { m.DoneAt = b.now },
		"too late":        func(m *account.Merge) { m.Deadline = b.now },
		"another browser": func(m *account.Merge) { m.Browser = "another" },
		"another session": func(m *account.Merge) { m.Session = "another" },
		"another account": func(m *account.Merge) { m.Other = third },
		"another survivor": func(m *account.Merge) {
			m.Account = third
		},
	} {
		m := good
		bend(&m)
		if _, err := self.Merge(m, plan, a, b.now); fault.KeyOf(err) != "merge.missing" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := self.Merge(good, plan, a, b.now); err != nil {
		t.Error(err)
	}
	before := plan.Digest()
	b.join(other, b.person("sdm").ID)
	if later, _ := self.PlanMerge(b.own(dana), b.own(other)); later.Digest() == before {
		t.Error("a plan with one link more has the same digest")
	}
}

// TestWhatCannotBeTakenBack: an undo of another account, done or too late, and one whose rows have moved.
func TestWhatCannotBeTakenBack(t *testing.T) {
	b := newBooks()
	dana, other := two(b)
	h := b.own(dana)
	out, _ := self.Unlink(h, h.Links[0].Link.ID, b.act(dana), b.now)
	if err := b.commit(out); err != nil {
		t.Fatal(err)
	}
	c := b.changes(dana)[0]
	for name, tt := range map[string]struct {
		bend func(*self.Change, *self.Holding)
		at   time.Time
		want string
	}{
		"another account's": {func(_ *self.Change, h *self.Holding) { *h = b.own(other) }, b.now, "undo.missing"},
		"done":              {func(c *self.Change, _ *self.Holding) { c.DoneAt = b.now }, b.now, "undo.missing"},
		"too late":          {func(*self.Change, *self.Holding) {}, c.Deadline, "undo.expired"},
		"linked since": {func(c *self.Change, _ *self.Holding) {
			c.Beside = []account.Link{{ID: "later", Tenant: "acme", ProductAccount: c.Before.Links[0].ProductAccount, State: account.LinkActive, CreatedAt: b.now, ActiveAt: b.now}}
		}, b.now, "undo.linked"},
		"linked and unlinked since": {func(c *self.Change, _ *self.Holding) {
			c.Beside = []account.Link{{ID: "later", Tenant: "acme", ProductAccount: c.Before.Links[0].ProductAccount, State: account.LinkEnded, CreatedAt: b.now, ActiveAt: b.now}}
		}, b.now, "undo.linked"},
		"waits elsewhere": {func(c *self.Change, _ *self.Holding) {
			c.Beside = []account.Link{{ID: "later", Tenant: "acme", ProductAccount: c.Before.Links[0].ProductAccount, State: account.LinkPending, CreatedAt: b.now}}
		}, b.now, "undo.linked"},
		"moved":       {func(c *self.Change, _ *self.Holding) { c.Links[0].Link.EndedAt = b.now.Add(time.Second) }, b.now, "undo.moved"},
		"reset since": {func(c *self.Change, _ *self.Holding) { c.Reset = true }, b.now, "undo.reset"},
		"gone":        {func(c *self.Change, _ *self.Holding) { c.Links = nil }, b.now, "undo.moved"},
	} {
		changed, holding := b.changes(dana)[0], b.own(dana)
		tt.bend(&changed, &holding)
		if err := self.Stands(changed, b.changes(dana), holding, tt.at); fault.KeyOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if err := b.merge(other, dana); err != nil {
		t.Fatal(err)
	}
	merged := b.changes(other)[0]
	taken := merged
	taken.Addresses = slices.Clone(taken.Addresses)
	taken.Addresses[0].Account = "another"
	if err := self.Stands(taken, nil, b.own(other), b.now); fault.KeyOf(err) != "undo.taken" {
		t.Errorf("an address of another account: %v", err)
	}
	dropped := merged
	dropped.Addresses = nil
	if err := self.Stands(dropped, nil, b.own(other), b.now); fault.KeyOf(err) != "undo.moved" {
		t.Errorf("an address that is gone: %v", err)
	}
	for name, tt := range map[string]struct {
		parted self.Parted
		want   string
	}{"no new password": {self.Parted{}, "new_password.empty"}, "a weak one": {self.Parted{Hash: "new", Weakness: "too_short"}, "new_password.too_short"}} {
		tt.parted.Other = b.own(dana)
		if _, err := self.Undo(merged, b.changes(other), b.own(other), tt.parted, b.act(other), b.now); fault.KeyOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := self.Undo(merged, b.changes(other), b.own(other), self.Parted{Other: b.own(other), Hash: "new"}, b.act(other), b.now); fault.KeyOf(err) != "undo.moved" {
		t.Errorf("another account than the one that was closed: %v", err)
	}
}

// TestClose: everything that hangs on the account goes, and needs the person's word.
func TestClose(t *testing.T) {
	b := newBooks()
	dana, _ := two(b)
	h := b.own(dana)
	if _, err := self.Close(h, false, b.act(dana), b.now); fault.KeyOf(err) != "close.unsure" {
		t.Errorf("without a word: %v", err)
	}
	out, err := self.Close(h, true, b.act(dana), b.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.commit(out); err != nil {
		t.Fatal(err)
	}
	if _, taken := b.addresses[h.Primary()]; taken || b.accounts[dana].Status != account.Closed {
		t.Error("the address is not free")
	}
	for _, l := range h.Links {
		if now := b.links[l.Link.ID]; now.State != account.LinkEnded || now.Reason != account.ReasonClosed {
			t.Errorf("a link is left as %+v", now)
		}
	}
	for _, s := range b.sessions {
		if s.Account == dana && s.EndedAt.IsZero() {
			t.Error("a session goes on")
		}
	}
	wantMails(t, out, linking.MailClosed, h.Primary(), h.Links[0].ProductAccount.Email, h.Links[1].ProductAccount.Email)
}
