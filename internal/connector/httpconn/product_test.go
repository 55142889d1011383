package httpconn_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/httpconn"
	"ligature/internal/seal"
)

const secret = "a secret shared by both ends, 32+"

// product is a product with the suite's people that speaks the contract and checks every signature.
type product struct {
	t      *testing.T
	server *httptest.Server
	calls  atomic.Int64
	broken atomic.Bool
	stall  chan struct{}
	once   sync.Once

	mu     sync.Mutex
	nonces map[string]bool
}

func newProduct(t *testing.T) *product {
	p := &product{t: t, nonces: map[string]bool{}, stall: make(chan struct{})}
	close(p.stall)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /base/ligature/v1/find", p.signed(p.find))
	mux.HandleFunc("POST /base/ligature/v1/verify", p.signed(p.verify))
	mux.HandleFunc("POST /base/ligature/v1/reset", p.signed(func(w http.ResponseWriter, _ []byte) { answer(w, http.StatusAccepted, struct{}{}) }))
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-p.stall
		if p.broken.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	return p
}

// hang makes every request wait until the test ends.
func (p *product) hang() {
	p.once.Do(func() {
		wait := make(chan struct{})
		p.stall = wait
		p.t.Cleanup(func() { close(wait) })
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (p *product) signed(handle func(w http.ResponseWriter, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			p.t.Error(err)
		}
		timestamp, nonce := r.Header.Get(httpconn.HeaderTimestamp), r.Header.Get(httpconn.HeaderNonce)
		if want := httpconn.Sign([]byte(secret), timestamp, nonce, r.Method, r.URL.EscapedPath(), body); r.Header.Get(httpconn.HeaderSignature) != want {
			p.t.Errorf("the signature is %s, want %s", r.Header.Get(httpconn.HeaderSignature), want)
		}
		if seconds, err := strconv.ParseInt(timestamp, 10, 64); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
			p.t.Errorf("the timestamp is %q", timestamp)
		}
		p.mu.Lock()
		if len(nonce) != 22 || p.nonces[nonce] {
			p.t.Errorf("the nonce %q is short or comes again", nonce)
		}
		p.nonces[nonce] = true
		p.mu.Unlock()
		handle(w, body)
	}
}

func account(person connectortest.Person) map[string]any {
	return map[string]any{
		"id": person.ID, "generation": person.Generation, "username": person.Username, "email": person.Email, "name": person.Name, "locale": person.Locale,
		"disabled": person.Flags.Disabled, "locked": person.Flags.Locked, "privileged": person.Flags.Privileged, "shared": person.Flags.Shared,
		"must_reset": person.Flags.MustReset, "last_used": nil, "member_since": "a field of its own",
	}
}

func (p *product) find(w http.ResponseWriter, body []byte) {
	var question struct{ By, Value string }
	if err := json.Unmarshal(body, &question); err != nil {
		p.t.Error(err)
	}
	accounts := []any{}
	for _, person := range connectortest.People() {
		key := map[string]string{"email": person.Email, "username": person.Username, "id": person.ID}[question.By]
		if key != "" && (key == question.Value || (question.By != "id" && strings.EqualFold(key, question.Value))) {
			accounts = append(accounts, account(person))
		}
	}
	answer(w, http.StatusOK, map[string]any{"accounts": accounts})
}

func (p *product) verify(w http.ResponseWriter, body []byte) {
	var question struct{ ID, Identifier, Password string }
	if err := json.Unmarshal(body, &question); err != nil {
		p.t.Error(err)
	}
	for _, person := range connectortest.People() {
		if person.ID != question.ID {
			continue
		}
		outcome := "wrong_password"
		switch {
		case person.Flags.Locked:
			outcome = "locked"
		case person.Password == "" || person.Password != question.Password:
		case person.Flags.Disabled:
			outcome = "disabled"
		case person.Flags.MustReset:
			outcome = "must_reset"
		default:
			outcome = "match"
		}
		answer(w, http.StatusOK, map[string]any{"outcome": outcome, "account": account(person)})
		return
	}
	answer(w, http.StatusOK, map[string]any{"outcome": "not_found", "account": nil})
}

func options(url string) httpconn.Options {
	return httpconn.Options{URL: url, Secret: []byte(secret), AllowPrivate: true, Now: time.Now, Rand: seal.NewDice(nil)}
}

func open(t *testing.T, o httpconn.Options) connector.Connector {
	t.Helper()
	c, err := httpconn.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
