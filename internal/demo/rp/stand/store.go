package stand

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"ligature/internal/fault"

	_ "modernc.org/sqlite" // the driver is registered by import; there is no other way to have it
)

// OpenStore opens (or creates) the SQLite file at path and runs schema, which must be safe to run again.
// The file is in WAL mode, so that a second process or pool may read it with `mode=ro` while the stand-in writes.
// Failures are fault.Internal, stand.open or stand.schema.
func OpenStore(ctx context.Context, path, schema string) (*sql.DB, error) {
	query := url.Values{}
	for _, pragma := range []string{"journal_mode(WAL)", "busy_timeout(5000)", "foreign_keys(1)", "synchronous(1)"} {
		query.Add("_pragma", pragma)
	}
	query.Set("_txlock", "immediate")
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.open", err)
	}
	// Idle connections are kept: when the last one closes SQLite removes the WAL files, and a read-only
	// connection could then not open the database in a directory it may not write.
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.schema", errors.Join(err, db.Close()))
	}
	return db, nil
}

// InTx runs fn in one immediate transaction and commits when it returns nil.
func InTx(ctx context.Context, db *sql.DB, fn func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "stand.begin", err)
	}
	if err := fn(tx); err != nil {
		if rolling := tx.Rollback(); rolling != nil {
			return errors.Join(err, rolling)
		}
		return err
	}
	return fault.Wrap(fault.Unavailable, "stand.commit", tx.Commit())
}

// IsUnique reports whether err is a violated unique constraint or primary key (SQLite 2067, 1555).
func IsUnique(err error) bool {
	return err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed")
}
