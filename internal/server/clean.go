package server

import (
	"context"
	"time"

	"ligature/internal/op"
)

// What has ended is kept a while for support, and then deleted, a batch at a time, so that nobody waits for a long
// transaction. Every replica does it; what one has deleted the other does not find.
const (
	cleanEvery = 10 * time.Minute
	keepTTL    = 31 * 24 * time.Hour
	cleanBatch = 500
	// cleanRounds bounds one turn; what is left waits for the next.
	cleanRounds = 200
)

// repeat does something again and again until ctx ends, the first time after a while.
func (s *Server) repeat(ctx context.Context, every time.Duration, name string, do func(context.Context) error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("not done", "what", name, "error", err.Error())
		}
	}
}

// clean deletes what ended long ago: flows, requests, grants, refresh tokens, mails, counts of failures, dropped keys.
func (s *Server) clean(ctx context.Context) error {
	before := s.now().Add(-keepTTL)
	for _, forget := range []func(context.Context, time.Time, int) (int64, error){s.db.Forget, s.openid.ForgetOpenID} {
		for range cleanRounds {
			n, err := forget(ctx, before, cleanBatch)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			s.log.Info("deleted what ended long ago", "rows", n, "before", before)
		}
	}
	stored, err := s.db.SigningKeys(ctx)
	for _, k := range stored {
		if err == nil && op.StateOf(k, stored, before) == op.KeyDropped {
			err = s.db.ForgetSigningKey(ctx, k.ID)
		}
	}
	return err
}
