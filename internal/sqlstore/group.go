package sqlstore

import (
	"context"
	"database/sql"
	"log/slog"
	"runtime/debug"
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
	waited  waiting
}

// change is one caller's. It may be run again from its beginning, and by another's goroutine.
type change struct {
	ctx context.Context
	run func(ctx context.Context, w *work) error
	// several statements count together or not at all; otherwise it is one that changes something, and after it others that read.
	several bool

	err      error
	known    bool      // that err is how it ended
	panicked any       // what run panicked with; its own caller does too
	stack    []byte    // where
	finished chan bool // false: lead
}

// attempt is run that panics nowhere but at its own caller: it may be run by anybody.
func (c *change) attempt(ctx context.Context, w *work) (err error) {
	defer func() {
		if c.panicked = recover(); c.panicked != nil {
			c.stack = debug.Stack()
			err = fault.New(fault.Internal, "store.panicked")
		}
	}()
	return c.run(ctx, w)
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
		return classify(run(ctx, g.single(again)))
	}
	return g.share(&change{ctx: ctx, run: run})
}

// single runs statements that each stand alone.
func (g *group) single(again func(error) bool) *work {
	return &work{run: g.db.write, db: g.db, before: g.db.cfg.Before, line: g.db.line, again: again}
}

// share has a change run in a transaction, with those of others. Its context holds for as long as it waits; once it is run it
// is run to its end.
func (g *group) share(c *change) error {
	c.finished = make(chan bool, 1)
	g.mu.Lock()
	g.queue = append(g.queue, c)
	lead := !g.leading
	g.leading = true
	g.mu.Unlock()
	if !lead {
		begun := g.db.line.now()
		lead = g.wait(c)
		g.waited.add(g.db.line.now().Sub(begun))
	}
	if lead {
		g.lead(c)
	}
	if c.panicked != nil {
		g.db.log.LogAttrs(c.ctx, slog.LevelError, "panic in a change", slog.String("stack", string(c.stack)))
		panic(c.panicked)
	}
	return classify(c.err)
}

// wait waits until a change was run, or is to lead, or has waited long enough.
func (g *group) wait(c *change) (lead bool) {
	select {
	case finished := <-c.finished:
		return !finished
	case <-c.ctx.Done():
	}
	g.mu.Lock()
	if !g.leave(c) {
		g.mu.Unlock()
		return !<-c.finished // it is being run
	}
	select {
	case <-c.finished:
		g.next() // it was to lead
	default:
	}
	g.mu.Unlock()
	c.err = c.ctx.Err()
	return false
}

// leave takes a change that was not run yet out of the queue; false when somebody has taken it. g.mu is held.
func (g *group) leave(c *change) bool {
	i := slices.Index(g.queue, c)
	if i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
	return i >= 0
}

// next has the first of those who wait lead. g.mu is held.
func (g *group) next() {
	g.leading = len(g.queue) > 0
	if g.leading {
		g.queue[0].finished <- false
	}
}

// lead runs everything that is queued, own included, and hands on to the first of those who came meanwhile.
func (g *group) lead(own *change) {
	// The others' changes must not fail because this caller went away: its context holds for as long as nothing was begun.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(own.ctx), groupTTL)
	defer cancel()
	waits := context.AfterFunc(own.ctx, cancel)
	var taken []*change
	defer func() { g.answer(own, taken) }()
	known := g.db.writes.take(ctx, g.db.write)
	tx, err := g.begin(ctx)
	g.mu.Lock()
	if waits() {
		taken, g.queue = g.queue, nil
	} else {
		g.leave(own)
		taken = []*change{own}
		if err == nil {
			_ = tx.Rollback() // nothing ran in it
		}
		err = own.ctx.Err() // not what became of the copy that ended with it
	}
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
		if c.panicked == nil {
			_, c.err = g.db.repeated(c.ctx, groupTTL, c.attempt)
		}
		c.known = true
	}
}

// answer tells those whose changes were run how they ended, and hands on. Where none was run, because something of ours panicked
// before that, all who wait are told.
func (g *group) answer(own *change, taken []*change) {
	g.mu.Lock()
	if slices.Contains(g.queue, own) {
		taken, g.queue = g.queue, nil
	}
	g.next()
	g.mu.Unlock()
	for _, c := range taken {
		if !c.known {
			c.err = fault.New(fault.Internal, "store.abandoned") // nobody is told that theirs is kept
		}
		if c != own {
			c.finished <- true
		}
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
		c.err = c.attempt(ctx, w)
		return c.err == nil || fault.Is(classify(c.err), fault.Moved) // a constraint undoes its own statement and nothing else
	}
	if _, err := shared.ExecContext(ctx, "SAVEPOINT change"); err != nil {
		return false
	}
	if c.err = c.attempt(ctx, w); c.err == nil {
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
