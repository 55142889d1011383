package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// tree makes a small repository whose one test holds one promise.
func tree(t *testing.T, mutations map[string]string) string {
	t.Helper()
	files := map[string]string{
		"go.mod":              "module small\n\ngo 1.26\n",
		"sum.go":              "package small\n\nfunc Sum(a, b int) int {\n\treturn a + b\n}\n\nfunc Unguarded() int { return 1 }\n",
		"other/other_test.go": "package other\n\nimport \"testing\"\n\nfunc TestOther(t *testing.T) {}\n",
		".gitignore":          "ignored\n",
		"ignored":             "",
		"sum_test.go": "package small\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Error(\"wrong\")\n\t}\n}\n\n" +
			"func TestRed(t *testing.T) { t.Error(\"always\") }\n",
	}
	for name, text := range mutations {
		files["mutations/"+name] = text
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	return dir
}

const head = "why: because\ntest: go test -run TestSum ./...\n\n"

func edited(name, old, replacement string) string {
	return "name: " + name + "\n" + head + "== sum.go\n-- old\n" + old + "\n-- new\n" + replacement + "\n-- end\n"
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string // in what is printed
		code int
	}{
		"caught":                            {edited("m", "\treturn a + b", "\treturn a - b"), "mutations: 1 passed, 0 failed", 0},
		"survived":                          {edited("m", "int { return 1 }", "int { return 2 }"), "SURVIVED", 1},
		"old text is gone":                  {edited("m", "\treturn a * b", "\treturn a - b"), "its old text is there 0 times", 1},
		"old text is ambiguous":             {edited("m", "func ", "func  "), "its old text is there 2 times", 1},
		"does not compile":                  {edited("m", "\treturn a + b", "\treturn c"), "does not compile", 1},
		"its test is red already":           {strings.Replace(edited("m", "\treturn a + b", "\treturn a - b"), "TestSum", "TestRed", 1), "red without it", 1},
		"its test is no test":               {strings.Replace(edited("m", "\treturn a + b", "\treturn a - b"), "TestSum", "TestNone", 1), "runs no test", 1},
		"its test is in one package of two": {strings.Replace(edited("m", "\treturn a + b", "\treturn a - b"), "./...", ". ./other", 1), "mutations: 1 passed, 0 failed", 0},
		"the command is missing":            {strings.Replace(edited("m", "\treturn a + b", "\treturn a - b"), "go test", "no-such-command", 1), "no-such-command", 1},
		"a new file": {"name: m\n" + head + "== more_test.go\n-- old\n-- new\npackage small\n\nimport \"testing\"\n\nfunc TestSumMore(t *testing.T) { t.Error(1) }\n-- end\n",
			"mutations: 1 passed, 0 failed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{"one.mut": c.text})
			var out bytes.Buffer
			if got := run(t.Context(), []string{"-root", dir}, &out, &out); got != c.code {
				t.Errorf("left with %d, want %d", got, c.code)
			}
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("printed %q, want %q in it", out.String(), c.want)
			}
			if text, _ := os.ReadFile(filepath.Join(dir, "sum.go")); !strings.Contains(string(text), "return a + b") {
				t.Error("the tree itself was changed")
			}
		})
	}
}

func TestOneAfterTheOther(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.mut": edited("a", "\treturn a + b", "\treturn a - b"),
		"b.mut": edited("b", "int { return 1 }", "int { return 2 }"), // survives, so a was taken back
		"c.mut": edited("c", "\treturn a + b", "\treturn 0"),
	})
	var out bytes.Buffer
	if got := run(t.Context(), []string{"-root", dir}, &out, &out); got != 1 || !strings.Contains(out.String(), "mutations: 2 passed, 1 failed") {
		t.Errorf("left with %d:\n%s", got, out.String())
	}
	out.Reset()
	if got := run(t.Context(), []string{"-root", dir, "-run", "^[ac]$"}, &out, &out); got != 0 {
		t.Errorf("left with %d:\n%s", got, out.String())
	}
	if got := run(t.Context(), []string{"-root", dir, "-run", "^x$"}, &out, &out); got != 1 {
		t.Errorf("no mutation at all left with %d", got)
	}
}

func TestEditsAreTakenBack(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x")
	if err := os.WriteFile(name, []byte("one two"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := bench{dir: dir}
	undo, err := b.apply([]edit{{"x", "one", "1"}, {"x", "two", "2"}, {"y/z", "", "new"}})
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(name); string(text) != "1 2" {
		t.Errorf("got %q", text)
	}
	undo()
	if text, _ := os.ReadFile(name); string(text) != "one two" {
		t.Errorf("after undo: %q", text)
	}
	if _, err := os.Stat(filepath.Join(dir, "y/z")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a new file was left behind")
	}
}

func TestFormat(t *testing.T) {
	sound := edited("m", "a\n\nb", "c")
	m, err := parse(sound)
	if err != nil || len(m.edits) != 1 || m.edits[0] != (edit{"sum.go", "a\n\nb", "c"}) || m.test[0] != "go" || m.why != "because" {
		t.Fatalf("got %+v, %v", m, err)
	}
	if m, err = parse(strings.TrimSuffix(sound, "\n") + "\n== other.go\n-- old\nx\n-- new\n-- end\n"); err != nil || len(m.edits) != 2 || m.edits[1] != (edit{"other.go", "x", ""}) {
		t.Fatalf("two edits: got %+v, %v", m.edits, err)
	}
	for name, text := range map[string]string{
		"no name":             strings.Replace(sound, "name: m\n", "", 1),
		"no test":             strings.Replace(sound, "test: go test -run TestSum ./...\n", "", 1),
		"no reason":           strings.Replace(sound, "why: because\n", "", 1),
		"an unknown line":     "colour: red\n" + sound,
		"no edit":             "name: m\n" + head,
		"no end":              strings.Replace(sound, "-- end\n", "", 1),
		"outside of the tree": strings.Replace(sound, "sum.go", "../sum.go", 1),
		"no change":           edited("m", "a", "a"),
	} {
		if _, err := parse(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := read(fstest.MapFS{"m/a.mut": {Data: []byte(sound)}, "m/b.mut": {Data: []byte(sound)}}, "m"); err == nil {
		t.Error("two mutations of one name are accepted")
	}
}

// TestCommitted reads the mutations of this repository, so that one that cannot be read fails at once and not in the
// long run alone.
func TestCommitted(t *testing.T) {
	if _, err := read(os.DirFS(".."), "mutations"); err != nil {
		t.Error(err)
	}
}
