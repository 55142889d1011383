package server

import (
	"context"
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

// Tally implements linking.TallyStore.
func (t tallies) Tally(ctx context.Context, key string) (linking.Tally, error) {
	found, err := t.db.Tally(ctx, t.hidden(key))
	found.Key = key
	return found, err
}

// SetTally implements linking.TallyStore.
func (t tallies) SetTally(ctx context.Context, tally linking.Tally) error {
	tally.Key = t.hidden(tally.Key)
	return t.db.SetTally(ctx, tally)
}

// TakeBack implements linking.TallyStore.
func (t tallies) TakeBack(ctx context.Context, key string) error {
	return t.db.TakeBack(ctx, t.hidden(key))
}

// ClearTally implements linking.TallyStore.
func (t tallies) ClearTally(ctx context.Context, key string) error {
	return t.db.ClearTally(ctx, t.hidden(key))
}
