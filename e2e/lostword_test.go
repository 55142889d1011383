//go:build servers

package e2e_test

import (
	"bytes"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

// wire is the way to the database. It can lose the word of one commit: the database has kept it, and nobody hears of that.
type wire struct {
	net.Listener
	to    string
	armed atomic.Bool
	lost  atomic.Int64
	mu    sync.Mutex
	open  []net.Conn
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, to: to}
	t.Cleanup(func() {
		_ = l.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range w.open {
			_ = c.Close()
		}
	})
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, client, server)
			w.mu.Unlock()
			var deaf atomic.Bool
			go w.ask(server, client, &deaf)
			go answer(client, server, &deaf)
		}
	}()
	return w
}

// ask carries what is asked. A commit of a transaction that wrote a step of a sign-in is the last that is heard of when armed.
func (w *wire) ask(server, client net.Conn, deaf *atomic.Bool) {
	defer server.Close()
	buf := make([]byte, 64<<10)
	step := false
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		sent := buf[:n]
		step = step && !bytes.Contains(sent, []byte("begin\x00")) || bytes.Contains(sent, []byte("UPDATE flow")) || bytes.Contains(sent, []byte("INTO flow"))
		if step && bytes.Contains(sent, []byte("commit\x00")) && w.armed.CompareAndSwap(true, false) {
			deaf.Store(true)
			w.lost.Add(1)
		}
		if _, err := server.Write(sent); err != nil {
			return
		}
	}
}

// answer carries what is answered, until it is told not to; then it waits for the answer and hangs up.
func answer(client, server net.Conn, deaf *atomic.Bool) {
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil || deaf.Load() {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// TestLostWord: at every step of a first sign-in and of a later one, the database keeps what is written and the word of it is
// lost. The person sees 503 and sends the same form again; that leads on, and there is one account with one link.
func TestLostWord(t *testing.T) {
	t.Parallel()
	at, err := url.Parse(database(t))
	if err != nil {
		t.Fatal(err)
	}
	way := newWire(t, at.Host)
	at.Host = way.Addr().String()
	// So that the text of a statement is on the wire each time it is run.
	w := openWorldWith(t, demo.Options{Database: at.String() + "&default_query_exec_mode=cache_describe"})
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	twice := func(what string, do func() *testkit.Page) {
		t.Helper()
		before := way.lost.Load()
		way.armed.Store(true)
		page := do()
		if way.lost.Load() == before {
			t.Fatalf("%s: nothing was committed; page %q", what, page.H1)
		}
		if page.Status != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" {
			t.Errorf("%s: the word is lost, and the answer is %d, Retry-After %q: %s", what, page.Status, page.Header.Get("Retry-After"), page.Text())
		}
		if page = do(); page.Status != http.StatusOK {
			t.Fatalf("%s, again: %d %q %s", what, page.Status, page.H1, page.Text())
		}
	}
	press := func(button string, fields ...string) {
		t.Helper()
		form := b.Page.Form(button)
		if form == nil {
			t.Fatalf("no button %q on %q: %s", button, b.Page.H1, b.Page.Text())
		}
		twice(button, func() *testkit.Page { return b.Send(form, fields...) })
	}
	b.Open(w.product("pim").URL + "/")
	press("Continue", "email", dana.Identifier)
	press("Login", "password", dana.Password)
	press("Confirm & Continue")
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	twice("Continue", func() *testkit.Page { return b.Send(waiting) })
	// The session's cookie went with the word; the same form brings it again.
	b.Press("Continue to Akeneo PIM")
	arrived := func(when string) {
		t.Helper()
		if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
			t.Fatalf("%s: landed on %s: %s", when, b.Page.URL, b.Page.Text())
		}
	}
	arrived("at first")
	b = w.browser("next day")
	b.Open(w.product("pim").URL + "/")
	press("Continue", "email", dana.Email)
	press("Login", "password", dana.Password)
	arrived("later")
	if links, err := w.Server().Store().LinksOf(t.Context(), owner(t, w, dana.Email)); err != nil || len(links) != 1 {
		t.Errorf("%d links, %v", len(links), err)
	}
}
