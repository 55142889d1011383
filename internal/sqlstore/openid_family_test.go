package sqlstore_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
)

func family(grant ident.GrantID) op.Family {
	return op.Family{ID: ident.FamilyID("rt_" + grant), Tenant: "acme", Grant: grant, Client: "pim", Hash: "h1-" + string(grant), Turn: 1,
		CreatedAt: openIDNoon, UsedAt: openIDNoon, IdleTTL: 24 * time.Hour, Deadline: openIDNoon.Add(30 * 24 * time.Hour)}
}

// testFamily (ATK-101): a family comes back as it was kept, of many that bring one token one rotates it, and the end of its
// grant ends it.
func testFamily(t *testing.T, p *provided) {
	g := granted("gr_1")
	g.Offline = true
	check(t, redeem(p, g))
	f := family("gr_1")
	check(t, p.SaveFamily(p.ctx, f))
	if got, err := p.Family(p.ctx, f.ID); err != nil || !reflect.DeepEqual(got, f) {
		t.Errorf("got %+v (%v), want %+v", got, err, f)
	}
	if _, err := p.Family(p.ctx, "rt_unknown"); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	results := make([]error, 12)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { results[i] = p.RotateFamily(p.ctx, f, fmt.Sprint("h2-", i), openIDNoon.Add(time.Hour)) })
	}
	all.Wait()
	winner := ""
	for i, err := range results {
		switch {
		case err == nil && winner == "":
			winner = fmt.Sprint("h2-", i)
		case !fault.Is(err, fault.Moved):
			t.Error(i, err)
		}
	}
	got, err := p.Family(p.ctx, f.ID)
	if err != nil || got.Hash != winner || got.Turn != 2 || !got.UsedAt.Equal(openIDNoon.Add(time.Hour)) {
		t.Errorf("%+v %v, %s won", got, err, winner)
	}
	check(t, p.EndGrant(p.ctx, "gr_1", openIDNoon.Add(2*time.Hour)))
	if err := p.RotateFamily(p.ctx, got, "h3", openIDNoon.Add(3*time.Hour)); !fault.Is(err, fault.Moved) {
		t.Error("after its end:", err)
	}
	got, err = p.Family(p.ctx, f.ID)
	s, errStanding := p.Standing(p.ctx, "gr_1")
	if err != nil || errStanding != nil || !got.EndedAt.Equal(openIDNoon.Add(2*time.Hour)) || !s.Grant.EndedAt.Equal(got.EndedAt) || !s.Grant.Offline {
		t.Errorf("%+v %+v", got, s.Grant)
	}
}

// testFamilyEnds: what ends an account's sessions ends what outlives them, and every refresh token; signing out in one
// browser leaves what outlives the session.
func testFamilyEnds(t *testing.T, p *provided) {
	for i, offline := range []bool{true, false} {
		g := granted(fmt.Sprint("gr_", i+1))
		g.Offline = offline
		check(t, redeem(p, g))
		check(t, p.SaveFamily(p.ctx, family(g.ID)))
	}
	ended := func(grant ident.GrantID) (bool, bool) {
		t.Helper()
		s, err := p.Standing(p.ctx, grant)
		check(t, err)
		f, err := p.Family(p.ctx, family(grant).ID)
		check(t, err)
		return !s.Grant.EndedAt.IsZero(), !f.EndedAt.IsZero()
	}
	flow := linking.Outcome{EndSessions: []linking.SessionsEnd{{Account: "ac_1", ExceptSession: "se_full"}}}
	check(t, p.store.Commit(p.ctx, flow))
	if g, f := ended("gr_1"); g || f {
		t.Error("the session that goes on lost its own")
	}
	check(t, p.EndGrants(p.ctx, "se_full", openIDNoon))
	if g, _ := ended("gr_1"); g {
		t.Error("signing out ended the offline grant")
	}
	if g, _ := ended("gr_2"); !g {
		t.Error("signing out left a grant")
	}
	session := p.session
	session.ID, session.Browser = "se_new", "br_2"
	check(t, p.store.Commit(p.ctx, linking.Outcome{EndSessions: []linking.SessionsEnd{{Account: "ac_2"}}}))
	if g, _ := ended("gr_1"); g {
		t.Error("another account's end")
	}
	check(t, p.store.Commit(p.ctx, linking.Outcome{Sessions: []account.Session{session}, EndSessions: []linking.SessionsEnd{{Account: "ac_1"}}}))
	if g, f := ended("gr_1"); !g || !f {
		t.Error("a new password left the offline grant", g, f)
	}
	if _, f := ended("gr_2"); !f {
		t.Error("a new password left a refresh token")
	}
	if n, err := p.ForgetOpenID(p.ctx, openIDNoon.Add(24*time.Hour), 10); err != nil || n != 0 {
		t.Error("forgotten early:", n, err)
	}
	for range 2 {
		_, err := p.ForgetOpenID(p.ctx, openIDNoon.Add(31*24*time.Hour), 1)
		check(t, err)
	}
	_, err := p.ForgetOpenID(p.ctx, openIDNoon.Add(31*24*time.Hour), 10)
	check(t, err)
	if _, err := p.Standing(p.ctx, "gr_1"); !fault.Is(err, fault.Missing) {
		t.Error("kept for ever:", err)
	}
}
