package linking_test

import (
	"slices"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/linking"
)

// every is one plausible event of each kind for where the story stands.
func every(s *story) map[linking.EventKind]linking.Event {
	return map[linking.EventKind]linking.Event{
		linking.OnIdentified:      s.identified(),
		linking.OnAccountPassword: s.accountPassword(true),
		linking.OnLegacyPassword:  s.legacy(connector.Match),
		linking.OnEmailGiven:      s.email("dana@other.example"),
		linking.OnResendAsked:     s.resend(),
		linking.OnCodeShown:       s.codeShown(),
		linking.OnConfirmed:       s.confirmed(),
		linking.OnCodeTyped:       s.codeTyped("code-hash"),
		linking.OnPasswordSet:     s.passwordSet(),
		linking.OnMailAsked:       s.mailAsked(),
		linking.OnJoined:          s.joined(),
		linking.OnStopped:         s.stopped(),
		linking.OnAbandoned:       linking.GaveUp{Act: s.dice.act(firstTab)},
		linking.OnResetAsked:      s.reset("dana@acme.example"),
	}
}

// matrix is written by hand, from the story and not from the table: what each event does in each state when everything
// about it is right. "-" is: nothing, because the step does not belong there.
var matrix = map[linking.State]string{
	// columns: identified account legacy email resend code_shown confirmed code_typed password_set mail_asked joined stopped abandoned reset
	linking.AwaitIdentifier:  "await_password - - - - - - - - - - - abandoned -",
	linking.AwaitPassword:    "await_password signed_in await_email - - - - - - - - - abandoned await_password",
	linking.AwaitEmail:       "- - - await_mailbox - - - - - - - - abandoned -",
	linking.AwaitMailbox:     "- - - await_mailbox await_mailbox await_code linked - - - - abandoned abandoned -",
	linking.AwaitCode:        "- - - await_mailbox await_code await_code linked linked - - - abandoned abandoned -",
	linking.AwaitNewPassword: "- - - - - - - - linked - - abandoned abandoned -",
	linking.AwaitLink:        "- - linked - - - - - - await_mailbox - - abandoned await_link",
	linking.AwaitJoin:        "- - - - - - - - - - linked await_join linked -",
	linking.Linked:           "- - - - - - - - - - - linked - -",
	linking.Pending:          "- - - - - - - - - - - pending - -",
	linking.SignedIn:         "- - - - - - - - - - - - - -",
	linking.Refused:          "- - - - - - - - - - - - - -",
	linking.Abandoned:        "- - - - - - - - - - - - - -",
	linking.Expired:          "- - - - - - - - - - - - - -",
}

func TestMatrixOfStatesAndEvents(t *testing.T) {
	if len(matrix) != len(linking.States()) {
		t.Fatalf("the matrix has %d states, the machine %d", len(matrix), len(linking.States()))
	}
	for state, row := range matrix {
		want := splitWords(row)
		if len(want) != len(linking.EventKinds()) {
			t.Fatalf("%s: the row has %d events, the machine %d", state, len(want), len(linking.EventKinds()))
		}
		for i, kind := range linking.EventKinds() {
			t.Run(string(state)+" "+string(kind), func(t *testing.T) {
				s := at(state)
				// A minute later, so that the pause between two mails is over.
				s.now = s.now.Add(2 * linking.ResendPause)
				before := s.flow
				err := s.apply(every(s)[kind])
				got := "-"
				if err == nil {
					got = string(s.flow.State)
				} else if !fault.Is(err, fault.Moved) {
					t.Fatalf("refused with %v, want fault.Moved", err)
				}
				if got != want[i] {
					t.Errorf("led to %q, want %q", got, want[i])
				}
				if got == "-" && s.flow.State != before.State {
					t.Errorf("a refused event changed the state to %s", s.flow.State)
				}
			})
		}
	}
}

func splitWords(s string) []string {
	var words []string
	word := ""
	for _, r := range s + " " {
		if r != ' ' {
			word += string(r)
			continue
		}
		if word != "" {
			words = append(words, word)
		}
		word = ""
	}
	return words
}

func TestTableIsWhole(t *testing.T) {
	reach := map[linking.State]bool{linking.AwaitIdentifier: true, linking.Expired: true}
	leads := map[linking.State][]linking.State{}
	for _, row := range linking.Transitions() {
		if row.From.Terminal() {
			if len(row.To) != 1 || row.To[0] != row.From {
				t.Errorf("%s is terminal and has a way out by %s", row.From, row.On)
			}
		}
		if len(row.To) == 0 {
			t.Errorf("%s on %s leads nowhere", row.From, row.On)
		}
		leads[row.From] = append(leads[row.From], row.To...)
		for _, to := range row.To {
			reach[to] = true
		}
	}
	for _, s := range linking.States() {
		if !reach[s] {
			t.Errorf("%s cannot be reached", s)
		}
		if !s.Terminal() && !endsWell(s, leads, map[linking.State]bool{}) {
			t.Errorf("from %s there is no way to a good end", s)
		}
	}
}

func endsWell(s linking.State, leads map[linking.State][]linking.State, seen map[linking.State]bool) bool {
	if s == linking.Linked || s == linking.SignedIn || s == linking.Pending {
		return true
	}
	if seen[s] {
		return false
	}
	seen[s] = true
	return slices.ContainsFunc(leads[s], func(to linking.State) bool { return endsWell(to, leads, seen) })
}

func TestEveryOutcomeLeavesAnEvent(t *testing.T) {
	for _, state := range linking.States() {
		for kind := range every(newStory()) {
			s := at(state)
			s.now = s.now.Add(2 * linking.ResendPause)
			if s.apply(every(s)[kind]) != nil {
				continue
			}
			if len(s.last.Events) == 0 {
				t.Errorf("%s on %s changes something and leaves no event", state, kind)
			}
			for _, e := range s.last.Events {
				if e.ID == "" || e.Action == "" || e.At.IsZero() {
					t.Errorf("%s on %s leaves a hollow event %+v", state, kind, e)
				}
			}
		}
	}
}
