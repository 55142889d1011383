package sqlstore_test

import (
	"testing"
	"time"

	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/sqlstore/storetest"
)

// testLogout: the clients that were given something in a session are told of its end, by whatever it ends, each once however
// many servers look, again when they could not be told, and nobody else is.
func testLogout(t *testing.T, p *provided) {
	d := storetest.Declaration()
	d.Clients[0].LogoutURI, d.Clients[0].LogoutPrivate = "https://pim.acme.example/logout", true
	_, err := p.store.ApplySuite(p.ctx, d, openIDNoon)
	check(t, err)
	for id, client := range map[string]ident.ClientID{"gr_1": "pim", "gr_2": "sdm", "gr_3": "pim"} {
		g := granted(id)
		g.Client = client
		if id != "gr_3" { // whose code never came back: the client knows nobody by it
			check(t, redeem(p, g))
		}
	}
	claim := func(at time.Time) []op.Logout {
		t.Helper()
		due, err := p.store.ClaimLogouts(p.ctx, at, 10, time.Minute)
		check(t, err)
		return due
	}
	check(t, p.store.Commit(p.ctx, linking.Outcome{EndSessions: []linking.SessionsEnd{{Account: "ac_2"}}}))
	if due := claim(openIDNoon); len(due) != 0 {
		t.Errorf("told of nothing: %+v", due)
	}
	// A link that is taken apart ends what the product made of a session that goes on.
	over := linking.GrantsEnd{Account: "ac_1", Tenant: "acme", ProductAccount: "pa_1"}
	check(t, p.store.Commit(p.ctx, linking.Outcome{EndGrants: []linking.GrantsEnd{over}}))
	if due := claim(openIDNoon); len(due) != 1 || due[0].Client != "pim" || due[0].Session != "se_full" {
		t.Fatalf("told of an unlinking: %+v", due)
	} else {
		check(t, p.store.LogoutTold(p.ctx, due[0]))
	}
	check(t, p.store.EndSession(p.ctx, "se_full", openIDNoon))
	check(t, p.store.EndSession(p.ctx, "se_full", openIDNoon))
	due := claim(openIDNoon)
	want := op.Logout{Session: "se_full", Client: "pim", Subject: "sub_1", URI: "https://pim.acme.example/logout", Private: true, Algorithm: "ES256", Attempt: 1}
	if len(due) != 1 || due[0] != want {
		t.Fatalf("%+v", due)
	}
	if again := claim(openIDNoon); len(again) != 0 {
		t.Errorf("claimed twice: %+v", again)
	}
	if back := claim(openIDNoon.Add(time.Minute)); len(back) != 1 || back[0].Attempt != 2 {
		t.Errorf("after the lease: %+v", back)
	}
	check(t, p.store.LogoutFailed(p.ctx, due[0], openIDNoon.Add(time.Hour)))
	if early := claim(openIDNoon.Add(59 * time.Minute)); len(early) != 0 {
		t.Errorf("too early: %+v", early)
	}
	if due = claim(openIDNoon.Add(time.Hour)); len(due) != 1 {
		t.Fatalf("%+v", due)
	}
	check(t, p.store.LogoutTold(p.ctx, due[0]))
	if left := claim(openIDNoon.Add(24 * time.Hour)); len(left) != 0 {
		t.Errorf("told twice: %+v", left)
	}
}
