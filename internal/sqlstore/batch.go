package sqlstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"ligature/internal/fault"
)

const (
	// batchSize is the most that one statement is asked for.
	batchSize = 64
	// batchTurn is how long a statement has the others wait for it. One that takes longer, because PostgreSQL is far, a row locked or
	// a connection silent, holds up those that are in it and nobody else.
	batchTurn = 2 * time.Millisecond
)

// batch asks PostgreSQL for several callers with one statement, which costs it little more than a statement for one of them.
// Nobody waits for others to come: who finds no statement under way asks alone, and those who come meanwhile are asked for
// together. It is safe for concurrent use.
type batch[Q, A any] struct {
	patience time.Duration
	// one answers a question, under its caller's context.
	one func(ctx context.Context, q Q) (A, error)
	// many answers several, in their order. What it changed, when it fails, is nothing, or not known and then fault.Unavailable.
	many func(ctx context.Context, qs []Q) ([]A, error)
	// apart reports two questions that one statement cannot answer; nil: there are none.
	apart func(a, b Q) bool

	mu    sync.Mutex
	queue []*asking[Q, A]
	busy  bool // a statement has its turn
}

// asking is one caller.
type asking[Q, A any] struct {
	q Q
	// lead takes those that the caller is to ask for, itself the first of them; closed when another has asked for it.
	lead chan []*asking[Q, A]

	answer A
	err    error
	alone  bool // the others' questions are why there is no answer
}

// errAbandoned is for those whose statement ended in a panic: nobody is told that theirs is kept.
var errAbandoned = fault.New(fault.Internal, "store.abandoned")

// ask answers a question. It waits for as long as the context and the patience with the database last; once it is asked, it waits
// for the answer. Errors are classified.
func (b *batch[Q, A]) ask(ctx context.Context, q Q) (A, error) {
	a := &asking[Q, A]{q: q, err: errAbandoned}
	if err := ctx.Err(); err != nil {
		return a.answer, classify(err)
	}
	b.mu.Lock()
	if b.busy {
		a.lead = make(chan []*asking[Q, A], 1)
		b.queue = append(b.queue, a)
		b.mu.Unlock()
		b.wait(ctx, a)
	} else {
		b.busy = true
		b.mu.Unlock()
		b.run(ctx, []*asking[Q, A]{a})
	}
	if a.alone {
		a.answer, a.err = b.one(ctx, q)
	}
	return a.answer, classify(a.err)
}

// wait waits until somebody has asked, or asks.
func (b *batch[Q, A]) wait(ctx context.Context, a *asking[Q, A]) {
	bounded, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel()
	select {
	case led := <-a.lead:
		b.run(ctx, led)
		return
	case <-bounded.Done():
	}
	b.mu.Lock()
	i := slices.Index(b.queue, a)
	if i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		a.err = bounded.Err()
	}
	b.mu.Unlock()
	if i < 0 {
		b.run(ctx, <-a.lead) // too late to leave: others count on it
	}
}

// run asks for those that a caller leads; none, when another has asked for the caller.
func (b *batch[Q, A]) run(ctx context.Context, led []*asking[Q, A]) {
	if len(led) == 0 {
		return
	}
	next := sync.OnceFunc(b.next)
	turn := time.AfterFunc(batchTurn, next)
	defer func() {
		turn.Stop()
		next()
		for _, a := range led[1:] {
			close(a.lead)
		}
	}()
	if len(led) == 1 {
		led[0].answer, led[0].err = b.one(ctx, led[0].q)
		return
	}
	// The others' questions must not fail because this caller goes away. The statement has its own end.
	answers, err := b.many(context.WithoutCancel(ctx), questions(led))
	for i, a := range led {
		// What the database made of all of them may be the fault of one. What nobody knows is not asked again.
		a.err, a.alone = err, err != nil && !fault.Is(classify(err), fault.Unavailable)
		if err == nil {
			a.answer = answers[i]
		}
	}
}

// next has the first of those who wait ask for itself and others.
func (b *batch[Q, A]) next() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var led, left []*asking[Q, A]
	for _, a := range b.queue {
		if len(led) == batchSize || b.apart != nil && slices.ContainsFunc(led, func(other *asking[Q, A]) bool { return b.apart(other.q, a.q) }) {
			left = append(left, a)
		} else {
			led = append(led, a)
		}
	}
	b.queue, b.busy = left, len(led) > 0
	if b.busy {
		led[0].lead <- led
	}
}

func questions[Q, A any](led []*asking[Q, A]) []Q {
	qs := make([]Q, len(led))
	for i, a := range led {
		qs[i] = a.q
	}
	return qs
}
