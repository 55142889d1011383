package storetest

import (
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/op"
)

// testConversation: a flow comes with its setting and where it returns to, and with what was switched a moment ago.
func testConversation(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	later := epoch.Add(time.Hour)
	j := newJourney(acme, pim, "dana@acme.example")
	must(t, db.Commit(ctx, j.begin()))
	want := func(what string, uri string) {
		t.Helper()
		f, err := db.Flow(ctx, j.Flow.ID)
		must(t, err)
		setting, err := db.Setting(ctx, acme, pim)
		must(t, err)
		got, err := db.Conversation(ctx, j.Flow.ID)
		must(t, err)
		wantEqual(t, what, got, linking.Conversation{Flow: f, Setting: setting, ReturnURI: uri})
	}
	want("conversation", "")
	must(t, db.OpenID().SaveAuthRequest(ctx, op.AuthRequest{ID: j.Flow.AuthRequest, Client: "pim", Tenant: acme, Product: pim,
		Instance: "acme-pim", RedirectURI: "https://pim.acme.example/callback", CreatedAt: epoch, Deadline: later}))
	want("conversation of a request", "https://pim.acme.example/callback")

	must(t, db.SetRollout(ctx, acme, directory.RolloutOff, "ana", "incident 7", later))
	want("conversation of a tenant that was switched off", "https://pim.acme.example/callback")
	got, err := db.Conversation(ctx, j.Flow.ID)
	must(t, err)
	wantEqual(t, "switch", got.Setting.Tenant.Rollout, directory.RolloutOff)

	_, err = db.Conversation(ctx, "fl_nobodys")
	wantKind(t, err, fault.Missing)
	fewer := Declaration()
	fewer.Tenants, fewer.Instances = fewer.Tenants[1:], fewer.Instances[2:]
	_, err = db.ApplySuite(ctx, fewer, later)
	must(t, err)
	_, err = db.Conversation(ctx, j.Flow.ID)
	wantKind(t, err, fault.Missing)

	alone := newJourney("", "", "dana@acme.example") // a sign-in that no product asked for
	alone.Flow.AuthRequest = ""
	must(t, db.Commit(ctx, alone.begin()))
	got, err = db.Conversation(ctx, alone.Flow.ID)
	must(t, err)
	wantEqual(t, "suite of a flow without a product", got.Setting.Tenant, directory.Tenant{})
	wantEqual(t, "return of a flow without a request", got.ReturnURI, "")
}
