package sqlstore

import (
	"cmp"
	"context"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

const grantColumns = `authorization_grant.id, authorization_grant.auth_request_id, authorization_grant.client_id,
 authorization_grant.tenant_id, authorization_grant.instance_id, authorization_grant.account_id,
 authorization_grant.product_account_id, authorization_grant.session_id, authorization_grant.scope, authorization_grant.auth_at,
 authorization_grant.acr, authorization_grant.amr, authorization_grant.created_at, authorization_grant.offline`

func grantFields(g *op.Grant) []any {
	return []any{&g.ID, &g.Request, &g.Client, &g.Tenant, &g.Instance, text(&g.Account), &g.ProductAccount, &g.Session,
		wordsColumn[string]{&g.Scope}, at(&g.AuthAt), &g.ACR, wordsColumn[string]{&g.AMR}, at(&g.CreatedAt), &g.Offline}
}

// behindFields are what a grant stands on, and how it is used.
func behindFields(s *op.Standing) []any {
	return append([]any{&s.Uses, at(&s.Grant.EndedAt), at(&s.SessionDeadline), at(&s.SessionEndedAt)}, personFields(&s.Person)...)
}

const (
	// The row's lock makes one caller the first. Ending the grant belongs to the same statement, so that a crash after a
	// replay was seen cannot leave its tokens alive.
	redeemColumns = `id, auth_request_id, client_id, tenant_id, instance_id, account_id, product_account_id, session_id, scope, auth_at, acr,
 amr, created_at, offline`
	redeemInto  = "INSERT INTO authorization_grant (" + redeemColumns + ", ended_at, code_uses)"
	redeemAgain = ` ON CONFLICT (id) DO UPDATE SET code_uses = authorization_grant.code_uses + 1,
 ended_at = CASE WHEN authorization_grant.ended_at = 0 THEN $15 ELSE authorization_grant.ended_at END`
	redeemQuery = redeemInto + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 1)" + redeemAgain +
		" RETURNING code_uses, ended_at"

	sessionColumnsOfGrant = "session.deadline, session.ended_at, "
	accountBehind         = ` LEFT JOIN link ON link.tenant_id = product_account.tenant_id AND link.product_account_id = product_account.id AND link.state = 'active'
 LEFT JOIN account ON account.id = `

	standingQuery = "SELECT " + grantColumns + ", authorization_grant.code_uses, authorization_grant.ended_at, " + sessionColumnsOfGrant + personColumns +
		` FROM authorization_grant
 JOIN session ON session.id = authorization_grant.session_id
 JOIN product_account ON product_account.tenant_id = authorization_grant.tenant_id
 AND product_account.id = authorization_grant.product_account_id` + accountBehind + "authorization_grant.account_id" + primaryAddress +
		" WHERE authorization_grant.id = $1"

	// redeemedFrom takes the tenant, the product account, the session and the account from what the code said.
	redeemedFrom = ` FROM session CROSS JOIN product_account` + accountBehind

	// SQLite has no statement that changes a row and selects from others: these two run in one transaction.
	behindQuery = "SELECT CAST($5 AS INTEGER), CAST($6 AS INTEGER), " + sessionColumnsOfGrant + personColumns + redeemedFrom + "$4" + primaryAddress +
		" WHERE session.id = $3 AND product_account.tenant_id = $1 AND product_account.id = $2"
	redeemedStandingQuery = "WITH redeemed AS (" + redeemQuery + ") SELECT redeemed.code_uses, redeemed.ended_at, " + sessionColumnsOfGrant + personColumns +
		redeemedFrom + "$6" + primaryAddress + " CROSS JOIN redeemed WHERE session.id = $8 AND product_account.tenant_id = $4 AND product_account.id = $7"
)

// saveChoiceQuery keeps the latest choice of a session in a product.
const saveChoiceQuery = `INSERT INTO session_choice (tenant_id, session_id, product_id, link_id, chosen_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (tenant_id, session_id, product_id) DO UPDATE SET link_id = excluded.link_id, chosen_at = excluded.chosen_at`

// AnswerRequest implements op.Store.
func (o *OpenID) AnswerRequest(ctx context.Context, g op.Grant, c op.Choice) error {
	if g.Request == "" && g.Pushed == "" && c == (op.Choice{}) {
		return nil
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
		if c == (op.Choice{}) {
			return nil
		}
		_, err := w.exec(ctx, saveChoiceQuery, string(c.Tenant), string(c.Session), string(c.Product), string(c.Link), micros(c.At))
		return err
	})
}

// RedeemGrant implements op.Store; fault.Missing "grant.missing". Uses, and whether the grant has ended, are as this caller
// left them: the one who came first wins even when others come before it has read the rest.
func (o *OpenID) RedeemGrant(ctx context.Context, g op.Grant, now time.Time) (op.Standing, error) {
	var standing op.Standing
	err := o.db.group.one(ctx, repeatable, func(ctx context.Context, w *work) (err error) {
		r := redemption{g, now}
		if o.db.dialect.name == postgresName {
			together, err := o.db.redemptions.ask(ctx, r)
			standing = together.Standing
			return cmp.Or(err, together.err)
		}
		standing, err = o.redeemInTwo(ctx, w, r)
		return err
	})
	if err == nil && standing.Uses == 0 {
		err = fault.New(fault.Missing, "grant.missing")
	}
	return standing, err
}

// redemption is a grant whose code came back.
type redemption struct {
	op.Grant
	now time.Time
}

func (r redemption) args() []any {
	return []any{string(r.ID), string(r.Request), string(r.Client), string(r.Tenant), string(r.Instance), orNull(r.Account),
		string(r.ProductAccount), string(r.Session), words(r.Scope), micros(r.AuthAt), r.ACR, words(r.AMR), micros(r.CreatedAt), r.Offline, micros(r.now)}
}

// scan reads what a grant stands on; what is selected before it goes to head.
func (r redemption) scan(row scanner, head ...any) (op.Standing, error) {
	s := op.Standing{Grant: r.Grant}
	err := row.Scan(append(head, behindFields(&s)...)...)
	settle(&s.Person)
	return s, err
}

// redeemInTwo redeems with two statements of one transaction. Where nothing stands behind the grant, the standing is empty.
func (o *OpenID) redeemInTwo(ctx context.Context, w *work, r redemption) (s op.Standing, err error) {
	var uses int
	var endedAt time.Time
	if _, err := count(ctx, w, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&uses, at(&endedAt)) }, redeemQuery, r.args()...); err != nil {
		return s, err
	}
	return behind(ctx, w, r, behindQuery, string(r.Tenant), string(r.ProductAccount), string(r.Session), orNull(r.Account), uses, micros(endedAt))
}

// behind runs a query that gives what a redeemed grant stands on, or no row; the standing is empty then.
func behind(ctx context.Context, w *work, r redemption, query string, args ...any) (op.Standing, error) {
	rows, err := many(ctx, w, func(row scanner) (op.Standing, error) { return r.scan(row) }, query, args...)
	return append(rows, op.Standing{})[0], err
}

func scanStanding(row scanner) (s op.Standing, err error) {
	err = row.Scan(append(grantFields(&s.Grant), behindFields(&s)...)...)
	settle(&s.Person)
	return s, err
}

// Standing implements op.Store; fault.Missing "grant.missing".
func (o *OpenID) Standing(ctx context.Context, id ident.GrantID) (op.Standing, error) {
	return one(ctx, o.reader(), "grant.missing", scanStanding, standingQuery, string(id))
}

// EndGrants implements op.Store. Grants that outlive their session do.
func (o *OpenID) EndGrants(ctx context.Context, session ident.SessionID, now time.Time) error {
	_, err := o.db.group.exec(ctx, "UPDATE authorization_grant SET ended_at = $2 WHERE session_id = $1 AND ended_at = 0 AND NOT offline",
		string(session), micros(now))
	return err
}
