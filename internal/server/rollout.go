package server

import (
	"context"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/sqlstore"
)

// PilotState is who takes part in a pilot.
type PilotState struct {
	People  []string `json:"people"`
	Percent int      `json:"percent"`
}

// TenantState is a tenant with its switch, and, where they were asked for, those of its products.
type TenantState struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Rollout string `json:"rollout"`
	// Pilot is set while Rollout is pilot.
	Pilot    *PilotState    `json:"pilot,omitempty"`
	Products []ProductState `json:"products,omitempty"`
}

// ProductState is a product of a tenant with its own switch.
type ProductState struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Rollout string      `json:"rollout"`
	Pilot   *PilotState `json:"pilot,omitempty"`
	// InForce is what its switch and the tenant's come to.
	InForce string `json:"in_force"`
}

func pilotState(state directory.Rollout, p directory.Pilot) *PilotState {
	if state != directory.RolloutPilot {
		return nil
	}
	return &PilotState{People: append([]string{}, p.People...), Percent: p.Percent}
}

// Tenants are the declared tenants and their products, by id.
func (d *Desk) Tenants(ctx context.Context) ([]TenantState, error) {
	tenants, err := d.s.db.Tenants(ctx)
	states := make([]TenantState, 0, len(tenants))
	for i := 0; err == nil && i < len(tenants); i++ {
		state := tenantState(tenants[i])
		state.Products, err = d.products(ctx, tenants[i])
		states = append(states, state)
	}
	return states, err
}

func tenantState(t directory.Tenant) TenantState {
	return TenantState{ID: string(t.ID), Name: t.Name, Rollout: string(t.Rollout), Pilot: pilotState(t.Rollout, t.Pilot)}
}

func (d *Desk) products(ctx context.Context, t directory.Tenant) ([]ProductState, error) {
	products, err := d.s.db.ProductsOf(ctx, t.ID)
	var states []ProductState
	for i := 0; err == nil && i < len(products); i++ {
		var setting directory.Setting
		setting, err = d.s.db.Setting(ctx, t.ID, products[i].ID)
		in := setting.Instance
		states = append(states, ProductState{ID: string(products[i].ID), Name: products[i].Name, Rollout: string(in.Rollout),
			Pilot: pilotState(in.Rollout, in.Pilot), InForce: string(setting.Rollout())})
	}
	return states, err
}

// Turn is one turn of a tenant's switch, or, with a Product, of that of one of its products.
type Turn struct {
	At      time.Time `json:"at"`
	Product string    `json:"product,omitempty"`
	Before  string    `json:"before,omitempty"`
	State   string    `json:"state"`
	// People and Percent are the pilot after a turn to pilot: how many are named, and the share.
	People  int    `json:"people,omitempty"`
	Percent int    `json:"percent,omitempty"`
	By      string `json:"by"`
	Reason  string `json:"reason,omitempty"`
}

// History are the turns of a tenant's switches, oldest first; with a product, those of its own alone. fault.Missing when
// the tenant, or its instance of the product, is not declared.
func (d *Desk) History(ctx context.Context, tenant, product string) ([]Turn, error) {
	if _, err := d.s.db.Tenant(ctx, ident.TenantID(tenant)); err != nil {
		return nil, err
	}
	if product != "" {
		if _, err := d.s.db.Instance(ctx, ident.TenantID(tenant), ident.ProductID(product)); err != nil {
			return nil, err
		}
	}
	changes, err := d.s.db.Rollouts(ctx, ident.TenantID(tenant))
	turns := make([]Turn, 0, len(changes))
	for _, c := range changes {
		if product != "" && string(c.Product) != product {
			continue
		}
		turn := Turn{At: c.At, Product: string(c.Product), Before: string(c.Before), State: string(c.State), By: c.By, Reason: c.Reason}
		if c.State == directory.RolloutPilot {
			turn.People, turn.Percent = c.People, c.Percent
		}
		turns = append(turns, turn)
	}
	return turns, err
}

// Switching is an order to turn a switch.
type Switching struct {
	Tenant string
	// Product is whose switch is meant; empty for the tenant's.
	Product string
	State   directory.Rollout
	// People and Percent are who takes part in a pilot from now on; nil leaves those who did.
	People     []string
	Percent    *int
	By, Reason string
}

// Switch turns a switch and keeps who did it and why. changed is false when it stood there already. Running servers go by
// it at once. Errors: fault.Missing "tenant.missing" and "instance.missing"; fault.Invalid "rollout.state",
// "rollout.percent", "person.malformed", "rollout.nobody" for a pilot that has nobody in it, and "rollout.no_ids" for a share
// of a product without lasting ids.
func (d *Desk) Switch(ctx context.Context, s Switching) (after TenantState, changed bool, err error) {
	if changed, err = turn(ctx, d.s.db, s, d.s.now()); err != nil {
		return TenantState{}, false, err
	}
	t, err := d.s.db.Tenant(ctx, ident.TenantID(s.Tenant))
	after = tenantState(t)
	if err == nil && s.Product != "" {
		after.Products, err = d.products(ctx, t)
	}
	return after, changed, err
}

// Switch is the same on a running server.
func (s *Server) Switch(ctx context.Context, order Switching) (changed bool, err error) {
	changed, err = turn(ctx, s.db, order, s.now())
	s.provider.Forget()
	return changed, err
}

// SetRollout switches a tenant, and says who did it and why.
func (s *Server) SetRollout(ctx context.Context, tenant ident.TenantID, state directory.Rollout, by, reason string) error {
	err := s.db.SetRollout(ctx, tenant, state, by, reason, s.now())
	s.provider.Forget()
	return err
}

// turn gives an order to the store.
func turn(ctx context.Context, db *sqlstore.DB, s Switching, now time.Time) (bool, error) {
	tenant, product := ident.TenantID(s.Tenant), ident.ProductID(s.Product)
	order := sqlstore.Switching{Tenant: tenant, Product: product, State: s.State, By: s.By, Reason: s.Reason, At: now}
	if s.State != directory.RolloutPilot {
		return db.Switch(ctx, order)
	}
	pilot, lasting, err := pilotOf(ctx, db, tenant, product)
	if err != nil {
		return false, err
	}
	if s.Percent != nil {
		pilot.Percent = *s.Percent
	}
	if s.People != nil {
		pilot.People = nil
	}
	for _, name := range s.People {
		key, err := ident.PersonKey(name)
		if err != nil {
			return false, err
		}
		pilot.People = append(pilot.People, key)
	}
	switch {
	case len(pilot.People) == 0 && pilot.Percent == 0:
		return false, fault.New(fault.Invalid, "rollout.nobody")
	case pilot.Percent > 0 && !lasting:
		return false, fault.New(fault.Invalid, "rollout.no_ids")
	}
	order.Pilot = &pilot
	return db.Switch(ctx, order)
}

// pilotOf is the pilot as it stands; lasting is false for a product whose users have no lasting ids.
func pilotOf(ctx context.Context, db *sqlstore.DB, tenant ident.TenantID, product ident.ProductID) (p directory.Pilot, lasting bool, err error) {
	t, err := db.Tenant(ctx, tenant)
	if err != nil || product == "" {
		return t.Pilot, true, err
	}
	if _, err := db.Instance(ctx, tenant, product); err != nil {
		return p, false, err
	}
	setting, err := db.Setting(ctx, tenant, product)
	return setting.Instance.Pilot, setting.Connector.IDStable, err
}
