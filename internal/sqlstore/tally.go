package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"ligature/internal/linking"
)

// Tallies are the counts of failures on the keys, in their order; Version 0 where nothing is stored.
func (d *DB) Tallies(ctx context.Context, keys ...string) ([]linking.Tally, error) {
	found, err := many(ctx, d.reader(), scanTally, "SELECT key, failures, first_at, until, version FROM tally WHERE key IN ("+
		numbered(1, len(keys))+")", anys(keys)...)
	if err != nil {
		return nil, err
	}
	tallies := make([]linking.Tally, len(keys))
	for i, key := range keys {
		tallies[i].Key = key
		if n := slices.IndexFunc(found, func(t linking.Tally) bool { return t.Key == key }); n >= 0 {
			tallies[i] = found[n]
		}
	}
	return tallies, nil
}

func scanTally(row scanner) (t linking.Tally, err error) {
	return t, row.Scan(&t.Key, &t.Failures, at(&t.FirstAt), at(&t.WaitDeadline), &t.Version)
}

// SetTallies writes each tally of which the stored version is still its Version, and says which were written, in their order.
// Running it twice is harmless: if the first was kept, the second finds other versions, and the caller counts anew.
func (d *DB) SetTallies(ctx context.Context, tallies ...linking.Tally) ([]bool, error) {
	sorted := slices.Clone(tallies) // in one order everywhere, so that nobody waits for somebody who waits for them
	slices.SortFunc(sorted, func(a, b linking.Tally) int { return cmp.Compare(a.Key, b.Key) })
	var rows []string
	var args []any
	for _, t := range sorted {
		rows = append(rows, "("+numbered(len(args)+1, 5)+")")
		args = append(args, t.Key, t.Failures, micros(t.FirstAt), micros(t.WaitDeadline), t.Version+1)
	}
	var keys []string
	err := d.group.one(ctx, d.passing, func(ctx context.Context, w *work) (err error) {
		// One that is gone was too old to count: it comes back with a version that nobody has seen.
		keys, err = many(ctx, w, scanKey, "INSERT INTO tally (key, failures, first_at, until, version) VALUES "+strings.Join(rows, ", ")+`
 ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at, until = excluded.until,
 version = excluded.version WHERE tally.version = excluded.version - 1 RETURNING key`, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	written := make([]bool, len(tallies))
	for i, t := range tallies {
		written[i] = slices.Contains(keys, t.Key)
	}
	return written, nil
}

func scanKey(row scanner) (key string, err error) { return key, row.Scan(&key) }

// Settle ends the series of the keys of over with their waits, and takes one failure off each count of back that has one.
func (d *DB) Settle(ctx context.Context, over, back []string) error {
	args := anys(over)
	if len(over) == 0 {
		args = []any{""} // no key
	}
	ended := numbered(1, len(args))
	args = append(args, anys(back)...)
	run := d.group.harmless
	if len(back) > 0 {
		run = d.group.exec // twice would take back what was not given
	}
	_, err := run(ctx, `UPDATE tally SET failures = CASE WHEN failures > 0 AND key NOT IN (`+ended+`) THEN failures - 1 ELSE 0 END,
 until = CASE WHEN key IN (`+ended+`) THEN 0 ELSE until END, version = version + 1
 WHERE key IN (SELECT key FROM tally WHERE key IN (`+numbered(1, len(args))+") ORDER BY key"+d.dialect.alone+")", args...)
	return err
}

// numbered are n parameters from the first on.
func numbered(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}
