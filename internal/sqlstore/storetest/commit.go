package storetest

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
)

// wantEqual fails unless got is want, with the fields that differ.
func wantEqual(tb testing.TB, what string, got, want any) {
	tb.Helper()
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("%s came back different\n got %#v\nwant %#v", what, got, want)
	}
}

// testRoundTrip: what was committed is what is read, field by field, with the next version.
func testRoundTrip(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j := newJourney(acme, pim, "dana@acme.example")
	for _, step := range []func() linking.Outcome{j.begin, j.prove, j.mail} {
		out := step()
		must(t, db.Commit(ctx, out))
		j.Flow.Version++
		got, err := db.Flow(ctx, j.Flow.ID)
		must(t, err)
		wantEqual(t, "flow", got, j.Flow)
		for _, want := range out.MailTokens {
			got, err := db.MailToken(ctx, want.Hash)
			must(t, err)
			wantEqual(t, "mail token", got, want)
		}
	}
	out := j.finish()
	must(t, db.Commit(ctx, out))
	j.Flow.Version++
	got, err := db.Flow(ctx, j.Flow.ID)
	must(t, err)
	wantEqual(t, "finished flow", got, j.Flow)
	checkPerson(ctx, t, db, j, out)
	events, err := db.FlowEvents(ctx, j.Flow.ID)
	must(t, err)
	wantEqual(t, "number of events", len(events), 7)
	// Events of several commits at one and the same instant have no order among them; those of one commit do.
	var last []audit.Event
	for _, e := range events {
		if slices.ContainsFunc(out.Events, func(o audit.Event) bool { return o.ID == e.ID }) {
			last = append(last, e)
		}
	}
	wantEqual(t, "last events", last, out.Events)
}

// checkPerson reads back what the last Outcome of a journey made.
func checkPerson(ctx context.Context, t *testing.T, db Store, j *journey, out linking.Outcome) {
	t.Helper()
	wantPA, wantLink := *j.Flow.Candidate, out.Links[0]
	wantPA.Version, wantLink.Version = 1, 1
	facts, err := db.ProductAccount(ctx, j.Tenant, j.Product, wantPA.ExternalID, wantPA.Generation)
	must(t, err)
	wantEqual(t, "product account", facts, linking.ProductAccountFacts{Stored: &wantPA, Link: &wantLink})

	wantSession := out.Sessions[0]
	wantSession.Version = 1
	session, err := db.Session(ctx, wantSession.ID)
	must(t, err)
	wantEqual(t, "session", session, wantSession)

	owner, err := db.Owner(ctx, j.Tenant, j.Product, identifier(j.Email.Key()))
	must(t, err)
	want := linking.OwnerFacts{Account: out.Accounts[0], Credential: out.Credentials[0], Primary: j.Email, LinkedHere: true,
		Users: []directory.Who{linking.WhoIs(*j.Flow.Candidate)}}
	want.Account.Version, want.Credential.Version = 1, 1
	wantEqual(t, "owner", *owner, want)

	for _, proof := range out.Proofs {
		got, err := db.Proof(ctx, proof.ID)
		must(t, err)
		wantEqual(t, "proof", got, proof)
	}
}

// testTimes: instants are kept to the microsecond, whatever their zone, and no time stays no time.
func testTimes(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	zone := time.FixedZone("elsewhere", 5*3600+1800)
	for name, tt := range map[string]struct{ stored, read time.Time }{
		"zero":               {time.Time{}, time.Time{}},
		"nanoseconds cut":    {time.Date(2026, 1, 2, 3, 4, 5, 678_901_999, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)},
		"other zone":         {time.Date(2026, 1, 2, 3, 4, 5, 1000, zone), time.Date(2026, 1, 1, 21, 34, 5, 1000, time.UTC)},
		"before 1970":        {time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
		"the last we print":  {time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
		"daylight-saving go": {time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJourney(acme, pim, "dana@acme.example")
			j.Flow.LastMailAt, j.Flow.CodeDeadline = tt.stored, tt.stored
			must(t, db.Commit(ctx, j.begin()))
			got, err := db.Flow(ctx, j.Flow.ID)
			must(t, err)
			wantEqual(t, "instants", []time.Time{got.LastMailAt, got.CodeDeadline}, []time.Time{tt.read, tt.read})
		})
	}
}

// testStaleVersions: a row that was changed since it was read stops the commit, for each kind of row.
func testStaleVersions(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	accountRow, address, credential, link, session := out.Accounts[0], out.Addresses[0], out.Credentials[0], out.Links[0], out.Sessions[0]
	candidate := *j.Flow.Candidate
	for name, write := range map[string]func(version int64) linking.Outcome{
		"flow": func(v int64) linking.Outcome { f := j.Flow; f.Version = v; return linking.Outcome{Flow: f} },
		"account": func(v int64) linking.Outcome {
			accountRow.Version = v
			return linking.Outcome{Accounts: []account.Account{accountRow}}
		},
		"address": func(v int64) linking.Outcome {
			address.Version = v
			return linking.Outcome{Addresses: []account.Address{address}}
		},
		"credential": func(v int64) linking.Outcome {
			credential.Version = v
			return linking.Outcome{Credentials: []account.Credential{credential}}
		},
		"product account": func(v int64) linking.Outcome {
			candidate.Version = v
			return linking.Outcome{ProductAccounts: []account.ProductAccount{candidate}}
		},
		"link": func(v int64) linking.Outcome { link.Version = v; return linking.Outcome{Links: []account.Link{link}} },
		"session": func(v int64) linking.Outcome {
			session.Version = v
			return linking.Outcome{Sessions: []account.Session{session}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			current := int64(1)
			if name == "flow" {
				current = j.Flow.Version
			}
			wantKind(t, db.Commit(ctx, write(0)), fault.Moved) // exists already
			wantKind(t, db.Commit(ctx, write(current+1)), fault.Moved)
			must(t, db.Commit(ctx, write(current)))
			wantKind(t, db.Commit(ctx, write(current)), fault.Moved) // somebody was faster
		})
	}
}

// testStaleReads: a row that was decided on and is not written stops the commit too when it changed.
func testStaleReads(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	_, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	link := out.Links[0]
	for name, read := range map[string]linking.Read{
		"tenant":          {Table: linking.TableTenant, ID: string(acme), Version: 1},
		"product":         {Table: linking.TableProduct, ID: string(pim), Version: 1},
		"account":         {Table: linking.TableAccount, ID: string(link.Account), Version: 1},
		"credential":      {Table: linking.TableCredential, ID: string(out.Credentials[0].ID), Version: 1},
		"product account": {Table: linking.TableProductAccount, Tenant: acme, ID: string(link.ProductAccount), Version: 1},
		"link":            {Table: linking.TableLink, Tenant: acme, ID: string(link.ID), Version: 1},
	} {
		t.Run(name, func(t *testing.T) {
			commit := func(change func(*linking.Read)) error {
				r := read
				change(&r)
				return db.Commit(ctx, linking.Outcome{Reads: []linking.Read{r}})
			}
			must(t, commit(func(*linking.Read) {}))
			wantKind(t, commit(func(r *linking.Read) { r.Version = 2 }), fault.Moved)
			wantKind(t, commit(func(r *linking.Read) { r.Version = 0 }), fault.Moved) // there is one
			wantKind(t, commit(func(r *linking.Read) { r.ID = "nobody" }), fault.Moved)
			must(t, commit(func(r *linking.Read) { r.ID, r.Version = "nobody", 0 })) // decided on there being none
			if read.Tenant != "" {
				wantKind(t, commit(func(r *linking.Read) { r.Tenant = globex }), fault.Moved)
			}
		})
	}
	wantKind(t, db.Commit(ctx, linking.Outcome{Reads: []linking.Read{{Table: "sqlite_master", ID: "x"}}}), fault.Internal)
}

// testAllOrNothing: whichever statement of a commit fails, nothing of it is there, and the same commit succeeds later.
func testAllOrNothing(t *testing.T, open Opener) {
	var breakAt, count int
	ctx := background(t)
	db := open(t, func(c *sqlstore.Config) {
		c.Before = func(string) error {
			if count++; count == breakAt {
				return fault.New(fault.Unavailable, "test.broken")
			}
			return nil
		}
	})
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	j := newJourney(acme, pim, "dana@acme.example")
	j.upToFinish(ctx, t, db)
	before := dump(ctx, t, db)
	out := j.finish()
	broken := 0
	for breakAt = 1; ; breakAt++ {
		count = 0
		err := db.Commit(ctx, out)
		if err == nil {
			break
		}
		wantKind(t, err, fault.Unavailable)
		wantEqual(t, "the database after a broken commit", dump(ctx, t, db), before)
		broken++
	}
	if broken < 12 {
		t.Errorf("a finish was broken at %d places only", broken)
	}
	checkPerson(ctx, t, db, j, out)
}

// testRepeats: a transaction that the database asks to repeat is repeated whole, and not without end.
func testRepeats(t *testing.T, open Opener) {
	failures, runs := 0, 0
	ctx := background(t)
	db := open(t, func(c *sqlstore.Config) {
		c.Jitter = func() float64 { return 0 }
		c.Before = func(statement string) error {
			if statement != "COMMIT" {
				return nil
			}
			if runs++; runs <= failures {
				return &pgconn.PgError{Code: "40001"}
			}
			return nil
		}
	})
	most := map[string]int{"sqlite": 8, "postgres": 24}[db.Dialect()]
	failures = most - 1
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	wantEqual(t, "runs", runs, most)
	got, err := db.Suite(ctx)
	must(t, err)
	wantEqual(t, "version", got.Version, int64(1))
	failures, runs = most, 0
	other := Declaration()
	other.Suite.Brand.Account = "Renamed"
	_, err = db.ApplySuite(ctx, other, epoch)
	wantKind(t, err, fault.Unavailable)
	wantEqual(t, "runs", runs, most)
}

// testTaken: what only one may have is refused to the second, with nothing of the second written.
func testTaken(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	first, out := linked(ctx, t, db, acme, pim, "dana@acme.example")
	for name, change := range map[string]func(j *journey, o *linking.Outcome){
		"address": func(_ *journey, o *linking.Outcome) { o.Addresses[0].Email = first.Email },
		"active link": func(_ *journey, o *linking.Outcome) {
			o.Links[0].ProductAccount = out.Links[0].ProductAccount
		},
		"product's user": func(_ *journey, o *linking.Outcome) {
			p := *first.Flow.Candidate
			p.ID, p.Subject, p.Version = ident.ProductAccountID(id("pa")), ident.Subject(id("sub")), 0
			o.ProductAccounts = append(o.ProductAccounts, p)
		},
		"subject": func(_ *journey, o *linking.Outcome) {
			p := *first.Flow.Candidate
			p.ID, p.ExternalID, p.Version = ident.ProductAccountID(id("pa")), ident.ExternalID(id("ext")), 0
			o.ProductAccounts = append(o.ProductAccounts, p)
		},
		"second password": func(_ *journey, o *linking.Outcome) {
			c := o.Credentials[0]
			c.ID = ident.CredentialID(id("cred"))
			o.Credentials = append(o.Credentials, c)
		},
		"second primary address": func(_ *journey, o *linking.Outcome) {
			a := o.Addresses[0]
			a.Email = email(id("second") + "@acme.example")
			o.Addresses = append(o.Addresses, a)
		},
		"session": func(_ *journey, o *linking.Outcome) { o.Sessions[0].ID = out.Sessions[0].ID },
		"mail":    func(_ *journey, o *linking.Outcome) { o.Mails[0].ID = out.Mails[0].ID },
		"event":   func(_ *journey, o *linking.Outcome) { o.Events[0].ID = out.Events[0].ID },
		"account of a link that is not there": func(_ *journey, o *linking.Outcome) {
			o.Links[0].Account = "nobody"
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJourney(acme, pim, id("x")+"@acme.example")
			j.upToFinish(ctx, t, db)
			o := j.finish()
			change(j, &o)
			before := dump(ctx, t, db)
			wantKind(t, db.Commit(ctx, o), fault.Moved)
			wantEqual(t, "the database after a refused commit", dump(ctx, t, db), before)
		})
	}
}

// testProofSpentOnce: a proof is spent by one commit alone.
func testProofSpentOnce(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j := newJourney(acme, pim, "dana@acme.example")
	j.upToFinish(ctx, t, db)
	spent := *j.Flow.Legacy
	spent.SpentAt = epoch
	must(t, db.Commit(ctx, linking.Outcome{Proofs: []account.Proof{spent}}))
	wantKind(t, db.Commit(ctx, linking.Outcome{Proofs: []account.Proof{spent}}), fault.Moved)
	wantKind(t, db.Commit(ctx, linking.Outcome{Proofs: []account.Proof{*j.Flow.Legacy}}), fault.Moved)
	got, err := db.Proof(ctx, spent.ID)
	must(t, err)
	wantEqual(t, "proof", got, spent)
}

// testTells: hooks are told of transactions and of what was committed, once each, and events know the request of their commit.
func testTells(t *testing.T, open Opener) {
	type asked struct{}
	outcomes, kinds := 0, map[string]int{}
	db := open(t, func(c *sqlstore.Config) {
		c.OnOutcome = func(linking.Outcome) { outcomes++ }
		c.Reference = func(ctx context.Context) string { return ctx.Value(asked{}).(string) }
		c.Watch = func(ctx context.Context, kind string) (context.Context, func(int, error)) {
			return ctx, func(runs int, err error) {
				if runs == 1 && (err == nil || fault.Is(err, fault.Moved)) {
					kinds[kind]++
				}
			}
		}
	})
	ctx := context.WithValue(background(t), asked{}, "7F3-K2M")
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	before := kinds["commit"]
	j := newJourney(acme, pim, "dana@acme.example")
	begun := j.begin()
	must(t, db.Commit(ctx, begun))
	wantKind(t, db.Commit(ctx, begun), fault.Moved)
	wantEqual(t, "outcomes", outcomes, 1)
	wantEqual(t, "transactions", kinds["commit"]-before, 2)
	events, err := db.FlowEvents(ctx, j.Flow.ID)
	must(t, err)
	wantEqual(t, "events", len(events), 1)
	wantEqual(t, "request", events[0].Request, "7F3-K2M")
}

// testWakesMail: the hook is called once for a commit with mails, after it, and not for others.
func testWakesMail(t *testing.T, open Opener) {
	woken := 0
	ctx := background(t)
	db := open(t, func(c *sqlstore.Config) { c.OnMail = func() { woken++ } })
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	j := newJourney(acme, pim, "dana@acme.example")
	j.upToFinish(ctx, t, db)
	wantEqual(t, "wakes", woken, 1)
	stale := j.finish()
	stale.Flow.Version = 1
	wantKind(t, db.Commit(ctx, stale), fault.Moved)
	wantEqual(t, "wakes", woken, 1)
}
