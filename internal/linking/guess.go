package linking

import (
	"context"

	"ligature/internal/fault"
)

// LinkGuesses slows a network down that opens mailed links which are none, of whatever kind; it waits and never refuses.
func LinkGuesses() AttemptPolicy { return NetworkAttempts() }

// FindLink looks up what a mailed secret leads to. A secret that is none (find fails with fault.Missing) counts at the network
// (ATK-35), one that is counts nowhere: opening a mail writes nothing. While the network waits, nothing is looked up: then it
// fails with fault.Throttled "attempts.wait", whatever the secret.
func (s *Service) FindLink(ctx context.Context, network string, find func() error) error {
	key := "links:" + network
	if network == "" {
		return find()
	}
	t, err := s.counted(ctx, key)
	if err != nil {
		return err
	}
	if wait := t.WaitDeadline.Sub(s.Now()); wait > 0 {
		return fault.Wait("attempts.wait", wait)
	}
	err = find()
	if fault.Is(err, fault.Missing) {
		if counted := s.reserve(ctx, key, LinkGuesses()); counted != nil && !fault.Is(counted, fault.Throttled) {
			return counted
		}
	}
	return err
}
