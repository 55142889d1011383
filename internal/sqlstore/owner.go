package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// AddressOwner is the account that has the address; empty when none has.
func (d *DB) AddressOwner(ctx context.Context, email ident.Email) (ident.AccountID, error) {
	id, err := one(ctx, d.reader(), "address.missing", scanAccountID, "SELECT account_id FROM account_address WHERE email = $1", email.Key())
	if fault.Is(err, fault.Missing) {
		return "", nil
	}
	return id, err
}

func scanAccountID(row scanner) (id ident.AccountID, err error) { return id, row.Scan(&id) }

// Owner is the account an identifier belongs to: by its address, or by the username recorded at an active link of the
// product being opened. nil when there is none, or when a username leads to more than one.
func (d *DB) Owner(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.Identifier) (*linking.OwnerFacts, error) {
	// What was typed with an @ is an address and never a product's username (ATK-64).
	if email, ok := id.Email(); ok {
		return d.ownerWhere(ctx, tenant, product, "account_address AS typed JOIN account ON account.id = typed.account_id",
			"typed.email = $3", email.Key())
	}
	owner, err := d.ownerNamed(ctx, tenant, product, id)
	if err != nil || owner == "" {
		return nil, err
	}
	return d.ownerWhere(ctx, tenant, product, "account", "account.id = $3", string(owner))
}

// ownerWhere is the account of a condition on $3; nil when there is none. Each active link in the tenant has a row, an account
// without any has one.
func (d *DB) ownerWhere(ctx context.Context, tenant ident.TenantID, product ident.ProductID, from, condition, value string) (*linking.OwnerFacts, error) {
	// The kinds and states are written out: as parameters they would hide from the database that its indexes are of them alone.
	rows, err := many(ctx, d.reader(), d.scanOwner, "SELECT "+accountColumns+`, COALESCE(main.email, ''),
 COALESCE(credential.id, ''), COALESCE(credential.origin, ''), credential.hash, COALESCE(credential.created_at, 0),
 COALESCE(credential.version, 0), link.id IS NOT NULL, COALESCE(product_account.external_id, ''),
 COALESCE(product_account.username, ''), COALESCE(product_account.email, '')
 FROM `+from+`
 LEFT JOIN account_address AS main ON main.account_id = account.id AND main.is_primary
 LEFT JOIN credential ON credential.account_id = account.id AND credential.kind = 'password'
 LEFT JOIN link ON link.account_id = account.id AND link.tenant_id = $1 AND link.state = 'active'
 LEFT JOIN product_account ON product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 AND product_account.product_id = $2
 WHERE `+condition+" ORDER BY link.active_at, link.id", string(tenant), string(product), value)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	owner := rows[0].OwnerFacts
	for _, r := range rows {
		if r.user.ExternalID != "" {
			owner.Users = append(owner.Users, r.user)
		}
	}
	return &owner, nil
}

// ownerRow is an account with one user of the product that it has a link to; the zero user where it has none.
type ownerRow struct {
	linking.OwnerFacts
	user directory.Who
}

func (d *DB) scanOwner(row scanner) (o ownerRow, err error) {
	var sealed []byte
	c := account.Credential{Kind: account.Password}
	if err := row.Scan(append(accountFields(&o.Account), mailbox(&o.Primary), &c.ID, &c.Origin, &sealed, at(&c.CreatedAt), &c.Version,
		&o.LinkedHere, &o.user.ExternalID, &o.user.Username, mailbox(&o.user.Email))...); err != nil || c.ID == "" {
		return o, err
	}
	c.Account = o.Account.ID
	o.Credential = c
	o.Credential.Hash, err = d.openHash(c.ID, sealed)
	return o, err
}

// ownerNamed is the account with the one active link to a user of the product that has the username.
func (d *DB) ownerNamed(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.Identifier) (ident.AccountID, error) {
	if id.IsZero() || tenant == "" || product == "" {
		return "", nil
	}
	found, err := many(ctx, d.reader(), scanAccountID, `SELECT DISTINCT link.account_id FROM product_account CROSS JOIN link
 WHERE link.tenant_id = product_account.tenant_id AND link.product_account_id = product_account.id AND link.state = $4
 AND product_account.tenant_id = $1 AND product_account.product_id = $2 AND product_account.username_key = $3 LIMIT 2`,
		string(tenant), string(product), id.Key(), string(account.LinkActive))
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0], nil
}
