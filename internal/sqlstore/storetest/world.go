package storetest

import (
	"context"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// The declared world of the tests: two tenants that share two products and their clients.
const (
	acme   = ident.TenantID("acme")
	globex = ident.TenantID("globex")
	pim    = ident.ProductID("pim")
	sdm    = ident.ProductID("sdm")
)

// Declaration is that world.
func Declaration() directory.Declaration {
	d := directory.Declaration{
		Suite: directory.Suite{Issuer: "https://id.example", Locale: "en", Disclosure: directory.Explicit, OnLink: directory.Adopt,
			Brand:    directory.Brand{Account: "Example Cloud", Company: "Example", Primary: "#112233", Radius: 4},
			Sessions: directory.SessionTTL{Full: 12 * time.Hour, FullIdle: time.Hour, Product: 8 * time.Hour, ProductIdle: 30 * time.Minute},
			Limits:   directory.Limits{FlowsPerHour: 300, MailsPerHour: 6, MailsPerDay: 20}},
		Products: []directory.Product{
			{ID: pim, Name: "Example PIM", Mark: "pim", Color: "#445566", MailboxResetsPassword: true, AddressesProven: true, OtherAddress: directory.AllowOther,
				ResetPause: 24 * time.Hour},
			{ID: sdm, Name: "Supplier Data", Mark: "sdm", Color: "#665544", Weak: true, Shared: true, OnLink: directory.Set, OtherAddress: directory.ProveRecorded},
		},
		Tenants: []directory.Tenant{
			{ID: acme, Name: "Acme", Rollout: directory.RolloutOn, TimeZone: "Europe/Paris",
				Administrators: []ident.Email{email("admin@acme.example"), email("second@acme.example")}, EmailDomains: []string{"acme.example"}},
			{ID: globex, Name: "Globex", Rollout: directory.RolloutPilot, TimeZone: "UTC", FlowsPerHour: 1000,
				Pilot: directory.Pilot{People: []string{"dana@globex.example", "id:42"}, Percent: 10}},
		},
		Connectors: []directory.ConnectorSpec{
			{Name: "pim-sql", Kind: "sql", Options: `{"driver":"sqlite"}`, IDStable: true, LockoutThreshold: 5},
			{Name: "sdm-http", Kind: "http", Options: `{}`},
		},
		Clients: []directory.Client{
			{ID: "pim", Product: pim, Name: "PIM", SecretHash: "hash", AuthMethod: "client_secret_basic", IDTokenAlg: "ES256"},
			{ID: "sdm", Product: sdm, Name: "SDM", AuthMethod: "none", IDTokenAlg: "RS256", PKCEOptional: true},
		},
	}
	for _, t := range d.Tenants {
		for _, p := range d.Products {
			host := "https://" + string(p.ID) + "." + string(t.ID) + ".example"
			i := directory.Instance{ID: ident.InstanceID(string(t.ID) + "-" + string(p.ID)), Tenant: t.ID, Product: p.ID,
				Client: ident.ClientID(p.ID), Connector: "pim-sql", RedirectURIs: []string{host + "/callback", host + "/other"},
				PostLogoutRedirectURIs: []string{"https://example/bye"}, HomeURL: host + "/", LoginURL: host + "/login",
				Rollout: directory.RolloutOn}
			if p.ID == sdm {
				i.Connector, i.Rollout, i.Pilot = "sdm-http", directory.RolloutPilot, directory.Pilot{Percent: 50}
				i.ResetURL = host + "/forgot"
			}
			d.Instances = append(d.Instances, i)
		}
	}
	return d
}

func email(text string) ident.Email {
	e, err := ident.ParseEmail(text)
	if err != nil {
		panic(err)
	}
	return e
}

func identifier(text string) ident.Identifier {
	i, err := ident.ParseIdentifier(text)
	if err != nil {
		panic(err)
	}
	return i
}

// declared opens a store that knows the world.
func declared(t testing.TB, open Opener) (context.Context, Store) {
	t.Helper()
	ctx, db := background(t), open(t, nil)
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	return ctx, db
}

// journey is one person's first link, as the Outcomes that make it.
type journey struct {
	Tenant  ident.TenantID
	Product ident.ProductID
	Email   ident.Email
	Flow    linking.Flow
	Now     time.Time
}

// newJourney begins a journey to the address.
func newJourney(tenant ident.TenantID, product ident.ProductID, address string) *journey {
	j := &journey{Tenant: tenant, Product: product, Email: email(address), Now: epoch}
	j.Flow = linking.Flow{ID: ident.FlowID(id("flow")), Kind: linking.KindLink, State: linking.AwaitIdentifier, Tenant: tenant,
		Product: product, AuthRequest: "ar_1", Browser: ident.BrowserID(id("browser")), Ref: "K7Q-4MD", Locale: "en",
		Origin: linking.Origin{Agent: "Chrome on Windows", Network: "192.0.2.0/24"}, CreatedAt: epoch, ChangedAt: epoch,
		Deadline: epoch.Add(linking.FlowTTL)}
	return j
}

// begin is the first step.
func (j *journey) begin() linking.Outcome {
	return linking.Outcome{Flow: j.Flow, Events: []audit.Event{j.event(audit.FlowBegun)}}
}

// prove is the step that proves the product's password.
func (j *journey) prove() linking.Outcome {
	f := &j.Flow
	f.Candidate = &account.ProductAccount{ID: ident.ProductAccountID(id("pa")), Tenant: j.Tenant, Product: j.Product,
		ExternalID: ident.ExternalID(id("ext")), Generation: "g1", Subject: ident.Subject(id("sub")), Username: "Dana.Typed",
		Email: j.Email, Name: "Dana Proven", Locale: "fr", SeenAt: epoch}
	f.Legacy = &account.Proof{ID: ident.ProofID(id("proof")), Method: account.LegacyPassword, Tenant: j.Tenant, Product: j.Product,
		ProductAccount: f.Candidate.ID, Flow: f.ID, Browser: f.Browser, At: epoch}
	f.Identifier, f.AdoptHash, f.State = identifier("dana.typed"), "$argon2id$adopted", linking.AwaitEmail
	f.Resets, f.LastResetAt = 2, epoch
	return linking.Outcome{Flow: *f, ProductAccounts: []account.ProductAccount{*f.Candidate}, Proofs: []account.Proof{*f.Legacy},
		Events: []audit.Event{j.event(audit.LegacyProven)}}
}

// mail is the step that sends the confirmation.
func (j *journey) mail() linking.Outcome {
	f := &j.Flow
	f.Email, f.EmailTurn, f.Mails, f.LastMailAt, f.State = j.Email, 1, 1, epoch, linking.AwaitMailbox
	return linking.Outcome{Flow: *f,
		MailTokens: []linking.MailToken{j.mailToken(linking.PurposeConfirm), j.mailToken(linking.PurposeNotMe)},
		Mails:      []linking.Mail{j.letter(linking.MailConfirm, epoch)},
		Events:     []audit.Event{j.event(audit.MailSent)}}
}

func (j *journey) mailToken(p linking.MailPurpose) linking.MailToken {
	t := linking.MailToken{Hash: id("hash"), Purpose: p, Tenant: j.Tenant, Flow: j.Flow.ID, Email: j.Email, EmailTurn: 1,
		CreatedAt: epoch, Deadline: epoch.Add(linking.LinkTTL)}
	if p == linking.PurposeNotMe {
		t.To = email("recorded@acme.example")
	}
	return t
}

func (j *journey) letter(kind linking.MailKind, now time.Time) linking.Mail {
	return linking.Mail{ID: ident.MailID(id("mail")), Kind: kind, Tenant: j.Tenant, Flow: j.Flow.ID, To: j.Email, Locale: "en",
		Facts: linking.MailFacts{Product: "Example PIM", Tenant: "Acme", Username: "dana.typed", Confirm: "mailed-secret",
			NotMe: "mailed-other", Deadline: now.Add(linking.LinkTTL)}, At: now, Deadline: now.Add(linking.LinkTTL)}
}

// finish is the step at which account, link and session come into being.
func (j *journey) finish() linking.Outcome {
	f := &j.Flow
	legacy := *f.Legacy
	mailbox := account.Proof{ID: ident.ProofID(id("proof")), Method: account.MailboxLink, Tenant: j.Tenant, Flow: f.ID,
		Browser: f.Browser, Email: j.Email, EmailTurn: 1, At: epoch, SpentAt: epoch}
	legacy.SpentAt = epoch
	f.Legacy, f.Mailbox, f.AdoptHash = &legacy, &mailbox, ""
	f.Owner, f.State, f.SessionFrom = ident.AccountID(id("account")), linking.Linked, account.ScopeFull
	return linking.Outcome{Flow: *f,
		Reads: []linking.Read{
			{Table: linking.TableTenant, ID: string(j.Tenant), Version: 1},
			{Table: linking.TableProduct, ID: string(j.Product), Version: 1},
			{Table: linking.TableProductAccount, Tenant: j.Tenant, ID: string(f.Candidate.ID), Version: 1}},
		Accounts:  []account.Account{{ID: f.Owner, Status: account.Active, Name: "Dana Proven", Locale: "en", CreatedAt: epoch}},
		Addresses: []account.Address{{Email: j.Email, Account: f.Owner, VerifiedAt: epoch, Proof: mailbox.ID, Primary: true}},
		Credentials: []account.Credential{{ID: ident.CredentialID(id("cred")), Account: f.Owner, Kind: account.Password,
			Origin: account.OriginAdopted(j.Product), Hash: "$argon2id$stored", CreatedAt: epoch}},
		Links: []account.Link{{ID: ident.LinkID(id("link")), Tenant: j.Tenant, Account: f.Owner, ProductAccount: f.Candidate.ID,
			State: account.LinkActive, Evidence: []ident.ProofID{legacy.ID, mailbox.ID}, Flow: f.ID, Browser: f.Browser,
			CreatedAt: epoch, ActiveAt: epoch}},
		Proofs: []account.Proof{legacy, mailbox},
		Sessions: []account.Session{{ID: ident.SessionID(id("session")), Browser: f.Browser, Account: f.Owner, Scope: account.ScopeFull,
			Methods: []account.Method{account.LegacyPassword, account.MailboxLink}, AuthAt: epoch, UsedAt: epoch,
			IdleTTL: time.Hour, Deadline: epoch.Add(12 * time.Hour)}},
		EndSessionsOf: f.Browser,
		Mails:         []linking.Mail{j.letter(linking.MailLinked, epoch.Add(time.Second))},
		Events: []audit.Event{j.event(audit.MailboxProven), j.event(audit.AccountCreated), j.event(audit.LinkActivated),
			j.event(audit.SignedIn)}}
}

func (j *journey) event(a audit.Action) audit.Event {
	return audit.Event{ID: ident.EventID(id("event")), Tenant: j.Tenant, At: epoch, Action: a, Reason: "reason", Ref: j.Flow.Ref,
		Flow: j.Flow.ID, Network: "192.0.2.0/24"}
}

// upTo commits the steps before the end.
func (j *journey) upToFinish(ctx context.Context, tb testing.TB, db Store) {
	tb.Helper()
	for _, step := range []func() linking.Outcome{j.begin, j.prove, j.mail} {
		must(tb, db.Commit(ctx, step()))
		j.Flow.Version++
	}
}

// linked commits a whole journey and gives its last Outcome.
func linked(ctx context.Context, tb testing.TB, db Store, tenant ident.TenantID, product ident.ProductID, address string) (*journey, linking.Outcome) {
	tb.Helper()
	j := newJourney(tenant, product, address)
	j.upToFinish(ctx, tb, db)
	out := j.finish()
	must(tb, db.Commit(ctx, out))
	j.Flow.Version++
	return j, out
}
