package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

const productAccountColumns = `product_account.id, product_account.tenant_id, product_account.product_id,
 product_account.external_id, product_account.generation, product_account.subject, product_account.username,
 product_account.email, product_account.name, product_account.locale, product_account.seen_at, product_account.version`

func productAccountFields(p *account.ProductAccount) []any {
	return []any{&p.ID, &p.Tenant, &p.Product, &p.ExternalID, &p.Generation, &p.Subject, &p.Username, mailbox(&p.Email),
		&p.Name, &p.Locale, at(&p.SeenAt), &p.Version}
}

func scanProductAccount(row scanner) (p account.ProductAccount, err error) {
	return p, row.Scan(productAccountFields(&p)...)
}

// ProductAccount is what is stored of a product's user, with its active link, or else its suspended one, those that wait,
// and whose it was before; empty facts when nothing is stored.
func (d *DB) ProductAccount(ctx context.Context, tenant ident.TenantID, product ident.ProductID, external ident.ExternalID, generation ident.Generation) (linking.ProductAccountFacts, error) {
	var facts linking.ProductAccountFacts
	var err error
	facts.Stored, err = maybe(ctx, d.reader(), scanProductAccount, "SELECT "+productAccountColumns+` FROM product_account
 WHERE tenant_id = $1 AND product_id = $2 AND external_id = $3 AND generation = $4`,
		string(tenant), string(product), string(external), string(generation))
	if err != nil || facts.Stored == nil {
		return facts, err
	}
	links, err := d.linksTo(ctx, tenant, facts.Stored.ID)
	for _, l := range links {
		switch {
		case l.State == account.LinkActive || l.State == account.LinkSuspended && facts.Link == nil:
			facts.Link = &l
		case l.State == account.LinkPending:
			facts.Pending = append(facts.Pending, l)
		case l.State == account.LinkEnded && !l.ActiveAt.IsZero() && facts.Earlier == "":
			facts.Earlier, facts.EarlierReported = l.Account, l.Reason == account.ReasonReported
		}
	}
	if facts.Link != nil {
		facts.Earlier, facts.EarlierReported = "", false
	}
	return facts, err
}

// linksTo are all links of a product account: active ones first, then the newest.
func (d *DB) linksTo(ctx context.Context, tenant ident.TenantID, id ident.ProductAccountID) ([]account.Link, error) {
	return many(ctx, d.reader(), scanLink, "SELECT "+linkColumns+` FROM link WHERE tenant_id = $1 AND product_account_id = $2
 ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, created_at DESC, id`, string(tenant), string(id))
}

// LinksTo implements linking.JoinStore.
func (d *DB) LinksTo(ctx context.Context, tenant ident.TenantID, id ident.ProductAccountID) ([]account.Link, error) {
	return d.linksTo(ctx, tenant, id)
}

// WaitingLinks implements linking.JoinStore.
func (d *DB) WaitingLinks(ctx context.Context, tenant ident.TenantID, id ident.AccountID) ([]linking.WaitingLink, error) {
	return many(ctx, d.reader(), func(row scanner) (w linking.WaitingLink, err error) {
		return w, row.Scan(append(linkFields(&w.Link), productAccountFields(&w.ProductAccount)...)...)
	}, "SELECT "+linkColumns+", "+productAccountColumns+` FROM link
 JOIN product_account ON product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 WHERE link.account_id = $1 AND link.tenant_id = $2 AND link.state = 'pending' ORDER BY link.created_at, link.id`,
		string(id), string(tenant))
}

func (w *work) writeProductAccount(ctx context.Context, p account.ProductAccount) error {
	args := []any{string(p.Tenant), string(p.ID), p.Username, ident.UsernameKey(p.Username), p.Email.Key(), p.Name, p.Locale, micros(p.SeenAt)}
	if p.Version > 0 {
		return w.change(ctx, "product_account.moved", `UPDATE product_account SET username = $3, username_key = $4, email = $5,
 name = $6, locale = $7, seen_at = $8, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $9`,
			append(args, p.Version)...)
	}
	return w.change(ctx, "product_account.moved", `INSERT INTO product_account (tenant_id, id, username, username_key, email,
 name, locale, seen_at, product_id, external_id, generation, subject, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`,
		append(args, string(p.Product), string(p.ExternalID), string(p.Generation), string(p.Subject))...)
}
