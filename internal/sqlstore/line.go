package sqlstore

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// line gives callers a connection in the order in which they came. A pool of database/sql gives a free one to any of those who
// wait, so that of many somebody would wait for ever so long. It is safe for concurrent use; a nil line has nobody wait.
type line struct {
	places *semaphore.Weighted
	now    func() time.Time
	waited waiting
}

// waiting is how many have waited, and how long together.
type waiting struct{ times, nanoseconds atomic.Int64 }

func (w *waiting) add(took time.Duration) {
	w.times.Add(1)
	w.nanoseconds.Add(took.Nanoseconds())
}

// to adds them to what a pool has counted.
func (w *waiting) to(s sql.DBStats) sql.DBStats {
	s.WaitCount += w.times.Load()
	s.WaitDuration += time.Duration(w.nanoseconds.Load())
	return s
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
		l.waited.add(l.now().Sub(begun))
	}
	if err != nil {
		return nil, err
	}
	return func() { l.places.Release(1) }, nil
}
