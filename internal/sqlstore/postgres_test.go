//go:build servers

package sqlstore_test

import (
	"database/sql"
	"os"
	"testing"

	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
	"ligature/internal/testkit/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func TestPostgres(t *testing.T) { storetest.Run(t, openPostgres) }

// openPostgres opens a store on a database of its own.
func openPostgres(tb testing.TB, tune func(*sqlstore.Config)) storetest.Store {
	tb.Helper()
	return openAt(tb, servers.Postgres(tb), tune)
}

func openAt(tb testing.TB, dsn string, tune func(*sqlstore.Config)) storetest.Store {
	tb.Helper()
	db := open(tb, dsn, tune)
	return storetest.Store{DB: db, Raw: rawPostgres(tb, dsn)}
}

// rawPostgres is a second way to a database, for looking underneath.
func rawPostgres(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = raw.Close() })
	return raw
}

func BenchmarkPostgres(b *testing.B) {
	durable := func(tb testing.TB, tune func(*sqlstore.Config)) storetest.Store {
		return openAt(tb, servers.PostgresDurable(tb), tune)
	}
	b.Run("finish", func(b *testing.B) { storetest.BenchmarkFinish(b, durable) })
	b.Run("flow", func(b *testing.B) { storetest.BenchmarkFlow(b, durable) })
	b.Run("setting", func(b *testing.B) { storetest.BenchmarkSetting(b, durable) })
}
