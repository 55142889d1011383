package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

const (
	fullFactsColumns = sessionColumns + ", (" + revisionQuery + "), COALESCE(session_choice.link_id, ''), COALESCE(session_choice.chosen_at, 0), " + personColumns

	// CROSS JOIN keeps SQLite from beginning with everybody who has the product (https://sqlite.org/optoverview.html#crossjoin).
	fullFactsQuery = "SELECT " + fullFactsColumns + ` FROM session CROSS JOIN link CROSS JOIN product_account JOIN account ON account.id = link.account_id` + primaryAddress + `
 LEFT JOIN session_choice ON session_choice.tenant_id = $1 AND session_choice.session_id = $3 AND session_choice.product_id = $2
 WHERE product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 AND link.tenant_id = $1 AND link.state = 'active' AND product_account.product_id = $2
 AND session.id = $3 AND session.scope = 'full' AND link.account_id = session.account_id
 ORDER BY link.active_at, link.id`

	productFactsQuery = "SELECT (" + revisionQuery + "), '', 0, " + personColumns + ` FROM product_account
 LEFT JOIN link ON link.tenant_id = product_account.tenant_id AND link.product_account_id = product_account.id AND link.state = 'active'
 LEFT JOIN account ON account.id = $4` + primaryAddress + `
 WHERE product_account.tenant_id = $1 AND product_account.id = $3 AND product_account.product_id = $2`
)

// factsRow is a row of the facts.
type factsRow struct {
	revision int64 // of what is declared and switched
	choice   op.Choice
	person   op.Person
}

// scan reads the row; what is selected before it goes to head.
func (r *factsRow) scan(row scanner, head []any) error {
	fields := append(head, &r.revision, &r.choice.Link, at(&r.choice.At))
	err := row.Scan(append(fields, personFields(&r.person)...)...)
	settle(&r.person)
	return err
}

func scanFactsRow(row scanner) (r factsRow, err error) {
	return r, r.scan(row, nil)
}

// Facts implements op.Store. How the tenant is switched is read anew each time, so that switching off counts at once. For
// somebody who is signed in and has what is asked for it is one statement; for others the session is looked for by itself.
func (o *OpenID) Facts(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.SessionID) (op.Facts, error) {
	if id == "" {
		return o.unreached(ctx, tenant, product, nil)
	}
	reach, full := reach{tenant, product, id}, o.reach
	if o.db.dialect.name == postgresName {
		full = o.db.reaches.ask
	}
	f, err := full(ctx, reach)
	if err != nil {
		return op.Facts{}, err
	}
	if len(f.rows) > 0 {
		return o.reached(ctx, tenant, product, &f.session, f.rows)
	}
	session, err := o.db.Session(ctx, id)
	if fault.Is(err, fault.Missing) {
		return o.unreached(ctx, tenant, product, nil)
	}
	if err != nil {
		return op.Facts{}, err
	}
	if session.Scope == account.ScopeProduct && session.Tenant == tenant && session.Product == product {
		f.rows, err = many(ctx, o.reader(), scanFactsRow, productFactsQuery, string(tenant), string(product),
			string(session.ProductAccount), string(session.Account))
		if err != nil {
			return op.Facts{}, err
		}
	}
	if len(f.rows) > 0 {
		return o.reached(ctx, tenant, product, &session, f.rows)
	}
	return o.unreached(ctx, tenant, product, &session)
}

// unreached are the facts when the session, if any, reaches nobody in the tenant's instance of the product.
func (o *OpenID) unreached(ctx context.Context, tenant ident.TenantID, product ident.ProductID, session *op.Session) (op.Facts, error) {
	setting, err := o.db.Setting(ctx, tenant, product)
	return op.Facts{Session: session, Rollout: setting.Rollout(), Pilots: setting.Pilots()}, err
}

// reached puts rows together, of which there is one.
func (o *OpenID) reached(ctx context.Context, tenant ident.TenantID, product ident.ProductID, session *op.Session, found []factsRow) (op.Facts, error) {
	setting, err := o.db.settingAt(ctx, tenant, product, found[0].revision)
	if err != nil {
		return op.Facts{}, err
	}
	facts := op.Facts{Session: session, Rollout: setting.Rollout(), Pilots: setting.Pilots(), Persons: make([]op.Person, 0, len(found))}
	if c := found[0].choice; c.Link != "" {
		facts.Choice = op.Choice{Session: session.ID, Tenant: tenant, Product: product, Link: c.Link, At: c.At}
	}
	for _, f := range found {
		facts.Persons = append(facts.Persons, f.person)
	}
	return facts, nil
}
