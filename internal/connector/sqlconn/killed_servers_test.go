//go:build servers

package sqlconn_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
)

// TestKilledInTheMiddle: whoever runs the database ends a question that is under way. That is no answer, it is asked once, and the
// next one is answered.
func TestKilledInTheMiddle(t *testing.T) {
	for driver, open := range map[string]func(t *testing.T) (sqlconn.Options, *sql.DB, string, string){
		"mysql": func(t *testing.T) (sqlconn.Options, *sql.DB, string, string) {
			r := pimOf(t)
			o := mysqlOptions(r.Reader(t))
			o.ByUsername = "SELECT id FROM oro_user WHERE username = :username AND (:username = '' OR SLEEP(20) = 0)"
			name, _ := accountOf(t, o)
			return o, r.Owner, "SELECT COALESCE(MAX(id), 0) FROM information_schema.processlist WHERE user = '" + name + "' AND state = 'User sleep'", "KILL "
		},
		"postgres": func(t *testing.T) (sqlconn.Options, *sql.DB, string, string) {
			a := newApplication(t)
			o := postgresOptions(a.reader(t))
			o.ByUsername = "SELECT id FROM app_user, pg_sleep(CASE WHEN :username = '' THEN 0 ELSE 20 END) WHERE username = :username"
			name, _ := accountOf(t, o)
			return o, a.db, "SELECT COALESCE(MAX(pid), 0) FROM pg_stat_activity WHERE usename = '" + name + "' AND wait_event = 'PgSleep'", "SELECT pg_terminate_backend"
		},
	} {
		t.Run(driver, func(t *testing.T) {
			o, owner, find, kill := open(t)
			c, err := sqlconn.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			ended := make(chan error, 1)
			go func() {
				_, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"})
				ended <- err
			}()
			var id string
			for deadline := time.Now().Add(15 * time.Second); id == "" || id == "0"; {
				if err := owner.QueryRowContext(t.Context(), find).Scan(&id); err != nil {
					t.Fatal(err)
				}
				if time.Now().After(deadline) {
					t.Fatal("the question is not under way")
				}
			}
			statement := kill + id
			if strings.HasPrefix(kill, "SELECT") {
				statement = kill + "(" + id + ")"
			}
			if _, err := owner.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "julia") {
				t.Errorf("%v, want unavailable", err)
			}
			var again string
			if err := owner.QueryRowContext(t.Context(), find).Scan(&again); err != nil || again != "0" && again != id { // the killed one may still be on its way out
				t.Errorf("it was asked again: %s, %v", again, err)
			}
			if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"}); err != nil || len(records) != 1 {
				t.Errorf("afterwards: %d records, %v", len(records), err)
			}
		})
	}
}
