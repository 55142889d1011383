package linking_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"ligature/internal/linking"
)

var update = flag.Bool("update", false, "rewrite the diagram of states instead of comparing it")

// stateSays is what a flow waits for in each state, and the page where the person is.
var stateSays = map[linking.State]string{
	linking.AwaitIdentifier:  "the email or username, on *Log in*",
	linking.AwaitPassword:    "a password, on *Enter your password*: the account's where there is an account, else the product's",
	linking.AwaitEmail:       "the address to use from now on, on *Confirm your email address*",
	linking.AwaitMailbox:     "the link in the mail and *Continue*, on *Check your inbox*",
	linking.AwaitCode:        "the same, or the code that another browser was shown, on *Check your inbox*",
	linking.AwaitNewPassword: "a password of the account's own, where the product's may not be carried on",
	linking.AwaitLink:        "the login of another product, from somebody who is signed in",
	linking.AwaitJoin:        "the word of somebody who is signed in about each product account that was found, on *Your accounts are linked*",
	linking.Pending:          "nothing: the address has an account, and the link waits for its password",
	linking.Linked:           "nothing: account, address, password, link and session came into being together",
	linking.SignedIn:         "nothing: somebody who has an account signed in with its password",
	linking.Refused:          "nothing: a rule ended it; the page says which",
	linking.Abandoned:        "nothing: the person, or whoever reads the mailbox, stopped it",
	linking.Expired:          "nothing: it took too long",
}

// eventSays is who causes each event.
var eventSays = map[linking.EventKind]string{
	linking.OnIdentified:      "the person types an email or a username",
	linking.OnAccountPassword: "an account's password was checked",
	linking.OnLegacyPassword:  "the product being opened was asked about a password",
	linking.OnEmailGiven:      "the person gives an address, or another one",
	linking.OnResendAsked:     "the person asks for the mail again",
	linking.OnCodeShown:       "whoever opened the link in another browser asks for a code",
	linking.OnConfirmed:       "*Continue* in the browser that began and that opened the link",
	linking.OnCodeTyped:       "the other browser's code is typed into the browser that began",
	linking.OnPasswordSet:     "the person sets a password",
	linking.OnMailAsked:       "the person, signed in, wants to prove the mailbox once more instead of the product's password",
	linking.OnJoined:          "the person goes on from the page that names what was found, and refuses what is not theirs",
	linking.OnStopped:         "whoever reads the mailbox says *This was not me*",
	linking.OnResetAsked:      "somebody who forgot the product's password asks for the product's own reset mail",
	linking.OnAbandoned:       "the person gives up",
}

// mermaid draws the table; one arrow for all events that lead the same way.
func mermaid() string {
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> " + string(linking.AwaitIdentifier) + "\n")
	var pairs [][2]linking.State
	labels := map[[2]linking.State][]string{}
	for _, row := range linking.Transitions() {
		for _, to := range row.To {
			pair := [2]linking.State{row.From, to}
			if labels[pair] == nil {
				pairs = append(pairs, pair)
			}
			labels[pair] = append(labels[pair], string(row.On))
		}
	}
	for _, pair := range pairs {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", pair[0], pair[1], strings.Join(labels[pair], ", "))
	}
	for _, state := range linking.States() {
		if state.Terminal() {
			fmt.Fprintf(&b, "    %s --> [*]\n", state)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// aside is what the table leaves out, and why.
func aside() string {
	var open []string
	for _, state := range linking.States() {
		if !state.Terminal() {
			open = append(open, "`"+string(state)+"`")
		}
	}
	return fmt.Sprintf("Not drawn: from every open state (%s) the next event leads to `%s` once the deadline has passed, and to `%s`\n"+
		"when the tenant or its product has been switched off, or when its pilot does not have the person. Every other pair of state and event is refused and changes nothing.\n",
		strings.Join(open, ", "), linking.Expired, linking.Refused)
}

// statesDocument is docs/state.md.
func statesDocument() string {
	var b strings.Builder
	b.WriteString("# The states of a sign-in\n\n" +
		"<!-- Generated from the table in internal/linking/state.go (go test ./internal/linking -run Diagram -update). Do not edit. -->\n\n" +
		"One flow is one attempt to sign in or to link, in one browser. Its rules are in `internal/linking` and nowhere else; this is\n" +
		"its table, drawn. [ARCHITECTURE](../ARCHITECTURE.md) says where it sits.\n\n" + mermaid() + "\n" + aside())
	b.WriteString("\n## States\n\n| state | waits for |\n|---|---|\n")
	for _, state := range linking.States() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", state, stateSays[state])
	}
	b.WriteString("\n## Events\n\n| event | happens when |\n|---|---|\n")
	for _, kind := range linking.EventKinds() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", kind, eventSays[kind])
	}
	b.WriteString("\n## Transitions\n\n| in state | on event | leads to |\n|---|---|---|\n")
	for _, row := range linking.Transitions() {
		to := make([]string, len(row.To))
		for i, state := range row.To {
			to[i] = "`" + string(state) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", row.From, row.On, strings.Join(to, " or "))
	}
	return b.String()
}

// brief is the table as ARCHITECTURE.md shows it: what each state leads to, without the events.
func brief() string {
	var b strings.Builder
	b.WriteString("| in state | next |\n|---|---|\n")
	leads := map[linking.State][]string{}
	for _, row := range linking.Transitions() {
		for _, to := range row.To {
			if name := "`" + string(to) + "`"; to != row.From && !slices.Contains(leads[row.From], name) {
				leads[row.From] = append(leads[row.From], name)
			}
		}
	}
	for _, state := range linking.States() {
		if len(leads[state]) > 0 {
			fmt.Fprintf(&b, "| `%s` | %s |\n", state, strings.Join(leads[state], ", "))
		}
	}
	return b.String()
}

// TestDiagramIsTheTable keeps docs/state.md, and the short table in ARCHITECTURE.md, equal to the machine.
func TestDiagramIsTheTable(t *testing.T) {
	for _, state := range linking.States() {
		if stateSays[state] == "" {
			t.Errorf("the state %s is not explained", state)
		}
	}
	for _, kind := range linking.EventKinds() {
		if eventSays[kind] == "" {
			t.Errorf("the event %s is not explained", kind)
		}
	}
	const architecture, begin, end = "../../ARCHITECTURE.md", "<!-- states -->", "<!-- /states -->"
	old, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s: the markers %s and %s are missing", architecture, begin, end)
	}
	for file, want := range map[string]string{
		"../../docs/state.md": statesDocument(),
		architecture:          before + begin + "\n" + brief() + end + after,
	} {
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s does not show the table of state.go: go test ./internal/linking -run Diagram -update", file)
		}
	}
}

// TestDiagramShowsEveryStateAndEvent: a drawing that left one out would lie by silence.
func TestDiagramShowsEveryStateAndEvent(t *testing.T) {
	drawn := strings.FieldsFunc(mermaid(), func(r rune) bool { return strings.ContainsRune(" ,:\n", r) })
	for _, state := range linking.States() {
		if !slices.Contains(drawn, string(state)) {
			t.Errorf("%s is not drawn", state)
		}
	}
	for _, kind := range linking.EventKinds() {
		if !slices.Contains(drawn, string(kind)) {
			t.Errorf("%s is not drawn", kind)
		}
	}
}
