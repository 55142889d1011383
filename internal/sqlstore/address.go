package sqlstore

import (
	"context"

	"ligature/internal/ident"
)

// PrimaryEmail is the account's primary address; fault.Missing "account.missing" when it has none.
func (d *DB) PrimaryEmail(ctx context.Context, id ident.AccountID) (ident.Email, error) {
	return one(ctx, d.reader(), "account.missing", func(row scanner) (e ident.Email, err error) { return e, row.Scan(mailbox(&e)) },
		"SELECT email FROM account_address WHERE account_id = $1 AND is_primary = TRUE", string(id))
}
