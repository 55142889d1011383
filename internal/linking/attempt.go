package linking

import (
	"context"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// attempt is one that is to be taken. A right password ends the whole series on its own account; from a network's count it
// takes back itself alone, or one own account would be a licence to guess at all others.
type attempt struct {
	key    string
	policy AttemptPolicy
	series bool
}

// reserve takes one attempt on a key before it is made. It tries again when attempts run side by side, and gives up
// with a short wait when there are too many of them.
func (s *Service) reserve(ctx context.Context, key string, policy AttemptPolicy) error {
	_, err := s.tally(ctx, key, policy)
	return err
}

// tally is reserve that says how it stands now.
func (s *Service) tally(ctx context.Context, key string, policy AttemptPolicy) (Tally, error) {
	for range 8 {
		t, err := s.counted(ctx, key)
		if err != nil {
			return t, err
		}
		next, err := policy.Reserve(t, s.Now())
		if err != nil {
			return t, err
		}
		written, err := s.Tallies.SetTallies(ctx, next)
		if err != nil || written[0] {
			return next, err
		}
	}
	return Tally{}, fault.Wait(keyCrowded, time.Second)
}

// counted is the count of a key.
func (s *Service) counted(ctx context.Context, key string) (Tally, error) {
	t, err := s.Tallies.Tallies(ctx, key)
	if err != nil {
		return Tally{}, err
	}
	return t[0], nil
}

// keyCrowded marks attempts that came side by side so often that none could be counted.
const keyCrowded = "attempts.crowded"

// reserveUser takes an attempt on an account or on a product's user, known or not, and within the budget of a product where
// there is one: one of the few that keep clear of the product's own lockout. Everybody has as many, whether the product would
// be asked or not, so that the wait says nothing.
//
// The network it comes from is first, so that a network that has to wait uses up nobody's attempts.
func (c *passwordCheck) reserveUser(ctx context.Context, key string, policy AttemptPolicy, budget *AttemptPolicy) error {
	var wanted []attempt
	if c.network != "" {
		wanted = append(wanted, attempt{"network:" + c.network, NetworkAttempts(), false})
	}
	wanted = append(wanted, attempt{key, policy, true})
	if budget != nil {
		wanted = append(wanted, attempt{"product:" + key, *budget, true})
	}
	taken, err := c.reserveAtOnce(ctx, wanted)
	if err != nil {
		return err
	}
	for i, w := range wanted {
		if !taken[i] {
			if err := c.reserve(ctx, w.key, w.policy); err != nil {
				c.undo(ctx, wanted[i:], taken[i:])
				return err
			}
		}
		c.reserved = append(c.reserved, w)
	}
	return nil
}

// budgetOf keeps clear of the lockout of the product being opened.
func budgetOf(a *Act) *AttemptPolicy {
	p := ProductAttempts(a.Setting.Connector.Budget())
	return &p
}

// reserveAtOnce takes all attempts in one go if all may be taken, and else none; of those that run side by side with others it
// takes some. It says which it took.
func (c *passwordCheck) reserveAtOnce(ctx context.Context, wanted []attempt) ([]bool, error) {
	keys := make([]string, len(wanted))
	for i, w := range wanted {
		keys[i] = w.key
	}
	tallies, err := c.Tallies.Tallies(ctx, keys...)
	if err != nil {
		return nil, err
	}
	for i, w := range wanted {
		if tallies[i], err = w.policy.Reserve(tallies[i], c.Now()); err != nil {
			return make([]bool, len(wanted)), nil // one after the other says what is to be said
		}
	}
	return c.Tallies.SetTallies(ctx, tallies...)
}

// undo takes back the attempts that were taken ahead of one that may not be.
func (c *passwordCheck) undo(ctx context.Context, wanted []attempt, taken []bool) {
	var keys []string
	for i, w := range wanted {
		if taken[i] {
			keys = append(keys, w.key)
		}
	}
	c.settle(ctx, nil, keys)
}

// takeBack takes back one attempt each, of a password that nobody has looked at.
func (c *passwordCheck) takeBack(ctx context.Context) {
	var keys []string
	for _, taken := range c.reserved {
		keys = append(keys, taken.key)
	}
	c.settle(ctx, nil, keys)
}

// giveBack takes back the attempts of a right password, and one each of more.
func (c *passwordCheck) giveBack(ctx context.Context, more ...string) {
	var over []string
	for _, taken := range c.reserved {
		if taken.series {
			over = append(over, taken.key)
			continue
		}
		more = append(more, taken.key)
	}
	c.settle(ctx, over, more)
}

// settle gives attempts back. What cannot be given back only makes somebody wait sooner; what they came for stands.
func (s *Service) settle(ctx context.Context, over, back []string) {
	if len(over)+len(back) > 0 {
		_ = s.Tallies.Settle(ctx, over, back)
	}
}

// legacyKey counts attempts on one user of one product, whatever was typed to name them.
func legacyKey(f Flow, id ident.ExternalID) string {
	return "legacy:" + string(f.Tenant) + ":" + string(f.Product) + ":" + string(id)
}

// unknownKey counts attempts on what was typed where it names no user.
func unknownKey(f Flow) string { return nobodysKey(f.Identifier) }

// nobodysKey is unknownKey outside of a flow.
func nobodysKey(id ident.Identifier) string { return "unknown:" + id.Key() }

// AccountKey is the key under which attempts on one account are counted.
func AccountKey(id ident.AccountID) string { return "account:" + string(id) }
