package sqlstore

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// What PostgreSQL is asked for several callers at once: rows come with the place of the question that they answer.

const (
	// In the order of their IDs, two servers that redeem the same grants do not each wait for the other.
	redeemManyQuery = `WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
 $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::boolean[]) WITH ORDINALITY AS asked (` + redeemColumns + `, place)),
 redeemed AS (` + redeemInto + " SELECT " + redeemColumns + ", 0, 1 FROM asked ORDER BY id" + redeemAgain + ` RETURNING id, code_uses, ended_at)
 SELECT asked.place, redeemed.code_uses, redeemed.ended_at, ` + sessionColumnsOfGrant + personColumns + ` FROM asked
 JOIN redeemed ON redeemed.id = asked.id
 JOIN session ON session.id = asked.session_id
 JOIN product_account ON product_account.tenant_id = asked.tenant_id AND product_account.id = asked.product_account_id` +
		accountBehind + "asked.account_id" + primaryAddress

	factsManyQuery = "SELECT asked.place, " + fullFactsColumns + ` FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY
 AS asked (tenant_id, product_id, session_id, place)
 JOIN session ON session.id = asked.session_id AND session.scope = 'full'
 JOIN link ON link.tenant_id = asked.tenant_id AND link.account_id = session.account_id AND link.state = 'active'
 JOIN product_account ON product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 AND product_account.product_id = asked.product_id
 JOIN account ON account.id = link.account_id` + primaryAddress + `
 LEFT JOIN session_choice ON session_choice.tenant_id = asked.tenant_id AND session_choice.session_id = asked.session_id
 AND session_choice.product_id = asked.product_id
 ORDER BY asked.place, link.active_at, link.id`
)

// reachedFacts are the facts of a full session, and nothing when it reaches nobody.
type reachedFacts struct {
	session account.Session
	rows    []factsRow
}

// redeemed is what became of one redemption.
type redeemed struct {
	op.Standing
	err error // why what stands behind it cannot be read; it is kept all the same
}

// reach is whom somebody wants to be reached.
type reach struct {
	tenant  ident.TenantID
	product ident.ProductID
	session ident.SessionID
}

// openIDBatches has the provider's two questions of a code flow asked together on PostgreSQL.
func (d *DB) openIDBatches() {
	o := d.OpenID()
	d.redemptions.patience, d.redemptions.one, d.redemptions.many = d.cfg.patience(), o.redeemAtOnce, o.redeemMany
	d.redemptions.apart = func(a, b redemption) bool { return a.ID == b.ID } // a statement changes a row once
	d.reaches.patience, d.reaches.one, d.reaches.many = d.cfg.patience(), o.reach, o.reachMany
}

// redeemAtOnce is redeemInTwo in one statement, which saves the way to the database, and a transaction around two.
func (o *OpenID) redeemAtOnce(ctx context.Context, r redemption) (redeemed, error) {
	standing, err := behind(ctx, o.db.group.single(repeatable), r, redeemedStandingQuery, r.args()...)
	return redeemed{Standing: standing}, err
}

// redeemMany redeems different grants. It fails as the database answered, which has then kept nothing; or with fault.Unavailable,
// and nobody knows. What stands behind one and cannot be read is that one's failure: by then all of them are kept.
func (o *OpenID) redeemMany(ctx context.Context, asked []redemption) ([]redeemed, error) {
	type placed struct {
		place int
		redeemed
	}
	rows, err := collect(ctx, o.db.group.single(repeatable), func(row scanner) (p placed, err error) {
		p.Standing, p.err = redemption{}.scan(row, &p.place)
		if p.place == 0 {
			err = p.err
		}
		return p, err
	}, redeemManyQuery, redeemManyArgs(asked)...)
	if err != nil && !answered(err) {
		err = fault.Wrap(fault.Unavailable, unknownKey, err)
	}
	all := make([]redeemed, len(asked))
	for _, p := range rows {
		ended := p.Grant.EndedAt
		p.Grant = asked[p.place-1].Grant
		p.Grant.EndedAt = ended
		all[p.place-1] = p.redeemed
	}
	return all, err
}

func redeemManyArgs(asked []redemption) []any {
	text := func(pick func(r *redemption) string) []string { return column(asked, pick) }
	return []any{
		text(func(r *redemption) string { return string(r.ID) }),
		text(func(r *redemption) string { return string(r.Request) }),
		text(func(r *redemption) string { return string(r.Client) }),
		text(func(r *redemption) string { return string(r.Tenant) }),
		text(func(r *redemption) string { return string(r.Instance) }),
		column(asked, func(r *redemption) *string {
			if r.Account == "" {
				return nil
			}
			return (*string)(&r.Account)
		}),
		text(func(r *redemption) string { return string(r.ProductAccount) }),
		text(func(r *redemption) string { return string(r.Session) }),
		text(func(r *redemption) string { return words(r.Scope) }),
		column(asked, func(r *redemption) int64 { return micros(r.AuthAt) }),
		text(func(r *redemption) string { return r.ACR }),
		text(func(r *redemption) string { return words(r.AMR) }),
		column(asked, func(r *redemption) int64 { return micros(r.CreatedAt) }),
		column(asked, func(r *redemption) bool { return r.Offline }),
		micros(asked[len(asked)-1].now),
	}
}

// reach looks for what a full session reaches.
func (o *OpenID) reach(ctx context.Context, r reach) (f reachedFacts, err error) {
	f.rows, err = many(ctx, o.reader(), func(row scanner) (found factsRow, err error) {
		return found, found.scan(row, sessionFields(&f.session))
	}, fullFactsQuery, string(r.tenant), string(r.product), string(r.session))
	return f, err
}

// reachMany is reach for several.
func (o *OpenID) reachMany(ctx context.Context, asked []reach) ([]reachedFacts, error) {
	type placed struct {
		place   int
		session account.Session
		row     factsRow
	}
	rows, err := many(ctx, o.reader(), func(row scanner) (p placed, err error) {
		return p, p.row.scan(row, append([]any{&p.place}, sessionFields(&p.session)...))
	}, factsManyQuery, column(asked, func(r *reach) string { return string(r.tenant) }),
		column(asked, func(r *reach) string { return string(r.product) }), column(asked, func(r *reach) string { return string(r.session) }))
	found := make([]reachedFacts, len(asked))
	for i := range rows {
		f := &found[rows[i].place-1]
		f.session, f.rows = rows[i].session, append(f.rows, rows[i].row)
	}
	return found, err
}

// column is one parameter of many rows.
func column[T, V any](list []T, pick func(v *T) V) []V {
	picked := make([]V, len(list))
	for i := range list {
		picked[i] = pick(&list[i])
	}
	return picked
}
