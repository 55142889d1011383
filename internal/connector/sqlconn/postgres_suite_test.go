//go:build servers

package sqlconn_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the product

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/guard"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/legacyhash"
	"ligature/internal/testkit/servers"
)

// appUser is a product's table as PostgreSQL has it.
const appUser = `CREATE TABLE app_user (id integer PRIMARY KEY, username text NOT NULL, email text, first_name text, last_name text,
	active boolean NOT NULL, salt text, password text, last_login timestamptz, locale text, failures integer NOT NULL DEFAULT 0,
	staff boolean, shared char(1), must_reset smallint, generation text)`

const selectAppUser = `SELECT id, username, email, first_name || ' ' || last_name AS name, active AS enabled, salt, password AS password_hash, last_login AS last_used,
	locale, failures >= 5 AS locked, staff AS privileged, shared, must_reset, generation FROM app_user WHERE `

// application is a product's database on PostgreSQL.
type application struct {
	dsn string
	db  *sql.DB
}

func (a application) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := a.db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// reader is the address of an account that may read the users and nothing else.
func (a application) reader(t *testing.T) *url.URL {
	t.Helper()
	return servers.PostgresAccount(t, a.dsn, "GRANT SELECT ON app_user TO {account}")
}

// newApplication has the suite's people.
func newApplication(t *testing.T) application {
	t.Helper()
	a := application{dsn: servers.Postgres(t)}
	var err error
	if a.db, err = sql.Open("pgx", a.dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.db.Close() })
	a.exec(t, appUser)
	for _, p := range connectortest.People() {
		first, last, _ := strings.Cut(p.Name, " ")
		hash, known := hashes()[p.ID]
		failures, reset, shared := 0, 0, "n"
		if p.Flags.Locked {
			failures = 5
		}
		if p.Flags.MustReset {
			reset = 1
		}
		if p.Flags.Shared {
			shared = "y"
		}
		a.exec(t, `INSERT INTO app_user VALUES ($1::text::integer, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10, $11, $12, $13, $14)`, p.ID, p.Username, p.Email, first, last,
			!p.Flags.Disabled, saltOf(p), sql.NullString{String: hash, Valid: known}, p.Locale, failures, p.Flags.Privileged, shared, reset, p.Generation)
	}
	return a
}

func postgresOptions(at *url.URL) sqlconn.Options {
	return sqlconn.Options{
		Driver: "postgres", DSN: at.String(),
		ByEmail: selectAppUser + "lower(email) = lower(:email)", ByUsername: selectAppUser + "lower(username) = lower(:username)", ByID: selectAppUser + "id = :id",
		List: selectAppUser + "id > :after ORDER BY id LIMIT :limit",
		Hash: legacyhash.Spec{Format: legacyhash.SymfonySHA512},
	}
}

func TestConnectorSuiteOnPostgreSQL(t *testing.T) {
	a := newApplication(t)
	for name, wrap := range map[string]func(connector.Connector) connector.Connector{
		"bare":    func(c connector.Connector) connector.Connector { return c },
		"guarded": func(c connector.Connector) connector.Connector { return guard.New(c, guard.Options{Failures: 1000}) },
	} {
		t.Run(name, func(t *testing.T) {
			before := a.dump(t)
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				at := a.reader(t)
				w := servers.NewWire(t, at.Host, nil)
				at.Host = w.Addr()
				return connectortest.World{
					Connector: wrap(open(t, postgresOptions(at))), Has: connector.Abilities{Find: true, Verify: true, List: true}, FoldsCase: true, SaysWhich: true,
					Break: w.Pull, Repair: w.Plug, Stall: w.Stall,
				}
			})
			if a.dump(t) != before {
				t.Error("the product's table changed")
			}
		})
	}
}

// dump is every row of the product's table.
func (a application) dump(t *testing.T) (rows string) {
	t.Helper()
	if err := a.db.QueryRowContext(t.Context(), "SELECT string_agg(u::text, E'\\n' ORDER BY id) FROM app_user u").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}
