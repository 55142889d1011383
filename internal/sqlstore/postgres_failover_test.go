//go:build servers

package sqlstore_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
	"ligature/internal/testkit/servers"
)

// endAll ends every connection to the store's database but the one that asks.
const endAll = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

// Connections that the server ended between two uses, all at once: nobody hears of it.
func TestPostgresEndedConnections(t *testing.T) {
	store := openPostgres(t, nil)
	openid := store.OpenID()
	for i := range 20 {
		fill(t, store)
		if _, err := store.Raw.Exec(endAll); err != nil {
			t.Fatal(err)
		}
		var err error
		switch i % 4 {
		case 0:
			_, err = store.Tally(t.Context(), "key")
		case 1:
			err = store.Settle(t.Context(), []string{"key"}, nil)
		case 2:
			_, err = openid.Pushed(t.Context(), "nobody's")
			if fault.Is(err, fault.Missing) {
				err = nil
			}
		case 3:
			err = store.Ping(t.Context())
		}
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
	}
}

// fill uses several connections side by side, so that the pool holds them.
func fill(t *testing.T, store storetest.Store) {
	t.Helper()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := store.Tally(t.Context(), "key"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// The connection of a transaction is ended before each of its statements in turn: it is run again and is there once.
func TestPostgresEndedTransaction(t *testing.T) {
	var store storetest.Store
	var count, breakAt int
	store = openPostgres(t, func(c *sqlstore.Config) {
		c.Before = func(statement string) error {
			if count++; count != breakAt || statement == "COMMIT" {
				return nil
			}
			_, err := store.Raw.Exec(endAll)
			return err
		}
	})
	raise := []string{"INSERT INTO tally (key, failures, first_at, until, version) VALUES ('key', 0, 0, 0, 1) ON CONFLICT (key) DO NOTHING",
		"UPDATE tally SET failures = failures + 1 WHERE key = 'key'", "UPDATE tally SET failures = failures + 10 WHERE key = 'key'"}
	for breakAt = 1; breakAt <= len(raise); breakAt++ {
		count = 0
		if err := sqlstore.RunTx(store.DB, t.Context(), raise...); err != nil {
			t.Errorf("ended before statement %d: %v", breakAt, err)
		}
		if got, err := store.Tally(t.Context(), "key"); err != nil || got.Failures != 11*breakAt {
			t.Errorf("ended before statement %d: %d, %v", breakAt, got.Failures, err)
		}
	}
}

// A connection to a server that took no writes is not used again: once there is a leader, the next write succeeds.
func TestPostgresReadOnlyForAWhile(t *testing.T) {
	store := openPostgres(t, nil)
	readOnly := func(word string) {
		t.Helper()
		if _, err := store.Raw.Exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = " + word +
			"', current_database()); END $$"); err != nil {
			t.Fatal(err)
		}
	}
	readOnly("on")
	if _, err := store.Raw.Exec(endAll); err != nil {
		t.Fatal(err)
	}
	if err := store.SetTally(t.Context(), linking.Tally{Key: "key"}); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("read only: %v", err)
	}
	readOnly("off")
	if err := store.SetTally(t.Context(), linking.Tally{Key: "key"}); err != nil {
		t.Errorf("a write after that: %v", err)
	}
}

// line is a way to the server that can go silent, as it does when a machine loses its power.
type line struct {
	net.Listener
	to     string
	silent atomic.Bool
	calls  atomic.Int64
	mu     sync.Mutex
	open   []net.Conn
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	made := &line{Listener: l, to: to}
	t.Cleanup(made.end)
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			made.calls.Add(1)
			made.keep(from)
			onward, err := net.Dial("tcp", to)
			if err != nil {
				continue
			}
			made.keep(onward)
			go made.carry(onward, from)
			go made.carry(from, onward)
		}
	}()
	return made
}

func (l *line) keep(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, c)
}

func (l *line) end() {
	_ = l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		_ = c.Close()
	}
}

// carry passes on what comes, or loses it.
func (l *line) carry(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			if !errors.Is(err, io.EOF) || !l.silent.Load() {
				_ = to.Close()
			}
			return
		}
		if !l.silent.Load() {
			_, _ = to.Write(buf[:n])
		}
	}
}

// through gives the store's address by way of these hosts.
func through(t *testing.T, dsn, hosts, query string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = hosts, "sslmode=disable&target_session_attrs=read-write"+query
	return u.String()
}

// A leader that is gone without a word holds nobody longer than the patience, whatever they wanted, and is forgotten as soon
// as there is an answer again.
func TestPostgresSilent(t *testing.T) {
	dsn := servers.Postgres(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	way := newLine(t, u.Host)
	store := open(t, through(t, dsn, way.Addr().String(), ""), func(c *sqlstore.Config) { c.Patience = 200 * time.Millisecond })
	openid := store.OpenID()
	calls := map[string]func() error{
		"a read":        func() error { _, err := store.Tally(t.Context(), "key"); return err },
		"a transaction": func() error { return store.Settle(t.Context(), []string{"key"}, nil) },
		"a statement": func() error {
			return openid.SpendAssertion(t.Context(), op.Assertion{Client: "pim", ID: "x", Deadline: time.Unix(1, 0)})
		},
	}
	way.silent.Store(true)
	for name, call := range calls {
		done := make(chan error, 1)
		go func() { done <- call() }()
		select {
		case err := <-done:
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(4 * time.Second): // below what nobody set
			t.Errorf("%s waits for a server that says nothing", name)
		}
	}
	way.silent.Store(false)
	waitFor(t, func() bool { return store.Settle(t.Context(), []string{"key"}, nil) == nil })
}

// Of several hosts the one that took writes last is asked first, so that a silent one costs its time once.
func TestPostgresLeaderFirst(t *testing.T) {
	dsn := servers.Postgres(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	dead, leader := newLine(t, u.Host), newLine(t, u.Host)
	dead.silent.Store(true)
	store := storetest.Store{Raw: rawPostgres(t, dsn),
		DB: open(t, through(t, dsn, dead.Addr().String()+","+leader.Addr().String(), "&connect_timeout=3"),
			func(c *sqlstore.Config) { c.Patience = 30 * time.Second })}
	asked := dead.calls.Load()
	if asked == 0 {
		t.Fatal("the first host was not asked at all")
	}
	for range 3 {
		if _, err := store.Raw.Exec(endAll); err != nil {
			t.Fatal(err)
		}
		fill(t, store)
	}
	if now := dead.calls.Load(); now != asked {
		t.Errorf("the silent host was asked %d times more", now-asked)
	}
}
