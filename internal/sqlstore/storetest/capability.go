package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// drawn are identifiers for a change of the account.
func drawn(h linking.Holding) linking.Lots {
	l := linking.Lots{Proofs: [2]ident.ProofID{ident.ProofID(id("proof")), ident.ProofID(id("proof"))},
		Credential: ident.CredentialID(id("cred")), Session: ident.SessionID(id("session"))}
	for range 4 + len(h.Links) {
		l.Links = append(l.Links, ident.LinkID(id("link")))
		l.Mails = append(l.Mails, ident.MailID(id("mail")))
		l.Events = append(l.Events, ident.EventID(id("event")))
	}
	return l
}

// reset asks for a reset of the address and gives its stored capability.
func reset(ctx context.Context, t *testing.T, db Store, h linking.Holding, address ident.Email) linking.Capability {
	t.Helper()
	hash := id("hash")
	must(t, db.Commit(ctx, linking.AskReset(h, linking.ResetAsk{Email: address, Flow: "flow_asked", Secret: "mailed-secret", Hash: hash,
		Mail: ident.MailID(id("mail")), Event: ident.EventID(id("event"))}, epoch)))
	stored, err := db.Capability(ctx, hash)
	must(t, err)
	return stored
}

// setPassword is a reset with the capability, decided on what is stored now.
func setPassword(ctx context.Context, t *testing.T, db Store, hash string, browser ident.BrowserID) (linking.Outcome, error) {
	t.Helper()
	c, err := db.Capability(ctx, hash)
	must(t, err)
	h, err := db.Holding(ctx, c.Account)
	must(t, err)
	return linking.Reset(h, linking.PasswordReset{Capability: c, Browser: browser, Hash: "$argon2id$new", Lots: drawn(h)}, epoch.Add(time.Minute))
}

// testHolding: an account is read back with everything that hangs on it.
func testHolding(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	linked(ctx, t, db, globex, pim, "eve@acme.example")
	deferral := account.Deferral{ID: ident.DeferralID(id("df")), Tenant: acme, Account: out.Accounts[0].ID, Product: sdm, Email: j.Email,
		Flow: j.Flow.ID, CreatedAt: epoch}
	must(t, db.Commit(ctx, linking.Outcome{Deferrals: []account.Deferral{deferral}}))
	h, err := db.Holding(ctx, out.Accounts[0].ID)
	must(t, err)
	want := linking.Holding{Account: out.Accounts[0], Credential: out.Credentials[0], Addresses: out.Addresses, Deferrals: []account.Deferral{deferral}}
	want.Account.Version, want.Credential.Version, want.Addresses[0].Version, want.Deferrals[0].Version = 1, 1, 1, 1
	link := linking.HeldLink{Link: out.Links[0], ProductAccount: *j.Flow.Candidate, Connector: "pim-sql"}
	link.Link.Version, link.ProductAccount.Version = 1, 1
	link.Product = declaredProduct(ctx, t, db, pim)
	link.Tenant, err = db.Tenant(ctx, acme)
	must(t, err)
	want.Links = []linking.HeldLink{link}
	wantEqual(t, "holding", h, want)
	_, err = db.Holding(ctx, "nobody")
	wantKind(t, err, fault.Missing)

	whole := linking.Read{Table: linking.TableHolding, ID: string(h.Account.ID), Version: 3}
	must(t, db.Commit(ctx, linking.Outcome{Reads: []linking.Read{whole}}))
	whole.Version = 2
	wantKind(t, db.Commit(ctx, linking.Outcome{Reads: []linking.Read{whole}}), fault.Moved)
}

// declaredProduct is a product as it is stored.
func declaredProduct(ctx context.Context, t *testing.T, db Store, id ident.ProductID) directory.Product {
	t.Helper()
	products, err := db.Products(ctx)
	must(t, err)
	return products[slices.IndexFunc(products, func(p directory.Product) bool { return p.ID == id })]
}

// testCapabilities: a capability is spent once, and void with all others of its account once one of them has acted.
func testCapabilities(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	_, eve := linked(ctx, t, db, globex, pim, "eve@acme.example")
	h, err := db.Holding(ctx, out.Accounts[0].ID)
	must(t, err)
	first, second := reset(ctx, t, db, h, j.Email), reset(ctx, t, db, h, j.Email)
	eves, err := db.Holding(ctx, eve.Accounts[0].ID)
	must(t, err)
	others := reset(ctx, t, db, eves, email("eve@acme.example"))
	want := linking.Capability{Hash: first.Hash, Purpose: linking.ToReset, Account: h.Account.ID, Email: j.Email, Flow: "flow_asked",
		CreatedAt: epoch, Deadline: epoch.Add(linking.ResetTTL), Version: 1}
	wantEqual(t, "capability", first, want)
	_, err = db.Capability(ctx, "none")
	wantKind(t, err, fault.Missing)

	done, err := setPassword(ctx, t, db, first.Hash, "browser_k")
	must(t, err)
	must(t, db.Commit(ctx, done))
	wantKind(t, db.Commit(ctx, done), fault.Moved)
	now := epoch.Add(time.Minute)
	for hash, want := range map[string]linking.TokenState{first.Hash: linking.TokenUsed, second.Hash: linking.TokenStopped, others.Hash: linking.TokenGood} {
		got, err := db.Capability(ctx, hash)
		must(t, err)
		wantEqual(t, "state", got.Check(linking.ToReset, now), want)
	}
	stale := second
	stale.SpentAt = now
	wantKind(t, db.Commit(ctx, linking.Outcome{Capabilities: []linking.Capability{stale}}), fault.Moved)

	after, err := db.Holding(ctx, h.Account.ID)
	must(t, err)
	if len(after.Links) != 1 || after.Links[0].Link.State != account.LinkPending || after.Links[0].Link.Browser != "browser_k" || after.Credential.Hash != "$argon2id$new" {
		t.Errorf("after the reset: %+v", after)
	}
	session, err := db.Session(ctx, out.Sessions[0].ID)
	must(t, err)
	wantEqual(t, "session's end", session.EndedAt, now)
	session, err = db.Session(ctx, eve.Sessions[0].ID)
	must(t, err)
	wantEqual(t, "another account's session", session.EndedAt, time.Time{})
	wantKind(t, db.Commit(ctx, linking.Outcome{VoidCapabilities: []linking.CapabilitiesVoid{{}}}), fault.Internal)
}

// testRaceToReset: of several resets at the same moment, with one link or with several, exactly one sets the password.
func testRaceToReset(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	for name, links := range map[string]int{"one": 1, "several": 4} {
		j, out := linked(ctx, t, db, acme, pim, name+"@acme.example")
		h, err := db.Holding(ctx, out.Accounts[0].ID)
		must(t, err)
		var hashes []string
		for range links {
			hashes = append(hashes, reset(ctx, t, db, h, j.Email).Hash)
		}
		outs := make([]linking.Outcome, 4)
		for i := range outs {
			outs[i], err = setPassword(ctx, t, db, hashes[i%links], "browser_k")
			must(t, err)
			outs[i].Credentials[0].Hash = "$argon2id$" + id("new")
		}
		winner := wantOneWinner(t, together(len(outs), func(i int) error { return db.Commit(ctx, outs[i]) }))
		h, err = db.Holding(ctx, h.Account.ID)
		must(t, err)
		wantEqual(t, "password", h.Credential.Hash, outs[winner].Credentials[0].Hash)
	}
}

// testRaceResetAndLink: a link that is made while the password is reset is either part of the decision or not made (ATK-120).
func testRaceResetAndLink(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	for range 5 {
		j, out := linked(ctx, t, db, acme, pim, id("dana")+"@acme.example")
		h, err := db.Holding(ctx, out.Accounts[0].ID)
		must(t, err)
		hash := reset(ctx, t, db, h, j.Email).Hash
		further := newJourney(globex, pim, "dana@acme.example")
		must(t, db.Commit(ctx, further.begin()))
		further.Flow.Version++
		must(t, db.Commit(ctx, further.prove()))
		link := account.Link{ID: ident.LinkID(id("link")), Tenant: globex, Account: h.Account.ID, ProductAccount: further.Flow.Candidate.ID,
			State: account.LinkActive, Flow: further.Flow.ID, Browser: "browser_m", CreatedAt: epoch, ActiveAt: epoch}
		made := linking.Outcome{Links: []account.Link{link},
			Reads: []linking.Read{{Table: linking.TableAccount, ID: string(h.Account.ID), Version: h.Account.Version}}}
		done, err := setPassword(ctx, t, db, hash, "browser_k")
		must(t, err)
		errs := together(2, func(i int) error { return db.Commit(ctx, []linking.Outcome{made, done}[i]) })
		if errs[0] == nil && errs[1] == nil {
			t.Fatal("a link came into being beside the reset")
		}
		if errs[1] != nil {
			again, err := setPassword(ctx, t, db, hash, "browser_k")
			must(t, err)
			must(t, db.Commit(ctx, again))
		}
		after, err := db.Holding(ctx, h.Account.ID)
		must(t, err)
		for _, l := range after.Links {
			if l.Link.State == account.LinkActive {
				t.Errorf("active after the reset: %+v", l.Link)
			}
		}
	}
}

// testEmailChange: a change is kept whole and sealed, ends once, and a reset ends it with its links.
func testEmailChange(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	owner := out.Accounts[0].ID
	c := linking.EmailChange{ID: ident.EmailChangeID(id("change")), Account: owner, Browser: "browser_t", Ref: "K7Q-4MD", Locale: "en",
		Origin: linking.Origin{Agent: "Firefox on Linux", Network: "198.51.100.0/24"}, From: j.Email, To: email("typed.canary@acme.example"),
		Mails: 1, LastMailAt: epoch, CreatedAt: epoch, Deadline: epoch.Add(linking.EmailChangeTTL)}
	leg := linking.Capability{Hash: id("hash"), Purpose: linking.ToConfirmEmail, Account: owner, Email: c.To, Change: c.ID, CreatedAt: epoch, Deadline: epoch.Add(linking.LinkTTL)}
	must(t, db.Commit(ctx, linking.Outcome{EmailChanges: []linking.EmailChange{c}, Capabilities: []linking.Capability{leg}}))
	for _, line := range dump(ctx, t, db) {
		if strings.Contains(line, "typed.canary") {
			t.Errorf("plain: %s", line)
		}
	}
	c.Version, leg.Version = 1, 1
	got, err := db.EmailChange(ctx, c.ID)
	must(t, err)
	wantEqual(t, "change", got, c)
	stored, err := db.Capability(ctx, leg.Hash)
	must(t, err)
	wantEqual(t, "its link", stored, leg)
	h, err := db.Holding(ctx, owner)
	must(t, err)
	wantEqual(t, "open changes", h.Changes, []linking.EmailChange{c})

	done, err := setPassword(ctx, t, db, reset(ctx, t, db, h, j.Email).Hash, "browser_k")
	must(t, err)
	must(t, db.Commit(ctx, done))
	got, err = db.EmailChange(ctx, c.ID)
	must(t, err)
	stored, err = db.Capability(ctx, leg.Hash)
	must(t, err)
	if got.End != linking.ChangeVoid || got.Open(epoch.Add(time.Minute)) || stored.Check(linking.ToConfirmEmail, epoch) != linking.TokenStopped {
		t.Errorf("after a reset the change is %+v and its link %+v", got, stored)
	}
	ended := c
	ended.EndedAt, ended.End = epoch, linking.ChangeDone
	wantKind(t, db.Commit(ctx, linking.Outcome{EmailChanges: []linking.EmailChange{ended}}), fault.Moved)
}

// testFlowsEnd: open flows that act for an account end, apart from those of the browser that is spared; what is over stays.
func testFlowsEnd(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	done, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	owner := out.Accounts[0].ID
	flows := map[string]*journey{"spared": nil, "ended": nil, "nobody's": nil}
	for name := range flows {
		j := newJourney(acme, sdm, "dana@acme.example")
		j.Flow.State, j.Flow.Browser = linking.AwaitLink, ident.BrowserID("browser_"+name)
		if name != "nobody's" {
			j.Flow.Owner = owner
		}
		must(t, db.Commit(ctx, j.begin()))
		flows[name] = j
	}
	now := epoch.Add(time.Minute)
	must(t, db.Commit(ctx, linking.Outcome{EndFlows: []linking.FlowsEnd{{Account: owner, ExceptBrowser: "browser_spared"}},
		Events: []audit.Event{{ID: ident.EventID(id("event")), At: now, Action: audit.PasswordChanged, Account: owner}}}))
	for j, want := range map[*journey]linking.State{flows["spared"]: linking.AwaitLink, flows["nobody's"]: linking.AwaitLink,
		flows["ended"]: linking.Abandoned, done: linking.Linked} {
		f, err := db.Flow(ctx, j.Flow.ID)
		must(t, err)
		wantEqual(t, "state", f.State, want)
	}
	wantKind(t, db.Commit(ctx, linking.Outcome{EndFlows: []linking.FlowsEnd{{}}}), fault.Internal)
}
