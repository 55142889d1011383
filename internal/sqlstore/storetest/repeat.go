package storetest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"ligature/internal/fault"
	"ligature/internal/sqlstore"
)

// Reasons of a server to fail a transaction of which it keeps nothing: it asks for another try, or it goes.
var (
	asked = []string{"40001", "40P01"}
	gone  = []string{"57P01", "57P02", "25006", "08006"}
)

// testRepeatsWherever: whichever statement of a commit meets a failure that leaves nothing behind, the commit is there once,
// and nobody hears of it. Where the failure stays, it is Unavailable, and nothing is there.
func testRepeatsWherever(t *testing.T, open Opener) {
	var breakAt, count, times, broken int
	var with string
	ctx := background(t)
	db := open(t, func(c *sqlstore.Config) {
		c.Jitter = func() float64 { return 0 }
		c.Before = func(string) error {
			if count++; breakAt > 0 && count >= breakAt && broken < times {
				broken++
				return &pgconn.PgError{Severity: "ERROR", Code: with}
			}
			return nil
		}
	})
	_, err := db.ApplySuite(ctx, Declaration(), epoch)
	must(t, err)
	codes := asked
	if db.Dialect() == "postgres" {
		codes = append(codes[:len(codes):len(codes)], gone...)
	}
	statements := 12 // of a finish, at least
	for breakAt = 1; breakAt <= statements; breakAt++ {
		with = codes[breakAt%len(codes)]
		j := newJourney(acme, pim, id("dana")+"@acme.example")
		times, broken = 0, 0
		j.upToFinish(ctx, t, db)
		out := j.finish()
		if breakAt <= len(codes) { // once for each
			before := dump(ctx, t, db)
			count, times, broken = 0, 1_000, 0
			wantKind(t, db.Commit(ctx, out), fault.Unavailable)
			wantEqual(t, "the database after "+with+" that stayed", dump(ctx, t, db), before)
		}
		count, times, broken = 0, 1, 0
		must(t, db.Commit(ctx, out))
		wantEqual(t, "failures", broken, 1)
		statements = max(statements, count-breakAt) // those of the run that was broken are counted too
		checkPerson(ctx, t, db, j, out)
	}
	if statements < 13 {
		t.Errorf("a finish has %d statements", statements)
	}
}
