package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
)

// byApply is who changed a rollout that was declared.
const byApply = "apply"

// ApplySuite makes the declared rows equal to the declaration, in one transaction, and says what it changed: "product
// pim added", "… changed", "… withdrawn" or "… restored". Only changed rows get a new version, so that applying the
// same again disturbs nobody. What is not declared any more is marked withdrawn and kept, because people's rows refer
// to it. fault.Invalid "suite.incoherent" when two instances of a client have the same redirect URI, or when something
// refers to what is not there.
func (d *DB) ApplySuite(ctx context.Context, declared directory.Declaration, now time.Time) ([]string, error) {
	var changes []string
	err := d.txWithin(ctx, suiteTTL, func(ctx context.Context, w *work) error {
		found, err := w.applySuite(ctx, declared.Suite)
		if err != nil {
			return err
		}
		for _, apply := range []func() ([]string, error){
			func() ([]string, error) { return reconcile(ctx, w, productKind(), declared.Products, now) },
			func() ([]string, error) { return reconcile(ctx, w, connectorKind(), declared.Connectors, now) },
			func() ([]string, error) { return w.applyTenants(ctx, declared.Tenants, now) },
			func() ([]string, error) { return reconcile(ctx, w, clientKind(), declared.Clients, now) },
			func() ([]string, error) { return w.applyInstances(ctx, declared.Instances, now) },
		} {
			more, err := apply()
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		changes = found
		if len(found) == 0 {
			return nil
		}
		return w.revise(ctx)
	})
	if fault.Is(err, fault.Moved) {
		err = fault.Wrap(fault.Invalid, "suite.incoherent", err)
	}
	return changes, err
}

// applySuite writes the one row of the suite. It comes first and is held to the end, so that several processes that
// start together apply one after the other.
func (w *work) applySuite(ctx context.Context, s directory.Suite) ([]string, error) {
	empty := suiteValues(directory.Suite{})
	if _, err := w.exec(ctx, `INSERT INTO suite (id, issuer, brand, locale, disclosure, on_link, session_full, session_full_idle,
 session_product, session_product_idle, flows_per_hour, mails_per_hour, mails_per_day, version)
 VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)
 ON CONFLICT (id) DO NOTHING`, empty...); err != nil {
		return nil, err
	}
	if err := w.change(ctx, "suite.moved", "UPDATE suite SET version = version WHERE id = 1"); err != nil {
		return nil, err
	}
	stored, err := one(ctx, w, "suite.missing", scanSuite, "SELECT "+suiteColumns+" FROM suite WHERE id = 1")
	if err != nil {
		return nil, err
	}
	if stored.Version > 0 && slices.Equal(suiteValues(stored), suiteValues(s)) {
		return nil, nil
	}
	what := map[bool]string{true: "suite added", false: "suite changed"}[stored.Version == 0]
	return []string{what}, w.change(ctx, "suite.moved", `UPDATE suite SET issuer = $1, brand = $2, locale = $3, disclosure = $4,
 on_link = $5, session_full = $6, session_full_idle = $7, session_product = $8, session_product_idle = $9,
 flows_per_hour = $10, mails_per_hour = $11, mails_per_day = $12, version = version + 1 WHERE id = 1`, suiteValues(s)...)
}

// applyTenants keeps what a tenant does not declare of its switch, and records each turn.
func (w *work) applyTenants(ctx context.Context, declared []directory.Tenant, now time.Time) ([]string, error) {
	stored, err := storedRows(ctx, w, tenantKind())
	if err != nil {
		return nil, err
	}
	tenants, turns := slices.Clone(declared), []RolloutChange{}
	for i := range tenants {
		t := &tenants[i]
		before := stored[string(t.ID)].value
		t.Rollout, t.Pilot = settled(t.Rollout, t.Pilot, before.Rollout, before.Pilot, directory.RolloutOff)
		if turned(before.Rollout, before.Pilot, t.Rollout, t.Pilot) {
			turns = append(turns, RolloutChange{Tenant: t.ID, Before: before.Rollout, State: t.Rollout, By: byApply, At: now,
				People: len(t.Pilot.People), Percent: t.Pilot.Percent, Version: before.Version + 1})
		}
	}
	changes, err := reconcile(ctx, w, tenantKind(), tenants, now)
	if err != nil {
		return nil, err
	}
	return changes, each(ctx, turns, w.writeRollout)
}

// applyInstances does the same for instances. One that is new and switched on has not been turned.
func (w *work) applyInstances(ctx context.Context, declared []directory.Instance, now time.Time) ([]string, error) {
	stored, err := storedRows(ctx, w, instanceKind())
	if err != nil {
		return nil, err
	}
	instances, turns := slices.Clone(declared), []RolloutChange{}
	for i := range instances {
		in := &instances[i]
		before, known := stored[string(in.Tenant)+"/"+string(in.Product)]
		in.Rollout, in.Pilot = settled(in.Rollout, in.Pilot, before.value.Rollout, before.value.Pilot, directory.RolloutOn)
		if turned(before.value.Rollout, before.value.Pilot, in.Rollout, in.Pilot) && (known || in.Rollout != directory.RolloutOn) {
			turns = append(turns, RolloutChange{Tenant: in.Tenant, Product: in.Product, Before: before.value.Rollout, State: in.Rollout,
				By: byApply, At: now, People: len(in.Pilot.People), Percent: in.Pilot.Percent, Version: before.value.Version + 1})
		}
	}
	changes, err := reconcile(ctx, w, instanceKind(), instances, now)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	if err := each(ctx, turns, w.writeRollout); err != nil {
		return nil, err
	}
	return changes, w.writeRedirects(ctx, instances)
}

// settled is where a switch stands that may not be declared: where it stood, or, when there was none, where it begins.
// Only a declared pilot says who belongs to it.
func settled(declared directory.Rollout, pilot directory.Pilot, before directory.Rollout, had directory.Pilot, begins directory.Rollout) (directory.Rollout, directory.Pilot) {
	if declared != directory.RolloutPilot {
		pilot = had
	}
	return cmp.Or(declared, before, begins), pilot
}

// turned reports that a switch does not stand where it stood.
func turned(before directory.Rollout, had directory.Pilot, state directory.Rollout, pilot directory.Pilot) bool {
	return before != state || packPilot(had) != packPilot(pilot)
}

// writeRedirects writes the index of redirect URIs anew, because a URI may move from one instance to another.
func (w *work) writeRedirects(ctx context.Context, instances []directory.Instance) error {
	if _, err := w.exec(ctx, "DELETE FROM instance_redirect"); err != nil {
		return err
	}
	for _, i := range instances {
		if i.Client == "" {
			continue
		}
		for _, uri := range slices.Compact(slices.Sorted(slices.Values(i.RedirectURIs))) {
			if _, err := w.exec(ctx, "INSERT INTO instance_redirect (client_id, uri, tenant_id, product_id) VALUES ($1, $2, $3, $4)",
				string(i.Client), uri, string(i.Tenant), string(i.Product)); err != nil {
				return err
			}
		}
	}
	return nil
}

func productKind() declaredKind[directory.Product] {
	return declaredKind[directory.Product]{name: "product", table: "product", keys: 1, selects: productColumns,
		fields: productFields, values: productValues, columns: []string{"id", "name", "mark", "color", "on_link", "weak", "shared",
			"mailbox_resets_password", "addresses_proven", "other_address", "reset_pause"}}
}

func tenantKind() declaredKind[directory.Tenant] {
	return declaredKind[directory.Tenant]{name: "tenant", table: "tenant", keys: 1, selects: tenantColumns,
		fields: tenantFields, values: tenantValues, columns: []string{"id", "name", "rollout", "administrators", "email_domains",
			"time_zone", "flows_per_hour", "pilot"}}
}

func connectorKind() declaredKind[directory.ConnectorSpec] {
	return declaredKind[directory.ConnectorSpec]{name: "connector", table: "connector_spec", keys: 1, selects: connectorColumns,
		fields: connectorFields, values: connectorValues, columns: []string{"name", "kind", "options", "id_stable", "lockout_threshold"}}
}

func clientKind() declaredKind[directory.Client] {
	return declaredKind[directory.Client]{name: "client", table: "client", keys: 1, selects: clientColumns,
		fields: clientFields, values: clientValues, columns: []string{"id", "product_id", "name", "secret_hash", "auth_method",
			"pkce_optional", "id_token_alg", "api_scopes", "refresh", "introspects", "jwks", "require_pushed", "logout_uri", "logout_private"}}
}

func instanceKind() declaredKind[directory.Instance] {
	return declaredKind[directory.Instance]{name: "instance", table: "instance", keys: 2, selects: instanceColumns,
		fields: instanceFields, values: instanceValues, columns: []string{"tenant_id", "product_id", "id", "connector_name",
			"client_id", "redirect_uris", "post_logout_redirect_uris", "home_url", "login_url", "reset_url", "rollout", "pilot"}}
}
