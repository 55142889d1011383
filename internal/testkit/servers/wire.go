package servers

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Wire stands between a client and a server on loopback. Its plug can be pulled.
type Wire struct {
	tb     testing.TB
	to     string
	before func()

	mu       sync.Mutex
	addr     string
	listener net.Listener
	open     []net.Conn
	pulled   bool
	stalled  bool
	carrying sync.WaitGroup
}

// NewWire listens until tb ends and carries to the address. before, if given, is called before each piece that a client
// sends goes on to the server.
func NewWire(tb testing.TB, to string, before func()) *Wire {
	tb.Helper()
	w := &Wire{tb: tb, to: to, before: before, addr: "127.0.0.1:0"}
	w.Plug()
	tb.Cleanup(w.Pull)
	return w
}

// Addr is where clients connect; it stays the same.
func (w *Wire) Addr() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addr
}

// Plug listens, again after Pull.
func (w *Wire) Plug() {
	w.tb.Helper()
	l, err := net.Listen("tcp", w.Addr())
	if err != nil {
		w.tb.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener, w.addr, w.pulled = l, l.Addr().String(), false
	w.carrying.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			w.carrying.Go(func() { w.join(conn) })
		}
	})
}

// Pull ends every connection and takes no new one. Nothing is carried any more when it returns.
func (w *Wire) Pull() {
	w.mu.Lock()
	w.pulled = true
	_ = w.listener.Close()
	for _, conn := range w.open {
		_ = conn.Close()
	}
	w.open = nil
	w.mu.Unlock()
	w.carrying.Wait()
}

// Stall takes every question and lets no answer through.
func (w *Wire) Stall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalled = true
}

// join carries both ways until one side ends.
func (w *Wire) join(near net.Conn) {
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = near.Close()
		return
	}
	w.mu.Lock()
	late := w.pulled
	w.open = append(w.open, near, far)
	w.mu.Unlock()
	if late {
		_ = near.Close()
		_ = far.Close()
		return
	}
	w.carrying.Go(func() {
		_, _ = io.Copy(asking{w, far}, near)
		_ = far.Close()
	})
	_, _ = io.Copy(answering{w, near}, far)
	_ = near.Close()
}

// asking tells that something is asked before it is.
type asking struct {
	w  *Wire
	to io.Writer
}

// Write implements io.Writer.
func (a asking) Write(p []byte) (int, error) {
	if a.w.before != nil {
		a.w.before()
	}
	return a.to.Write(p)
}

// answering lets answers through unless the wire is stalled.
type answering struct {
	w  *Wire
	to io.Writer
}

// Write implements io.Writer.
func (a answering) Write(p []byte) (int, error) {
	a.w.mu.Lock()
	stalled := a.w.stalled
	a.w.mu.Unlock()
	if stalled {
		return len(p), nil
	}
	return a.to.Write(p)
}
