package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ligature/internal/fault"
	"ligature/internal/sqlstore"
)

// patient is how long callers of these tests wait at most.
const patient = 5 * time.Second

// slowly is a database that takes a second for each statement, or as long as it is told.
type slowly struct {
	mu    sync.Mutex
	asked [][]int // what each statement was for, in the order in which they began
	fails map[int]error
	takes time.Duration
}

func (s *slowly) statement(ctx context.Context, qs []int) ([]string, error) {
	s.mu.Lock()
	s.asked = append(s.asked, slices.Clone(qs))
	takes := s.takes
	s.mu.Unlock()
	timer := time.NewTimer(takes)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	answers := make([]string, len(qs))
	for i, q := range qs {
		if err := s.fails[q]; err != nil {
			return nil, err
		}
		answers[i] = strconv.Itoa(q)
	}
	return answers, nil
}

func (s *slowly) batch() *sqlstore.Batch {
	return sqlstore.NewBatch(patient, func(ctx context.Context, q int) (string, error) {
		answers, err := s.statement(ctx, []int{q})
		return append(answers, "")[0], err
	}, s.statement)
}

// asks has somebody ask, and gives what they were told once the bubble is at rest.
func asks(ctx context.Context, b *sqlstore.Batch, all *sync.WaitGroup, q int) *answered {
	a := &answered{}
	all.Go(func() { a.text, a.err = b.Ask(ctx, q) })
	synctest.Wait()
	return a
}

type answered struct {
	text string
	err  error
}

// TestBatch: who finds nobody asks alone and at once, those who come meanwhile are asked for together, and each gets their own
// answer; the same question twice is two statements, and no statement is for more than 64.
func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowly{takes: time.Millisecond}
		b := s.batch()
		var all sync.WaitGroup
		var got []*answered
		questions := []int{1, 2, 3, 2, 4}
		for q := range 80 {
			questions = append(questions, 100+q)
		}
		for _, q := range questions {
			got = append(got, asks(t.Context(), b, &all, q))
		}
		all.Wait()
		for i, q := range questions {
			if got[i].text != strconv.Itoa(q) || got[i].err != nil {
				t.Errorf("%d got %+v", q, got[i])
			}
		}
		var sizes []int
		for _, qs := range s.asked {
			sizes = append(sizes, len(qs))
		}
		if !slices.Equal(sizes, []int{1, 64, 20}) || !slices.Equal(s.asked[1][:3], []int{2, 3, 4}) || s.asked[2][0] != 2 {
			t.Errorf("statements for %v: %v", sizes, s.asked)
		}
	})
}

// TestBatchFails: what the database says of several is asked again for each alone; what nobody knows the end of is not.
func TestBatchFails(t *testing.T) {
	taken := fault.New(fault.Moved, "store.taken")
	for name, test := range map[string]struct {
		err  error
		want []string
		asks int
	}{
		"by one of them":  {taken, []string{"1", "2", "moved", "4"}, 5},
		"nobody knows it": {errors.New("conn closed"), []string{"1", "unavailable", "unavailable", "unavailable"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := slowly{takes: time.Millisecond, fails: map[int]error{3: test.err}}
				b := s.batch()
				var all sync.WaitGroup
				got := make([]*answered, 4)
				for i := range got {
					got[i] = asks(t.Context(), b, &all, i+1)
				}
				all.Wait()
				for i, want := range test.want {
					if g := got[i]; g.text != want && (g.err == nil || fault.KindOf(g.err).String() != want) {
						t.Errorf("%d got %+v, want %s", i+1, g, want)
					}
				}
				if len(s.asked) != test.asks {
					t.Errorf("asked %v", s.asked)
				}
			})
		})
	}
}

// TestBatchSlow: a statement that takes long holds up those who are in it, and who comes later for no longer than a turn.
func TestBatchSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowly{takes: time.Hour}
		b := s.batch()
		var all sync.WaitGroup
		stuck, leave := context.WithCancel(t.Context())
		slow := asks(stuck, b, &all, 1)
		s.mu.Lock()
		s.takes = time.Millisecond
		s.mu.Unlock()
		begun := time.Now()
		var later sync.WaitGroup
		for q := range 3 {
			asks(t.Context(), b, &later, 10+q)
		}
		later.Wait()
		if took := time.Since(begun); took != 3*time.Millisecond {
			t.Errorf("the others waited %v", took)
		}
		leave()
		all.Wait()
		if !fault.Is(slow.err, fault.Unavailable) || len(s.asked) != 2 {
			t.Errorf("%+v, asked %v", slow, s.asked)
		}
	})
}

// TestBatchLeft: who goes away while waiting is told at once and not asked for; who goes away while being asked for is told what
// the answer is, and takes nobody with them; who waits for longer than the patience is told.
func TestBatchLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowly{takes: 40 * time.Millisecond}
		b := s.batch()
		var all sync.WaitGroup
		first := asks(t.Context(), b, &all, 1)
		waiting, leave := context.WithCancel(t.Context())
		leading, stop := context.WithCancel(t.Context())
		gone, leads, stays := asks(waiting, b, &all, 2), asks(leading, b, &all, 3), asks(t.Context(), b, &all, 4)
		leave()
		synctest.Wait()
		if !fault.Is(gone.err, fault.Unavailable) || !errors.Is(gone.err, context.Canceled) {
			t.Errorf("who left is told %+v", gone)
		}
		time.Sleep(20 * time.Millisecond) // 3 and 4 are being asked for
		stop()
		all.Wait()
		for q, got := range map[string]*answered{"1": first, "3": leads, "4": stays} {
			if got.text != q || got.err != nil {
				t.Errorf("%s got %+v", q, got)
			}
		}
		if fmt.Sprint(s.asked) != "[[1] [3 4]]" {
			t.Errorf("asked %v", s.asked)
		}
		if _, err := b.Ask(leading, 5); !errors.Is(err, context.Canceled) || len(s.asked) != 2 {
			t.Errorf("who was gone before is told %v; asked %v", err, s.asked)
		}
	})
}

// TestBatchPanics: who is asked for in a statement that ends in a panic is not told that theirs is kept, and the next one works.
func TestBatchPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowly{takes: time.Millisecond}
		b := sqlstore.NewBatch(patient, func(ctx context.Context, q int) (string, error) {
			answers, err := s.statement(ctx, []int{q})
			return append(answers, "")[0], err
		}, func(context.Context, []int) ([]string, error) { panic("on purpose") })
		var all sync.WaitGroup
		var caught any
		asks(t.Context(), b, &all, 1)
		all.Go(func() {
			defer func() { caught = recover() }()
			_, _ = b.Ask(t.Context(), 2)
		})
		synctest.Wait()
		with := asks(t.Context(), b, &all, 3)
		all.Wait()
		if caught != "on purpose" || !fault.Is(with.err, fault.Internal) || with.text != "" {
			t.Errorf("%v, %+v", caught, with)
		}
		if text, err := b.Ask(t.Context(), 4); text != "4" || err != nil {
			t.Errorf("afterwards: %q, %v", text, err)
		}
	})
}
