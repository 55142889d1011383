package linking_test

import (
	"context"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// versioned is a drawer that takes no step decided on another version than its own, and counts its reads.
type versioned struct {
	drawer
	reads int
}

func (s *versioned) Conversation(context.Context, ident.FlowID) (linking.Conversation, error) {
	s.reads++
	return linking.Conversation{Flow: s.flow, Setting: *s.setting}, nil
}

func (s *versioned) Commit(_ context.Context, o linking.Outcome) error {
	if o.Flow.Version != s.flow.Version {
		return fault.New(fault.Moved, "flow.moved")
	}
	s.flow = o.Flow
	s.flow.Version++
	return nil
}

// TestRefusedOnWhatHasMoved: a step that is refused on what its request has read is refused for good only if that still holds: the
// same form may have gone before it.
func TestRefusedOnWhatHasMoved(t *testing.T) {
	for name, test := range map[string]struct {
		moves    func(*linking.Flow)
		reads    int
		replayed bool
		key      string
	}{
		"nothing has moved":  {func(*linking.Flow) {}, 1, false, "mailbox.unconfirmed"},
		"a step went before": {func(f *linking.Flow) { f.Version++; f.LastStep = "another" }, 2, false, "mailbox.unconfirmed"},
		"it was sent twice":  {func(f *linking.Flow) { f.Version++; f.LastStep = "step"; f.State = linking.Linked }, 1, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &versioned{drawer: drawer{flow: begun(), setting: setting("acme", "pim")}}
			s.flow.State = linking.AwaitMailbox
			read := linking.Conversation{Flow: s.flow, Setting: *s.setting}
			test.moves(&s.flow)
			service := &linking.Service{Store: s, Dice: draws{&dice{}}, Now: func() time.Time { return start }}
			result, err := service.Continue(t.Context(), linking.Step{Flow: "fl-1", Browser: firstTab, StepToken: "step", Read: &read}, nil)
			if s.reads != test.reads || result.Replayed != test.replayed || (err == nil) != (test.key == "") || err != nil && fault.KeyOf(err) != test.key {
				t.Errorf("%d reads, replayed %v, %v", s.reads, result.Replayed, err)
			}
		})
	}
}

// TestReadWithTheRequest: a step is decided on the conversation that its request has read, without reading it again; when
// the flow has moved on since, it is decided anew, and the same form twice is the first one's answer.
func TestReadWithTheRequest(t *testing.T) {
	for name, test := range map[string]struct {
		moves    func(*linking.Flow)
		reads    int
		replayed bool
	}{
		"nothing has moved":  {func(*linking.Flow) {}, 0, false},
		"a step went before": {func(f *linking.Flow) { f.Version++; f.LastStep = "another" }, 1, false},
		"it was sent twice":  {func(f *linking.Flow) { f.Version++; f.LastStep = "step" }, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &versioned{drawer: drawer{flow: begun(), setting: setting("acme", "pim")}}
			read := linking.Conversation{Flow: s.flow, Setting: *s.setting}
			test.moves(&s.flow)
			service := &linking.Service{Store: s, Tallies: uncounted{}, Connectors: plug{mute{}}, Dice: draws{&dice{}},
				Now: func() time.Time { return start }}
			result, err := service.Identify(t.Context(), linking.Step{Flow: "fl-1", Browser: firstTab, StepToken: "step", Read: &read}, "dana")
			if err != nil {
				t.Fatal(err)
			}
			if s.reads != test.reads || result.Replayed != test.replayed || s.flow.LastStep != "step" {
				t.Errorf("%d reads, replayed %v, last step %q", s.reads, result.Replayed, s.flow.LastStep)
			}
		})
	}
}
