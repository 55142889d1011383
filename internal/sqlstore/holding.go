package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// holder is an account with its password and its addresses, the primary one first; fault.Missing when there is none.
func (d *DB) holder(ctx context.Context, id ident.AccountID) (a account.Account, c account.Credential, all []account.Address, err error) {
	a, err = one(ctx, d.reader(), "account.missing", func(row scanner) (a account.Account, err error) {
		return a, row.Scan(accountFields(&a)...)
	}, "SELECT "+accountColumns+" FROM account WHERE id = $1", string(id))
	if err != nil {
		return a, c, nil, err
	}
	if c, err = d.passwordOf(ctx, string(id)); err != nil {
		return a, c, nil, err
	}
	all, err = many(ctx, d.reader(), scanAddress, "SELECT "+addressColumns+` FROM account_address
 WHERE account_id = $1 ORDER BY is_primary DESC, verified_at, email`, string(id))
	return a, c, all, err
}

// Holding implements linking.AccountStore; fault.Missing when there is no such account.
func (d *DB) Holding(ctx context.Context, id ident.AccountID) (h linking.Holding, err error) {
	if h.Account, h.Credential, h.Addresses, err = d.holder(ctx, id); err != nil {
		return h, err
	}
	if h.Links, err = many(ctx, d.reader(), scanHeldLink, "SELECT "+linkColumns+", "+productAccountColumns+", "+productColumns+", "+
		tenantColumns+`, COALESCE(instance.connector_name, '') FROM link
 JOIN product_account ON product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 JOIN instance ON instance.tenant_id = link.tenant_id AND instance.product_id = product_account.product_id
 JOIN product ON product.id = product_account.product_id
 JOIN tenant ON tenant.id = link.tenant_id
 WHERE link.account_id = $1 AND link.state <> 'ended' ORDER BY link.created_at, link.id`, string(id)); err != nil {
		return h, err
	}
	if h.Deferrals, err = d.DeferralsOf(ctx, id); err != nil {
		return h, err
	}
	h.Changes, err = many(ctx, d.reader(), d.scanEmailChange, "SELECT "+emailChangeColumns+
		" FROM email_change WHERE account_id = $1 AND ended_at = 0 ORDER BY created_at, id", string(id))
	return h, err
}

func scanHeldLink(row scanner) (l linking.HeldLink, err error) {
	fields := append(linkFields(&l.Link), productAccountFields(&l.ProductAccount)...)
	fields = append(fields, productFields(&l.Product)...)
	fields = append(fields, tenantFields(&l.Tenant)...)
	return l, row.Scan(append(fields, &l.Connector)...)
}
