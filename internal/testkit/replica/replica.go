// Package replica keeps in MariaDB what a stand-in keeps in its SQLite file: the same tables, under the types, keys and
// collation of the real product. Whoever asks it by Address finds what the stand-in has just written. Only tests import it.
package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // the driver is registered by import; there is no other way to have it

	"ligature/internal/demo/rp/stand"
	"ligature/internal/testkit/servers"
)

// Replica is a database of a real server with a stand-in's tables.
type Replica struct {
	servers.MariaDatabase
	file *sql.DB
	// watch is one connection to the file: it is told when others have written.
	watch *sql.Conn

	mu      sync.Mutex
	version int64
	rows    stand.Dump
	quiet   []Stretch
}

// Stretch is what the database held after the stand-in's rows were brought there, and before they were the next time.
// Nobody has any business writing in between.
type Stretch struct{ From, To stand.Dump }

// Of makes the tables of the SQLite file at path, and their rows.
func Of(tb testing.TB, path string) *Replica {
	tb.Helper()
	r := &Replica{MariaDatabase: servers.MariaDB(tb), file: File(tb, path)}
	var err error
	if r.watch, err = r.file.Conn(tb.Context()); err == nil {
		tb.Cleanup(func() { _ = r.watch.Close() })
		err = r.create(context.WithoutCancel(tb.Context()))
	}
	if err == nil {
		err = r.follow(context.WithoutCancel(tb.Context()))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Address is the database for an account that may read. Each question waits until what the stand-in has written is there.
func (r *Replica) Address(tb testing.TB) *url.URL {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	wire := servers.NewWire(tb, r.Addr, func() {
		if err := r.follow(ctx); err != nil {
			tb.Errorf("following %s: %v", r.Name, err)
		}
	})
	at := r.Reader(tb)
	at.Host = wire.Addr()
	return at
}

// Quiet are the stretches until now, the last one included.
func (r *Replica) Quiet(tb testing.TB) []Stretch {
	tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(slices.Clone(r.quiet), Stretch{r.rows, r.Dump(tb)})
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

// create makes the tables and indexes that the file says it has.
func (r *Replica) create(ctx context.Context) error {
	rows, err := r.file.QueryContext(ctx, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, rowid`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var statements []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		for _, r := range renamings {
			text = r.from.ReplaceAllString(text, r.to)
		}
		statements = append(statements, text)
	}
	return errors.Join(rows.Err(), r.run(ctx, statements))
}

// follow brings the rows up to the file's when somebody has written there.
func (r *Replica) follow(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var version int64
	if err := r.watch.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil || version == r.version {
		return err
	}
	rows, err := stand.DumpStore(ctx, r.file)
	if err != nil {
		return err
	}
	if r.rows != nil {
		now, err := dump(ctx, r.Owner)
		if err != nil {
			return err
		}
		r.quiet = append(r.quiet, Stretch{r.rows, now})
	}
	var statements []string
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		statements = append(statements, "DELETE FROM "+table)
		for _, row := range rows[table] {
			columns, values := []string{}, []string{}
			for column, value := range row {
				columns, values = append(columns, "`"+column+"`"), append(values, value)
			}
			statements = append(statements, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(values, ", ")+")")
		}
	}
	if err := r.run(ctx, statements); err != nil {
		return err
	}
	r.version = version
	r.rows, err = dump(ctx, r.Owner)
	return err
}

// run does everything or nothing of what is no DDL, on a connection on which SQLite's literals mean what they mean there
// and tables may be filled in any order.
func (r *Replica) run(ctx context.Context, statements []string) error {
	conn, err := r.Owner.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	all := slices.Concat([]string{"SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', foreign_key_checks = 0", "BEGIN"}, statements,
		[]string{"COMMIT", "SET SESSION sql_mode = DEFAULT, foreign_key_checks = 1"})
	for _, statement := range all {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Dump is every table of the database with every row and column, at one moment. It may be taken in a cleanup.
func (r *Replica) Dump(tb testing.TB) stand.Dump {
	tb.Helper()
	all, err := dump(context.WithoutCancel(tb.Context()), r.Owner)
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// dump reads a database in one transaction.
func dump(ctx context.Context, db *sql.DB) (stand.Dump, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	all, columns := stand.Dump{}, map[string][]string{}
	rows, err := texts(ctx, tx, `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		columns[row[0]] = append(columns[row[0]], row[1])
	}
	for table, names := range columns {
		literals := make([]string, len(names))
		for i, name := range names {
			literals[i] = "QUOTE(`" + name + "`)"
		}
		found, err := texts(ctx, tx, "SELECT "+strings.Join(literals, ", ")+" FROM `"+table+"`")
		if err != nil {
			return nil, err
		}
		slices.SortFunc(found, slices.Compare)
		all[table] = nil
		for _, values := range found {
			row := stand.Row{}
			for i, name := range names {
				row[name] = values[i]
			}
			all[table] = append(all[table], row)
		}
	}
	return all, nil
}

// texts reads rows of texts.
func texts(ctx context.Context, tx *sql.Tx, query string) (all [][]string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, into := make([]string, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, rows.Err()
}
