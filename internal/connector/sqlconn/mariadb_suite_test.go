//go:build servers

package sqlconn_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/guard"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/legacyhash"
	"ligature/internal/testkit/replica"
	"ligature/internal/testkit/servers"
)

// TestMain stops the server that the tests started.
func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// pimTables are the PIM's tables in MariaDB, without anybody in them.
func pimTables(t *testing.T) *replica.Replica {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pim.db")
	p, err := pim.Open(t.Context(), pim.Config{Path: path, BaseURL: "http://pim.localhost", RP: rp.Config{Issuer: "http://id.localhost", ClientID: "pim"}})
	if err == nil {
		err = p.Seed(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return replica.Of(t, path)
}

// pimOf fills the tables with the suite's people.
func pimOf(t *testing.T) *replica.Replica {
	t.Helper()
	r := pimTables(t)
	// In this product an address is one user's. The suite has twins.
	exec(t, r, "ALTER TABLE oro_user DROP INDEX email")
	for _, p := range connectortest.People() {
		first, last, _ := strings.Cut(p.Name, " ")
		failures, properties := 0, `{"generation": "`+p.Generation+`"`
		if p.Flags.Locked {
			failures = 5
		}
		if p.Flags.Shared {
			properties += `, "shared": true`
		}
		if p.Flags.MustReset {
			properties += `, "must_reset": true`
		}
		exec(t, r, `INSERT INTO oro_user (id, ui_locale_id, username, email, first_name, last_name, enabled, salt, password, createdAt, updatedAt, properties,
  consecutive_authentication_failure_counter, authentication_failure_reset_date)
SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP(), ?, ?, UTC_TIMESTAMP() FROM pim_catalog_locale WHERE code = ?`,
			p.ID, p.Username, p.Email, first, last, !p.Flags.Disabled, saltOf(p), hashes()[p.ID], properties+"}", failures, p.Locale)
		if p.Flags.Privileged {
			exec(t, r, "INSERT INTO oro_user_access_role (user_id, role_id) SELECT ?, id FROM oro_access_role WHERE role = 'ROLE_ADMINISTRATOR'", p.ID)
		}
	}
	return r
}

// exec does what the product does.
func exec(t *testing.T, r *replica.Replica, statement string, args ...any) {
	t.Helper()
	if _, err := r.Owner.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// mysqlOptions ask the PIM's tables, with two columns more than the product has: the suite wants to see them read.
func mysqlOptions(at *url.URL) sqlconn.Options {
	with := strings.Replace(pim.MySQLAccountSelect, "CAST(UNIX_TIMESTAMP(u.createdAt) * 1000000 AS CHAR) AS generation",
		"JSON_UNQUOTE(JSON_EXTRACT(u.properties, '$.generation')) AS generation, JSON_EXTRACT(u.properties, '$.must_reset') AS must_reset", 1)
	return sqlconn.Options{
		Driver: "mysql", DSN: at.String(),
		ByEmail: with + " WHERE u.email = :email", ByUsername: with + " WHERE u.username = :username", ByID: with + " WHERE u.id = :id",
		List: with + " WHERE u.id > CAST(:after AS UNSIGNED) ORDER BY u.id LIMIT :limit",
		Hash: legacyhash.Spec{Format: legacyhash.SymfonySHA512},
	}
}

func TestConnectorSuiteOnMariaDB(t *testing.T) {
	r := pimOf(t)
	for name, wrap := range map[string]func(connector.Connector) connector.Connector{
		"bare":    func(c connector.Connector) connector.Connector { return c },
		"guarded": func(c connector.Connector) connector.Connector { return guard.New(c, guard.Options{Failures: 1000}) },
	} {
		t.Run(name, func(t *testing.T) {
			before := r.Dump(t)
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				at := r.Reader(t)
				w := servers.NewWire(t, at.Host, nil)
				at.Host = w.Addr()
				return connectortest.World{
					Connector: wrap(open(t, mysqlOptions(at))), Has: connector.Abilities{Find: true, Verify: true, List: true}, FoldsCase: true, SaysWhich: true,
					Break: w.Pull, Repair: w.Plug, Stall: w.Stall,
				}
			})
			if after := r.Dump(t); after.Text() != before.Text() {
				t.Error("the product's tables changed")
			}
		})
	}
}
