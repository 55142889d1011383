package linking_test

import (
	"testing"

	"ligature/internal/connector"
	"ligature/internal/linking"
)

// BenchmarkAdvance is the cost of a step: of each of the first sign-in's, and of one on average over the whole story. The
// budget is one microsecond a step.
func BenchmarkAdvance(b *testing.B) {
	type step struct {
		name  string
		flow  linking.Flow
		event linking.Event
	}
	var steps []step
	take := func(name string, s *story, e linking.Event) { steps = append(steps, step{name, s.flow, e}) }
	s := at(linking.AwaitIdentifier)
	take("identified", s, s.identified())
	s = at(linking.AwaitPassword)
	take("wrong password", s, s.legacy(connector.WrongPassword))
	take("right password", s, s.legacy(connector.Match))
	s = at(linking.AwaitEmail)
	take("email", s, s.email("dana@acme.example"))
	s = at(linking.AwaitMailbox)
	take("code shown", s, s.codeShown())
	take("confirmed", s, s.confirmed())
	now := s.now
	run := func(b *testing.B, of []step) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			next := &of[i%len(of)]
			if _, err := linking.Advance(next.flow, next.event, now); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("story", func(b *testing.B) { run(b, steps) })
	for i := range steps {
		b.Run(steps[i].name, func(b *testing.B) { run(b, steps[i:i+1]) })
	}
}
