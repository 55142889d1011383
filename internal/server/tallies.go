package server

import (
	"context"
	"slices"
	"strings"

	"ligature/internal/linking"
	"ligature/internal/seal"
	"ligature/internal/sqlstore"
)

// tallies counts under a keyed hash of what is counted: keys hold what people typed, and a copy of the database must not
// tell whom they tried to be. The kind before the first colon stays readable.
type tallies struct {
	db   *sqlstore.DB
	keys *seal.Keys
}

func (t tallies) hidden(key string) string {
	kind, rest, _ := strings.Cut(key, ":")
	return kind + ":" + t.keys.HashText("tally/"+kind, rest)
}

// Tallies implements linking.TallyStore.
func (t tallies) Tallies(ctx context.Context, keys ...string) ([]linking.Tally, error) {
	found, err := t.db.Tallies(ctx, t.allHidden(keys)...)
	for i := range found {
		found[i].Key = keys[i]
	}
	return found, err
}

// SetTallies implements linking.TallyStore.
func (t tallies) SetTallies(ctx context.Context, all ...linking.Tally) ([]bool, error) {
	hidden := slices.Clone(all)
	for i := range hidden {
		hidden[i].Key = t.hidden(hidden[i].Key)
	}
	return t.db.SetTallies(ctx, hidden...)
}

// Settle implements linking.TallyStore.
func (t tallies) Settle(ctx context.Context, over, back []string) error {
	return t.db.Settle(ctx, t.allHidden(over), t.allHidden(back))
}

func (t tallies) allHidden(keys []string) []string {
	hidden := make([]string, len(keys))
	for i, key := range keys {
		hidden[i] = t.hidden(key)
	}
	return hidden
}
