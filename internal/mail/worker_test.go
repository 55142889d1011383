package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ligature/internal/fault"
	"ligature/internal/mail"
)

// queue is an outbox in memory with the semantics that Queue promises.
type queue struct {
	mu       sync.Mutex
	rows     []*row
	claims   int
	claimErr error
	sentErrs int // how many times MailSent fails first
}

type row struct {
	queued  mail.Queued
	dueAt   time.Time
	sentAt  time.Time
	reasons []string
	dead    bool
}

func (q *queue) put(id string, deadline time.Time) *row {
	return q.add(id, deadline, message(mail.KindConfirm))
}

func (q *queue) add(id string, deadline time.Time, m mail.Message) *row {
	m.ID, m.QueuedAt = id, time.Now()
	r := &row{queued: mail.Queued{Message: m, Deadline: deadline}, dueAt: time.Now()}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows = append(q.rows, r)
	return r
}

func (q *queue) ClaimMails(_ context.Context, now time.Time, limit int, lease time.Duration) ([]mail.Queued, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.claims++
	if q.claimErr != nil {
		return nil, q.claimErr
	}
	var claimed []mail.Queued
	for _, r := range q.rows {
		if len(claimed) < limit && !r.dead && r.sentAt.IsZero() && !r.dueAt.After(now) {
			r.queued.Attempt++
			r.dueAt = now.Add(lease)
			claimed = append(claimed, r.queued)
		}
	}
	return claimed, nil
}

func (q *queue) find(id string) *row {
	for _, r := range q.rows {
		if r.queued.Message.ID == id {
			return r
		}
	}
	return nil
}

func (q *queue) MailSent(_ context.Context, id string, at time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sentErrs > 0 {
		q.sentErrs--
		return fault.New(fault.Unavailable, "store.down")
	}
	q.find(id).sentAt = at
	return nil
}

func (q *queue) MailFailed(_ context.Context, id string, _ time.Time, retryAt *time.Time, reason string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.find(id)
	r.reasons = append(r.reasons, reason)
	if retryAt == nil {
		r.dead = true
	} else {
		r.dueAt = *retryAt
	}
	return nil
}

type post struct {
	mu        sync.Mutex
	takes     time.Duration
	failures  []error // one is used up by each send
	at        []time.Time
	now, most int
}

func (p *post) send(_ context.Context, r mail.Rendered, to string) error {
	p.mu.Lock()
	p.now++
	p.most = max(p.most, p.now)
	p.at = append(p.at, time.Now())
	var err error
	if len(p.failures) > 0 {
		err, p.failures = p.failures[0], p.failures[1:]
	}
	p.mu.Unlock()
	time.Sleep(p.takes) // the bubble's clock
	p.mu.Lock()
	p.now--
	p.mu.Unlock()
	if to != receiver || r.Text == "" {
		return errors.New("a wrong mail")
	}
	return err
}

type world struct {
	queue *queue
	post  *post
	wake  chan struct{}
	log   *bytes.Buffer
	stop  context.CancelFunc
	done  chan error
}

func work(t *testing.T, p *post) *world {
	w := &world{queue: &queue{}, post: p, wake: make(chan struct{}, 1), log: &bytes.Buffer{}, done: make(chan error, 1)}
	deliver := func(ctx context.Context, m mail.Message) error {
		r, err := mail.Render(brand(), issuer, m)
		if err != nil {
			return err
		}
		return p.send(ctx, r, m.To)
	}
	worker := &mail.Worker{Queue: w.queue, Deliver: deliver, Now: time.Now, Wake: w.wake, Log: slog.New(slog.NewJSONHandler(w.log, nil))}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(t.Context())
	go func() { w.done <- worker.Run(ctx) }()
	return w
}

func (w *world) end(t *testing.T) {
	w.stop()
	if err := <-w.done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func temporary() error {
	return fault.Wrap(fault.Unavailable, "mail.relay", &mail.Status{Step: mail.StepReceiver, Reply: 452, Enhanced: "4.2.2"})
}

func TestWakeSendsAtOnceAndPollFindsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, &post{})
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		woken := w.queue.put("a", time.Time{})
		w.wake <- struct{}{}
		synctest.Wait()
		if woken.sentAt.IsZero() {
			t.Error("a wake did not send at once")
		}
		polled := w.queue.put("b", time.Time{})
		time.Sleep(mail.DefaultPoll + time.Millisecond)
		synctest.Wait()
		if polled.sentAt.IsZero() {
			t.Error("the poll did not find the mail")
		}
		w.end(t)
	})
}

func TestAtMostFourAtATimeAndNobodyWaitsForAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{takes: 200 * time.Millisecond}
		w := work(t, p)
		time.Sleep(100 * time.Millisecond) // away from the poll
		synctest.Wait()
		began := time.Now()
		var last *row
		for i := range 20 {
			last = w.queue.put(fmt.Sprint("m", i), time.Time{})
		}
		w.wake <- struct{}{}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if p.most != mail.MaxInFlight {
			t.Errorf("%d at a time", p.most)
		}
		if took := last.sentAt.Sub(began); took != time.Second {
			t.Errorf("20 mails of 200 ms by four took %v", took)
		}
		w.end(t)
	})
}

func TestIdleWorkerAsksOncePerPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, &post{})
		w.queue.put("a", time.Time{})
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		if w.queue.claims > 12 {
			t.Errorf("%d claims in ten seconds", w.queue.claims)
		}
		w.end(t)
	})
}

func TestTemporaryFailuresAreRetriedWithinTheLinksLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		for range 20 {
			p.failures = append(p.failures, temporary())
		}
		w := work(t, p)
		r := w.queue.put("a", time.Now().Add(15*time.Minute))
		began := time.Now()
		time.Sleep(time.Hour)
		synctest.Wait()
		var offsets []time.Duration
		for _, at := range p.at {
			offsets = append(offsets, at.Sub(began).Round(10*time.Second))
		}
		want := []time.Duration{0, 10 * time.Second, 40 * time.Second, 160 * time.Second, 760 * time.Second}
		if fmt.Sprint(offsets) != fmt.Sprint(want) {
			t.Errorf("attempts after %v, want about %v", offsets, want)
		}
		if !r.dead || len(r.reasons) != 5 || r.reasons[4] != "mail.relay receiver 452 4.2.2" {
			t.Errorf("dead %v after %q", r.dead, r.reasons)
		}
		w.end(t)
	})
}

func TestFailureThenSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, &post{failures: []error{temporary()}})
		r := w.queue.put("a", time.Now().Add(15*time.Minute))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r.sentAt.IsZero() || r.queued.Attempt != 2 || len(r.reasons) != 1 {
			t.Errorf("sent %v, attempt %d, %q", r.sentAt, r.queued.Attempt, r.reasons)
		}
		w.end(t)
	})
}

func TestPermanentFailureIsRecordedAndNotRetried(t *testing.T) {
	refused := fault.Wrap(fault.Denied, "mail.refused", &mail.Status{Step: mail.StepReceiver, Reply: 550, Enhanced: "5.1.1"})
	table := map[string]struct {
		err    error
		reason string
	}{
		"refused":      {refused, "mail.refused receiver 550 5.1.1"},
		"our mistake":  {fault.New(fault.Internal, "mail.rendered_incomplete"), "mail.rendered_incomplete"},
		"unclassified": {errors.New("address dana@acme.example is bad"), "internal"},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &post{failures: []error{c.err}}
				w := work(t, p)
				r := w.queue.put("a", time.Now().Add(15*time.Minute))
				time.Sleep(time.Hour)
				synctest.Wait()
				if !r.dead || len(p.at) != 1 || len(r.reasons) != 1 || r.reasons[0] != c.reason {
					t.Errorf("dead %v, %d attempts, %q", r.dead, len(p.at), r.reasons)
				}
				w.end(t)
			})
		})
	}
}

func TestMailThatCannotBeRenderedFailsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		w := work(t, p)
		r := w.queue.add("a", time.Time{}, with(message(mail.KindConfirm), mail.KeyMailToken, ""))
		time.Sleep(time.Minute)
		synctest.Wait()
		if !r.dead || len(p.at) != 0 || r.reasons[0] != "mail.value_missing" {
			t.Errorf("dead %v, %d sent, %q", r.dead, len(p.at), r.reasons)
		}
		w.end(t)
	})
}

func TestLateMailIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		w := work(t, p)
		r := w.queue.put("a", time.Now())
		time.Sleep(time.Minute)
		synctest.Wait()
		if !r.dead || len(p.at) != 0 || r.reasons[0] != "mail.late" {
			t.Errorf("dead %v, %d sent, %q", r.dead, len(p.at), r.reasons)
		}
		w.end(t)
	})
}

func TestStopFinishesWhatHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{takes: 10 * time.Second}
		w := work(t, p)
		begun := w.queue.put("a", time.Time{})
		time.Sleep(2500 * time.Millisecond) // between two polls
		waiting := w.queue.put("b", time.Time{})
		w.end(t)
		if begun.sentAt.IsZero() {
			t.Error("a mail that had begun was lost")
		}
		if waiting.queued.Attempt != 0 {
			t.Error("a mail was claimed after the stop")
		}
	})
}

func TestSentThatCannotBeRecordedIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		w := work(t, p)
		w.queue.sentErrs = 2
		once := w.queue.put("a", time.Time{})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if once.sentAt.IsZero() || len(p.at) != 1 {
			t.Errorf("a short outage of the store: sent %d times", len(p.at))
		}
		w.queue.sentErrs = 3
		twice := w.queue.put("b", time.Time{})
		time.Sleep(mail.DefaultLease + 5*time.Second)
		synctest.Wait()
		if twice.sentAt.IsZero() || len(p.at) != 3 {
			t.Errorf("a long outage of the store: sent %d times in all", len(p.at))
		}
		w.end(t)
	})
}

func TestQueueThatDoesNotAnswerIsAskedLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, &post{})
		synctest.Wait()
		w.queue.mu.Lock()
		w.queue.claimErr, w.queue.claims = fault.New(fault.Unavailable, "store.down"), 0
		w.queue.mu.Unlock()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if w.queue.claims > 30 {
			t.Errorf("%d claims in ten minutes", w.queue.claims)
		}
		w.queue.mu.Lock()
		w.queue.claimErr = nil
		w.queue.mu.Unlock()
		r := w.queue.put("a", time.Time{})
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if r.sentAt.IsZero() {
			t.Error("the worker did not come back")
		}
		w.end(t)
	})
}

func TestLogHoldsNoAddressAndNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, &post{failures: []error{temporary(), errors.New("RCPT TO:<dana@acme.example>: no")}})
		w.queue.put("ml_1", time.Time{})
		w.queue.put("ml_2", time.Time{})
		time.Sleep(time.Minute)
		w.end(t)
		text := w.log.String()
		for _, bad := range []string{"dana", "acme", mailToken, notMeToken, "d***k", "K7Q", "Akeneo"} {
			if strings.Contains(text, bad) {
				t.Errorf("the log holds %q:\n%s", bad, text)
			}
		}
		for _, good := range []string{`"mail":"ml_1"`, `"kind":"confirm"`, `"attempt":2`, `"latency":`, `"reason":"mail.relay receiver 452 4.2.2"`} {
			if !strings.Contains(text, good) {
				t.Errorf("the log lacks %s:\n%s", good, text)
			}
		}
	})
}

func TestIncompleteWorkerDoesNotRun(t *testing.T) {
	if err := new(mail.Worker).Run(t.Context()); fault.KeyOf(err) != "mail.worker_incomplete" {
		t.Errorf("got %v", err)
	}
}
