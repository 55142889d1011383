package linking_test

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// TestAnother: who may begin to link one more account, and where.
func TestAnother(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*linking.Another)
		fresh  bool
		want   string
	}{
		"good":                             {func(*linking.Another) {}, true, ""},
		"a product not linked yet":         {func(w *linking.Another) { w.Product = "sdm" }, true, ""},
		"in the last moment":               {func(w *linking.Another) { w.Session.AuthAt = start.Add(-15*time.Minute + 1) }, true, ""},
		"fifteen minutes after a password": {func(w *linking.Another) { w.Session.AuthAt = start.Add(-15 * time.Minute) }, false, ""},
		"nobody is signed in":              {func(w *linking.Another) { w.Session = nil }, false, "another.session"},
		"signed out":                       {func(w *linking.Another) { w.Session.EndedAt = start }, false, "another.session"},
		"a session of one product":         {func(w *linking.Another) { w.Session.Scope = account.ScopeProduct }, false, "another.session"},
		"a session without an account":     {func(w *linking.Another) { w.Session.Account = "" }, false, "another.session"},
		"a tenant without a link":          {func(w *linking.Another) { w.Tenant = "globex" }, false, "product.missing"},
		"a product the tenant has not":     {func(w *linking.Another) { w.Product = "web" }, false, "product.missing"},
		"no product":                       {func(w *linking.Another) { w.Product = "" }, false, "product.missing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := linking.Another{Tenant: "acme", Product: "pim", Linked: []ident.TenantID{"acme"}, Products: []ident.ProductID{"pim", "sdm"},
				Session: &account.Session{ID: "se_1", Account: "ac_1", Scope: account.ScopeFull, AuthAt: start, UsedAt: start,
					IdleTTL: time.Hour, Deadline: start.Add(time.Hour)}}
			test.change(&w)
			fresh, err := w.Check(start)
			if key := fault.KeyOf(err); fresh != test.fresh || (err != nil || test.want != "") && key != test.want {
				t.Errorf("fresh %v, %q; want %v, %q", fresh, key, test.fresh, test.want)
			}
		})
	}
}
