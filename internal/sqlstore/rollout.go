package sqlstore

import (
	"context"
	"strconv"
	"time"

	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// RolloutChange is one turn of a tenant's switch.
type RolloutChange struct {
	Tenant        ident.TenantID
	Before, State directory.Rollout // Before is empty for a new tenant
	By, Reason    string
	At            time.Time
	Version       int64 // of the tenant, which the change made
}

// SetRollout turns a tenant's switch and records who did it and why. Turning it to where it is changes nothing.
// fault.Missing when the tenant is not declared, fault.Invalid "rollout.state" for what is no state.
func (d *DB) SetRollout(ctx context.Context, tenant ident.TenantID, state directory.Rollout, by, reason string, now time.Time) error {
	switch state {
	case directory.RolloutOff, directory.RolloutPilot, directory.RolloutOn:
	default:
		return fault.New(fault.Invalid, "rollout.state")
	}
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		// An update that changes nothing takes the row, on both databases.
		if _, err := w.exec(ctx, "UPDATE tenant SET version = version WHERE id = $1", string(tenant)); err != nil {
			return err
		}
		before, err := one(ctx, w, "tenant.missing", scanTenant, "SELECT "+tenantColumns+" FROM tenant WHERE id = $1 AND withdrawn_at = 0", string(tenant))
		if err != nil || before.Rollout == state {
			return err
		}
		if err := w.change(ctx, "tenant.moved", "UPDATE tenant SET rollout = $2, version = version + 1 WHERE id = $1", string(tenant), string(state)); err != nil {
			return err
		}
		return w.writeRollout(ctx, RolloutChange{Tenant: tenant, Before: before.Rollout, State: state, By: by, Reason: reason,
			At: now, Version: before.Version + 1})
	})
}

// Rollouts are the turns of a tenant's switch, oldest first.
func (d *DB) Rollouts(ctx context.Context, tenant ident.TenantID) ([]RolloutChange, error) {
	return many(ctx, d.reader(), func(row scanner) (c RolloutChange, err error) {
		return c, row.Scan(&c.Tenant, &c.Before, &c.State, &c.By, &c.Reason, at(&c.At), &c.Version)
	}, "SELECT tenant_id, before_state, state, changed_by, reason, at, version FROM rollout WHERE tenant_id = $1 ORDER BY version", string(tenant))
}

// writeRollout writes the history and its event. The event's id follows from the tenant and the turn, since there is
// exactly one.
func (w *work) writeRollout(ctx context.Context, c RolloutChange) error {
	err := w.change(ctx, "rollout.moved", `INSERT INTO rollout (tenant_id, before_state, state, changed_by, reason, at, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7)`, string(c.Tenant), string(c.Before), string(c.State), c.By, c.Reason, micros(c.At), c.Version)
	if err != nil {
		return err
	}
	return w.writeEvents(ctx, []audit.Event{{ID: ident.EventID("rollout_" + string(c.Tenant) + "_" + strconv.FormatInt(c.Version, 10)),
		Tenant: c.Tenant, At: c.At, Action: audit.RolloutChanged, Reason: string(c.State)}})
}
