//go:build servers && soak

package failover_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// steady is how long nothing happens between two losses.
	steady = 8 * time.Second
	// recoverTTL is when people must be able to sign in again after the loss of a leader. The election alone takes the 20 s of
	// Patroni's ttl, because for so long a leader that says nothing may be back.
	recoverTTL = time.Minute
)

// TestSoakFailover: the database's leader is lost while people sign in, as if its machine had lost its power, once for every
// twenty seconds of LIGATURE_SOAK; then the lead is handed over by an operator. Everything acknowledged is there afterwards;
// discovery, key set and tokens are good throughout; meanwhile everybody else hears 503 with Retry-After and nothing else; and
// sign-ins recover by themselves.
func TestSoakFailover(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("LIGATURE_SOAK"))
	if err != nil {
		t.Fatalf("LIGATURE_SOAK is %q, want a duration like 60s", os.Getenv("LIGATURE_SOAK"))
	}
	rounds := max(1, int(span/(20*time.Second)))
	w := openWorld(t, 150*(rounds+2))
	first, begun := context.WithCancel(t.Context())
	for i, person := range w.people[:6] {
		v := &visit{w: w, b: w.browser(), person: person}
		if _, ok := v.signIn(first); !ok || !v.linked {
			t.Fatalf("person %d does not get in: %q\n%s\n%s", i, v.b.Page.H1, v.b.Page.Text(), strings.Join(w.figures.wrong, "\n"))
		}
	}
	begun()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	var latest fresh
	var unready atomic.Int64
	all.Go(func() { w.arrive(ctx, 6) })
	all.Go(func() { w.comeBack(ctx) })
	all.Go(func() { w.comeBack(ctx) })
	all.Go(func() { w.stay(ctx, &latest) })
	all.Go(func() { w.refresh(ctx) })
	all.Go(func() { w.ask(ctx, &latest) })
	for _, replica := range w.replicas {
		all.Go(func() { w.watch(ctx, replica, &latest, &unready) })
	}
	report := []string{fmt.Sprintf("%-22s %10s %16s %16s %12s", "", "elected", "password again", "session again", "whole again")}
	for round := range rounds {
		report = append(report, w.lose(round+1))
	}
	report = append(report, w.handOver())
	pause(ctx, steady)
	stop()
	all.Wait()

	checked := w.balance()
	t.Logf("seconds since the leader was lost:\n%s\n\n%s\n%s\nproducts told temporarily_unavailable: %d\nsign-ins that began again, by page: %v\n"+
		"readyz said no %d times", strings.Join(report, "\n"), w.figures.table(), checked, w.figures.refused, w.figures.restart, unready.Load())
	if unready.Load() == 0 {
		t.Error("/readyz never said no")
	}
	for i, wrong := range w.figures.wrong {
		if i == 40 {
			t.Errorf("and %d more", len(w.figures.wrong)-i)
			break
		}
		t.Error(wrong)
	}
}

// lose takes the leader away, waits until people can sign in again, and brings it back. It gives a line of the report.
func (w *world) lose(round int) string {
	ctx := w.t.Context()
	pause(ctx, steady)
	leader := w.leader()
	w.cluster.Lose(leader)
	at := time.Now()
	elected := w.until(at, func() bool { next, err := w.cluster.Leader(ctx); return err == nil && next != leader })
	line := w.recovered(fmt.Sprintf("leader lost, round %d", round), at, elected)
	if err := w.cluster.Return(leader); err != nil {
		w.t.Fatal(err)
	}
	return line + w.wholeAgain()
}

// handOver has an operator move the lead.
func (w *world) handOver() string {
	ctx := w.t.Context()
	pause(ctx, steady)
	before := w.leader()
	at := time.Now()
	if err := w.cluster.SwitchOver(ctx); err != nil {
		w.t.Fatal(err)
	}
	elected := w.until(at, func() bool { next, err := w.cluster.Leader(ctx); return err == nil && next != before })
	return w.recovered("lead handed over", at, elected) + w.wholeAgain()
}

// leader is the node that leads; there is one, if not at this moment.
func (w *world) leader() (leader int) {
	w.until(time.Now(), func() (ok bool) {
		var err error
		leader, err = w.cluster.Leader(w.t.Context())
		return err == nil
	})
	return leader
}

// until waits for a condition and gives how long it took since an instant.
func (w *world) until(at time.Time, met func() bool) time.Duration {
	for !met() {
		if time.Since(at) > 2*time.Minute || !pause(w.t.Context(), 20*time.Millisecond) {
			w.figures.complain("waited in vain")
			return 0
		}
	}
	return time.Since(at)
}

// recovered waits until sign-ins that were begun after an instant came to their end.
func (w *world) recovered(what string, at time.Time, elected time.Duration) string {
	took := map[string]time.Duration{}
	for _, kind := range []string{laterSignIn, openSession} {
		w.until(at, func() bool { return !w.figures.firstGood(kind, at).IsZero() })
		took[kind] = w.figures.firstGood(kind, at).Sub(at)
		if took[kind] > recoverTTL {
			w.figures.complain("%s: %s works after %s", what, kind, took[kind])
		}
	}
	return fmt.Sprintf("%-22s %10.1f %16.1f %16.1f ", what, elected.Seconds(), took[laterSignIn].Seconds(), took[openSession].Seconds())
}

// wholeAgain waits until all nodes run.
func (w *world) wholeAgain() string {
	at := time.Now()
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Minute)
	defer cancel()
	if err := w.cluster.WaitWhole(ctx); err != nil {
		w.t.Fatalf("the cluster is not whole again: %v", err)
	}
	return fmt.Sprintf("%12.1f", time.Since(at).Seconds())
}
