package server

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// restEvery is how often a server looks whether it has come to rest.
	restEvery = 5 * time.Second
	// restRequests are few enough in that time to come from probes, and not worth keeping memory for.
	restRequests = 50
)

// rest counts requests, so that the memory of a busy time is given back when it is over: the runtime itself would keep it for
// minutes, and with a heap floor for ever. A single password takes more than many requests, so the hasher says by itself when
// it has come to rest.
type rest struct {
	served atomic.Int64
	busy   bool
	free   func()
}

// look frees memory once after each busy time.
func (r *rest) look(context.Context) error {
	if r.served.Swap(0) > restRequests {
		r.busy = true
		return nil
	}
	if r.busy {
		r.busy = false
		r.free()
	}
	return nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.rest.served.Add(1)
	s.handler.ServeHTTP(w, r)
}
