package watch

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Transaction is told of a transaction of the store when it begins; kind is "commit" for one of its own and "group" for a
// statement that may share one. done is told how often it was run, and its error.
func (w *Watch) Transaction(ctx context.Context, kind string) (context.Context, func(runs int, err error)) {
	began := w.now()
	ctx, span := w.part(ctx, trace.SpanKindClient, "store "+kind)
	return ctx, func(runs int, err error) {
		outcome := outcomeOf(err)
		w.store.WithLabelValues(kind, outcome).Observe(w.now().Sub(began).Seconds())
		if runs > 1 {
			w.retries.WithLabelValues(kind).Add(float64(runs - 1))
			if span != nil {
				span.SetAttributes(attribute.Int("ligature.runs", runs))
			}
		}
		end(span, outcome, fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal))
	}
}

// Hash is told of the computation of a password's hash when it begins; done is told its error.
func (w *Watch) Hash(ctx context.Context) (context.Context, func(err error)) {
	began := w.now()
	ctx, span := w.part(ctx, trace.SpanKindInternal, "hash")
	return ctx, func(err error) {
		outcome := outcomeOf(err)
		w.hashing.WithLabelValues(outcome).Observe(w.now().Sub(began).Seconds())
		end(span, outcome, err != nil)
	}
}

// Connector gives what is told of calls of one connector, which belongs to the product; call is the ability that is used.
// done is told the answer, and the error instead of one.
func (w *Watch) Connector(product ident.ProductID) func(ctx context.Context, call string) (context.Context, func(answer string, err error)) {
	return func(ctx context.Context, call string) (context.Context, func(string, error)) {
		began := w.now()
		ctx, span := w.part(ctx, trace.SpanKindClient, "connector "+call, attribute.String("ligature.product", string(product)))
		return ctx, func(answer string, err error) {
			outcome := callOutcome(answer, err)
			w.connectors.WithLabelValues(string(product), call, outcome).Observe(w.now().Sub(began).Seconds())
			end(span, outcome, fault.Is(err, fault.Unavailable))
		}
	}
}

// callOutcome is the answer; without one, why there is none.
func callOutcome(answer string, err error) string {
	if err == nil {
		return answer
	}
	switch fault.KeyOf(err) {
	case "connector.timeout":
		return "timeout"
	case "connector.busy":
		return "busy"
	case "connector.resting":
		return "resting"
	}
	return outcomeOf(err)
}

// Mail is told of an attempt to hand over a mail when it begins; done is told how it ended: "sent", "deferred" or "failed".
func (w *Watch) Mail(ctx context.Context, kind string) (context.Context, func(outcome string)) {
	began := w.now()
	ctx, span := w.work(ctx, "mail", attribute.String("ligature.mail", kind))
	return ctx, func(outcome string) {
		w.mails.WithLabelValues(kind, outcome).Inc()
		w.mailTime.WithLabelValues(outcome).Observe(w.now().Sub(began).Seconds())
		end(span, outcome, outcome != "sent")
	}
}

// TokenIssued is the outcome of a token request that was granted; any other is the error that was answered.
const TokenIssued = "issued"

// grants are the grant types that are told apart.
var grants = []string{"authorization_code", "refresh_token", "client_credentials"}

// TokenAnswered counts an answer of the token endpoint. A grant type that we do not know is something that somebody typed.
func (w *Watch) TokenAnswered(grant, outcome string) {
	if !slices.Contains(grants, grant) {
		grant = "other"
	}
	w.tokens.WithLabelValues(grant, outcome).Inc()
}

// Hashing is what password hashing is doing just now.
type Hashing struct {
	Running, Waiting int64
	Refused          int64 // since the start
	Bytes, Limit     int64
}

// Outbox is what waits to be mailed.
type Outbox struct {
	Waiting  int64
	OldestAt time.Time // zero when nothing waits
}

// Pool is one pool of database connections.
type Pool struct {
	Name               string
	InUse, Idle, Limit int
	Waits              int64
	Waited             time.Duration
}

// Connectors are how many connectors of a product are in a state.
type Connectors struct {
	Product ident.ProductID
	State   string
	Count   int
}
