package sqlconn

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"modernc.org/sqlite" // also the driver "sqlite"
)

// driver is what differs between databases.
type driver struct {
	// open makes a pool whose connections cannot write, as far as the database lets its client ask for that. It connects
	// to nothing. What was written is not in an error.
	open func(dsn string) (*sql.DB, error)
	// placeholder of the n-th bound value, from 1.
	placeholder func(n int) string
	// syntax is how its statements are read.
	syntax syntax
	// kinds says what a statement compares its bound values with; nil for a database that compares anything with anything.
	kinds func(ctx context.Context, db *sql.DB, text string) ([]kind, error)
	// writable says what the account could write and how to end that, "" when nothing. An error is no answer.
	writable func(ctx context.Context, db *sql.DB) (string, error)
	// public drops from an error of a query what may quote the value that was asked for.
	public func(err error) error
}

// drivers is the table of databases.
func drivers() map[string]driver {
	return map[string]driver{
		"sqlite": {open: sqliteOpen, placeholder: func(n int) string { return "?" + strconv.Itoa(n) }, writable: sqliteWritable,
			public: func(err error) error { return err }},
		"mysql": {open: mysqlOpen, placeholder: func(int) string { return "?" }, syntax: syntax{backslash: true}, writable: mysqlWritable, public: mysqlPublic},
		"postgres": {open: postgresOpen, placeholder: func(n int) string { return "$" + strconv.Itoa(n) }, syntax: syntax{nested: true, escapes: true},
			kinds: postgresKinds, writable: postgresWritable, public: postgresPublic},
	}
}

// sqliteOpen opens the file on the first query.
func sqliteOpen(dsn string) (*sql.DB, error) {
	dsn, err := sqliteReadOnly(dsn)
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", dsn)
}

// sqliteReadOnly opens the file with mode=ro and query_only. A lock of the product's is waited for briefly; the wait
// cannot be interrupted, so it is far below any deadline.
func sqliteReadOnly(dsn string) (string, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
	if path == "" || strings.Contains(path, ":memory:") || strings.ContainsAny(path, "#\x00") {
		return "", errors.New("the path of a database file is needed")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", errors.New("the part after ? is malformed")
	}
	for name := range values {
		if name != "immutable" {
			return "", errors.New("only immutable=1 may be set: " + name + " is not ours to set")
		}
	}
	values.Set("mode", "ro")
	values.Add("_pragma", "query_only(1)")
	values.Add("_pragma", "busy_timeout(250)")
	escaped := (&url.URL{Path: path}).EscapedPath()
	return "file:" + escaped + "?" + values.Encode(), nil
}

// sqliteWritable tries to take the lock for writing and to create a table, with query_only and, to prove mode=ro by itself,
// without. Only SQLITE_READONLY (8) is the refusal that is wanted: a lock held by the product proves nothing.
func sqliteWritable(ctx context.Context, db *sql.DB) (string, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	for _, try := range [...]string{"BEGIN IMMEDIATE", writeProbe, "PRAGMA query_only(0)", writeProbe, "PRAGMA query_only(1)"} {
		_, err := conn.ExecContext(ctx, try)
		if strings.HasPrefix(try, "PRAGMA") {
			if err != nil {
				return "", err
			}
			continue
		}
		if err == nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
			_, _ = conn.ExecContext(ctx, "DROP TABLE IF EXISTS ligature_write_probe")
			return "the file can be written with the rights of this process", nil
		}
		if refused, ok := errors.AsType[*sqlite.Error](err); !ok || refused.Code()&0xff != sqliteReadOnlyCode {
			return "", err
		}
	}
	return "", nil
}

const (
	writeProbe         = "CREATE TABLE ligature_write_probe (id INTEGER)"
	sqliteReadOnlyCode = 8
)
