package watch_test

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/watch"
)

var update = flag.Bool("update", false, "rewrite generated files instead of comparing them")

// clock is a clock that goes on by a quarter of a second whenever it is read.
func clock() func() time.Time {
	at := time.Unix(1_800_000_000, 0)
	return func() time.Time {
		at = at.Add(250 * time.Millisecond)
		return at
	}
}

func newWatch() *watch.Watch {
	w := watch.New(watch.Options{Version: "v1", Now: clock()})
	w.Declare([]ident.ProductID{"pim"})
	return w
}

// sources are those of a server that is doing something.
func sources() watch.Sources {
	return watch.Sources{
		Hashing: func() watch.Hashing { return watch.Hashing{Running: 2, Waiting: 3, Refused: 4, Bytes: 5, Limit: 6} },
		Outbox: func(context.Context) (watch.Outbox, error) {
			return watch.Outbox{Waiting: 7, OldestAt: time.Unix(1_800_000_000, 0)}, nil
		},
		Pools: func() []watch.Pool {
			return []watch.Pool{{Name: "write", InUse: 1, Idle: 2, Limit: 3, Waits: 4, Waited: 1500 * time.Millisecond}}
		},
		Connectors: func() []watch.Connectors { return []watch.Connectors{{Product: "pim", State: "resting", Count: 2}} },
	}
}

// scrape gives the lines that Prometheus would read.
func scrape(t *testing.T, w *watch.Watch) []string {
	t.Helper()
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	if recorder.Code != http.StatusOK {
		t.Fatalf("status %d: %s", recorder.Code, recorder.Body)
	}
	return strings.Split(recorder.Body.String(), "\n")
}

func holds(t *testing.T, lines []string, want ...string) {
	t.Helper()
	for _, line := range want {
		found := false
		for _, l := range lines {
			found = found || l == line
		}
		if !found {
			t.Errorf("not there: %s", line)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(lines, "\n"))
	}
}

func TestRequestsAreTimedByPattern(t *testing.T) {
	w := newWatch()
	for _, status := range []int{200, 303, 200, 99} {
		_, traceID, done := w.Request(httptest.NewRequest("GET", "/a/canary?t=canary", nil), "R")
		if traceID != "" {
			t.Error("a trace, and nobody asked for one")
		}
		done("GET /a/{name}", status, "")
	}
	_, _, _ = w.Request(httptest.NewRequest("GET", "/", nil), "R") // under way
	lines := scrape(t, w)
	holds(t, lines, `ligature_http_request_duration_seconds_count{class="2xx",pattern="GET /a/{name}"} 2`,
		`ligature_http_request_duration_seconds_sum{class="2xx",pattern="GET /a/{name}"} 0.5`,
		`ligature_http_request_duration_seconds_count{class="3xx",pattern="GET /a/{name}"} 1`,
		`ligature_http_request_duration_seconds_count{class="other",pattern="GET /a/{name}"} 1`,
		`ligature_http_requests_in_flight 1`)
	if strings.Contains(strings.Join(lines, "\n"), "canary") {
		t.Error("something of the path is in the metrics")
	}
}

// A sign-in is counted when it begins and once when it ends, whatever its owner says about it afterwards.
func TestSignInsEndOnce(t *testing.T) {
	w := newWatch()
	commit := func(state linking.State, actions ...audit.Action) {
		o := linking.Outcome{Flow: linking.Flow{ID: "fl", Product: "pim", State: state}}
		for _, a := range actions {
			o.Events = append(o.Events, audit.Event{Action: a, Reason: "legacy.disabled"})
		}
		w.Committed(o)
	}
	commit(linking.AwaitIdentifier, audit.FlowBegun)
	commit(linking.AwaitPassword, audit.Identified)
	commit(linking.Linked, audit.MailboxProven, audit.LinkActivated, audit.SignedIn)
	commit(linking.Linked, audit.RequestStopped, audit.LinkSuspended)
	commit(linking.Abandoned, audit.RequestStopped)
	commit(linking.Refused, audit.FlowRefused)
	w.Committed(linking.Outcome{Events: []audit.Event{{Action: audit.LinkRestored}}}) // without a flow
	holds(t, scrape(t, w), `ligature_sign_ins_total{outcome="begun",product="pim"} 1`,
		`ligature_sign_ins_total{outcome="linked",product="pim"} 1`, `ligature_sign_ins_total{outcome="abandoned",product="pim"} 1`,
		`ligature_sign_ins_total{outcome="refused",product="pim"} 1`, `ligature_sign_ins_total{outcome="pending",product="pim"} 0`,
		`ligature_sign_in_refusals_total{reason="legacy.disabled"} 1`,
		`ligature_links_total{change="activated"} 1`, `ligature_links_total{change="suspended"} 1`,
		`ligature_links_total{change="restored"} 1`, `ligature_links_total{change="moved"} 0`,
		`ligature_events_total{action="request.stopped"} 2`)
}

func TestPartsAreTimedByOutcome(t *testing.T) {
	w := newWatch()
	call := w.Connector("pim")
	for answer, err := range map[string]error{"wrong_password": nil, "timeout": fault.New(fault.Unavailable, "connector.timeout"),
		"busy": fault.New(fault.Unavailable, "connector.busy"), "resting": fault.New(fault.Unavailable, "connector.resting"),
		"unavailable": fault.New(fault.Unavailable, "connector.failed"), "internal": errors.New("canary")} {
		_, done := call(t.Context(), "verify")
		done(answer, err)
	}
	_, done := w.Transaction(t.Context(), "commit")
	done(3, nil)
	_, hashed := w.Hash(t.Context())
	hashed(fault.New(fault.Unavailable, "password.busy"))
	_, mailed := w.Mail(t.Context(), "confirm")
	mailed("deferred")
	w.TokenAnswered("authorization_code", "issued")
	w.TokenAnswered("canary", "unsupported_grant_type")
	lines := scrape(t, w)
	for _, outcome := range []string{"wrong_password", "timeout", "busy", "resting", "unavailable", "internal"} {
		holds(t, lines, `ligature_connector_call_duration_seconds_count{call="verify",outcome="`+outcome+`",product="pim"} 1`)
	}
	holds(t, lines, `ligature_store_transaction_duration_seconds_count{kind="commit",outcome="ok"} 1`,
		`ligature_store_retries_total{kind="commit"} 2`, `ligature_store_retries_total{kind="group"} 0`,
		`ligature_hashing_duration_seconds_count{outcome="unavailable"} 1`, `ligature_mails_total{kind="confirm",outcome="deferred"} 1`,
		`ligature_mail_duration_seconds_count{outcome="deferred"} 1`, `ligature_tokens_total{grant="authorization_code",outcome="issued"} 1`,
		`ligature_tokens_total{grant="other",outcome="unsupported_grant_type"} 1`, `ligature_tokens_total{grant="refresh_token",outcome="issued"} 0`)
	if strings.Contains(strings.Join(lines, "\n"), "canary") {
		t.Error("what somebody sent is in the metrics")
	}
}

func TestAScrapeAsks(t *testing.T) {
	w := newWatch()
	w.Ask(sources())
	holds(t, scrape(t, w), `ligature_hashing_running 2`, `ligature_hashing_waiting 3`, `ligature_hashing_refused_total 4`,
		`ligature_hashing_memory_bytes 5`, `ligature_hashing_memory_limit_bytes 6`, `ligature_mails_waiting 7`,
		`ligature_mail_oldest_age_seconds 0.25`, `ligature_store_up 1`, `ligature_store_connections{pool="write",state="in_use"} 1`,
		`ligature_store_connections{pool="write",state="idle"} 2`, `ligature_store_connections_limit{pool="write"} 3`,
		`ligature_store_connection_waits_total{pool="write"} 4`, `ligature_store_connection_wait_seconds_total{pool="write"} 1.5`,
		`ligature_connectors{product="pim",state="resting"} 2`)
}

// A database that is down is a figure, and not a scrape that fails: everything else is wanted most just then.
func TestAScrapeOutlivesTheDatabase(t *testing.T) {
	w := newWatch()
	down := sources()
	down.Outbox = func(context.Context) (watch.Outbox, error) { return watch.Outbox{}, errors.New("canary") }
	w.Ask(down)
	lines := scrape(t, w)
	holds(t, lines, `ligature_store_up 0`, `ligature_hashing_running 2`)
	if text := strings.Join(lines, "\n"); strings.Contains(text, "ligature_mails_waiting") || strings.Contains(text, "canary") {
		t.Errorf("what nobody knows is told:\n%s", text)
	}
}

func TestOnlyMetricsAreAnswered(t *testing.T) {
	for target, want := range map[string]int{"GET /": 404, "GET /debug/pprof/": 404, "POST /metrics": 405} {
		method, path, _ := strings.Cut(target, " ")
		recorder := httptest.NewRecorder()
		newWatch().Handler().ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
		if recorder.Code != want {
			t.Errorf("%s: %d, want %d", target, recorder.Code, want)
		}
	}
}

const (
	tableBegin = "<!-- metrics -->\n"
	tableEnd   = "<!-- /metrics -->"
	document   = "../../docs/operate/watch.md"
)

// The table of the documentation is what is registered: every family, its labels and its meaning.
func TestTheTableIsTheRegistry(t *testing.T) {
	w := newWatch()
	w.Ask(sources())
	var table strings.Builder
	table.WriteString(tableBegin + "| metric | kind | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range w.Metrics() {
		labels := ""
		if len(m.Labels) > 0 {
			labels = "`" + strings.Join(m.Labels, "`, `") + "`"
		}
		table.WriteString("| `" + m.Name + "` | " + m.Type + " | " + labels + " | " + m.Help + " |\n")
	}
	old, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(old), tableBegin)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		t.Fatalf("%s has no table between %q and %q", document, tableBegin, tableEnd)
	}
	want := before + table.String() + tableEnd + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(old) {
		t.Errorf("the table of metrics in %s is not the one of the code: go test ./internal/watch -update", document)
	}
}

// BenchmarkRequest is what metrics cost a request; the budget is 2 µs.
func BenchmarkRequest(b *testing.B) {
	w := watch.New(watch.Options{Version: "v1", Now: time.Now})
	r := httptest.NewRequest("GET", "/authorize", nil)
	b.ReportAllocs()
	for b.Loop() {
		_, _, done := w.Request(r, "R")
		done("/authorize", 303, "")
	}
}

// BenchmarkRequestTraced is what a trace costs, up to where it is handed to a batch.
func BenchmarkRequestTraced(b *testing.B) {
	provider := sdk.NewTracerProvider(sdk.WithSampler(sdk.AlwaysSample()))
	w := watch.New(watch.Options{Version: "v1", Now: time.Now, Tracer: provider.Tracer("ligature")})
	r := httptest.NewRequest("GET", "/authorize", nil)
	b.ReportAllocs()
	for b.Loop() {
		_, _, done := w.Request(r, "R")
		done("/authorize", 303, "")
	}
}

// BenchmarkTransaction is what they cost a transaction.
func BenchmarkTransaction(b *testing.B) {
	w := watch.New(watch.Options{Version: "v1", Now: time.Now})
	b.ReportAllocs()
	for b.Loop() {
		_, done := w.Transaction(b.Context(), "group")
		done(1, nil)
	}
}
