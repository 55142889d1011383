package sqlstore

import (
	"context"
	"strings"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Capability finds the stored side of a mailed link by its hash; fault.Missing when there is none.
func (d *DB) Capability(ctx context.Context, hash string) (linking.Capability, error) {
	return one(ctx, d.reader(), "capability.missing", d.scanCapability, `SELECT hash, purpose, account_id, email, flow_id, change_id,
 created_at, deadline, spent_at, void_at, version FROM capability WHERE hash = $1`, hash)
}

func (d *DB) scanCapability(row scanner) (linking.Capability, error) {
	var c linking.Capability
	var sealed []byte
	err := row.Scan(&c.Hash, &c.Purpose, &c.Account, &sealed, &c.Flow, text(&c.Change), at(&c.CreatedAt), at(&c.Deadline), at(&c.SpentAt),
		at(&c.VoidAt), &c.Version)
	if err != nil {
		return c, err
	}
	c.Email, err = d.openEmail("capability", "email", c.Hash, sealed)
	return c, err
}

// writeCapability inserts a capability, or spends one: once, and not after its power was taken away.
func (w *work) writeCapability(ctx context.Context, c linking.Capability) error {
	if c.Version > 0 {
		return w.change(ctx, "capability.moved", `UPDATE capability SET spent_at = $2, version = version + 1
 WHERE hash = $1 AND version = $3 AND spent_at = 0 AND void_at = 0`, c.Hash, micros(c.SpentAt), c.Version)
	}
	return w.change(ctx, "capability.moved", `INSERT INTO capability (hash, purpose, account_id, email, flow_id, change_id, created_at,
 deadline, spent_at, void_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 1)`, c.Hash, string(c.Purpose),
		string(c.Account), w.sealEmail("capability", "email", c.Hash, c.Email), string(c.Flow), orNull(c.Change), micros(c.CreatedAt),
		micros(c.Deadline))
}

// voidCapabilities takes the power of what is unspent still, and ends the email changes that are open still. It runs between
// the capabilities and changes that the Outcome spends and ends itself, and those that it makes.
func (w *work) voidCapabilities(ctx context.Context, v linking.CapabilitiesVoid, now time.Time) error {
	if v.Account == "" {
		return fault.New(fault.Internal, "store.capability_selector")
	}
	if _, err := w.exec(ctx, `UPDATE email_change SET ended_at = $2, end_reason = $3, version = version + 1
 WHERE account_id = $1 AND ended_at = 0`, string(v.Account), micros(now), string(linking.ChangeVoid)); err != nil {
		return err
	}
	// A merge that was proven with the account's password rests on one that may not be its password any more.
	if _, err := w.exec(ctx, `UPDATE account_merge SET deadline = $2, version = version + 1
 WHERE (account_id = $1 OR other_id = $1) AND done_at = 0 AND deadline > $2`, string(v.Account), micros(now)); err != nil {
		return err
	}
	_, err := w.exec(ctx, `UPDATE capability SET void_at = $2, version = version + 1
 WHERE account_id = $1 AND spent_at = 0 AND void_at = 0`, string(v.Account), micros(now))
	return err
}

// writeCapabilities keeps the order that voidCapabilities needs.
func (w *work) writeCapabilities(ctx context.Context, o linking.Outcome) error {
	for _, fresh := range []bool{false, true} {
		for _, c := range o.EmailChanges {
			if (c.Version == 0) != fresh {
				continue
			}
			if err := w.writeEmailChange(ctx, c); err != nil {
				return err
			}
		}
		for _, c := range o.Capabilities {
			if (c.Version == 0) != fresh {
				continue
			}
			if err := w.writeCapability(ctx, c); err != nil {
				return err
			}
		}
		if fresh {
			return nil
		}
		for _, v := range o.VoidCapabilities {
			if err := w.voidCapabilities(ctx, v, decidedAt(o)); err != nil {
				return err
			}
		}
	}
	return nil
}

const emailChangeColumns = `id, account_id, browser_id, ref, agent, network, locale, from_email, to_email, mails, last_mail_at,
 created_at, deadline, ended_at, end_reason, version`

// EmailChange implements linking.AccountStore.
func (d *DB) EmailChange(ctx context.Context, id ident.EmailChangeID) (linking.EmailChange, error) {
	return one(ctx, d.reader(), "email_change.missing", d.scanEmailChange, "SELECT "+emailChangeColumns+" FROM email_change WHERE id = $1",
		string(id))
}

func (d *DB) scanEmailChange(row scanner) (linking.EmailChange, error) {
	var c linking.EmailChange
	var from, to []byte
	err := row.Scan(&c.ID, &c.Account, &c.Browser, &c.Ref, &c.Origin.Agent, &c.Origin.Network, &c.Locale, &from, &to, &c.Mails,
		at(&c.LastMailAt), at(&c.CreatedAt), at(&c.Deadline), at(&c.EndedAt), &c.End, &c.Version)
	if err != nil {
		return c, err
	}
	if c.From, err = d.openEmail("email_change", "from_email", string(c.ID), from); err != nil {
		return c, err
	}
	c.To, err = d.openEmail("email_change", "to_email", string(c.ID), to)
	return c, err
}

func (w *work) writeEmailChange(ctx context.Context, c linking.EmailChange) error {
	id := string(c.ID)
	if c.Version > 0 {
		return w.change(ctx, "email_change.moved", `UPDATE email_change SET mails = $2, last_mail_at = $3, ended_at = $4, end_reason = $5,
 version = version + 1 WHERE id = $1 AND version = $6 AND ended_at = 0`, id, c.Mails, micros(c.LastMailAt), micros(c.EndedAt),
			string(c.End), c.Version)
	}
	return w.change(ctx, "email_change.moved", `INSERT INTO email_change (id, account_id, browser_id, ref, agent, network, locale,
 from_email, to_email, mails, last_mail_at, created_at, deadline, ended_at, end_reason, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)`, id, string(c.Account), string(c.Browser),
		string(c.Ref), c.Origin.Agent, c.Origin.Network, c.Locale, w.sealEmail("email_change", "from_email", id, c.From),
		w.sealEmail("email_change", "to_email", id, c.To), c.Mails, micros(c.LastMailAt), micros(c.CreatedAt), micros(c.Deadline),
		micros(c.EndedAt), string(c.End))
}

func (w *work) endFlowsOf(ctx context.Context, o linking.Outcome) error {
	return each(ctx, o.EndFlows, func(ctx context.Context, end linking.FlowsEnd) error { return w.endFlows(ctx, o, end) })
}

// endFlows ends open flows that act for an account, apart from the Outcome's own. They end as if they had been given up.
func (w *work) endFlows(ctx context.Context, o linking.Outcome, end linking.FlowsEnd) error {
	if end.Account == "" {
		return fault.New(fault.Internal, "store.flow_selector")
	}
	args := []any{string(linking.Abandoned), "account.changed", micros(decidedAt(o)), string(end.Account), string(end.ExceptBrowser),
		string(o.Flow.ID)}
	var open []string
	for _, s := range linking.States() {
		if !s.Terminal() {
			args = append(args, string(s))
			open = append(open, placeholder(len(args)))
		}
	}
	_, err := w.exec(ctx, `UPDATE flow SET state = $1, reason = $2, changed_at = $3, version = version + 1
 WHERE owner_id = $4 AND browser_id <> $5 AND id <> $6 AND state IN (`+strings.Join(open, ", ")+")", args...)
	return err
}
