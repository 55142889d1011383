package httpconn_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// calls are every way the contract is asked.
func calls(t *testing.T) map[string]func(ctx context.Context, c connector.Connector) error {
	id, err := ident.ParseIdentifier("julia")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func(ctx context.Context, c connector.Connector) error{
		"find": func(ctx context.Context, c connector.Connector) error {
			found, err := c.(connector.Finder).Find(ctx, connector.Query{By: connector.ByID, Value: "7"})
			if err != nil && len(found) > 0 {
				return errors.New("an error and records")
			}
			return err
		},
		"verify": func(ctx context.Context, c connector.Connector) error {
			answer, err := c.(connector.Verifier).Verify(ctx, connector.Check{ExternalID: "7", Identifier: id, Password: "canary-password"})
			if err != nil && (answer.Outcome != "" || answer.Record != nil) {
				return errors.New("an error and an answer")
			}
			return err
		},
		"reset": func(ctx context.Context, c connector.Connector) error {
			return c.(connector.Resetter).RequestReset(ctx, id)
		},
	}
}

// The plug is pulled in every way at each call: there is no answer then, in time, after one attempt.
func TestThePlugIsPulledAtEachCall(t *testing.T) {
	typed := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(bytes.Repeat([]byte(" "), 8<<20))
	_ = writer.Close()
	cut := func(linger int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.(*net.TCPConn).SetLinger(linger)
			_ = conn.Close()
		}
	}
	const both = `{"accounts":[{"id":"8"}],"outcome":"match","account":{"id":"8"}}`
	for name, handler := range map[string]http.HandlerFunc{
		"reset before the answer": cut(0, ""), "closed before the answer": cut(-1, ""),
		"reset in the headers": cut(0, "HTTP/1.1 200 OK\r\nContent-Ty"), "closed in the body": cut(-1, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a"),
		"not HTTP": cut(-1, "+OK hello\r\n"), "huge headers": cut(-1, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 64<<10)+"\r\n\r\n"),
		"stall":              func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
		"500":                typed(500, "application/json", both),
		"429":                typed(429, "application/json", both),
		"503":                typed(503, "application/json", both),
		"wrong content type": typed(200, "text/html", both),
		"lying":              typed(200, "application/json", both), // about somebody else's id; a reset is answered with 202 alone
		"huge":               typed(200, "application/json", both+strings.Repeat(" ", 1<<20)),
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusPermanentRedirect)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for call, ask := range calls(t) {
				var asked atomic.Int32
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					if r.Header.Get("Accept-Encoding") != "" {
						t.Error("an encoding was asked for")
					}
					handler(w, r)
				}))
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				err := ask(ctx, open(t, options(server.URL)))
				cancel()
				server.CloseClientConnections()
				server.Close()
				if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: %v, want unavailable", call, err)
				}
				if n := asked.Load(); n != 1 {
					t.Errorf("%s: asked %d times", call, n)
				}
			}
		})
	}
	t.Run("a closed port", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		for call, ask := range calls(t) {
			if err := ask(t.Context(), open(t, options(server.URL))); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: %v, want unavailable", call, err)
			}
		}
	})
}

// A kept connection that died does not make net/http send a password twice.
func TestADeadConnectionIsNotAskedTwice(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		answer(w, http.StatusOK, map[string]any{"outcome": "wrong_password", "account": nil})
	}))
	defer server.Close()
	c := open(t, options(server.URL)).(connector.Verifier)
	check := connector.Check{ExternalID: "7", Password: "x y z"}
	if _, err := c.Verify(t.Context(), check); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(t.Context(), check); !fault.Is(err, fault.Unavailable) || asked.Load() != 2 {
		t.Errorf("%v after %d questions", err, asked.Load())
	}
}

// FuzzAnswer feeds a product's answers to every call: each is an answer of the contract, or none, and never a match for
// somebody else.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{matched, `{"accounts":[` + julia + `]}`, `{"accounts":null}`, `{"outcome":"match","account":null}`, `{"outcome":"match","account":{"id":"8"}}`, "{}", "", "[]", "\xff",
		`{"outcome":"match","account":{"id":"7","last_used":"0000-01-01T00:00:00Z"}}`, `{"outcome":"match","OUTCOME":"locked","account":{"id":"7","email":"a@b@c"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o := options("http://product.example")
		o.DialContext = func(context.Context, string, string) (net.Conn, error) { return served(body), nil }
		c, err := httpconn.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "7", Password: "x y z"})
		switch {
		case err != nil && (!fault.Is(err, fault.Unavailable) || answer.Outcome != "" || answer.Record != nil):
			t.Errorf("verify: %v beside %q", err, answer.Outcome)
		case err == nil && (answer.Outcome == "" || answer.Outcome == connector.Unavailable):
			t.Errorf("verify: %q without an error", answer.Outcome)
		case err == nil && answer.Outcome.Proven() && (answer.Record == nil || answer.Record.ExternalID != "7"):
			t.Error("verify: a match of nobody, or of somebody else")
		}
		found, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
		if err != nil && !fault.Is(err, fault.Unavailable) {
			t.Errorf("find: %v", err)
		}
		for _, record := range found {
			if record.ExternalID != "7" {
				t.Errorf("find: somebody else's %q", record.ExternalID)
			}
		}
	})
}

// served is a connection at whose other end each question gets the same answer, and then the end.
func served(body []byte) net.Conn {
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		head := make([]byte, 4096)
		if _, err := far.Read(head); err != nil {
			return
		}
		_, _ = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
		_, _ = far.Write(body)
	}()
	return near
}
