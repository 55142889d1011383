package sqlstore

import (
	"context"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
)

const familyColumns = `id, tenant_id, grant_id, client_id, token_hash, turn, created_at, used_at, idle_ttl, deadline, ended_at`

// SaveFamily implements op.TokenStore.
func (o *OpenID) SaveFamily(ctx context.Context, f op.Family) error {
	_, err := o.db.group.exec(ctx, "INSERT INTO token_family ("+familyColumns+`, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`, string(f.ID), string(f.Tenant), string(f.Grant), string(f.Client), f.Hash,
		f.Turn, micros(f.CreatedAt), micros(f.UsedAt), f.IdleTTL.Microseconds(), micros(f.Deadline), micros(f.EndedAt))
	return err
}

// Family implements op.TokenStore; fault.Missing "family.missing".
func (o *OpenID) Family(ctx context.Context, id ident.FamilyID) (op.Family, error) {
	return one(ctx, o.reader(), "family.missing", func(row scanner) (f op.Family, err error) {
		return f, row.Scan(&f.ID, &f.Tenant, &f.Grant, &f.Client, &f.Hash, &f.Turn, at(&f.CreatedAt), at(&f.UsedAt), ttl(&f.IdleTTL),
			at(&f.Deadline), at(&f.EndedAt))
	}, "SELECT "+familyColumns+" FROM token_family WHERE id = $1", string(id))
}

// RotateFamily implements op.TokenStore; fault.Moved "family.moved". The row's lock makes one caller the first.
func (o *OpenID) RotateFamily(ctx context.Context, f op.Family, hash string, now time.Time) error {
	changed, err := o.db.group.exec(ctx, `UPDATE token_family SET token_hash = $3, turn = turn + 1, used_at = $4, version = version + 1
 WHERE id = $1 AND token_hash = $2 AND ended_at = 0`, string(f.ID), f.Hash, hash, micros(now))
	if err == nil && changed != 1 {
		return fault.New(fault.Moved, "family.moved")
	}
	return err
}

// EndGrant implements op.TokenStore.
func (o *OpenID) EndGrant(ctx context.Context, grant ident.GrantID, now time.Time) error {
	return o.db.tx(ctx, func(ctx context.Context, w *work) error {
		if _, err := w.exec(ctx, "UPDATE authorization_grant SET ended_at = $2 WHERE id = $1 AND ended_at = 0", string(grant), micros(now)); err != nil {
			return err
		}
		_, err := w.exec(ctx, "UPDATE token_family SET ended_at = $2, version = version + 1 WHERE grant_id = $1 AND ended_at = 0",
			string(grant), micros(now))
		return err
	})
}

// endOffline ends what outlives the sessions that one selector selects: theirs, whether they are over or not. When a whole
// account is selected, as after a new password, the refresh tokens of a session that goes on end as well (RFC 9700 §4.14).
func (w *work) endOffline(ctx context.Context, o linking.Outcome, end linking.SessionsEnd) error {
	now := micros(decidedAt(o))
	where, args := "account_id = $2", []any{now, string(end.Account)}
	if end.Account == "" {
		where, args = "tenant_id = $2 AND product_account_id = $3", []any{now, string(end.Tenant), string(end.ProductAccount)}
	}
	whole := end.ExceptBrowser == "" && end.ExceptSession == ""
	if !whole {
		args = append(args, string(end.ExceptBrowser), string(end.ExceptSession))
		n := len(args)
		where += " AND NOT EXISTS (SELECT 1 FROM session WHERE session.id = authorization_grant.session_id AND (session.browser_id = " +
			placeholder(n-1) + " OR session.id = " + placeholder(n) + "))"
	}
	if whole && end.Account != "" {
		// By session, which has an index; what is offline may be older than its session's row.
		if _, err := w.exec(ctx, `UPDATE token_family SET ended_at = $1, version = version + 1 WHERE ended_at = 0 AND grant_id IN (
 SELECT id FROM authorization_grant WHERE session_id IN (SELECT id FROM session WHERE account_id = $2)
 UNION SELECT id FROM authorization_grant WHERE offline AND ended_at = 0 AND account_id = $2)`, args...); err != nil {
			return err
		}
	}
	_, err := w.exec(ctx, "UPDATE authorization_grant SET ended_at = $1 WHERE offline AND ended_at = 0 AND "+where, args...)
	return err
}
