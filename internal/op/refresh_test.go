package op_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/op"
)

// refreshing is a grant with refresh tokens, and a good claim on the last of them.
func refreshing(t *testing.T, kind directory.Refresh) (op.Family, op.Standing, op.Facts, op.RefreshClaim) {
	t.Helper()
	client := registered().Client
	client.Refresh = kind
	q := op.AuthRequest{Client: "pim", Tenant: "acme", Product: "pim", Instance: "acme-pim", Nonce: "n-1",
		Scope: []string{op.ScopeOpenID, op.ScopeEmail, op.ScopeOffline}}
	s := standing(signedIn())
	s.Grant = op.NewGrant(q, client, signedIn(), dana(), "gr_1", noon)
	f, ok := op.NewFamily(s, "rt_1", "good", noon)
	if !ok {
		t.Fatal("no refresh token")
	}
	return f, s, op.Facts{Rollout: directory.RolloutOn}, op.RefreshClaim{Client: client, Hash: "good"}
}

func TestRenew(t *testing.T) {
	type world struct {
		f   *op.Family
		s   *op.Standing
		at  *time.Time
		c   *op.RefreshClaim
		now *op.Facts
	}
	for name, test := range map[string]struct {
		change func(world)
		want   string
	}{
		"good":                 {func(world) {}, ""},
		"narrower":             {func(w world) { w.c.Scope = "openid" }, ""},
		"wider":                {func(w world) { w.c.Scope = "openid profile" }, "invalid_scope"},
		"without openid":       {func(w world) { w.c.Scope = "email" }, "invalid_scope"},
		"another client":       {func(w world) { w.c.Client.ID = "sdm" }, "invalid_grant"},
		"another grant":        {func(w world) { w.f.Grant = "gr_2" }, "invalid_grant"},
		"an older one":         {func(w world) { w.c.Hash = "older" }, "invalid_grant"},
		"idle for a day":       {func(w world) { w.f.Deadline = noon.Add(99 * time.Hour); *w.at = noon.Add(24 * time.Hour) }, "invalid_grant"},
		"family ended":         {func(w world) { w.f.EndedAt = noon }, "invalid_grant"},
		"grant ended":          {func(w world) { w.s.Grant.EndedAt = noon }, "invalid_grant"},
		"signed out":           {func(w world) { w.s.SessionEndedAt = noon }, "invalid_grant"},
		"session over":         {func(w world) { *w.at = w.s.SessionDeadline }, "invalid_grant"},
		"account disabled":     {func(w world) { w.s.Person.Account.Status = "disabled" }, "invalid_grant"},
		"link suspended":       {func(w world) { w.s.Person.Link.State = account.LinkSuspended }, "invalid_grant"},
		"tenant switched off":  {func(w world) { w.now.Rollout = directory.RolloutOff }, "invalid_grant"},
		"tenant declared away": {func(w world) { *w.now = op.Facts{} }, "invalid_grant"},
		"client gets none":     {func(w world) { w.c.Client.Refresh = directory.RefreshNone }, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			f, s, facts, said := refreshing(t, directory.RefreshSession)
			at := noon.Add(time.Hour)
			test.change(world{&f, &s, &at, &said, &facts})
			renewed, err := op.Renew(f, s, facts, said, at)
			if outcome(err) != test.want {
				t.Fatal(err)
			}
			refused, _ := errors.AsType[*op.TokenError](err)
			if (name == "an older one") != (refused != nil && refused.Replayed) {
				t.Errorf("replayed: %+v", refused)
			}
			if err == nil && (renewed.Grant.Nonce != "" || !renewed.Grant.AuthAt.Equal(s.Grant.AuthAt)) {
				t.Errorf("%+v", renewed.Grant)
			}
			if name == "narrower" && renewed.Grant.ScopeText() != "openid" {
				t.Error(renewed.Grant.ScopeText())
			}
		})
	}
}

// An offline family outlives the session, for thirty days and no longer, as long as the client is declared so.
func TestRenewOffline(t *testing.T) {
	f, s, facts, said := refreshing(t, directory.RefreshOffline)
	s.SessionEndedAt, f.UsedAt = noon, noon.Add(29*24*time.Hour+12*time.Hour)
	if _, err := op.Renew(f, s, facts, said, noon.Add(30*24*time.Hour-time.Second)); err != nil {
		t.Error(err)
	}
	if _, err := op.Renew(f, s, facts, said, noon.Add(30*24*time.Hour)); outcome(err) != "invalid_grant" {
		t.Error("after 30 days:", err)
	}
	said.Client.Refresh = directory.RefreshSession
	if _, err := op.Renew(f, s, facts, said, noon.Add(30*24*time.Hour-time.Second)); outcome(err) != "invalid_grant" {
		t.Error("declared otherwise by now:", err)
	}
}

// A session that a product's password began gives no refresh token (ATK-91), and neither does a client without.
func TestNoRefreshToken(t *testing.T) {
	client := registered().Client
	client.Refresh = directory.RefreshOffline
	q := op.AuthRequest{Client: "pim", Tenant: "acme", Product: "pim", Scope: []string{op.ScopeOpenID, op.ScopeOffline}}
	s := standing(limited("ac_1"))
	s.Grant = op.NewGrant(q, client, limited("ac_1"), dana(), "gr_1", noon)
	if s.Grant.ScopeText() != "openid" || s.Grant.Offline {
		t.Errorf("%+v", s.Grant)
	}
	if _, ok := op.NewFamily(s, "rt_1", "h", noon); ok {
		t.Error("a product session got one")
	}
	asks := op.Params{"scope": {"openid offline_access"}}
	if q := parsed(t, asks); strings.Contains(strings.Join(q.Scope, " "), op.ScopeOffline) {
		t.Error("a client without got the scope", q.Scope)
	}
}

func TestParseRefresh(t *testing.T) {
	if id, secret, ok := op.ParseRefresh(op.FormatRefresh("rt_1", "s")); !ok || id != "rt_1" || secret != "s" {
		t.Error(id, secret, ok)
	}
	for _, sent := range []string{"", ".", "a.", ".b", "a", "a.\x00", strings.Repeat("a", 200) + ".b"} {
		if _, _, ok := op.ParseRefresh(sent); ok {
			t.Errorf("%q", sent)
		}
	}
}
