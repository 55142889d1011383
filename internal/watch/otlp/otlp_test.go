package otlp_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"ligature/internal/watch/otlp"
)

// collector takes what is sent to it, and answers the first requests with the statuses.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	asked    int
	header   http.Header
	path     string
	resource string
	spans    []*tracepb.Span
	took     chan struct{}
}

func newCollector(t *testing.T, statuses ...int) *collector {
	c := &collector{statuses: statuses, took: make(chan struct{}, 100)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked++
		if len(c.statuses) > 0 {
			status := c.statuses[0]
			c.statuses = c.statuses[1:]
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return
		}
		body, err := io.ReadAll(r.Body)
		var sent tracepb.TracesData // has the fields of an ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &sent) != nil {
			t.Errorf("the body cannot be read: %v", err)
		}
		c.header, c.path = r.Header, r.URL.Path
		for _, of := range sent.ResourceSpans {
			c.resource = of.Resource.String()
			for _, scope := range of.ScopeSpans {
				if scope.Scope.Name != "ligature" {
					t.Errorf("scope %q", scope.Scope.Name)
				}
				c.spans = append(c.spans, scope.Spans...)
			}
		}
		c.took <- struct{}{}
	}))
	t.Cleanup(c.Close)
	return c
}

// The published types of the format read back what was recorded.
func TestSpansAreSent(t *testing.T) {
	c := newCollector(t)
	p := otlp.Open(otlp.Options{Endpoint: c.URL + "/", Authorization: "Basic canary", Version: "v1", Instance: "sv-1"})
	linked := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2}, SpanID: trace.SpanID{3}, Remote: true})
	began := time.Unix(1_800_000_000, 5)
	ctx, outer := p.Tracer().Start(t.Context(), "POST /login", trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(began),
		trace.WithLinks(trace.Link{SpanContext: linked}))
	outer.SetAttributes(attribute.String("http.route", "POST /login"), attribute.Int("http.response.status_code", 503), attribute.Bool("b", true))
	_, inner := p.Tracer().Start(ctx, "hash")
	inner.End()
	outer.SetStatus(codes.Error, "")
	outer.End(trace.WithTimestamp(began.Add(time.Second)))
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.spans) != 2 || c.path != "/v1/traces" || c.header.Get("Authorization") != "Basic canary" ||
		c.header.Get("Content-Type") != "application/x-protobuf" || c.header.Get("Traceparent") != "" {
		t.Fatalf("%d spans at %s with %v", len(c.spans), c.path, c.header)
	}
	hash, request := c.spans[0], c.spans[1]
	if string(hash.ParentSpanId) != string(request.SpanId) || string(hash.TraceId) != string(request.TraceId) || len(request.ParentSpanId) != 0 {
		t.Errorf("the spans hang together wrongly:\n%v\n%v", hash, request)
	}
	if request.Name != "POST /login" || request.Kind != tracepb.Span_SPAN_KIND_SERVER || request.StartTimeUnixNano != 1_800_000_000_000_000_005 ||
		request.EndTimeUnixNano != 1_800_000_001_000_000_005 || request.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR ||
		hash.Status.GetCode() != tracepb.Status_STATUS_CODE_UNSET || hash.Kind != tracepb.Span_SPAN_KIND_INTERNAL || request.Flags&1 != 1 {
		t.Errorf("%v\n%v", request, hash)
	}
	if len(request.Links) != 1 || string(request.Links[0].TraceId) != string([]byte{1, 2, 15: 0}) || string(request.Links[0].SpanId) != string([]byte{3, 7: 0}) {
		t.Errorf("links %v", request.Links)
	}
	got := map[string]string{}
	for _, a := range request.Attributes {
		got[a.Key] = a.Value.String()
	}
	if !strings.Contains(got["http.route"], "POST /login") || !strings.Contains(got["http.response.status_code"], "int_value:503") || !strings.Contains(got["b"], "bool_value:true") {
		t.Errorf("attributes %v", got)
	}
	for _, want := range []string{`"ligature"`, `"v1"`, `"sv-1"`} {
		if !strings.Contains(c.resource, want) {
			t.Errorf("the resource %s has no %s", c.resource, want)
		}
	}
}

// One collector that is busy is asked again; one that refuses is not, and the log says so once.
func TestACollectorMayRefuse(t *testing.T) {
	var log strings.Builder
	busy, refusing := newCollector(t, http.StatusServiceUnavailable), newCollector(t, http.StatusForbidden, http.StatusForbidden)
	for _, c := range []*collector{busy, refusing} {
		p := otlp.Open(otlp.Options{Endpoint: c.URL + "/v1/traces", Log: slog.New(slog.NewTextHandler(&log, nil))})
		_, span := p.Tracer().Start(t.Context(), "a")
		span.End()
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if busy.asked != 2 || len(busy.spans) != 1 {
		t.Errorf("a busy collector was asked %d times and has %d spans", busy.asked, len(busy.spans))
	}
	if refusing.asked != 1 || strings.Count(log.String(), "takes no traces") != 1 {
		t.Errorf("a refusing one was asked %d times:\n%s", refusing.asked, log.String())
	}
}

// Of a hundred traces as many are kept as the operator wants, with all their spans or none.
func TestAShareIsKept(t *testing.T) {
	c := newCollector(t)
	p := otlp.Open(otlp.Options{Endpoint: c.URL, Percent: 1})
	for range 1000 {
		ctx, outer := p.Tracer().Start(context.Background(), "outer")
		_, inner := p.Tracer().Start(ctx, "inner")
		inner.End()
		outer.End()
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// 10 are expected; more than 60 comes up less than once in 10^24 runs.
	if len(c.spans)%2 != 0 || len(c.spans) > 2*60 {
		t.Errorf("%d spans of 2000", len(c.spans))
	}
}
