package web

import (
	"context"
	"log/slog"
)

// ReferenceHeader carries the reference of a request in each answer. What a request says in a header of that name is not
// looked at: references are ours, and nobody can make two alike.
const ReferenceHeader = "X-Request-Id"

// Referring is a log whose lines say to which request they belong, where they are written in the context of one: its
// reference as "request", and the id of its trace, if there is one, as "trace".
func Referring(log *slog.Logger) *slog.Logger {
	if _, already := log.Handler().(referring); already {
		return log
	}
	return slog.New(referring{log.Handler()})
}

// referring adds the reference.
type referring struct{ slog.Handler }

// Handle implements slog.Handler.
func (h referring) Handle(ctx context.Context, record slog.Record) error {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		record.AddAttrs(slog.String("request", x.id))
		if x.traceID != "" {
			record.AddAttrs(slog.String("trace", x.traceID))
		}
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h referring) WithAttrs(attrs []slog.Attr) slog.Handler {
	return referring{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h referring) WithGroup(name string) slog.Handler { return referring{h.Handler.WithGroup(name)} }
