package guard_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/guard"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// fake is a product whose every call does what do says.
type fake struct {
	calls atomic.Int64
	do    func(ctx context.Context) (connector.Answer, error)
}

func (f *fake) Ping(context.Context) error { return nil }
func (f *fake) Close() error               { return nil }
func (f *fake) Verify(ctx context.Context, _ connector.Check) (connector.Answer, error) {
	f.calls.Add(1)
	return f.do(ctx)
}

type (
	base  struct{}
	finds struct{}
	tries struct{}
	mails struct{}
	lists struct{}
)

func (base) Ping(context.Context) error                                         { return nil }
func (base) Close() error                                                       { return nil }
func (finds) Find(context.Context, connector.Query) ([]connector.Record, error) { return nil, nil }
func (tries) Verify(context.Context, connector.Check) (connector.Answer, error) {
	return connector.Answer{Outcome: connector.NotFound}, nil
}
func (mails) RequestReset(context.Context, ident.Identifier) error { return nil }
func (lists) List(context.Context, string, int) ([]connector.Record, string, error) {
	return nil, "", nil
}

func TestAGuardHasTheAbilitiesOfWhatItGuards(t *testing.T) {
	for _, inner := range []connector.Connector{
		base{},
		struct {
			base
			finds
		}{},
		struct {
			base
			tries
		}{},
		struct {
			base
			mails
		}{},
		struct {
			base
			lists
		}{},
		struct {
			base
			finds
			tries
		}{},
		struct {
			base
			finds
			mails
		}{},
		struct {
			base
			finds
			lists
		}{},
		struct {
			base
			tries
			mails
		}{},
		struct {
			base
			tries
			lists
		}{},
		struct {
			base
			mails
			lists
		}{},
		struct {
			base
			finds
			tries
			mails
		}{},
		struct {
			base
			finds
			tries
			lists
		}{},
		struct {
			base
			finds
			mails
			lists
		}{},
		struct {
			base
			tries
			mails
			lists
		}{},
		struct {
			base
			finds
			tries
			mails
			lists
		}{},
	} {
		guarded := guard.New(inner, guard.Options{})
		if got, want := connector.AbilitiesOf(guarded), connector.AbilitiesOf(inner); got != want {
			t.Errorf("abilities are %+v, want %+v", got, want)
		}
		if err := errors.Join(guarded.Ping(t.Context()), guarded.Close()); err != nil {
			t.Error(err)
		}
	}
}

func verify(ctx context.Context, c connector.Connector) (connector.Answer, error) {
	return c.(connector.Verifier).Verify(ctx, connector.Check{ExternalID: "7", Password: "some password"})
}

func answers(outcome connector.Outcome) func(context.Context) (connector.Answer, error) {
	return func(context.Context) (connector.Answer, error) {
		return connector.Answer{Outcome: outcome, Record: &connector.Record{ExternalID: "7"}}, nil
	}
}

func fails(err error) func(context.Context) (connector.Answer, error) {
	return func(context.Context) (connector.Answer, error) {
		return connector.Answer{Outcome: connector.Match}, err
	}
}

func TestDeadlineHoldsForAProductThatIgnoresIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		inner := &fake{do: func(context.Context) (connector.Answer, error) {
			<-release
			return connector.Answer{Outcome: connector.Match, Record: &connector.Record{ExternalID: "7"}}, nil
		}}
		c := guard.New(inner, guard.Options{InFlight: 2, Failures: 100})
		for range 2 {
			started := time.Now()
			answer, err := verify(t.Context(), c)
			if took := time.Since(started); took != 3*time.Second || !fault.Is(err, fault.Unavailable) || answer.Outcome != "" {
				t.Errorf("%q, %v after %v; want unavailable after 3 s", answer.Outcome, err, took)
			}
		}
		if _, err := verify(t.Context(), c); fault.KeyOf(err) != "connector.busy" || fault.AfterOf(err) == 0 {
			t.Errorf("%v, want busy with a wait: both slots still hang", err)
		}
		close(release)
		synctest.Wait()
		if answer, err := verify(t.Context(), c); err != nil || answer.Outcome != connector.Match {
			t.Errorf("%q, %v after the product came back", answer.Outcome, err)
		}
		if n := inner.calls.Load(); n != 3 {
			t.Errorf("the product was asked %d times, want 3: never again for one question", n)
		}
	})
}

func TestTheCapRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &fake{do: func(ctx context.Context) (connector.Answer, error) {
			<-ctx.Done()
			return connector.Answer{}, ctx.Err()
		}}
		c := guard.New(inner, guard.Options{Failures: 1000})
		var busy, late atomic.Int64
		var group sync.WaitGroup
		for range 200 {
			group.Go(func() {
				started := time.Now()
				switch _, err := verify(t.Context(), c); {
				case fault.KeyOf(err) == "connector.busy" && time.Since(started) == 0:
					busy.Add(1)
				case fault.KeyOf(err) == "connector.timeout":
					late.Add(1)
				default:
					t.Errorf("%v after %v", err, time.Since(started))
				}
			})
		}
		group.Wait()
		if late.Load() != 16 || busy.Load() != 184 || inner.calls.Load() != 16 {
			t.Errorf("%d late, %d busy, %d asked; want 16, 184, 16", late.Load(), busy.Load(), inner.calls.Load())
		}
	})
}

func TestTheBreaker(t *testing.T) {
	down := fault.New(fault.Unavailable, "test.down")
	for name, test := range map[string]struct {
		do    func(context.Context) (connector.Answer, error)
		opens bool
	}{
		"an outage":               {fails(down), true},
		"a bare error":            {fails(errors.New("broken pipe")), true},
		"unavailable, said":       {answers(connector.Unavailable), true},
		"an unknown outcome":      {answers("yes"), true},
		"a wrong password":        {answers(connector.WrongPassword), false},
		"rejected":                {answers(connector.Rejected), false},
		"nobody":                  {answers(connector.NotFound), false},
		"locked":                  {answers(connector.Locked), false},
		"a record it cannot read": {fails(fault.Wrap(fault.Unavailable, "test.row", connector.ErrRecord)), false},
		"our own mistake":         {fails(fault.New(fault.Invalid, "test.invalid")), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := &fake{do: test.do}
				c := guard.New(inner, guard.Options{})
				for range 20 {
					if answer, err := verify(t.Context(), c); err != nil && answer.Outcome != "" {
						t.Errorf("an error came with %q", answer.Outcome)
					}
				}
				want := int64(20)
				if test.opens {
					want = 5
				}
				if n := inner.calls.Load(); n != want {
					t.Errorf("the product was asked %d times, want %d", n, want)
				}
				if !test.opens {
					return
				}
				if _, err := verify(t.Context(), c); fault.KeyOf(err) != "connector.resting" || !fault.Is(err, fault.Unavailable) {
					t.Errorf("%v, want resting", err)
				}
				inner.do = answers(connector.Match)
				time.Sleep(11 * time.Second) // the bubble's clock
				if answer, err := verify(t.Context(), c); err != nil || answer.Outcome != connector.Match {
					t.Errorf("%q, %v after the rest", answer.Outcome, err)
				}
			})
		})
	}
}

// Whoever watches is told of each call and its answer, and of each turn of the breaker.
func TestAWatchedGuardTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &fake{do: fails(fault.New(fault.Unavailable, "test.down"))}
		told, states := map[string]int{}, []guard.State{}
		c := guard.New(inner, guard.Options{OnState: func(s guard.State) { states = append(states, s) },
			Watch: func(ctx context.Context, call string) (context.Context, func(string, error)) {
				return ctx, func(answer string, err error) {
					if err != nil {
						answer = fault.KeyOf(err)
					}
					told[call+" "+answer]++
				}
			}})
		for range 6 {
			_, _ = verify(t.Context(), c)
		}
		if got := guard.StateOf(c); got != guard.Resting {
			t.Errorf("after five failures it is %s", got)
		}
		inner.do = answers(connector.Match)
		time.Sleep(11 * time.Second) // the bubble's clock
		_, _ = verify(t.Context(), c)
		want := map[string]int{"verify test.down": 5, "verify connector.resting": 1, "verify match": 1}
		if !maps.Equal(told, want) || !slices.Equal(states, []guard.State{guard.Resting, guard.Trying, guard.Answering}) || guard.StateOf(c) != guard.Answering {
			t.Errorf("told %v and %v", told, states)
		}
	})
}

func TestPeopleWhoLeaveDoNotOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &fake{do: func(ctx context.Context) (connector.Answer, error) {
			<-ctx.Done()
			return connector.Answer{}, ctx.Err()
		}}
		c := guard.New(inner, guard.Options{})
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, _ = verify(ctx, c)
			cancel()
			synctest.Wait()
		}
		if n := inner.calls.Load(); n != 20 {
			t.Errorf("the product was asked %d times, want 20", n)
		}
	})
}

// TestAnswersAreHeldAgainstTheQuestion is ATK-89 for adapters that do not look themselves.
func TestAnswersAreHeldAgainstTheQuestion(t *testing.T) {
	for name, test := range map[string]struct {
		check  connector.Check
		answer connector.Answer
		good   bool
	}{
		"the one asked for":    {connector.Check{ExternalID: "7"}, connector.Answer{Outcome: connector.Match, Record: &connector.Record{ExternalID: "7"}}, true},
		"another one":          {connector.Check{ExternalID: "7"}, connector.Answer{Outcome: connector.Match, Record: &connector.Record{ExternalID: "8"}}, false},
		"weak, another one":    {connector.Check{ExternalID: "7"}, connector.Answer{Outcome: connector.MatchWeak, Record: &connector.Record{ExternalID: "8"}}, false},
		"nobody in particular": {connector.Check{ExternalID: "7"}, connector.Answer{Outcome: connector.Match}, false},
		"no id":                {connector.Check{}, connector.Answer{Outcome: connector.Match, Record: &connector.Record{}}, false},
		"verify only":          {connector.Check{}, connector.Answer{Outcome: connector.Match}, true},
		"no outcome":           {connector.Check{}, connector.Answer{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			test.check.Password = "some password"
			c := guard.New(&fake{do: func(context.Context) (connector.Answer, error) { return test.answer, nil }}, guard.Options{})
			answer, err := c.(connector.Verifier).Verify(t.Context(), test.check)
			if (err == nil) != test.good || answer.Outcome.Proven() != test.good || (err != nil && !fault.Is(err, fault.Unavailable)) {
				t.Errorf("%q, %v; want good %v", answer.Outcome, err, test.good)
			}
		})
	}
}

func TestAPanicIsAnOutage(t *testing.T) {
	c := guard.New(&fake{do: func(context.Context) (connector.Answer, error) { panic("a canary that must not be shown") }}, guard.Options{})
	if _, err := verify(t.Context(), c); fault.KeyOf(err) != "connector.panic" || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want connector.panic", err)
	}
}

func BenchmarkGuard(b *testing.B) {
	c := guard.New(&fake{do: answers(connector.Match)}, guard.Options{})
	for b.Loop() {
		if _, err := verify(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}
