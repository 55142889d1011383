package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/ident"
)

const accountColumns = `account.id, account.status, account.name, account.locale, account.created_at, account.version`

func accountFields(a *account.Account) []any {
	return []any{&a.ID, &a.Status, &a.Name, &a.Locale, at(&a.CreatedAt), &a.Version}
}

func (w *work) writeAccount(ctx context.Context, a account.Account) error {
	args := []any{string(a.ID), string(a.Status), a.Name, a.Locale}
	if a.Version > 0 {
		return w.change(ctx, "account.moved", `UPDATE account SET status = $2, name = $3, locale = $4, version = version + 1
 WHERE id = $1 AND version = $5`, append(args, a.Version)...)
	}
	return w.change(ctx, "account.moved", `INSERT INTO account (id, status, name, locale, created_at, version)
 VALUES ($1, $2, $3, $4, $5, 1)`, append(args, micros(a.CreatedAt))...)
}

func (w *work) writeAddress(ctx context.Context, a account.Address) error {
	args := []any{a.Email.Key(), string(a.Account), micros(a.VerifiedAt), string(a.Proof), a.Primary}
	if a.Version > 0 {
		return w.change(ctx, "address.moved", `UPDATE account_address SET account_id = $2, verified_at = $3, proof_id = $4,
 is_primary = $5, version = version + 1 WHERE email = $1 AND version = $6`, append(args, a.Version)...)
	}
	return w.change(ctx, "address.moved", `INSERT INTO account_address (email, account_id, verified_at, proof_id, is_primary,
 version) VALUES ($1, $2, $3, $4, $5, 1)`, args...)
}

func (w *work) dropAddress(ctx context.Context, a account.Address) error {
	return w.change(ctx, "address.moved", "DELETE FROM account_address WHERE email = $1 AND account_id = $2 AND version = $3",
		a.Email.Key(), string(a.Account), a.Version)
}

func (w *work) dropCredential(ctx context.Context, c account.Credential) error {
	return w.change(ctx, "credential.moved", "DELETE FROM credential WHERE id = $1 AND version = $2", string(c.ID), c.Version)
}

func (w *work) writeCredential(ctx context.Context, c account.Credential) error {
	hash := w.db.cfg.Sealer.Seal("credential", "hash", string(c.ID), []byte(c.Hash))
	if c.Version > 0 {
		return w.change(ctx, "credential.moved", `UPDATE credential SET origin = $2, hash = $3, version = version + 1
 WHERE id = $1 AND version = $4`, string(c.ID), c.Origin, hash, c.Version)
	}
	return w.change(ctx, "credential.moved", `INSERT INTO credential (id, account_id, kind, origin, hash, created_at, version)
 VALUES ($1, $2, $3, $4, $5, $6, 1)`, string(c.ID), string(c.Account), string(c.Kind), c.Origin, hash, micros(c.CreatedAt))
}

// passwordOf is the account's password; the zero value when it has none.
func (d *DB) passwordOf(ctx context.Context, id string) (account.Credential, error) {
	// The kind is written out: as a parameter it would hide from the database that its index is of passwords alone.
	found, err := maybe(ctx, d.reader(), d.scanCredential, `SELECT id, account_id, kind, origin, hash, created_at, version
 FROM credential WHERE account_id = $1 AND kind = '`+string(account.Password)+`'`, id)
	if err != nil || found == nil {
		return account.Credential{}, err
	}
	return *found, nil
}

func (d *DB) scanCredential(row scanner) (account.Credential, error) {
	var c account.Credential
	var sealed []byte
	if err := row.Scan(&c.ID, &c.Account, &c.Kind, &c.Origin, &sealed, at(&c.CreatedAt), &c.Version); err != nil {
		return c, err
	}
	var err error
	c.Hash, err = d.openHash(c.ID, sealed)
	return c, err
}

func (d *DB) openHash(id ident.CredentialID, sealed []byte) (string, error) {
	plain, err := d.cfg.Sealer.Open("credential", "hash", string(id), sealed)
	return string(plain), err
}
