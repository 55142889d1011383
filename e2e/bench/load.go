package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// worker is one client that waits for each answer before it asks again.
type worker struct {
	t    *target
	wire *wire
	rand *rand.Rand

	place, of int // among the workers

	sessions []*jar   // open sessions; nobody else uses them
	requests []string // what is asked for in them
	families []string // refresh tokens
	access   []string // access tokens
	turn     int
}

// operation is one kind of load.
type operation struct {
	key  string
	name string
	// prepare makes what the operation needs; it is not measured. nil: nothing.
	prepare func(*worker) error
	once    func(*worker) error
}

// operations are all that is measured, in the order of the report.
func operations() []operation {
	return []operation{
		{key: "discovery", name: "discovery", once: func(w *worker) error {
			return w.t.expect(w.wire, "GET", w.t.discovery, "", `"issuer"`)
		}},
		{key: "jwks", name: "key set", once: func(w *worker) error { return w.t.expect(w.wire, "GET", w.t.jwks, "", `"keys"`) }},
		{key: "code", name: "code flow in an open session", prepare: (*worker).open, once: func(w *worker) error {
			_, err := w.t.codeFlow(w.wire, next(w, w.sessions), w.requests[0])
			return err
		}},
		{key: "password", name: "password sign-in through the forms", once: (*worker).signIn},
		{key: "refresh", name: "refresh", prepare: (*worker).begin, once: (*worker).renew},
		{key: "userinfo", name: "userinfo", prepare: (*worker).redeem, once: func(w *worker) error {
			return w.t.expect(w.wire, "GET", w.t.userinfo, "", `"sub"`, header{"Authorization", "Bearer " + next(w, w.access)})
		}},
		{key: "introspection", name: "introspection", prepare: (*worker).redeem, once: func(w *worker) error {
			return w.t.expect(w.wire, "POST", w.t.introspect, "token="+next(w, w.access), `"active":true`, w.t.basic)
		}},
		{key: "client", name: "client credentials", once: func(w *worker) error {
			_, err := w.t.ask(w.wire, "grant_type=client_credentials&scope="+w.t.scope)
			return err
		}},
	}
}

// next takes one after the other.
func next[T any](w *worker, of []T) T {
	w.turn++
	return of[w.turn%len(of)]
}

func (w *worker) signIn() error { return w.t.signIn(w.wire, &jar{}, w.somebody(), w.network()) }

// somebody is one of the people that no other worker signs in as, if there are enough of them: who tries twice at once is slowed
// down.
func (w *worker) somebody() person {
	mine := max(1, (len(w.t.people)-w.place+w.of-1)/w.of)
	return w.t.people[(w.place+w.of*w.rand.IntN(mine))%len(w.t.people)]
}

// network is one of many that people sign in from.
func (w *worker) network() string {
	return fmt.Sprintf("%d.%d.%d.7", 11+w.rand.IntN(80), w.rand.IntN(256), w.rand.IntN(256))
}

// open opens sessions of different people, as far as that has not been done.
func (w *worker) open() error {
	if w.requests == nil {
		w.requests = []string{w.t.request("openid"), w.t.request("openid offline_access")}
	}
	for len(w.sessions) < cap(w.sessions) {
		cookies := &jar{}
		if err := w.t.signIn(w.wire, cookies, w.somebody(), w.network()); err != nil {
			return fmt.Errorf("opening a session: %w", err)
		}
		w.sessions = append(w.sessions, cookies)
	}
	return nil
}

// begin gets a refresh token in each session.
func (w *worker) begin() error {
	if err := w.open(); err != nil {
		return err
	}
	w.families = w.families[:0]
	for _, cookies := range w.sessions {
		body, err := w.t.codeFlow(w.wire, cookies, w.requests[1])
		if err != nil {
			return err
		}
		w.families = append(w.families, after(body, `"refresh_token":"`, `"`))
	}
	return nil
}

// renew exchanges a refresh token, which is good once.
func (w *worker) renew() error {
	w.turn++
	i := w.turn % len(w.families)
	body, err := w.t.ask(w.wire, "grant_type=refresh_token&refresh_token="+w.families[i])
	if err != nil {
		return err
	}
	w.families[i] = after(body, `"refresh_token":"`, `"`)
	return nil
}

// redeem gets an access token in each session. They are good for five minutes.
func (w *worker) redeem() error {
	if err := w.open(); err != nil {
		return err
	}
	w.access = w.access[:0]
	for _, cookies := range w.sessions {
		body, err := w.t.codeFlow(w.wire, cookies, w.requests[0])
		if err != nil {
			return err
		}
		w.access = append(w.access, after(body, `"access_token":"`, `"`))
	}
	return nil
}

// crew is all workers together.
type crew []*worker

// newCrew makes n workers with so many open sessions together, at least one each.
func newCrew(t *target, n, sessions int) crew {
	all := make(crew, n)
	for i := range all {
		all[i] = &worker{t: t, wire: &wire{base: t.base}, rand: rand.New(rand.NewPCG(uint64(i), 7)), place: i, of: n,
			sessions: make([]*jar, 0, max(1, sessions/n))}
	}
	return all
}

func (c crew) close() {
	for _, w := range c {
		w.wire.close()
	}
}

// each lets all workers do something at once.
func (c crew) each(do func(*worker) error) error {
	failed := make([]error, len(c))
	var all sync.WaitGroup
	for i, w := range c {
		all.Go(func() { failed[i] = do(w) })
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// sample is what came of a load.
type sample struct {
	took   []time.Duration // of each that went well, sorted
	span   time.Duration
	errors int
	first  error
}

// run repeats once in every worker for so long.
func (c crew) run(once func(*worker) error, span time.Duration) sample {
	parts := make([]sample, len(c))
	start := time.Now()
	var all sync.WaitGroup
	for i, w := range c {
		all.Go(func() { parts[i] = w.repeat(once, start.Add(span)) })
	}
	all.Wait()
	whole := sample{span: time.Since(start)}
	for _, part := range parts {
		whole.took = append(whole.took, part.took...)
		whole.errors += part.errors
		if whole.first == nil {
			whole.first = part.first
		}
	}
	slices.Sort(whole.took)
	return whole
}

func (w *worker) repeat(once func(*worker) error, until time.Time) sample {
	part := sample{took: make([]time.Duration, 0, 1<<14)}
	for now := time.Now(); now.Before(until); {
		err := once(w)
		done := time.Now()
		if err == nil {
			part.took = append(part.took, done.Sub(now))
		} else {
			part.errors++
			if part.first == nil {
				part.first = err
			}
		}
		now = done
	}
	return part
}

// quantile is the time that a share of all stayed under; 0 of none.
func (s sample) quantile(share float64) time.Duration {
	if len(s.took) == 0 {
		return 0
	}
	return s.took[min(len(s.took)-1, int(share*float64(len(s.took))))]
}

// rate is how many a second.
func (s sample) rate() float64 { return float64(len(s.took)) / s.span.Seconds() }
