package server

import (
	"cmp"
	"context"
	"maps"
	"net"
	"slices"
	"time"

	"ligature/internal/connector/guard"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/mail"
	"ligature/internal/seal"
	"ligature/internal/watch"
	"ligature/internal/watch/otlp"
	"ligature/internal/web/protocol"
)

// Traces say where spans are sent.
type Traces struct {
	// Endpoint is the base URL of a collector that takes OTLP over HTTP; empty for no traces.
	Endpoint string
	// Authorization is sent as that header; empty for none.
	Authorization string
	// Percent is how many requests of a hundred are traced; 0 means all.
	Percent int
}

// tracesTTL is how long a server that stops waits for the collector to take its last spans.
const tracesTTL = 3 * time.Second

// openWatch makes what counts and times. Where nobody looks, nothing is told: every hook stays nil.
func (s *Server) openWatch(context.Context) error {
	if !s.options.Metrics && s.options.Traces.Endpoint == "" {
		return nil
	}
	options := watch.Options{Version: cmp.Or(s.options.Version, "unreleased"), Now: s.now}
	if t := s.options.Traces; t.Endpoint != "" {
		s.traces = otlp.Open(otlp.Options{Endpoint: t.Endpoint, Authorization: t.Authorization, Percent: t.Percent,
			Version: options.Version, Instance: seal.NewDice(nil).NewID("sv"), Log: s.log})
		options.Tracer = s.traces.Tracer()
	}
	s.watch = watch.New(options)
	return nil
}

// closeTraces sends what is left.
func (s *Server) closeTraces() {
	if s.traces == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tracesTTL)
	defer cancel()
	if err := s.traces.Close(ctx); err != nil {
		s.log.Warn("the last traces were not sent", "error", err.Error())
	}
}

// declareWatched tells the watch what it may ask, once there is something to ask.
func (s *Server) declareWatched() {
	if s.watch == nil {
		return
	}
	var products []ident.ProductID
	for _, p := range s.options.Declaration.Products {
		products = append(products, p.ID)
	}
	s.watch.Declare(products)
	s.watch.Ask(watch.Sources{
		Hashing: func() watch.Hashing { return watch.Hashing(s.hasher.Load()) },
		Outbox: func(ctx context.Context) (o watch.Outbox, err error) {
			o.Waiting, o.OldestAt, err = s.db.MailsWaiting(ctx)
			return o, err
		},
		Pools: func() (pools []watch.Pool) {
			for _, p := range s.db.Pools() {
				pools = append(pools, watch.Pool{Name: p.Name, InUse: p.Stats.InUse, Idle: p.Stats.Idle, Limit: p.Stats.MaxOpenConnections,
					Waits: p.Stats.WaitCount, Waited: p.Stats.WaitDuration})
			}
			return pools
		},
		Connectors: s.connectors.states,
	})
}

// ServeMetrics answers GET /metrics on the listener until the server is closed. It must come before Run, and closes the
// listener at once where Options.Metrics is not set.
func (s *Server) ServeMetrics(l net.Listener) {
	if s.watch == nil || !s.options.Metrics {
		_ = l.Close() // nobody has connected yet
		return
	}
	h := httpServer(s.watch.Handler(), s.log)
	s.metrics = h
	s.work.Go(func() {
		_ = h.Serve(l) // it ends when it is closed
	})
}

// watchTokens has the provider tell of its answers to clients.
func (s *Server) watchTokens(c protocol.Config) protocol.Config {
	if s.watch != nil {
		c.OnToken = s.watch.TokenAnswered
	}
	return c
}

// watchMails has the worker tell of its attempts.
func (s *Server) watchMails(w *mail.Worker) *mail.Worker {
	if s.watch != nil {
		w.Watch = func(ctx context.Context, kind mail.Kind) (context.Context, func(string)) {
			return s.watch.Mail(ctx, string(kind))
		}
	}
	return w
}

// severalProducts stands for the product of a connector that more than one uses.
const severalProducts ident.ProductID = "several"

// productsOf are the products of the connectors.
func productsOf(instances []directory.Instance) map[ident.ConnectorName]ident.ProductID {
	products := map[ident.ConnectorName]ident.ProductID{}
	for _, in := range instances {
		if known := products[in.Connector]; known != "" && known != in.Product {
			products[in.Connector] = severalProducts
			continue
		}
		products[in.Connector] = in.Product
	}
	return products
}

// watched adds what is told of a connector's calls to the options of its guard.
func (s *Server) watched() map[ident.ConnectorName]guard.Options {
	guards := maps.Clone(s.options.Guards)
	if guards == nil {
		guards = map[ident.ConnectorName]guard.Options{}
	}
	products := productsOf(s.options.Declaration.Instances)
	for name := range s.options.Connectors {
		o := guards[name]
		if s.watch != nil {
			o.Watch = s.watch.Connector(products[name])
		}
		o.OnState = func(state guard.State) {
			s.log.Warn("a connector is "+string(state), "connector", string(name), "product", string(products[name]))
		}
		guards[name] = o
	}
	return guards
}

// stateNotOpen is the state of a connector that does not open.
const stateNotOpen = "not_open"

// states counts the connectors of each product by their state; every state of each product is there.
func (c *connectors) states() []watch.Connectors {
	type key struct {
		product ident.ProductID
		state   string
	}
	counts := map[key]int{}
	for name, s := range c.slots {
		product := c.products[name]
		for _, state := range []string{string(guard.Answering), string(guard.Trying), string(guard.Resting), stateNotOpen} {
			counts[key{product, state}] += 0
		}
		counts[key{product, s.state()}]++
	}
	list := make([]watch.Connectors, 0, len(counts))
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.product, b.product), cmp.Compare(a.state, b.state))
	}) {
		list = append(list, watch.Connectors{Product: k.product, State: k.state, Count: counts[k]})
	}
	return list
}

func (s *slot) state() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		return stateNotOpen
	}
	return string(guard.StateOf(s.live))
}
