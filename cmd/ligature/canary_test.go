package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ligature/internal/testkit"
)

// canaries are values that must not be found in a log, by what they are.
type canaries map[string]string

// add takes a value and the forms it may be written in.
func (c canaries) add(what, value string) {
	c[what] = value
	c[what+", in a URL"] = url.QueryEscape(value)
}

// have reports whether there is one whose description begins so.
func (c canaries) have(what string) bool {
	for known := range c {
		if strings.HasPrefix(known, what) {
			return true
		}
	}
	return false
}

// jar takes the cookies of a browser.
func (c canaries) jar(b *testkit.Browser, who string) {
	for _, at := range []string{issuer, productURL} {
		for name, value := range b.Cookies(at) {
			c.add(who+"'s cookie "+name, value)
		}
	}
}

var secretParams = []string{"code", "state", "nonce", "t", "flow", "request", "code_challenge", "login_hint"}

// hops takes what the addresses of a navigation carried.
func (c canaries) hops(b *testkit.Browser) {
	for _, hop := range b.Hops {
		u, err := url.Parse(hop)
		if err != nil {
			continue
		}
		for _, name := range secretParams {
			if value := u.Query().Get(name); len(value) > 3 {
				c.add("parameter "+name+" of "+u.Path+" "+value[:4], value)
			}
		}
	}
	if b.Page != nil {
		for _, form := range b.Page.Forms {
			if step := form.Fields["step"]; step != "" {
				c.add("step token of "+form.Action, step)
			}
		}
	}
}

// Nothing that somebody typed, and nothing that opens anything, is in the log of serve at its most talkative, in its metrics
// or in its traces: not of a whole journey, and not of everything that can go wrong on the way (ATK-40).
func TestServeLogsNothingTyped(t *testing.T) {
	traces := newCollector(t)
	w := openWorld(t, traces.watched)
	w.serve()
	found := canaries{}
	person := people()[0]
	found.add("the password", person.Password)
	found.add("the username", person.Username)
	found.add("the address", "canary.box")
	found.add("the client's secret", clientSecret)
	found.add("the sealing key", "0123456789-key-of-a-test-9876543")

	b := w.browser("T")
	note := func() { found.hops(b); found.jar(b, "T") }
	type step struct {
		button string
		fields []string
	}
	b.Open(productURL + "/")
	for _, s := range []step{
		{"Continue", []string{"email", "canary typed\nidentifier"}},
		{"Continue", []string{"email", "canary.nobody@acme.example"}},
		{"Login", []string{"password", "canary-wrong-password"}},
	} {
		b.Press(s.button, s.fields...)
		note()
	}
	b.Open(productURL + "/")
	b.Press("Continue", "email", person.Username)
	note()
	b.Press("Login", "password", "canary-wrong-password")
	note()
	b.Press("Login", "password", person.Password)
	note()
	b.Press("Confirm & Continue", "email", "canary mailbox that is none")
	note()
	b.Press("Confirm & Continue", "email", person.Email)
	note()

	// Another browser opens the link and shows the code; the first types a wrong one, and then the right one.
	confirm, notMe := w.mail(person.Email, 1)
	other := w.browser("K")
	other.Open(confirm)
	found.hops(other)
	waiting := b.Page
	other.Press("Show code")
	otp := regexp.MustCompile(`[2-9A-Z]{4} [2-9A-Z]{4}`).FindString(other.Page.Text())
	if otp == "" {
		t.Fatalf("no code on %q\n%s", other.Page.H1, other.Page.Text())
	}
	found.add("the code", otp)
	found.add("the code, unspaced", strings.ReplaceAll(otp, " ", ""))
	b.Open(waiting.URL.String())
	for _, typed := range []string{"CANARY22", otp} {
		b.Press("Use code", "otc", typed)
		note()
	}
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("after the code: %q\n%s", b.Page.H1, b.Page.Text())
	}
	b.Press("Continue to Example PIM")
	note()
	if !strings.HasPrefix(b.Page.URL.String(), productURL) {
		t.Fatalf("not in the product: %s", b.Page.URL)
	}
	other.Open(confirm) // used
	other.Open(strings.Replace(confirm, "?t=", "?t=canary-damaged-", 1))
	other.Open(notMe)
	found.hops(other)
	w.misuse(other)
	found.jar(other, "K")
	metrics := w.scrape()
	w.stop()
	if status := <-w.exited; status != exitOK {
		t.Errorf("exit code %d", status)
	}
	w.exited <- exitOK

	for _, what := range []string{"T's cookie __Host-ligature-session", "T's cookie __Host-ligature-browser", "K's cookie ", "parameter code of ",
		"parameter state of ", "parameter t of /email/confirm", "parameter t of /email/not-me", "parameter flow of ", "step token of "} {
		if !found.have(what) {
			t.Errorf("nothing was collected as %q; the test looks at too little", what)
		}
	}
	w.stored(found)
	log := w.log.String()
	if lines := strings.Count(log, `"msg":"request"`); lines < 30 {
		t.Fatalf("%d requests in the log; the test looks at nothing", lines)
	}
	traces.hang(t, log)
	for where, text := range map[string]string{"log": log, "metrics": metrics, "traces": traces.raw.String()} {
		for what, value := range found {
			if strings.Contains(text, value) {
				t.Errorf("%s is in the %s: %s", what, where, value)
			}
		}
		for _, word := range []string{"canary", "CANARY", "acme"} {
			if i := strings.Index(text, word); i >= 0 && (word != "acme" || where != "log") {
				t.Errorf("something typed, or a tenant, is in the %s: …%s…", where, text[max(0, i-80):min(len(text), i+80)])
			}
		}
	}
}

// hang holds that the traces tell of everything there was, and that each request of the log has one by its number.
func (c *collector) hang(t *testing.T, log string) {
	t.Helper()
	parents := map[string]bool{}
	for _, s := range c.spans {
		parents[string(s.SpanId)] = true
	}
	for _, name := range []string{"POST /login/password", "/token", "hash", "connector verify", "store commit", "store group", "mail"} {
		if len(c.named(name)) == 0 {
			t.Errorf("no span %q; the test looks at too little", name)
		}
	}
	requests := 0
	for _, s := range c.spans {
		if len(s.ParentSpanId) > 0 && !parents[string(s.ParentSpanId)] {
			t.Errorf("the parent of span %q is not there", s.Name)
		}
		number := attribute(s, "ligature.request")
		if number == "" {
			continue
		}
		requests++
		if want := fmt.Sprintf(`"request":"%s","trace":"%x"`, number, s.TraceId); !strings.Contains(log, want) {
			t.Errorf("the log does not have %s of %q", want, s.Name)
		}
		if len(s.ParentSpanId) > 0 || strings.Contains(string(s.TraceId), "\xca\xca") {
			t.Errorf("a stranger says how the trace of %q begins", s.Name)
		}
	}
	if lines := strings.Count(log, `"msg":"request"`); requests != lines {
		t.Errorf("%d requests in the log and %d in the traces", lines, requests)
	}
	linked := 0
	for _, s := range c.spans {
		linked += len(s.Links)
		for _, l := range s.Links {
			if fmt.Sprintf("%x", l.TraceId) != strangersTrace || l.TraceState != "" {
				t.Errorf("a link to %x, state %q", l.TraceId, l.TraceState)
			}
		}
	}
	if linked != 1 {
		t.Errorf("%d links to a stranger's trace, want 1", linked)
	}
}

// strangersTrace is the trace that a request says it belongs to.
const strangersTrace = "cacacacacacacacacacacacacacacaca"

// misuse sends what no browser would.
func (w *world) misuse(b *testkit.Browser) {
	w.t.Helper()
	send := func(method, at, body string, header ...string) {
		r, err := http.NewRequest(method, at, strings.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
			r.Header.Set(header[i], header[i+1])
		}
		b.Do(r)
	}
	const form = "application/x-www-form-urlencoded"
	send("GET", issuer+"/canary-path/canary?canary=canary", "")
	send("GET", issuer+"/authorize?client_id=canary-client&redirect_uri=https://canary.example/cb&state=canary-state", "")
	send("GET", issuer+"/authorize?client_id=pim&redirect_uri=https://canary.example/cb&response_type=code", "")
	send("GET", issuer+"/healthz", "", "Host", "canary.example")
	send("GET", issuer+"/login", "", "Host", "canary.example", "X-Forwarded-Host", "canary.example", "Forwarded", "host=canary.example")
	send("GET", issuer+"/login", "", "User-Agent", "canary agent; \u202ecanary", "Cookie", "canary=canary; __Host-ligature-session=canary", "X-Forwarded-For", "canary")
	send("POST", issuer+"/token", "grant_type=authorization_code&code=canary-auth-code&client_id=pim&client_secret=canary-client-secret", "Content-Type", form)
	send("POST", issuer+"/token", "grant_type=canary", "Content-Type", form, "Authorization", "Basic Y2FuYXJ5OmNhbmFyeQ==")
	send("GET", issuer+"/userinfo", "", "Authorization", "Bearer canary-access-token")
	send("GET", issuer+"/jwks", "", "Traceparent", "00-"+strangersTrace+"-cacacacacacacaca-01", "Tracestate", "canary=canary", "Baggage", "canary=canary")
	send("GET", issuer+"/jwks", "", "Traceparent", "canary", "X-Request-Id", "canary")
	send("POST", issuer+"/login/password", "password=canary-forged&flow=canary&step=canary", "Content-Type", form)
	send("POST", issuer+"/login", strings.Repeat("canary", 200_000), "Content-Type", form)
	send("POST", issuer+"/login", "%zz=canary;canary", "Content-Type", form)
	send("CANARY", issuer+"/login", "")
}

// What opens something, and what was typed by somebody who is nobody, is not in the database either: a copy of it is no
// key. Addresses and usernames of people who are known are, and they are no secrets.
func (w *world) stored(found canaries) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "ligature.db*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("no database: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		for what, value := range found {
			known := strings.HasPrefix(what, "the username") || strings.HasPrefix(what, "the address") || plain(what)
			if !known && strings.Contains(string(data), value) {
				w.t.Errorf("%s is in %s: %s", what, filepath.Base(file), value)
			}
		}
		for _, typed := range []string{"canary.nobody", "canary-wrong", "canary-state"} {
			if strings.Contains(string(data), typed) {
				w.t.Errorf("something typed is in %s: %s", filepath.Base(file), typed)
			}
		}
	}
}

// plain reports what is stored as it is, because it opens nothing by itself: names of flows and requests, which are bound
// to a browser, and what a product sent with its request.
func plain(what string) bool {
	for _, name := range []string{"flow", "request", "state", "nonce", "code_challenge", "login_hint"} {
		if strings.HasPrefix(what, "parameter "+name+" ") {
			return true
		}
	}
	return strings.Contains(what, "step token")
}
