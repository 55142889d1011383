package storetest

import (
	"reflect"
	"testing"

	"ligature/internal/directory"
	"ligature/internal/fault"
)

// testApply: applying makes the rows equal to the declaration, touches only what differs, and says what it did.
func testApply(t *testing.T, open Opener) {
	ctx, db := background(t), open(t, nil)
	apply := func(d directory.Declaration, want ...string) {
		t.Helper()
		got, err := db.ApplySuite(ctx, d, epoch)
		must(t, err)
		wantEqual(t, "changes", got, append([]string(nil), want...))
	}
	apply(Declaration(), "suite added", "product pim added", "product sdm added", "connector pim-sql added", "connector sdm-http added",
		"tenant acme added", "tenant globex added", "client pim added", "client sdm added", "instance acme/pim added",
		"instance acme/sdm added", "instance globex/pim added", "instance globex/sdm added")
	apply(Declaration())

	d := Declaration()
	d.Suite.Brand.Account = "Renamed"
	d.Products[0].Color = "#000000"
	d.Tenants[0].Administrators = d.Tenants[0].Administrators[:1]
	d.Connectors[0].LockoutThreshold = 9
	d.Clients[0].SecretHash = "another"
	d.Instances[0].RedirectURIs = d.Instances[0].RedirectURIs[:1]
	apply(d, "suite changed", "product pim changed", "connector pim-sql changed", "tenant acme changed", "client pim changed",
		"instance acme/pim changed")
	apply(d)
	setting, err := db.Setting(ctx, acme, pim)
	must(t, err)
	wantEqual(t, "versions", []int64{setting.Suite.Version, setting.Tenant.Version, setting.Product.Version, setting.Instance.Version,
		setting.Connector.Version}, []int64{2, 2, 2, 2, 2})
	other, err := db.Setting(ctx, globex, sdm)
	must(t, err)
	wantEqual(t, "versions of what did not change", []int64{other.Tenant.Version, other.Product.Version, other.Instance.Version,
		other.Connector.Version}, []int64{1, 1, 1, 1})

	fewer := Declaration()
	fewer.Tenants, fewer.Instances = fewer.Tenants[:1], fewer.Instances[:2]
	apply(fewer, "suite changed", "product pim changed", "connector pim-sql changed", "tenant acme changed", "tenant globex withdrawn",
		"client pim changed", "instance acme/pim changed", "instance globex/pim withdrawn", "instance globex/sdm withdrawn")
	_, err = db.Setting(ctx, globex, pim)
	wantKind(t, err, fault.Missing)
	_, err = db.InstanceByRedirect(ctx, "pim", "https://pim.globex.example/callback")
	wantKind(t, err, fault.Missing)
	apply(fewer)
	apply(Declaration(), "tenant globex restored", "instance globex/pim restored", "instance globex/sdm restored")
	_, err = db.Setting(ctx, globex, pim)
	must(t, err)

	// A redirect URI may move from one instance to another.
	moved := Declaration()
	moved.Instances[0].RedirectURIs, moved.Instances[2].RedirectURIs = moved.Instances[2].RedirectURIs, moved.Instances[0].RedirectURIs
	apply(moved, "instance acme/pim changed", "instance globex/pim changed")
	instance, err := db.InstanceByRedirect(ctx, "pim", "https://pim.acme.example/callback")
	must(t, err)
	wantEqual(t, "tenant of the moved URI", instance.Tenant, globex)
}

// testIncoherent: a declaration that contradicts itself is refused whole.
func testIncoherent(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	before := dump(ctx, t, db)
	for name, change := range map[string]func(d *directory.Declaration){
		"shared redirect URI": func(d *directory.Declaration) { d.Instances[2].RedirectURIs = d.Instances[0].RedirectURIs },
		"unknown connector":   func(d *directory.Declaration) { d.Instances[0].Connector = "nothing" },
		"unknown client":      func(d *directory.Declaration) { d.Instances[0].Client = "nothing" },
		"unknown tenant":      func(d *directory.Declaration) { d.Instances[0].Tenant = "nothing" },
		"unknown product":     func(d *directory.Declaration) { d.Clients[0].Product = "nothing" },
	} {
		t.Run(name, func(t *testing.T) {
			d := Declaration()
			d.Suite.Brand.Account = "Renamed"
			change(&d)
			_, err := db.ApplySuite(ctx, d, epoch)
			wantKind(t, err, fault.Invalid)
			wantEqual(t, "the database after a refused declaration", dump(ctx, t, db), before)
		})
	}
}

// testDirectoryReads: what was declared is what is read.
func testDirectoryReads(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	want := Declaration()
	versioned(reflect.ValueOf(&want).Elem())

	setting, err := db.Setting(ctx, acme, pim)
	must(t, err)
	wantEqual(t, "setting", setting, directory.Setting{Suite: want.Suite, Tenant: want.Tenants[0], Product: want.Products[0],
		Instance: want.Instances[0], Connector: want.Connectors[0]})
	setting, err = db.Setting(ctx, acme, "")
	must(t, err)
	wantEqual(t, "setting of a tenant", setting, directory.Setting{Suite: want.Suite, Tenant: want.Tenants[0]})
	setting, err = db.Setting(ctx, "", "")
	must(t, err)
	wantEqual(t, "setting of the suite", setting, directory.Setting{Suite: want.Suite})

	var got directory.Declaration
	for _, read := range []func() error{
		func() (err error) { got.Suite, err = db.Suite(ctx); return err },
		func() (err error) { got.Products, err = db.Products(ctx); return err },
		func() (err error) { got.Tenants, err = db.Tenants(ctx); return err },
		func() (err error) { got.Connectors, err = db.Connectors(ctx); return err },
		func() (err error) { got.Clients, err = db.Clients(ctx); return err },
		func() (err error) { got.Instances, err = db.Instances(ctx); return err },
	} {
		must(t, read())
	}
	wantEqual(t, "declaration", got, want)

	products, err := db.ProductsOf(ctx, globex)
	must(t, err)
	wantEqual(t, "products of a tenant", products, want.Products)
	client, err := db.Client(ctx, "sdm")
	must(t, err)
	wantEqual(t, "client", client, want.Clients[1])
	served, err := db.InstancesOf(ctx, "pim")
	must(t, err)
	wantEqual(t, "instances of a client", served, []directory.Instance{want.Instances[0], want.Instances[2]})
	for uri, found := range map[string]bool{"https://pim.globex.example/other": true, "https://pim.globex.example/other/": false,
		"https://pim.globex.example/OTHER": false, "https://sdm.globex.example/callback": false, "https://example/bye": false} {
		instance, err := db.InstanceByRedirect(ctx, "pim", uri)
		if found {
			must(t, err)
			wantEqual(t, uri, instance, want.Instances[2])
		} else {
			wantKind(t, err, fault.Missing)
		}
	}
}

// versioned sets every Version field to 1.
func versioned(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Version" {
				v.Field(i).SetInt(1)
			} else if v.Field(i).CanSet() {
				versioned(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			versioned(v.Index(i))
		}
	}
}
