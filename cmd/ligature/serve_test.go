package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Somebody signs in for the first time to a product that a configuration file describes.
func TestServeSignsIn(t *testing.T) {
	w := openWorld(t, nil)
	w.serve()
	dana := people()[0]
	b := w.browser("T")
	w.toEmail(b, dana, dana.Username)
	b.Press("Confirm & Continue")
	waiting := b.Page.Form("Continue")
	confirm, _ := w.mail(dana.Email, 1)
	b.Open(confirm)
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("after Continue: %q\n%s", b.Page.H1, b.Page.Text())
	}
	b.Press("Continue to Example PIM")
	if !strings.HasPrefix(b.Page.URL.String(), productURL) || !b.Page.Says("Cana") {
		t.Fatalf("not in the product: %s\n%s", b.Page.URL, b.Page.Text())
	}
	if m := w.inbox.Messages()[0]; !strings.Contains(m.From, "Example Sender") {
		t.Errorf("the mail comes from %q", m.From)
	}

	// The verbs see and change what is served.
	status, out, talk := w.verb("", "tenant", "off", "acme", "--config", w.file(), "--reason", "a trial", "--by", "ana")
	if status != exitOK || out != "" || !strings.Contains(talk, "acme (Acme) is off now.") || !strings.Contains(talk, "Remove that line") {
		t.Errorf("tenant off: %d %q %q", status, out, talk)
	}
	b = w.browser("later")
	b.Open(productURL + "/")
	if !strings.HasPrefix(b.Page.URL.String(), productURL) {
		t.Errorf("a tenant that is off still leads to %s", b.Page.URL)
	}
	w.stop()
	if status := <-w.exited; status != exitOK {
		t.Errorf("exit code %d", status)
	}
	w.exited <- exitOK
}

// Who takes the product's answer away in the middle waits for it: a request under way is finished, while /readyz says
// that nothing new should be sent.
func TestServeFinishesRequests(t *testing.T) {
	asked, answer := make(chan struct{}, 1), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-answer
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"accounts":[]}`)
	}))
	defer slow.Close()
	w := openWorld(t, func(text string) string {
		before, rest, _ := strings.Cut(text, "      kind: sql\n")
		_, after, _ := strings.Cut(rest, "  clients:\n")
		return before + "      kind: http\n      timeout: 20s\n      http: {url: \"" + slow.URL + "\", allow_private: true, secret_file: pim-client}\n  clients:\n" + after
	})
	w.serve("--notice", "1s")
	b := w.browser("T")
	b.Open(productURL + "/")
	b.Press("Continue", "email", "sam@acme.example")
	form := b.Page.Form("Login")
	finished := make(chan string, 1)
	go func() { finished <- b.Send(form, "password", "Some-Long-Password-1").Text() }()
	<-asked
	if got := w.health(); got != http.StatusOK {
		t.Errorf("ready before: %d", got)
	}
	w.stop()
	w.log.line(t, "stopping")
	if got := w.health(); got != http.StatusServiceUnavailable {
		t.Errorf("ready while stopping: %d", got)
	}
	close(answer)
	if text := <-finished; !strings.Contains(text, "User not found") {
		t.Errorf("the request under way got %q", text)
	}
	if status := <-w.exited; status != exitOK {
		t.Errorf("exit code %d", status)
	}
	w.exited <- exitOK
	w.log.line(t, "stopped")
}

// health asks /readyz, as a load balancer does: by address.
func (w *world) health() int {
	response, err := http.Get("http://" + w.at + "/readyz")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// A mailbox gets as many mails in an hour as the configuration says, whether it has an account or not; then people wait.
func TestServeLimitsMails(t *testing.T) {
	w := openWorld(t, func(text string) string {
		return strings.Replace(text, "  products:", "  limits: {mails_per_address_per_hour: 4}\n  products:", 1)
	})
	w.serve()
	w.write("password", "A-Password-Of-Its-Own-1\n")
	status, out, talk := w.verb("", "account", "create", "--config", w.file(), "--email", "owned@acme.example", "--password-file", w.dir+"/password", "--verified")
	if status != exitOK || !strings.Contains(out, `"email":"owned@acme.example"`) {
		t.Fatalf("account create: %d %s %s", status, out, talk)
	}
	var pages []string
	for _, address := range []string{"owned@acme.example", "free@acme.example"} {
		for n := range 5 {
			b := w.browser("T")
			w.toEmail(b, people()[1], "sam")
			b.Press("Confirm & Continue", "email", address)
			if n < 4 {
				if b.Page.H1 != "Check your inbox" {
					t.Fatalf("mail %d: %q\n%s", n, b.Page.H1, b.Page.Text())
				}
				continue
			}
			if b.Page.Status != http.StatusTooManyRequests || b.Page.Header.Get("Retry-After") == "" {
				t.Fatalf("after four mails: %d %q", b.Page.Status, b.Page.H1)
			}
			text, _, _ := strings.Cut(b.Page.Text(), "Reference")
			pages = append(pages, text)
		}
	}
	if pages[0] != pages[1] || strings.Contains(pages[0], "password") {
		t.Errorf("the page tells addresses apart, or speaks of passwords:\n%s\n%s", pages[0], pages[1])
	}
}

// A network that begins sign-ins without proving anything waits; sign-ins that prove something do not count. Where a
// request comes from is the peer's address, whatever the request says; only a trusted proxy may say otherwise (ATK-76).
func TestServeLimitsFlows(t *testing.T) {
	limited := func(text string) string {
		return strings.Replace(text, "rollout: on,", "rollout: on, flows_per_network_per_hour: 2,", 1)
	}
	unproven := func(w *world, n int) int {
		b := w.browser("unproven")
		b.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.9", n))
		return b.Open(productURL + "/").Status
	}
	t.Run("by peer", func(t *testing.T) {
		w := openWorld(t, limited)
		w.serve()
		for range 3 {
			w.toEmail(w.browser("proven"), people()[1], "sam")
		}
		for n, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
			if got := unproven(w, n); got != want {
				t.Fatalf("sign-in %d: %d, want %d", n, got, want)
			}
		}
	})
	t.Run("by trusted proxy", func(t *testing.T) {
		w := openWorld(t, func(text string) string { return "trusted_proxies: [127.0.0.0/8]" + limited(text) })
		w.serve()
		for n, want := range []int{http.StatusOK, http.StatusOK, http.StatusOK, http.StatusOK} {
			if got := unproven(w, n); got != want {
				t.Fatalf("sign-in %d: %d, want %d", n, got, want)
			}
		}
	})
}

// The demo says where everything is.
func TestDemoJSON(t *testing.T) {
	out := newBook()
	ctx, stop := context.WithCancel(t.Context())
	exited := make(chan int, 1)
	go func() {
		exited <- run(ctx, []string{"demo", "--port", "0", "--json"}, console{in: strings.NewReader(""), out: out, err: io.Discard, getenv: noEnv})
	}()
	limit, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !strings.HasSuffix(out.String(), "\n") {
		out.mu.Lock()
		grew := out.grew
		out.mu.Unlock()
		if strings.HasSuffix(out.String(), "\n") {
			break
		}
		select {
		case <-grew:
		case <-limit.Done():
			t.Fatal("the demo says nothing")
		}
	}
	stop()
	if status := <-exited; status != exitOK {
		t.Errorf("exit code %d", status)
	}
	var ready map[string]any
	if err := json.Unmarshal([]byte(out.String()), &ready); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"issuer", "inbox", "tour", "console", "products", "tenants", "people", "control"} {
		if _, ok := ready[field]; !ok {
			t.Errorf("no %q in %s", field, out)
		}
	}
	first := ready["people"].([]any)[0].(map[string]any)
	for _, field := range []string{"case", "product", "identifier", "password", "email"} {
		if first[field] == "" {
			t.Errorf("nobody's %q: %v", field, first)
		}
	}
	if u, err := url.Parse(ready["issuer"].(string)); err != nil || !strings.HasPrefix(u.Host, "id.localhost:") {
		t.Errorf("issuer %v", ready["issuer"])
	}
}
