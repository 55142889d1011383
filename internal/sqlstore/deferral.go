package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/ident"
)

// Deferral is the account's open deferral for a product of a tenant; nil when there is none.
func (d *DB) Deferral(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.AccountID) (*account.Deferral, error) {
	return maybe(ctx, d.reader(), scanDeferral, "SELECT "+deferralColumns+
		" FROM deferral WHERE account_id = $1 AND tenant_id = $2 AND product_id = $3 AND ended_at = 0 ORDER BY created_at DESC LIMIT 1",
		string(id), string(tenant), string(product))
}

// DeferralsOf are the account's open deferrals, in every tenant.
func (d *DB) DeferralsOf(ctx context.Context, id ident.AccountID) ([]account.Deferral, error) {
	return many(ctx, d.reader(), scanDeferral, "SELECT "+deferralColumns+
		" FROM deferral WHERE account_id = $1 AND ended_at = 0 ORDER BY tenant_id, product_id, created_at", string(id))
}

const deferralColumns = `id, tenant_id, account_id, product_id, email, flow_id, created_at, ended_at, version`

func scanDeferral(row scanner) (v account.Deferral, err error) {
	return v, row.Scan(&v.ID, &v.Tenant, &v.Account, &v.Product, mailbox(&v.Email), &v.Flow, at(&v.CreatedAt), at(&v.EndedAt), &v.Version)
}

func (w *work) writeDeferral(ctx context.Context, v account.Deferral) error {
	if v.Version > 0 {
		return w.change(ctx, "deferral.moved", "UPDATE deferral SET ended_at = $2, version = version + 1 WHERE id = $1 AND version = $3",
			string(v.ID), micros(v.EndedAt), v.Version)
	}
	return w.change(ctx, "deferral.moved", `INSERT INTO deferral (id, tenant_id, account_id, product_id, email, flow_id, created_at,
 ended_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`, string(v.ID), string(v.Tenant), string(v.Account),
		string(v.Product), v.Email.Key(), string(v.Flow), micros(v.CreatedAt), micros(v.EndedAt))
}
