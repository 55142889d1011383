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

// faulty is a store whose plug can be pulled. It finds and verifies, like every store here.
type faulty struct {
	inner connector.Connector
	state *stateBox
	// says replaces the answer to a password, unless it is "".
	says func() connector.Outcome
}

// faultyReset is a faulty store that can be asked for reset mails.
type faultyReset struct{ *faulty }

// pluggable gives a store its plug, and the abilities that it has.
func pluggable(inner connector.Connector, state *stateBox, says func() connector.Outcome) connector.Connector {
	f := &faulty{inner: inner, state: state, says: says}
	if !connector.AbilitiesOf(inner).Reset {
		return f
	}
	return faultyReset{f}
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
	said := f.says()
	answer, err := f.inner.(connector.Verifier).Verify(ctx, c)
	if said == "" || err != nil {
		return answer, err
	}
	answer.Outcome = said
	return answer, nil
}

// RequestReset implements connector.Resetter.
func (f faultyReset) RequestReset(ctx context.Context, id ident.Identifier) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	return f.inner.(connector.Resetter).RequestReset(ctx, id)
}
