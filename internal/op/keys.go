package op

import (
	"slices"
	"time"

	"ligature/internal/fault"
)

// How a key gives way to the next: clients that look at our key set once a day know it before it signs, and what the old one
// signed is checked longer than any session lasts, because ID tokens come back as hints. A key that somebody else may have
// gives way as soon as caches of the key set allow, and is not believed from then on.
const (
	KeyAheadTTL   = 24 * time.Hour
	KeyOverlapTTL = 31 * 24 * time.Hour
	KeySoonTTL    = 10 * time.Minute
)

// KeyState is what a signing key is good for.
type KeyState string

// The states, in the order in which a key goes through them.
const (
	KeyNext      KeyState = "next"      // published, and signs later
	KeySigns     KeyState = "signs"     // published, and signs
	KeyPublished KeyState = "published" // signs no more; what it signed is believed
	KeyDropped   KeyState = "dropped"   // nothing of it is believed
)

// StateOf is what the key is good for among all of them.
func StateOf(k SigningKey, all []SigningKey, now time.Time) KeyState {
	if !k.DropAt.IsZero() && !now.Before(k.DropAt) {
		return KeyDropped
	}
	if now.Before(k.ActiveAt) {
		return KeyNext
	}
	var over time.Time // when the first of the later ones began to sign
	for _, later := range all {
		if later.Alg == k.Alg && later.Turn > k.Turn && !now.Before(later.ActiveAt) && (over.IsZero() || later.ActiveAt.Before(over)) {
			over = later.ActiveAt
		}
	}
	switch {
	case over.IsZero():
		return KeySigns
	case now.Before(over.Add(KeyOverlapTTL)):
		return KeyPublished
	}
	return KeyDropped
}

// Rotation is what changes when an algorithm gets another key.
type Rotation struct {
	Turn     int
	ActiveAt time.Time
	// DropAt is when the keys before it are dropped; zero: when their overlap is over.
	DropAt time.Time
}

// Rotate decides how the algorithm gets its next key. leaked says that somebody else may have the present ones. Errors:
// fault.Moved "keys.announced" when the next key is published already and nothing leaked.
func Rotate(all []SigningKey, algorithm string, leaked bool, now time.Time) (Rotation, error) {
	now = now.UTC().Truncate(time.Microsecond)
	turn := 0
	for _, k := range all {
		if k.Alg == algorithm {
			turn = max(turn, k.Turn)
		}
	}
	if leaked {
		return Rotation{Turn: turn + 1, ActiveAt: now.Add(KeySoonTTL), DropAt: now.Add(KeySoonTTL)}, nil
	}
	if slices.ContainsFunc(all, func(k SigningKey) bool { return k.Alg == algorithm && StateOf(k, all, now) == KeyNext }) {
		return Rotation{}, fault.New(fault.Moved, "keys.announced")
	}
	return Rotation{Turn: turn + 1, ActiveAt: now.Add(KeyAheadTTL)}, nil
}
