package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/testkit"
)

// The addresses of the world, as browsers see them. The ports are names only: dial knows where each part really listens.
const (
	issuer       = "http://id.localhost:7001"
	productURL   = "http://pim.localhost:7002"
	clientSecret = "Client-Canary-Secret-0123456789abcdef"
)

// world is ligature serve in this process, with a product that has users of its own and a mailbox.
type world struct {
	t      *testing.T
	dir    string
	inbox  *inbox.Inbox
	pim    *pim.Product
	pimAt  string
	shopAt string
	log    *book
	at     string // where serve listens
	stop   context.CancelFunc
	exited chan int
}

// book keeps what a verb wrote.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
	grew chan struct{}
}

func newBook() *book { return &book{grew: make(chan struct{})} }

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.grew)
	b.grew = make(chan struct{})
	return b.text.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// line waits for a line of the log with that message, and gives its fields.
func (b *book) line(t *testing.T, message string) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		b.mu.Lock()
		text, grew := b.text.String(), b.grew
		b.mu.Unlock()
		for line := range strings.Lines(text) {
			fields := map[string]any{}
			if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == message {
				return fields
			}
		}
		if strings.HasPrefix(text, "ligature: ") {
			t.Fatalf("it failed instead of %q:\n%s", message, text)
		}
		select {
		case <-grew:
		case <-ctx.Done():
			t.Fatalf("no line %q in the log:\n%s", message, text)
		}
	}
}

// has waits for a text in the log.
func (b *book) has(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		b.mu.Lock()
		found, grew := strings.Contains(b.text.String(), text), b.grew
		b.mu.Unlock()
		if found {
			return
		}
		select {
		case <-grew:
		case <-ctx.Done():
			t.Fatalf("the log does not have %s:\n%s", text, b.text.String())
		}
	}
}

// people are the product's users.
func people() []pim.Person {
	return []pim.Person{
		{Username: "canaryname", Email: "canary.box@acme.example", FirstName: "Cana", LastName: "Ry", Password: "Canary-Lamp-42-Dusk"},
		{Username: "sam", Email: "sam@acme.example", FirstName: "Sam", LastName: "Okafor", Password: "Maple-River-19-Stone"},
	}
}

// openWorld starts the product and the mailbox, and writes the configuration.
func openWorld(t *testing.T, change func(text string) string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), log: newBook(), exited: make(chan int, 1)}
	var err error
	if w.inbox, err = inbox.Open(inbox.Config{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.inbox.Close() })
	client := &http.Client{Transport: &http.Transport{DialContext: w.dial}, Timeout: 20 * time.Second}
	w.pim, err = pim.Open(t.Context(), pim.Config{Path: filepath.Join(w.dir, "pim.db"), BaseURL: productURL, Tenant: "acme",
		SMTPAddr: w.inbox.SMTPAddr(), RP: rp.Config{Issuer: issuer, ClientID: "pim", ClientSecret: clientSecret, HTTPClient: client}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.pim.Close(); client.CloseIdleConnections() })
	if err := w.pim.Seed(t.Context(), people()); err != nil {
		t.Fatal(err)
	}
	product := httptest.NewServer(w.pim)
	t.Cleanup(product.Close)
	w.pimAt = product.Listener.Addr().String()
	w.write("key", base64.StdEncoding.EncodeToString([]byte("0123456789-key-of-a-test-9876543"))+"\n")
	w.write("pim-client", clientSecret+"\n")
	text := strings.NewReplacer("SMTP", w.inbox.SMTPAddr(), "BY_EMAIL", selectBy("email"), "BY_USERNAME", selectBy("username"),
		"BY_ID", selectBy("id"),
		"/CALLBACK", pim.CallbackPath, "/SIGNED_OUT", pim.SignedOutPath, "/LOGIN", pim.LoginPath).Replace(configuration)
	if change != nil {
		text = change(text)
	}
	w.write("ligature.yaml", text)
	return w
}

// configuration is docs/examples/ligature.yaml with one product, on this machine.
const configuration = `
listen: 127.0.0.1:0
database: {url: "sqlite:ligature.db"}
key: {file: key}
smtp: {address: "SMTP", tls: none, from: "Example Sender <account@id.example>"}
log: {level: debug}
suite:
  issuer: http://id.localhost:7001
  brand: {account: Example Account, company: Example}
  products:
    - {id: pim, name: Example PIM, mark: grid, mailbox_resets_password: true}
  tenants:
    - {id: acme, name: Acme, rollout: on, administrators: [it@acme.example]}
  connectors:
    - name: acme-pim
      kind: sql
      timeout: 20s
      sql:
        driver: sqlite
        dsn: pim.db
        by_email: BY_EMAIL
        by_username: BY_USERNAME
        by_id: BY_ID
        hash: {format: symfony-sha512}
  clients:
    - {id: pim, product: pim, secret_file: pim-client, id_token_alg: RS256}
  instances:
    - tenant: acme
      product: pim
      connector: acme-pim
      client: pim
      redirect_uris: [http://pim.localhost:7002/CALLBACK]
      post_logout_redirect_uris: [http://pim.localhost:7002/SIGNED_OUT]
      home_url: http://pim.localhost:7002/
      login_url: http://pim.localhost:7002/LOGIN
`

// selectBy is a SELECT in quotes.
func selectBy(column string) string {
	text, _ := json.Marshal(strings.Join(strings.Fields(`SELECT id, generation, username, email, name, locale, password AS password_hash,
 salt, disabled, 0 AS locked, privileged, shared FROM (`+pim.AccountSelect+`) AS account WHERE `+column+` = :`+column+` COLLATE NOCASE`), " "))
	return string(text)
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) file() string { return filepath.Join(w.dir, "ligature.yaml") }

// serve runs ligature serve until the test ends or stop is called.
func (w *world) serve(flags ...string) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	w.stop = stop
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.exited <- run(ctx, append([]string{"serve", "--config", w.file()}, flags...), console{in: strings.NewReader(""), out: w.log, err: w.log, getenv: noEnv})
	}()
	w.t.Cleanup(func() {
		stop()
		<-done
		if w.t.Failed() {
			w.t.Logf("the log:\n%s", w.log)
		}
	})
	w.at = fmt.Sprint(w.log.line(w.t, "serving")["address"])
}

func noEnv(string) string { return "" }

// dial reaches the parts by their names.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to := map[string]string{"id.localhost:7001": w.at, "pim.localhost:7002": w.pimAt, "127.0.0.1:8080": w.at, "127.0.0.1:9000": w.shopAt}[address]
	if to == "" {
		return nil, fmt.Errorf("nothing is at %s", address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

func (w *world) browser(name string) *testkit.Browser { return testkit.NewBrowser(w.t, name, w.dial) }

// verb runs one command line to its end.
func (w *world) verb(in string, args ...string) (status int, out, talk string) {
	var stdout, stderr bytes.Buffer
	status = run(w.t.Context(), args, console{in: bufio.NewReader(strings.NewReader(in)), out: &stdout, err: &stderr, getenv: noEnv})
	return status, stdout.String(), stderr.String()
}

var mailedURL = regexp.MustCompile(`http://\S+/email/(confirm|not-me)\?t=[A-Za-z0-9_-]+`)

// mail waits for the n-th mail to an address and gives the addresses in it: confirming, and stopping.
func (w *world) mail(to string, n int) (confirm, notMe string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	var found []inbox.Message
	_, err := w.inbox.Wait(ctx, func(inbox.Message) bool {
		found = found[:0]
		for _, m := range w.inbox.Messages() {
			if strings.Contains(m.To, to) {
				found = append([]inbox.Message{m}, found...)
			}
		}
		return len(found) >= n
	})
	if err != nil {
		w.t.Fatalf("%d mails for %s, want %d", len(found), to, n)
	}
	for _, url := range mailedURL.FindAllString(found[n-1].Text, -1) {
		if strings.Contains(url, "/confirm") {
			confirm = url
		} else {
			notMe = url
		}
	}
	return confirm, notMe
}

// toEmail walks somebody from the product's address to the page that asks for the mailbox.
func (w *world) toEmail(b *testkit.Browser, p pim.Person, identifier string) {
	w.t.Helper()
	b.Open(productURL + "/")
	b.Press("Continue", "email", identifier)
	b.Press("Login", "password", p.Password)
	if b.Page.H1 != "Confirm your email address" {
		w.t.Fatalf("after the password: %q\n%s", b.Page.H1, b.Page.Text())
	}
}
