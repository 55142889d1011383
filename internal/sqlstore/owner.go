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
	owner, err := d.ownerID(ctx, tenant, product, id)
	if err != nil || owner == "" {
		return nil, err
	}
	facts, err := maybe(ctx, d.reader(), scanOwner, "SELECT "+accountColumns+`,
 COALESCE(account_address.email, ''),
 EXISTS (SELECT 1 FROM link WHERE link.account_id = account.id AND link.tenant_id = $2 AND link.state = 'active')
 FROM account LEFT JOIN account_address ON account_address.account_id = account.id AND account_address.is_primary
 WHERE account.id = $1`, string(owner), string(tenant))
	if err != nil || facts == nil {
		return nil, err
	}
	if facts.Credential, err = d.passwordOf(ctx, string(owner)); err != nil || product == "" {
		return facts, err
	}
	facts.Users, err = many(ctx, d.reader(), scanWho, `SELECT product_account.external_id, product_account.username, product_account.email
 FROM link CROSS JOIN product_account
 WHERE product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id AND link.account_id = $1 AND link.tenant_id = $2 AND link.state = 'active' AND product_account.product_id = $3
 ORDER BY link.active_at, link.id`, string(owner), string(tenant), string(product))
	return facts, err
}

func scanWho(row scanner) (who directory.Who, err error) {
	return who, row.Scan(&who.ExternalID, &who.Username, mailbox(&who.Email))
}

func scanOwner(row scanner) (facts linking.OwnerFacts, err error) {
	return facts, row.Scan(append(accountFields(&facts.Account), mailbox(&facts.Primary), &facts.LinkedHere)...)
}

// ownerID finds the account. What was typed with an @ is an address and never a product's username (ATK-64).
func (d *DB) ownerID(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.Identifier) (ident.AccountID, error) {
	if email, ok := id.Email(); ok {
		return d.AddressOwner(ctx, email)
	}
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
