package sqlstore

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"ligature/internal/fault"
)

// groupTTL is how long a group of statements may take, the wait for the writing connection included.
const groupTTL = 10 * time.Second

// group runs single statements of many callers in one transaction, because SQLite makes a commit durable by waiting for
// the disk. Nobody waits for others to come: whoever finds nobody at work leads, and those who come meanwhile go with the
// next leader. On PostgreSQL, which groups commits itself, each statement is its own transaction.
type group struct {
	db *DB

	mu      sync.Mutex
	queue   []*statement
	leading bool
	known   map[string]*sql.Stmt // used by leaders alone
}

// statement is one caller's.
type statement struct {
	ctx   context.Context
	query string
	args  []any
	// scan reads the one row that the statement returns; nil when it returns none.
	scan func(scanner) error

	changed  int64 // rows
	err      error
	finished chan bool // false: lead
}

// one runs a statement that stands alone and gives how many rows it changed. Errors are classified.
func (g *group) one(ctx context.Context, scan func(scanner) error, query string, args ...any) (int64, error) {
	if g.db.cfg.Watch == nil {
		return g.run(ctx, scan, query, args)
	}
	ctx, done := g.db.cfg.Watch(ctx, "group")
	changed, err := g.run(ctx, scan, query, args)
	done(1, err)
	return changed, err
}

// run is one with nobody watching.
func (g *group) run(ctx context.Context, scan func(scanner) error, query string, args []any) (int64, error) {
	s := &statement{ctx: ctx, query: query, args: args, scan: scan, finished: make(chan bool, 1)}
	if g.db.dialect.name != sqliteName {
		// Whether it was kept is not known of a lost connection: only what the database asks for is run again.
		s.run(ctx, &work{run: g.db.write, db: g.db, before: g.db.cfg.Before, again: repeatable})
		return s.changed, classify(s.err)
	}
	g.mu.Lock()
	g.queue = append(g.queue, s)
	lead := !g.leading
	g.leading = true
	g.mu.Unlock()
	if !lead && <-s.finished {
		return s.changed, classify(s.err)
	}
	g.lead(ctx, s)
	return s.changed, classify(s.err)
}

// lead runs everything that is queued, own included, and hands on to the first of those who came meanwhile.
func (g *group) lead(ctx context.Context, own *statement) {
	// The others' statements must not fail because this caller went away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupTTL)
	defer cancel()
	var taken []*statement
	defer func() {
		g.mu.Lock()
		g.leading = len(g.queue) > 0
		if g.leading {
			g.queue[0].finished <- false
		}
		g.mu.Unlock()
		for _, s := range taken {
			if s != own {
				s.finished <- true
			}
		}
	}()
	tx, err := g.begin(ctx)
	g.mu.Lock()
	taken, g.queue = g.queue, nil
	g.mu.Unlock()
	if err != nil {
		fail(taken, err)
		return
	}
	if g.runAll(ctx, tx, taken) {
		return
	}
	// One of them broke the transaction: each runs alone, and only that one fails.
	for _, s := range taken {
		s.changed, s.err = 0, nil
		s.err = g.db.tx(ctx, func(ctx context.Context, w *work) error {
			s.run(ctx, w)
			return s.err
		})
	}
}

// begin opens a transaction whose statements are prepared. It prepares what is queued and not known before it takes the
// only connection that writes.
func (g *group) begin(ctx context.Context) (*sql.Tx, error) {
	g.mu.Lock()
	var unknown []string
	for _, s := range g.queue {
		if g.known[s.query] == nil {
			unknown = append(unknown, s.query)
		}
	}
	g.mu.Unlock()
	for _, query := range unknown {
		if g.known[query] != nil {
			continue
		}
		prepared, err := g.db.write.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		g.known[query] = prepared
	}
	return g.db.write.BeginTx(ctx, nil)
}

// runAll reports whether all of them ran and were committed, or failed in a way that concerns them alone.
func (g *group) runAll(ctx context.Context, tx *sql.Tx, taken []*statement) bool {
	defer func() { _ = tx.Rollback() }()
	w := &work{run: preparedTx{tx: tx, known: g.known}, db: g.db, before: g.db.cfg.Before}
	for _, s := range taken {
		if s.err = s.ctx.Err(); s.err != nil {
			continue
		}
		s.run(ctx, w)
		if s.err != nil && !fault.Is(classify(s.err), fault.Moved) {
			return false
		}
		w.failed = nil // a constraint undoes its own statement and nothing else
	}
	if err := w.ready(); err != nil {
		return false
	}
	if err := committed(tx.Commit()); err != nil {
		fail(taken, err) // perhaps it was committed: never again
	}
	return true
}

func fail(taken []*statement, err error) {
	for _, s := range taken {
		if s.err == nil {
			s.err = err
		}
	}
}

// run runs the statement; its error is not classified.
func (s *statement) run(ctx context.Context, w *work) {
	if s.scan == nil {
		s.changed, s.err = w.exec(ctx, s.query, s.args...)
		return
	}
	found, err := collect(ctx, w, func(row scanner) (struct{}, error) { return struct{}{}, s.scan(row) }, s.query, s.args...)
	s.changed, s.err = int64(len(found)), err
}
