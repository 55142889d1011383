package sqlstore

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"ligature/internal/fault"
)

// dialect is all in which the two databases differ for a statement.
type dialect struct {
	name string
	// share keeps the rows a decision rests on from changing until the transaction ends. SQLite has one writer.
	share string
	// skip takes rows that nobody else is taking. SQLite has one writer.
	skip string
	// alone keeps everybody else from the row until the transaction ends. SQLite has one writer.
	alone string
}

// skipOf is skip for one table of several.
func (d dialect) skipOf(table string) string {
	if d.skip == "" {
		return ""
	}
	return " FOR UPDATE OF " + table + " SKIP LOCKED"
}

const (
	sqliteName   = "sqlite"
	postgresName = "postgres"
)

// Pragmas of every SQLite connection: WAL lets readers read while somebody writes, FULL (2) makes an acknowledged
// commit survive a power cut, immediate transactions never have to be upgraded, which busy_timeout would not cover.
const (
	sqlitePragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(2)"
	sqliteWrites  = "&_txlock=immediate"
	sqliteReads   = "&_pragma=query_only(1)"
)

// connect makes the pools; nothing is asked of the database yet, except that a new SQLite file is made.
func (d *DB) connect(_ context.Context) error {
	switch scheme, _, _ := strings.Cut(d.cfg.URL, ":"); scheme {
	case "sqlite":
		return d.connectSQLite()
	case "postgres", "postgresql":
		return d.connectPostgres()
	}
	return fault.New(fault.Invalid, "store.url")
}

func (d *DB) connectSQLite() error {
	path := strings.TrimPrefix(strings.TrimPrefix(d.cfg.URL, "sqlite:"), "//")
	if path == "" || strings.ContainsAny(path, "?#\x00") || strings.HasPrefix(path, ":") {
		return fault.New(fault.Invalid, "store.url")
	}
	path, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		return fault.Wrap(fault.Invalid, "store.url", err)
	}
	// Made here because SQLite would make it readable for everybody on the machine; its other files follow this one.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "store.open", err)
	}
	if err := file.Close(); err != nil {
		return fault.Wrap(fault.Unavailable, "store.open", err)
	}
	dsn := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + sqlitePragmas
	if d.write, err = sql.Open("sqlite", dsn+sqliteWrites); err != nil {
		return fault.Wrap(fault.Invalid, "store.url", err)
	}
	// One connection writes; callers queue for it in Go, where a deadline is obeyed and nobody starves.
	d.write.SetMaxOpenConns(1)
	if d.read, err = sql.Open("sqlite", dsn+sqliteReads); err != nil {
		return fault.Wrap(fault.Invalid, "store.url", err)
	}
	d.read.SetMaxOpenConns(d.cfg.conns())
	d.read.SetMaxIdleConns(d.cfg.conns())
	d.dialect = dialect{name: sqliteName}
	return nil
}

// postgresParams are how a connection wants its statements planned. All of them find a few rows by an index, however many there
// are; a plan that was made while a table was small, or before anything was counted in it, must not read all of it later. So
// one plan does for all values as well, and none is worth compiling.
var postgresParams = map[string]string{"application_name": "ligature", "enable_seqscan": "off", "jit": "off", "plan_cache_mode": "force_generic_plan"}

func (d *DB) connectPostgres() error {
	cfg, err := pgx.ParseConfig(d.cfg.URL)
	if err != nil {
		// The cause would repeat the address with its password.
		return fault.New(fault.Invalid, "store.url")
	}
	for name, value := range postgresParams {
		if cfg.RuntimeParams[name] == "" { // the address has the last word
			cfg.RuntimeParams[name] = value
		}
	}
	options := d.cluster.tune(cfg, d.cfg.URL)
	d.write = stdlib.OpenDB(*cfg, options...)
	d.write.SetMaxOpenConns(d.cfg.conns())
	d.write.SetMaxIdleConns(d.cfg.conns())
	d.write.SetConnMaxIdleTime(5 * time.Minute)
	d.write.SetConnMaxLifetime(connTTL)
	d.read = d.write
	d.dialect = dialect{name: postgresName, share: " FOR SHARE", alone: " FOR UPDATE", skip: " FOR UPDATE SKIP LOCKED"}
	return nil
}
