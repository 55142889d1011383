package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/guard"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// openTTL is how long opening a connector may take, and reopenPause how long one that did not open is left alone.
const (
	openTTL     = 3 * time.Second
	reopenPause = 5 * time.Second
)

// connectors are the live adapters, each behind a lock of its own: a product that hangs keeps neither the server from
// starting nor any other product from answering.
type connectors struct {
	slots    map[ident.ConnectorName]*slot
	products map[ident.ConnectorName]ident.ProductID // whose they are
	log      *slog.Logger
}

// slot is one connector, open or not.
type slot struct {
	open   OpenConnector
	guards guard.Options

	mu      sync.Mutex
	live    connector.Connector
	opening bool
	closed  bool
	triedAt time.Time
}

func newConnectors(open map[ident.ConnectorName]OpenConnector, guards map[ident.ConnectorName]guard.Options, log *slog.Logger) *connectors {
	c := &connectors{slots: map[ident.ConnectorName]*slot{}, log: log}
	for name, o := range open {
		options := guards[name]
		options.Name = name
		c.slots[name] = &slot{open: o, guards: options}
	}
	return c
}

// openAll opens what opens, all at once.
func (c *connectors) openAll(ctx context.Context) {
	var all sync.WaitGroup
	for name, s := range c.slots {
		all.Go(func() {
			if _, err := s.take(ctx); err != nil {
				c.log.Warn("a connector did not open; its product answers as down until it does", "connector", string(name), "error", err.Error())
			}
		})
	}
	all.Wait()
}

// Connector is the adapter of that name; fault.Unavailable "connector.closed" when it does not open, or is just being
// opened by somebody else.
func (c *connectors) Connector(name ident.ConnectorName) (connector.Connector, error) {
	s, ok := c.slots[name]
	if !ok {
		return nil, fault.New(fault.Unavailable, "connector.closed")
	}
	return s.take(context.Background())
}

// take is the live connector; one that is not open is opened by the first who asks.
func (s *slot) take(ctx context.Context) (connector.Connector, error) {
	s.mu.Lock()
	if s.live != nil || s.opening || s.closed || time.Since(s.triedAt) < reopenPause {
		live := s.live
		s.mu.Unlock()
		if live == nil {
			return nil, fault.New(fault.Unavailable, "connector.closed")
		}
		return live, nil
	}
	s.opening, s.triedAt = true, time.Now()
	s.mu.Unlock()

	defer func() {
		// Also when opening panics: the next one must be able to try.
		s.mu.Lock()
		defer s.mu.Unlock()
		s.opening = false
	}()
	ctx, cancel := context.WithTimeout(ctx, openTTL)
	defer cancel()
	inner, err := s.open(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "connector.closed", err)
	}
	return s.keep(inner)
}

// keep makes an opened connector the live one; one that comes after the end is closed at once.
func (s *slot) keep(inner connector.Connector) (connector.Connector, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.Join(fault.New(fault.Unavailable, "connector.closed"), inner.Close())
	}
	s.live = guard.New(inner, s.guards)
	return s.live, nil
}

func (c *connectors) close() error {
	var errs []error
	for _, s := range c.slots {
		s.mu.Lock()
		s.closed = true
		if s.live != nil {
			errs = append(errs, s.live.Close())
			s.live = nil
		}
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}
