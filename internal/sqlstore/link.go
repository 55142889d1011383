package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/ident"
)

const linkColumns = `link.id, link.tenant_id, link.account_id, link.product_account_id, link.state, link.reason, link.evidence,
 link.flow_id, link.browser_id, link.created_at, link.active_at, link.ended_at, link.version`

func linkFields(l *account.Link) []any {
	return []any{&l.ID, &l.Tenant, &l.Account, &l.ProductAccount, &l.State, &l.Reason, unpack(&l.Evidence), &l.Flow,
		&l.Browser, at(&l.CreatedAt), at(&l.ActiveAt), at(&l.EndedAt), &l.Version}
}

func scanLink(row scanner) (l account.Link, err error) { return l, row.Scan(linkFields(&l)...) }

// LinkedProduct is a link with what it leads to.
type LinkedProduct struct {
	Link           account.Link
	ProductAccount account.ProductAccount
	ProductName    string
	Mark, Color    string
	HomeURL        string
	TenantName     string
}

const selectLinked = "SELECT " + linkColumns + ", " + productAccountColumns +
	`, product.name, product.mark, product.color, instance.home_url, tenant.name FROM link
 JOIN product_account ON product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 JOIN instance ON instance.tenant_id = link.tenant_id AND instance.product_id = product_account.product_id
 JOIN product ON product.id = product_account.product_id
 JOIN tenant ON tenant.id = link.tenant_id`

func scanLinked(row scanner) (l LinkedProduct, err error) {
	fields := append(linkFields(&l.Link), productAccountFields(&l.ProductAccount)...)
	return l, row.Scan(append(fields, &l.ProductName, &l.Mark, &l.Color, &l.HomeURL, &l.TenantName)...)
}

// LinksOf are the account's links that have not ended, in every tenant, by tenant and product.
func (d *DB) LinksOf(ctx context.Context, id ident.AccountID) ([]LinkedProduct, error) {
	return many(ctx, d.reader(), scanLinked, selectLinked+
		" WHERE link.account_id = $1 AND link.state <> 'ended' ORDER BY link.tenant_id, product.id, link.created_at", string(id))
}

// LinksFor are the account's links to one product of one tenant that have not ended, active ones first.
func (d *DB) LinksFor(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.AccountID) ([]LinkedProduct, error) {
	return many(ctx, d.reader(), scanLinked, selectLinked+
		` WHERE link.tenant_id = $1 AND product.id = $2 AND link.account_id = $3 AND link.state <> 'ended'
 ORDER BY CASE link.state WHEN 'active' THEN 0 ELSE 1 END, link.created_at`, string(tenant), string(product), string(id))
}

func (w *work) writeLink(ctx context.Context, l account.Link) error {
	args := []any{string(l.Tenant), string(l.ID), string(l.State), packList(l.Evidence), string(l.Flow), string(l.Browser),
		micros(l.ActiveAt), micros(l.EndedAt), string(l.Reason), string(l.Account)}
	if l.Version > 0 {
		return w.change(ctx, "link.moved", `UPDATE link SET state = $3, evidence = $4, flow_id = $5, browser_id = $6,
 active_at = $7, ended_at = $8, reason = $9, account_id = $10, version = version + 1
 WHERE tenant_id = $1 AND id = $2 AND version = $11`,
			append(args, l.Version)...)
	}
	return w.change(ctx, "link.moved", `INSERT INTO link (tenant_id, id, state, evidence, flow_id, browser_id, active_at,
 ended_at, reason, account_id, product_account_id, created_at, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`,
		append(args, string(l.ProductAccount), micros(l.CreatedAt))...)
}
