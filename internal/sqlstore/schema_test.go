package sqlstore_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ligature/internal/sqlstore/storetest"
)

var update = flag.Bool("update", false, "write the golden schema and the sums of new migrations")

// The schema that all migrations end in, as SQLite tells it, is read as a whole in review.
func TestSchemaIsTheGoldenOne(t *testing.T) {
	store := openSQLite(t, nil)
	statements := lines(t, store, `SELECT sql || ';' FROM sqlite_master
 WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND tbl_name <> 'schema_version' ORDER BY tbl_name, type DESC, name`)
	golden(t, "schema.golden.sql", "-- Written by go test -update; SQLite's form of what all migrations end in.\n\n"+
		strings.Join(statements, "\n\n")+"\n")
}

// A migration that somebody has applied is never edited: databases would differ from then on. A new one is added to
// the list with -update.
func TestMigrationsAreNeverEdited(t *testing.T) {
	var sums []string
	for _, dialect := range []string{"postgres", "sqlite"} {
		files, err := filepath.Glob(filepath.Join("migrations", dialect, "*.sql"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sums = append(sums, fmt.Sprintf("%x  %s", sha256.Sum256(text), filepath.ToSlash(file)))
		}
	}
	golden(t, filepath.Join("testdata", "migrations.sha256"), strings.Join(sums, "\n")+"\n")
}

// Both databases have the same steps, so that a number means the same everywhere.
func TestMigrationsHaveTheSameNumbers(t *testing.T) {
	names := map[string][]string{}
	for _, dialect := range []string{"postgres", "sqlite"} {
		files, err := filepath.Glob(filepath.Join("migrations", dialect, "*.sql"))
		if err != nil {
			t.Fatal(err)
		}
		for i, file := range files {
			name := filepath.Base(file)
			if !strings.HasPrefix(name, fmt.Sprintf("%04d_", i+1)) {
				t.Errorf("%s is not number %d", file, i+1)
			}
			names[dialect] = append(names[dialect], name)
		}
	}
	if !slices.Equal(names["postgres"], names["sqlite"]) {
		t.Errorf("postgres has %v, sqlite has %v", names["postgres"], names["sqlite"])
	}
}

// Events are only ever added.
func TestEventsAreOnlyAdded(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"UPDATE " + "event ", "DELETE FROM " + "event", "DELETE FROM " + "link", "DELETE FROM " + "product_account"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s says %q", file, bad)
			}
		}
	}
}

// golden compares with a file beside the test, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant, run go test -update\n%s", file, difference(got, string(want)))
	}
}

// difference names the lines that only one side has.
func difference(got, want string) string {
	var out strings.Builder
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, line := range g {
		if !slices.Contains(w, line) {
			out.WriteString("+ " + line + "\n")
		}
	}
	for _, line := range w {
		if !slices.Contains(g, line) {
			out.WriteString("- " + line + "\n")
		}
	}
	return out.String()
}

// lines are the rows of a query with one text column.
func lines(t *testing.T, store storetest.Store, query string, args ...any) []string {
	t.Helper()
	rows, err := store.Raw.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		found = append(found, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
