package sqlstore

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// RolloutChange is one turn of a switch: a tenant's, or, with a Product, that of its instance of the product.
type RolloutChange struct {
	Tenant        ident.TenantID
	Product       ident.ProductID
	Before, State directory.Rollout // Before is empty for what was new
	// People and Percent are the pilot after the turn: how many are named, and the share. The names are not kept.
	People, Percent int
	By, Reason      string
	At              time.Time
	Version         int64 // of the tenant or instance, which the change made
}

// Switching is an order to turn a switch.
type Switching struct {
	Tenant  ident.TenantID
	Product ident.ProductID // empty: the tenant's own switch
	State   directory.Rollout
	// Pilot is who takes part from now on; nil leaves those who did.
	Pilot      *directory.Pilot
	By, Reason string
	At         time.Time
}

// Switch turns a switch and records who did it and why. Turning it to where it is changes nothing; changed says so.
// fault.Missing "tenant.missing" or "instance.missing" for what is not declared, fault.Invalid "rollout.state" for what
// is no state and "rollout.percent" for what is no share.
func (d *DB) Switch(ctx context.Context, s Switching) (changed bool, err error) {
	switch s.State {
	case directory.RolloutOff, directory.RolloutPilot, directory.RolloutOn:
	default:
		return false, fault.New(fault.Invalid, "rollout.state")
	}
	if s.Pilot != nil && (s.Pilot.Percent < 0 || s.Pilot.Percent > 100) {
		return false, fault.New(fault.Invalid, "rollout.percent")
	}
	err = d.tx(ctx, func(ctx context.Context, w *work) error {
		before, had, version, err := w.takeSwitch(ctx, s.Tenant, s.Product)
		if err != nil {
			return err
		}
		pilot := had
		if s.Pilot != nil {
			pilot = *s.Pilot
		}
		changed = turned(before, had, s.State, pilot)
		if !changed {
			return nil
		}
		return w.turn(ctx, RolloutChange{Tenant: s.Tenant, Product: s.Product, Before: before, State: s.State, By: s.By, Reason: s.Reason,
			People: len(pilot.People), Percent: pilot.Percent, At: s.At, Version: version + 1}, pilot)
	})
	return changed, err
}

// takeSwitch reads a switch for changing it: an update that changes nothing takes the row, on both databases. That of the
// suite is what applying a declaration holds.
func (w *work) takeSwitch(ctx context.Context, tenant ident.TenantID, product ident.ProductID) (state directory.Rollout, pilot directory.Pilot, version int64, err error) {
	if _, err := w.exec(ctx, "UPDATE suite SET version = version WHERE id = 1"); err != nil {
		return "", pilot, 0, err
	}
	if product == "" {
		if _, err := w.exec(ctx, "UPDATE tenant SET version = version WHERE id = $1", string(tenant)); err != nil {
			return "", pilot, 0, err
		}
	}
	t, err := one(ctx, w, "tenant.missing", scanTenant, "SELECT "+tenantColumns+" FROM tenant WHERE id = $1 AND withdrawn_at = 0", string(tenant))
	if err != nil || product == "" {
		return t.Rollout, t.Pilot, t.Version, err
	}
	const row = " WHERE tenant_id = $1 AND product_id = $2"
	if _, err := w.exec(ctx, "UPDATE instance SET version = version"+row, string(tenant), string(product)); err != nil {
		return "", pilot, 0, err
	}
	i, err := one(ctx, w, "instance.missing", scanInstance, "SELECT "+instanceColumns+" FROM instance"+row+" AND withdrawn_at = 0", string(tenant), string(product))
	return i.Rollout, i.Pilot, i.Version, err
}

// turn writes a switch and its history.
func (w *work) turn(ctx context.Context, c RolloutChange, pilot directory.Pilot) error {
	var err error
	if c.Product == "" {
		err = w.change(ctx, "tenant.moved", "UPDATE tenant SET rollout = $2, pilot = $3, version = version + 1 WHERE id = $1",
			string(c.Tenant), string(c.State), packPilot(pilot))
	} else {
		err = w.change(ctx, "instance.moved", `UPDATE instance SET rollout = $3, pilot = $4, version = version + 1
 WHERE tenant_id = $1 AND product_id = $2`, string(c.Tenant), string(c.Product), string(c.State), packPilot(pilot))
	}
	if err != nil {
		return err
	}
	if err := w.revise(ctx); err != nil {
		return err
	}
	return w.writeRollout(ctx, c)
}

// SetRollout turns a tenant's own switch and leaves its pilot as it is; see Switch.
func (d *DB) SetRollout(ctx context.Context, tenant ident.TenantID, state directory.Rollout, by, reason string, now time.Time) error {
	_, err := d.Switch(ctx, Switching{Tenant: tenant, State: state, By: by, Reason: reason, At: now})
	return err
}

// Rollouts are the turns of a tenant's switch and of those of its instances, oldest first.
func (d *DB) Rollouts(ctx context.Context, tenant ident.TenantID) ([]RolloutChange, error) {
	return many(ctx, d.reader(), func(row scanner) (c RolloutChange, err error) {
		return c, row.Scan(&c.Tenant, &c.Product, &c.Before, &c.State, &c.By, &c.Reason, at(&c.At), &c.People, &c.Percent, &c.Version)
	}, `SELECT tenant_id, '' AS product_id, before_state, state, changed_by, reason, at, people, percent, version FROM rollout
 WHERE tenant_id = $1
 UNION ALL SELECT tenant_id, product_id, before_state, state, changed_by, reason, at, people, percent, version FROM instance_rollout
 WHERE tenant_id = $1 ORDER BY at, product_id, version`, string(tenant))
}

// writeRollout writes the history and its event. The event's id follows from the switch and the turn, since there is
// exactly one; ids have no underscore.
func (w *work) writeRollout(ctx context.Context, c RolloutChange) error {
	args := []any{string(c.Tenant), string(c.Before), string(c.State), c.By, c.Reason, micros(c.At), c.Version, c.People, c.Percent}
	name, reason := string(c.Tenant), string(c.State)
	var err error
	if c.Product == "" {
		err = w.change(ctx, "rollout.moved", `INSERT INTO rollout (tenant_id, before_state, state, changed_by, reason, at, version, people, percent)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, args...)
	} else {
		name, reason = name+"_"+string(c.Product), string(c.Product)+" "+reason
		err = w.change(ctx, "rollout.moved", `INSERT INTO instance_rollout (tenant_id, before_state, state, changed_by, reason, at, version,
 people, percent, product_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, append(args, string(c.Product))...)
	}
	if err != nil {
		return err
	}
	return w.writeEvents(ctx, []audit.Event{{ID: ident.EventID("rollout_" + name + "_" + strconv.FormatInt(c.Version, 10)),
		Tenant: c.Tenant, At: c.At, Action: audit.RolloutChanged, Reason: reason}})
}

// pilotColumn reads a pilot; the empty text is nobody.
type pilotColumn struct{ p *directory.Pilot }

// Scan takes a JSON text.
func (c pilotColumn) Scan(src any) error {
	var s string
	if err := text(&s).Scan(src); err != nil {
		return err
	}
	*c.p = directory.Pilot{}
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), c.p)
}

// packPilot is the parameter for pilotColumn.
func packPilot(p directory.Pilot) string {
	if len(p.People) == 0 && p.Percent == 0 {
		return ""
	}
	return pack(p)
}
