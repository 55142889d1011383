package protocol

import (
	"context"
	"sync"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// staleTTL is how long a client is still known while the store does not answer.
const staleTTL = time.Minute

// registry remembers registrations for a short while. Only clients that exist are remembered, so it cannot be filled.
type registry struct {
	store op.Store
	now   func() time.Time
	ttl   time.Duration

	mu    sync.RWMutex
	known map[ident.ClientID]entry
}

type entry struct {
	registered op.Registration
	readAt     time.Time
}

func newRegistry(store op.Store, now func() time.Time, ttl time.Duration) *registry {
	return &registry{store: store, now: now, ttl: ttl, known: map[ident.ClientID]entry{}}
}

// registration is what is declared about a client. Errors: fault.Missing, fault.Unavailable.
func (c *registry) registration(ctx context.Context, client ident.ClientID) (op.Registration, error) {
	now := c.now()
	c.mu.RLock()
	e, ok := c.known[client]
	c.mu.RUnlock()
	age := now.Sub(e.readAt)
	if ok && age >= 0 && age < c.ttl {
		return e.registered, nil
	}
	registered, err := c.store.Registration(ctx, client)
	if err != nil {
		if ok && age >= 0 && age < staleTTL && fault.Is(err, fault.Unavailable) {
			return e.registered, nil
		}
		return op.Registration{}, err
	}
	c.mu.Lock()
	c.known[client] = entry{registered: registered, readAt: now}
	c.mu.Unlock()
	return registered, nil
}

func (c *registry) forget() {
	c.mu.Lock()
	clear(c.known)
	c.mu.Unlock()
}
