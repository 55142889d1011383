package sqlstore

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// OpenID is the provider's side of the store: it meets op.Store. It groups durable writes, because a code flow in an open
// session is one read and one write. It may be made any number of times.
type OpenID struct {
	db *DB
}

// OpenID makes the provider's side of the store.
func (d *DB) OpenID() *OpenID {
	return &OpenID{db: d}
}

func (o *OpenID) reader() *work { return o.db.reader() }

// Registration implements op.Store.
func (o *OpenID) Registration(ctx context.Context, client ident.ClientID) (op.Registration, error) {
	declared, err := o.db.Client(ctx, client)
	if err != nil {
		return op.Registration{}, err
	}
	instances, err := o.db.InstancesOf(ctx, client)
	return op.Registration{Client: declared, Instances: instances}, err
}

// personColumns are the product account and what stands behind it, which may be nothing.
const personColumns = productAccountColumns + `, COALESCE(link.id, ''), COALESCE(link.account_id, ''), COALESCE(link.state, ''),
 COALESCE(link.active_at, 0), COALESCE(link.version, 0), COALESCE(account.id, ''), COALESCE(account.status, ''),
 COALESCE(account.name, ''), COALESCE(account.locale, ''), COALESCE(account.version, 0), COALESCE(account_address.email, '')`

func personFields(p *op.Person) []any {
	return append(productAccountFields(&p.ProductAccount), &p.Link.ID, &p.Link.Account, &p.Link.State, at(&p.Link.ActiveAt),
		&p.Link.Version, &p.Account.ID, &p.Account.Status, &p.Account.Name, &p.Account.Locale, &p.Account.Version, mailbox(&p.Email))
}

// settle completes the link from the product account it was joined to.
func settle(p *op.Person) {
	if p.Link.ID != "" {
		p.Link.Tenant, p.Link.ProductAccount = p.ProductAccount.Tenant, p.ProductAccount.ID
	}
}

const primaryAddress = ` LEFT JOIN account_address ON account_address.account_id = account.id AND account_address.is_primary
 AND account_address.verified_at > 0`

// words is how short lists of our own words are stored.
func words[S ~string](list []S) string {
	plain := make([]string, len(list))
	for i, word := range list {
		plain[i] = string(word)
	}
	return strings.Join(plain, " ")
}

// wordsColumn reads words.
type wordsColumn[S ~string] struct{ list *[]S }

// Scan takes a text.
func (c wordsColumn[S]) Scan(src any) error {
	var joined string
	if err := text(&joined).Scan(src); err != nil {
		return err
	}
	*c.list = nil
	for _, word := range strings.Fields(joined) {
		*c.list = append(*c.list, S(word))
	}
	return nil
}

const authRequestColumns = `id, tenant_id, product_id, instance_id, client_id, redirect_uri, rp_state, nonce, scope, code_challenge,
 prompts, max_age, login_hint, ui_locales, acr_values, hint_subject, session_id, browser_id, created_at, deadline, done_at,
 response_mode, pushed`

// SaveAuthRequest implements op.Store.
func (o *OpenID) SaveAuthRequest(ctx context.Context, q op.AuthRequest) error {
	var maxAge, hint any
	if q.MaxAgeSet {
		maxAge = q.MaxAge.Microseconds()
	}
	if q.LoginHint != "" {
		hint = o.db.cfg.Sealer.Seal("auth_request", "login_hint", string(q.ID), []byte(q.LoginHint))
	}
	_, err := o.db.group.exec(ctx, "INSERT INTO auth_request ("+authRequestColumns+`)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		string(q.ID), string(q.Tenant), string(q.Product), string(q.Instance), string(q.Client), q.RedirectURI, q.RPState,
		q.Nonce, words(q.Scope), q.CodeChallenge, words(q.Prompts), maxAge, hint, words(q.UILocales), words(q.ACRValues),
		string(q.HintSubject), string(q.Session), string(q.Browser), micros(q.CreatedAt), micros(q.Deadline), micros(q.DoneAt),
		string(q.ResponseMode), q.Pushed)
	return err
}

// AuthRequest implements op.Store; fault.Missing "auth_request.missing".
func (o *OpenID) AuthRequest(ctx context.Context, id ident.AuthRequestID) (op.AuthRequest, error) {
	return one(ctx, o.reader(), "auth_request.missing", o.scanAuthRequest,
		"SELECT "+authRequestColumns+" FROM auth_request WHERE id = $1", string(id))
}

func (o *OpenID) scanAuthRequest(row scanner) (q op.AuthRequest, err error) {
	var maxAge sql.NullInt64
	var hint []byte
	if err := row.Scan(&q.ID, &q.Tenant, &q.Product, &q.Instance, &q.Client, &q.RedirectURI, &q.RPState, &q.Nonce,
		wordsColumn[string]{&q.Scope}, &q.CodeChallenge, wordsColumn[op.Prompt]{&q.Prompts}, &maxAge, &hint,
		wordsColumn[string]{&q.UILocales}, wordsColumn[string]{&q.ACRValues}, &q.HintSubject, &q.Session, &q.Browser,
		at(&q.CreatedAt), at(&q.Deadline), at(&q.DoneAt), &q.ResponseMode, &q.Pushed); err != nil {
		return q, err
	}
	q.MaxAge, q.MaxAgeSet = time.Duration(maxAge.Int64)*time.Microsecond, maxAge.Valid
	if hint == nil {
		return q, nil
	}
	plain, err := o.db.cfg.Sealer.Open("auth_request", "login_hint", string(q.ID), hint)
	q.LoginHint = string(plain)
	return q, fault.Wrap(fault.Internal, "auth_request.open", err)
}

// forgetSpent deletes rows of a table whose deadline is past, by the address that each database gives a row.
func forgetSpent(d dialect, table string) string {
	row := map[string]string{sqliteName: "rowid", postgresName: "ctid"}[d.name]
	return "DELETE FROM " + table + " WHERE " + row + " IN (SELECT " + row + " FROM " + table + " WHERE deadline < $1 ORDER BY deadline LIMIT $2)"
}

// ForgetOpenID deletes requests and refresh tokens that ended before the instant, and grants made before it that have no
// refresh tokens, at most limit of each, and gives how many it deleted. Nothing is forgotten that could still be used when
// the instant lies further back than any session lasts.
func (o *OpenID) ForgetOpenID(ctx context.Context, before time.Time, limit int) (int64, error) {
	var deleted int64
	err := o.db.tx(ctx, func(ctx context.Context, w *work) error {
		requests, err := w.exec(ctx, `DELETE FROM auth_request WHERE id IN
 (SELECT id FROM auth_request WHERE deadline < $1 ORDER BY deadline LIMIT $2)`, micros(before), limit)
		if err != nil {
			return err
		}
		for _, table := range []string{"pushed_request", "client_assertion"} {
			// What is forgotten after its end cannot be used again: both are refused by then for their age.
			n, err := w.exec(ctx, forgetSpent(w.db.dialect, table), micros(before), limit)
			if err != nil {
				return err
			}
			requests += n
		}
		families, err := w.exec(ctx, `DELETE FROM token_family WHERE id IN
 (SELECT id FROM token_family WHERE deadline < $1 ORDER BY deadline LIMIT $2)`, micros(before), limit)
		if err != nil {
			return err
		}
		grants, err := w.exec(ctx, `DELETE FROM authorization_grant WHERE id IN
 (SELECT id FROM authorization_grant WHERE created_at < $1
 AND NOT EXISTS (SELECT 1 FROM token_family WHERE token_family.grant_id = authorization_grant.id)
 ORDER BY created_at LIMIT $2)`, micros(before), limit)
		deleted = requests + families + grants
		return err
	})
	return deleted, err
}
