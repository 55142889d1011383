//go:build servers

package preset_test

import (
	"database/sql"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the product

	"ligature/internal/connector/preset"
	"ligature/internal/testkit/servers"
)

// TestMain stops the servers that the tests started.
func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// on walks each product that can have its users in that driver's database.
func on(t *testing.T, driver string, make func(t *testing.T, p product, tables []string) (dsn string)) {
	for _, p := range products() {
		known, _ := preset.Find(p.preset)
		if !slices.Contains(known.Drivers, driver) {
			continue
		}
		t.Run(p.preset, func(t *testing.T) { p.walk(t, p.options(driver, make(t, p, known.Tables))) })
	}
}

// TestOnMariaDB grants what the document says: SELECT on the tables that it names.
func TestOnMariaDB(t *testing.T) {
	on(t, "mysql", func(t *testing.T, p product, tables []string) string {
		d := servers.MariaDB(t)
		fill(t, d.Owner, p.preset, "mysql")
		var grants []string
		for _, table := range tables {
			if p.preset == "keycloak" {
				table = strings.ToUpper(table)
			}
			grants = append(grants, "GRANT SELECT ON {db}.`"+table+"` TO {account}")
		}
		return d.Account(t, grants...).String()
	})
}

// TestOnPostgreSQL grants the same.
func TestOnPostgreSQL(t *testing.T) {
	on(t, "postgres", func(t *testing.T, p product, tables []string) string {
		dsn := servers.Postgres(t)
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		fill(t, db, p.preset, "postgres")
		var grants []string
		for _, table := range tables {
			grants = append(grants, `GRANT SELECT ON "`+table+`" TO {account}`)
		}
		return servers.PostgresAccount(t, dsn, grants...).String()
	})
}
