package seal_test

import (
	"testing"
	"testing/synctest"
	"time"

	"ligature/internal/fault"
	"ligature/internal/seal"
)

// slow is a hasher whose computations take a tenth of a second, one at a time.
func slow(t *testing.T, look func(t *testing.T, h *seal.Hasher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, seal.HasherOptions{AtOnce: 1})
		seal.Computed(h, 100*time.Millisecond)
		look(t, h)
	})
}

func enter(t *testing.T, h *seal.Hasher, many int) (places []*seal.Place) {
	t.Helper()
	for i := range many {
		place, err := h.Enter()
		if err != nil {
			t.Fatalf("%d of %d: %v", i+1, many, err)
		}
		places = append(places, place)
	}
	return places
}

func full(t *testing.T, h *seal.Hasher) {
	t.Helper()
	if _, err := h.Enter(); fault.KeyOf(err) != "password.busy" || !fault.Is(err, fault.Unavailable) || fault.AfterOf(err) != 2*time.Second {
		t.Errorf("one more: %v", err)
	}
}

// TestNobodyEntersToWaitForNothing holds that exactly those enter who get through in two seconds, that leaving makes room, once, and
// that the others are counted as refused.
func TestNobodyEntersToWaitForNothing(t *testing.T) {
	slow(t, func(t *testing.T, h *seal.Hasher) {
		places := enter(t, h, 20)
		full(t, h)
		places[0].Leave()
		places[0].Leave()
		enter(t, h, 1)
		full(t, h)
		if got := h.Load(); got.Refused != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// TestRoomIsForThoseWhoGetThrough holds that it is counted what everything takes, not hashing alone: where somebody leaves every
// fifth of a second, half as many enter. A standstill, however long, leaves a quarter, and what follows makes up for it.
func TestRoomIsForThoseWhoGetThrough(t *testing.T) {
	slow(t, func(t *testing.T, h *seal.Hasher) {
		places := enter(t, h, 20)
		for _, place := range places[:8] {
			time.Sleep(200 * time.Millisecond) // the bubble's clock
			place.Leave()
		}
		full(t, h) // 12 are inside, where 10 get through
		for _, place := range places[8:10] {
			time.Sleep(200 * time.Millisecond)
			place.Leave()
		}
		full(t, h)
		places[10].Leave()
		enter(t, h, 1)
	})
	slow(t, func(t *testing.T, h *seal.Hasher) {
		places := enter(t, h, 20)
		time.Sleep(time.Hour)
		for _, place := range places {
			place.Leave()
		}
		places = enter(t, h, 5)
		for range 200 {
			time.Sleep(100 * time.Millisecond)
			places[0].Leave()
			places = append(places[1:], enter(t, h, 1)...)
		}
		enter(t, h, 15)
	})
}

// TestSlownessIsForgotten holds that whoever comes when nobody else is there is served, however slow it was before, and that it is known
// soon that it is over.
func TestSlownessIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, seal.HasherOptions{AtOnce: 2})
		burst := func(many int, took time.Duration) (refused int) {
			var places []*seal.Place
			for range many {
				place, err := h.Enter()
				if err != nil {
					refused++
					continue
				}
				places = append(places, place)
			}
			for _, place := range places {
				time.Sleep(took / 2)
				seal.Computed(h, took)
				place.Leave()
			}
			return refused
		}
		for range 60 {
			burst(4, 2*time.Second)
		}
		refused := 0
		for range 100 {
			refused += burst(5, 40*time.Millisecond)
		}
		if refused > 20 {
			t.Errorf("%d of 500 were refused by a machine that is fast again", refused)
		}
	})
}

// TestAside holds that who waits for something else keeps nobody out, and comes back however many have come.
func TestAside(t *testing.T) {
	slow(t, func(t *testing.T, h *seal.Hasher) {
		places := enter(t, h, 20)
		places[0].Aside()
		places[0].Aside()
		enter(t, h, 1)
		places[0].Back()
		places[0].Back()
		full(t, h)
		places[0].Leave()
		places[0].Back()
		full(t, h)
		places[1].Leave()
		enter(t, h, 1)
	})
}

// TestMemoryIsALane holds that as many are thought to be computed at a time as there is memory for.
func TestMemoryIsALane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, seal.HasherOptions{AtOnce: 32, MemoryBudget: 38 << 20, Cost: seal.Cost{MemoryKiB: 19 << 10, Time: 2, Threads: 1}})
		seal.Computed(h, 100*time.Millisecond)
		enter(t, h, 40)
		full(t, h)
	})
}

// TestNobodyWaitsInVain holds that where those who wait for a computation take all of the time already, one more is refused at once.
func TestNobodyWaitsInVain(t *testing.T) {
	slow(t, func(t *testing.T, h *seal.Hasher) {
		release, err := h.Acquire(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			go func() { _ = h.Dummy(t.Context(), "correct horse") }()
		}
		synctest.Wait()
		begun := time.Now()
		if err := h.Dummy(t.Context(), "correct horse"); fault.KeyOf(err) != "password.busy" || time.Since(begun) != 0 {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		release()
		synctest.Wait()
	})
}
