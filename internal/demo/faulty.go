package demo

import (
	"context"
	"sync/atomic"
	"time"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// StoreState is how a product's store behaves.
type StoreState string

// The states.
const (
	Up   StoreState = "up"
	Down StoreState = "down"
	Slow StoreState = "slow"
)

// stateBox holds a StoreState that the remote control changes.
type stateBox struct{ v atomic.Value }

func (b *stateBox) set(s StoreState) { b.v.Store(s) }

func (b *stateBox) state() StoreState {
	if s, ok := b.v.Load().(StoreState); ok {
		return s
	}
	return Up
}

// faulty is a store whose plug can be pulled.
type faulty struct {
	inner connector.Connector
	state *stateBox
}

// wait lets the call through, or fails as the state says. A slow store answers long after every deadline.
func (f *faulty) wait(ctx context.Context) error {
	switch f.state.state() {
	case Down:
		return fault.New(fault.Unavailable, "connector.down")
	case Slow:
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, "connector.timeout", ctx.Err())
		case <-time.After(30 * time.Second):
		}
	}
	return nil
}

// Abilities are those of the store.
func (f *faulty) Abilities() connector.Abilities { return connector.AbilitiesOf(f.inner) }

// Ping implements connector.Connector.
func (f *faulty) Ping(ctx context.Context) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	return f.inner.Ping(ctx)
}

// Close implements connector.Connector.
func (f *faulty) Close() error { return f.inner.Close() }

// Find implements connector.Finder.
func (f *faulty) Find(ctx context.Context, q connector.Query) ([]connector.Record, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return f.inner.(connector.Finder).Find(ctx, q)
}

// Verify implements connector.Verifier.
func (f *faulty) Verify(ctx context.Context, c connector.Check) (connector.Answer, error) {
	if err := f.wait(ctx); err != nil {
		return connector.Answer{}, err
	}
	return f.inner.(connector.Verifier).Verify(ctx, c)
}

// RequestReset implements connector.Resetter.
func (f *faulty) RequestReset(ctx context.Context, id ident.Identifier) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	resetter, ok := f.inner.(connector.Resetter)
	if !ok {
		return fault.New(fault.Unavailable, "connector.no_reset")
	}
	return resetter.RequestReset(ctx, id)
}
