package sqlstore

import (
	"context"

	"ligature/internal/fault"
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

// SetTally writes t if the stored version is still t.Version, else fails with fault.Moved. Running it twice is harmless: if the
// first was kept, the second finds another version, and the caller counts anew.
func (d *DB) SetTally(ctx context.Context, t linking.Tally) error {
	args := []any{t.Key, t.Failures, micros(t.FirstAt), micros(t.WaitDeadline)}
	query := `INSERT INTO tally (key, failures, first_at, until, version)
 VALUES ($1, $2, $3, $4, 1) ON CONFLICT (key) DO NOTHING`
	if t.Version > 0 {
		args = append(args, t.Version)
		query = `UPDATE tally SET failures = $2, first_at = $3, until = $4, version = version + 1
 WHERE key = $1 AND version = $5`
	}
	changed, err := d.group.harmless(ctx, query, args...)
	if err == nil && changed != 1 {
		err = fault.New(fault.Moved, "tally.moved")
	}
	return err
}

// TakeBack takes one failure off a key's count, if there is one.
func (d *DB) TakeBack(ctx context.Context, key string) error {
	_, err := d.group.exec(ctx, "UPDATE tally SET failures = failures - 1, version = version + 1 WHERE key = $1 AND failures > 0", key)
	return err
}

// ClearTally forgets a key.
func (d *DB) ClearTally(ctx context.Context, key string) error {
	_, err := d.group.harmless(ctx, "DELETE FROM tally WHERE key = $1", key)
	return err
}
