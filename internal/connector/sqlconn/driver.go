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
	// name in database/sql.
	name string
	// placeholder of the n-th bound value, from 1.
	placeholder func(n int) string
	// readOnlyDSN makes the connection one that cannot write, as far as the database lets its client ask for that.
	readOnlyDSN func(dsn string) (string, error)
	// canWrite tries to write, and undoes it when it could. An error is no answer.
	canWrite func(ctx context.Context, db *sql.DB) (bool, error)
}

// drivers is the table of databases.
func drivers() map[string]driver {
	return map[string]driver{
		"sqlite": {name: "sqlite", placeholder: func(n int) string { return "?" + strconv.Itoa(n) }, readOnlyDSN: sqliteReadOnly, canWrite: sqliteCanWrite},
	}
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

// sqliteCanWrite tries to take the lock for writing and to create a table, with query_only and, to prove mode=ro by itself,
// without. Only SQLITE_READONLY (8) is the refusal that is wanted: a lock held by the product proves nothing.
func sqliteCanWrite(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	for _, try := range [...]string{"BEGIN IMMEDIATE", writeProbe, "PRAGMA query_only(0)", writeProbe, "PRAGMA query_only(1)"} {
		_, err := conn.ExecContext(ctx, try)
		if strings.HasPrefix(try, "PRAGMA") {
			if err != nil {
				return false, err
			}
			continue
		}
		if err == nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
			_, _ = conn.ExecContext(ctx, "DROP TABLE IF EXISTS ligature_write_probe")
			return true, nil
		}
		if refused, ok := errors.AsType[*sqlite.Error](err); !ok || refused.Code()&0xff != sqliteReadOnlyCode {
			return false, err
		}
	}
	return false, nil
}

const (
	writeProbe         = "CREATE TABLE ligature_write_probe (id INTEGER)"
	sqliteReadOnlyCode = 8
)
