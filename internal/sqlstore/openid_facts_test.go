package sqlstore_test

import (
	"reflect"
	"testing"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
)

func subjects(f op.Facts) string {
	list := ""
	for _, person := range f.Persons {
		list += string(person.ProductAccount.Subject) + " "
	}
	return list
}

func testFacts(t *testing.T, p *provided) {
	limited := account.Session{ID: "se_p", Scope: account.ScopeProduct, Tenant: "acme", Product: "pim", ProductAccount: "pa_2"}
	for name, test := range map[string]struct {
		tenant  ident.TenantID
		product ident.ProductID
		session *op.Session
		want    string
	}{
		"nobody":                    {"acme", "pim", nil, ""},
		"full, first linked first":  {"acme", "pim", &p.session, "sub_3 sub_1 "},
		"full, other product":       {"acme", "sdm", &p.session, "sub_4 "},
		"full, suspended elsewhere": {"globex", "pim", &p.session, ""},
		"full, of somebody else":    {"globex", "sdm", &p.session, ""},
		"limited":                   {"acme", "pim", &limited, "sub_2 "},
		"limited, other product":    {"acme", "sdm", &limited, ""},
		"limited, other tenant":     {"globex", "pim", &limited, ""},
	} {
		facts, err := p.Facts(p.ctx, test.tenant, test.product, test.session)
		if err != nil || subjects(facts) != test.want || facts.Rollout == "" {
			t.Errorf("%s: %+v %v", name, facts, err)
		}
	}
	facts, err := p.Facts(p.ctx, "acme", "pim", &p.session)
	check(t, err)
	person := facts.Persons[1]
	if person.Email.Key() != "dana@example.com" || person.Account.Name != "Dana Doe" || person.Account.Status != account.Active ||
		person.Link.State != account.LinkActive || person.Link.ProductAccount != "pa_1" || person.Link.Tenant != "acme" {
		t.Errorf("%+v", person)
	}
	unproven := p.session
	unproven.Account = "ac_2"
	if facts, err := p.Facts(p.ctx, "globex", "sdm", &unproven); err != nil || subjects(facts) != "sub_6 " || !facts.Persons[0].Email.IsZero() {
		t.Errorf("an address that was not verified: %+v %v", facts, err)
	}
	if _, err := p.Facts(p.ctx, "nowhere", "pim", &p.session); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
}

// testSessionFacts: who is found by a session's name is who is found by the session, and the session comes with them.
func testSessionFacts(t *testing.T, p *provided) {
	limited, empty, ended := p.session, p.session, p.session
	limited.ID, limited.Scope, limited.Account, limited.Tenant, limited.Product, limited.ProductAccount = "se_limited", account.ScopeProduct, "", "acme", "pim", "pa_2"
	empty.ID, empty.Account = "se_empty", "ac_2"
	ended.ID = "se_ended"
	check(t, p.store.Commit(p.ctx, linking.Outcome{Sessions: []account.Session{limited, empty, ended}}))
	check(t, p.store.EndSession(p.ctx, ended.ID, openIDNoon))
	check(t, p.AnswerRequest(p.ctx, granted("gr_1"), op.Choice{Session: p.session.ID, Tenant: "acme", Product: "pim", Link: "li_1", At: openIDNoon}))
	for _, id := range []ident.SessionID{p.session.ID, limited.ID, empty.ID, ended.ID, "se_none", ""} {
		for _, product := range []ident.ProductID{"pim", "sdm"} {
			var known *op.Session
			if s, err := p.store.Session(p.ctx, id); err == nil {
				known = &s
			}
			want, err := p.Facts(p.ctx, "acme", product, known)
			check(t, err)
			got, err := p.SessionFacts(p.ctx, "acme", product, id)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s in %s: got %+v (%v), want %+v", id, product, got, err, want)
			}
			if id == p.session.ID && (got.Session == nil || len(got.Persons) == 0) || (id == "" || id == "se_none") != (got.Session == nil) {
				t.Errorf("%s in %s: %+v", id, product, got)
			}
		}
	}
	if _, err := p.SessionFacts(p.ctx, "nowhere", "pim", p.session.ID); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
}

func testFactsRollout(t *testing.T, p *provided) {
	check(t, p.store.SetRollout(p.ctx, "acme", "off", "test", "", openIDNoon))
	for _, session := range []*op.Session{nil, &p.session} {
		if facts, err := p.Facts(p.ctx, "acme", "pim", session); err != nil || facts.Rollout != "off" {
			t.Errorf("%+v %v", facts, err)
		}
	}
}
