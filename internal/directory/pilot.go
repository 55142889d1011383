package directory

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"ligature/internal/ident"
)

// Pilot is who takes part while a switch stands at RolloutPilot: whoever is named, and a share of all others.
type Pilot struct {
	// People are named by ident.PersonKey.
	People []string `json:"people,omitempty"`
	// Percent is the share, 0 to 100.
	Percent int `json:"percent,omitempty"`
}

// Who is a product's own user, in as much as a pilot can name it: facts of the product and nothing else, because they
// are the same whatever somebody types to sign in.
type Who struct {
	ExternalID ident.ExternalID
	Username   string
	Email      ident.Email
}

// Names reports whether the user is named: by its id, its username or the address that the product records.
func (p Pilot) Names(w Who) bool {
	return len(p.People) > 0 && slices.ContainsFunc(ident.PersonKeys(w.ExternalID, w.Username, w.Email), func(key string) bool {
		return slices.Contains(p.People, key)
	})
}

// Admits reports whether the user takes part. The share is a row of a hundred buckets that is filled from one end, so that
// a larger percentage keeps everybody that a smaller one had.
func (p Pilot) Admits(tenant ident.TenantID, product ident.ProductID, w Who) bool {
	return p.Names(w) || p.Percent > 0 && w.ExternalID != "" && bucket(tenant, product, w.ExternalID) < p.Percent
}

// bucket is the user's place in the row, 0 to 99: the same for ever, and another one at each tenant and product, so that
// it is not always the same people who go first.
func bucket(tenant ident.TenantID, product ident.ProductID, id ident.ExternalID) int {
	sum := sha256.Sum256([]byte(string(tenant) + "\x00" + string(product) + "\x00" + string(id)))
	return int(binary.BigEndian.Uint64(sum[:8]) % 100)
}

// Effective is the rollout in force where a tenant stands at one and its instance of a product at another: the more
// careful one. What is no rollout is off; an instance that says nothing leaves it to its tenant.
func Effective(tenant, instance Rollout) Rollout {
	if instance == "" {
		instance = RolloutOn
	}
	switch {
	case tenant == RolloutOn && instance == RolloutOn:
		return RolloutOn
	case (tenant == RolloutOn || tenant == RolloutPilot) && (instance == RolloutOn || instance == RolloutPilot):
		return RolloutPilot
	}
	return RolloutOff
}

// Pilots are those that somebody has to belong to, each of them; none lets everybody through.
type Pilots []Pilot

// Admit reports whether all of them let the user take part.
func (p Pilots) Admit(tenant ident.TenantID, product ident.ProductID, w Who) bool {
	return !slices.ContainsFunc(p, func(one Pilot) bool { return !one.Admits(tenant, product, w) })
}

// Rollout is how far the tenant is with the product of the setting, or, without a product, with anything.
func (s Setting) Rollout() Rollout { return Effective(s.Tenant.Rollout, s.Instance.Rollout) }

// Pilots are those in force. Where the store gives no id that never changes there is no share: one person could have
// several ids and would now be on this side and now on that.
func (s Setting) Pilots() Pilots {
	var all Pilots
	take := func(r Rollout, p Pilot) {
		if r != RolloutPilot {
			return
		}
		if !s.Connector.IDStable {
			p.Percent = 0
		}
		all = append(all, p)
	}
	take(s.Tenant.Rollout, s.Tenant.Pilot)
	take(s.Instance.Rollout, s.Instance.Pilot)
	return all
}

// Admits reports whether the product's user signs in through the suite: everybody while the rollout is on, nobody while it
// is off, and in a pilot whoever takes part.
func (s Setting) Admits(w Who) bool {
	switch s.Rollout() {
	case RolloutOn:
		return true
	case RolloutPilot:
		return s.Pilots().Admit(s.Tenant.ID, s.Product.ID, w)
	}
	return false
}
