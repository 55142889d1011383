package sqlstore_test

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
)

// testUnlinkedGrant (ATK-24): what a product was given before its link was taken apart is over, and stays over when that is
// taken back, and when the product account is linked again. Grants for other product accounts of the session go on.
func testUnlinkedGrant(t *testing.T, p *provided) {
	drawn := 0
	act := self.Act{Session: p.session, Right: true, Draw: func(prefix string) string {
		drawn++
		return prefix + "_own_" + string(rune('a'+drawn))
	}}
	holds := func(id ident.GrantID) bool {
		t.Helper()
		s, err := p.Standing(p.ctx, id)
		check(t, err)
		return s.Holds(openIDNoon.Add(time.Minute))
	}
	for id, pa := range map[string]ident.ProductAccountID{"gr_1": "pa_1", "gr_2": "pa_3"} {
		g := granted(id)
		g.ProductAccount = pa
		check(t, redeem(p, g))
	}
	check(t, p.store.Commit(p.ctx, linking.Outcome{Credentials: []account.Credential{{ID: "cr_1", Account: "ac_1", Kind: account.Password, Hash: "h"}}}))
	if !holds("gr_1") || !holds("gr_2") {
		t.Fatal("a grant does not hold from the start")
	}
	own, err := p.store.Own(p.ctx, "ac_1")
	check(t, err)
	out, err := self.Unlink(own, "li_1", act, openIDNoon)
	check(t, err)
	check(t, p.store.Commit(p.ctx, out))
	if holds("gr_1") || !holds("gr_2") {
		t.Errorf("after unlinking: %v, %v", holds("gr_1"), holds("gr_2"))
	}
	changes, err := p.store.Changes(p.ctx, "ac_1", openIDNoon)
	check(t, err)
	own, err = p.store.Own(p.ctx, "ac_1")
	check(t, err)
	out, err = self.Undo(changes[0], changes, own, self.Parted{}, act, openIDNoon)
	check(t, err)
	check(t, p.store.Commit(p.ctx, out))
	if holds("gr_1") {
		t.Error("taking it back brought the tokens back")
	}
	own, err = p.store.Own(p.ctx, "ac_1")
	check(t, err)
	out, err = self.Unlink(own, "li_3", act, openIDNoon)
	check(t, err)
	check(t, p.store.Commit(p.ctx, out))
	check(t, p.store.Commit(p.ctx, linking.Outcome{Links: []account.Link{{ID: "li_again", Tenant: "acme", Account: "ac_1", ProductAccount: "pa_3",
		State: account.LinkActive, CreatedAt: openIDNoon, ActiveAt: openIDNoon}}}))
	if holds("gr_2") {
		t.Error("linking it again brought the tokens back")
	}
}
