package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"sync"
)

// SQLite parses a statement each time it is run without having been prepared, which costs more than running it. The
// statements of this package are few and constant, so they are prepared when they are first used and kept.

// mostPrepared bounds what is kept, should a statement ever be put together from parts.
const mostPrepared = 300

// preparedWrites are the statements of transactions. The one connection that writes is taken while a transaction runs, so
// what a transaction missed is prepared before the next one begins.
type preparedWrites struct {
	mu     sync.Mutex
	known  map[string]*sql.Stmt
	missed map[string]bool
}

// take gives what is known, after preparing what was missed. The map is not changed afterwards.
func (p *preparedWrites) take(ctx context.Context, pool *sql.DB) map[string]*sql.Stmt {
	p.mu.Lock()
	missed := p.missed
	p.missed = nil
	known := p.known
	p.mu.Unlock()
	if len(missed) == 0 {
		return known
	}
	more := maps.Clone(known)
	if more == nil {
		more = map[string]*sql.Stmt{}
	}
	for query := range missed {
		if more[query] != nil || len(more) >= mostPrepared {
			continue
		}
		// A statement that cannot be prepared is run as it is, and fails there with its own error.
		if prepared, err := pool.PrepareContext(ctx, query); err == nil {
			more[query] = prepared
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for query, prepared := range p.known {
		if more[query] == nil {
			more[query] = prepared
		}
	}
	p.known = more
	return more
}

// miss notes a statement that should be prepared.
func (p *preparedWrites) miss(query string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.missed == nil {
		p.missed = map[string]bool{}
	}
	p.missed[query] = true
}

// preparedTx is a transaction that knows some statements already.
type preparedTx struct {
	tx    *sql.Tx
	known map[string]*sql.Stmt
	// miss is told of a statement that is not known; may be nil.
	miss func(query string)
}

// statement is the known one in this transaction; nil when there is none.
func (p preparedTx) statement(ctx context.Context, query string) *sql.Stmt {
	if prepared := p.known[query]; prepared != nil {
		return p.tx.StmtContext(ctx, prepared)
	}
	if p.miss != nil {
		p.miss(query)
	}
	return nil
}

// ExecContext implements runner.
func (p preparedTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if prepared := p.statement(ctx, query); prepared != nil {
		return prepared.ExecContext(ctx, args...)
	}
	return p.tx.ExecContext(ctx, query, args...)
}

// QueryContext implements runner.
func (p preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if prepared := p.statement(ctx, query); prepared != nil {
		return prepared.QueryContext(ctx, args...)
	}
	return p.tx.QueryContext(ctx, query, args...)
}

// preparedReads is the reading pool with prepared statements; PostgreSQL's driver keeps its own.
type preparedReads struct {
	pool  *sql.DB
	known *sync.Map // query to *sql.Stmt
}

// ExecContext implements runner; nothing is written here.
func (p preparedReads) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.pool.ExecContext(ctx, query, args...)
}

// QueryContext implements runner.
func (p preparedReads) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if known, ok := p.known.Load(query); ok {
		if prepared, ok := known.(*sql.Stmt); ok {
			return prepared.QueryContext(ctx, args...)
		}
	}
	prepared, err := p.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if _, raced := p.known.LoadOrStore(query, prepared); raced {
		_ = prepared.Close()
		return p.pool.QueryContext(ctx, query, args...)
	}
	return prepared.QueryContext(ctx, args...)
}
