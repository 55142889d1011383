package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ligature/internal/sqlstore"
)

// empty is an SQLite file with the schema and no rows; making one takes longer than most tests.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "ligature-store-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "empty.db")
	db, err := sqlstore.Open(context.Background(), sqlstore.Config{URL: "sqlite://" + filepath.ToSlash(path), Sealer: Sealer{}})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Migrated puts an empty SQLite store with the whole schema at path, where nothing was.
func Migrated(tb testing.TB, path string) {
	tb.Helper()
	content, err := empty()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
