package sqlstore_test

import (
	"reflect"
	"testing"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
)

func subjects(f op.Facts) string {
	list := ""
	for _, person := range f.Persons {
		list += string(person.ProductAccount.Subject) + " "
	}
	return list
}

// signedIn keeps sessions that differ from Dana's in what change says, each under its name.
func (p *provided) signedIn(t *testing.T, change map[ident.SessionID]func(*account.Session)) {
	t.Helper()
	var o linking.Outcome
	for id, change := range change {
		s := p.session
		s.ID = id
		change(&s)
		o.Sessions = append(o.Sessions, s)
	}
	check(t, p.store.Commit(p.ctx, o))
}

func testFacts(t *testing.T, p *provided) {
	p.signedIn(t, map[ident.SessionID]func(*account.Session){
		"se_limited": func(s *account.Session) {
			s.Scope, s.Account, s.Tenant, s.Product, s.ProductAccount = account.ScopeProduct, "", "acme", "pim", "pa_2"
		},
		"se_other": func(s *account.Session) { s.Account = "ac_2" },
		"se_ended": func(*account.Session) {},
	})
	check(t, p.store.EndSession(p.ctx, "se_ended", openIDNoon))
	for name, test := range map[string]struct {
		tenant  ident.TenantID
		product ident.ProductID
		session ident.SessionID
		want    string
	}{
		"nobody":                    {"acme", "pim", "", ""},
		"no such session":           {"acme", "pim", "se_none", ""},
		"full, first linked first":  {"acme", "pim", "se_full", "sub_3 sub_1 "},
		"full, other product":       {"acme", "sdm", "se_full", "sub_4 "},
		"full, suspended elsewhere": {"globex", "pim", "se_full", ""},
		"full, of somebody else":    {"globex", "sdm", "se_full", ""},
		"full, without an email":    {"globex", "sdm", "se_other", "sub_6 "},
		"ended":                     {"acme", "sdm", "se_ended", "sub_4 "},
		"limited":                   {"acme", "pim", "se_limited", "sub_2 "},
		"limited, other product":    {"acme", "sdm", "se_limited", ""},
		"limited, other tenant":     {"globex", "pim", "se_limited", ""},
	} {
		facts, err := p.Facts(p.ctx, test.tenant, test.product, test.session)
		if err != nil || subjects(facts) != test.want || facts.Rollout == "" {
			t.Errorf("%s: %+v %v", name, facts, err)
		}
		// The session comes with them as it is read by itself, ended or not.
		var known *op.Session
		if s, err := p.store.Session(p.ctx, test.session); err == nil {
			known = &s
		}
		if !reflect.DeepEqual(facts.Session, known) || (known == nil) != (test.session == "" || test.session == "se_none") {
			t.Errorf("%s: got %+v, want %+v", name, facts.Session, known)
		}
	}
	for _, session := range []ident.SessionID{"", "se_full", "se_limited"} {
		if _, err := p.Facts(p.ctx, "nowhere", "pim", session); !fault.Is(err, fault.Missing) {
			t.Errorf("%q: %v", session, err)
		}
	}
}

// testFactsPerson: somebody is told about as they are, and with an address only when it was verified.
func testFactsPerson(t *testing.T, p *provided) {
	facts, err := p.Facts(p.ctx, "acme", "pim", p.session.ID)
	check(t, err)
	person := facts.Persons[1]
	if person.Email.Key() != "dana@example.com" || person.Account.Name != "Dana Doe" || person.Account.Status != account.Active ||
		person.Link.State != account.LinkActive || person.Link.ProductAccount != "pa_1" || person.Link.Tenant != "acme" {
		t.Errorf("%+v", person)
	}
	p.signedIn(t, map[ident.SessionID]func(*account.Session){"se_other": func(s *account.Session) { s.Account = "ac_2" }})
	if facts, err := p.Facts(p.ctx, "globex", "sdm", "se_other"); err != nil || len(facts.Persons) != 1 || !facts.Persons[0].Email.IsZero() {
		t.Errorf("an address that was not verified: %+v %v", facts, err)
	}
}

func testFactsRollout(t *testing.T, p *provided) {
	check(t, p.store.SetRollout(p.ctx, "acme", "off", "test", "", openIDNoon))
	for _, session := range []ident.SessionID{"", p.session.ID} {
		if facts, err := p.Facts(p.ctx, "acme", "pim", session); err != nil || facts.Rollout != "off" {
			t.Errorf("%+v %v", facts, err)
		}
	}
}

// testRevision: whatever is declared or switched, another server that had read the setting before knows it at once.
func testRevision(t *testing.T, p *provided) {
	open := func() *sqlstore.DB {
		db, err := sqlstore.Open(p.ctx, sqlstore.Config{URL: p.store.URL(), Sealer: storetest.Sealer{}})
		check(t, err)
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	read := func(db *sqlstore.DB) (s directory.Setting) {
		s, err := db.Setting(p.ctx, "acme", "pim")
		check(t, err)
		return s
	}
	declare := func(change func(*directory.Declaration)) func() error {
		return func() error {
			d := storetest.Declaration()
			change(&d)
			_, err := p.store.ApplySuite(p.ctx, d, openIDNoon)
			return err
		}
	}
	other := open()
	for name, change := range map[string]func() error{
		"switched": func() error { return p.store.SetRollout(p.ctx, "acme", "off", "test", "", openIDNoon) },
		"product switched": func() error {
			_, err := p.store.Switch(p.ctx, sqlstore.Switching{Tenant: "acme", Product: "pim", State: "off", By: "test", At: openIDNoon})
			return err
		},
		"suite":     declare(func(d *directory.Declaration) { d.Suite.Brand.Account = "Renamed" }),
		"tenant":    declare(func(d *directory.Declaration) { d.Tenants[0].Name = "Renamed" }),
		"product":   declare(func(d *directory.Declaration) { d.Products[0].Name = "Renamed" }),
		"connector": declare(func(d *directory.Declaration) { d.Connectors[0].LockoutThreshold = 9 }),
		"instance":  declare(func(d *directory.Declaration) { d.Instances[0].HomeURL = "https://renamed.example/" }),
	} {
		check(t, declare(func(*directory.Declaration) {})())
		before := read(other)
		check(t, change())
		after := read(open())
		if reflect.DeepEqual(before, after) {
			t.Errorf("%s: nothing changed", name)
		}
		for _, db := range []*sqlstore.DB{other, p.store.DB} {
			if got := read(db); !reflect.DeepEqual(got, after) {
				t.Errorf("%s: got %+v, want %+v", name, got, after)
			}
		}
		facts, err := other.OpenID().Facts(p.ctx, "acme", "pim", p.session.ID)
		if err != nil || facts.Rollout != after.Rollout() || len(facts.Persons) == 0 {
			t.Errorf("%s: %+v %v", name, facts, err)
		}
	}
	check(t, declare(func(d *directory.Declaration) { d.Tenants, d.Instances = d.Tenants[1:], d.Instances[2:] })())
	if _, err := other.Setting(p.ctx, "acme", "pim"); !fault.Is(err, fault.Missing) {
		t.Errorf("withdrawn: %v", err)
	}
	if _, err := other.OpenID().Facts(p.ctx, "acme", "pim", p.session.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("withdrawn: %v", err)
	}
}
