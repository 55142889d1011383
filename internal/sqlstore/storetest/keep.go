package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
)

// testTenants: the keys themselves keep tenants apart; a row that mixes two cannot be stored, whoever writes it, and
// what is looked up for one tenant is never another's.
func testTenants(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	pa, link := j.Flow.Candidate, out.Links[0]

	mixed := link
	mixed.ID, mixed.Tenant, mixed.State = ident.LinkID(id("link")), globex, account.LinkPending
	wantKind(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{mixed}}), fault.Moved)

	proof := *j.Flow.Legacy
	proof.ID, proof.Tenant, proof.SpentAt = ident.ProofID(id("proof")), globex, time.Time{}
	wantKind(t, db.Commit(ctx, linking.Outcome{Proofs: []account.Proof{proof}}), fault.Moved)

	session := out.Sessions[0]
	session.ID, session.Scope, session.Tenant, session.ProductAccount = ident.SessionID(id("session")), account.ScopeProduct, globex, pa.ID
	wantKind(t, db.Commit(ctx, linking.Outcome{Sessions: []account.Session{session}}), fault.Moved)

	mailToken := j.mailToken(linking.PurposeConfirm)
	mailToken.Tenant = globex
	wantKind(t, db.Commit(ctx, linking.Outcome{MailTokens: []linking.MailToken{mailToken}}), fault.Moved)

	link.Tenant, link.Version, link.State = globex, 1, account.LinkEnded
	wantKind(t, db.Commit(ctx, linking.Outcome{Links: []account.Link{link}}), fault.Moved)

	if _, err := db.Raw.ExecContext(ctx, "UPDATE link SET tenant_id = 'globex' WHERE tenant_id = 'acme'"); err == nil {
		t.Error("a link was carried into another tenant underneath the store")
	}
	if _, err := db.Raw.ExecContext(ctx, "UPDATE product_account SET tenant_id = 'globex' WHERE tenant_id = 'acme'"); err == nil {
		t.Error("a product account was carried away from under its link")
	}

	facts, err := db.ProductAccount(ctx, globex, pim, pa.ExternalID, pa.Generation)
	must(t, err)
	wantEqual(t, "another tenant's product account", facts, linking.ProductAccountFacts{})
	owner, err := db.Owner(ctx, globex, pim, identifier(pa.Username))
	must(t, err)
	if owner != nil {
		t.Error("a username of one tenant leads to an account in another")
	}
	if owner, err = db.Owner(ctx, globex, pim, identifier(j.Email.Key())); err != nil || owner == nil || owner.LinkedHere {
		t.Errorf("owner by address in a tenant without link: %+v, %v", owner, err)
	}
	links, err := db.LinksFor(ctx, globex, pim, link.Account)
	must(t, err)
	wantEqual(t, "links in another tenant", len(links), 0)
}

// canaries are typed, mailed or secret texts of a journey that nobody may read in the database.
func canaries() []string {
	return []string{"dana.typed", "adopted", "stored", "mailed-secret", "mailed-other", "Dana Proven"}
}

// testSealed: what was typed and what is secret cannot be read in any table before the end of a flow, and afterwards
// only the person's own record holds their address and name.
func testSealed(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j := newJourney(acme, pim, "dana@acme.example")
	j.upToFinish(ctx, t, db)
	finish := j.finish()
	for _, last := range []bool{false, true} {
		if last {
			must(t, db.Commit(ctx, finish))
		}
		for _, line := range dump(ctx, t, db) {
			table, _, _ := strings.Cut(line, " ")
			for _, secret := range append(canaries(), j.Email.Key()) {
				// The product's record and the account hold a name and an address: that is what they are for.
				open := table == "product_account" || table == "account" || table == "account_address"
				if strings.Contains(line, secret) && (!open || secret == "adopted" || secret == "stored") && !isOrigin(line, secret) {
					t.Errorf("table %s shows %q", table, secret)
				}
			}
		}
	}
	// A sealed value that was carried to another row does not open.
	other := newJourney(acme, pim, "eve@acme.example")
	must(t, db.Commit(ctx, other.begin()))
	_, err := db.Raw.ExecContext(ctx, "UPDATE flow SET facts = (SELECT facts FROM flow WHERE id = $1) WHERE id = $2",
		string(j.Flow.ID), string(other.Flow.ID))
	must(t, err)
	_, err = db.Flow(ctx, other.Flow.ID)
	wantKind(t, err, fault.Internal)
}

// isOrigin is the one place in which a canary's word is no secret: where a password came from.
func isOrigin(line, secret string) bool {
	return secret == "adopted" && strings.Count(line, secret) == strings.Count(line, "adopted:pim")
}

// testOutbox: a mail's way from the queue to its end.
func testOutbox(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j := newJourney(acme, pim, "dana@acme.example")
	_, err := db.MailState(ctx, j.Flow.ID)
	wantKind(t, err, fault.Missing)
	mail := j.letter(linking.MailConfirm, epoch)
	must(t, db.Commit(ctx, linking.Outcome{Mails: []linking.Mail{mail}}))
	wantState := func(want linking.MailState) {
		t.Helper()
		got, err := db.MailState(ctx, j.Flow.ID)
		must(t, err)
		wantEqual(t, "state", got, want)
	}
	claim := func(now time.Time) []sqlstore.QueuedMail {
		t.Helper()
		got, err := db.ClaimMails(ctx, now, 10, time.Minute)
		must(t, err)
		return got
	}
	wantState(linking.MailQueued)
	wantEqual(t, "mails due before their time", len(claim(epoch.Add(-time.Second))), 0)
	want := sqlstore.QueuedMail{ID: mail.ID, Kind: mail.Kind, Tenant: acme, To: mail.To, Locale: "en", Values: mail.Values(),
		Attempt: 1, At: epoch, Deadline: mail.Deadline}
	wantEqual(t, "claimed", claim(epoch), []sqlstore.QueuedMail{want})
	wantEqual(t, "claimed while the claim holds", len(claim(epoch.Add(59*time.Second))), 0)
	want.Attempt = 2
	wantEqual(t, "claimed from a lost worker", claim(epoch.Add(time.Minute)), []sqlstore.QueuedMail{want})

	retryAt := epoch.Add(10 * time.Minute)
	must(t, db.MailFailed(ctx, mail.ID, epoch.Add(2*time.Minute), &retryAt, "mail.relay connect"))
	wantState(linking.MailQueued)
	wantEqual(t, "claimed before the retry", len(claim(retryAt.Add(-time.Second))), 0)
	wantEqual(t, "claimed at the retry", len(claim(retryAt)), 1)
	must(t, db.MailFailed(ctx, mail.ID, retryAt, &retryAt, "mail.relay connect"))
	wantState(linking.MailTrouble)
	must(t, db.MailSent(ctx, mail.ID, retryAt))
	wantState(linking.MailGone)
	wantKind(t, db.MailSent(ctx, mail.ID, retryAt), fault.Missing)
	wantKind(t, db.MailFailed(ctx, mail.ID, retryAt, nil, "mail.refused"), fault.Missing)

	refused := j.letter(linking.MailConfirm, epoch.Add(time.Second))
	must(t, db.Commit(ctx, linking.Outcome{Mails: []linking.Mail{refused}}))
	wantState(linking.MailQueued) // the last mail counts
	must(t, db.MailFailed(ctx, refused.ID, epoch, nil, "mail.refused receiver 550"))
	wantState(linking.MailRefused)
	testResets(ctx, t, db, j, claim)
	wantState(linking.MailRefused) // a product's mail is none of ours
	var left int
	must(t, db.Raw.QueryRowContext(ctx, "SELECT count(*) FROM outbox WHERE payload IS NOT NULL").Scan(&left))
	wantEqual(t, "payloads kept after the end", left, 0)
	wantEqual(t, "mails due when all have ended", len(claim(epoch.Add(24*time.Hour))), 0)
}

// testResets: what a product is asked to send waits beside our own mails, for whoever asks products.
func testResets(ctx context.Context, t *testing.T, db Store, j *journey, claim func(time.Time) []sqlstore.QueuedMail) {
	t.Helper()
	reset := j.letter(linking.MailProductReset, epoch.Add(2*time.Second))
	reset.Facts.ProductID = pim
	must(t, db.Commit(ctx, linking.Outcome{Mails: []linking.Mail{reset}}))
	now := epoch.Add(time.Hour)
	wantEqual(t, "product's mails among ours", len(claim(now)), 0)
	got, err := db.ClaimResets(ctx, now, 10, time.Minute)
	must(t, err)
	wantEqual(t, "asked for", got, []sqlstore.QueuedMail{{ID: reset.ID, Kind: reset.Kind, Tenant: acme, To: reset.To, Locale: "en",
		Values: reset.Values(), Attempt: 1, At: reset.At, Deadline: reset.Deadline}})
	wantEqual(t, "which product", got[0].Values["product_id"], string(pim))
	must(t, db.MailSent(ctx, reset.ID, now))
}

// testMissing: what is not there is Missing, and what may be absent is empty.
func testMissing(t *testing.T, open Opener) {
	ctx, db := background(t), open(t, nil)
	for name, read := range map[string]func() error{
		"suite":      func() error { _, err := db.Suite(ctx); return err },
		"setting":    func() error { _, err := db.Setting(ctx, acme, pim); return err },
		"no tenant":  func() error { _, err := db.Setting(ctx, "", ""); return err },
		"flow":       func() error { _, err := db.Flow(ctx, "x"); return err },
		"mail token": func() error { _, err := db.MailToken(ctx, "x"); return err },
		"session":    func() error { _, err := db.Session(ctx, "x"); return err },
		"proof":      func() error { _, err := db.Proof(ctx, "x"); return err },
		"client":     func() error { _, err := db.Client(ctx, "x"); return err },
		"rollout":    func() error { return db.SetRollout(ctx, acme, "off", "me", "", epoch) },
	} {
		t.Run(name, func(t *testing.T) { wantKind(t, read(), fault.Missing) })
	}
	owner, err := db.Owner(ctx, acme, pim, identifier("nobody"))
	if owner != nil || err != nil {
		t.Errorf("owner of an unknown name: %v, %v", owner, err)
	}
	address, err := db.AddressOwner(ctx, email("nobody@acme.example"))
	if address != "" || err != nil {
		t.Errorf("owner of an unknown address: %v, %v", address, err)
	}
	facts, err := db.ProductAccount(ctx, acme, pim, "x", "")
	must(t, err)
	wantEqual(t, "facts of an unknown user", facts, linking.ProductAccountFacts{})
}

// testTraps: what the two databases and their drivers disagree on where one is not careful.
func testTraps(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	for name, tt := range map[string]struct {
		query string
		args  []any
		want  string
	}{
		"second parameter before the first": {"SELECT id FROM product WHERE name = $2 AND id = $1", []any{"pim", "Example PIM"}, "pim"},
		"parameter used twice":              {"SELECT id FROM product WHERE id = $1 AND id = $1", []any{"sdm"}, "sdm"},
		"true parameter":                    {"SELECT id FROM product WHERE weak = $1", []any{true}, "sdm"},
		"false parameter":                   {"SELECT id FROM product WHERE weak = $1", []any{false}, "pim"},
		"boolean column as condition":       {"SELECT id FROM product WHERE weak", nil, "sdm"},
		"arithmetic on two parameters":      {"SELECT id FROM product WHERE CAST($1 AS BIGINT) - CAST($2 AS BIGINT) = 3 AND id = 'pim'", []any{int64(5), int64(2)}, "pim"},
		"NULL for empty":                    {"SELECT id FROM product WHERE COALESCE(CAST($1 AS TEXT), 'sdm') = id", []any{nil}, "sdm"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			must(t, db.Raw.QueryRowContext(ctx, tt.query, tt.args...).Scan(&got))
			wantEqual(t, "row", got, tt.want)
		})
	}
	// Binary collation: what some locales call equal are two keys (ATK-66).
	for i, external := range []string{"straße", "strasse", "STRASSE", "ı", "i", "I", "\u00e9", "e\u0301"} {
		p := account.ProductAccount{ID: ident.ProductAccountID(id("pa")), Tenant: acme, Product: pim, ExternalID: ident.ExternalID(external),
			Subject: ident.Subject(id("sub")), Username: "u"}
		if err := db.Commit(ctx, linking.Outcome{ProductAccounts: []account.ProductAccount{p}}); err != nil {
			t.Errorf("external id %d: %v", i, err)
		}
	}
}

// LeaveSecrets commits a whole journey and another until before its end, and gives the texts of them that may be
// readable nowhere.
func LeaveSecrets(t *testing.T, db Store) []string {
	t.Helper()
	ctx := background(t)
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	newJourney(acme, pim, "not.yet.proven@acme.example").upToFinish(ctx, t, db)
	linked(ctx, t, db, acme, pim, "dana@acme.example")
	return []string{"dana.typed\"", "$argon2id$adopted", "$argon2id$stored", "mailed-secret", "mailed-other"}
}
