package sqlstore_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
)

// The database's files are for the one who runs the server; nobody else on the machine reads them.
func TestSQLiteFilesAreOurs(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // access is inherited from the folder there
	}
	dir := t.TempDir()
	store := openFile(t, filepath.Join(dir, "ligature.db"), nil)
	if err := store.SetTally(t.Context(), linking.Tally{Key: "key", Failures: 1}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 2 {
		t.Errorf("%d files, want the database and its log", len(entries))
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", entry.Name(), info.Mode().Perm())
		}
	}
}

// What was typed and what is secret is in no byte of the files, not even where rows used to be.
func TestSQLiteFileShowsNoSecret(t *testing.T) {
	dir := t.TempDir()
	store := openFile(t, filepath.Join(dir, "ligature.db"), nil)
	secrets := storetest.LeaveSecrets(t, store)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s shows %q", entry.Name(), secret)
			}
		}
	}
}

// A command beside a running server writes to the same file; both wait for each other.
func TestSQLiteSharedByTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ligature.db")
	stores := []storetest.Store{openFile(t, path, nil), openFile(t, path, nil)}
	const attempts = 50
	done := make(chan error, len(stores))
	for _, store := range stores {
		go func() { done <- storetest.Count(t.Context(), store, attempts, "key") }()
	}
	for range stores {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	tally, err := stores[0].Tally(t.Context(), "key")
	if err != nil || tally.Failures != 2*attempts {
		t.Errorf("counted %d of %d, %v", tally.Failures, 2*attempts, err)
	}
}

// What was committed is there when the database is opened again.
func TestSQLiteOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space %41.db")
	for turn := int64(0); turn < 3; turn++ {
		store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: "sqlite://" + filepath.ToSlash(path), Sealer: storetest.Sealer{}})
		if err != nil {
			t.Fatal(err)
		}
		tally, err := store.Tally(t.Context(), "key")
		if err != nil || tally.Version != turn {
			t.Errorf("turn %d: version %d, %v", turn, tally.Version, err)
		}
		tally.Failures++
		if err := store.SetTally(t.Context(), tally); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file is not where it was asked to be: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.db")
	if err := os.WriteFile(broken, bytes.Repeat([]byte("not a database "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		url  string
		kind fault.Kind
	}{
		"nothing":              {"", fault.Invalid},
		"another database":     {"mysql://host/db", fault.Invalid},
		"memory":               {"sqlite://:memory:", fault.Invalid},
		"options":              {"sqlite://" + dir + "/x.db?mode=ro", fault.Invalid},
		"no file":              {"sqlite://", fault.Invalid},
		"folder that is not":   {"sqlite://" + dir + "/nowhere/x.db", fault.Unavailable},
		"a folder":             {"sqlite://" + dir, fault.Unavailable},
		"a file of other kind": {"sqlite://" + broken, fault.Unavailable},
		"malformed address":    {"postgres://user:secret-word@host:port/db", fault.Invalid},
		"nobody listens":       {"postgres://user:secret-word@127.0.0.1:1/db", fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sqlstore.Open(context.Background(), sqlstore.Config{URL: tt.url, Sealer: storetest.Sealer{}})
			if !fault.Is(err, tt.kind) {
				t.Errorf("got %v, want kind %s", err, tt.kind)
			}
			if err != nil && bytes.Contains([]byte(err.Error()), []byte("secret-word")) {
				t.Errorf("the failure shows the password: %v", err)
			}
		})
	}
	_, err := sqlstore.Open(context.Background(), sqlstore.Config{URL: "sqlite://" + dir + "/x.db"})
	if !fault.Is(err, fault.Internal) {
		t.Errorf("opened without a sealer: %v", err)
	}
}

// A caller who went away leaves nothing half done, and the store goes on.
func TestSQLiteCallerWentAway(t *testing.T) {
	store := openSQLite(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.SetTally(ctx, linking.Tally{Key: "key"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if _, err := store.Tally(ctx, "key"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if err := store.SetTally(t.Context(), linking.Tally{Key: "key"}); err != nil {
		t.Error(err)
	}
}
