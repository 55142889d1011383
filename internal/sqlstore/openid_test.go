package sqlstore_test

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
)

var _ op.Store = (*sqlstore.OpenID)(nil)

func TestOpenIDOnSQLite(t *testing.T) { runOpenID(t, openSQLite) }

// openIDNoon is when these tests play.
var openIDNoon = time.Date(2026, 11, 22, 12, 0, 0, 123456000, time.UTC)

// runOpenID is what every database has to keep of op.Store's promises.
func runOpenID(t *testing.T, open storetest.Opener) {
	for name, test := range map[string]func(*testing.T, *provided){
		"request/round trip":     testRequestRoundTrip,
		"request/sealed":         testHintIsSealed,
		"request/answered once":  testAnsweredOnce,
		"registration":           testRegistration,
		"facts":                  testFacts,
		"facts/person":           testFactsPerson,
		"facts/rollout":          testFactsRollout,
		"facts/another server":   testRevision,
		"facts/choice":           testChoice,
		"grant/round trip":       testGrantRoundTrip,
		"grant/one redemption":   testOneRedemption,
		"grant/unknown":          testUnknownGrant,
		"grant/unlinked":         testUnlinkedGrant,
		"grant/ended by session": testEndGrants,
		"grant/tenants apart":    testGrantAcrossTenants,
		"grouped/one goes away":  testOneGoesAway,
		"family":                 testFamily,
		"family/ends":            testFamilyEnds,
		"logout":                 testLogout,
		"pushed":                 testPushed,
		"assertion":              testAssertion,
		"forgotten":              testForgotten,
		"forgotten/all":          testForgetAll,
		"keys/one wins":          testOneKeyWins,
	} {
		t.Run(name, func(t *testing.T) { test(t, provide(t, open, nil)) })
	}
	t.Run("grouped/one fails", func(t *testing.T) { testOneOfManyFails(t, open) })
	t.Run("grouped/one panics", func(t *testing.T) { testOnePanics(t, open) })
	t.Run("grouped/commit panics", func(t *testing.T) { testCommitPanics(t, open) })
	t.Run("grouped/one commit fails", func(t *testing.T) { testOneCommitOfManyFails(t, open) })
	t.Run("grouped/commit fails", func(t *testing.T) { testCommitFails(t, open) })
}

// provided is a store with the declared world of storetest and Dana, who is linked to a product account of acme's PIM.
type provided struct {
	*sqlstore.OpenID
	store   storetest.Store
	ctx     context.Context
	session account.Session
}

func provide(t testing.TB, open storetest.Opener, tune func(*sqlstore.Config)) *provided {
	t.Helper()
	store := open(t, tune)
	p := &provided{OpenID: store.OpenID(), store: store, ctx: t.Context()}
	_, err := store.ApplySuite(p.ctx, storetest.Declaration(), openIDNoon)
	check(t, err)
	mailbox := func(address string) ident.Email {
		email, err := ident.ParseEmail(address)
		check(t, err)
		return email
	}
	p.session = account.Session{ID: "se_full", Browser: "br_1", Account: "ac_1", Scope: account.ScopeFull,
		Methods: []account.Method{account.AccountPassword}, AuthAt: openIDNoon, UsedAt: openIDNoon, IdleTTL: time.Hour,
		Deadline: openIDNoon.Add(12 * time.Hour)}
	o := linking.Outcome{
		Accounts: []account.Account{{ID: "ac_1", Status: account.Active, Name: "Dana Doe", Locale: "en", CreatedAt: openIDNoon},
			{ID: "ac_2", Status: account.Active, CreatedAt: openIDNoon}},
		Addresses: []account.Address{
			{Email: mailbox("dana@example.com"), Account: "ac_1", VerifiedAt: openIDNoon, Proof: "pr_1", Primary: true},
			{Email: mailbox("also.dana@example.com"), Account: "ac_1", VerifiedAt: openIDNoon, Proof: "pr_2"},
			{Email: mailbox("unproven@example.com"), Account: "ac_2", Primary: true}},
		Sessions: []account.Session{p.session}}
	for i, at := range []struct {
		tenant  ident.TenantID
		product ident.ProductID
		state   account.LinkState
	}{{"acme", "pim", account.LinkActive}, {"acme", "pim", account.LinkPending}, {"acme", "pim", account.LinkActive},
		{"acme", "sdm", account.LinkActive}, {"globex", "pim", account.LinkSuspended}, {"globex", "sdm", account.LinkActive}} {
		n := fmt.Sprint(i + 1)
		pa := account.ProductAccount{ID: ident.ProductAccountID("pa_" + n), Tenant: at.tenant, Product: at.product, ExternalID: ident.ExternalID(n),
			Generation: "1", Subject: ident.Subject("sub_" + n), Username: "dana" + n, Name: "Dana P", Locale: "fr", SeenAt: openIDNoon}
		o.ProductAccounts = append(o.ProductAccounts, pa)
		owner := ident.AccountID("ac_1")
		if n == "6" {
			owner = "ac_2"
		}
		o.Links = append(o.Links, account.Link{ID: ident.LinkID("li_" + n), Tenant: at.tenant, Account: owner, ProductAccount: pa.ID, State: at.state,
			Flow: "fl_1", Browser: "br_1", CreatedAt: openIDNoon, ActiveAt: openIDNoon.Add(time.Duration(-i) * time.Minute)})
	}
	check(t, store.Commit(p.ctx, o))
	return p
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func kept(id string) op.AuthRequest {
	return op.AuthRequest{ID: ident.AuthRequestID(id), Client: "pim", Tenant: "acme", Product: "pim", Instance: "acme-pim",
		RedirectURI: "https://pim.acme.example/callback", RPState: "s p+?", Nonce: "n", Scope: []string{"openid", "email"}, CodeChallenge: "c",
		Prompts: []op.Prompt{op.PromptLogin, op.PromptConsent}, MaxAge: 90 * time.Second, MaxAgeSet: true, LoginHint: "dana.canary@example.com",
		UILocales: []string{"fr", "de"}, ACRValues: []string{"x"}, HintSubject: "sub_1", Session: "se_1", Browser: "br_1",
		CreatedAt: openIDNoon, Deadline: openIDNoon.Add(time.Hour)}
}

func granted(id string) op.Grant {
	return op.Grant{ID: ident.GrantID(id), Client: "pim", Tenant: "acme", Instance: "acme-pim", Account: "ac_1", ProductAccount: "pa_1",
		Session: "se_full", Scope: []string{"openid"},
		AuthAt: openIDNoon, ACR: op.ACRAccount, AMR: []string{"pwd"}, CreatedAt: openIDNoon}
}

// redeem keeps a grant: its code came back.
func redeem(p *provided, g op.Grant) error {
	_, err := p.RedeemGrant(p.ctx, g, openIDNoon)
	return err
}

func testRequestRoundTrip(t *testing.T, p *provided) {
	bare := op.AuthRequest{ID: "ar_2", Client: "pim", Tenant: "acme", Product: "pim", Instance: "acme-pim", CreatedAt: openIDNoon, Deadline: openIDNoon}
	for _, q := range []op.AuthRequest{kept("ar_1"), bare} {
		check(t, p.SaveAuthRequest(p.ctx, q))
		got, err := p.AuthRequest(p.ctx, q.ID)
		if err != nil || !reflect.DeepEqual(got, q) {
			t.Errorf("got %+v (%v), want %+v", got, err, q)
		}
	}
	if _, err := p.AuthRequest(p.ctx, "ar_9"); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	if err := p.SaveAuthRequest(p.ctx, kept("ar_1")); !fault.Is(err, fault.Moved) {
		t.Error("twice:", err)
	}
}

func testHintIsSealed(t *testing.T, p *provided) {
	check(t, p.SaveAuthRequest(p.ctx, kept("ar_1")))
	var hint []byte
	check(t, p.store.Raw.QueryRowContext(p.ctx, "SELECT login_hint FROM auth_request WHERE id = 'ar_1'").Scan(&hint))
	if len(hint) == 0 || bytes.Contains(hint, []byte("canary")) {
		t.Errorf("stored %q", hint)
	}
}

func testAnsweredOnce(t *testing.T, p *provided) {
	check(t, p.SaveAuthRequest(p.ctx, kept("ar_1")))
	results := make([]error, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			g := granted(fmt.Sprint("gr_", i))
			g.Request = "ar_1"
			results[i] = p.AnswerRequest(p.ctx, g, op.Choice{})
		})
	}
	all.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Moved) {
			t.Error(err)
		}
	}
	q, err := p.AuthRequest(p.ctx, "ar_1")
	if won != 1 || err != nil || !q.DoneAt.Equal(openIDNoon) {
		t.Errorf("%d won, done at %v (%v)", won, q.DoneAt, err)
	}
	var grants int
	check(t, p.store.Raw.QueryRowContext(p.ctx, "SELECT count(*) FROM authorization_grant").Scan(&grants))
	if grants != 0 { // until a code comes back
		t.Errorf("%d grants", grants)
	}
}

func testRegistration(t *testing.T, p *provided) {
	got, err := p.Registration(p.ctx, "pim")
	if err != nil || got.Client.ID != "pim" || len(got.Instances) != 2 || len(got.Instances[0].RedirectURIs) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := p.Registration(p.ctx, "nobody"); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
}

func testGrantRoundTrip(t *testing.T, p *provided) {
	g := granted("gr_1")
	redeemed, err := p.RedeemGrant(p.ctx, g, openIDNoon)
	check(t, err)
	s, err := p.Standing(p.ctx, "gr_1")
	if err != nil || !reflect.DeepEqual(s.Grant, g) || s.Uses != 1 {
		t.Errorf("got %+v (%v), want %+v", s.Grant, err, g)
	}
	if !reflect.DeepEqual(redeemed, s) {
		t.Errorf("redeemed %+v, then %+v", redeemed, s)
	}
	if s.Person.ProductAccount.Subject != "sub_1" || s.Person.Email.Key() != "dana@example.com" || !s.SessionDeadline.Equal(p.session.Deadline) ||
		!s.SessionEndedAt.IsZero() || !s.Holds(openIDNoon) {
		t.Errorf("%+v", s)
	}
	pending := granted("gr_2") // of a pending link: no account
	pending.Account, pending.ProductAccount, pending.ACR, pending.AMR, pending.Scope = "", "pa_2", op.ACRLegacy, nil, nil
	check(t, redeem(p, pending))
	s, err = p.Standing(p.ctx, "gr_2")
	if err != nil || !reflect.DeepEqual(s.Grant, pending) || s.Person.Account.ID != "" || !s.Person.Email.IsZero() || s.Person.Link.ID != "" {
		t.Errorf("got %+v (%v)", s, err)
	}
}

func testForgotten(t *testing.T, p *provided) {
	check(t, p.SaveAuthRequest(p.ctx, kept("ar_1")))
	check(t, redeem(p, granted("gr_1")))
	if n, err := p.ForgetOpenID(p.ctx, openIDNoon, 10); err != nil || n != 0 {
		t.Error(n, err)
	}
	if n, err := p.ForgetOpenID(p.ctx, openIDNoon.Add(2*time.Hour), 10); err != nil || n != 2 {
		t.Error(n, err)
	}
}

// testForgetAll: flows, mails and counts that ended are deleted a batch at a time, nothing else is.
func testForgetAll(t *testing.T, p *provided) {
	check(t, p.store.SetTally(p.ctx, linking.Tally{Key: "k", Failures: 1, FirstAt: openIDNoon, WaitDeadline: openIDNoon}))
	check(t, p.store.SetTally(p.ctx, linking.Tally{Key: "l", Failures: 1, FirstAt: openIDNoon.Add(time.Hour), WaitDeadline: openIDNoon.Add(-time.Hour)}))
	if n, err := p.store.Forget(p.ctx, openIDNoon, 10); err != nil || n != 0 {
		t.Error("early:", n, err)
	}
	for i, want := range []int64{1, 0} {
		if n, err := p.store.Forget(p.ctx, openIDNoon.Add(time.Minute), 1); err != nil || n != want {
			t.Error(i, n, err)
		}
	}
}

func testOneKeyWins(t *testing.T, p *provided) {
	won := make([]bool, 6)
	var all sync.WaitGroup
	for i := range won {
		all.Go(func() {
			key := op.SigningKey{ID: fmt.Sprint("k", i), Alg: "ES256", Turn: 1, Sealed: []byte{1, byte(i)}, CreatedAt: openIDNoon}
			var err error
			if won[i], err = p.store.AddSigningKey(p.ctx, key, time.Time{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	_, err := p.store.AddSigningKey(p.ctx, op.SigningKey{ID: "next", Alg: "ES256", Turn: 2, Sealed: []byte{2}, CreatedAt: openIDNoon,
		ActiveAt: openIDNoon.Add(time.Hour)}, openIDNoon.Add(2*time.Hour))
	check(t, err)
	keys, err := p.store.SigningKeys(p.ctx)
	check(t, err)
	winners := 0
	for i, ok := range won {
		if ok {
			winners++
			if keys[1].ID != fmt.Sprint("k", i) {
				t.Errorf("kept %+v", keys[1])
			}
		}
	}
	if winners != 1 || len(keys) != 2 || keys[0].ID != "next" || !keys[0].ActiveAt.Equal(openIDNoon.Add(time.Hour)) || !keys[0].DropAt.IsZero() ||
		!keys[1].DropAt.Equal(openIDNoon.Add(2*time.Hour)) || !keys[1].CreatedAt.Equal(openIDNoon) {
		t.Errorf("%d won, %+v", winners, keys)
	}
}

// testChoice: a choice is kept with the grant that rests on it, for its session, tenant and product, the latest one; with a
// request that was answered already neither is kept.
func testChoice(t *testing.T, p *provided) {
	other := p.session
	other.ID, other.Browser = "se_other", "br_other"
	check(t, p.store.Commit(p.ctx, linking.Outcome{Sessions: []account.Session{other}}))
	choice := op.Choice{Session: p.session.ID, Tenant: "acme", Product: "pim", Link: "li_1", At: openIDNoon}
	remembered := func(product ident.ProductID, session account.Session) op.Choice {
		t.Helper()
		facts, err := p.Facts(p.ctx, "acme", product, session.ID)
		check(t, err)
		return facts.Choice
	}
	check(t, p.AnswerRequest(p.ctx, granted("gr_1"), choice))
	if got := remembered("pim", p.session); got != choice {
		t.Errorf("got %+v, want %+v", got, choice)
	}
	check(t, p.SaveAuthRequest(p.ctx, kept("ar_1")))
	g, later := granted("gr_2"), choice
	g.Request, later.Link, later.At = "ar_1", "li_3", openIDNoon.Add(time.Minute)
	check(t, p.AnswerRequest(p.ctx, g, later))
	g.ID = "gr_3"
	if err := p.AnswerRequest(p.ctx, g, choice); !fault.Is(err, fault.Moved) {
		t.Error("an answered request:", err)
	}
	if got := remembered("pim", p.session); got != later {
		t.Errorf("got %+v, want %+v", got, later)
	}
	if err := p.AnswerRequest(p.ctx, granted("gr_4"), op.Choice{Session: p.session.ID, Tenant: "globex", Product: "pim", Link: "li_1", At: openIDNoon}); !fault.Is(err, fault.Moved) {
		t.Error("a link of another tenant:", err)
	}
	if a, b := remembered("sdm", p.session), remembered("pim", other); a != (op.Choice{}) || b != (op.Choice{}) {
		t.Errorf("another product %+v, another session %+v", a, b)
	}
}
