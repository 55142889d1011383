package linking_test

import (
	"reflect"
	"slices"
	"testing"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/linking"
)

// declaredAs changes what was declared for an event.
func declaredAs(e linking.Event, change func(*directory.Setting)) linking.Event {
	change(reflect.ValueOf(e).FieldByName("Act").Interface().(*linking.Act).Setting)
	return e
}

// pilotOf is a pilot of the tenant, whose product has lasting ids.
func pilotOf(people ...string) func(*directory.Setting) {
	return func(s *directory.Setting) {
		s.Tenant.Rollout, s.Tenant.Pilot = directory.RolloutPilot, directory.Pilot{People: people}
	}
}

// switches are the ways in which somebody may be switched off in the middle.
var switches = map[string]struct {
	change func(*directory.Setting)
	reason string
}{
	"the tenant is off":     {func(s *directory.Setting) { s.Tenant.Rollout = directory.RolloutOff }, "tenant.not_enabled"},
	"the product is off":    {func(s *directory.Setting) { s.Instance.Rollout = directory.RolloutOff }, "tenant.not_enabled"},
	"outside of the pilot":  {pilotOf("omar"), "pilot.outside"},
	"outside the product's": {func(s *directory.Setting) { s.Instance.Rollout = directory.RolloutPilot }, "pilot.outside"},
}

// TestSwitchedInTheMiddle (ATK-111): in every state, the next form ends the flow and makes, sends and opens nothing; only a
// report still counts.
func TestSwitchedInTheMiddle(t *testing.T) {
	dana := directory.Who{ExternalID: "42", Username: "dpark", Email: email("dana@acme.example")}
	for name, sw := range switches {
		for _, row := range linking.Transitions() {
			if row.From.Terminal() || row.On == linking.OnStopped || row.On == linking.OnAbandoned {
				continue
			}
			if row.On == linking.OnResetAsked && sw.reason == "pilot.outside" {
				continue // the answer to it must not tell who takes part; the product mails its own people
			}
			t.Run(name+": "+string(row.From)+" "+string(row.On), func(t *testing.T) {
				s := at(row.From)
				s.now = s.now.Add(2 * linking.ResendPause)
				e := declaredAs(every(s)[row.On], sw.change)
				switch known := e.(type) {
				case linking.Identified:
					known.Pilot.Users = []directory.Who{dana}
					e = known
				case linking.AccountPasswordChecked:
					known.Pilot.Users = []directory.Who{dana}
					e = known
				}
				if err := s.apply(e); err != nil {
					t.Fatal(err)
				}
				want := linking.Refused
				if row.From == linking.AwaitJoin {
					want = linking.Linked // the link that was made before the offers stays
				}
				if s.flow.State != want || s.flow.Reason != sw.reason || s.last.Problem != sw.reason {
					t.Fatalf("led to %s, %s", s.flow.State, s.flow.Reason)
				}
				wantNothingBut(t, s.last)
				for kind, again := range every(s) {
					if kind == linking.OnStopped {
						continue
					}
					if err := s.apply(again); err == nil {
						t.Errorf("%s was taken after it", kind)
					}
				}
			})
		}
	}
}

// wantNothingBut holds an outcome to its flow, its events and what it was decided on.
func wantNothingBut(t *testing.T, o linking.Outcome) {
	t.Helper()
	rest := o
	rest.Flow, rest.Events, rest.Reads, rest.Problem = linking.Flow{}, nil, nil, ""
	if !reflect.DeepEqual(rest, linking.Outcome{}) {
		t.Errorf("something is half done: %+v", rest)
	}
	if o.Flow.AdoptHash != "" || o.Flow.CodeHash != "" {
		t.Error("a secret was kept")
	}
}

// TestReportsCountWhileOff: whoever reads a mailbox can stop a flow, or have its link suspended, however it is switched.
func TestReportsCountWhileOff(t *testing.T) {
	for name, sw := range switches {
		for _, state := range []linking.State{linking.AwaitMailbox, linking.AwaitCode, linking.AwaitNewPassword, linking.Linked} {
			s := at(state)
			if err := s.apply(declaredAs(s.stopped(), sw.change)); err != nil {
				t.Fatalf("%s, %s: %v", name, state, err)
			}
			mailed := slices.ContainsFunc(s.last.Mails, func(m linking.Mail) bool { return m.Kind == linking.MailReported })
			suspended := len(s.last.Links) > 0 && s.last.Links[0].State == account.LinkSuspended
			if !mailed || (state == linking.Linked) != suspended {
				t.Errorf("%s, %s: told %v, suspended %v", name, state, mailed, suspended)
			}
		}
	}
}

// TestEveryDecisionRestsOnTheSwitches: the versions of tenant, product and instance are read by every outcome, so that a
// switch turned at the same moment undoes it.
func TestEveryDecisionRestsOnTheSwitches(t *testing.T) {
	for _, row := range linking.Transitions() {
		s := at(row.From)
		s.now = s.now.Add(2 * linking.ResendPause)
		e := declaredAs(every(s)[row.On], func(s *directory.Setting) { s.Instance.Version = 9 })
		if err := s.apply(e); err != nil {
			t.Fatalf("%s %s: %v", row.From, row.On, err)
		}
		for _, want := range []linking.Read{
			{Table: linking.TableTenant, ID: "acme", Version: 3},
			{Table: linking.TableProduct, ID: "pim", Version: 2},
			{Table: linking.TableInstance, Tenant: "acme", ID: "pim", Version: 9},
		} {
			if !slices.Contains(s.last.Reads, want) {
				t.Errorf("%s on %s does not rest on %+v", row.From, row.On, want)
			}
		}
	}
}

// TestWhoIsSentAway: what the first page answers in a pilot, by what the identifier stands for.
func TestWhoIsSentAway(t *testing.T) {
	named := directory.Who{ExternalID: "42", Username: "dpark", Email: email("dana@acme.example")}
	other := directory.Who{ExternalID: "7", Username: "omar", Email: email("omar@acme.example")}
	for name, test := range map[string]struct {
		typed string
		facts linking.PilotFacts
		want  linking.State
	}{
		"somebody who takes part":                  {"dpark", linking.PilotFacts{Users: []directory.Who{named}}, linking.AwaitPassword},
		"somebody who does not":                    {"omar", linking.PilotFacts{Users: []directory.Who{other}}, linking.Refused},
		"the address of somebody who takes part":   {"other@acme.example", linking.PilotFacts{Users: []directory.Who{named}}, linking.AwaitPassword},
		"a name in the pilot, of somebody else":    {"dpark", linking.PilotFacts{Users: []directory.Who{other}}, linking.Refused},
		"nobody":                                   {"nobody", linking.PilotFacts{}, linking.AwaitPassword},
		"two, one of whom takes part":              {"d", linking.PilotFacts{Users: []directory.Who{other, named}}, linking.AwaitPassword},
		"a store that cannot find, a name":         {"DPark", linking.PilotFacts{Blind: true}, linking.AwaitPassword},
		"a store that cannot find, an address":     {"dana@acme.example", linking.PilotFacts{Blind: true}, linking.Refused},
		"a store that cannot find, anybody":        {"nobody", linking.PilotFacts{Blind: true}, linking.Refused},
		"a store that must not tell, who is there": {"dana@acme.example", linking.PilotFacts{Blind: true, Users: []directory.Who{named}}, linking.AwaitPassword},
		"a store that must not tell, who is not":   {"omar", linking.PilotFacts{Blind: true, Users: []directory.Who{other}}, linking.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []linking.State{linking.AwaitIdentifier, linking.AwaitPassword} {
				s := at(from)
				e := linking.Identified{Act: s.dice.act(firstTab), Identifier: identifier(test.typed), Pilot: test.facts}
				if err := s.apply(declaredAs(e, pilotOf("dpark"))); err != nil {
					t.Fatal(err)
				}
				if s.flow.State != test.want {
					t.Errorf("from %s: %s", from, s.flow.State)
				}
			}
		})
	}
}

// TestUniformTellsTheOwnerAlone: where nobody is to learn who is known, everybody gets the password page, a wrong password
// is answered as ever, and only the right one learns that the pilot does not have them.
func TestUniformTellsTheOwnerAlone(t *testing.T) {
	uniform := func(s *directory.Setting) {
		pilotOf("omar")(s)
		s.Suite.Disclosure = directory.Uniform
	}
	facts := linking.PilotFacts{Users: []directory.Who{{ExternalID: "42", Username: "dpark"}}}
	s := at(linking.AwaitIdentifier)
	identified := s.identified().(linking.Identified)
	identified.Pilot = facts
	if err := s.apply(declaredAs(identified, uniform)); err != nil || s.flow.State != linking.AwaitPassword {
		t.Fatal(s.flow.State, err)
	}
	for _, right := range []bool{false, true} {
		for name, e := range map[string]linking.Event{"account": s.accountPassword(right), "product": s.legacy(map[bool]connector.Outcome{true: connector.Match, false: connector.WrongPassword}[right])} {
			if known, ok := e.(linking.AccountPasswordChecked); ok {
				known.Pilot = facts
				e = known
			}
			one := *s
			if err := one.apply(declaredAs(e, uniform)); err != nil {
				t.Fatal(err)
			}
			want := map[bool]string{true: "pilot.outside", false: "password.wrong"}[right]
			if one.last.Problem != want || (one.flow.State == linking.Refused) != right {
				t.Errorf("%s, right %v: %s %s", name, right, one.flow.State, one.last.Problem)
			}
			if len(one.last.Sessions)+len(one.last.ProductAccounts)+len(one.last.Proofs) > 0 {
				t.Errorf("%s, right %v: something came of it", name, right)
			}
		}
	}
}

// TestNobodyIsJudgedWithoutNeed: while a rollout is on, and where no product is opened, a pilot that stands beside counts
// for nothing.
func TestNobodyIsJudgedWithoutNeed(t *testing.T) {
	outsider := linking.PilotFacts{Users: []directory.Who{{ExternalID: "7"}}}
	s := at(linking.AwaitIdentifier)
	e := linking.Identified{Act: s.dice.act(firstTab), Identifier: identifier("omar"), Pilot: outsider}
	if err := s.apply(declaredAs(e, func(s *directory.Setting) { s.Tenant.Pilot.People = []string{"dpark"} })); err != nil || s.flow.State != linking.AwaitPassword {
		t.Error("on:", s.flow.State, err)
	}
}
