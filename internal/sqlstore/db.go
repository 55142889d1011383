package sqlstore

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
)

// Sealer encrypts values for one column of one row, so that a copy in another place does not open. seal.Keys is one.
type Sealer interface {
	Seal(table, column, row string, plain []byte) []byte
	Open(table, column, row string, sealed []byte) ([]byte, error)
	// HashText is a keyed hash of something typed, to look it up without storing it.
	HashText(scope, text string) string
}

// Config says which database, and what the store needs from outside.
type Config struct {
	// URL is "sqlite:///path/to/file.db" (created when it does not exist) or "postgres://…" with one or more hosts.
	URL string
	// Sealer is required.
	Sealer Sealer
	// Log gets migrations and repeated transactions; nil discards them.
	Log *slog.Logger
	// Conns is how many connections are used at most: for SQLite those that read, beside the one that writes. 0: 16.
	Conns int
	// Patience is how long a call waits for PostgreSQL; 0: 5 s.
	Patience time.Duration
	// Jitter is a number in [0, 1) that spreads the waits before repeated transactions; nil: always one half.
	Jitter func() float64
	// Now times the waits for a connection; nil leaves that out.
	Now func() time.Time
	// OnMail is called after a commit that queued a mail. It must not block.
	OnMail func()
	// Reference is that of the request that a transaction belongs to, for its events; nil for none.
	Reference func(ctx context.Context) string
	// OnOutcome is called with each Outcome that was committed; nil for nobody. It must not block.
	OnOutcome func(linking.Outcome)
	// Watch is told of each transaction when it begins; kind is "commit", or "group" for a single statement that may share
	// one. done is told how often it was run, and its error. Nil for nobody.
	Watch func(ctx context.Context, kind string) (in context.Context, done func(runs int, err error))
	// Before is called before each statement of a transaction and, with "COMMIT", before its end; an error fails it.
	// Tests use it to break a transaction anywhere.
	Before func(statement string) error
}

// DB is an open store. It meets linking.Store, linking.TallyStore and the stores of the other domain packages, and may
// be used by any number of goroutines.
type DB struct {
	cfg      Config
	dialect  dialect
	write    *sql.DB
	read     *sql.DB // the same as write on PostgreSQL
	reads    sync.Map
	writes   preparedWrites
	settings settings
	group    *group
	// On PostgreSQL, what many ask for is asked for several at once.
	redemptions batch[redemption, redeemed]
	reaches     batch[reach, reachedFacts]
	line        *line // to read; on PostgreSQL to write as well
	cluster     cluster
	log         *slog.Logger
}

// Open opens the database and brings its schema up to date. Several processes may do so at once on PostgreSQL. Errors:
// fault.Invalid "store.url" for an address that cannot be one, fault.Unavailable "store.open" when there is no answer,
// fault.Internal "store.migrate" when the schema cannot be brought up to date.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Sealer == nil {
		return nil, fault.New(fault.Internal, "store.sealer")
	}
	d := &DB{cfg: cfg, log: cfg.Log}
	d.group, d.line = &group{db: d}, newLine(cfg.conns(), cfg.Now)
	d.openIDBatches()
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	if err := d.write.PingContext(ctx); err != nil {
		_ = d.Close()
		return nil, fault.Wrap(fault.Unavailable, "store.open", err)
	}
	if err := d.migrate(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// conns is the limit in force.
func (c Config) conns() int {
	if c.Conns > 0 {
		return c.Conns
	}
	return 16
}

// patience is the limit in force.
func (c Config) patience() time.Duration {
	if c.Patience > 0 {
		return c.Patience
	}
	return patienceTTL
}

// Close gives the connections back. Transactions under way fail.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.read != d.write {
		if errRead := d.read.Close(); err == nil {
			err = errRead
		}
	}
	return fault.Wrap(fault.Internal, "store.close", err)
}

// Ping says whether the database answers; fault.Unavailable when it does not.
func (d *DB) Ping(ctx context.Context) error {
	_, err := one(ctx, d.reader(), "store.ping", func(row scanner) (n int, err error) { return n, row.Scan(&n) }, "SELECT 1")
	return err
}

// Pool is one pool of connections and what it counts.
type Pool struct {
	Name  string
	Stats sql.DBStats
}

// Pools are the pools: one on PostgreSQL, one that reads and one that writes on SQLite.
func (d *DB) Pools() []Pool {
	read := d.line.waited.to(d.read.Stats())
	if d.read == d.write {
		return []Pool{{"all", read}}
	}
	return []Pool{{"write", d.group.waited.to(d.write.Stats())}, {"read", read}}
}

// Dialect is "sqlite" or "postgres".
func (d *DB) Dialect() string { return d.dialect.name }

// micros is how instants are stored: microseconds since 1970 in UTC; 0 for no time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is the reverse of micros.
func instant(stored int64) time.Time {
	if stored == 0 {
		return time.Time{}
	}
	return time.UnixMicro(stored).UTC()
}
