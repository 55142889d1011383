package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"ligature/internal/fault"
)

// SQLite's result codes that mean something to us (https://www.sqlite.org/rescode.html).
const (
	sqliteBusy         = 5
	sqliteBusySnapshot = 517
	sqliteForeignKey   = 787
	sqlitePrimaryKey   = 1555
	sqliteUnique       = 2067
)

// classify turns a driver's failure into one of ours. What is classified already stays as it is.
//
// A row that exists already, or whose parent is gone, was decided on facts that have changed since: Moved.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyPostgres(pg, err)
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return classifySQLite(lite.Code(), err)
	}
	if lostConnection(err) {
		return fault.Wrap(fault.Unavailable, "store.unavailable", err)
	}
	return fault.Wrap(fault.Internal, "store.failed", err)
}

func classifyPostgres(pg *pgconn.PgError, err error) error {
	switch pg.Code {
	case "23505":
		return fault.Wrap(fault.Moved, "store.taken", redacted(pg))
	case "23503":
		return fault.Wrap(fault.Moved, "store.parent", redacted(pg))
	case "40001", "40003", "40P01", "55P03", "57014", "25006":
		// Contention; a result nobody knows; a statement that took too long; a server that has become a replica.
		return fault.Wrap(fault.Unavailable, "store.contended", err)
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08", "53", "57", "58":
		// Connection, resources, operator, the server's own system.
		return fault.Wrap(fault.Unavailable, "store.unavailable", err)
	case "23":
		return fault.Wrap(fault.Internal, "store.constraint", redacted(pg))
	}
	return fault.Wrap(fault.Internal, "store.failed", err)
}

// redacted keeps the constraint's name and drops the detail, which repeats the row.
func redacted(pg *pgconn.PgError) error {
	return errors.New("SQLSTATE " + pg.Code + " " + pg.ConstraintName)
}

func classifySQLite(result int, err error) error {
	switch result {
	case sqlitePrimaryKey, sqliteUnique:
		return fault.Wrap(fault.Moved, "store.taken", err)
	case sqliteForeignKey:
		return fault.Wrap(fault.Moved, "store.parent", err)
	}
	switch result & 0xff {
	case sqliteBusy, 6: // busy, locked
		return fault.Wrap(fault.Unavailable, "store.contended", err)
	case 7, 8, 9, 10, 13, 14: // memory, read-only, interrupted, input or output, full, cannot open
		return fault.Wrap(fault.Unavailable, "store.unavailable", err)
	}
	return fault.Wrap(fault.Internal, "store.failed", err)
}

// closedPool is how database/sql says that Close was called.
const closedPool = "sql: database is closed"

// lostConnection reports failures of the way to the database, and of the patience with it.
func lostConnection(err error) bool {
	if err == nil {
		return false
	}
	for _, known := range []error{driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return true
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	return pgconn.SafeToRetry(err) || err.Error() == closedPool || err.Error() == "conn closed"
}

// repeatable reports that the database itself asks to run the transaction again: nothing of it has been kept.
func repeatable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqliteBusy || lite.Code() == sqliteBusySnapshot
	}
	return false
}
