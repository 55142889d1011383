// Package otlp sends spans to a collector: the SDK of OpenTelemetry, and OTLP over HTTP with a body of our own making. The SDK's own
// exporter links gRPC, which this program would carry for nothing else.
package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"ligature/internal/fault"
)

// Options say where spans go. Endpoint is needed.
type Options struct {
	// Endpoint is the collector's base URL; /v1/traces is added, unless it ends so.
	Endpoint string
	// Authorization is the header of that name; empty for none.
	Authorization string
	// Percent is how many of a hundred traces are kept; 0 means all.
	Percent int
	// Version and Instance name this process; no host, no user, no path.
	Version, Instance string
	// Log is told when the collector stops taking spans, and when it takes them again.
	Log *slog.Logger
}

// The limits of sending: one request, tries of a batch, the longest pause that a collector may ask for.
const (
	sendTTL  = 10 * time.Second
	tries    = 3
	maxPause = 5 * time.Second
)

// Provider makes tracers whose spans are sent in batches. Nobody waits for it: what a collector does not take in time is
// dropped.
type Provider struct{ sdk *sdk.TracerProvider }

// Open makes a provider; it asks nobody anything yet.
func Open(o Options) *Provider {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	share := 1.0
	if o.Percent > 0 {
		share = float64(o.Percent) / 100
	}
	who := resource.NewSchemaless(attribute.String("service.name", "ligature"), attribute.String("service.version", o.Version),
		attribute.String("service.instance.id", o.Instance))
	return &Provider{sdk.NewTracerProvider(sdk.WithResource(who), sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(share))),
		sdk.WithBatcher(newSender(o)))}
}

// Tracer is our tracer.
func (p *Provider) Tracer() trace.Tracer { return p.sdk.Tracer("ligature") }

// Close sends what is left, until ctx ends.
func (p *Provider) Close(ctx context.Context) error {
	return fault.Wrap(fault.Unavailable, "traces.close", p.sdk.Shutdown(ctx))
}

// sender is the exporter of the SDK's batches.
type sender struct {
	url, authorization string
	client             *http.Client
	log                *slog.Logger
	failing            atomic.Bool
}

func newSender(o Options) *sender {
	url := strings.TrimRight(o.Endpoint, "/")
	if !strings.HasSuffix(url, "/v1/traces") {
		url += "/v1/traces"
	}
	transport := &http.Transport{MaxIdleConns: 1, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: sendTTL, ForceAttemptHTTP2: true}
	return &sender{url: url, authorization: o.Authorization, log: o.Log, client: &http.Client{Transport: transport, Timeout: sendTTL,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// ExportSpans implements the SDK's exporter. A batch that is not taken is dropped and told of in the log once: the SDK would
// print its errors past it.
func (s *sender) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	err := s.send(ctx, encode(spans))
	switch {
	case err != nil && !s.failing.Swap(true):
		s.log.WarnContext(ctx, "the collector takes no traces; they are dropped until it does", "error", err.Error())
	case err == nil && s.failing.Swap(false):
		s.log.InfoContext(ctx, "the collector takes traces again")
	}
	return nil
}

// Shutdown implements the SDK's exporter.
func (s *sender) Shutdown(context.Context) error {
	s.client.CloseIdleConnections()
	return nil
}

// send tries a few times, with the pause that the collector asks for.
func (s *sender) send(ctx context.Context, body []byte) error {
	for try := 1; ; try++ {
		pause, err := s.once(ctx, body)
		if err == nil || pause == 0 || try == tries {
			return err
		}
		timer := time.NewTimer(min(pause, maxPause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		}
	}
}

// once is one try; the pause is 0 where another one would not help (OTLP 1.9, "Failures").
func (s *sender) once(ctx context.Context, body []byte) (pause time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("User-Agent", "ligature")
	if s.authorization != "" {
		r.Header.Set("Authorization", s.authorization)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return time.Second, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	if answer.StatusCode/100 == 2 {
		return 0, nil
	}
	err = fmt.Errorf("the collector answers with status %d", answer.StatusCode)
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if n, parsed := strconv.Atoi(answer.Header.Get("Retry-After")); parsed == nil && n > 0 {
			return time.Duration(n) * time.Second, err
		}
		return time.Second, err
	}
	return 0, err
}
