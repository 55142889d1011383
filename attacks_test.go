package ligature_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// walked are the attacks that docs/security.md has to show as a story over HTTP, with the mutation that lets it through.
var walked = []string{"ATK-01", "ATK-02", "ATK-03", "ATK-04", "ATK-05", "ATK-06", "ATK-12", "ATK-13", "ATK-16", "ATK-18", "ATK-20",
	"ATK-67", "ATK-91", "ATK-118"}

// protocolAttacks are those that docs/security.md has to show with a test at any height; a mutation where a guard stands by itself.
var protocolAttacks = []string{"ATK-97", "ATK-98", "ATK-99", "ATK-100", "ATK-101", "ATK-102", "ATK-103", "ATK-104", "ATK-105", "ATK-106", "ATK-107",
	"ATK-108", "ATK-109", "ATK-110"}

// protocolRow is a line of their table: the number, the package, the test, the mutation or a dash, the attack in words.
var protocolRow = regexp.MustCompile("(?m)^\\| (ATK-\\d+) \\| `([\\w/]+)` `(Test\\w+)` \\| (?:`([\\w-]+)`|–) \\| [^|]+ \\|$")

// TestProtocolAttacks: the table of attacks on the protocol is whole, its tests exist and carry the number, and mutations run them.
func TestProtocolAttacks(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, row := range protocolRow.FindAllStringSubmatch(string(text), -1) {
		number, folder, test, mutation := row[1], row[2], row[3], row[4]
		seen = append(seen, number)
		comment, ok := commentsOf(t, folder)[test]
		switch {
		case !ok:
			t.Errorf("%s: there is no %s in %s", number, test, folder)
		case !regexp.MustCompile(number + `\b`).MatchString(comment):
			t.Errorf("%s: %s does not carry its number", number, test)
		case mutation != "" && !runsTest(commandOf(mutation), folder, test):
			t.Errorf("%s: the mutation %s does not run %s", number, mutation, test)
		}
	}
	if !slices.Equal(seen, protocolAttacks) {
		t.Errorf("the table has %v", seen)
	}
}

// runsTest reports whether a mutation's command runs the test of the folder, alone or with others.
func runsTest(command, folder, test string) bool {
	words := strings.Fields(command)
	if !slices.Contains(words, "./"+folder) {
		return false
	}
	at := slices.Index(words, "-run")
	return at < 0 || at+1 < len(words) && regexp.MustCompile(words[at+1]).MatchString(test)
}

// attackRow is a line of the table: the number, the story, the mutation, the attack in words.
var attackRow = regexp.MustCompile("(?m)^\\| (ATK-\\d+) \\| `(Test\\w+)` \\| `([\\w-]+)` \\| [^|]+ \\|$")

// TestAttacksAreWalked: the table of attacks is whole, its stories exist and carry the number, and each mutation runs its story.
func TestAttacksAreWalked(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range attackProblems(string(text), stories(t), commandOf) {
		t.Error(problem)
	}
}

// TestAttacksSeePlantedViolations: each way in which the table could be wrong is seen.
func TestAttacksSeePlantedViolations(t *testing.T) {
	told := map[string]string{"TestAttackerWaits": "TestAttackerWaits (ATK-01): a stranger waits."}
	runs := func(string) string { return "go test ./e2e -run ^TestAttackerWaits$" }
	row := "| ATK-01 | `TestAttackerWaits` | `approved` | a stranger waits |\n"
	if n := len(attackProblems(row, told, runs)); n != len(walked)-1 {
		t.Errorf("a sound row leaves %d problems, not %d", n, len(walked)-1)
	}
	for name, problems := range map[string][]string{
		"no such story":    attackProblems(row, nil, runs),
		"another number":   attackProblems(row, map[string]string{"TestAttackerWaits": "of ATK-011"}, runs),
		"no such mutation": attackProblems(row, told, func(string) string { return "" }),
		"another story":    attackProblems(row, told, func(string) string { return "go test ./e2e -run ^TestOther$" }),
		"another package":  attackProblems(row, told, func(string) string { return "go test ./internal/linking -run TestAttackerWaits" }),
	} {
		if len(problems) != len(walked) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// attackProblems compares the table with the stories' comments and the mutations' commands.
func attackProblems(text string, told map[string]string, command func(mutation string) string) []string {
	var problems, seen []string
	for _, row := range attackRow.FindAllStringSubmatch(text, -1) {
		number, story, mutation := row[1], row[2], row[3]
		seen = append(seen, number)
		runs := strings.Fields(command(mutation))
		switch comment, ok := told[story]; {
		case !ok:
			problems = append(problems, number+": there is no story "+story)
		case !regexp.MustCompile(number + `\b`).MatchString(comment):
			problems = append(problems, number+": "+story+" does not carry its number")
		case len(runs) < 2 || !slices.Contains(runs, "./e2e") || !regexp.MustCompile(runs[len(runs)-1]).MatchString(story):
			problems = append(problems, number+": the mutation "+mutation+" does not run "+story)
		}
	}
	for _, number := range walked {
		if !slices.Contains(seen, number) {
			problems = append(problems, number+" is not in the table")
		}
	}
	return problems
}

// stories are the comments of the stories, by name.
func stories(t *testing.T) map[string]string {
	t.Helper()
	return commentsOf(t, "e2e")
}

// commentsOf are the comments of the functions in a folder's tests, by name.
func commentsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				told[f.Name.Name] = f.Doc.Text()
			}
		}
	}
	return told
}

// commandOf is the command of a committed mutation; empty when there is none.
func commandOf(mutation string) string {
	text, err := os.ReadFile(filepath.Join("mutations", mutation+".mut"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(line, "test:"); ok {
			return command
		}
	}
	return ""
}
