package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// withMetrics adds a listener for metrics to a configuration.
func withMetrics(text string) string { return "metrics: {listen: \"127.0.0.1:0\"}" + text }

// scrape gives what Prometheus would read.
func (w *world) scrape() string {
	w.t.Helper()
	response, err := http.Get("http://" + fmt.Sprint(w.log.line(w.t, "metrics")["address"]) + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("metrics: %d %v", response.StatusCode, err)
	}
	return string(body)
}

// exposes scrapes until every line is there: some things are counted just after their answer was seen.
func (w *world) exposes(lines ...string) (exposed string) {
	w.t.Helper()
	limit, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	for {
		exposed = w.scrape()
		missing := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Contains(exposed, line) })
		if len(missing) == 0 {
			return exposed
		}
		if limit.Err() != nil {
			w.t.Fatalf("not there: %q\n%s", missing, exposed)
		}
	}
}

// firstSignIn walks somebody who is new to the end, in one browser.
func (w *world) firstSignIn() {
	w.t.Helper()
	person := people()[0]
	b := w.browser("T")
	w.toEmail(b, person, person.Username)
	b.Press("Confirm & Continue")
	waiting := b.Page.Form("Continue")
	confirm, _ := w.mail(person.Email, 1)
	b.Open(confirm)
	b.Send(waiting)
	b.Press("Continue to Example PIM")
	if !strings.HasPrefix(b.Page.URL.String(), productURL) {
		w.t.Fatalf("not in the product: %s\n%s", b.Page.URL, b.Page.Text())
	}
}

// What an operator sees after somebody signed in for the first time, and somebody else was refused: everything that the
// dashboard and the alerts ask for is there.
func TestServeIsCounted(t *testing.T) {
	w := openWorld(t, withMetrics)
	w.serve()
	w.firstSignIn()
	refused := w.browser("R")
	refused.Open(productURL + "/")
	if status, _, talk := w.verb("", "tenant", "off", "acme", "--config", w.file(), "--reason", "a trial", "--by", "ana"); status != exitOK {
		t.Fatal(talk)
	}
	refused.Press("Continue", "email", people()[1].Username)
	exposed := w.exposes(
		`ligature_sign_ins_total{outcome="begun",product="pim"} 2`,
		`ligature_sign_ins_total{outcome="linked",product="pim"} 1`,
		`ligature_sign_ins_total{outcome="refused",product="pim"} 1`,
		`ligature_sign_in_refusals_total{reason="tenant.not_enabled"} 1`,
		`ligature_links_total{change="activated"} 1`,
		`ligature_tokens_total{grant="authorization_code",outcome="issued"} 1`,
		`ligature_connector_call_duration_seconds_count{call="verify",outcome="match",product="pim"} 1`,
		`ligature_connectors{product="pim",state="answering"} 1`,
		`ligature_mails_total{kind="confirm",outcome="sent"} 1`,
		`ligature_hashing_running 0`, `ligature_store_up 1`,
		`ligature_http_request_duration_seconds_count{class="2xx",pattern="/token"} 1`,
		"ligature_hashing_duration_seconds_count", `ligature_store_transaction_duration_seconds_count{kind="group"`,
		"ligature_store_connections{", "ligature_build_info{", "go_goroutines ", "process_resident_memory_bytes ")
	watchedFor(t, exposed)
	w.auditKnowsRequests()
}

// auditKnowsRequests holds that each event of a page's doing leads to the line of its request.
func (w *world) auditKnowsRequests() {
	w.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "ligature.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(w.t.Context(), "SELECT action, request FROM event WHERE action IN ('flow.begun', 'session.started', 'flow.refused')")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	events := 0
	for rows.Next() {
		var action, request string
		if err := rows.Scan(&action, &request); err != nil {
			w.t.Fatal(err)
		}
		events++
		if len(request) < 6 || !strings.Contains(w.log.String(), `"request":"`+request+`"`) {
			w.t.Errorf("%s happened in the request %q, which is not in the log", action, request)
		}
	}
	if rows.Err() != nil || events != 4 {
		w.t.Errorf("%d events, want 4 (%v)", events, rows.Err())
	}
}

// A number that somebody reads out to support is in the answer, on the page and in the log; what a request calls itself is
// not looked at.
func TestServeNumbersRequests(t *testing.T) {
	w := openWorld(t, nil)
	w.serve()
	seen := map[string]bool{}
	for _, ask := range []struct{ path, in string }{
		{"/nothing/here", "<bdi dir=\"ltr\">%s</bdi>"}, {"/api/v1/invitations", "urn:ligature:request:%s"}, {"/userinfo", ""}, {"/jwks", ""},
	} {
		r, err := http.NewRequest("GET", "http://"+w.at+ask.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = strings.TrimPrefix(issuer, "http://")
		r.Header.Set("X-Request-Id", "canary")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		number := response.Header.Get("X-Request-Id")
		if err != nil || len(number) < 6 || seen[number] {
			t.Fatalf("%s has the number %q (%v)", ask.path, number, err)
		}
		seen[number] = true
		if want := fmt.Sprintf(ask.in, number); ask.in != "" && !strings.Contains(string(body), want) {
			t.Errorf("%s does not say %q:\n%s", ask.path, want, body)
		}
		w.log.has(t, `"request":"`+number+`"`)
	}
	if strings.Contains(w.log.String(), "canary") {
		t.Error("the log has what a request calls itself")
	}
}
