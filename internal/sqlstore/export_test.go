package sqlstore

import (
	"context"
	"runtime"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
)

// Tally is the one of a key.
func (d *DB) Tally(ctx context.Context, key string) (linking.Tally, error) {
	found, err := d.Tallies(ctx, key)
	if err != nil {
		return linking.Tally{}, err
	}
	return found[0], nil
}

// SetTally writes one; fault.Moved when the stored version is another.
func (d *DB) SetTally(ctx context.Context, t linking.Tally) error {
	written, err := d.SetTallies(ctx, t)
	if err == nil && !written[0] {
		err = fault.New(fault.Moved, "tally.moved")
	}
	return err
}

// RunTx runs statements in one transaction as the store does.
func RunTx(d *DB, ctx context.Context, statements ...string) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		for _, statement := range statements {
			if _, err := w.exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// URL is the address the store was opened with.
func (d *DB) URL() string { return d.cfg.URL }

// Statements are the texts of all statements that ran on SQLite so far.
func (d *DB) Statements() (ran []string) {
	d.reads.Range(func(query, _ any) bool {
		ran = append(ran, query.(string))
		return true
	})
	d.writes.mu.Lock()
	defer d.writes.mu.Unlock()
	for query := range d.writes.known {
		ran = append(ran, query)
	}
	for query := range d.writes.missed {
		ran = append(ran, query)
	}
	return ran
}

// Shown is what a setting of PostgreSQL is on the store's connections.
func Shown(ctx context.Context, d *DB, name string) (value string, err error) {
	return value, d.read.QueryRowContext(ctx, "SHOW "+name).Scan(&value)
}

// Line is where connections are waited for.
type Line struct{ line *line }

// NewLine makes one.
func NewLine(places int, now func() time.Time) Line { return Line{newLine(places, now)} }

// Enter waits for a place.
func (l Line) Enter(ctx context.Context) (leave func(), err error) { return l.line.enter(ctx) }

// Waits are how many waited, and how long together.
func (l Line) Waits() (int64, time.Duration) {
	return l.line.waited.times.Load(), time.Duration(l.line.waited.nanoseconds.Load())
}

// Occupy has those who ask PostgreSQL wait, until release is told how many of them there are to be.
func Occupy(d *DB) (release func(waiting int)) {
	set := func() int {
		d.reaches.mu.Lock()
		defer d.reaches.mu.Unlock()
		d.redemptions.mu.Lock()
		defer d.redemptions.mu.Unlock()
		d.reaches.busy, d.redemptions.busy = true, true
		return len(d.reaches.queue) + len(d.redemptions.queue)
	}
	set()
	return func(waiting int) {
		for set() < waiting {
			runtime.Gosched()
		}
		d.reaches.next()
		d.redemptions.next()
	}
}

// Batch asks several questions at once.
type Batch struct{ b batch[int, string] }

// NewBatch takes what a batch asks with.
func NewBatch(patience time.Duration, one func(context.Context, int) (string, error), many func(context.Context, []int) ([]string, error)) *Batch {
	return &Batch{batch[int, string]{patience: patience, one: one, many: many, apart: func(a, b int) bool { return a == b }}}
}

// Ask asks.
func (b *Batch) Ask(ctx context.Context, q int) (string, error) { return b.b.ask(ctx, q) }
