package sqlstore

import (
	"context"
	"strings"

	"ligature/internal/audit"
	"ligature/internal/ident"
)

const eventFields = 12

// writeEvents adds all events in one statement. Nothing here changes or removes one.
func (w *work) writeEvents(ctx context.Context, events []audit.Event) error {
	if len(events) == 0 {
		return nil
	}
	var query strings.Builder
	query.WriteString("INSERT INTO event (id, tenant_id, at, action, reason, ref, flow_id, account_id, product_account_id, network, ordinal, request) VALUES ")
	request := ""
	if w.db.cfg.Reference != nil {
		request = w.db.cfg.Reference(ctx)
	}
	args := make([]any, 0, eventFields*len(events))
	for i, e := range events {
		if i > 0 {
			query.WriteString(", ")
		}
		for n := range eventFields {
			query.WriteString(map[bool]string{true: "(", false: ", "}[n == 0])
			query.WriteString(placeholder(len(args) + n + 1))
		}
		query.WriteString(")")
		args = append(args, string(e.ID), orNull(e.Tenant), micros(e.At), string(e.Action), e.Reason, string(e.Ref),
			string(e.Flow), string(e.Account), string(e.ProductAccount), e.Network, i, request)
	}
	_, err := w.exec(ctx, query.String(), args...)
	return err
}

// FlowEvents are the events of a flow, oldest first.
func (d *DB) FlowEvents(ctx context.Context, flow ident.FlowID) ([]audit.Event, error) {
	return many(ctx, d.reader(), scanEvent, `SELECT id, tenant_id, at, action, reason, ref, flow_id, account_id,
 product_account_id, network, request FROM event WHERE flow_id = $1 ORDER BY at, ordinal, id`, string(flow))
}

// Happening is an event with the product's user that it is about, where there is one.
type Happening struct {
	Event    audit.Event
	Product  ident.ProductID
	Username string
	Email    ident.Email
}

// Happenings are the newest events of a tenant, newest first, at most limit.
func (d *DB) Happenings(ctx context.Context, tenant ident.TenantID, limit int) ([]Happening, error) {
	return many(ctx, d.reader(), func(row scanner) (h Happening, err error) {
		e := &h.Event
		return h, row.Scan(&e.ID, text(&e.Tenant), at(&e.At), &e.Action, &e.Reason, &e.Ref, &e.Flow, &e.Account, &e.ProductAccount,
			&e.Network, &e.Request, &h.Product, &h.Username, mailbox(&h.Email))
	}, `SELECT event.id, event.tenant_id, event.at, event.action, event.reason, event.ref, event.flow_id, event.account_id,
 event.product_account_id, event.network, event.request, COALESCE(product_account.product_id, ''), COALESCE(product_account.username, ''),
 COALESCE(product_account.email, '') FROM event
 LEFT JOIN product_account ON product_account.tenant_id = event.tenant_id AND product_account.id = event.product_account_id
 WHERE event.tenant_id = $1 ORDER BY event.at DESC, event.ordinal DESC, event.id LIMIT $2`, string(tenant), limit)
}

func scanEvent(row scanner) (e audit.Event, err error) {
	return e, row.Scan(&e.ID, text(&e.Tenant), at(&e.At), &e.Action, &e.Reason, &e.Ref, &e.Flow, &e.Account,
		&e.ProductAccount, &e.Network, &e.Request)
}
