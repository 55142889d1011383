package sqlstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/ident"
	"ligature/internal/self"
)

var _ self.Store = (*DB)(nil)

// Own is an account with all that hangs on it; fault.Missing "account.missing" when there is none.
func (d *DB) Own(ctx context.Context, id ident.AccountID) (self.Holding, error) {
	var h self.Holding
	var err error
	if h.Account, h.Credential, h.Addresses, err = d.holder(ctx, id); err != nil {
		return h, err
	}
	if h.Links, err = d.held(ctx, "link.account_id = $1 AND link.state <> 'ended'", string(id)); err != nil {
		return h, err
	}
	h.Deferrals, err = d.DeferralsOf(ctx, id)
	return h, err
}

const addressColumns = "email, account_id, verified_at, proof_id, is_primary, version"

func scanAddress(row scanner) (a account.Address, err error) {
	return a, row.Scan(mailbox(&a.Email), &a.Account, at(&a.VerifiedAt), &a.Proof, &a.Primary, &a.Version)
}

// held are links with what they lead to and how they were proven.
func (d *DB) held(ctx context.Context, where string, args ...any) ([]self.Held, error) {
	found, err := many(ctx, d.reader(), scanHeld, "SELECT "+linkColumns+", "+productAccountColumns+
		`, product.name, product.mark, instance.home_url, tenant.name, tenant.time_zone FROM link
 JOIN product_account ON product_account.tenant_id = link.tenant_id AND product_account.id = link.product_account_id
 JOIN instance ON instance.tenant_id = link.tenant_id AND instance.product_id = product_account.product_id
 JOIN product ON product.id = product_account.product_id
 JOIN tenant ON tenant.id = link.tenant_id
 WHERE `+where+" ORDER BY product.name, tenant.name, link.created_at, link.id", args...)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Methods, err = d.methodsOf(ctx, found[i].Link.Evidence); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func scanHeld(row scanner) (h self.Held, err error) {
	fields := append(linkFields(&h.Link), productAccountFields(&h.ProductAccount)...)
	return h, row.Scan(append(fields, &h.Product, &h.Mark, &h.HomeURL, &h.Tenant, &h.TimeZone)...)
}

// methodsOf are the methods of the proofs, in their order; a proof that is not stored any more is left out.
func (d *DB) methodsOf(ctx context.Context, evidence []ident.ProofID) ([]account.Method, error) {
	if len(evidence) == 0 {
		return nil, nil
	}
	type method struct {
		id  ident.ProofID
		how account.Method
	}
	found, err := many(ctx, d.reader(), func(row scanner) (m method, err error) { return m, row.Scan(&m.id, &m.how) },
		"SELECT id, method FROM proof WHERE id IN "+places(1, len(evidence)), texts(evidence)...)
	var methods []account.Method
	for _, id := range evidence {
		if i := slices.IndexFunc(found, func(m method) bool { return m.id == id }); i >= 0 {
			methods = append(methods, found[i].how)
		}
	}
	return methods, err
}

// places is "($n, $n+1, …)" for count parameters.
func places(from, count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = placeholder(from + i)
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// texts are the parameters of a list.
func texts[S ~string](list []S) []any {
	args := make([]any, len(list))
	for i, s := range list {
		args[i] = string(s)
	}
	return args
}

// SessionsOf implements self.Store.
func (d *DB) SessionsOf(ctx context.Context, id ident.AccountID, now time.Time) ([]account.Session, error) {
	return many(ctx, d.reader(), scanSession, "SELECT "+sessionColumns+` FROM session
 WHERE account_id = $1 AND ended_at = 0 AND deadline > $2 ORDER BY used_at DESC, id`, string(id), micros(now))
}

// EventsOf implements self.Store.
func (d *DB) EventsOf(ctx context.Context, id ident.AccountID, actions []audit.Action, limit int) ([]self.Told, error) {
	args := append([]any{string(id), limit}, texts(actions)...)
	return many(ctx, d.reader(), func(row scanner) (t self.Told, err error) {
		e := &t.Event
		return t, row.Scan(&e.ID, text(&e.Tenant), at(&e.At), &e.Action, &e.Reason, &e.Ref, &e.Flow, &e.Account,
			&e.ProductAccount, &e.Network, &t.Product)
	}, `SELECT event.id, event.tenant_id, event.at, event.action, event.reason, event.ref, event.flow_id, event.account_id,
 event.product_account_id, event.network, COALESCE(product.name, '') FROM event
 LEFT JOIN product_account ON product_account.tenant_id = event.tenant_id AND product_account.id = event.product_account_id
 LEFT JOIN product ON product.id = product_account.product_id
 WHERE event.account_id = $1 AND event.action IN `+places(3, len(actions))+
		" ORDER BY event.at DESC, event.ordinal DESC, event.id LIMIT $2", args...)
}

// Changes implements self.Store.
func (d *DB) Changes(ctx context.Context, id ident.AccountID, now time.Time) ([]self.Change, error) {
	undos, err := d.Undos(ctx, id, now)
	if err != nil {
		return nil, err
	}
	reset, err := d.EventsOf(ctx, id, []audit.Action{audit.PasswordReset}, 1)
	if err != nil {
		return nil, err
	}
	changes := make([]self.Change, len(undos))
	for i, u := range undos {
		if changes[i], err = d.change(ctx, u); err != nil {
			return nil, err
		}
		changes[i].Reset = len(reset) > 0 && !reset[0].At.Before(u.CreatedAt)
	}
	return changes, nil
}

// change adds to an undo what its rows are now.
func (d *DB) change(ctx context.Context, u account.Undo) (self.Change, error) {
	c := self.Change{Undo: u}
	for _, before := range u.Before.Links {
		links, err := d.held(ctx, "link.tenant_id = $1 AND link.product_account_id = $2", string(before.Tenant), string(before.ProductAccount))
		if err != nil {
			return c, err
		}
		for _, l := range links {
			own := slices.ContainsFunc(u.Before.Links, func(b account.Link) bool { return b.ID == l.Link.ID })
			switch {
			case l.Link.ID == before.ID:
				c.Links = append(c.Links, l)
			case !own && !slices.ContainsFunc(c.Beside, func(b account.Link) bool { return b.ID == l.Link.ID }):
				c.Beside = append(c.Beside, l.Link)
			}
		}
	}
	for _, before := range u.Before.Addresses {
		found, err := maybe(ctx, d.reader(), scanAddress, "SELECT "+addressColumns+" FROM account_address WHERE email = $1", before.Email.Key())
		if err != nil {
			return c, err
		}
		if found != nil {
			c.Addresses = append(c.Addresses, *found)
		}
	}
	return c, nil
}
