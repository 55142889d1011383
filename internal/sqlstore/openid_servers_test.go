//go:build servers

package sqlstore_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
	"ligature/internal/sqlstore"
)

func TestOpenIDOnPostgres(t *testing.T) { runOpenID(t, openPostgres) }

// TestFactsTogether: who is asked for together with others gets the facts that they get alone.
func TestFactsTogether(t *testing.T) {
	p := provide(t, openPostgres, nil)
	p.signedIn(t, map[ident.SessionID]func(*account.Session){
		"se_second": func(s *account.Session) { s.Account = "ac_2" },
		"se_limited": func(s *account.Session) {
			s.Scope, s.Account, s.Tenant, s.Product, s.ProductAccount = account.ScopeProduct, "", "acme", "pim", "pa_2"
		},
		"se_waiting": func(s *account.Session) {
			s.Scope, s.Tenant, s.Product, s.ProductAccount = account.ScopeProduct, "acme", "pim", "pa_2"
		},
	})
	check(t, p.AnswerRequest(p.ctx, op.Grant{}, op.Choice{Session: "se_full", Tenant: "acme", Product: "pim", Link: "li_1", At: openIDNoon}))
	type answer struct {
		facts op.Facts
		err   error
	}
	var asked []func() answer
	for _, tenant := range []ident.TenantID{"acme", "globex"} {
		for _, product := range []ident.ProductID{"pim", "sdm"} {
			for _, session := range []ident.SessionID{"se_full", "se_second", "se_limited", "se_waiting", "se_none"} {
				asked = append(asked, func() answer {
					facts, err := p.Facts(p.ctx, tenant, product, session)
					return answer{facts, err}
				})
			}
		}
	}
	want := make([]answer, len(asked))
	persons, chosen := 0, 0
	for i, ask := range asked {
		want[i] = ask()
		persons += len(want[i].facts.Persons)
		if want[i].facts.Choice.Link != "" {
			chosen++
		}
	}
	if persons < 4 || chosen != 1 {
		t.Fatalf("the facts tell nothing apart: %d persons, %d choices", persons, chosen)
	}
	for i, got := range together(p, asked) {
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("%d:\n got %+v\nwant %+v", i, got, want[i])
		}
	}
}

// TestRedeemedTogether: a code that comes back twice, or stands on nothing, takes none of those with it that come at the same time.
func TestRedeemedTogether(t *testing.T) {
	p := provide(t, openPostgres, nil)
	check(t, redeem(p, granted("gr_again")))
	type answer struct {
		standing op.Standing
		err      error
	}
	of := func(id string, change func(g *op.Grant)) func() answer {
		g := granted(id)
		change(&g)
		return func() answer {
			standing, err := p.RedeemGrant(p.ctx, g, openIDNoon)
			return answer{standing, err}
		}
	}
	asIs := func(*op.Grant) {}
	offline := func(g *op.Grant) {
		g.Offline, g.Request, g.Scope, g.AMR = true, "ar_1", []string{"openid", "offline_access"}, []string{"pwd", "otp"}
	}
	nobody := func(g *op.Grant) { g.Account = "" }
	elsewhere := func(g *op.Grant) {
		g.Tenant, g.Instance, g.Client, g.ProductAccount, g.Account = "globex", "globex-sdm", "sdm", "pa_6", "ac_2"
	}
	noSession := func(g *op.Grant) { g.Session = "se_gone" }
	noProductAccount := func(g *op.Grant) { g.ProductAccount = "pa_gone" }
	for name, fails := range map[string]bool{"with one that fails": true, "all well": false} {
		prefix := fmt.Sprint("gr_", fails, "_")
		changes := []func(*op.Grant){asIs, offline, nobody, elsewhere, noSession, asIs}
		if fails {
			changes = append(changes, noProductAccount)
		}
		var asked []func() answer
		want := make([]answer, len(changes))
		for i, change := range changes {
			want[i] = of(fmt.Sprint(prefix, "alone_", i), change)()
			want[i].standing.Grant.ID = ""
			asked = append(asked, of(fmt.Sprint(prefix, i), change))
		}
		asked = append(asked, of("gr_again", asIs), of("gr_again", asIs))
		got := together(p, asked)
		for i := range want {
			got[i].standing.Grant.ID = ""
			if !reflect.DeepEqual(got[i].standing, want[i].standing) || fault.KeyOf(got[i].err) != fault.KeyOf(want[i].err) {
				t.Errorf("%s, %d:\n got %+v\nwant %+v", name, i, got[i], want[i])
			}
		}
	}
}

// TestUnreadableAlone: what stands behind one code and cannot be read is that one's failure, and no code is redeemed a second time
// for it.
func TestUnreadableAlone(t *testing.T) {
	p := provide(t, openPostgres, nil)
	_, err := p.store.Raw.ExecContext(p.ctx, "UPDATE product_account SET email = 'not an address' WHERE id = 'pa_3'")
	check(t, err)
	var asked []func() error
	for i := range 8 {
		g := granted(fmt.Sprint("gr_", i))
		if i == 5 {
			g.ProductAccount = "pa_3"
		}
		asked = append(asked, func() error { return redeem(p, g) })
	}
	for i, err := range together(p, asked) {
		var uses, ended int64
		check(t, p.store.Raw.QueryRowContext(p.ctx, "SELECT code_uses, ended_at FROM authorization_grant WHERE id = $1", fmt.Sprint("gr_", i)).Scan(&uses, &ended))
		if (err != nil) != (i == 5) || uses != 1 || ended != 0 {
			t.Errorf("%d: %v, used %d times, ended at %d", i, err, uses, ended)
		}
	}
}

// together has all of them ask at once.
func together[A any](p *provided, asked []func() A) []A {
	release := sqlstore.Occupy(p.store.DB)
	answers := make([]A, len(asked))
	var all sync.WaitGroup
	for i, ask := range asked {
		all.Go(func() { answers[i] = ask() })
	}
	release(len(asked))
	all.Wait()
	return answers
}
