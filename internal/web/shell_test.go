package web_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/web"
)

// newShell is a shell for https://id.example with one page, GET and POST, that does what do says.
func newShell(t *testing.T, log io.Writer, do web.HandlerFunc) http.Handler {
	t.Helper()
	renderer, _ := newRenderer(t, brand())
	shell := web.NewShell(web.Options{
		Renderer: renderer, Log: slog.New(slog.NewTextHandler(log, nil)), NewID: func() string { return "R3F-123" },
		Now:   func() time.Time { return time.Unix(1_800_000_000, 0) },
		Hosts: []string{"id.example"}, HTTPS: true, LoginURL: "/login",
		Cookies: web.NewCookies(&url.URL{Scheme: "https", Host: "id.example"}),
	})
	mux := http.NewServeMux()
	mux.Handle("GET /page/{name}", shell.Handle(do))
	mux.Handle("POST /page/{name}", shell.Handle(do))
	mux.Handle("GET /api/thing", shell.HandleAPI(do))
	mux.Handle("/", shell.NotFound())
	return shell.Common(shell.Pages(mux))
}

func ask(handler http.Handler, method, target, body string, header map[string]string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "id.example"
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestErrorsBecomeAnswers holds the one mapping from kinds to status, page and document.
func TestErrorsBecomeAnswers(t *testing.T) {
	for _, row := range []struct {
		err    error
		status int
		title  string
		retry  string
	}{
		{fault.New(fault.Invalid, "a.b"), 400, "We did not understand this request", ""},
		{fault.New(fault.Missing, "a.b"), 404, "Page not found", ""},
		{fault.New(fault.Moved, "a.b"), 409, "This page is out of date", ""},
		{fault.New(fault.Denied, "a.b"), 403, "This request was refused", ""},
		{fault.New(fault.Expired, "a.b"), 410, "Your sign-in timed out", ""},
		{fault.Wait("a.b", 90*time.Second), 429, "Too many attempts", "90"},
		{fault.New(fault.Unavailable, "a.b"), 503, "We are busy", "5"},
		{fault.New(fault.Internal, "a.b"), 500, "There is a problem with the service", ""},
		{errors.New("canary"), 500, "There is a problem with the service", ""},
	} {
		t.Run(row.title, func(t *testing.T) {
			handler := newShell(t, io.Discard, func(http.ResponseWriter, *http.Request) error { return row.err })
			got := ask(handler, "GET", "/page/canary?t=canary", "", nil)
			body := bodyOf(t, got)
			if got.StatusCode != row.status || !strings.Contains(body, "<h1>"+row.title+"</h1>") {
				t.Errorf("status %d:\n%s", got.StatusCode, body)
			}
			if strings.Contains(body, "canary") || !strings.Contains(body, "R3F-123") {
				t.Error("the page reflects the request or names no reference")
			}
			if got.Header.Get("Retry-After") != row.retry {
				t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
			}
			if row.status == 429 && !strings.Contains(body, "Wait 2 minutes, then try again.") {
				t.Error("the page does not say how long to wait")
			}
			api := ask(handler, "GET", "/api/thing?t=canary", "", nil)
			if api.StatusCode != row.status || api.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("document: status %d, %s", api.StatusCode, api.Header.Get("Content-Type"))
			}
			if body := bodyOf(t, api); strings.Contains(body, "canary") || !strings.Contains(body, "R3F-123") {
				t.Errorf("document: %s", body)
			}
		})
	}
}

// TestLogHoldsNothingTyped puts a canary everywhere a request has room for it and looks for it in the log.
func TestLogHoldsNothingTyped(t *testing.T) {
	var log bytes.Buffer
	handler := newShell(t, &log, func(_ http.ResponseWriter, r *http.Request) error {
		if _, err := web.ReadForm(r); err != nil {
			return err
		}
		panic("canary " + r.PathValue("name"))
	})
	form := map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Referer": "https://canary.example", "User-Agent": "canary",
		"Cookie": "a=canary", "Authorization": "Basic canary", "X-Request-Id": "canary",
	}
	for _, body := range []string{"password=canary", "password=canary&password=canary", "canary[]=canary", "canary=%zzcanary", "a=%00canary"} {
		ask(handler, "POST", "/page/canary?t=canary", body, form)
	}
	ask(handler, "CANARY", "/page/canary?t=canary", "", nil)
	ask(handler, "GET", "/canary", "", nil)
	if text := log.String(); strings.Contains(strings.ToLower(text), "canary") || strings.Count(text, "msg=request ") != 7 {
		t.Errorf("the log holds what was typed, or not one line a request:\n%s", text)
	}
	for _, want := range []string{`pattern="POST /page/{name}"`, "status=500", "status=400", "status=404", "request=R3F-123", "method=other"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in\n%s", want, log.String())
		}
	}
}

// TestEveryAnswerIsGuarded holds the headers, the host, the guard against other sites.
func TestEveryAnswerIsGuarded(t *testing.T) {
	handler := newShell(t, io.Discard, func(w http.ResponseWriter, _ *http.Request) error {
		web.AllowFormAction(w, "https://pim.example:8443/callback?x=1")
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	for _, target := range []string{"/page/a", "/missing"} {
		h := ask(handler, "GET", target, "", nil).Header
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
		if h.Get("Strict-Transport-Security") == "" || h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %v", target, h)
		}
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: no %s in %s", target, part, policy)
			}
		}
		if got := strings.HasSuffix(policy, "form-action 'self' https://pim.example:8443"); got != (target == "/page/a") {
			t.Errorf("%s: %s", target, policy)
		}
	}
	form := "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name   string
		header map[string]string
		status int
	}{
		{"our own form", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "same-origin"}, 204},
		{"no browser", map[string]string{"Content-Type": form}, 204},
		{"another site", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "cross-site"}, 403},
		{"a sibling", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "same-site"}, 403},
		{"another origin", map[string]string{"Content-Type": form, "Origin": "https://evil.example"}, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := ask(handler, "POST", "/page/a", "a=b", row.header); got.StatusCode != row.status {
				t.Errorf("status %d", got.StatusCode)
			}
		})
	}
	r := httptest.NewRequest("GET", "http://evil.example/page/a", nil)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusMisdirectedRequest || strings.Contains(w.Body.String(), "evil") {
		t.Errorf("unknown host: %d %s", w.Code, w.Body)
	}
}

// TestAllowFormActionTakesOrigins holds what may join the policy.
func TestAllowFormActionTakesOrigins(t *testing.T) {
	for uri, want := range map[string]string{
		"https://pim.example/cb":          " https://pim.example",
		"http://pim.localhost:8080/cb":    " http://pim.localhost:8080",
		"com.example.app:/cb":             " com.example.app:",
		"https://a.example/cb;script-src": "",
		"https://a.example/ 'unsafe'":     "",
		"/cb":                             "",
		"https:///cb":                     "",
		"":                                "",
	} {
		w := httptest.NewRecorder()
		web.SecurityHeaders(w.Header(), false)
		before := w.Header().Get("Content-Security-Policy")
		web.AllowFormAction(w, uri)
		web.AllowFormAction(w, uri)
		if got := strings.TrimPrefix(w.Header().Get("Content-Security-Policy"), before); got != want {
			t.Errorf("%q adds %q", uri, got)
		}
	}
}

// TestLanguageIsKept holds that an asked language reaches the page and a cookie.
func TestLanguageIsKept(t *testing.T) {
	handler := newShell(t, io.Discard, func(http.ResponseWriter, *http.Request) error { return fault.New(fault.Missing, "a.b") })
	got := ask(handler, "GET", "/page/a?ui_locales=ar-XB", "", nil)
	if body := bodyOf(t, got); !strings.Contains(body, `dir="rtl"`) {
		t.Errorf("not in the language asked for:\n%s", body)
	}
	if cookies := got.Cookies(); len(cookies) != 1 || cookies[0].Name != "__Host-ligature-locale" || cookies[0].Value != "ar-XB" {
		t.Errorf("cookies %v", cookies)
	}
	again := ask(handler, "GET", "/page/a", "", map[string]string{"Cookie": "__Host-ligature-locale=ar-XB"})
	if body := bodyOf(t, again); !strings.Contains(body, `dir="rtl"`) || len(again.Cookies()) != 0 {
		t.Error("the cookie is not read")
	}
}
