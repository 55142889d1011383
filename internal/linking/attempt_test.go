package linking_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
)

// contended is a shelf on which somebody else is faster with a key, once.
type contended struct {
	*shelf
	key    string
	theirs linking.Tally
}

func (s *contended) SetTallies(ctx context.Context, tallies ...linking.Tally) (written []bool, err error) {
	for _, t := range tallies {
		if t.Key == s.key {
			s.key = ""
			s.tallies[t.Key] = s.theirs
			written = append(written, false)
			continue
		}
		one, err := s.shelf.SetTallies(ctx, t)
		if err != nil {
			return nil, err
		}
		written = append(written, one...)
	}
	return written, nil
}

// TestAttemptsOfNetworkAndAccount: each attempt counts once on the network and once on the account, whoever is faster; one that
// may not be made because the network has to wait counts on neither, and one that may not because the account has to counts on the network.
func TestAttemptsOfNetworkAndAccount(t *testing.T) {
	const network, account = "network:192.0.2.0/24", "account:ac-1"
	failures := func(n int, wait time.Duration) linking.Tally {
		t := linking.Tally{Failures: n, FirstAt: start}
		if wait != 0 {
			t.WaitDeadline = start.Add(wait)
		}
		return t
	}
	for name, c := range map[string]struct {
		before      map[string]linking.Tally
		fasterWith  string
		faster      linking.Tally
		key         string
		onNet, onAc int
	}{
		"the first":                        {onNet: 1, onAc: 1},
		"another one":                      {before: map[string]linking.Tally{network: failures(7, 0), account: failures(2, 0)}, onNet: 8, onAc: 3},
		"the network waits":                {before: map[string]linking.Tally{network: failures(20, time.Second)}, key: "attempts.wait", onNet: 20},
		"the account waits":                {before: map[string]linking.Tally{account: failures(5, time.Second)}, key: "attempts.wait", onNet: 1, onAc: 5},
		"one on the network was faster":    {fasterWith: network, faster: failures(1, 0), onNet: 2, onAc: 1},
		"one on the account was faster":    {fasterWith: account, faster: failures(1, 0), onNet: 1, onAc: 2},
		"the network's last was faster":    {fasterWith: network, faster: failures(20, time.Second), key: "attempts.wait", onNet: 20},
		"the account's last was faster":    {fasterWith: account, faster: failures(5, time.Second), key: "attempts.wait", onNet: 1, onAc: 5},
		"a wait that is over is no wait":   {before: map[string]linking.Tally{network: failures(20, -1), account: failures(5, -1)}, onNet: 21, onAc: 6},
		"the network's series is over too": {before: map[string]linking.Tally{network: {Failures: 20, FirstAt: start.Add(-time.Hour)}}, onNet: 1, onAc: 1},
	} {
		s := &contended{shelf: &shelf{tallies: map[string]linking.Tally{}}, key: c.fasterWith, theirs: c.faster}
		maps.Copy(s.tallies, c.before)
		service := &linking.Service{Tallies: s, Passwords: plain{}, Now: func() time.Time { return start }}
		right, err := service.OwnPassword(t.Context(), "ac-1", "stored", "192.0.2.0/24", "typed")
		if right || c.key == "" && err != nil || c.key != "" && fault.KeyOf(err) != c.key {
			t.Errorf("%s: %v, %v", name, right, err)
		}
		if net, ac := s.tallies[network].Failures, s.tallies[account].Failures; net != c.onNet || ac != c.onAc {
			t.Errorf("%s: %d on the network and %d on the account, want %d and %d", name, net, ac, c.onNet, c.onAc)
		}

		if c.key == "" { // the right one takes itself back from the network, and ends the account's series
			before := s.tallies[network].Failures
			if right, err := service.OwnPassword(t.Context(), "ac-1", "stored", "192.0.2.0/24", "stored"); !right && !fault.Is(err, fault.Throttled) {
				t.Errorf("%s: the right password: %v", name, err)
			} else if right && (s.tallies[network].Failures != before || s.tallies[account].Failures != 0) {
				t.Errorf("%s: the right password left %+v", name, s.tallies)
			}
		}
	}
}
