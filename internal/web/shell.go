package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"ligature/internal/fault"
)

// HandlerFunc answers a request, or returns an error before anything is written. GET shows, POST acts and answers 303.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Options is what a Shell is made of. All fields but Log are needed.
type Options struct {
	// Renderer makes the error pages.
	Renderer *Renderer
	// Log gets one line a request and one an error; nil drops them.
	Log *slog.Logger
	// Now is the clock, for durations in the log.
	Now func() time.Time
	// NewID makes the reference of a request: short, not secret, unlike any other of the last weeks.
	NewID func() string
	// Hosts are the values of the Host header that are ours, ports included; others get 421.
	Hosts []string
	// Cookies names the cookies.
	Cookies Cookies
	// HTTPS says that the issuer is https, so that answers carry HSTS.
	HTTPS bool
	// LoginURL is where error pages lead; empty leaves their button out.
	LoginURL string
	// Watch is told of each request with its reference; it gives the context to answer in and the id of its trace, empty for
	// none. done is told the pattern, the status and the kind of the failure, empty for none. Nil for nobody.
	Watch func(r *http.Request, reference string) (ctx context.Context, traceID string, done func(pattern string, status int, failure string))
}

// Shell is the outer layer of all handlers: it turns errors into answers and sets what every answer carries.
type Shell struct{ Options }

// NewShell makes a shell.
func NewShell(options Options) *Shell {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	options.Log = Referring(options.Log)
	return &Shell{options}
}

// exchange is what is known of one request, for the log line at its end.
type exchange struct {
	id, pattern string
	traceID     string
	err         error
	done        func(pattern string, status int, failure string)
}

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// RequestID is the reference of the request, as error pages show it; empty outside of Shell.Common.
func RequestID(r *http.Request) string { return exchangeOf(r).id }

// ReferenceOf is the reference of the request that is answered in this context; empty outside of Shell.Common.
func ReferenceOf(ctx context.Context) string {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x.id
	}
	return ""
}

// Handle makes a handler whose errors become pages (S12).
func (s *Shell) Handle(h HandlerFunc) http.Handler { return s.answer(h, s.page) }

// HandleAPI makes a handler whose errors become problem documents (RFC 9457).
func (s *Shell) HandleAPI(h HandlerFunc) http.Handler { return s.answer(h, s.problem) }

// NotFound is the page for addresses that do not exist; register it as "/".
func (s *Shell) NotFound() http.Handler {
	return s.Handle(func(http.ResponseWriter, *http.Request) error { return fault.New(fault.Missing, "page.missing") })
}

func (s *Shell) answer(h HandlerFunc, failed func(http.ResponseWriter, *http.Request, error) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(r)
		x.pattern = r.Pattern
		x.err = h(w, r)
		if x.err == nil {
			return
		}
		if o, ok := w.(*observed); ok && o.status != 0 {
			return // the answer has begun; the log line tells the rest
		}
		if after := fault.AfterOf(x.err); after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(seconds(after)))
		} else if fault.Is(x.err, fault.Unavailable) {
			w.Header().Set("Retry-After", "5")
		}
		if err := failed(w, r, x.err); err != nil {
			x.err = errors.Join(x.err, err)
			http.Error(w, "There is a problem with the service. Reference "+x.id, http.StatusInternalServerError)
		}
	})
}

// outcomes maps the kinds of failure to a status and to a kind of ProblemPage.
var outcomes = map[fault.Kind]struct {
	status int
	kind   string
}{
	fault.Internal:    {http.StatusInternalServerError, ProblemService},
	fault.Invalid:     {http.StatusBadRequest, ProblemBadRequest},
	fault.Missing:     {http.StatusNotFound, ProblemNotFound},
	fault.Moved:       {http.StatusConflict, ProblemOutOfDate},
	fault.Denied:      {http.StatusForbidden, ProblemRefused},
	fault.Expired:     {http.StatusGone, ProblemTimedOut},
	fault.Throttled:   {http.StatusTooManyRequests, ProblemLocked},
	fault.Unavailable: {http.StatusServiceUnavailable, ProblemBusy},
}

// Status is the status an error of this kind is answered with.
func Status(err error) int { return outcomes[fault.KindOf(err)].status }

// page answers with a page that shows nothing of the request but its reference.
func (s *Shell) page(w http.ResponseWriter, r *http.Request, err error) error {
	out := outcomes[fault.KindOf(err)]
	page := ProblemPage{Kind: out.kind, NextURL: s.LoginURL, Reference: RequestID(r)}
	if out.kind == ProblemLocked {
		page.Minutes, page.NextURL = minutes(fault.AfterOf(err)), ""
	}
	return s.Renderer.Render(w, r, out.status, page)
}

// problem answers with a problem document; its type is about:blank, its key says what happened.
func (s *Shell) problem(w http.ResponseWriter, r *http.Request, err error) error {
	status := Status(err)
	body, jsonErr := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status,
		"key": publicKey(err), "instance": "urn:ligature:request:" + RequestID(r),
	})
	if jsonErr != nil {
		return fault.Wrap(fault.Internal, "problem.json", jsonErr)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, jsonErr = w.Write(body)
	return fault.Wrap(fault.Unavailable, "problem.write", jsonErr)
}

// publicKey is the failure's key; a mistake of ours says only that.
func publicKey(err error) string {
	if fault.Is(err, fault.Internal) {
		return "internal"
	}
	return fault.KeyOf(err)
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
func minutes(d time.Duration) int { return int(math.Ceil(d.Minutes())) }

// Common is the outermost layer, for pages and protocol alike: reference, one log line, recovery, known hosts.
// The line holds the pattern and never the path, the query or a header, because those hold tokens and names.
func (s *Shell) Common(next http.Handler) http.Handler {
	known := map[string]bool{}
	for _, host := range s.Hosts {
		known[host] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.Now()
		x := &exchange{id: s.NewID(), pattern: "none"}
		ctx := r.Context()
		if s.Watch != nil {
			ctx, x.traceID, x.done = s.Watch(r, x.id)
		}
		r = r.WithContext(context.WithValue(ctx, exchangeKey{}, x))
		o := &observed{ResponseWriter: w}
		defer s.finish(o, r, x, began)
		SecurityHeaders(w.Header(), s.HTTPS)
		w.Header().Set(ReferenceHeader, x.id)
		if !known[r.Host] {
			http.Error(o, "This server does not answer for that host. Reference "+x.id, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(o, r)
	})
}

// finish recovers from a panic and writes the log line.
func (s *Shell) finish(o *observed, r *http.Request, x *exchange, began time.Time) {
	if caught := recover(); caught != nil {
		if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(caught)
		}
		// The value is not printed: it may hold what somebody typed. Its type and the stack find the place.
		s.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("stack", string(debug.Stack())))
		x.err = fault.Wrap(fault.Internal, "panic", fmt.Errorf("panic of type %T", caught))
		if o.status == 0 {
			if err := s.page(o, r, x.err); err != nil {
				http.Error(o, "There is a problem with the service. Reference "+x.id, http.StatusInternalServerError)
			}
		}
	}
	if x.pattern == "none" && r.Pattern != "" {
		x.pattern = r.Pattern // a handler that answers its errors itself
	}
	attrs := []slog.Attr{
		slog.String("method", method(r.Method)), slog.String("pattern", x.pattern),
		slog.Int("status", max(o.status, http.StatusOK)), slog.Int("bytes", o.bytes),
		slog.Duration("took", s.Now().Sub(began)),
	}
	level, failure := slog.LevelInfo, ""
	if x.err != nil {
		failure = fault.KindOf(x.err).String()
		attrs = append(attrs, slog.String("kind", failure), slog.String("error", x.err.Error()))
		if kind := fault.KindOf(x.err); kind == fault.Internal || kind == fault.Unavailable {
			level = slog.LevelError
		}
	}
	s.Log.LogAttrs(r.Context(), level, "request", attrs...)
	if x.done != nil {
		x.done(x.pattern, max(o.status, http.StatusOK), failure)
	}
}

// method is a known method's name: a made-up one is something somebody typed.
func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return name
	}
	return "other"
}
