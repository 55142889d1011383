// Package fault says what kind of failure happened, which message may be shown to a person and what is only logged.
//
// Every error that crosses a package border is, or wraps, a *fault.Error. An error that does not is Internal, and says
// only that to the outside.
package fault

import (
	"errors"
	"time"
)

// Kind is one of the eight kinds of failure the product knows.
type Kind uint8

// The kinds. The zero value is Internal on purpose: what nobody classified is our own mistake.
const (
	// Internal is a mistake of ours; the person sees a reference, nothing else.
	Internal Kind = iota
	// Invalid is input that can be corrected and sent again.
	Invalid
	// Missing is something that does not exist, or not for the one who asks.
	Missing
	// Moved means that a row this decision was made on has changed since; load again and decide again.
	Moved
	// Denied is a refusal that another try will not change.
	Denied
	// Expired is something that was good once and is no longer.
	Expired
	// Throttled means too many attempts; Error.After says how long to wait.
	Throttled
	// Unavailable is a part that does not answer. It never means that somebody does not exist.
	Unavailable
)

// String is the kind's name in logs and metrics.
func (k Kind) String() string {
	names := [...]string{"internal", "invalid", "missing", "moved", "denied", "expired", "throttled", "unavailable"}
	if int(k) < len(names) {
		return names[k]
	}
	return "internal"
}

// Error is a classified failure.
type Error struct {
	// Kind decides the status and the page.
	Kind Kind
	// Key is "area.reason": stable, safe to show and to log, and the key of the text.
	Key string
	// After is how long to wait before another try makes sense; zero when it does not apply.
	After time.Duration
	// Err is the cause, for the log alone.
	Err error
}

// New makes a failure without a cause.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// Wrap makes a failure with a cause; it returns nil when err is nil.
func Wrap(kind Kind, key string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Key: key, Err: err}
}

// Wait makes a Throttled failure that says how long to wait.
func Wait(key string, after time.Duration) *Error {
	return &Error{Kind: Throttled, Key: key, After: after}
}

// Error is for logs: the key and the cause. The cause may name a table or a host, never what somebody typed.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Kind.String() + ": " + e.Key
	}
	return e.Kind.String() + ": " + e.Key + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the outermost classified failure in err's chain; Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// KeyOf is the key of the outermost classified failure in err's chain; "internal" when there is none.
func KeyOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Key
	}
	return "internal"
}

// AfterOf is the wait that err asks for; zero when it asks for none.
func AfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.After
	}
	return 0
}

// Is reports whether err is of the kind. A nil error is of no kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
