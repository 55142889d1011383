package demo

import (
	"context"
	"net/http"
	"sync/atomic"

	"ligature/internal/audit"
	"ligature/internal/server"
)

// replicas are servers over one database. No two requests after one another reach the same one, so nothing that a server
// keeps to itself can be needed for a journey.
type replicas struct {
	servers []*server.Server
	next    atomic.Uint64
}

// ServeHTTP has the next one answer.
func (r *replicas) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.servers[r.next.Add(1)%uint64(len(r.servers))].ServeHTTP(w, request)
}

// HashChecks counts the password hashes that all of them have checked.
func (w *World) HashChecks() (total int64) {
	for _, s := range w.servers.servers {
		total += s.HashChecks()
	}
	return total
}

// Events are the newest events of the tenant, newest first, at most limit.
func (w *World) Events(ctx context.Context, limit int) ([]audit.Event, error) {
	happened, err := w.server.Store().Happenings(ctx, tenant, limit)
	events := make([]audit.Event, len(happened))
	for i, h := range happened {
		events[i] = h.Event
	}
	return events, err
}
