package storetest

import (
	"context"
	"reflect"
	"regexp"
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

// keeper is the keeper of people's own steps over the store, with passwords that are right when they say so.
func keeper(db Store, now *time.Time) *self.Keeper {
	return &self.Keeper{Store: db, Passwords: said{}, Draw: id, Ref: func() string { return "K7Q-4MD" }, Now: func() time.Time { return *now }}
}

type said struct{}

// OwnPassword believes the word "right".
func (said) OwnPassword(_ context.Context, _ ident.AccountID, _, _, password string) (bool, error) {
	return password == "right", nil
}

// ChosenPassword takes any.
func (said) ChosenPassword(_ context.Context, typed string, _ ...string) (hash, weakness string, err error) {
	return "hash of " + typed, "", nil
}

// NobodysPassword has nothing to do.
func (said) NobodysPassword(context.Context, ident.Identifier, string, string) error { return nil }

// testOwn: people's own steps over the database. Two accounts are merged and parted, a link is taken apart and brought
// back: links and addresses are the same rows again.
func testOwn(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	_, first := linked(ctx, t, db, acme, pim, "dana@acme.example")
	j, second := linked(ctx, t, db, globex, pim, "dana@home.example")
	dana, home := first.Accounts[0].ID, second.Accounts[0].ID
	now := epoch.Add(time.Minute)
	k := keeper(db, &now)
	ask := self.Ask{Session: first.Sessions[0], Password: "right", Origin: linking.Origin{Agent: "Firefox on Linux", Network: "198.51.100.0/24"}, Locale: "en"}
	held := rows(t, db)

	own := wantOwn(t, db, dana)
	_, err := k.Unlink(ctx, ask, own.Links[0].Link.ID)
	wantEqual(t, "the last link", fault.KeyOf(err), "link.last")
	merged := mergeOwn(t, db, k, ask, identifier("dana@home.example"))
	wantEqual(t, "sessions of the account that was merged", len(sessionsOf(t, db, home, now)), 0)
	own, err = db.Own(ctx, dana)
	must(t, err)
	wantEqual(t, "links and addresses of the merged account", []int{len(own.Links), len(own.Addresses)}, []int{2, 2})

	now = now.Add(time.Minute)
	var moved ident.LinkID
	for _, l := range own.Links {
		if l.ProductAccount.ID == j.Flow.Candidate.ID {
			moved = l.Link.ID
		}
	}
	_, err = k.Unlink(ctx, ask, moved)
	must(t, err)
	changes, err := db.Changes(ctx, dana, now)
	must(t, err)
	wantEqual(t, "changes", []account.UndoKind{changes[0].Kind, changes[1].Kind}, []account.UndoKind{account.UndoUnlink, account.UndoMerge})
	_, err = k.Undo(ctx, ask, merged, "chosen")
	wantEqual(t, "the merge before what came after it", fault.KeyOf(err), "undo.later")
	wrong := ask
	wrong.Password = "wrong"
	out, err := k.Undo(ctx, wrong, changes[0].ID, "chosen")
	must(t, err)
	wantEqual(t, "with a wrong password", out.Problem, "password.wrong")
	for _, undo := range []ident.UndoID{changes[0].ID, merged} {
		now = now.Add(time.Minute)
		_, err = k.Undo(ctx, ask, undo, "chosen")
		must(t, err)
	}
	if got := rows(t, db); !reflect.DeepEqual(got, held) {
		t.Errorf("rows are not what they were:\n%s\nwhere there was\n%s", strings.Join(got, "\n"), strings.Join(held, "\n"))
	}
	parted, err := db.Own(ctx, home)
	must(t, err)
	wantEqual(t, "the other account", []any{parted.Account.Status, parted.Credential.Hash, parted.Primary()},
		[]any{account.Active, "hash of chosen", email("dana@home.example")})
	_, err = k.Undo(ctx, ask, merged, "chosen")
	wantKind(t, err, fault.Missing)
	wantTold(t, db, dana)
}

// wantOwn: everything that hangs on an account comes with its names and the way it was proven.
func wantOwn(t *testing.T, db Store, dana ident.AccountID) self.Holding {
	t.Helper()
	own, err := db.Own(background(t), dana)
	must(t, err)
	if len(own.Links) != 1 || own.Links[0].Product != "Example PIM" || own.Links[0].Tenant != "Acme" || own.Links[0].TimeZone != "Europe/Paris" ||
		own.Credential.Hash != "$argon2id$stored" || own.Primary() != email("dana@acme.example") {
		t.Fatalf("the account holds %+v", own)
	}
	wantEqual(t, "how it was proven", own.Links[0].Methods, []account.Method{account.LegacyPassword, account.MailboxLink})
	_, err = db.Own(background(t), "nobody")
	wantKind(t, err, fault.Missing)
	return own
}

// wantTold: a person is told of the latest event first, with the name of its product.
func wantTold(t *testing.T, db Store, dana ident.AccountID) {
	t.Helper()
	told, err := db.EventsOf(background(t), dana, []audit.Action{audit.AccountMerged, audit.LinkEnded}, 20)
	must(t, err)
	wantEqual(t, "events", []any{len(told), told[0].Action, told[0].Product, told[1].Action}, []any{2, audit.LinkEnded, "Example PIM", audit.AccountMerged})
}

// mergeOwn proves a merge and carries it out.
func mergeOwn(t *testing.T, db Store, k *self.Keeper, ask self.Ask, other ident.Identifier) ident.UndoID {
	t.Helper()
	ctx := background(t)
	proposed, err := k.Propose(ctx, ask, other, "right")
	must(t, err)
	m, plan, err := k.Plan(ctx, ask.Session, proposed.Merges[0].ID)
	must(t, err)
	_, err = k.Merge(ctx, ask, m.ID, plan.Digest()+1)
	wantEqual(t, "another plan than was looked at", fault.KeyOf(err), "merge.changed")
	out, err := k.Merge(ctx, ask, m.ID, plan.Digest())
	must(t, err)
	_, err = k.Merge(ctx, ask, m.ID, plan.Digest())
	wantEqual(t, "used twice", fault.KeyOf(err), "merge.missing")
	return out.Undos[0].ID
}

func sessionsOf(t *testing.T, db Store, id ident.AccountID, now time.Time) []account.Session {
	t.Helper()
	found, err := db.SessionsOf(background(t), id, now)
	must(t, err)
	return found
}

var versions = regexp.MustCompile(` version=\d+`)

// rows are all links, addresses and accounts, without their versions.
func rows(t *testing.T, db Store) []string {
	t.Helper()
	var kept []string
	for _, line := range dump(background(t), t, db) {
		for _, table := range []string{"link ", "account ", "account_address "} {
			if strings.HasPrefix(line, table) {
				kept = append(kept, versions.ReplaceAllString(line, ""))
			}
		}
	}
	return kept
}

// testMergeEnds: a merge that was proven is worth nothing once the other account has another password.
func testMergeEnds(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	_, first := linked(ctx, t, db, acme, pim, "dana@acme.example")
	_, second := linked(ctx, t, db, globex, pim, "dana@home.example")
	now := epoch.Add(time.Minute)
	k := keeper(db, &now)
	ask := self.Ask{Session: first.Sessions[0], Password: "right"}
	proposed, err := k.Propose(ctx, ask, identifier("dana@home.example"), "right")
	must(t, err)
	must(t, db.Commit(ctx, linking.Outcome{VoidCapabilities: []linking.CapabilitiesVoid{{Account: second.Accounts[0].ID}},
		Events: []audit.Event{{ID: ident.EventID(id("event")), At: now, Action: audit.PasswordReset}}}))
	_, _, err = k.Plan(ctx, ask.Session, proposed.Merges[0].ID)
	wantKind(t, err, fault.Missing)
}

// testOwnRaces: two steps of one person side by side, and a link that comes while two accounts become one.
func testOwnRaces(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	_, first := linked(ctx, t, db, acme, pim, "dana@acme.example")
	_, second := linked(ctx, t, db, globex, pim, "dana@home.example")
	now := epoch.Add(time.Minute)
	k := keeper(db, &now)
	ask := self.Ask{Session: first.Sessions[0], Password: "right"}
	proposed, err := k.Propose(ctx, ask, identifier("dana@home.example"), "right")
	must(t, err)
	m, plan, err := k.Plan(ctx, ask.Session, proposed.Merges[0].ID)
	must(t, err)
	act := self.Act{Session: ask.Session, Right: true, Draw: id, Ref: "K7Q-4MD"}
	out, err := self.Merge(m, plan, act, now)
	must(t, err)

	// Between the plan and its end, the other account gets one more link.
	late := second.Links[0]
	late.ID, late.State = ident.LinkID(id("link")), account.LinkPending
	must(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{late}}))
	wantKind(t, db.Commit(ctx, out), fault.Moved)
	late.State, late.EndedAt, late.Version = account.LinkEnded, now, 1
	must(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{late}}))
	must(t, db.Commit(ctx, out))
	wantKind(t, db.Commit(ctx, out), fault.Moved)
}
