package sqlstore

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// line gives callers a connection in the order in which they came. A pool of database/sql gives a free one to any of those who
// wait, so that of many somebody would wait for ever so long. It is safe for concurrent use; a nil line has nobody wait.
type line struct {
	places *semaphore.Weighted
	now    func() time.Time
	waits  atomic.Int64
	waited atomic.Int64 // nanoseconds
}

func newLine(places int, now func() time.Time) *line {
	if now == nil {
		now = func() time.Time { return time.Time{} }
	}
	return &line{places: semaphore.NewWeighted(int64(places)), now: now}
}

// enter waits for a place until ctx ends. leave must be called.
func (l *line) enter(ctx context.Context) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	if !l.places.TryAcquire(1) {
		begun := l.now()
		err = l.places.Acquire(ctx, 1)
		l.waits.Add(1)
		l.waited.Add(l.now().Sub(begun).Nanoseconds())
	}
	if err != nil {
		return nil, err
	}
	return func() { l.places.Release(1) }, nil
}
