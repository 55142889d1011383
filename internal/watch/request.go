package watch

import (
	"context"
	"maps"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// requestKey is one series of the requests.
type requestKey struct {
	pattern string
	class   int
}

// Request is told of a request when it begins: its number, and what may be known of it before a handler was found. It gives
// the context to answer it in and the id of its trace, empty for none. done is called once it was answered, with the pattern
// of the path, the status, and the kind of the failure, empty for none.
func (w *Watch) Request(r *http.Request, number string) (ctx context.Context, traceID string, done func(pattern string, status int, failure string)) {
	began := w.now()
	w.inFlight.Inc()
	ctx = r.Context()
	var span trace.Span
	if w.tracer != nil {
		ctx, span = w.requestSpan(r, number)
		if c := span.SpanContext(); c.IsSampled() {
			traceID = c.TraceID().String()
		}
	}
	return ctx, traceID, func(pattern string, status int, failure string) {
		w.inFlight.Dec()
		w.series(pattern, status).Observe(w.now().Sub(began).Seconds())
		if span != nil {
			endRequest(span, pattern, status, failure)
		}
	}
}

// series finds what observes the requests of a pattern and a class of status. Patterns come from our own routes, so there
// are few: the map is copied when one is new, and reading it takes no lock.
func (w *Watch) series(pattern string, status int) prometheus.Observer {
	key := requestKey{pattern, status / 100}
	known := w.seen.Load()
	if o, ok := (*known)[key]; ok {
		return o
	}
	o := w.requests.WithLabelValues(pattern, classOf(status))
	more := maps.Clone(*known)
	more[key] = o
	w.seen.CompareAndSwap(known, &more) // whoever loses the race is remembered the next time
	return o
}

func classOf(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return string(rune('0'+status/100)) + "xx"
}

// requestSpan begins the span of a request. The listener is public: what a request says of a trace is linked and never
// obeyed, or strangers could choose our ids and have everything recorded. Its tracestate is free text, and dropped.
func (w *Watch) requestSpan(r *http.Request, number string) (context.Context, trace.Span) {
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithNewRoot(),
		trace.WithAttributes(attribute.String("ligature.request", number))}
	if r.Header.Get("Traceparent") != "" {
		said := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(r.Header))
		if c := trace.SpanContextFromContext(said); c.IsValid() {
			bare := trace.NewSpanContext(trace.SpanContextConfig{TraceID: c.TraceID(), SpanID: c.SpanID(), Remote: true})
			options = append(options, trace.WithLinks(trace.Link{SpanContext: bare}))
		}
	}
	return w.tracer.Start(r.Context(), "request", options...)
}

func endRequest(span trace.Span, pattern string, status int, failure string) {
	span.SetName(pattern)
	span.SetAttributes(attribute.String("http.route", pattern), attribute.Int("http.response.status_code", status))
	if failure != "" {
		span.SetAttributes(attribute.String("error.type", failure))
	}
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// part begins the span of a part of something that is traced; nil for everything else, as the looks into the outbox that
// go on all day.
func (w *Watch) part(ctx context.Context, kind trace.SpanKind, name string, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	if w.tracer == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, nil
	}
	return w.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
}

// work begins the span of work that belongs to no request; nil without traces.
func (w *Watch) work(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	if w.tracer == nil {
		return ctx, nil
	}
	return w.tracer.Start(ctx, name, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
}

// end ends a span with how it went.
func end(span trace.Span, outcome string, failed bool) {
	if span == nil {
		return
	}
	span.SetAttributes(attribute.String("ligature.outcome", outcome))
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
