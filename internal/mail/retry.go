package mail

import (
	"time"

	"ligature/internal/fault"
)

// retry is when the next attempt is made; nil when none is: the failure is for good, or the mail's link would be dead by
// then.
func retry(q Queued, err error, now time.Time) *time.Time {
	if kind := fault.KindOf(err); kind != fault.Unavailable && kind != fault.Throttled {
		return nil
	}
	at := now.Add(max(backoff(q.Attempt), fault.AfterOf(err)))
	if !at.Before(q.deadline()) {
		return nil
	}
	return &at
}

// backoff is the wait after the attempt: short at first, because somebody is looking at "Check your inbox", then as long
// as greylisting and outages take.
func backoff(attempt int) time.Duration {
	waits := [...]time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour}
	return waits[min(max(attempt, 1), len(waits))-1]
}

func (q Queued) deadline() time.Time {
	if q.Deadline.IsZero() {
		return q.Message.QueuedAt.Add(DefaultLife)
	}
	return q.Deadline
}
