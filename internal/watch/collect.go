package watch

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// askTTL bounds what one scrape asks of the database.
const askTTL = 2 * time.Second

// Sources are asked at each scrape. All must be set.
type Sources struct {
	Hashing    func() Hashing
	Outbox     func(ctx context.Context) (Outbox, error)
	Pools      func() []Pool
	Connectors func() []Connectors
}

// Ask makes the metrics that are read at each scrape. It is called once.
func (w *Watch) Ask(s Sources) {
	c := &collector{sources: s, now: w.now}
	describe := func(kind, name, help string, labels ...string) *prometheus.Desc {
		o := w.described(kind, name, help, labels...)
		return prometheus.NewDesc(o.Name, o.Help, labels, nil)
	}
	c.running = describe("gauge", "hashing_running", "Password hashes that are being computed, those of products included.")
	c.waiting = describe("gauge", "hashing_waiting", "Password hashes that wait for memory or a processor.")
	c.refused = describe("counter", "hashing_refused_total", "Passwords that waited too long to be hashed, or would have, and were answered with 503.")
	c.bytes = describe("gauge", "hashing_memory_bytes", "Memory that running password hashes take.")
	c.limit = describe("gauge", "hashing_memory_limit_bytes", "Memory that password hashes may take together (hashing.memory_mib).")
	c.mails = describe("gauge", "mails_waiting", "Mails in the outbox that are not handed over yet. All replicas see the same.")
	c.oldest = describe("gauge", "mail_oldest_age_seconds", "How long the oldest mail of the outbox has been waiting; 0 for none.")
	c.up = describe("gauge", "store_up", "1 when the database answered this scrape, else 0; then mails_waiting and its age are missing.")
	c.conns = describe("gauge", "store_connections", "Connections to the database.", "pool", "state")
	c.most = describe("gauge", "store_connections_limit", "The most connections that a pool opens.", "pool")
	c.waits = describe("counter", "store_connection_waits_total", "How often somebody waited for a connection.", "pool")
	c.waited = describe("counter", "store_connection_wait_seconds_total", "How long somebody waited for a connection, all together.", "pool")
	c.states = describe("gauge", "connectors", "Connectors of a product: answering, resting after failures, trying again, or not_open.", "product", "state")
	w.registry.MustRegister(c)
}

// collector reads the sources.
type collector struct {
	sources Sources
	now     func() time.Time

	running, waiting, refused, bytes, limit *prometheus.Desc
	mails, oldest, up                       *prometheus.Desc
	conns, most, waits, waited              *prometheus.Desc
	states                                  *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.running, c.waiting, c.refused, c.bytes, c.limit, c.mails, c.oldest, c.up, c.conns, c.most,
		c.waits, c.waited, c.states} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	send := func(kind prometheus.ValueType, d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	h := c.sources.Hashing()
	send(prometheus.GaugeValue, c.running, float64(h.Running))
	send(prometheus.GaugeValue, c.waiting, float64(h.Waiting))
	send(prometheus.CounterValue, c.refused, float64(h.Refused))
	send(prometheus.GaugeValue, c.bytes, float64(h.Bytes))
	send(prometheus.GaugeValue, c.limit, float64(h.Limit))
	for _, p := range c.sources.Pools() {
		send(prometheus.GaugeValue, c.conns, float64(p.InUse), p.Name, "in_use")
		send(prometheus.GaugeValue, c.conns, float64(p.Idle), p.Name, "idle")
		send(prometheus.GaugeValue, c.most, float64(p.Limit), p.Name)
		send(prometheus.CounterValue, c.waits, float64(p.Waits), p.Name)
		send(prometheus.CounterValue, c.waited, p.Waited.Seconds(), p.Name)
	}
	for _, s := range c.sources.Connectors() {
		send(prometheus.GaugeValue, c.states, float64(s.Count), string(s.Product), s.State)
	}
	c.outbox(send)
}

func (c *collector) outbox(send func(prometheus.ValueType, *prometheus.Desc, float64, ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), askTTL)
	defer cancel()
	o, err := c.sources.Outbox(ctx)
	if err != nil {
		send(prometheus.GaugeValue, c.up, 0)
		return
	}
	send(prometheus.GaugeValue, c.up, 1)
	send(prometheus.GaugeValue, c.mails, float64(o.Waiting))
	age := time.Duration(0)
	if !o.OldestAt.IsZero() {
		age = max(0, c.now().Sub(o.OldestAt))
	}
	send(prometheus.GaugeValue, c.oldest, age.Seconds())
}
