package seal_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ligature/internal/fault"
	"ligature/internal/seal"
)

func hasher(t testing.TB, options seal.HasherOptions) *seal.Hasher {
	t.Helper()
	if options.Cost == (seal.Cost{}) {
		options.Cost = seal.Cost{MemoryKiB: 64, Time: 1, Threads: 1} // fast; what is held does not depend on it
	}
	h, err := seal.NewHasher(seeded(), options)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t testing.TB, h *seal.Hasher, password string) string {
	t.Helper()
	stored, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestHashAndVerify(t *testing.T) {
	for name, options := range map[string]seal.HasherOptions{"plain": {}, "peppered": {Pepper: keys(t, 3)}} {
		t.Run(name, func(t *testing.T) {
			h := hasher(t, options)
			for _, password := range []string{"correct horse battery staple", "Grüße, Привет, 你好 🎨", " ", strings.Repeat("x", 1024), "a\x00b", "%d%s"} {
				stored := hash(t, h, password)
				if strings.Contains(stored, password) && password != " " || stored == hash(t, h, password) {
					t.Errorf("the hash %q shows the password or has no salt", stored)
				}
				if ok, rehash, err := h.Verify(t.Context(), stored, password); !ok || rehash || err != nil {
					t.Errorf("%.20q: %v, %v, %v", password, ok, rehash, err)
				}
				for _, wrong := range []string{password[:len(password)-1] + "y", " " + password[1:] + "z", strings.ToUpper(password) + "!"} {
					if len(wrong) > seal.MaxPasswordBytes {
						continue
					}
					if ok, _, err := h.Verify(t.Context(), stored, wrong); ok || err != nil {
						t.Errorf("%.20q for %.20q: %v, %v", wrong, password, ok, err)
					}
				}
			}
		})
	}
}

// TestTheWholePasswordMatters is ATK-79 for our own hashes.
func TestTheWholePasswordMatters(t *testing.T) {
	h := hasher(t, seal.HasherOptions{})
	long := strings.Repeat("x", 1023)
	stored := hash(t, h, long+"a")
	if ok, _, err := h.Verify(t.Context(), stored, long+"b"); ok || err != nil {
		t.Errorf("the last of 1024 bytes does not count: %v", err)
	}
}

func TestComposedAndDecomposedAreOnePassword(t *testing.T) {
	h := hasher(t, seal.HasherOptions{})
	if ok, _, err := h.Verify(t.Context(), hash(t, h, "Gru\u0308ße im Sommer"), "Grüße im Sommer"); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if ok, _, _ := h.Verify(t.Context(), hash(t, h, "ｗｉｄｅ password"), "wide password"); ok {
		t.Error("width is folded: NFC was asked for")
	}
}

func TestDefaultsAreOWASPs(t *testing.T) {
	h, err := seal.NewHasher(seeded(), seal.HasherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if stored := hash(t, h, "correct horse"); !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", stored)
	}
}

// TestForeignVector holds that our form is the usual one: it was made by the reference tool,
// echo -n 'correct horse' | argon2 somesaltsomesalt -id -t 2 -m 6 -p 1 -e
func TestForeignVector(t *testing.T) {
	const stored = "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$uL2hQzJmxaz0Tfm2KK6uNjA0+UvbrHBEBwVmJYrNXCE"
	if ok, rehash, err := hasher(t, seal.HasherOptions{}).Verify(t.Context(), stored, "correct horse"); !ok || !rehash || err != nil {
		t.Errorf("%v, %v, %v; want a match to hash again", ok, rehash, err)
	}
}

func TestRehash(t *testing.T) {
	old := hash(t, hasher(t, seal.HasherOptions{}), "correct horse")
	peppered := hash(t, hasher(t, seal.HasherOptions{Pepper: keys(t, 1)}), "correct horse")
	for name, test := range map[string]struct {
		stored  string
		options seal.HasherOptions
		rehash  bool
	}{
		"same":                {old, seal.HasherOptions{}, false},
		"higher cost":         {old, seal.HasherOptions{Cost: seal.Cost{MemoryKiB: 128, Time: 1, Threads: 1}}, true},
		"a pepper now":        {old, seal.HasherOptions{Pepper: keys(t, 1)}, true},
		"same pepper":         {peppered, seal.HasherOptions{Pepper: keys(t, 1)}, false},
		"a newer pepper":      {peppered, seal.HasherOptions{Pepper: keys(t, 2, 1)}, true},
		"pepper, higher cost": {peppered, seal.HasherOptions{Pepper: keys(t, 1), Cost: seal.Cost{MemoryKiB: 64, Time: 2, Threads: 1}}, true},
	} {
		if ok, rehash, err := hasher(t, test.options).Verify(t.Context(), test.stored, "correct horse"); !ok || rehash != test.rehash || err != nil {
			t.Errorf("%s: %v, %v, %v", name, ok, rehash, err)
		}
	}
	for name, options := range map[string]seal.HasherOptions{"no pepper": {}, "only another pepper": {Pepper: keys(t, 2)}} {
		if ok, _, err := hasher(t, options).Verify(t.Context(), peppered, "correct horse"); ok || fault.KeyOf(err) != "password.stored" {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestPoisonedHashesAreRefusedBeforeWork(t *testing.T) {
	good := hash(t, hasher(t, seal.HasherOptions{}), "correct horse")
	parts := strings.Split(good, "$")
	change := func(i int, text string) string {
		changed := append([]string{}, parts...)
		changed[i] = text
		return strings.Join(changed, "$")
	}
	for name, stored := range map[string]string{
		"empty": "", "a word": "password", "8 GiB": change(3, "m=8388608,t=1,p=1"), "too many digits": change(3, "m=99999999999,t=1,p=1"), "11 passes": change(3, "m=64,t=11,p=1"),
		"no pass": change(3, "m=64,t=0,p=1"), "no thread": change(3, "m=64,t=1,p=0"), "256 threads": change(3, "m=65536,t=1,p=256"), "257 threads": change(3, "m=65536,t=1,p=257"), "little memory": change(3, "m=7,t=1,p=1"),
		"leading zero": change(3, "m=064,t=1,p=1"), "a sign": change(3, "m=+64,t=1,p=1"), "another order": change(3, "t=1,m=64,p=1"), "more": change(3, "m=64,t=1,p=1,data=AA"), "key 0": change(3, "m=64,t=1,p=1,keyid=AA"),
		"two keys": change(3, "m=64,t=1,p=1,keyid=AQE"), "argon2i": change(1, "argon2i"), "version 16": change(2, "v=16"), "empty salt": change(4, ""), "empty sum": change(5, ""), "short sum": change(5, "AAAA"),
		"bad base64": change(5, "!!!!"), "long": good + strings.Repeat("A", 1000), "an end more": good + "$",
	} {
		h := hasher(t, seal.HasherOptions{})
		started := time.Now()
		if ok, _, err := h.Verify(t.Context(), stored, "correct horse"); ok || !fault.Is(err, fault.Internal) || fault.KeyOf(err) != "password.stored" || h.Checks() != 0 {
			t.Errorf("%s: %v, %v after %d computations", name, ok, err, h.Checks())
		}
		if took := time.Since(started); took > 100*time.Millisecond {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestPasswordsOutOfBounds(t *testing.T) {
	h := hasher(t, seal.HasherOptions{})
	stored := hash(t, h, "correct horse")
	for password, want := range map[string]string{"": "password.empty", strings.Repeat("x", 1025): "password.too_long"} {
		_, err := h.Hash(t.Context(), password)
		_, _, err2 := h.Verify(t.Context(), stored, password)
		for _, err := range []error{err, err2, h.Dummy(t.Context(), password)} {
			if !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
}

// TestDummyCountsLikeVerify holds that an unknown account costs one computation, like a known one.
func TestDummyCountsLikeVerify(t *testing.T) {
	h := hasher(t, seal.HasherOptions{Pepper: keys(t, 1)})
	stored := hash(t, h, "correct horse")
	for range 3 {
		if _, _, err := h.Verify(t.Context(), stored, "wrong horse"); err != nil {
			t.Fatal(err)
		}
		if err := h.Dummy(t.Context(), "wrong horse"); err != nil {
			t.Fatal(err)
		}
	}
	if h.Checks() != 6 {
		t.Errorf("%d computations, want 6", h.Checks())
	}
}

func TestTheBudgetQueuesAndRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, seal.HasherOptions{MemoryBudget: 128 << 10})
		release, err := h.Acquire(t.Context(), 100<<10)
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		err = h.Dummy(t.Context(), "correct horse")
		if took := time.Since(started); fault.KeyOf(err) != "password.busy" || !fault.Is(err, fault.Unavailable) || fault.AfterOf(err) != 2*time.Second || took != 2*time.Second {
			t.Errorf("%v after %v, want busy after 2 s", err, took)
		}
		var group sync.WaitGroup
		group.Go(func() {
			if err := h.Dummy(t.Context(), "correct horse"); err != nil {
				t.Errorf("waiting for a second: %v", err)
			}
		})
		time.Sleep(time.Second) // the bubble's clock
		release()
		group.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		full, err := h.Acquire(t.Context(), 1<<40) // more than there is means all of it
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Load(); got != (seal.Load{Running: 1, Refused: 1, Bytes: 128 << 10, Limit: 128 << 10}) {
			t.Errorf("while all of it is taken: %+v", got)
		}
		if _, _, err := h.Verify(ctx, hashOnce, "correct horse"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v for somebody who left", err)
		}
		full()
		if got := h.Load(); got != (seal.Load{Refused: 2, Limit: 128 << 10}) {
			t.Errorf("when everybody is done: %+v", got)
		}
	})
}

// TestTurnsQueueAndRefuse holds that no more is computed at a time than there are processors, however much memory there is.
func TestTurnsQueueAndRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, seal.HasherOptions{AtOnce: 1})
		release, err := h.Acquire(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		if err := h.Dummy(t.Context(), "correct horse"); fault.KeyOf(err) != "password.busy" || time.Since(started) != 2*time.Second {
			t.Errorf("%v after %v, want busy after 2 s", err, time.Since(started))
		}
		release()
		if err := h.Dummy(t.Context(), "correct horse"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

const hashOnce = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestCostIsChecked(t *testing.T) {
	for name, options := range map[string]seal.HasherOptions{
		"no time": {Cost: seal.Cost{MemoryKiB: 64, Threads: 1}}, "no threads": {Cost: seal.Cost{MemoryKiB: 64, Time: 1}}, "too much memory": {Cost: seal.Cost{MemoryKiB: 1 << 20, Time: 1, Threads: 1}},
		"more than the budget": {Cost: seal.Cost{MemoryKiB: 64, Time: 1, Threads: 1}, MemoryBudget: 1 << 10},
	} {
		if _, err := seal.NewHasher(seeded(), options); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	h, err := seal.NewHasher(seeded(), seal.HasherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	stored := hash(b, h, "correct horse")
	for b.Loop() {
		if ok, _, err := h.Verify(b.Context(), stored, "correct horse"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// TestRested: whoever computes is told once when nothing came after it, so that memory can be given back.
func TestRested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rested atomic.Int64
		hasher, err := seal.NewHasher(seal.NewDice(nil), seal.HasherOptions{Cost: seal.Cost{MemoryKiB: 64, Time: 1, Threads: 1}, Rested: func() { rested.Add(1) }})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * seal.RestTTL)
		if synctest.Wait(); rested.Load() != 0 {
			t.Errorf("rested %d times before anything was done", rested.Load())
		}
		for range 3 {
			if err := hasher.Dummy(t.Context(), "some password"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(seal.RestTTL / 2)
		}
		if synctest.Wait(); rested.Load() != 0 {
			t.Errorf("rested %d times in the middle", rested.Load())
		}
		time.Sleep(seal.RestTTL)
		if synctest.Wait(); rested.Load() != 1 {
			t.Errorf("rested %d times, want once", rested.Load())
		}
	})
}
