package storetest

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
)

// testOwner: an identifier leads to the account that has the address, or the username at an active link of the product
// being opened; to nobody where that is not certain.
func testOwner(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	dana := out.Accounts[0].ID
	find := func(tenant ident.TenantID, product ident.ProductID, typed string) ident.AccountID {
		t.Helper()
		owner, err := db.Owner(ctx, tenant, product, identifier(typed))
		must(t, err)
		if owner == nil {
			return ""
		}
		return owner.Account.ID
	}
	for name, tt := range map[string]struct {
		tenant  ident.TenantID
		product ident.ProductID
		typed   string
		want    ident.AccountID
	}{
		"address":                      {acme, pim, "dana@acme.example", dana},
		"address typed otherwise":      {acme, pim, " DANA@Acme.Example ", dana},
		"address without a product":    {"", "", "dana@acme.example", dana},
		"username at the product":      {acme, pim, "dana.TYPED", dana},
		"username at another product":  {acme, sdm, "dana.typed", ""},
		"username without a product":   {"", "", "dana.typed", ""},
		"username of somebody unknown": {acme, pim, "dana", ""},
	} {
		t.Run(name, func(t *testing.T) { wantEqual(t, "owner", find(tt.tenant, tt.product, tt.typed), tt.want) })
	}

	// A username that looks like an address stands for nobody's mailbox (ATK-64).
	mallory := *j.Flow.Candidate
	mallory.ID, mallory.ExternalID, mallory.Subject, mallory.Version = "pa_mallory", "m", "sub_mallory", 0
	mallory.Username = "victim@acme.example"
	seed := sqlstore.ProductAccountSeed{ProductAccount: mallory, Account: dana, Link: "link_mallory", Event: "event_mallory", At: epoch}
	must(t, db.CreateProductAccount(ctx, seed))
	wantEqual(t, "owner by a username with @", find(acme, pim, "victim@acme.example"), ident.AccountID(""))

	// Two users of one product, linked to one account: either name leads to it, and so does one name that both have.
	for i, username := range []string{"dana.orders", "Dana.Typed"} {
		also := mallory
		also.ID, also.ExternalID = ident.ProductAccountID(id("pa")), ident.ExternalID(id("ext"))
		also.Subject, also.Username = ident.Subject(id("sub")), username
		must(t, db.CreateProductAccount(ctx, sqlstore.ProductAccountSeed{ProductAccount: also, Account: dana,
			Link: ident.LinkID(id("link")), Event: ident.EventID(id("event")), At: epoch}))
		wantEqual(t, "owner by each username", find(acme, pim, []string{"dana.orders", "dana.typed"}[i]), dana)
	}

	// Two accounts with one username: the product has to decide.
	_, second := linked(ctx, t, db, acme, pim, "eve@acme.example")
	wantEqual(t, "owner of an ambiguous username", find(acme, pim, "dana.typed"), ident.AccountID(""))

	// An ended link is no alias any more.
	link := second.Links[0]
	link.State, link.EndedAt, link.Version = account.LinkEnded, epoch, 1
	must(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{link}}))
	wantEqual(t, "owner after the other link ended", find(acme, pim, "dana.typed"), dana)
}

// testSessions: a new authentication ends the browser's other sessions, and an ended session stays ended.
func testSessions(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	_, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	first := out.Sessions[0]
	next := func(browser ident.BrowserID) account.Session {
		s := first
		s.ID, s.Browser, s.UsedAt = ident.SessionID(id("session")), browser, epoch.Add(time.Minute)
		return s
	}
	live := func(id ident.SessionID) bool {
		t.Helper()
		s, err := db.Session(ctx, id)
		must(t, err)
		return s.Live(epoch.Add(2 * time.Minute))
	}
	elsewhere, again := next("another_browser"), next(first.Browser)
	must(t, db.Commit(ctx, linking.Outcome{Sessions: []account.Session{elsewhere}, EndSessionsOf: elsewhere.Browser}))
	must(t, db.Commit(ctx, linking.Outcome{Sessions: []account.Session{again}, EndSessionsOf: again.Browser}))
	wantEqual(t, "live sessions", []bool{live(first.ID), live(again.ID), live(elsewhere.ID)}, []bool{false, true, true})
	ended, err := db.Session(ctx, first.ID)
	must(t, err)
	wantEqual(t, "end and version", []any{ended.EndedAt, ended.Version}, []any{again.UsedAt, int64(2)})

	// A session that goes on under a commit that ends the others is not one of the others.
	again.Version = 1
	third := next(first.Browser)
	must(t, db.Commit(ctx, linking.Outcome{Sessions: []account.Session{again, third}, EndSessionsOf: again.Browser}))
	wantEqual(t, "live sessions", []bool{live(again.ID), live(third.ID)}, []bool{true, true})

	must(t, db.TouchSession(ctx, third.ID, epoch.Add(3*time.Minute)))
	must(t, db.TouchSession(ctx, third.ID, epoch)) // never backwards
	touched, err := db.Session(ctx, third.ID)
	must(t, err)
	wantEqual(t, "use and version", []any{touched.UsedAt, touched.Version}, []any{epoch.Add(3 * time.Minute), int64(1)})

	must(t, db.EndSession(ctx, third.ID, epoch.Add(time.Hour)))
	must(t, db.TouchSession(ctx, third.ID, epoch.Add(2*time.Hour)))
	must(t, db.EndSession(ctx, third.ID, epoch.Add(2*time.Hour)))
	over, err := db.Session(ctx, third.ID)
	must(t, err)
	wantEqual(t, "end and use", []time.Time{over.EndedAt, over.UsedAt}, []time.Time{epoch.Add(time.Hour), epoch.Add(3 * time.Minute)})

	good, err := db.BrowserGood(ctx, first.Browser, epoch.Add(-time.Hour))
	must(t, err)
	wantEqual(t, "browser before signing out", good, true)
	must(t, db.EndSessions(ctx, first.Browser, epoch.Add(time.Hour)))
	good, err = db.BrowserGood(ctx, first.Browser, epoch.Add(-time.Hour))
	must(t, err)
	wantEqual(t, "live after signing out", []bool{good, live(again.ID), live(elsewhere.ID)}, []bool{false, false, true})
}

// testLinks: what an account is linked to, and that a link can move on in one commit.
func testLinks(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	dana := out.Accounts[0].ID
	other := account.ProductAccount{ID: "pa_sdm", Tenant: acme, Product: sdm, ExternalID: "77", Subject: "sub_sdm", Username: "dana"}
	must(t, db.CreateProductAccount(ctx, sqlstore.ProductAccountSeed{ProductAccount: other, Account: dana, Link: "link_sdm", Event: "event_sdm", At: epoch}))
	links, err := db.LinksOf(ctx, dana)
	must(t, err)
	if len(links) != 2 {
		t.Fatalf("%d links, want 2", len(links))
	}
	want := sqlstore.LinkedProduct{Link: out.Links[0], ProductAccount: *j.Flow.Candidate, ProductName: "Example PIM", Mark: "pim",
		Color: "#445566", HomeURL: "https://pim.acme.example/", TenantName: "Acme"}
	want.Link.Version, want.ProductAccount.Version = 1, 1
	wantEqual(t, "first link", links[0], want)
	wantEqual(t, "second link", links[1].ProductAccount.ID, other.ID)

	// Relinking: the old link ends and the new one is active in the same commit, in whatever order they are given.
	must(t, db.CreateAccount(ctx, sqlstore.AccountSeed{ID: "account_new", Credential: "cred_new", Event: "event_new", Email: email("new@acme.example"),
		Hash: "$argon2id$", Name: "New", Locale: "en", At: epoch}))
	old, fresh := links[0].Link, out.Links[0]
	fresh.ID, fresh.Account = "link_new", "account_new"
	old.State, old.EndedAt = account.LinkEnded, epoch
	must(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{fresh, old}}))
	here, err := db.LinksFor(ctx, acme, pim, "account_new")
	must(t, err)
	wantEqual(t, "links of the new account", len(here), 1)
	gone, err := db.LinksFor(ctx, acme, pim, dana)
	must(t, err)
	wantEqual(t, "links of the old account", len(gone), 0)

	// A primary address can be changed in one commit too.
	first := account.Address{Email: j.Email, Account: dana, VerifiedAt: epoch, Version: 1}
	second := account.Address{Email: email("dana@new.example"), Account: dana, VerifiedAt: epoch, Primary: true}
	must(t, db.Commit(ctx, linking.Outcome{Addresses: []account.Address{second, first}}))
	owner, err := db.Owner(ctx, acme, pim, identifier("dana@acme.example"))
	must(t, err)
	wantEqual(t, "primary address", owner.Primary, second.Email)
}

// testPerson: seeds for trials make what a journey would have made.
func testPerson(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	seed := sqlstore.AccountSeed{ID: "account_a", Credential: "cred_a", Event: "event_a", Email: email("a@acme.example"), Hash: "$argon2id$a",
		Name: "A", Locale: "en", At: epoch}
	must(t, db.CreateAccount(ctx, seed))
	owner, err := db.Owner(ctx, acme, pim, identifier("a@acme.example"))
	must(t, err)
	wantEqual(t, "hash and link", []any{owner.Credential.Hash, owner.LinkedHere}, []any{"$argon2id$a", false})
	seed.ID, seed.Credential, seed.Event = "account_b", "cred_b", "event_b"
	wantKind(t, db.CreateAccount(ctx, seed), fault.Moved)
	seed.Email, seed.Proof = email("b@acme.example"), "proof_b"
	must(t, db.CreateAccount(ctx, seed))
	proof, err := db.Proof(ctx, "proof_b")
	must(t, err)
	wantEqual(t, "the operator's word", proof, account.Proof{ID: "proof_b", Method: account.OperatorsWord, Account: "account_b",
		Email: seed.Email, At: epoch, SpentAt: epoch})

	p := account.ProductAccount{ID: "pa_a", Tenant: acme, Product: pim, ExternalID: "1", Subject: "sub_a", Username: "a"}
	must(t, db.CreateProductAccount(ctx, sqlstore.ProductAccountSeed{ProductAccount: p, At: epoch}))
	p.ID, p.ExternalID, p.Subject = "pa_b", "2", "sub_b"
	must(t, db.CreateProductAccount(ctx, sqlstore.ProductAccountSeed{ProductAccount: p, Account: "account_a", Link: "link_b",
		Proof: "proof_c", Event: "event_c", At: epoch}))
	links, err := db.LinksOf(ctx, "account_a")
	must(t, err)
	wantEqual(t, "evidence", links[0].Link.Evidence, []ident.ProofID{"proof_c"})
	owner, err = db.Owner(ctx, acme, pim, identifier("a"))
	must(t, err)
	wantEqual(t, "linked", owner.LinkedHere, true)
}
