package server

import (
	"context"
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"ligature/internal/op"
	"ligature/internal/seal"
)

// keysEvery is how often a server looks at the stored keys, so that all servers sign with a new one within that time. It is
// far below op.KeySoonTTL, so that each publishes a key before any signs with it.
const keysEvery = 30 * time.Second

// algorithms are those that every server has a key for.
var algorithms = [...]string{seal.ES256, seal.RS256}

// signers is the present signer. It meets op.Signer, and is exchanged while requests are answered.
type signers struct {
	present atomic.Pointer[seal.Signer]
	// shape says which keys it is made of and what each is good for.
	shape []string
}

// Sign implements op.Signer.
func (s *signers) Sign(algorithm, typ string, claims any) (string, error) {
	return s.present.Load().Sign(algorithm, typ, claims)
}

// Payload implements op.Signer.
func (s *signers) Payload(compact, typ string) (json.RawMessage, error) {
	return s.present.Load().Payload(compact, typ)
}

// JWKS implements op.Signer.
func (s *signers) JWKS() []byte { return s.present.Load().JWKS() }

// openSigner makes the keys that are missing, and loads all of them. Two servers that start at once agree on one key,
// because the store takes only the first of a turn.
func (s *Server) openSigner(ctx context.Context) error {
	s.signer = &signers{}
	stored, err := s.db.SigningKeys(ctx)
	if err != nil {
		return err
	}
	for _, algorithm := range algorithms {
		if slices.ContainsFunc(stored, func(k op.SigningKey) bool { return k.Alg == algorithm }) {
			continue
		}
		if _, _, err := s.addKey(ctx, algorithm, op.Rotation{Turn: 1}); err != nil {
			return err
		}
	}
	return s.loadKeys(ctx)
}

// addKey makes a key and keeps it, sealed; kept is false when another process was first.
func (s *Server) addKey(ctx context.Context, algorithm string, r op.Rotation) (id string, kept bool, err error) {
	key, err := seal.NewSigningKey(algorithm)
	if err != nil {
		return "", false, err
	}
	sealed, err := key.Sealed(s.keys)
	if err != nil {
		return "", false, err
	}
	kept, err = s.db.AddSigningKey(ctx, op.SigningKey{ID: key.ID(), Alg: algorithm, Turn: r.Turn, Sealed: sealed, CreatedAt: s.now(),
		ActiveAt: r.ActiveAt}, r.DropAt)
	return key.ID(), kept, err
}

// loadKeys makes the signer of the stored keys, when they are others, or good for something else, than before. One goroutine
// at a time calls it.
func (s *Server) loadKeys(ctx context.Context) error {
	stored, err := s.db.SigningKeys(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	var shape []string
	for _, k := range stored {
		if state := op.StateOf(k, stored, now); state != op.KeyDropped {
			shape = append(shape, string(state)+" "+k.ID)
		}
	}
	if slices.Equal(shape, s.signer.shape) {
		return nil
	}
	var signing, published []seal.SigningKey
	for _, k := range stored {
		state := op.StateOf(k, stored, now)
		if state == op.KeyDropped {
			continue
		}
		key, err := seal.OpenSigningKey(s.keys, k.ID, k.Sealed)
		if err != nil {
			return err
		}
		if state == op.KeySigns {
			signing = append(signing, key)
		} else {
			published = append(published, key)
		}
	}
	signer, err := seal.NewSigner(signing, published...)
	if err != nil {
		return err
	}
	if s.signer.shape != nil {
		s.log.Info("signing keys changed", "keys", shape)
	}
	s.signer.present.Store(signer)
	s.signer.shape = shape
	return nil
}

// KeyEntry is a signing key as an operator sees it.
type KeyEntry struct {
	ID        string    `json:"kid"`
	Algorithm string    `json:"alg"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	// ActiveAt is when it begins, or began, to sign.
	ActiveAt time.Time `json:"active_at"`
}

func entryOf(k op.SigningKey, all []op.SigningKey, now time.Time) KeyEntry {
	active := k.ActiveAt
	if active.IsZero() {
		active = k.CreatedAt
	}
	return KeyEntry{ID: k.ID, Algorithm: k.Alg, State: string(op.StateOf(k, all, now)), CreatedAt: k.CreatedAt, ActiveAt: active}
}

// Keys are the signing keys, an algorithm's newest first.
func (d *Desk) Keys(ctx context.Context) ([]KeyEntry, error) {
	stored, err := d.s.db.SigningKeys(ctx)
	entries := make([]KeyEntry, 0, len(stored))
	for _, k := range stored {
		entries = append(entries, entryOf(k, stored, d.s.now()))
	}
	return entries, err
}

// RotateKeys gives each of the algorithms its next key, all of them when none is named, and gives the new ones; with dryRun
// it makes none, and the entries have no kid. Errors: fault.Moved "keys.announced" when one has a next key already.
func (d *Desk) RotateKeys(ctx context.Context, named []string, leaked, dryRun bool) ([]KeyEntry, error) {
	if len(named) == 0 {
		named = algorithms[:]
	}
	stored, err := d.s.db.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	now := d.s.now()
	rotations := make([]op.Rotation, len(named))
	for i, algorithm := range named { // all or none
		if rotations[i], err = op.Rotate(stored, algorithm, leaked, now); err != nil {
			return nil, err
		}
	}
	made := make([]KeyEntry, 0, len(named))
	for i, algorithm := range named {
		entry := KeyEntry{Algorithm: algorithm, State: string(op.KeyNext), CreatedAt: now, ActiveAt: rotations[i].ActiveAt}
		if !dryRun {
			id, kept, err := d.s.addKey(ctx, algorithm, rotations[i])
			if err != nil {
				return made, err
			}
			if !kept { // somebody else rotated meanwhile
				continue
			}
			entry.ID = id
		}
		made = append(made, entry)
	}
	return made, nil
}
