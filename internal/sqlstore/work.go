package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"ligature/internal/fault"
)

// scanner is one row.
type scanner interface{ Scan(dest ...any) error }

// runner runs statements: a transaction, or a pool for reading.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// work runs statements and remembers the first that failed, so that a transaction in which one failed cannot be
// committed by forgetting its error.
type work struct {
	run    runner
	db     *DB
	before func(statement string) error
	failed error
	// line is where a connection is waited for; nil inside a transaction, which has one.
	line *line
	// again tells which failures of a statement that stands alone leave nothing behind, so that it is run once more; nil
	// inside a transaction, which is repeated whole.
	again func(error) bool
}

// reader runs statements outside a transaction; each sees what is committed.
func (d *DB) reader() *work {
	if d.dialect.name == sqliteName {
		return &work{run: preparedReads{pool: d.read, known: &d.reads}, db: d, line: d.line}
	}
	return &work{run: d.read, db: d, line: d.line, again: d.passing}
}

// passing reports a failure that is over when the statement is run again: the database asks for that, or the connection was lost.
func (d *DB) passing(err error) bool { return repeatable(err) || d.lost(err) }

// repeated runs a statement that stands alone, several times if it may be run again.
func (w *work) repeated(ctx context.Context, run func(ctx context.Context) error) error {
	ctx, cancel := w.db.bounded(ctx, w.db.cfg.patience())
	defer cancel()
	for try := 1; ; try++ {
		err := run(ctx)
		if err == nil || try >= w.db.triesFor(err) || !w.again(err) || !w.db.pause(ctx, try) {
			return err
		}
		w.failed = nil
	}
}

// start is asked before each statement.
func (w *work) start(ctx context.Context, query string) error {
	if w.failed == nil && w.before != nil {
		w.failed = w.before(query)
	}
	if w.failed == nil && ctx.Err() != nil {
		w.failed = classify(ctx.Err())
	}
	return w.failed
}

// ready is asked before the commit.
func (w *work) ready() error {
	return w.start(context.Background(), "COMMIT")
}

// fail classifies the failure of a statement and remembers the first.
func (w *work) fail(err error) error {
	err = classify(err)
	if w.failed == nil {
		w.failed = err
	}
	return err
}

// exec runs a statement and gives how many rows it changed.
func (w *work) exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	if w.again == nil {
		return w.execOnce(ctx, query, args)
	}
	err = w.repeated(ctx, func(ctx context.Context) error {
		changed, err = w.execOnce(ctx, query, args)
		return err
	})
	return changed, err
}

func (w *work) execOnce(ctx context.Context, query string, args []any) (int64, error) {
	if err := w.start(ctx, query); err != nil {
		return 0, err
	}
	leave, err := w.line.enter(ctx)
	if err != nil {
		return 0, w.fail(err)
	}
	defer leave()
	result, err := w.run.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, w.fail(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, w.fail(err)
	}
	return n, nil
}

// change runs a statement that changes exactly one row, and fails with fault.Moved when it was not there as expected.
func (w *work) change(ctx context.Context, key, query string, args ...any) error {
	n, err := w.exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Moved, key)
	}
	return nil
}

// many reads all rows of a query.
func many[T any](ctx context.Context, w *work, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	found, err := collect(ctx, w, scan, query, args...)
	if err != nil {
		return nil, w.fail(err)
	}
	return found, nil
}

// collect is many with the driver's own errors.
func collect[T any](ctx context.Context, w *work, scan func(scanner) (T, error), query string, args ...any) (found []T, err error) {
	if w.again == nil {
		return collectOnce(ctx, w, scan, query, args)
	}
	err = w.repeated(ctx, func(ctx context.Context) error {
		found, err = collectOnce(ctx, w, scan, query, args)
		return err
	})
	return found, err
}

func collectOnce[T any](ctx context.Context, w *work, scan func(scanner) (T, error), query string, args []any) ([]T, error) {
	if err := w.start(ctx, query); err != nil {
		return nil, err
	}
	leave, err := w.line.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	rows, err := w.run.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, errors.Join(rows.Err(), rows.Close())
}

// count runs a statement that changes something and returns rows, and gives how many; scan keeps what it needs.
func count(ctx context.Context, w *work, scan func(scanner) (struct{}, error), query string, args ...any) (int, error) {
	found, err := collect(ctx, w, scan, query, args...)
	if err != nil {
		err = w.fail(err)
	}
	return len(found), err
}

// one reads the one row of a query; fault.Missing with the key when there is none.
func one[T any](ctx context.Context, w *work, key string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	var none T
	found, err := many(ctx, w, scan, query, args...)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, fault.New(fault.Missing, key)
	}
	return found[0], nil
}

// maybe reads the one row of a query; nil when there is none.
func maybe[T any](ctx context.Context, w *work, scan func(scanner) (T, error), query string, args ...any) (*T, error) {
	found, err := many(ctx, w, scan, query, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}
