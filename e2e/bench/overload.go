package main

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// overload is what came of more sign-ins than the machine can hash.
type overload struct {
	Crowd      int     `json:"crowd"`         // people who sign in at the same time, again and again; who is turned away tries again when told to
	SignedIn   int     `json:"signed_in"`     // got through
	TurnedAway int     `json:"turned_away"`   // 503 with Retry-After
	Longest    float64 `json:"answer_max_ms"` // the longest wait for an answer to a password
	HealthP50  float64 `json:"health_p50_ms"` // meanwhile
	HealthP99  float64 `json:"health_p99_ms"` // meanwhile
	KnownP99   float64 `json:"discovery_p99_ms"`
	Peak       float64 `json:"rss_peak_mib"`
	Errors     int     `json:"errors"` // any other answer
	First      string  `json:"first_error,omitempty"`
}

// pause is between two questions of a watcher: a probe asks now and then.
const pause = 5 * time.Millisecond

// overload signs in with so many at once, while others ask for the health and for discovery.
func (m measured) overload(size int, span time.Duration) overload {
	forgetPeak(m.meter.server)
	crowd, watch := newCrew(m.target, size, 0), newCrew(m.target, 2, 0)
	defer crowd.close()
	defer watch.close()
	var away, late atomic.Int64
	var people, health, known sample
	var all sync.WaitGroup
	until := time.Now().Add(span)
	for _, w := range crowd {
		w.wire.patient = func(turned busy) bool {
			away.Add(1)
			time.Sleep(turned.after) // as it was asked to
			return time.Now().Before(until)
		}
	}
	all.Go(func() {
		people = crowd.run(func(w *worker) error {
			err := w.signIn()
			if _, gaveUp := errors.AsType[busy](err); gaveUp {
				late.Add(1)
				return nil
			}
			return err
		}, span)
	})
	all.Go(func() { health = watch[0].watch("/healthz", "", span) })
	all.Go(func() { known = watch[1].watch(m.target.discovery, `"issuer"`, span) })
	all.Wait()
	found := overload{Crowd: size, SignedIn: len(people.took) - int(late.Load()), TurnedAway: int(away.Load()),
		Longest: milliseconds(slices.Max(crowd.slowest())), HealthP50: milliseconds(health.quantile(0.5)), HealthP99: milliseconds(health.quantile(0.99)),
		KnownP99: milliseconds(known.quantile(0.99)), Peak: memory(m.meter.server, "VmHWM"), Errors: people.errors + health.errors + known.errors}
	for _, s := range []sample{people, health, known} {
		if s.first != nil && found.First == "" {
			found.First = s.first.Error()
		}
	}
	return found
}

// watch asks for one page again and again.
func (w *worker) watch(path, holds string, span time.Duration) sample {
	var found sample
	for until := time.Now().Add(span); time.Now().Before(until); time.Sleep(pause) {
		begun := time.Now()
		if err := w.t.expect(w.wire, "GET", path, "", holds); err != nil {
			found.errors, found.first = found.errors+1, err
			continue
		}
		found.took = append(found.took, time.Since(begun))
	}
	slices.Sort(found.took)
	return found
}

// slowest is each worker's longest wait for an answer to a password.
func (c crew) slowest() []time.Duration {
	all := make([]time.Duration, len(c))
	for i, w := range c {
		all[i] = w.wire.slowest
	}
	return all
}
