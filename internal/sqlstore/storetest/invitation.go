package storetest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// inviting is an Outcome that makes an invitation of a new product account.
func inviting(tenant ident.TenantID, product ident.ProductID, address string, book int64, now time.Time) linking.Outcome {
	p := account.ProductAccount{ID: ident.ProductAccountID(id("pa")), Tenant: tenant, Product: product, ExternalID: ident.ExternalID(id("ext")),
		Generation: "g1", Subject: ident.Subject(id("sub")), Username: address, Email: email(address), SeenAt: now}
	i := linking.Invitation{ID: ident.InvitationID(id("iv")), Tenant: tenant, Product: product, ProductAccount: p.ID, ExternalID: p.ExternalID,
		Generation: p.Generation, Client: "pim", Email: email(address), Locale: "fr", InvitedBy: "Julia Typed", Ref: "K7Q-4MD",
		State: linking.InvitationPending, Mail: ident.MailID(id("mail")), Mails: 1, LastMailAt: now, CreatedAt: now, Deadline: now.Add(linking.InvitationTTL)}
	return linking.Outcome{ProductAccounts: []account.ProductAccount{p}, Invitations: []linking.Invitation{i},
		InvitationBooks: []linking.InvitationBook{{Tenant: tenant, Product: product, Version: book}},
		InvitationTokens: []linking.InvitationToken{{Hash: id("hash"), Purpose: linking.PurposeConfirm, Tenant: tenant, Invitation: i.ID,
			CreatedAt: now, Deadline: i.Deadline}},
		Mails: []linking.Mail{{ID: i.Mail, Kind: linking.MailInvited, Tenant: tenant, To: i.Email, Locale: "fr", At: now, Deadline: i.Deadline,
			Facts: linking.MailFacts{Product: "Example PIM", Tenant: "Acme", Confirm: "mailed-secret", NotMe: "mailed-other", RequestedAt: now, Deadline: i.Deadline}}},
		Events: []audit.Event{{ID: ident.EventID(id("event")), Tenant: tenant, At: now, Action: audit.InvitationMade, ProductAccount: p.ID}}}
}

// testInvitations: what is written of an invitation is what is read, by the tenant and product that it belongs to, and by the
// link in its mail.
func testInvitations(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	out := inviting(acme, pim, "mona@acme.example", 0, epoch)
	must(t, db.Commit(ctx, out))
	want := out.Invitations[0]
	want.Version = 1
	got, err := db.Invitation(ctx, acme, pim, want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	kept, byLink, err := db.InvitationToken(ctx, out.InvitationTokens[0].Hash)
	must(t, err)
	if !reflect.DeepEqual(kept, out.InvitationTokens[0]) || !reflect.DeepEqual(byLink, want) {
		t.Errorf("by its link: %+v %+v", kept, byLink)
	}
	if state, err := db.MailStateOf(ctx, want.Mail); err != nil || state != linking.MailQueued {
		t.Errorf("%q %v", state, err)
	}
	for name, read := range map[string]func() error{
		"another tenant's":  func() error { _, err := db.Invitation(ctx, globex, pim, want.ID); return err },
		"another product's": func() error { _, err := db.Invitation(ctx, acme, sdm, want.ID); return err },
		"an unknown link":   func() error { _, _, err := db.InvitationToken(ctx, "unknown"); return err },
	} {
		if err := read(); !fault.Is(err, fault.Missing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got.State, got.Reason, got.EndedAt = linking.InvitationCancelled, "invitation.cancelled", epoch.Add(time.Hour)
	must(t, db.Commit(ctx, linking.Outcome{Invitations: []linking.Invitation{got}}))
	wantKind(t, db.Commit(ctx, linking.Outcome{Invitations: []linking.Invitation{got}}), fault.Moved)
	if whole := strings.Join(dump(ctx, t, db), "\n"); strings.Contains(whole, "Julia Typed") || strings.Contains(whole, "mailed-secret") {
		t.Error("who invited, or a link's secret, can be read")
	}
}

// testInvitationList: newest first, a page at a time, by the state as it is at an instant.
func testInvitationList(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	var made []ident.InvitationID
	for n := range 5 {
		out := inviting(acme, pim, "crowd"+string(rune('a'+n))+"@acme.example", int64(n), epoch.Add(time.Duration(n/2)*time.Hour))
		must(t, db.Commit(ctx, out))
		made = append(made, out.Invitations[0].ID)
	}
	must(t, db.Commit(ctx, inviting(globex, pim, "far@globex.example", 0, epoch)))
	q := linking.InvitationQuery{Tenant: acme, Product: pim, Now: epoch, Limit: 2}
	var seen []ident.InvitationID
	for range 4 {
		page, err := db.Invitations(ctx, q)
		must(t, err)
		for _, i := range page {
			seen = append(seen, i.ID)
			q.AfterAt, q.AfterID = i.CreatedAt, i.ID
		}
	}
	if len(seen) != len(made) || seen[0] != made[4] {
		t.Errorf("%v of %v", seen, made)
	}
	q = linking.InvitationQuery{Tenant: acme, Product: pim, Limit: 10, Now: epoch.Add(linking.InvitationTTL).Add(time.Minute)}
	for state, want := range map[linking.InvitationState]int{"": 5, linking.InvitationPending: 3, linking.InvitationExpired: 2, linking.InvitationAccepted: 0} {
		q.State = state
		if page, err := db.Invitations(ctx, q); err != nil || len(page) != want {
			t.Errorf("%q a week later: %d %v, want %d", state, len(page), err, want)
		}
	}
	facts, err := db.Invited(ctx, acme, pim, "none", "g1", q.Now)
	must(t, err)
	if facts.Pending != 3 || facts.Book.Version != 5 || facts.Stored != nil {
		t.Errorf("%+v", facts)
	}
}

// testInvited: what a decision about a product account rests on. A link that ended counts.
func testInvited(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	out := inviting(acme, pim, "mona@acme.example", 0, epoch)
	must(t, db.Commit(ctx, out))
	p := out.ProductAccounts[0]
	facts, err := db.Invited(ctx, acme, pim, p.ExternalID, p.Generation, epoch)
	must(t, err)
	if facts.Stored == nil || facts.Stored.ID != p.ID || facts.Open == nil || facts.Open.ID != out.Invitations[0].ID || facts.Linked || facts.Pending != 1 {
		t.Errorf("%+v", facts)
	}
	j, made := linked(ctx, t, db, acme, pim, "dana@acme.example")
	ended := made.Links[0]
	ended.Version, ended.State, ended.EndedAt = 1, account.LinkEnded, epoch
	must(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{ended}}))
	facts, err = db.Invited(ctx, acme, pim, j.Flow.Candidate.ExternalID, j.Flow.Candidate.Generation, epoch)
	must(t, err)
	if !facts.Linked {
		t.Error("a link that ended was forgotten")
	}
}

// testRaceForInvitations: two that were decided on the same count, or for the same product account, are not both written.
func testRaceForInvitations(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	must(t, db.Commit(ctx, inviting(acme, pim, "first@acme.example", 0, epoch)))
	wantKind(t, db.Commit(ctx, inviting(acme, pim, "second@acme.example", 0, epoch)), fault.Moved)
	third := inviting(acme, pim, "third@acme.example", 1, epoch)
	must(t, db.Commit(ctx, third))
	again := third.Invitations[0]
	again.ID = ident.InvitationID(id("iv"))
	wantKind(t, db.Commit(ctx, linking.Outcome{Invitations: []linking.Invitation{again}}), fault.Moved)
	over := third.Invitations[0]
	over.State, over.Version = linking.InvitationExpired, 1
	must(t, db.Commit(ctx, linking.Outcome{Invitations: []linking.Invitation{again, over}}))
}
