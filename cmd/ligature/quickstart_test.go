package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"ligature/internal/demo/inbox"
)

// docs/quickstart.md, second part: a table of users, the smallest configuration, and the address a product would send
// people to. What the page prints is taken from it, so that it cannot rot.
func TestQuickstart(t *testing.T) {
	page, err := os.ReadFile("../../docs/quickstart.md")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), log: newBook(), exited: make(chan int, 1)}
	if w.inbox, err = inbox.Open(inbox.Config{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.inbox.Close() })
	callback := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "<h1>Shop</h1>") }))
	t.Cleanup(callback.Close)
	w.shopAt = callback.Listener.Addr().String()
	w.firstProduct()
	w.serve()
	if status, _, talk := w.verb("", "tenant", "on", "acme", "--config", w.file(), "--reason", "a trial"); status != exitOK {
		t.Fatal(talk)
	}

	b := w.browser("T")
	b.Open(printed(t, string(page), "http://127.0.0.1:8080/authorize?"))
	b.Press("Continue", "email", "dana@acme.example")
	b.Press("Login", "password", "Corner-Lamp-42-Dusk")
	b.Press("Confirm & Continue")
	waiting := b.Page.Form("Continue")
	confirm, _ := w.mail("dana@acme.example", 1)
	b.Open(confirm)
	b.Send(waiting)
	b.Press("Continue to Shop")
	if b.Page.H1 != "Shop" || b.Page.URL.Query().Get("state") != "trial" {
		t.Fatalf("not back at the product: %s\n%s", b.Page.URL, b.Page.Text())
	}
	client := &http.Client{Transport: &http.Transport{DialContext: w.dial}}
	t.Cleanup(client.CloseIdleConnections)
	ask := func(r *http.Request, err error) map[string]any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer := map[string]any{}
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v %v", r.URL, response.StatusCode, answer, err)
		}
		return answer
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {b.Page.URL.Query().Get("code")},
		"redirect_uri": {"http://127.0.0.1:9000/callback"}, "code_verifier": {printed(t, string(page), "code_verifier=")[len("code_verifier="):]}}
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:8080/token", strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("shop", clientSecret)
	}
	tokens := ask(r, err)
	r, err = http.NewRequest(http.MethodGet, "http://127.0.0.1:8080/userinfo", http.NoBody)
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+tokens["access_token"].(string))
	}
	person := ask(r, err)
	if known := person["product_account"].(map[string]any); known["id"] != "1" || person["email"] != "dana@acme.example" || person["tenant"] != "acme" {
		t.Errorf("userinfo says %v", person)
	}
}

// firstProduct lays out the files of docs/examples as the page says.
func (w *world) firstProduct() {
	w.t.Helper()
	for _, name := range []string{"first-product.yaml", "first-product.sql"} {
		text, err := os.ReadFile(filepath.Join("../../docs/examples", name))
		if err != nil {
			w.t.Fatal(err)
		}
		w.write(name, string(text))
	}
	schema, err := os.ReadFile(filepath.Join(w.dir, "first-product.sql"))
	if err != nil {
		w.t.Fatal(err)
	}
	shop, err := sql.Open("sqlite", filepath.Join(w.dir, "shop.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := shop.ExecContext(w.t.Context(), string(schema)); err != nil {
		w.t.Fatal(err)
	}
	if err := shop.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.write("key", "MDEyMzQ1Njc4OS1rZXktb2YtYS10ZXN0LTk4NzY1NDM=\n")
	w.write("shop-client", clientSecret+"\n")
	text, err := os.ReadFile(filepath.Join(w.dir, "first-product.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("ligature.yaml", strings.NewReplacer("listen: 127.0.0.1:8080", "listen: 127.0.0.1:0", "127.0.0.1:1025", w.inbox.SMTPAddr(),
		"log: {format: text}", "log: {format: json}").Replace(string(text)))
}

// printed is the word of the page that begins so.
func printed(t *testing.T, page, begins string) string {
	t.Helper()
	at := strings.Index(page, begins)
	if at < 0 {
		t.Fatalf("docs/quickstart.md does not say %q", begins)
	}
	word, _, _ := strings.Cut(page[at:], "\n")
	word, _, _ = strings.Cut(word, " ")
	return strings.Trim(word, "'\"`\\")
}
