//go:build servers && soak

package failover_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// longest is what no answer may take, whatever happens to the database.
const longest = 15 * time.Second

// answer is one answer as a client saw it.
type answer struct {
	at     time.Time // when it was asked for
	took   time.Duration
	status int
}

// figures collects every answer, and what was wrong with any.
type figures struct {
	mu      sync.Mutex
	answers map[string][]answer
	wrong   []string
	refused int            // sign-ins whose product was told temporarily_unavailable
	restart map[string]int // sign-ins that had to begin again, by the page they were at
}

func newFigures() *figures {
	return &figures{answers: map[string][]answer{}, restart: map[string]int{}}
}

// complain notes a broken promise.
func (f *figures) complain(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, time.Now().Format("15:04:05.0 ")+fmt.Sprintf(format, args...))
}

// note keeps an answer and holds it to what everybody is promised: an answer that is one, or 503 with Retry-After, and no
// word of the database.
func (f *figures) note(kind string, at time.Time, status int, header http.Header, body string) {
	took := time.Since(at)
	f.mu.Lock()
	f.answers[kind] = append(f.answers[kind], answer{at, took, status})
	f.mu.Unlock()
	switch {
	case status == http.StatusServiceUnavailable && header.Get("Retry-After") == "":
		f.complain("%s: 503 without Retry-After: %.200s", kind, body)
	case status >= 500 && status != http.StatusServiceUnavailable:
		f.complain("%s: %d: %.300s", kind, status, body)
	case strings.Contains(body, "40001") || strings.Contains(body, "SQLSTATE"):
		f.complain("%s: %d says what the database said: %.300s", kind, status, body)
	case took > longest:
		f.complain("%s: %d after %s", kind, status, took.Round(time.Millisecond))
	}
}

// whole notes a story that came to its end.
func (f *figures) whole(kind string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[kind] = append(f.answers[kind], answer{at, time.Since(at), http.StatusOK})
}

// told counts a product that was told that nobody can sign in just now.
func (f *figures) told() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused++
}

// again counts a sign-in that had to begin again.
func (f *figures) again(page string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restart[page]++
}

// firstGood is when the first answer of a kind came back well that was asked for after an instant; zero when none has.
func (f *figures) firstGood(kind string, after time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	var first time.Time
	for _, a := range f.answers[kind] {
		if end := a.at.Add(a.took); a.status < 400 && a.at.After(after) && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}

// table is a line for each kind: how many, how many were 503 and how many anything else but well, and how long they took.
func (f *figures) table() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var text strings.Builder
	fmt.Fprintf(&text, "%-34s %8s %8s %8s %9s %9s %9s\n", "", "answers", "503", "others", "p50", "p99", "longest")
	for _, kind := range slices.Sorted(maps.Keys(f.answers)) {
		all := f.answers[kind]
		var busy, other int
		var took []time.Duration
		for _, a := range all {
			switch {
			case a.status == http.StatusServiceUnavailable:
				busy++
			case a.status >= 400:
				other++
			}
			took = append(took, a.took)
		}
		slices.Sort(took)
		fmt.Fprintf(&text, "%-34s %8d %8d %8d %9s %9s %9s\n", kind, len(all), busy, other, short(took[len(took)/2]), short(took[len(took)*99/100]), short(took[len(took)-1]))
	}
	return text.String()
}

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
