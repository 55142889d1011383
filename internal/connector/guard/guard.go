// Package guard stands before a connector and keeps a slow, broken or overloaded product from taking the server with it:
// a deadline for each call, a cap on calls in flight, and a circuit breaker. It tries nothing twice, and a wrong password
// is an answer like any other.
package guard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Options configure a guard; zero fields mean defaults.
type Options struct {
	// Name appears in errors.
	Name ident.ConnectorName
	// Deadline is the longest a call may take; default 3 s.
	Deadline time.Duration
	// InFlight is the most calls at a time; default 16. One more is refused at once.
	InFlight int
	// Failures in a row open the breaker; default 5.
	Failures uint32
	// RestTTL is how long an open breaker refuses before it lets one call try; default 10 s.
	RestTTL time.Duration
	// Watch is told of each call when it begins: "find", "verify", "reset" or "list". done is told the answer in a word of
	// ours, or the error instead of one. Nil for nobody.
	Watch func(ctx context.Context, call string) (in context.Context, done func(answer string, err error))
	// OnState is told when the breaker begins to rest, to try and to answer again; nil for nobody. It must not block.
	OnState func(State)
}

func (o Options) filled() Options {
	if o.Deadline == 0 {
		o.Deadline = 3 * time.Second
	}
	if o.InFlight == 0 {
		o.InFlight = 16
	}
	if o.Failures == 0 {
		o.Failures = 5
	}
	if o.RestTTL == 0 {
		o.RestTTL = 10 * time.Second
	}
	return o
}

// core does the guarding; the types of New give it the abilities of what it guards.
type core struct {
	inner   connector.Connector
	options Options
	slots   chan struct{}
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
}

// New guards inner. The result has exactly the abilities of inner, so connector.AbilitiesOf and type assertions see what
// they would have seen. Errors of the result's calls are those of inner, and fault.Unavailable "connector.timeout",
// "connector.busy", "connector.resting" and "connector.panic".
func New(inner connector.Connector, options Options) connector.Connector {
	options = options.filled()
	c := &core{inner: inner, options: options, slots: make(chan struct{}, options.InFlight)}
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         string(options.Name),
		Timeout:      options.RestTTL,
		ReadyToTrip:  func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= options.Failures },
		IsSuccessful: answered,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if options.OnState != nil {
				options.OnState(stateOf(to))
			}
		},
		IsExcluded: func(err error) bool { return errors.Is(err, errCallerLeft) },
	})
	return withAbilities(c, connector.AbilitiesOf(inner))
}

// State is whether a product is asked.
type State string

// The states.
const (
	// Answering products are asked.
	Answering State = "answering"
	// Resting ones failed too often in a row and are not asked for a while.
	Resting State = "resting"
	// Trying ones are asked once, to see whether they answer again.
	Trying State = "trying"
)

func stateOf(s gobreaker.State) State {
	switch s {
	case gobreaker.StateOpen:
		return Resting
	case gobreaker.StateHalfOpen:
		return Trying
	}
	return Answering
}

// StateOf is the state of a guard that New made; Answering for any other connector.
func StateOf(c connector.Connector) State {
	if guarded, ok := c.(interface{ state() State }); ok {
		return guarded.state()
	}
	return Answering
}

func (c *core) state() State { return stateOf(c.breaker.State()) }

// errCallerLeft marks a call that ended because the person's request did, not because of the product.
var errCallerLeft = errors.New("the caller left")

// answered reports that the product is there: it answered, or one of its records could not be used.
func answered(err error) bool {
	return err == nil || !fault.Is(err, fault.Unavailable) || errors.Is(err, connector.ErrRecord)
}

// call runs f once under deadline, cap and breaker. It comes back at the deadline even when f does not; the slot is given
// back only when f really ends, so that the cap stays true for a product that hangs.
func call[T any](ctx context.Context, c *core, ability string, answer func(T) string, f func(ctx context.Context) (T, error)) (T, error) {
	if c.options.Watch == nil {
		return bounded(ctx, c, f)
	}
	ctx, done := c.options.Watch(ctx, ability)
	value, err := bounded(ctx, c, f)
	if err != nil {
		done("", err)
	} else {
		done(answer(value), nil)
	}
	return value, err
}

// bounded is call, with nobody watching.
func bounded[T any](ctx context.Context, c *core, f func(ctx context.Context) (T, error)) (T, error) {
	var zero T
	select {
	case c.slots <- struct{}{}:
	default:
		return zero, c.refusal("connector.busy", time.Second, errors.New("too many calls in flight"))
	}
	done, err := c.breaker.Allow()
	if err != nil {
		<-c.slots
		return zero, c.refusal("connector.resting", c.options.RestTTL, err)
	}
	type result struct {
		value T
		err   error
	}
	limited, cancel := context.WithTimeout(ctx, c.options.Deadline)
	defer cancel()
	results := make(chan result, 1)
	go func() {
		defer func() { <-c.slots }()
		defer func() {
			if p := recover(); p != nil {
				results <- result{err: c.refusal("connector.panic", 0, fmt.Errorf("panic: %T", p))}
			}
		}()
		value, err := f(limited)
		results <- result{value: value, err: err}
	}()
	var r result
	select {
	case r = <-results:
	case <-limited.Done():
		r.err = limited.Err()
	}
	if r.err != nil {
		r.value = zero
	}
	switch {
	case r.err != nil && ctx.Err() != nil:
		done(errCallerLeft)
	default:
		done(c.classified(r.err))
	}
	return r.value, c.classified(r.err)
}

// classified turns the end of the deadline, and errors that nobody classified, into Unavailable: an adapter's bare error
// is never mistaken for an answer.
func (c *core) classified(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return c.refusal("connector.timeout", 0, err)
	}
	return c.refusal("connector.failed", 0, err)
}

func (c *core) refusal(key string, after time.Duration, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Key: key, After: after, Err: fmt.Errorf("connector %q: %w", string(c.options.Name), cause)}
}

// Ping asks past the breaker, so that a health page sees the product come back; it has the deadline alone.
func (c *core) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Deadline)
	defer cancel()
	return c.classified(c.inner.Ping(ctx))
}

// Close closes what is guarded.
func (c *core) Close() error { return c.inner.Close() }
