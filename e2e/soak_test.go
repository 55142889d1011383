//go:build soak

package e2e_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestSoakSignIns walks mixed stories for as long as LIGATURE_SOAK says (a duration): first sign-ins, later ones, wrong
// passwords, other devices, a store that breaks and mends. Afterwards nothing is left running, memory has not grown with
// the number of stories, and every linked person has one account.
func TestSoakSignIns(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("LIGATURE_SOAK"))
	if err != nil {
		t.Fatalf("LIGATURE_SOAK is %q, want a duration like 60s", os.Getenv("LIGATURE_SOAK"))
	}
	w := openWorld(t)
	stories := []string{"one_account", "username", "forgot", "never_started", "administrator"}
	for _, story := range stories {
		w.firstSignIn(w.browser(story), w.person(story, "pim"))
	}
	round := func(i int) {
		p := w.person(stories[i%len(stories)], "pim")
		b := w.browser("soak")
		defer b.Close()
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", p.Email)
		if i%3 == 0 {
			b.Press("Login", "password", "wrong this time")
		}
		if i%7 == 0 {
			w.SetStore("pim", "down")
		}
		b.Press("Login", "password", p.Password)
		w.SetStore("pim", "up")
		if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
			t.Fatalf("round %d: %s ended at %s: %s", i, p.Case, b.Page.URL, b.Page.Text())
		}
		w.Clock().Advance(time.Minute)
	}
	for i := range 20 {
		round(i)
	}
	before, running := heap(), runtime.NumGoroutine()
	rounds := 20
	for end := time.Now().Add(span); time.Now().Before(end); rounds++ {
		round(rounds)
	}
	t.Logf("%d rounds in %s, heap %d to %d KiB", rounds, span, before>>10, heap()>>10)
	if after := heap(); after > before+(64<<20) {
		t.Errorf("the heap grew from %d to %d MiB", before>>20, after>>20)
	}
	eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= running+50 })
	for _, story := range stories {
		links, err := w.Server().Store().LinksOf(t.Context(), owner(t, w, w.person(story, "pim").Email))
		if err != nil || len(links) != 1 {
			t.Errorf("%s has %d links, %v", story, len(links), err)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
