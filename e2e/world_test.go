// Package e2e_test walks whole stories over HTTP, with browsers that have no scripts, against the demo world.
package e2e_test

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/demo"
	"ligature/internal/demo/inbox"
	"ligature/internal/testkit"
	"ligature/internal/testkit/replica"
)

// world is one demo world for one test, with everything it logged.
type world struct {
	*demo.World
	t     *testing.T
	ready demo.Ready
	log   *logBook
	dir   string
	// products watches the products' own data; every story is held to leaving it alone.
	products *watch
}

// logBook keeps what is logged, for the tests that look for what must not be there.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func openWorld(t *testing.T) *world {
	t.Helper()
	return openWorldWith(t, demo.Options{})
}

func openWorldWith(t *testing.T, options demo.Options) *world {
	t.Helper()
	return openWorldAt(t, t.TempDir(), options, nil)
}

// openWorldAt opens a world in a folder. asked is the database that options.PIMStore names, if it names one.
func openWorldAt(t *testing.T, dir string, options demo.Options, asked *replica.Replica) *world {
	t.Helper()
	book := &logBook{}
	options.Dir, options.Replicas = dir, replicas
	if options.Database == "" {
		options.Database = database(t)
	}
	options.Log = slog.New(slog.NewTextHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug}))
	begin(t, dir)
	opened, err := demo.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{World: opened, t: t, ready: opened.Ready(), log: book, dir: dir}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("closing the world: %v", err)
		}
		if t.Failed() {
			t.Logf("the log:\n%s", book)
		}
		w.World, w.products = nil, nil // a parallel test is remembered until all are over, with its clean-ups and what they know
	})
	w.products = watched(w, asked)
	t.Cleanup(func() {
		if !t.Failed() {
			w.products.untouched()
		}
	})
	return w
}

func (w *world) browser(name string) *testkit.Browser {
	return testkit.NewBrowser(w.t, name, func(ctx context.Context, network, address string) (net.Conn, error) {
		return w.Dial(ctx, network, address) // of the world, not of what was in it when the browser was opened
	})
}

// person is a seeded person at a product.
func (w *world) person(story, product string) demo.Person {
	w.t.Helper()
	for _, p := range w.ready.People {
		if p.Case == story && p.Product == product {
			return p
		}
	}
	w.t.Fatalf("nobody is seeded for %s at %s", story, product)
	return demo.Person{}
}

func (w *world) product(id string) demo.ReadyProduct {
	w.t.Helper()
	for _, p := range w.ready.Products {
		if p.ID == id {
			return p
		}
	}
	w.t.Fatalf("no product %s", id)
	return demo.ReadyProduct{}
}

// mails waits until an address has at least n mails and gives them, oldest first.
func (w *world) mails(to string, n int) []inbox.Message {
	w.t.Helper()
	return w.mailsLike(to, n, func(inbox.Message) bool { return true })
}

// mailsLike is mails, of those that are like that.
func (w *world) mailsLike(to string, n int, like func(inbox.Message) bool) []inbox.Message {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	var found []inbox.Message
	_, err := w.Inbox().Wait(ctx, func(inbox.Message) bool {
		found = found[:0]
		for _, m := range w.Inbox().Messages() {
			if strings.Contains(m.To, to) && like(m) {
				found = append([]inbox.Message{m}, found...)
			}
		}
		return len(found) >= n
	})
	if err != nil {
		w.t.Fatalf("%d mails for %s, want %d: %v", len(found), to, n, err)
	}
	return found
}

var (
	confirmURL = regexp.MustCompile(`http://\S+/email/confirm\?t=[A-Za-z0-9_-]+`)
	notMeURL   = regexp.MustCompile(`http://\S+/email/not-me\?t=[A-Za-z0-9_-]+`)
)

// link is the verification link of the address's n-th mail.
func (w *world) link(to string, n int) string {
	w.t.Helper()
	m := w.mails(to, n)[n-1]
	link := confirmURL.FindString(m.Text)
	if link == "" {
		w.t.Fatalf("no link in the mail %q:\n%s", m.Subject, m.Text)
	}
	return link
}

// toInbox walks somebody from a product's address to the page that waits for the mail.
func (w *world) toInbox(b *testkit.Browser, p demo.Person, address string) {
	w.t.Helper()
	b.Open(w.product(p.Product).URL + "/")
	b.Press("Continue", "email", p.Identifier)
	b.Press("Login", "password", p.Password)
	if b.Page.H1 != "Confirm your email address" {
		w.t.Fatalf("after the password: %q\n%s", b.Page.H1, b.Page.Text())
	}
	b.Press("Confirm & Continue", "email", address)
	if b.Page.H1 != "Check your inbox" {
		w.t.Fatalf("after the address: %q\n%s", b.Page.H1, b.Page.Text())
	}
}

// link links a person's account in one go.
func (w *world) firstSignIn(b *testkit.Browser, p demo.Person) {
	w.t.Helper()
	w.toInbox(b, p, p.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(p.Email, 1))
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		w.t.Fatalf("after Continue: %q\n%s", b.Page.H1, b.Page.Text())
	}
}

// status sends a request without following redirects.
func (w *world) status(r *http.Request) int {
	client := &http.Client{Transport: &http.Transport{DialContext: w.Dial, DisableKeepAlives: true}, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// body sends a request and gives what is answered.
func (w *world) body(r *http.Request) []byte {
	w.t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: w.Dial, DisableKeepAlives: true}, Timeout: 20 * time.Second}
	response, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return body
}

// containsAddress reports whether a mail's receivers hold the address.
func containsAddress(to, address string) bool { return strings.Contains(to, address) }

// redirectOf sends a request as a browser and gives the address it is sent on to.
func (w *world) redirectOf(b *testkit.Browser, r *http.Request) string {
	w.t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: w.Dial, DisableKeepAlives: true}, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for name, value := range b.Cookies(w.ready.Issuer) {
		r.Header.Add("Cookie", name+"="+value)
	}
	response, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = response.Body.Close()
	to, err := response.Location()
	if err != nil {
		w.t.Fatal(err)
	}
	return to.String()
}

// switchOff disables a user in the PIM's own tables.
func (w *world) switchOff(username string) {
	w.t.Helper()
	w.inPIM("UPDATE oro_user SET enabled = 0 WHERE username = $1", username)
}

// inPIM changes the PIM's own tables, as the PIM's own people do.
func (w *world) inPIM(statement string, args ...any) {
	w.t.Helper()
	w.products.own(func() {
		db, err := sql.Open("sqlite", filepath.Join(w.dir, "pim.db"))
		if err != nil {
			w.t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(w.t.Context(), statement, args...); err != nil {
			w.t.Fatal(err)
		}
	})
}
