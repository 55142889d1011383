package sqlstore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, openSQLite) }

// openSQLite opens a store on a file of its own.
func openSQLite(tb testing.TB, tune func(*sqlstore.Config)) storetest.Store {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "ligature.db")
	storetest.Migrated(tb, path)
	return openFile(tb, path, tune)
}

func openFile(tb testing.TB, path string, tune func(*sqlstore.Config)) storetest.Store {
	tb.Helper()
	db := open(tb, "sqlite://"+filepath.ToSlash(path), tune)
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		wantIndexes(tb, db, raw)
		_ = raw.Close()
	})
	return storetest.Store{DB: db, Raw: raw}
}

func open(tb testing.TB, url string, tune func(*sqlstore.Config)) *sqlstore.DB {
	tb.Helper()
	cfg := sqlstore.Config{URL: url, Sealer: storetest.Sealer{}}
	if tune != nil {
		tune(&cfg)
	}
	db, err := sqlstore.Open(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

func BenchmarkSQLite(b *testing.B) {
	b.Run("finish", func(b *testing.B) { storetest.BenchmarkFinish(b, openSQLite) })
	b.Run("flow", func(b *testing.B) { storetest.BenchmarkFlow(b, openSQLite) })
	b.Run("setting", func(b *testing.B) { storetest.BenchmarkSetting(b, openSQLite) })
}
