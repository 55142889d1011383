package watch

import (
	"cmp"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Options are what a Watch is made of.
type Options struct {
	// Version is that of the binary.
	Version string
	// Now is the clock; it must be set.
	Now func() time.Time
	// Tracer makes the spans; nil for none.
	Tracer trace.Tracer
}

// Metric is one family of metrics, for the documentation.
type Metric struct {
	Name, Type, Help string
	Labels           []string
}

// Watch is told what happens. It is safe for concurrent use.
type Watch struct {
	now      func() time.Time
	tracer   trace.Tracer
	registry *prometheus.Registry
	metrics  []Metric

	requests   *prometheus.HistogramVec
	seen       atomic.Pointer[map[requestKey]prometheus.Observer]
	inFlight   prometheus.Gauge
	signIns    *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	links      *prometheus.CounterVec
	events     *prometheus.CounterVec
	tokens     *prometheus.CounterVec
	connectors *prometheus.HistogramVec
	hashing    *prometheus.HistogramVec
	mails      *prometheus.CounterVec
	mailTime   *prometheus.HistogramVec
	store      *prometheus.HistogramVec
	retries    *prometheus.CounterVec
}

// The bounds of histograms, in seconds. Requests and transactions take well under a millisecond when nothing is wrong;
// what waits for a product or a relay takes longer.
var (
	quick = [...]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	slow  = [...]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
)

// scrapeTTL bounds an answer to Prometheus.
const scrapeTTL = 10 * time.Second

// outcomeOK is the label of what went well.
const outcomeOK = "ok"

// New makes a Watch that nobody has told anything yet.
func New(o Options) *Watch {
	w := &Watch{now: o.Now, tracer: o.Tracer, registry: prometheus.NewRegistry()}
	w.seen.Store(&map[requestKey]prometheus.Observer{})
	w.requests = w.histogram("http_request_duration_seconds", quick[:],
		"Requests, by the pattern of their path and the class of the status, and how long they took.", "pattern", "class")
	w.inFlight = prometheus.NewGauge(prometheus.GaugeOpts(w.described("gauge", "http_requests_in_flight", "Requests that are being answered.")))
	w.registry.MustRegister(w.inFlight)
	w.signIns = w.counter("sign_ins_total",
		"Sign-ins that were begun and that ended, by the product that was opened. Opening a product in an open session is none.", "product", "outcome")
	w.refusals = w.counter("sign_in_refusals_total", "Sign-ins that ended in a refusal, by its reason.", "reason")
	w.links = w.counter("links_total", "Changes of links between accounts and product accounts.", "change")
	w.events = w.counter("events_total", "Events as they were written to the audit trail.", "action")
	w.tokens = w.counter("tokens_total", "Answers of the token endpoint, by grant: issued, or the error.", "grant", "outcome")
	w.connectors = w.histogram("connector_call_duration_seconds", slow[:],
		"Questions to the user store of a product, by what it answered, and how long that took.", "product", "call", "outcome")
	w.hashing = w.histogram("hashing_duration_seconds", slow[:],
		"Hashes of the accounts' own passwords and how long they took, the wait for memory and a processor included.", "outcome")
	w.mails = w.counter("mails_total", "Attempts to hand over a mail, by its kind and how they ended.", "kind", "outcome")
	w.mailTime = w.histogram("mail_duration_seconds", slow[:], "How long handing over a mail took.", "outcome")
	w.store = w.histogram("store_transaction_duration_seconds", quick[:],
		"Transactions and how long they took, their repetitions and the wait for a connection included.", "kind", "outcome")
	w.retries = w.counter("store_retries_total", "Transactions that ran once more because the database asked for that (40001 and its like).", "kind")
	build := w.gauge("build_info", "1, with the version of the binary and of Go.", "version", "go_version")
	build.WithLabelValues(o.Version, runtime.Version()).Set(1)
	w.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return w
}

// described notes a metric, and gives it the prefix that all of ours have.
func (w *Watch) described(kind, name, help string, labels ...string) prometheus.Opts {
	name = "ligature_" + name
	w.metrics = append(w.metrics, Metric{Name: name, Type: kind, Help: help, Labels: labels})
	return prometheus.Opts{Name: name, Help: help}
}

func (w *Watch) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts(w.described("counter", name, help, labels...)), labels)
	w.registry.MustRegister(v)
	return v
}

func (w *Watch) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts(w.described("gauge", name, help, labels...)), labels)
	w.registry.MustRegister(v)
	return v
}

func (w *Watch) histogram(name string, buckets []float64, help string, labels ...string) *prometheus.HistogramVec {
	o := w.described("histogram", name, help, labels...)
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: o.Name, Help: o.Help, Buckets: buckets}, labels)
	w.registry.MustRegister(v)
	return v
}

// Metrics are the families of ours, by name; those of Go and of the process come on top.
func (w *Watch) Metrics() []Metric {
	return slices.SortedFunc(slices.Values(w.metrics), func(a, b Metric) int { return cmp.Compare(a.Name, b.Name) })
}

// Declare makes the counters of the declared products begin at 0, so that the first of something is seen as one more.
func (w *Watch) Declare(products []ident.ProductID) {
	for _, p := range products {
		for _, outcome := range signInOutcomes() {
			w.signIns.WithLabelValues(string(p), outcome)
		}
	}
	for _, change := range linkChanges {
		w.links.WithLabelValues(change)
	}
	for _, grant := range grants {
		w.tokens.WithLabelValues(grant, TokenIssued)
	}
	for _, kind := range []string{"commit", "group"} {
		w.retries.WithLabelValues(kind)
	}
}

// Handler answers GET /metrics, and nothing else. What it tells is for operators.
func (w *Watch) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(w.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: scrapeTTL}))
	return mux
}

// outcomeOf is the word for how something ended: ok, or the kind of the failure.
func outcomeOf(err error) string {
	if err == nil {
		return outcomeOK
	}
	return fault.KindOf(err).String()
}
