package sqlstore

import (
	"context"
	"strings"

	"ligature/internal/audit"
	"ligature/internal/ident"
)

const eventFields = 11

// writeEvents adds all events in one statement. Nothing here changes or removes one.
func (w *work) writeEvents(ctx context.Context, events []audit.Event) error {
	if len(events) == 0 {
		return nil
	}
	var query strings.Builder
	query.WriteString("INSERT INTO event (id, tenant_id, at, action, reason, ref, flow_id, account_id, product_account_id, network, ordinal) VALUES ")
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
			string(e.Flow), string(e.Account), string(e.ProductAccount), e.Network, i)
	}
	_, err := w.exec(ctx, query.String(), args...)
	return err
}

// FlowEvents are the events of a flow, oldest first.
func (d *DB) FlowEvents(ctx context.Context, flow ident.FlowID) ([]audit.Event, error) {
	return many(ctx, d.reader(), scanEvent, `SELECT id, tenant_id, at, action, reason, ref, flow_id, account_id,
 product_account_id, network FROM event WHERE flow_id = $1 ORDER BY at, ordinal, id`, string(flow))
}

func scanEvent(row scanner) (e audit.Event, err error) {
	return e, row.Scan(&e.ID, text(&e.Tenant), at(&e.At), &e.Action, &e.Reason, &e.Ref, &e.Flow, &e.Account,
		&e.ProductAccount, &e.Network)
}
