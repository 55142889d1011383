package linking_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// wrongAlways finds every password wrong.
type wrongAlways struct{ linking.Passwords }

func (wrongAlways) Verify(context.Context, string, string) (ok, rehash bool, err error) {
	return false, false, nil
}
func (wrongAlways) Dummy(context.Context, string) error { return nil }

// TestNobodyIsGuessedAtLikeAnAccount (ATK-67): whoever guesses on for weeks, as fast as the waits let them, gets the same waits and
// the same end whether the address has an account or not. The tries stop at a hundred.
func TestNobodyIsGuessedAtLikeAnAccount(t *testing.T) {
	walk := func(try func(s *linking.Service) error) (course []string) {
		now := start
		s := &linking.Service{Tallies: &shelf{tallies: map[string]linking.Tally{}}, Passwords: wrongAlways{}, Now: func() time.Time { return now }}
		for range 250 {
			err := try(s)
			course = append(course, fmt.Sprint(now.Sub(start), fault.KeyOf(err), fault.AfterOf(err)))
			now = now.Add(fault.AfterOf(err) + time.Second)
		}
		return course
	}
	id, err := ident.ParseIdentifier("nobody@acme.example")
	if err != nil {
		t.Fatal(err)
	}
	known := walk(func(s *linking.Service) error {
		_, err := s.OwnPassword(t.Context(), "ac-1", "a hash", "", "wrong")
		return err
	})
	unknown := walk(func(s *linking.Service) error { return s.NobodysPassword(t.Context(), id, "", "wrong") })
	for i := range known {
		if known[i] != unknown[i] {
			t.Fatalf("attempt %d: %s at an account, %s at nobody", i+1, known[i], unknown[i])
		}
	}
	if last := known[len(known)-1]; !strings.Contains(last, "attempts.stopped") {
		t.Errorf("the end: %s", last)
	}
}
