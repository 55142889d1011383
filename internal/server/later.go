package server

import (
	"context"
	"time"
)

// laterTTL is how long something may take that is done after the answer.
const laterTTL = 30 * time.Second

// laterAtOnce is how much of it is done side by side.
const laterAtOnce = 16

// later does something after the answer has been given. Close waits for it.
func (s *Server) later(name string, do func(context.Context) error) {
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), laterTTL)
		defer cancel()
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		case <-ctx.Done():
			s.log.Error("not done in time", "what", name)
			return
		}
		if err := do(ctx); err != nil {
			s.log.Error("not done", "what", name, "error", err.Error())
		}
	})
}
