//go:build servers

package sqlstore_test

import (
	"net/url"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
)

// A commit that lost its connection is told as unknown and not run again; the store goes on with the next.
func TestPostgresLostBeforeCommit(t *testing.T) {
	var store storetest.Store
	runs, lose := 0, true
	store = openPostgres(t, func(c *sqlstore.Config) {
		c.Before = func(statement string) error {
			if statement != "COMMIT" || !lose {
				return nil
			}
			runs++
			_, err := store.Raw.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND state = 'idle in transaction'`)
			// The end of the other side's connection takes a moment to be one.
			for err == nil {
				var left int
				if err = store.Raw.QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
 AND state = 'idle in transaction'`).Scan(&left); left == 0 {
					break
				}
			}
			return err
		}
	})
	const insert = "INSERT INTO tally (key, failures, first_at, until, version) VALUES ('key', 1, 0, 0, 1)"
	err := sqlstore.RunTx(store.DB, t.Context(), insert)
	if fault.KeyOf(err) != "store.unknown" || !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if runs != 1 {
		t.Errorf("the transaction ran %d times", runs)
	}
	lose = false
	if err := sqlstore.RunTx(store.DB, t.Context(), insert); err != nil {
		t.Errorf("after the loss: %v", err)
	}
}

// A server that is a replica now does not take writes: unavailable, not a mistake of ours.
func TestPostgresReadOnly(t *testing.T) {
	store := openPostgres(t, nil)
	var dsn string
	if err := store.Raw.QueryRow("SELECT current_database()").Scan(&dsn); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Raw.Exec("ALTER DATABASE " + dsn + " SET default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Raw.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the first may meet the connection that was ended
		if err := store.SetTally(t.Context(), linking.Tally{Key: "key"}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
	}
}

// Two serializable histories that cannot both be are settled by running one of them again.
func TestPostgresDeadlockIsRepeated(t *testing.T) {
	store := openPostgres(t, nil)
	for _, key := range []string{"a", "b"} {
		if err := store.SetTally(t.Context(), linking.Tally{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	// Somebody holds b and then wants a, while a commit holds a and then wants b.
	tx, err := store.Raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("UPDATE tally SET failures = 7 WHERE key = 'b'"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- sqlstore.RunTx(store.DB, t.Context(), "UPDATE tally SET failures = failures + 1 WHERE key = 'a'",
			"UPDATE tally SET failures = failures + 1 WHERE key = 'b'")
	}()
	waitFor(t, func() bool {
		var waiting int
		err := store.Raw.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		return err == nil && waiting > 0
	})
	_, errMine := tx.Exec("UPDATE tally SET failures = 7 WHERE key = 'a'")
	if errMine == nil {
		errMine = tx.Commit()
	} else {
		_ = tx.Rollback()
	}
	if err := <-done; err != nil {
		t.Errorf("the store's transaction: %v", err)
	}
	for _, key := range []string{"a", "b"} {
		tally, err := store.Tally(t.Context(), key)
		want := 1
		if errMine == nil {
			want = 8
		}
		if err != nil || tally.Failures != want {
			t.Errorf("%s counts %d, want %d, %v", key, tally.Failures, want, err)
		}
	}
}

// waitFor asks until ok, for ten seconds.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatal("waited in vain")
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		default:
		}
	}
}

// Several hosts may be named, and the one that takes writes is used.
func TestPostgresSeveralHosts(t *testing.T) {
	store := openPostgres(t, nil)
	u, err := url.Parse(store.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.Host = "127.0.0.1:1," + u.Host
	u.RawQuery = "sslmode=disable&target_session_attrs=read-write"
	second := open(t, u.String(), nil)
	if err := second.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
