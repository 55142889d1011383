package mail

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"ligature/internal/fault"
)

// Defaults of Worker.
const (
	// MaxInFlight is how many mails one worker hands over at the same time.
	MaxInFlight = 4
	// DefaultPoll is how often the queue is asked when nobody wakes the worker.
	DefaultPoll = time.Second
	// DefaultLease is how long a claimed mail is invisible to other workers; it must exceed the sender's timeout.
	DefaultLease = 2 * time.Minute
	// DefaultLife is how long delivery is tried when the mail has no deadline of its own.
	DefaultLife = 24 * time.Hour
)

// maxClaimPause bounds the wait after the queue did not answer.
const maxClaimPause = 30 * time.Second

// Queued is one claimed mail of the outbox.
type Queued struct {
	// Message is decrypted; Message.ID is the outbox id.
	Message Message
	// Attempt is the number of the attempt that this claim begins, 1 for the first.
	Attempt int
	// Deadline is when delivery stops making sense, the end of the life of the mail's link; zero means DefaultLife
	// after Message.QueuedAt.
	Deadline time.Time
}

// Queue is the outbox. All methods are safe to repeat; errors are passed on as they are.
type Queue interface {
	// ClaimMails takes up to limit mails that are due at now, oldest first, counts an attempt for each and hides them
	// from other claims until now plus lease.
	ClaimMails(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]Queued, error)
	// MailSent records that the relay has the mail, and drops its payload.
	MailSent(ctx context.Context, id string, at time.Time) error
	// MailFailed records a failed attempt. With retryAt the mail is due again then; without, it has failed for good and
	// its payload is dropped. reason begins with a key, "mail.refused" where the address refused the mail, and may go
	// on after a space with the SMTP status; it holds no address and may be shown to operators.
	MailFailed(ctx context.Context, id string, at time.Time, retryAt *time.Time, reason string) error
}

// Worker empties the outbox. All fields but Poll, Lease and Log are required.
type Worker struct {
	// Queue is the outbox.
	Queue Queue
	// Deliver makes one attempt: it puts the message into words and hands them over. fault.Unavailable and fault.Throttled are
	// tried again, everything else is for good.
	Deliver func(ctx context.Context, m Message) error
	// Now is the clock.
	Now func() time.Time
	// Wake is signalled when a mail was queued. Make it with a buffer of one and send without blocking.
	Wake <-chan struct{}
	// Poll is how often the queue is asked without being woken; DefaultPoll when zero.
	Poll time.Duration
	// Lease is how long a claim holds; DefaultLease when zero.
	Lease time.Duration
	// Watch is told of each attempt when it begins; done is told how it ended: Sent, Deferred or Failed. Nil for nobody.
	Watch func(ctx context.Context, kind Kind) (in context.Context, done func(outcome string))
	// Log receives one line per attempt: id, kind, attempt, latency. Nil means none.
	Log *slog.Logger
}

// How an attempt ended: the relay has the mail, it is tried again, or it never will be.
const (
	Sent     = "sent"
	Deferred = "deferred"
	Failed   = "failed"
)

// Run works until ctx ends, then finishes the mails it holds and returns nil; the queue must stay open until then. Two Runs may share a queue; a mail that
// one of them lost is claimed again after its lease, so delivery is at least once.
func (w *Worker) Run(ctx context.Context) error {
	if w.Queue == nil || w.Deliver == nil || w.Now == nil || w.Wake == nil {
		return fault.New(fault.Internal, "mail.worker_incomplete")
	}
	r := &run{Worker: w, free: MaxInFlight, freed: make(chan struct{}, MaxInFlight), log: w.Log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.loop(ctx)
	r.flying.Wait()
	return nil
}

// run is the state of one Run; its counters are touched by loop alone.
type run struct {
	*Worker
	log    *slog.Logger
	flying sync.WaitGroup
	freed  chan struct{} // one for each mail that ended
	free   int           // slots
	behind bool          // the last claim took all it could, so there may be more
	failed int           // claims in a row that failed
}

func (r *run) loop(ctx context.Context) {
	for ctx.Err() == nil {
		pause := cmp.Or(r.Poll, DefaultPoll)
		if r.free > 0 && !r.claim(ctx) {
			pause = min(maxClaimPause, pause<<min(r.failed, 10))
		}
		r.wait(ctx, pause)
	}
}

// wait returns when there may be something to claim: a wake, the end of the pause, or a free slot while behind.
func (r *run) wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.Wake:
			return
		case <-timer.C:
			return
		case <-r.freed:
			r.free++
			if r.behind {
				return
			}
		}
	}
}

// claim takes what the free slots can carry and reports whether the queue answered.
func (r *run) claim(ctx context.Context) bool {
	mails, err := r.Queue.ClaimMails(ctx, r.Now(), r.free, cmp.Or(r.Lease, DefaultLease))
	if err != nil {
		if ctx.Err() == nil {
			r.failed++
			r.log.LogAttrs(ctx, slog.LevelWarn, "mail queue does not answer", slog.String("key", fault.KeyOf(err)),
				slog.Int("failures", r.failed))
		}
		return false
	}
	r.failed, r.behind = 0, len(mails) >= r.free
	for _, q := range mails {
		r.free--
		r.flying.Go(func() {
			defer func() { r.freed <- struct{}{} }()
			// A stop does not interrupt a mail that has begun; the sender's timeout ends it.
			r.handle(context.WithoutCancel(ctx), q)
		})
	}
	return true
}

// handle makes one attempt and records how it ended.
func (r *run) handle(ctx context.Context, q Queued) {
	done := func(string) {}
	if r.Watch != nil {
		ctx, done = r.Watch(ctx, q.Message.Kind)
	}
	began := r.Now()
	err := r.attempt(ctx, q, began)
	ended := r.Now()
	attrs := []slog.Attr{slog.String("mail", q.Message.ID), slog.String("kind", string(q.Message.Kind)),
		slog.Int("attempt", q.Attempt), slog.Duration("latency", ended.Sub(began)),
		slog.Duration("since_queued", ended.Sub(q.Message.QueuedAt))}
	if err == nil {
		done(Sent)
		r.log.LogAttrs(ctx, slog.LevelInfo, "mail sent", attrs...)
		r.record(ctx, q, func() error { return r.Queue.MailSent(ctx, q.Message.ID, ended) })
		return
	}
	reason := reasonOf(err)
	attrs = append(attrs, slog.String("reason", reason))
	retryAt := retry(q, err, ended)
	if retryAt == nil {
		done(Failed)
		r.log.LogAttrs(ctx, slog.LevelError, "mail failed", attrs...)
	} else {
		done(Deferred)
		r.log.LogAttrs(ctx, slog.LevelWarn, "mail deferred", append(attrs, slog.Time("retry_at", *retryAt))...)
	}
	r.record(ctx, q, func() error { return r.Queue.MailFailed(ctx, q.Message.ID, ended, retryAt, reason) })
}

func (r *run) attempt(ctx context.Context, q Queued, now time.Time) error {
	if !now.Before(q.deadline()) {
		return fault.New(fault.Expired, "mail.late")
	}
	return r.Deliver(ctx, q.Message)
}

// record writes the end of an attempt, three times if need be: what is not recorded is sent again after the lease.
func (r *run) record(ctx context.Context, q Queued, write func() error) {
	var err error
	for i := range 3 {
		if err = write(); err == nil || fault.Is(err, fault.Missing) {
			return
		}
		time.Sleep(time.Duration(i+1) * 200 * time.Millisecond)
	}
	r.log.LogAttrs(ctx, slog.LevelError, "mail not recorded", slog.String("mail", q.Message.ID),
		slog.String("key", fault.KeyOf(err)))
}

// reasonOf is the key and, where the relay answered, its codes.
func reasonOf(err error) string {
	if status, ok := errors.AsType[*Status](err); ok {
		return fault.KeyOf(err) + " " + status.Error()
	}
	return fault.KeyOf(err)
}
