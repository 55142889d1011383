package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"ligature/internal/fault"
)

// groupTTL is how long a group of changes may take, the wait for the writing connection included.
const groupTTL = 10 * time.Second

// group runs changes of many callers in one transaction, because SQLite makes a commit durable by waiting for the disk. Nobody
// waits for others to come: whoever finds nobody at work leads, and those who come meanwhile go with the next leader, in the
// order in which they came. On PostgreSQL, which groups commits itself, each is its own.
type group struct {
	db *DB

	mu      sync.Mutex
	queue   []*change
	leading bool
}

// change is one caller's. It may be run again from its beginning.
type change struct {
	ctx context.Context
	run func(ctx context.Context, w *work) error
	// several statements count together or not at all; otherwise it is one that changes something, and after it others that read.
	several bool

	err      error
	known    bool      // that err is how it ended
	finished chan bool // false: lead
}

// exec runs a statement that stands alone and gives how many rows it changed. Errors are classified. Whether it was kept is not
// known of a lost connection: only what the database asks for is run again.
func (g *group) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return g.statement(ctx, repeatable, query, args)
}

// harmless is exec of a statement that does no harm when it runs a second time: it is run again also when the connection was
// lost and nobody knows whether it was kept.
func (g *group) harmless(ctx context.Context, query string, args ...any) (int64, error) {
	return g.statement(ctx, g.db.passing, query, args)
}

func (g *group) statement(ctx context.Context, again func(error) bool, query string, args []any) (changed int64, err error) {
	err = g.one(ctx, again, func(ctx context.Context, w *work) error {
		changed, err = w.exec(ctx, query, args...)
		return err
	})
	return changed, err
}

// one runs a change. Errors are classified. On PostgreSQL again tells which failures leave nothing behind that a second run
// would add to.
func (g *group) one(ctx context.Context, again func(error) bool, run func(ctx context.Context, w *work) error) error {
	if g.db.cfg.Watch == nil {
		return g.run(ctx, again, run)
	}
	ctx, done := g.db.cfg.Watch(ctx, "group")
	err := g.run(ctx, again, run)
	done(1, err)
	return err
}

// run is one with nobody watching.
func (g *group) run(ctx context.Context, again func(error) bool, run func(ctx context.Context, w *work) error) error {
	if g.db.dialect.name != sqliteName {
		return classify(run(ctx, &work{run: g.db.write, db: g.db, before: g.db.cfg.Before, line: g.db.line, again: again}))
	}
	return g.share(&change{ctx: ctx, run: run})
}

// share has a change run in a transaction, with those of others.
func (g *group) share(c *change) error {
	c.finished = make(chan bool, 1)
	g.mu.Lock()
	g.queue = append(g.queue, c)
	lead := !g.leading
	g.leading = true
	g.mu.Unlock()
	if !lead && <-c.finished {
		return classify(c.err)
	}
	g.lead(c)
	return classify(c.err)
}

// lead runs everything that is queued, own included, and hands on to the first of those who came meanwhile.
func (g *group) lead(own *change) {
	// The others' changes must not fail because this caller went away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(own.ctx), groupTTL)
	defer cancel()
	var taken []*change
	defer func() {
		g.mu.Lock()
		g.leading = len(g.queue) > 0
		if g.leading {
			g.queue[0].finished <- false
		}
		g.mu.Unlock()
		for _, c := range taken {
			if !c.known {
				c.err = fault.New(fault.Internal, "store.abandoned") // one of them panicked: nobody is told that theirs is kept
			}
			if c != own {
				c.finished <- true
			}
		}
	}()
	known := g.db.writes.take(ctx, g.db.write)
	tx, err := g.begin(ctx)
	g.mu.Lock()
	taken, g.queue = g.queue, nil
	g.mu.Unlock()
	if err != nil {
		fail(taken, err)
	}
	if err != nil || g.runAll(tx, known, taken) {
		for _, c := range taken {
			c.known = true
		}
		return
	}
	// One of them broke the transaction: each runs alone, and only that one fails.
	for _, c := range taken {
		_, c.err = g.db.repeated(c.ctx, groupTTL, c.run)
		c.known = true
	}
}

// begin takes the connection that writes. Another process that writes is waited for, as often as for a transaction that stands alone.
func (g *group) begin(ctx context.Context) (tx *sql.Tx, err error) {
	for try := 1; ; try++ {
		tx, err = g.db.write.BeginTx(ctx, nil)
		if err == nil || !repeatable(err) || try >= tries || !g.db.pause(ctx, try) {
			return tx, err
		}
	}
}

// runAll reports whether all of them ran and were committed, or failed in a way that concerns them alone.
func (g *group) runAll(tx *sql.Tx, known map[string]*sql.Stmt, taken []*change) bool {
	defer func() { _ = tx.Rollback() }()
	shared := preparedTx{tx: tx, known: known, miss: g.db.writes.miss}
	for _, c := range taken {
		if c.err = c.ctx.Err(); c.err == nil && !g.runOne(shared, c) {
			return false
		}
	}
	if !slices.ContainsFunc(taken, func(c *change) bool { return c.err == nil }) {
		return true // with nothing to keep
	}
	if err := (&work{db: g.db, before: g.db.cfg.Before}).ready(); err != nil {
		return false
	}
	if err := committed(tx.Commit()); err != nil {
		fail(taken, err) // perhaps it was committed: never again
	}
	return true
}

// runOne runs a change in a transaction that others share, and reports whether the transaction is theirs still.
func (g *group) runOne(shared preparedTx, c *change) bool {
	// Its own context would roll everything back when its caller goes away.
	ctx := context.WithoutCancel(c.ctx)
	w := &work{run: shared, db: g.db, before: g.db.cfg.Before}
	if !c.several {
		c.err = c.run(ctx, w)
		return c.err == nil || fault.Is(classify(c.err), fault.Moved) // a constraint undoes its own statement and nothing else
	}
	if _, err := shared.ExecContext(ctx, "SAVEPOINT change"); err != nil {
		return false
	}
	if c.err = c.run(ctx, w); c.err == nil {
		c.err = w.failed
	}
	if c.err != nil {
		if _, err := shared.ExecContext(ctx, "ROLLBACK TO change"); err != nil || repeatable(c.err) {
			return false
		}
	}
	_, err := shared.ExecContext(ctx, "RELEASE change")
	return err == nil
}

func fail(taken []*change, err error) {
	for _, c := range taken {
		if c.err == nil {
			c.err = err
		}
	}
}
