// Package replica keeps in MariaDB what a stand-in keeps in its SQLite file, as a real product's replica would: the same
// tables, under the types, keys and collation of the real product. Only tests import it.
package replica

import (
	"context"
	"database/sql"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver is registered by import; there is no other way to have it

	"ligature/internal/demo/rp/stand"
	"ligature/internal/testkit/servers"
)

// Replica is a database of a real server with a stand-in's tables.
type Replica struct {
	servers.MariaDatabase
	path string
}

// Of makes the tables of the SQLite file at path, and their rows.
func Of(tb testing.TB, path string) *Replica {
	tb.Helper()
	r := &Replica{MariaDatabase: servers.MariaDB(tb), path: path}
	r.run(tb, func(conn *sql.Conn) {
		for _, statement := range r.schema(tb) {
			if _, err := conn.ExecContext(tb.Context(), statement); err != nil {
				tb.Fatalf("%s: %v", statement, err)
			}
		}
	})
	r.Follow(tb)
	return r
}

// renamings turn the SQLite of a stand-in's schema into MySQL's; the rest means the same in both.
var renamings = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\bINTEGER PRIMARY KEY AUTOINCREMENT\b`), "INT NOT NULL AUTO_INCREMENT PRIMARY KEY"},
	{regexp.MustCompile(`\bINTEGER\b`), "INT"},
	{regexp.MustCompile(` COLLATE NOCASE\b`), ""}, // the database's own collation folds case
}

// schema reads the stand-in's tables and indexes from the file itself.
func (r *Replica) schema(tb testing.TB) []string {
	tb.Helper()
	rows, err := r.file(tb).QueryContext(tb.Context(), `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, rowid`)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			tb.Fatal(err)
		}
		for _, r := range renamings {
			text = r.from.ReplaceAllString(text, r.to)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}

// file is the stand-in's file, for reading.
func (r *Replica) file(tb testing.TB) *sql.DB { return File(tb, r.path) }

// File opens a stand-in's SQLite file for reading until tb ends.
func File(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// Follow brings the rows up to the file's, as replication does.
func (r *Replica) Follow(tb testing.TB) {
	tb.Helper()
	dump, err := stand.DumpStore(tb.Context(), r.file(tb))
	if err != nil {
		tb.Fatal(err)
	}
	r.run(tb, func(conn *sql.Conn) {
		tx, err := conn.BeginTx(tb.Context(), nil)
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		for _, table := range slices.Sorted(maps.Keys(dump)) {
			statements := []string{"DELETE FROM " + table}
			for _, row := range dump[table] {
				columns, values := []string{}, []string{}
				for column, value := range row {
					columns, values = append(columns, "`"+column+"`"), append(values, value)
				}
				statements = append(statements, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(values, ", ")+")")
			}
			for _, statement := range statements {
				if _, err := tx.ExecContext(tb.Context(), statement); err != nil {
					tb.Fatalf("%s: %v", statement, err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			tb.Fatal(err)
		}
	})
}

// run gives one connection on which SQLite's literals mean what they mean there, and tables may be filled in any order.
func (r *Replica) run(tb testing.TB, f func(conn *sql.Conn)) {
	tb.Helper()
	conn, err := r.Owner.Conn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const prepare = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', foreign_key_checks = 0"
	if _, err := conn.ExecContext(tb.Context(), prepare); err != nil {
		tb.Fatal(err)
	}
	f(conn)
	if _, err := conn.ExecContext(context.WithoutCancel(tb.Context()), "SET SESSION sql_mode = DEFAULT, foreign_key_checks = 1"); err != nil {
		tb.Fatal(err)
	}
}

// Dump is every table of the database with every row and column, in one read of one moment. It may be taken in a cleanup.
func (r *Replica) Dump(tb testing.TB) stand.Dump { tb.Helper(); return Dump(tb, r.Owner) }

// Dump is every table of a MariaDB database.
func Dump(tb testing.TB, db *sql.DB) stand.Dump {
	tb.Helper()
	tx, err := db.BeginTx(context.WithoutCancel(tb.Context()), &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	dump, columns := stand.Dump{}, map[string][]string{}
	rows := query(tb, tx, `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`)
	for _, row := range rows {
		columns[row[0]] = append(columns[row[0]], row[1])
	}
	for table, names := range columns {
		literals := make([]string, len(names))
		for i, name := range names {
			literals[i] = "QUOTE(`" + name + "`)"
		}
		found := query(tb, tx, "SELECT "+strings.Join(literals, ", ")+" FROM `"+table+"`")
		slices.SortFunc(found, slices.Compare)
		dump[table] = nil
		for _, values := range found {
			row := stand.Row{}
			for i, name := range names {
				row[name] = values[i]
			}
			dump[table] = append(dump[table], row)
		}
	}
	return dump
}

// query reads rows of texts.
func query(tb testing.TB, tx *sql.Tx, text string) (all [][]string) {
	tb.Helper()
	rows, err := tx.QueryContext(context.WithoutCancel(tb.Context()), text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		tb.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]string, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			tb.Fatal(err)
		}
		all = append(all, values)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}
