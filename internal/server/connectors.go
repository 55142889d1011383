package server

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/guard"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// reopenPause is how long a connector that did not open is left alone.
const reopenPause = 5 * time.Second

// connectors are the live adapters. One that did not open at the start is opened when it is first needed: a product that
// is down never keeps the server from starting, nor any other product from answering.
type connectors struct {
	open   map[ident.ConnectorName]OpenConnector
	guards map[ident.ConnectorName]guard.Options
	log    *slog.Logger

	mu    sync.Mutex
	live  map[ident.ConnectorName]connector.Connector
	tried map[ident.ConnectorName]time.Time
}

func newConnectors(open map[ident.ConnectorName]OpenConnector, guards map[ident.ConnectorName]guard.Options, log *slog.Logger) *connectors {
	return &connectors{open: maps.Clone(open), guards: guards, log: log,
		live: map[ident.ConnectorName]connector.Connector{}, tried: map[ident.ConnectorName]time.Time{}}
}

// openAll opens what opens.
func (c *connectors) openAll(ctx context.Context) {
	for name := range c.open {
		if _, err := c.take(ctx, name); err != nil {
			c.log.Warn("a connector did not open; its product answers as down until it does", "connector", string(name), "error", err.Error())
		}
	}
}

// Connector is the adapter of that name; fault.Unavailable "connector.closed" when it does not open.
func (c *connectors) Connector(name ident.ConnectorName) (connector.Connector, error) {
	ctx, cancel := context.WithTimeout(context.Background(), reopenPause)
	defer cancel()
	return c.take(ctx, name)
}

func (c *connectors) take(ctx context.Context, name ident.ConnectorName) (connector.Connector, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if live, ok := c.live[name]; ok {
		return live, nil
	}
	open, ok := c.open[name]
	if !ok || time.Since(c.tried[name]) < reopenPause {
		return nil, fault.New(fault.Unavailable, "connector.closed")
	}
	c.tried[name] = time.Now()
	inner, err := open(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "connector.closed", err)
	}
	options := c.guards[name]
	options.Name = name
	c.live[name] = guard.New(inner, options)
	return c.live[name], nil
}

func (c *connectors) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for name, live := range c.live {
		errs = append(errs, live.Close())
		delete(c.live, name)
	}
	return errors.Join(errs...)
}
