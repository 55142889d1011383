package sqlstore

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// patienceTTL is how long a call waits for PostgreSQL, the wait for a connection and all its tries included: a leader that
	// is gone without a word must not hold a request.
	patienceTTL = 5 * time.Second
	// connectTTL is how long one host may take to answer, so that the second host is reached within the patience.
	connectTTL = 2 * time.Second
	// suiteTTL is how long it may take to write a whole declaration.
	suiteTTL = 5 * time.Minute
	// connTTL is when a connection is replaced, so that names of hosts are looked up again.
	connTTL = 30 * time.Minute
)

// cluster is what is remembered of the hosts of a PostgreSQL address, of which one at a time takes writes.
type cluster struct {
	// leader is the host and port of the connection that was made last.
	leader atomic.Pointer[string]
	// losses counts connections that were lost. Each loss makes every other connection be asked before its next use.
	losses atomic.Int64
}

// lossKey is where a connection keeps the losses it was asked after.
const lossKey = "ligature.losses"

// tune sets what a failover needs and returns the pool's options.
func (c *cluster) tune(cfg *pgx.ConnConfig, url string) []stdlib.OptionOpenDB {
	if !strings.Contains(url, "connect_timeout=") {
		cfg.ConnectTimeout = connectTTL
	}
	// A machine that lost its power says nothing. The kernel finds that out for idle connections, within about ten seconds.
	cfg.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}}).DialContext
	fatal := cfg.OnPgError
	cfg.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		// A connection to a server that takes no writes any more would never do again.
		return err.Code != "25006" && fatal(conn, err)
	}
	return []stdlib.OptionOpenDB{stdlib.OptionBeforeConnect(c.leaderFirst), stdlib.OptionAfterConnect(c.remember), stdlib.OptionShouldPing(c.doubtful)}
}

// hosts are all hosts of an address in their order.
func hosts(cfg *pgx.ConnConfig) []*pgconn.FallbackConfig {
	return append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...)
}

func nameOf(host *pgconn.FallbackConfig) string {
	return net.JoinHostPort(host.Host, strconv.Itoa(int(host.Port)))
}

// leaderFirst asks the host first that took writes last: one that is down may take its whole time to say nothing.
func (c *cluster) leaderFirst(_ context.Context, cfg *pgx.ConnConfig) error {
	leader := c.leader.Load()
	if leader == nil || len(cfg.Fallbacks) == 0 {
		return nil
	}
	all := hosts(cfg)
	slices.SortStableFunc(all, func(a, b *pgconn.FallbackConfig) int {
		return rank(nameOf(a) != *leader) - rank(nameOf(b) != *leader)
	})
	cfg.Host, cfg.Port, cfg.TLSConfig, cfg.Fallbacks = all[0].Host, all[0].Port, all[0].TLSConfig, all[1:]
	return nil
}

// remember notes which host a new connection leads to.
func (c *cluster) remember(ctx context.Context, conn *pgx.Conn) error {
	conn.PgConn().CustomData()[lossKey] = c.losses.Load()
	cfg := conn.Config()
	if len(cfg.Fallbacks) == 0 {
		return nil
	}
	peer, err := netip.ParseAddrPort(conn.PgConn().Conn().RemoteAddr().String())
	if err != nil {
		return nil // a socket in the file system has no port and no need
	}
	for _, host := range hosts(cfg) {
		if host.Port != peer.Port() {
			continue
		}
		found, err := cfg.LookupFunc(ctx, host.Host)
		if err == nil && slices.ContainsFunc(found, func(at string) bool { return sameAddr(at, peer.Addr()) }) {
			name := nameOf(host)
			c.leader.Store(&name)
			return nil
		}
	}
	return nil
}

func sameAddr(text string, peer netip.Addr) bool {
	parsed, err := netip.ParseAddr(text)
	return err == nil && parsed.Unmap() == peer.Unmap()
}

// doubtful reports whether a connection must answer before it is used: after a second without use, and once after any other
// was lost.
func (c *cluster) doubtful(_ context.Context, p stdlib.ShouldPingParams) bool {
	losses := c.losses.Load()
	if known, _ := p.Conn.PgConn().CustomData()[lossKey].(int64); known != losses {
		p.Conn.PgConn().CustomData()[lossKey] = losses
		return true
	}
	return p.IdleDuration > time.Second
}

// cut reports that a connection that had been made is no good any more: the server went, or takes no writes now. What it had
// begun is undone there, and another connection may do. No connection at all is no reason to try again at once.
func cut(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "25006" || strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08")
	}
	return lostConnection(err) && err.Error() != closedPool
}

// lost reports cut, and has the pool look at its other connections.
func (d *DB) lost(err error) bool {
	if d.dialect.name != postgresName || !cut(err) {
		return false
	}
	d.cluster.losses.Add(1)
	return true
}

// bounded ends a call of PostgreSQL after its patience. SQLite has nobody to wait for but itself.
func (d *DB) bounded(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	if d.dialect.name != postgresName {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, most)
}
