package linking_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// drawer is a store of one flow; what else a Store can do is not asked of it here.
type drawer struct {
	linking.Store
	flow    linking.Flow
	setting *directory.Setting
	owner   *linking.OwnerFacts
}

func (s *drawer) Setting(context.Context, ident.TenantID, ident.ProductID) (directory.Setting, error) {
	return *s.setting, nil
}
func (s *drawer) Conversation(context.Context, ident.FlowID) (linking.Conversation, error) {
	return linking.Conversation{Flow: s.flow, Setting: *s.setting}, nil
}
func (s *drawer) Owner(context.Context, ident.TenantID, ident.ProductID, ident.Identifier) (*linking.OwnerFacts, error) {
	return s.owner, nil
}
func (s *drawer) Commit(_ context.Context, o linking.Outcome) error { s.flow = o.Flow; return nil }

// uncounted counts nothing.
type uncounted struct{}

func (uncounted) Tallies(_ context.Context, keys ...string) ([]linking.Tally, error) {
	return make([]linking.Tally, len(keys)), nil
}

func (uncounted) SetTallies(_ context.Context, all ...linking.Tally) ([]bool, error) {
	return slices.Repeat([]bool{true}, len(all)), nil
}

func (uncounted) Settle(context.Context, []string, []string) error { return nil }

// draws draws identifiers.
type draws struct{ *dice }

func (l draws) ID(prefix string) string                              { return l.next(prefix) }
func (l draws) Secret() string                                       { return l.next("secret") }
func (l draws) SessionSecret(string) string                          { return l.Secret() }
func (l draws) OTP() string                                          { return l.next("otp") }
func (l draws) Ref() string                                          { return l.next("ref") }
func (l draws) Hash(_, secret string) string                         { return secret }
func (l draws) Derive(_, secret string) string                       { return secret }
func (l draws) CodeHash(_ ident.FlowID, typed string) (string, bool) { return typed, true }

// mute is a product's store that cannot find anybody.
type mute struct{}

func (mute) Ping(context.Context) error { return nil }
func (mute) Close() error               { return nil }

// finds is one that can.
type finds struct {
	mute
	records []connector.Record
	err     error
}

func (f finds) Find(context.Context, connector.Query) ([]connector.Record, error) {
	return f.records, f.err
}

// plug gives the one connector there is.
type plug struct{ in connector.Connector }

func (p plug) Connector(ident.ConnectorName) (connector.Connector, error) { return p.in, nil }

// TestWhomAnIdentifierStandsFor: what the first page does in a pilot of "dpark", by what the store can do and says, and by
// whether the identifier belongs to an account that is linked.
func TestWhomAnIdentifierStandsFor(t *testing.T) {
	dana := []connector.Record{*record("42")}
	omar := []connector.Record{{ExternalID: "7", Username: "omar"}}
	linked := func(w directory.Who) *linking.OwnerFacts { return &linking.OwnerFacts{Users: []directory.Who{w}} }
	down := fault.New(fault.Unavailable, "connector.timeout")
	for name, test := range map[string]struct {
		store   connector.Connector
		owner   *linking.OwnerFacts
		lasting bool
		typed   string
		want    string
	}{
		"found, in":                               {finds{records: dana}, nil, true, "dana@acme.example", "await_password"},
		"found, out":                              {finds{records: omar}, nil, true, "omar", "refused"},
		"found nobody":                            {finds{}, nil, true, "nobody", "await_password"},
		"down":                                    {finds{err: down}, nil, true, "omar", "connector.timeout"},
		"down, linked, in":                        {finds{err: down}, linked(directory.Who{ExternalID: "42", Username: "dpark"}), true, "dana@acme.example", "await_password"},
		"down, linked, out":                       {finds{err: down}, linked(directory.Who{ExternalID: "7", Username: "omar"}), true, "omar", "refused"},
		"an account without a link here, in":      {finds{records: dana}, &linking.OwnerFacts{}, true, "dana@acme.example", "await_password"},
		"an account without a link here, nobody":  {finds{}, &linking.OwnerFacts{}, true, "dana@acme.example", "await_password"},
		"linked as somebody who takes part":       {finds{records: omar}, linked(directory.Who{ExternalID: "42", Username: "dpark"}), true, "omar", "await_password"},
		"cannot find, named":                      {mute{}, nil, true, "dpark", "await_password"},
		"cannot find, anybody":                    {mute{}, nil, true, "nobody", "refused"},
		"no lasting ids, found under a name":      {finds{records: dana}, nil, false, "dana@acme.example", "await_password"},
		"no lasting ids, found and not named":     {finds{records: omar}, nil, false, "omar", "refused"},
		"no lasting ids, unknown is told no less": {finds{}, nil, false, "nobody", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &drawer{flow: begun(), setting: setting("acme", "pim"), owner: test.owner}
			pilotOf("dpark")(s.setting)
			s.setting.Tenant.Pilot.Percent = 0
			s.setting.Connector.IDStable = test.lasting
			service := &linking.Service{Store: s, Tallies: uncounted{}, Connectors: plug{test.store}, Dice: draws{&dice{}},
				Now: func() time.Time { return start }}
			result, err := service.Identify(t.Context(), linking.Step{Flow: "fl-1", Browser: firstTab}, test.typed)
			got := string(result.Flow.State)
			if err != nil {
				got = fault.KeyOf(err)
			}
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if err != nil && s.flow.State != linking.AwaitIdentifier {
				t.Errorf("the place was not kept: %s", s.flow.State)
			}
		})
	}
}
