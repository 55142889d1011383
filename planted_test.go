package ligature_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// Each guard is shown red on a tree with one planted violation, and green on the tree without it.

// planted makes a small sound house, with the files laid over it; an empty text removes a file.
func planted(t *testing.T, files map[string]string) []source {
	t.Helper()
	tree := fstest.MapFS{}
	base := map[string]string{
		"go.mod":                       "module ligature",
		"internal/floor/floor.go":      "// Package floor is the floor.\npackage floor\n",
		"internal/pure/pure.go":        "// Package pure decides.\npackage pure\n\nimport _ \"ligature/internal/floor\"\n",
		"internal/shell/shell.go":      "// Package shell acts.\npackage shell\n\nimport (\n\t\"time\"\n\n\t\"ligature/internal/pure\"\n)\n",
		"internal/kit/kit.go":          "// Package kit helps tests.\npackage kit\n\nimport \"testing\"\n",
		"internal/shell/shell_test.go": "package shell_test\n\nimport \"ligature/internal/kit\"\n",
		"internal/demo/demo.go":        "// Package demo shows.\npackage demo\n",
		"cmd/main/main.go":             "package main\n\nimport _ \"ligature/internal/demo\"\n\nfunc main() {}\n",
		"node_modules/x/bad.go":        "package bad\n\nimport \"nowhere\"\n",
		"tools/go.mod":                 "module tools",
		"tools/tools.go":               "package tools\n",
	}
	for name, text := range files {
		base[name] = text
	}
	for name, text := range base {
		if text != "" {
			tree[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return parse(t, tree)
}

var plantedHouse = []row{
	{path: "internal/floor", pure: true},
	{path: "internal/pure", pure: true, imports: []string{"floor"}, outside: []string{"golang.org/x/text/…"}},
	{path: "internal/shell", imports: []string{everything}},
	{path: "internal/kit", tests: true},
	{path: "internal/demo", imports: []string{everything}, only: []string{"cmd/main"}},
	{path: "cmd/main", imports: []string{"demo"}, top: true},
}

func TestGuardsSeePlantedViolations(t *testing.T) {
	packages := func(tree []source) []string { return checkPackages(tree, plantedHouse) }
	arrows := func(tree []source) []string { return checkArrows(tree, plantedHouse) }
	purity := func(tree []source) []string { return checkPurity(tree, plantedHouse, pureStandard) }
	banned := func(tree []source) []string { return checkBans(tree, plantedHouse, bans) }
	caps := func(tree []source) []string { return checkCaps(tree, plantedHouse) }
	lengths := func(tree []source) []string { return checkLengths(tree, nil) }
	kept := func(tree []source) []string { return checkState(tree, plantedHouse, nil) }
	for _, c := range []struct {
		name  string
		check func([]source) []string
		file  string
		text  string
		want  string // part of the one complaint
	}{
		{"a package without a row", packages, "internal/new/new.go", "package new\n", "internal/new: this package is not in the table"},
		{"a row without a package", packages, "internal/floor/floor.go", "", "internal/floor: in the table of arch_test.go, but there is no such package"},
		{"an arrow upwards", arrows, "internal/floor/up.go", "package floor\n\nimport _ \"ligature/internal/shell\"\n", "imports internal/shell: the table has no such arrow"},
		{"an arrow sideways", arrows, "internal/pure/side.go", "package pure\n\nimport _ \"ligature/internal/shell\"\n", "imports internal/shell: the table has no such arrow"},
		{"an arrow under a build tag", arrows, "internal/floor/up.go", "//go:build never\n\npackage floor\n\nimport _ \"ligature/internal/pure\"\n", "imports internal/pure"},
		{"an arrow to nowhere", arrows, "internal/floor/up.go", "package floor\n\nimport _ \"ligature/internal/gone\"\n", "imports internal/gone, which is not in the table"},
		{"a test's package in the product", arrows, "internal/shell/kit.go", "package shell\n\nimport _ \"ligature/internal/kit\"\n", "imports internal/kit: that package is for tests"},
		{"the demo in the product", arrows, "internal/shell/demo.go", "package shell\n\nimport _ \"ligature/internal/demo\"\n", "only cmd/main may"},
		{"the network in the domain", purity, "internal/pure/net.go", "package pure\n\nimport _ \"net/http\"\n", "imports net/http: internal/pure is pure"},
		{"another module in the domain", purity, "internal/pure/mod.go", "package pure\n\nimport _ \"golang.org/x/crypto/argon2\"\n", "imports golang.org/x/crypto/argon2"},
		{"waiting in the domain", purity, "internal/pure/wait.go", "package pure\n\nimport \"time\"\n\nfunc wait() { time.Sleep(1) }\n", "does not wait"},
		{"a clock", banned, "internal/shell/clock.go", "package shell\n\nimport \"time\"\n\nvar now = time.Now\n", "time.Now: time is an argument"},
		{"a clock by another name", banned, "internal/shell/clock.go", "package shell\n\nimport clock \"time\"\n\nfunc f() { clock.Since(x) }\n", "time.Since"},
		{"dice", banned, "internal/shell/dice.go", "package shell\n\nimport _ \"crypto/rand\"\n", "crypto/rand: randomness is an argument"},
		{"guessable dice", banned, "internal/shell/dice.go", "package shell\n\nimport _ \"math/rand/v2\"\n", "nothing here may be guessed"},
		{"an answer outside web", banned, "internal/shell/answer.go", "package shell\n\nimport \"net/http\"\n\nfunc f() { http.Error(nil, \"\", 500) }\n", "net/http.Error"},
		{"the environment", banned, "internal/shell/env.go", "package shell\n\nimport \"os\"\n\nfunc f() { os.Getenv(\"X\") }\n", "os.Getenv"},
		{"printing", banned, "internal/shell/print.go", "package shell\n\nimport \"fmt\"\n\nfunc f() { fmt.Println() }\n", "fmt.Println"},
		{"too many arrows", caps, "internal/pure/all.go", "package pure\n\nimport (\n" + lines(13, "_ \"ligature/internal/p%d\"") + ")\n", "internal/pure imports 14 packages of ours"},
		{"a long file", lengths, "internal/pure/long.go", "package pure\n" + strings.Repeat("\n", 400), "internal/pure/long.go has 401 lines"},
		{"a long function", lengths, "internal/pure/long.go", "package pure\n\nfunc long() {\n" + strings.Repeat("\n", 59) + "}\n", "long has 61 lines"},
		{"a wide port", checkInterfaces, "internal/pure/port.go", "package pure\n\ntype Port interface {\n" + lines(9, "M%d()") + "}\n", "interface Port has 9 methods"},
		{"init", kept, "internal/pure/init.go", "package pure\n\nfunc init() {}\n", "init runs whether it is wanted or not"},
		{"a variable to be filled", kept, "internal/pure/state.go", "package pure\n\nvar registry map[string]int\n", "package variable registry is state"},
		{"a lock", kept, "internal/pure/state.go", "package pure\n\nimport \"sync\"\n\nvar (\n\tok = 1\n\tmu sync.Mutex\n)\n", "package variable mu is state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if sound := c.check(planted(t, nil)); len(sound) > 0 {
				t.Fatalf("the sound tree has complaints: %q", sound)
			}
			got := c.check(planted(t, map[string]string{c.file: c.text}))
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("got %q, want one complaint with %q", got, c.want)
			}
		})
	}
}

// lines repeats a line with its number.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\t"+format+"\n", i)
	}
	return b.String()
}

func TestLongChains(t *testing.T) {
	files, house := map[string]string{}, append([]row(nil), plantedHouse...)
	for i := range 10 {
		text := fmt.Sprintf("package p%d\n", i)
		if i > 0 {
			text += fmt.Sprintf("\nimport _ \"ligature/internal/p%d\"\n", i-1)
		}
		files[fmt.Sprintf("internal/p%d/p.go", i)] = text
		house = append(house, row{path: fmt.Sprintf("internal/p%d", i)})
	}
	got := checkCaps(planted(t, files), house)
	if len(got) != 1 || !strings.Contains(got[0], "has 10 packages, more than 9") {
		t.Errorf("got %q", got)
	}
}

func TestExcusesThatAreNotNeededFail(t *testing.T) {
	tree := planted(t, map[string]string{"internal/pure/state.go": "package pure\n\nimport _ \"embed\"\n\n//go:embed x\nvar text string\n"})
	for name, got := range map[string][]string{
		"length": checkLengths(tree, map[string]string{"internal/pure/pure.go": "because"}),
		"state":  checkState(tree, plantedHouse, map[string]string{"internal/pure/state.go: text": "because"}),
	} {
		if len(got) != 1 || !strings.Contains(got[0], "no longer needs it") {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := checkLengths(planted(t, map[string]string{"internal/pure/long.go": "package pure\n" + strings.Repeat("\n", 400)}),
		map[string]string{"internal/pure/long.go": "a table"}); len(got) != 0 {
		t.Errorf("an excused file has complaints: %q", got)
	}
}

func TestTableGoesBetweenItsMarkers(t *testing.T) {
	got, err := withTable("a\n<!-- packages -->\nold\n<!-- /packages -->\nb\n", "new\n")
	if err != nil || got != "a\n<!-- packages -->\nnew\n<!-- /packages -->\nb\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := withTable("no markers", "new\n"); err == nil {
		t.Error("a file without markers is accepted")
	}
}
