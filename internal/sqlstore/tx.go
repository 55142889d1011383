package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ligature/internal/fault"
)

// unknownKey is the failure of a commit of which nobody knows whether it was kept.
const unknownKey = "store.unknown"

// tries is how often a transaction is run before its contention is the caller's. PostgreSQL may be set, or made, to give back
// whoever comes second to a row; of fifteen people who sign in at once somebody needs seven tries then. Its patience ends
// them all.
const (
	tries         = 8
	triesPostgres = 24
)

// triesFor is the limit for one kind of failure.
func (d *DB) triesFor(err error) int {
	if d.dialect.name == postgresName && repeatable(err) {
		return triesPostgres
	}
	return tries
}

// tx runs fn in one transaction and commits it if fn gives no error. fn is run again, from its beginning, when the
// database asks for that or the connection is lost before the commit, so it changes nothing but the database; results are
// assigned, never appended, to what is outside of it. A commit whose result is unknown fails with fault.Unavailable
// "store.unknown" and is not repeated. On SQLite it shares its transaction with those who come at the same time: what fails undoes
// what fn did, and nothing of theirs.
func (d *DB) tx(ctx context.Context, fn func(ctx context.Context, w *work) error) error {
	if d.dialect.name != sqliteName {
		return d.txWithin(ctx, d.cfg.patience(), fn)
	}
	return d.watched(ctx, func(ctx context.Context) (int, error) {
		return 1, d.group.share(&change{ctx: ctx, run: fn, several: true})
	})
}

// txWithin is tx with another patience, and with a transaction to itself.
func (d *DB) txWithin(ctx context.Context, most time.Duration, fn func(ctx context.Context, w *work) error) error {
	return d.watched(ctx, func(ctx context.Context) (int, error) { return d.repeated(ctx, most, fn) })
}

// watched runs a transaction, and tells whoever watches how often it was run.
func (d *DB) watched(ctx context.Context, run func(ctx context.Context) (runs int, err error)) error {
	if d.cfg.Watch == nil {
		_, err := run(ctx)
		return err
	}
	ctx, done := d.cfg.Watch(ctx, "commit")
	runs, err := run(ctx)
	done(runs, err)
	return err
}

// repeated is txWithin with nobody watching; it tells how often fn was run.
func (d *DB) repeated(ctx context.Context, most time.Duration, fn func(ctx context.Context, w *work) error) (runs int, err error) {
	ctx, cancel := d.bounded(ctx, most)
	defer cancel()
	for try := 1; ; try++ {
		err := d.once(ctx, fn)
		if err == nil || fault.KeyOf(err) == unknownKey || !d.passing(err) {
			return try, classify(err)
		}
		if try >= d.triesFor(err) {
			return try, fault.Wrap(fault.Unavailable, "store.contended", err)
		}
		d.log.LogAttrs(ctx, slog.LevelDebug, "transaction repeated", slog.Int("try", try), slog.Any("error", err))
		if !d.pause(ctx, try) {
			return try, fault.Wrap(fault.Unavailable, "store.deadline", ctx.Err())
		}
	}
}

// pause waits a little longer each time, spread by the jitter; false when ctx ended.
func (d *DB) pause(ctx context.Context, try int) bool {
	spread := 0.5
	if d.cfg.Jitter != nil {
		spread = d.cfg.Jitter()
	}
	most := min(2*time.Millisecond<<try, 200*time.Millisecond)
	timer := time.NewTimer(most/4 + time.Duration(spread*float64(most)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once is one try.
func (d *DB) once(ctx context.Context, fn func(ctx context.Context, w *work) error) error {
	var known map[string]*sql.Stmt
	if d.dialect.name == sqliteName {
		known = d.writes.take(ctx, d.write)
	}
	leave, err := d.writers().enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	w := &work{run: tx, db: d, before: d.cfg.Before}
	if d.dialect.name == sqliteName {
		w.run = preparedTx{tx: tx, known: known, miss: d.writes.miss}
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(ctx, w); err != nil {
		return err
	}
	if err := w.ready(); err != nil {
		return err
	}
	return committed(tx.Commit())
}

// writers is where a connection for a transaction is waited for: of the one that writes to SQLite, the group keeps the order.
func (d *DB) writers() *line {
	if d.read != d.write {
		return nil
	}
	return d.line
}

// committed tells a commit that failed from one nobody knows of: only an answer of the server is an answer, and not
// its good-bye, which may come between the commit and the word of it, nor its word that it does not know either (40003).
func committed(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return fault.Wrap(fault.Unavailable, "store.deadline", err) // its time was over before the commit was sent
	}
	if answered(err) {
		return err
	}
	if _, spoke := errors.AsType[*pgconn.PgError](err); spoke || lostConnection(err) {
		return fault.Wrap(fault.Unavailable, unknownKey, err)
	}
	return err
}

// answered reports a failure that PostgreSQL itself told, and that says that nothing was kept.
func answered(err error) bool {
	pg, spoke := errors.AsType[*pgconn.PgError](err)
	return spoke && !strings.HasPrefix(pg.Code, "57") && pg.Code != "40003"
}
