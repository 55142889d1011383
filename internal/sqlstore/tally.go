package sqlstore

import (
	"context"

	"ligature/internal/linking"
)

// Tally is the count of failures on a key; Version 0 when nothing is stored.
func (d *DB) Tally(ctx context.Context, key string) (linking.Tally, error) {
	found, err := maybe(ctx, d.reader(), scanTally, "SELECT key, failures, first_at, until, version FROM tally WHERE key = $1", key)
	if err != nil || found == nil {
		return linking.Tally{Key: key}, err
	}
	return *found, nil
}

func scanTally(row scanner) (t linking.Tally, err error) {
	return t, row.Scan(&t.Key, &t.Failures, at(&t.FirstAt), at(&t.WaitDeadline), &t.Version)
}

// SetTally writes t if the stored version is still t.Version, else fails with fault.Moved.
func (d *DB) SetTally(ctx context.Context, t linking.Tally) error {
	args := []any{t.Key, t.Failures, micros(t.FirstAt), micros(t.WaitDeadline)}
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		if t.Version > 0 {
			return w.change(ctx, "tally.moved", `UPDATE tally SET failures = $2, first_at = $3, until = $4, version = version + 1
 WHERE key = $1 AND version = $5`, append(args, t.Version)...)
		}
		return w.change(ctx, "tally.moved", `INSERT INTO tally (key, failures, first_at, until, version)
 VALUES ($1, $2, $3, $4, 1) ON CONFLICT (key) DO NOTHING`, args...)
	})
}

// ClearTally forgets a key.
func (d *DB) ClearTally(ctx context.Context, key string) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		_, err := w.exec(ctx, "DELETE FROM tally WHERE key = $1", key)
		return err
	})
}
