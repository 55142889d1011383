package storetest

import (
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
)

// testRollout: each turn of a switch is kept, and only turns are.
func testRollout(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	later := epoch.Add(time.Hour)
	must(t, db.SetRollout(ctx, acme, directory.RolloutOff, "ana", "incident 7", later))
	must(t, db.SetRollout(ctx, acme, directory.RolloutOff, "bob", "again", later))
	wantKind(t, db.SetRollout(ctx, acme, "half", "bob", "", later), fault.Invalid)
	wantKind(t, db.SetRollout(ctx, "nobody", directory.RolloutOn, "bob", "", later), fault.Missing)

	kept := Declaration()
	kept.Tenants[0].Rollout = ""
	kept.Tenants = append(kept.Tenants, directory.Tenant{ID: "new", Name: "New"})
	_, err := db.ApplySuite(ctx, kept, later)
	must(t, err)
	wantTurns(t, db, acme,
		sqlstore.RolloutChange{Tenant: acme, State: directory.RolloutOn, By: "apply", At: epoch, Version: 1},
		sqlstore.RolloutChange{Tenant: acme, Product: sdm, State: directory.RolloutPilot, Percent: 50, By: "apply", At: epoch, Version: 1},
		sqlstore.RolloutChange{Tenant: acme, Before: directory.RolloutOn, State: directory.RolloutOff, By: "ana", Reason: "incident 7", At: later, Version: 2})
	wantTurns(t, db, "new", sqlstore.RolloutChange{Tenant: "new", State: directory.RolloutOff, By: "apply", At: later, Version: 1})
	tenant, err := db.Tenant(ctx, acme)
	must(t, err)
	wantEqual(t, "rollout that is not declared", tenant.Rollout, directory.RolloutOff)
	_, err = db.ApplySuite(ctx, Declaration(), later)
	must(t, err)
	got, err := db.Rollouts(ctx, acme)
	must(t, err)
	wantEqual(t, "turns after a declared change", len(got), 4)
}

func wantTurns(t *testing.T, db Store, tenant ident.TenantID, want ...sqlstore.RolloutChange) {
	t.Helper()
	got, err := db.Rollouts(t.Context(), tenant)
	must(t, err)
	wantEqual(t, "history of "+string(tenant), got, want)
}

// testPilot: a pilot is turned as a whole, is kept while the switch stands elsewhere, and changing who belongs to it is a
// turn; an instance has a switch of its own.
func testPilot(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	turn := func(want bool, s sqlstore.Switching) {
		t.Helper()
		s.Tenant, s.By, s.At = acme, "ana", epoch.Add(time.Hour)
		changed, err := db.Switch(ctx, s)
		must(t, err)
		wantEqual(t, "changed", changed, want)
	}
	ten := &directory.Pilot{People: []string{"dana@acme.example"}, Percent: 10}
	turn(true, sqlstore.Switching{State: directory.RolloutPilot, Pilot: ten, Reason: "week 1"})
	turn(false, sqlstore.Switching{State: directory.RolloutPilot, Pilot: ten})
	turn(false, sqlstore.Switching{State: directory.RolloutPilot})
	turn(true, sqlstore.Switching{State: directory.RolloutPilot, Pilot: &directory.Pilot{People: ten.People, Percent: 25}})
	turn(true, sqlstore.Switching{State: directory.RolloutOff})
	turn(true, sqlstore.Switching{Product: pim, State: directory.RolloutOff, Reason: "PIM only"})
	turn(false, sqlstore.Switching{Product: pim, State: directory.RolloutOff})

	setting, err := db.Setting(ctx, acme, pim)
	must(t, err)
	wantEqual(t, "the tenant's pilot while it is off", setting.Tenant.Pilot, directory.Pilot{People: ten.People, Percent: 25})
	wantEqual(t, "versions", []int64{setting.Tenant.Version, setting.Instance.Version}, []int64{4, 2})
	wantEqual(t, "the instance's switch", setting.Instance.Rollout, directory.RolloutOff)
	history, err := db.Rollouts(ctx, acme)
	must(t, err)
	wantEqual(t, "the turn that widened it", history[3], sqlstore.RolloutChange{Tenant: acme, Before: directory.RolloutPilot,
		State: directory.RolloutPilot, People: 1, Percent: 25, By: "ana", At: epoch.Add(time.Hour), Version: 3})
	wantEqual(t, "the instance's turn", history[len(history)-1], sqlstore.RolloutChange{Tenant: acme, Product: pim, Before: directory.RolloutOn,
		State: directory.RolloutOff, By: "ana", Reason: "PIM only", At: epoch.Add(time.Hour), Version: 2})

	// A declaration that says nothing of a switch, or only where it stands, leaves the people.
	kept := Declaration()
	for i := range kept.Instances {
		kept.Instances[i].Rollout, kept.Instances[i].Pilot = "", directory.Pilot{}
	}
	_, err = db.ApplySuite(ctx, kept, epoch)
	must(t, err)
	setting, err = db.Setting(ctx, acme, pim)
	must(t, err)
	wantEqual(t, "after a declaration", []any{setting.Tenant.Rollout, setting.Tenant.Pilot.Percent, setting.Instance.Rollout},
		[]any{directory.RolloutOn, 25, directory.RolloutOff})
	other, err := db.Setting(ctx, globex, sdm)
	must(t, err)
	wantEqual(t, "an instance's pilot that is not declared", other.Instance.Pilot, directory.Pilot{Percent: 50})

	_, err = db.Switch(ctx, sqlstore.Switching{Tenant: acme, Product: "nothing", State: directory.RolloutOn})
	wantKind(t, err, fault.Missing)
	_, err = db.Switch(ctx, sqlstore.Switching{Tenant: acme, State: directory.RolloutPilot, Pilot: &directory.Pilot{Percent: 101}})
	wantKind(t, err, fault.Invalid)
}

// testRaceWithInstance: as with a tenant, a product that is switched off for a tenant stops what was decided on its being
// on (ATK-111).
func testRaceWithInstance(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	for range 5 {
		_, err := db.Switch(ctx, sqlstore.Switching{Tenant: acme, Product: pim, State: directory.RolloutOn, At: epoch})
		must(t, err)
		instance, err := db.Instance(ctx, acme, pim)
		must(t, err)
		j := newJourney(acme, pim, id("x")+"@acme.example")
		j.upToFinish(ctx, t, db)
		out := j.finish()
		out.Reads = []linking.Read{{Table: linking.TableInstance, Tenant: acme, ID: string(pim), Version: instance.Version}}
		errs := together(2, func(i int) error {
			if i == 0 {
				return db.Commit(ctx, out)
			}
			_, err := db.Switch(ctx, sqlstore.Switching{Tenant: acme, Product: pim, State: directory.RolloutOff, At: epoch})
			return err
		})
		must(t, errs[1])
		if errs[0] != nil {
			wantKind(t, errs[0], fault.Moved)
		}
		wantKind(t, db.Commit(ctx, linking.Outcome{Reads: out.Reads}), fault.Moved)
	}
}
