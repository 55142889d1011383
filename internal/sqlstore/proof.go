package sqlstore

import (
	"context"
	"strconv"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// placeholder is "$n".
func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// sealEmail is the parameter for a sealed address; NULL for none.
func (w *work) sealEmail(table, column, row string, e ident.Email) any {
	if e.IsZero() {
		return nil
	}
	return w.db.cfg.Sealer.Seal(table, column, row, []byte(e.Key()))
}

// openEmail is the reverse.
func (d *DB) openEmail(table, column, row string, sealed []byte) (ident.Email, error) {
	if sealed == nil {
		return ident.Email{}, nil
	}
	key, err := d.cfg.Sealer.Open(table, column, row, sealed)
	if err != nil {
		return ident.Email{}, err
	}
	return restoreEmail(string(key))
}

// writeProof inserts a proof. One that is spent was inserted before, unless it is given and spent in one step; it is
// spent once, whatever else happens at the same time.
func (w *work) writeProof(ctx context.Context, p account.Proof) error {
	if !p.SpentAt.IsZero() {
		n, err := w.exec(ctx, "UPDATE proof SET spent_at = $2 WHERE id = $1 AND spent_at = 0", string(p.ID), micros(p.SpentAt))
		if err != nil || n == 1 {
			return err
		}
	}
	// A proof that was spent already is in the way of this one: unique violation, and so Moved.
	return w.change(ctx, "proof.moved", `INSERT INTO proof (id, tenant_id, product_id, product_account_id, account_id, method,
 flow_id, browser_id, email, email_turn, at, spent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		string(p.ID), orNull(p.Tenant), orNull(p.Product), orNull(p.ProductAccount), orNull(p.Account), string(p.Method),
		string(p.Flow), string(p.Browser), w.sealEmail("proof", "email", string(p.ID), p.Email), p.EmailTurn, micros(p.At),
		micros(p.SpentAt))
}

// Proof is a stored piece of evidence, for saying later how a link came about; fault.Missing when there is none.
func (d *DB) Proof(ctx context.Context, id ident.ProofID) (account.Proof, error) {
	return one(ctx, d.reader(), "proof.missing", d.scanProof, `SELECT id, tenant_id, product_id, product_account_id, account_id,
 method, flow_id, browser_id, email, email_turn, at, spent_at FROM proof WHERE id = $1`, string(id))
}

func (d *DB) scanProof(row scanner) (account.Proof, error) {
	var p account.Proof
	var sealed []byte
	err := row.Scan(&p.ID, text(&p.Tenant), text(&p.Product), text(&p.ProductAccount), text(&p.Account), &p.Method, &p.Flow,
		&p.Browser, &sealed, &p.EmailTurn, at(&p.At), at(&p.SpentAt))
	if err != nil {
		return p, err
	}
	p.Email, err = d.openEmail("proof", "email", string(p.ID), sealed)
	return p, err
}

// MailToken finds the stored side of a mailed link by its hash; fault.Missing when there is none.
func (d *DB) MailToken(ctx context.Context, hash string) (linking.MailToken, error) {
	return one(ctx, d.reader(), "mail_token.missing", d.scanMailToken, `SELECT hash, purpose, tenant_id, flow_id, email,
 email_turn, product_account_id, receiver, created_at, deadline FROM mail_token WHERE hash = $1`, hash)
}

func (d *DB) scanMailToken(row scanner) (linking.MailToken, error) {
	var t linking.MailToken
	var sealed, receiver []byte
	err := row.Scan(&t.Hash, &t.Purpose, &t.Tenant, &t.Flow, &sealed, &t.EmailTurn, &t.ProductAccount, &receiver, at(&t.CreatedAt), at(&t.Deadline))
	if err != nil {
		return t, err
	}
	if t.Email, err = d.openEmail("mail_token", "email", t.Hash, sealed); err != nil {
		return t, err
	}
	t.To, err = d.openEmail("mail_token", "receiver", t.Hash, receiver)
	return t, err
}

func (w *work) writeMailToken(ctx context.Context, t linking.MailToken) error {
	return w.change(ctx, "mail_token.moved", `INSERT INTO mail_token (hash, purpose, tenant_id, flow_id, email, email_turn,
 created_at, deadline, product_account_id, receiver) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, t.Hash, string(t.Purpose), string(t.Tenant), string(t.Flow),
		w.sealEmail("mail_token", "email", t.Hash, t.Email), t.EmailTurn, micros(t.CreatedAt), micros(t.Deadline),
		string(t.ProductAccount), w.sealEmail("mail_token", "receiver", t.Hash, t.To))
}
