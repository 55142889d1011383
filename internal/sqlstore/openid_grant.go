package sqlstore

import (
	"context"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

const grantColumns = `authorization_grant.id, authorization_grant.auth_request_id, authorization_grant.client_id,
 authorization_grant.tenant_id, authorization_grant.instance_id, authorization_grant.account_id,
 authorization_grant.product_account_id, authorization_grant.session_id, authorization_grant.redirect_uri,
 authorization_grant.scope, authorization_grant.nonce, authorization_grant.code_challenge, authorization_grant.auth_at,
 authorization_grant.acr, authorization_grant.amr, authorization_grant.code_hash, authorization_grant.code_deadline,
 authorization_grant.code_used_at, authorization_grant.created_at, authorization_grant.ended_at, authorization_grant.offline,
 authorization_grant.code_uses`

func standingFields(s *op.Standing) []any {
	g := &s.Grant
	fields := []any{&g.ID, &g.Request, &g.Client, &g.Tenant, &g.Instance, text(&g.Account), &g.ProductAccount, &g.Session,
		&g.RedirectURI, wordsColumn[string]{&g.Scope}, &g.Nonce, &g.CodeChallenge, at(&g.AuthAt), &g.ACR,
		wordsColumn[string]{&g.AMR}, &g.CodeHash, at(&g.CodeDeadline), at(&g.CodeUsedAt), at(&g.CreatedAt), at(&g.EndedAt),
		&g.Offline, &s.Uses, at(&s.SessionDeadline), at(&s.SessionEndedAt)}
	return append(fields, personFields(&s.Person)...)
}

const (
	saveGrantQuery = `INSERT INTO authorization_grant (id, auth_request_id, client_id, tenant_id, instance_id, account_id,
 product_account_id, session_id, redirect_uri, scope, nonce, code_challenge, auth_at, acr, amr, code_hash, code_deadline,
 created_at, offline, code_used_at, ended_at, code_uses)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0, 0, 0)`

	// The row's lock makes one caller the first. Ending the grant belongs to the same statement, so that a crash after a
	// replay was seen cannot leave its tokens alive.
	redeemQuery = `UPDATE authorization_grant SET code_uses = code_uses + 1,
 code_used_at = CASE WHEN code_uses = 0 THEN $3 ELSE code_used_at END,
 ended_at = CASE WHEN code_uses > 0 AND ended_at = 0 THEN $3 ELSE ended_at END
 WHERE code_hash = $1 AND client_id = $2 RETURNING `

	standingSelect = "SELECT " + grantColumns + ", session.deadline, session.ended_at, " + personColumns + ` FROM authorization_grant
 JOIN session ON session.id = authorization_grant.session_id
 JOIN product_account ON product_account.tenant_id = authorization_grant.tenant_id
 AND product_account.id = authorization_grant.product_account_id
 LEFT JOIN link ON link.tenant_id = product_account.tenant_id AND link.product_account_id = product_account.id AND link.state = 'active'
 LEFT JOIN account ON account.id = authorization_grant.account_id` + primaryAddress
	standingQuery = standingSelect + " WHERE authorization_grant.id = $1"

	redeemFirstQuery = redeemQuery + "id, code_uses, ended_at"
	// In PostgreSQL one statement may change a row and select from what it left: here the grants are those just changed.
	redeemedStandingQuery = "WITH authorization_grant AS (" + redeemQuery + "authorization_grant.*) " + standingSelect
)

// saveChoiceQuery keeps the latest choice of a session in a product.
const saveChoiceQuery = `INSERT INTO session_choice (tenant_id, session_id, product_id, link_id, chosen_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (tenant_id, session_id, product_id) DO UPDATE SET link_id = excluded.link_id, chosen_at = excluded.chosen_at`

// SaveGrant implements op.Store.
func (o *OpenID) SaveGrant(ctx context.Context, g op.Grant, c op.Choice) error {
	args := []any{string(g.ID), string(g.Request), string(g.Client), string(g.Tenant), string(g.Instance), orNull(g.Account),
		string(g.ProductAccount), string(g.Session), g.RedirectURI, words(g.Scope), g.Nonce, g.CodeChallenge, micros(g.AuthAt),
		g.ACR, words(g.AMR), g.CodeHash, micros(g.CodeDeadline), micros(g.CreatedAt), g.Offline}
	if g.Request == "" && g.Pushed == "" && c == (op.Choice{}) {
		_, err := o.group.one(ctx, nil, saveGrantQuery, args...)
		return err
	}
	return o.db.tx(ctx, func(ctx context.Context, w *work) error {
		if g.Request != "" {
			if err := w.change(ctx, "auth_request.done", "UPDATE auth_request SET done_at = $2 WHERE id = $1 AND done_at = 0",
				string(g.Request), micros(g.CreatedAt)); err != nil {
				return err
			}
		}
		if g.Pushed != "" {
			if err := w.change(ctx, "pushed.done", "UPDATE pushed_request SET done_at = $2 WHERE hash = $1 AND done_at = 0",
				g.Pushed, micros(g.CreatedAt)); err != nil {
				return err
			}
		}
		if c != (op.Choice{}) {
			if _, err := w.exec(ctx, saveChoiceQuery, string(c.Tenant), string(c.Session), string(c.Product), string(c.Link), micros(c.At)); err != nil {
				return err
			}
		}
		_, err := w.exec(ctx, saveGrantQuery, args...)
		return err
	})
}

// RedeemCode implements op.Store; fault.Missing "grant.missing". Uses, and whether the grant has ended, are as this caller
// left them: the one who came first wins even when others come before it has read the rest.
func (o *OpenID) RedeemCode(ctx context.Context, client ident.ClientID, codeHash string, now time.Time) (op.Standing, error) {
	if o.db.dialect.name == postgresName {
		return o.redeemAtOnce(ctx, client, codeHash, now)
	}
	var id ident.GrantID
	var uses int
	var endedAt time.Time
	changed, err := o.group.one(ctx, func(row scanner) error { return row.Scan(&id, &uses, at(&endedAt)) },
		redeemFirstQuery, codeHash, string(client), micros(now))
	if err != nil {
		return op.Standing{}, err
	}
	if changed == 0 {
		return op.Standing{}, fault.New(fault.Missing, "grant.missing")
	}
	standing, err := o.Standing(ctx, id)
	standing.Uses, standing.Grant.EndedAt = uses, endedAt
	return standing, err
}

// redeemAtOnce is RedeemCode in one statement, which saves the way to the database and the search for the grant.
func (o *OpenID) redeemAtOnce(ctx context.Context, client ident.ClientID, codeHash string, now time.Time) (op.Standing, error) {
	var standing op.Standing
	changed, err := o.group.one(ctx, func(row scanner) (err error) {
		standing, err = scanStanding(row)
		return err
	}, redeemedStandingQuery, codeHash, string(client), micros(now))
	if err == nil && changed == 0 {
		err = fault.New(fault.Missing, "grant.missing")
	}
	return standing, err
}

func scanStanding(row scanner) (s op.Standing, err error) {
	err = row.Scan(standingFields(&s)...)
	settle(&s.Person)
	return s, err
}

// Standing implements op.Store; fault.Missing "grant.missing".
func (o *OpenID) Standing(ctx context.Context, id ident.GrantID) (op.Standing, error) {
	return one(ctx, o.reader(), "grant.missing", scanStanding, standingQuery, string(id))
}

// EndGrants implements op.Store. Grants that outlive their session do.
func (o *OpenID) EndGrants(ctx context.Context, session ident.SessionID, now time.Time) error {
	_, err := o.group.one(ctx, nil, "UPDATE authorization_grant SET ended_at = $2 WHERE session_id = $1 AND ended_at = 0 AND NOT offline",
		string(session), micros(now))
	return err
}
