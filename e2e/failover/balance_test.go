//go:build servers && soak

package failover_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// balance asks for everything that stands in the ledger, and gives how much that was.
func (w *world) balance() string {
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	db, err := sql.Open("pgx", w.cluster.DSN("ligature"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, person := range w.ledger.links {
		var found int
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM link JOIN product_account p ON p.id = link.product_account_id
 WHERE link.state = 'active' AND p.username = $1`, person.Username).Scan(&found); err != nil {
			w.t.Fatal(err)
		}
		if found != 1 {
			w.figures.complain("LOST: %s was told of a link, and %d are there", person.Username, found)
		}
	}
	var workers sync.WaitGroup
	var sessions, families atomic.Int64
	for part := range 4 {
		workers.Go(func() {
			for i := part; i < len(w.ledger.sessions); i += 4 {
				v := &visit{w: w, b: w.ledger.sessions[i]}
				if tokens, ok := v.signIn(ctx, "prompt", "none"); ok && tokens.AccessToken != "" {
					sessions.Add(1)
				} else {
					w.figures.complain("LOST: session %d of %d, at %s", i, len(w.ledger.sessions), v.b.Page.URL.Path)
				}
				v.b.Close()
			}
			for i := part; i < len(w.ledger.families); i += 4 {
				if w.ledger.families[i] == "" {
					continue
				}
				if tokens, ok := w.redeem(ctx, aRefresh, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {w.ledger.families[i]}}); ok && tokens.RefreshToken != "" {
					families.Add(1)
				} else {
					w.figures.complain("LOST: a refresh token")
				}
			}
		})
	}
	workers.Wait()
	return fmt.Sprintf("acknowledged and there: %d links, %d sessions, %d refresh tokens; taken or not, nobody knew, and refused afterwards: %d",
		len(w.ledger.links), sessions.Load(), families.Load(), w.ledger.doubts)
}
