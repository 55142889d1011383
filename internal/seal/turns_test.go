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

func enter(t *testing.T, h *seal.Hasher, many int) (leave []func()) {
	t.Helper()
	for i := range many {
		left, err := h.Enter()
		if err != nil {
			t.Fatalf("%d of %d: %v", i+1, many, err)
		}
		leave = append(leave, left)
	}
	return leave
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
		leave := enter(t, h, 20)
		full(t, h)
		leave[0]()
		leave[0]()
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
		leave := enter(t, h, 20)
		for _, left := range leave[:8] {
			time.Sleep(200 * time.Millisecond) // the bubble's clock
			left()
		}
		full(t, h) // 12 are inside, where 10 get through
		for _, left := range leave[8:10] {
			time.Sleep(200 * time.Millisecond)
			left()
		}
		full(t, h)
		leave[10]()
		enter(t, h, 1)
	})
	slow(t, func(t *testing.T, h *seal.Hasher) {
		leave := enter(t, h, 20)
		time.Sleep(time.Hour)
		for _, left := range leave {
			left()
		}
		leave = enter(t, h, 5)
		for range 200 {
			time.Sleep(100 * time.Millisecond)
			leave[0]()
			leave = append(leave[1:], enter(t, h, 1)...)
		}
		enter(t, h, 15)
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
