package sqlstore

import "context"

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
