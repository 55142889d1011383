package sqlstore

import (
	"context"
	"time"

	"ligature/internal/op"
)

// SigningKeys are all of them, an algorithm's newest first.
func (d *DB) SigningKeys(ctx context.Context) ([]op.SigningKey, error) {
	return many(ctx, d.reader(), func(row scanner) (k op.SigningKey, err error) {
		return k, row.Scan(&k.ID, &k.Alg, &k.Turn, &k.Sealed, at(&k.CreatedAt), at(&k.ActiveAt), at(&k.DropAt))
	}, "SELECT id, alg, turn, private, created_at, active_at, drop_at FROM signing_key ORDER BY alg, turn DESC")
}

// AddSigningKey keeps a key unless its algorithm has one of that turn already: of several processes that make the first
// one, one wins, and all of them read SigningKeys afterwards. It reports whether this key was kept. Unless dropOthersAt is
// zero, nothing of the algorithm's keys before it is believed from then on.
func (d *DB) AddSigningKey(ctx context.Context, k op.SigningKey, dropOthersAt time.Time) (bool, error) {
	kept := false
	err := d.tx(ctx, func(ctx context.Context, w *work) error {
		n, err := w.exec(ctx, `INSERT INTO signing_key (id, alg, turn, private, created_at, active_at) VALUES ($1, $2, $3, $4, $5, $6)
 ON CONFLICT (alg, turn) DO NOTHING`, k.ID, k.Alg, k.Turn, k.Sealed, micros(k.CreatedAt), micros(k.ActiveAt))
		kept = n == 1
		if err != nil || !kept || dropOthersAt.IsZero() {
			return err
		}
		_, err = w.exec(ctx, "UPDATE signing_key SET drop_at = $3 WHERE alg = $1 AND turn < $2 AND (drop_at = 0 OR drop_at > $3)",
			k.Alg, k.Turn, micros(dropOthersAt))
		return err
	})
	return kept, err
}

// ForgetSigningKey deletes a key that nothing is believed of any more.
func (d *DB) ForgetSigningKey(ctx context.Context, id string) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		_, err := w.exec(ctx, "DELETE FROM signing_key WHERE id = $1", id)
		return err
	})
}
