package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// switchColumns are both switches of an instance, and what its pilot depends on. Each query below joins switchTables.
const (
	switchColumns = "tenant.rollout, tenant.pilot, instance.rollout, instance.pilot, COALESCE(connector_spec.id_stable, FALSE)"
	switchTables  = ` JOIN tenant ON tenant.id = instance.tenant_id AND tenant.withdrawn_at = 0
 LEFT JOIN connector_spec ON connector_spec.name = instance.connector_name AND connector_spec.withdrawn_at = 0`
)

const (
	rolloutQuery = "SELECT " + switchColumns + " FROM instance" + switchTables +
		" WHERE instance.tenant_id = $1 AND instance.product_id = $2 AND instance.withdrawn_at = 0"

	// CROSS JOIN keeps SQLite from beginning with everybody who has the product (https://sqlite.org/optoverview.html#crossjoin).
	fullFactsQuery = "SELECT " + sessionColumns + ", " + switchColumns + ", COALESCE(session_choice.link_id, ''), COALESCE(session_choice.chosen_at, 0), " +
		personColumns + ` FROM session CROSS JOIN link CROSS JOIN product_account
 JOIN instance ON instance.tenant_id = link.tenant_id AND instance.product_id = product_account.product_id AND instance.withdrawn_at = 0` + switchTables + `
 JOIN account ON account.id = link.account_id` + primaryAddress + `
 LEFT JOIN session_choice ON session_choice.tenant_id = $1 AND session_choice.session_id = $3 AND session_choice.product_id = $2
 WHERE product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 AND link.tenant_id = $1 AND link.state = 'active' AND product_account.product_id = $2
 AND session.id = $3 AND session.scope = 'full' AND link.account_id = session.account_id
 ORDER BY link.active_at, link.id`

	productFactsQuery = "SELECT " + switchColumns + ", '', 0, " + personColumns + ` FROM product_account
 JOIN instance ON instance.tenant_id = product_account.tenant_id AND instance.product_id = product_account.product_id AND instance.withdrawn_at = 0` + switchTables + `
 LEFT JOIN link ON link.tenant_id = product_account.tenant_id AND link.product_account_id = product_account.id AND link.state = 'active'
 LEFT JOIN account ON account.id = $4` + primaryAddress + `
 WHERE product_account.tenant_id = $1 AND product_account.id = $3 AND product_account.product_id = $2`
)

// rolledPerson is a row of the facts.
type rolledPerson struct {
	setting directory.Setting // the switches alone
	choice  op.Choice
	person  op.Person
}

func switchFields(s *directory.Setting) []any {
	return []any{&s.Tenant.Rollout, pilotColumn{&s.Tenant.Pilot}, &s.Instance.Rollout, pilotColumn{&s.Instance.Pilot}, &s.Connector.IDStable}
}

// scan reads the row; what is selected before it goes to head.
func (r *rolledPerson) scan(row scanner, head []any) error {
	fields := append(append(head, switchFields(&r.setting)...), &r.choice.Link, at(&r.choice.At))
	err := row.Scan(append(fields, personFields(&r.person)...)...)
	settle(&r.person)
	return err
}

func scanRolledPerson(row scanner) (r rolledPerson, err error) {
	return r, r.scan(row, nil)
}

func scanSwitches(row scanner) (s directory.Setting, err error) {
	return s, row.Scan(switchFields(&s)...)
}

// Facts implements op.Store. The switches are read anew each time, so that switching off counts at once. For somebody who is
// signed in and has what is asked for it is one statement; for others the session is looked for by itself.
func (o *OpenID) Facts(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.SessionID) (op.Facts, error) {
	if id == "" {
		return o.unreached(ctx, tenant, product, nil)
	}
	var session account.Session
	found, err := many(ctx, o.reader(), func(row scanner) (r rolledPerson, err error) {
		return r, r.scan(row, sessionFields(&session))
	}, fullFactsQuery, string(tenant), string(product), string(id))
	if err != nil {
		return op.Facts{}, err
	}
	if len(found) > 0 {
		return factsOf(tenant, product, &session, found), nil
	}
	session, err = o.db.Session(ctx, id)
	if fault.Is(err, fault.Missing) {
		return o.unreached(ctx, tenant, product, nil)
	}
	if err != nil {
		return op.Facts{}, err
	}
	if session.Scope == account.ScopeProduct && session.Tenant == tenant && session.Product == product {
		found, err = many(ctx, o.reader(), scanRolledPerson, productFactsQuery, string(tenant), string(product),
			string(session.ProductAccount), string(session.Account))
	}
	if err != nil || len(found) > 0 {
		return factsOf(tenant, product, &session, found), err
	}
	return o.unreached(ctx, tenant, product, &session)
}

// unreached are the facts when the session, if any, reaches nobody in the tenant's instance of the product.
func (o *OpenID) unreached(ctx context.Context, tenant ident.TenantID, product ident.ProductID, session *op.Session) (op.Facts, error) {
	setting, err := one(ctx, o.reader(), "tenant.missing", scanSwitches, rolloutQuery, string(tenant), string(product))
	return op.Facts{Session: session, Rollout: setting.Rollout(), Pilots: setting.Pilots()}, err
}

// factsOf puts rows together; without a row there are none.
func factsOf(tenant ident.TenantID, product ident.ProductID, session *op.Session, found []rolledPerson) op.Facts {
	if len(found) == 0 {
		return op.Facts{}
	}
	setting := found[0].setting
	facts := op.Facts{Session: session, Rollout: setting.Rollout(), Pilots: setting.Pilots(), Persons: make([]op.Person, 0, len(found))}
	if c := found[0].choice; c.Link != "" {
		facts.Choice = op.Choice{Session: session.ID, Tenant: tenant, Product: product, Link: c.Link, At: c.At}
	}
	for _, f := range found {
		facts.Persons = append(facts.Persons, f.person)
	}
	return facts
}
