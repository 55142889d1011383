package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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

func testOneRedemption(t *testing.T, p *provided) {
	uses := make([]op.Standing, 20)
	var all sync.WaitGroup
	for i := range uses {
		all.Go(func() {
			var err error
			if uses[i], err = p.RedeemGrant(p.ctx, granted("gr_1"), openIDNoon.Add(time.Second)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[int]int{}
	for _, s := range uses {
		seen[s.Uses]++
		if (s.Uses == 1) != s.Grant.EndedAt.IsZero() {
			t.Errorf("use %d, ended at %v", s.Uses, s.Grant.EndedAt)
		}
	}
	if len(seen) != 20 || seen[1] != 1 {
		t.Errorf("uses %v", seen)
	}
	s, err := p.Standing(p.ctx, "gr_1")
	if err != nil || s.Holds(openIDNoon) || s.Uses != 20 || !s.Grant.EndedAt.Equal(openIDNoon.Add(time.Second)) {
		t.Errorf("%+v %v", s.Grant, err)
	}
}

// testUnknownGrant: there is no grant whose code did not come back, and none for what is gone.
func testUnknownGrant(t *testing.T, p *provided) {
	check(t, p.AnswerRequest(p.ctx, granted("gr_9"), op.Choice{}))
	if _, err := p.Standing(p.ctx, "gr_9"); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	g := granted("gr_9")
	g.Session = "se_gone"
	if _, err := p.RedeemGrant(p.ctx, g, openIDNoon); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	g.ID, g.ProductAccount = "gr_10", "pa_gone"
	if _, err := p.RedeemGrant(p.ctx, g, openIDNoon); !fault.Is(err, fault.Moved) {
		t.Error(err)
	}
}

func testEndGrants(t *testing.T, p *provided) {
	check(t, redeem(p, granted("gr_1")))
	elsewhere := p.session
	elsewhere.ID, elsewhere.Browser = "se_other", "br_other"
	check(t, p.store.Commit(p.ctx, linking.Outcome{Sessions: []account.Session{elsewhere}}))
	other := granted("gr_2")
	other.Session = "se_other"
	check(t, redeem(p, other))
	check(t, p.EndGrants(p.ctx, "se_full", openIDNoon.Add(time.Second)))
	check(t, p.EndGrants(p.ctx, "se_full", openIDNoon.Add(time.Hour)))
	s, err := p.Standing(p.ctx, "gr_1")
	if err != nil || !s.Grant.EndedAt.Equal(openIDNoon.Add(time.Second)) {
		t.Errorf("%+v %v", s.Grant, err)
	}
	var live int
	check(t, p.store.Raw.QueryRowContext(p.ctx, "SELECT count(*) FROM authorization_grant WHERE ended_at = 0").Scan(&live))
	if live != 1 {
		t.Errorf("%d live", live)
	}
}

func testGrantAcrossTenants(t *testing.T, p *provided) {
	g := granted("gr_1")
	g.Tenant = "globex" // pa_1 is acme's
	if err := redeem(p, g); !fault.Is(err, fault.Moved) {
		t.Error("stored across tenants:", err)
	}
}

// held is a store whose next statement waits until so many have come, so that on SQLite they share a transaction with it or the
// one after it.
func held(t *testing.T, open storetest.Opener, many int) (p *provided, come func()) {
	var coming sync.WaitGroup
	var hold atomic.Bool
	p = provide(t, open, func(c *sqlstore.Config) {
		c.Before = func(string) error {
			if hold.CompareAndSwap(true, false) {
				coming.Wait()
				for range 10_000 {
					runtime.Gosched()
				}
			}
			return nil
		}
	})
	coming.Add(many)
	hold.Store(true)
	return p, coming.Done
}

// testOneOfManyFails: statements that share a transaction share no fate.
func testOneOfManyFails(t *testing.T, open storetest.Opener) {
	results := make([]error, 60)
	p, come := held(t, open, len(results))
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			g := granted(fmt.Sprint("gr_", i))
			if i%3 == 0 {
				g.ProductAccount = "pa_gone"
			}
			come()
			results[i] = redeem(p, g)
		})
	}
	all.Wait()
	for i, err := range results {
		if (i%3 == 0) != fault.Is(err, fault.Moved) || i%3 != 0 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	var stored int
	check(t, p.store.Raw.QueryRowContext(p.ctx, "SELECT count(*) FROM authorization_grant").Scan(&stored))
	if stored != 40 {
		t.Errorf("%d stored", stored)
	}
}

// testOneCommitOfManyFails: nothing is left of a commit that fails half-way, and everything of the others, though they are in one
// transaction with it.
func testOneCommitOfManyFails(t *testing.T, open storetest.Opener) {
	results := make([]error, 60)
	p, come := held(t, open, len(results))
	taken, err := ident.ParseEmail("also.dana@example.com")
	check(t, err)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			o := linking.Outcome{Accounts: []account.Account{{ID: ident.AccountID(fmt.Sprint("ac_new_", i)), Status: account.Active, CreatedAt: openIDNoon}}}
			if i%3 == 0 {
				o.Addresses = []account.Address{{Email: taken, Account: o.Accounts[0].ID}}
			}
			come()
			results[i] = p.store.Commit(p.ctx, o)
		})
	}
	all.Wait()
	for i, err := range results {
		if (i%3 == 0) != fault.Is(err, fault.Moved) || i%3 != 0 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
		var stored int
		check(t, p.store.Raw.QueryRowContext(p.ctx, fmt.Sprintf("SELECT count(*) FROM account WHERE id = 'ac_new_%d'", i)).Scan(&stored))
		if (stored == 1) != (i%3 != 0) {
			t.Errorf("%d: %d rows of it", i, stored)
		}
	}
}

// panicking is a store whose statement of that kind panics once the others have come.
func panicking(t *testing.T, open storetest.Opener, many int, at string) (p *provided, come func(), stop func()) {
	var coming sync.WaitGroup
	var hold, armed atomic.Bool
	here := make(chan bool)
	p = provide(t, open, func(c *sqlstore.Config) {
		c.Before = func(statement string) error {
			if hold.CompareAndSwap(true, false) {
				coming.Wait()
				for range 10_000 {
					runtime.Gosched()
				}
				close(here)
			}
			if armed.Load() && strings.HasPrefix(statement, at) {
				<-here
				panic("on purpose")
			}
			return nil
		}
	})
	coming.Add(many)
	armed.Store(true)
	hold.Store(true)
	return p, coming.Done, func() { armed.Store(false) }
}

// testOnePanics: a change that panics does so at its own caller, whoever ran it, and the others are kept.
func testOnePanics(t *testing.T, open storetest.Opener) {
	results := make([]error, 40)
	p, come, stop := panicking(t, open, len(results), "UPDATE session")
	var panicked atomic.Int32
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					panicked.Add(1)
					if i != 20 || v != "on purpose" {
						t.Errorf("%d panicked: %v", i, v)
					}
				}
			}()
			come()
			if i == 20 {
				_ = p.store.TouchSession(p.ctx, "se_full", openIDNoon.Add(time.Minute))
				return
			}
			results[i] = redeem(p, granted(fmt.Sprint("gr_", i)))
		})
	}
	all.Wait()
	stop()
	for i, err := range results {
		var stored int
		check(t, p.store.Raw.QueryRowContext(p.ctx, fmt.Sprintf("SELECT count(*) FROM authorization_grant WHERE id = 'gr_%d'", i)).Scan(&stored))
		if err != nil || (stored == 1) != (i != 20) {
			t.Errorf("%d: %d rows, %v", i, stored, err)
		}
	}
	if panicked.Load() != 1 {
		t.Errorf("%d panicked", panicked.Load())
	}
}

// testCommitPanics: nobody is told that theirs is kept when something of ours panics in between, and the next one works.
func testCommitPanics(t *testing.T, open storetest.Opener) {
	for _, at := range []string{"COMMIT", "WITH asked"} {
		t.Run(at, func(t *testing.T) { testPanicAt(t, open, at) })
	}
}

func testPanicAt(t *testing.T, open storetest.Opener, at string) {
	kept := make([]bool, 40)
	p, come, stop := panicking(t, open, len(kept), at)
	var all sync.WaitGroup
	for i := range kept {
		all.Go(func() {
			defer func() { _ = recover() }()
			come()
			kept[i] = redeem(p, granted(fmt.Sprint("gr_", i))) == nil
		})
	}
	all.Wait()
	stop()
	for i := range kept {
		var stored int
		check(t, p.store.Raw.QueryRowContext(p.ctx, fmt.Sprintf("SELECT count(*) FROM authorization_grant WHERE id = 'gr_%d'", i)).Scan(&stored))
		if kept[i] && stored == 0 {
			t.Errorf("%d is not there", i)
		}
	}
	check(t, redeem(p, granted("gr_after")))
}

func testOneGoesAway(t *testing.T, p *provided) {
	gone, cancel := context.WithCancel(p.ctx)
	cancel()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			ctx := p.ctx
			if i%2 == 0 {
				ctx = gone
			}
			_, err := p.RedeemGrant(ctx, granted(fmt.Sprint("gr_", i)), openIDNoon)
			if i%2 == 0 && !fault.Is(err, fault.Unavailable) || i%2 != 0 && err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// testCommitFails: nobody is told that something is kept when the commit did not happen, and the next one works.
func testCommitFails(t *testing.T, open storetest.Opener) {
	var broken sync.Map
	p := provide(t, open, func(c *sqlstore.Config) {
		c.Before = func(statement string) error {
			if _, ok := broken.Load("on"); ok {
				return errors.New("broken: " + statement[:6])
			}
			return nil
		}
	})
	broken.Store("on", true)
	if err := redeem(p, granted("gr_1")); err == nil {
		t.Error("acknowledged")
	}
	broken.Clear()
	if _, err := p.Standing(p.ctx, "gr_1"); !fault.Is(err, fault.Missing) {
		t.Error("kept all the same:", err)
	}
	check(t, redeem(p, granted("gr_1")))
}
