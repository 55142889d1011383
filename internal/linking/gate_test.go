package linking_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// gate notes what is done in a place, and what is not.
type gate struct {
	linking.Passwords
	inside, busy bool
	said         []string
}

func (g *gate) Enter() (linking.Place, error) { g.inside = true; return g, nil }
func (g *gate) Aside()                        { g.inside = false }
func (g *gate) Back()                         { g.inside = true }
func (g *gate) Leave()                        { g.inside = false }

func (g *gate) note(what string) {
	if !g.inside {
		what += " aside"
	}
	g.said = append(g.said, what)
}

func (g *gate) hash() error {
	g.note("hash")
	if g.busy {
		return fault.New(fault.Unavailable, "password.busy")
	}
	return nil
}

func (g *gate) Dummy(context.Context, string) error { return g.hash() }
func (g *gate) Verify(context.Context, string, string) (right, old bool, err error) {
	return false, false, g.hash()
}

// asks is a product that notes where it is asked.
type asks struct {
	mute
	g       *gate
	records []connector.Record
}

func (a asks) Find(context.Context, connector.Query) ([]connector.Record, error) {
	a.g.note("find")
	return a.records, nil
}

func (a asks) Verify(context.Context, connector.Check) (connector.Answer, error) {
	a.g.note("ask")
	return connector.Answer{Outcome: connector.WrongPassword}, nil
}

// strangers have no account here.
type strangers struct{ *drawer }

func (strangers) ProductAccount(context.Context, ident.TenantID, ident.ProductID, ident.ExternalID, ident.Generation) (linking.ProductAccountFacts, error) {
	return linking.ProductAccountFacts{}, nil
}

// TestProductsAreAskedAside: everybody hashes in the place they were let in to, whoever they are, and nobody keeps it while a
// product is asked. What nobody has looked at, because there was no turn to hash, is not counted; what a product has, is.
func TestProductsAreAskedAside(t *testing.T) {
	owner := &linking.OwnerFacts{Account: account.Account{ID: "ac-1", Status: account.Active}}
	owner.Credential.Hash = "x"
	one := []connector.Record{{ExternalID: "7", Email: email("vera@acme.example")}}
	for name, c := range map[string]struct {
		nowhere, pilot bool
		owner          *linking.OwnerFacts
		records        []connector.Record
		said           []string
		counted        bool
	}{
		"an account, without a product":     {nowhere: true, owner: owner, said: []string{"hash"}},
		"nobody, without a product":         {nowhere: true, said: []string{"hash"}},
		"nobody":                            {said: []string{"find aside", "hash"}},
		"nobody, in a pilot":                {pilot: true, said: []string{"find aside", "find aside", "hash"}},
		"an account without users, a pilot": {pilot: true, owner: owner, said: []string{"find aside", "hash"}},
		"a user":                            {records: one, said: []string{"find aside", "ask aside", "hash"}, counted: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &drawer{flow: at(linking.AwaitPassword).flow, setting: setting("acme", "pim"), owner: c.owner}
			if c.pilot {
				pilotOf("dpark")(s.setting)
			}
			if c.nowhere {
				s.flow.Product, s.flow.Tenant, s.setting = "", "", setting("", "")
			}
			g, kept := &gate{busy: true}, &shelf{tallies: map[string]linking.Tally{}}
			service := &linking.Service{Store: strangers{s}, Tallies: kept, Connectors: plug{asks{g: g, records: c.records}}, Passwords: g, Dice: draws{&dice{}},
				Now: func() time.Time { return start }}
			_, err := service.Password(t.Context(), asking, "some password")
			if !slices.Equal(g.said, c.said) || g.inside {
				t.Errorf("%v, inside %v, %v", g.said, g.inside, err)
			}
			for key, tally := range kept.tallies {
				if (tally.Failures > 0) != c.counted {
					t.Errorf("%s counts %d, %v", key, tally.Failures, err)
				}
			}
		})
	}
}
