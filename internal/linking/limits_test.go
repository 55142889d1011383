package linking_test

import (
	"context"
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// shelf is as much of a store as beginning a flow needs.
type shelf struct {
	linking.Store
	setting directory.Setting
	tallies map[string]linking.Tally
	moves   int // how many writes of a tally come too late
}

func (s *shelf) Setting(context.Context, ident.TenantID, ident.ProductID) (directory.Setting, error) {
	return s.setting, nil
}

func (s *shelf) Commit(context.Context, linking.Outcome) error { return nil }

func (s *shelf) Tallies(_ context.Context, keys ...string) (found []linking.Tally, err error) {
	for _, key := range keys {
		t := s.tallies[key]
		t.Key = key
		found = append(found, t)
	}
	return found, nil
}

func (s *shelf) SetTallies(_ context.Context, tallies ...linking.Tally) (written []bool, err error) {
	for _, t := range tallies {
		written = append(written, s.moves == 0)
		if s.moves > 0 {
			s.moves--
			continue
		}
		s.tallies[t.Key] = t
	}
	return written, nil
}

func (s *shelf) Settle(_ context.Context, over, back []string) error {
	for _, key := range over {
		delete(s.tallies, key)
	}
	for _, key := range back {
		if t := s.tallies[key]; t.Failures > 0 {
			t.Failures--
			s.tallies[key] = t
		}
	}
	return nil
}

// lots draws identifiers that nobody looks at.
type lots struct{ linking.Dice }

func (lots) ID(prefix string) string { return prefix }
func (lots) Ref() string             { return "K7Q-4MD" }

// A network may begin as many flows in an hour as the tenant says, and then waits; other networks and other tenants do not.
func TestFlowsOfANetworkWait(t *testing.T) {
	now := start
	s := &shelf{setting: *setting("acme", "pim"), tallies: map[string]linking.Tally{}}
	s.setting.Tenant.FlowsPerHour = 3
	service := linking.Service{Store: s, Tallies: s, Dice: lots{}, Now: func() time.Time { return now }}
	begin := func(tenant ident.TenantID, network string) error {
		_, err := service.Begin(t.Context(), linking.Start{Tenant: tenant, Product: "pim", Browser: firstTab, Origin: linking.Origin{Network: network}})
		return err
	}
	for range 3 {
		if err := begin("acme", "192.0.2.0/24"); err != nil {
			t.Fatal(err)
		}
	}
	err := begin("acme", "192.0.2.0/24")
	if fault.KeyOf(err) != "flows.wait" || !fault.Is(err, fault.Throttled) || fault.AfterOf(err) != 15*time.Second {
		t.Errorf("the fourth: %v after %v", err, fault.AfterOf(err))
	}
	for _, other := range []struct {
		name, tenant, network string
	}{{"another network", "acme", "198.51.100.0/24"}, {"another tenant", "globex", "192.0.2.0/24"}, {"no network", "acme", ""}} {
		if err := begin(ident.TenantID(other.tenant), other.network); err != nil {
			t.Errorf("%s: %v", other.name, err)
		}
	}
	now = now.Add(15 * time.Second)
	if err := begin("acme", "192.0.2.0/24"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	now = now.Add(time.Hour)
	for range 3 {
		if err := begin("acme", "192.0.2.0/24"); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	}

	// So many at once that none can be counted are let through: the limit slows down, and refuses nobody.
	s.moves = 1000
	if err := begin("acme", "203.0.113.0/24"); err != nil {
		t.Errorf("uncounted: %v", err)
	}
}

// Nothing more goes to a mailbox until its hour, or its day, is over.
func TestMailsToAMailboxEnd(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy linking.AttemptPolicy
		window time.Duration
	}{{"hour", linking.MailsPerHour(2), time.Hour}, {"day", linking.MailsPerDay(2), 24 * time.Hour}} {
		t.Run(c.name, func(t *testing.T) {
			var tally linking.Tally
			var err error
			for range 2 {
				if tally, err = c.policy.Reserve(tally, start); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := c.policy.Reserve(tally, start.Add(time.Minute)); fault.AfterOf(err) != c.window-time.Minute {
				t.Errorf("the third waits %v", fault.AfterOf(err))
			}
			if _, err := c.policy.Reserve(tally, start.Add(c.window)); err != nil {
				t.Errorf("after the %s: %v", c.name, err)
			}
		})
	}
}
