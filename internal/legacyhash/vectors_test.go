package legacyhash_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/legacyhash"
)

var update = flag.Bool("update", false, "write the table of docs/connectors/hashes.md instead of comparing it")

// made is a line of testdata/vectors/*.jsonl. The script beside each file says in its first lines which program made it.
type made struct {
	Name, Format, Stored, Salt, Password string
	// Pattern, Pepper and Firebase are what an operator declares.
	Pattern, Pepper string
	Firebase        struct {
		Signer, Separator string
		Rounds, Memory    int
	}
	// Weak is what is expected of it.
	Weak bool
	// Cuts is how many bytes of a password count, 0 for all.
	Cuts int
}

// vectors are those of the files, and a few that were made by commands of one line.
func vectors(tb testing.TB) []vector {
	tb.Helper()
	all := lines()
	files, err := filepath.Glob("testdata/vectors/*.jsonl")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for scanner := bufio.NewScanner(bytes.NewReader(text)); scanner.Scan(); {
			var m made
			if err := json.Unmarshal(scanner.Bytes(), &m); err != nil {
				tb.Fatalf("%s: %v: %s", file, err, scanner.Text())
			}
			all = append(all, vector{name: strings.TrimSuffix(filepath.Base(file), ".jsonl") + " " + m.Name, stored: m.Stored, salt: m.Salt, password: m.Password,
				weak: m.Weak, cuts: m.Cuts, spec: m.spec()})
		}
	}
	return all
}

// spec is what an operator declares for the vector.
func (m made) spec() legacyhash.Spec {
	return legacyhash.Spec{Format: legacyhash.Format(m.Format), Pattern: m.Pattern, Pepper: []byte(m.Pepper), Firebase: legacyhash.Firebase{
		SignerKey: []byte(m.Firebase.Signer), SaltSeparator: m.Firebase.Separator, Rounds: m.Firebase.Rounds, MemoryCost: m.Firebase.Memory}}
}

// TestVectors: the right password matches and others do not, by the declared format and by what the text says of itself.
func TestVectors(t *testing.T) {
	seen, long, foreign := map[legacyhash.Format]int{}, map[legacyhash.Format]bool{}, map[legacyhash.Format]bool{}
	marked := map[legacyhash.Format]bool{}
	for _, about := range legacyhash.Catalogue() {
		marked[about.Format] = about.Marked
	}
	for _, v := range vectors(t) {
		t.Run(v.name, func(t *testing.T) {
			if ok, err := v.spec.Check(t.Context(), v.stored, v.salt, v.password); !ok || err != nil {
				t.Errorf("the right password: %v, %v", ok, err)
			}
			v.wrong(t)
			if err := v.spec.Known(); err != nil {
				t.Error(err)
			}
			reading, err := v.spec.Read(v.stored, v.salt)
			if err != nil || reading.Weak != v.weak || (v.spec.Format != "" && v.spec.Format != legacyhash.Auto && reading.Format != v.spec.Format) {
				t.Errorf("read as %+v, %v; want weak %v", reading, err, v.weak)
			}
			if format, ok := legacyhash.Identify(v.stored); marked[reading.Format] && (!ok || format != reading.Format) {
				t.Errorf("identified as %q, %v", format, ok)
			} else if auto, err := (legacyhash.Spec{}).Read(v.stored, v.salt); marked[reading.Format] && v.spec.Iterations == 0 && len(v.spec.Pepper) == 0 && (err != nil || auto != reading) {
				t.Errorf("without a format it is read as %+v, %v", auto, err)
			}
			seen[reading.Format]++
			long[reading.Format] = long[reading.Format] || len(v.password) > 64
			foreign[reading.Format] = foreign[reading.Format] || strings.ContainsFunc(v.password, func(r rune) bool { return r > 127 })
		})
	}
	for _, format := range legacyhash.Formats() {
		if format != legacyhash.Auto && (seen[format] < 3 || !long[format] || !foreign[format]) {
			t.Errorf("%s has %d vectors, want 3; a long one %v, one that is not ASCII %v", format, seen[format], long[format], foreign[format])
		}
	}
}

// wrong tries passwords that are almost right.
func (v vector) wrong(t *testing.T) {
	t.Helper()
	tries := []string{v.password + "!", v.password[:len(v.password)-1]}
	switch {
	case strings.Contains(v.name, "default rounds"):
		tries = tries[:1]
	case strings.HasSuffix(v.name, "usual"):
		tries = append(tries, strings.ToUpper(v.password[:1])+v.password[1:], v.password[1:], v.password+" ", "x")
	}
	if ok, err := v.spec.Check(t.Context(), v.stored, v.salt, ""); ok || fault.KeyOf(err) != "legacyhash.password" {
		t.Errorf("an empty password: %v, %v", ok, err)
	}
	for _, wrong := range tries {
		if v.cuts > 0 && len(wrong) >= v.cuts && len(v.password) >= v.cuts && wrong[:v.cuts] == v.password[:v.cuts] {
			continue
		}
		if ok, err := v.spec.Check(t.Context(), v.stored, v.salt, wrong); ok || err != nil {
			t.Errorf("%q: %v, %v", wrong, ok, err)
		}
	}
}

// TestDocument holds the table of docs/connectors/hashes.md against the formats; with -update it is written.
func TestDocument(t *testing.T) {
	const file = "../../docs/connectors/hashes.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	weak := map[legacyhash.Format]map[bool]bool{}
	for _, v := range vectors(t) {
		if reading, err := v.spec.Read(v.stored, v.salt); err == nil {
			if weak[reading.Format] == nil {
				weak[reading.Format] = map[bool]bool{}
			}
			weak[reading.Format][reading.Weak] = true
		}
	}
	table := "| format | a stored text | made by | |\n|---|---|---|---|\n"
	for _, about := range legacyhash.Catalogue() {
		says := map[bool]string{false: "", true: "weak"}[weak[about.Format][true] && !weak[about.Format][false]]
		if !about.Marked {
			says = strings.TrimPrefix(says+", only if declared", ", ")
		}
		table += "| `" + string(about.Format) + "` | " + about.Looks + " | " + about.Made + " | " + says + " |\n"
	}
	before, rest, _ := strings.Cut(string(text), "<!-- formats -->\n")
	_, after, ok := strings.Cut(rest, "<!-- /formats -->")
	want := before + "<!-- formats -->\n" + table + "<!-- /formats -->" + after
	switch {
	case !ok:
		t.Errorf("%s has no place for the table", file)
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	case want != string(text):
		t.Errorf("%s differs from the formats; run go test ./internal/legacyhash -update and read the change", file)
	}
}
