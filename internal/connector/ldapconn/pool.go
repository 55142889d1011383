package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"
)

const (
	// maxIdle connections are kept for the next search.
	maxIdle = 4
	// idleTTL is how long: directories and firewalls drop what is silent, and some do not say so.
	idleTTL = time.Minute
)

// pool keeps connections that are signed in as the operator's account. The zero value with a clock is an empty one.
type pool struct {
	now func() time.Time

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// take gives a kept connection that still stands; nil when there is none.
func (p *pool) take() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		last := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if age := p.now().Sub(last.usedAt); !last.IsClosing() && age >= 0 && age < idleTTL {
			return last
		}
		go last.Close() // it may wait for what is gone
	}
	return nil
}

// put keeps a connection, or closes it.
func (p *pool) put(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= maxIdle {
		go s.Close()
		return
	}
	s.usedAt = p.now()
	p.idle = append(p.idle, s)
}

// close closes what is kept, and what comes back.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, s := range p.idle {
		_ = s.Close()
	}
	p.idle = nil
}

// pooled runs a search on a kept connection, or on a new one. A kept one that turns out to be dead is replaced once: a
// search may be asked again, other than a password.
func (c *Conn) pooled(ctx context.Context, f func(*ldap.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, lastResort)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return err
	}
	if kept := c.pool.take(); kept != nil {
		err := c.on(ctx, kept, f)
		if answered(err) || ctx.Err() != nil {
			return err
		}
	}
	fresh, err := c.signedIn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w", dialled(err))
	}
	return c.on(ctx, fresh, f)
}

// on runs f, and keeps the connection if it is as good as before.
func (c *Conn) on(ctx context.Context, s *session, f func(*ldap.Conn) error) error {
	err := s.during(ctx, f)
	if answered(err) && !errors.Is(err, ldap.ErrSizeLimitExceeded) && !s.IsClosing() {
		c.pool.put(s)
	} else {
		_ = s.Close()
	}
	return err
}

// dialled marks an error of making a connection, unless it says that the account was refused.
func dialled(err error) error {
	if _, ok := errors.AsType[*accountError](err); ok {
		return err
	}
	return &dialError{err}
}

// answered reports that the directory answered, if only with a refusal.
func answered(err error) bool {
	said, ok := errors.AsType[*ldap.Error](err)
	return err == nil || errors.Is(err, ldap.ErrSizeLimitExceeded) || (ok && said.ResultCode < ldap.ErrorNetwork)
}

// wire is a connection that reads no more than one answer may have. left is filled before each question; the bytes of TLS
// count where it was started later.
type wire struct {
	net.Conn
	// bottom is what is cut when a caller leaves.
	bottom net.Conn
	left   atomic.Int64
}

// errOversize ends an answer that does not end.
var errOversize = errors.New("an answer of more than 8 MiB")

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if w.left.Add(-int64(n)) < 0 {
		return 0, errOversize
	}
	return n, err
}
