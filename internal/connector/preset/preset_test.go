package preset_test

import (
	"database/sql"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	_ "modernc.org/sqlite"

	"ligature/internal/connector"
	"ligature/internal/connector/preset"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/ident"
	"ligature/internal/legacyhash"
)

var update = flag.Bool("update", false, "write the table of docs/connectors/presets.md instead of comparing it")

// statements reads a file of testdata: comments, and statements that each end with a line.
func statements(t testing.TB, parts ...string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for statement := range strings.SplitSeq(string(text), ";\n") {
		for strings.HasPrefix(statement, "--") {
			_, statement, _ = strings.Cut(statement, "\n")
		}
		if strings.TrimSpace(statement) != "" {
			found = append(found, statement)
		}
	}
	return found
}

// fill makes the product's tables and rows.
func fill(t testing.TB, db *sql.DB, name, driver string) {
	t.Helper()
	for _, statement := range append(statements(t, name, driver+".sql"), statements(t, name, "rows.sql")...) {
		if into, ok := strings.CutPrefix(statement, "INSERT INTO "); ok && driver == "mysql" {
			table, values, _ := strings.Cut(into, " ")
			if name == "keycloak" {
				table = strings.ToUpper(table)
			}
			statement = "INSERT INTO " + strings.ReplaceAll(table, `"`, "`") + " " + values
		}
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// sqlite gives the path of a file with the product's tables.
func sqlite(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "product.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	fill(t, db, name, "sqlite")
	return path
}

// options are what an operator writes.
func (p product) options(driver, dsn string) sqlconn.Options {
	o := sqlconn.Options{Preset: p.preset, With: p.with, Driver: driver, DSN: dsn}
	if p.change != nil {
		p.change(&o)
	}
	return o
}

// TestOnSQLite walks every product, also those that have no users there: their statements are written all the same.
func TestOnSQLite(t *testing.T) {
	for _, p := range products() {
		t.Run(p.preset, func(t *testing.T) {
			o := p.options("sqlite", sqlite(t, p.preset))
			known, _ := preset.Find(p.preset)
			if !slices.Contains(known.Drivers, "sqlite") {
				o.Check(func(key, _, _ string) {
					if key != "preset" {
						t.Errorf("a mistake at %s", key)
					}
				})
				known.Drivers = []string{"sqlite"}
				s, err := known.Statements("sqlite", p.with)
				if err != nil {
					t.Fatal(err)
				}
				o.Preset, o.With, o.Hash.Format = "", nil, known.Hash.Format
				o.ByID, o.ByEmail, o.ByUsername, o.List = s.ByID, s.ByEmail, s.ByUsername, s.List
			}
			p.walk(t, o)
		})
	}
}

// walk finds everybody by every key, checks every password, and lists them all.
func (p product) walk(t *testing.T, o sqlconn.Options) {
	o.Check(func(key, problem, fix string) { t.Errorf("%s %s: %s", key, problem, fix) })
	c, err := sqlconn.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	keys := map[connector.Key]string{}
	for _, want := range p.people {
		keys[connector.ByID], keys[connector.ByEmail], keys[connector.ByUsername] = want.id, want.email, want.username
		for key, value := range keys {
			if value == "" {
				continue
			}
			records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: key, Value: value})
			if err != nil || len(records) != 1 {
				t.Errorf("%s by %s: %d records, %v", want.id, key, len(records), err)
				continue
			}
			want.compare(t, records[0])
		}
		for password, outcome := range map[string]connector.Outcome{want.password: want.outcome, want.password + "!": connector.WrongPassword} {
			answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: ident.ExternalID(want.id), Password: password})
			if err != nil || answer.Outcome != outcome {
				t.Errorf("%s: %s, %v; want %s", want.id, answer.Outcome, err, outcome)
			}
		}
	}
	for key, value := range map[connector.Key]string{connector.ByID: "999999", connector.ByUsername: "nobody", connector.ByEmail: "nobody@example.com"} {
		if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: key, Value: value}); err != nil || len(records) != 0 {
			t.Errorf("nobody by %s: %d records, %v", key, len(records), err)
		}
	}
	for _, username := range p.nobody {
		if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: username}); err != nil || len(records) != 0 {
			t.Errorf("%s: %d records, %v", username, len(records), err)
		}
	}
	p.list(t, c)
}

func (want person) compare(t *testing.T, got connector.Record) {
	t.Helper()
	flags := want.flags
	flags.Weak = false // what the hash is, is known to a right password
	if string(got.ExternalID) != want.id || got.Username != want.username || got.Email.Key() != want.email || got.Name != want.name ||
		got.Flags != flags || got.LastUsedAt.IsZero() == want.used {
		t.Errorf("%s: got %q %q %q %+v, used %v", want.id, got.Username, got.Email.Key(), got.Name, got.Flags, got.LastUsedAt)
	}
}

// list reads two at a time.
func (p product) list(t *testing.T, c connector.Connector) {
	t.Helper()
	var listed, want []string
	for cursor, more := "", true; more; more = cursor != "" {
		records, next, err := c.(connector.Lister).List(t.Context(), cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			listed = append(listed, string(r.ExternalID))
		}
		cursor = next
	}
	for _, one := range p.people {
		want = append(want, one.id)
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		t.Errorf("listed %v, want %v", listed, want)
	}
}

// TestEveryPresetIsWalked: none is there only on paper.
func TestEveryPresetIsWalked(t *testing.T) {
	for _, name := range preset.Names() {
		if !slices.ContainsFunc(products(), func(p product) bool { return p.preset == name }) {
			t.Errorf("%s is not walked", name)
		}
	}
}

// TestHashesAreKnown: what a preset says of the hashes is something that can be checked.
func TestHashesAreKnown(t *testing.T) {
	for _, p := range preset.All() {
		if err := p.Hash.Known(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// TestWhatIsWrittenCountsMore: every part of a preset gives way to the operator's own.
func TestWhatIsWrittenCountsMore(t *testing.T) {
	o := sqlconn.Options{Preset: "django", Driver: "sqlite", DSN: sqlite(t, "django"),
		ByUsername: "SELECT id FROM auth_user WHERE username = 'root' AND :username <> ''", Hash: legacyhash.Spec{Format: legacyhash.Bcrypt}}
	c, err := sqlconn.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "long"})
	if err != nil || len(records) != 1 || records[0].ExternalID != "1" {
		t.Errorf("%v, %v; want the operator's statement", records, err)
	}
	if _, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "1", Password: usual}); err == nil {
		t.Error("the preset's hash format won over the operator's")
	}
}

// TestHostileValues: what is given below with ends no name and no quoted text, and no value is repeated.
func TestHostileValues(t *testing.T) {
	for _, p := range preset.All() {
		for _, v := range p.Values {
			for _, hostile := range []string{"x'; DROP TABLE users; --", `x"`, "x`", "x:id", "x\\", "x\n", strings.Repeat("x", 65), "ünïcode", "(SELECT 1)"} {
				with := map[string]string{}
				for _, other := range p.Values {
					with[other.Name] = "x"
				}
				with[v.Name] = hostile
				if _, err := p.Statements(p.Drivers[0], with); err == nil || strings.Contains(err.Error(), hostile) {
					t.Errorf("%s, %s: %q gives %v", p.Name, v.Name, hostile, err)
				}
			}
		}
	}
}

// FuzzWith: whatever a value is, the statements are refused or keep their shape.
func FuzzWith(f *testing.F) {
	f.Add("auth_user")
	f.Add("x' OR 1=1")
	f.Fuzz(func(t *testing.T, value string) {
		for _, p := range preset.All() {
			with := map[string]string{}
			for _, v := range p.Values {
				with[v.Name] = value
			}
			s, err := p.Statements(p.Drivers[0], with)
			if err != nil {
				continue
			}
			for _, text := range []string{s.ByID, s.ByEmail, s.ByUsername, s.List} {
				if strings.ContainsAny(text, ";\x00\n") || strings.Count(text, "'")%2 == 1 {
					t.Errorf("%q: %s", value, text)
				}
			}
		}
	})
}

// TestMistakesAreToldAtTheirKey holds what the configuration says of a preset that does not fit.
func TestMistakesAreToldAtTheirKey(t *testing.T) {
	dsn := (&url.URL{Path: filepath.Join(t.TempDir(), "none.db")}).Path
	for name, test := range map[string]struct {
		o    sqlconn.Options
		want string
	}{
		"unknown":           {sqlconn.Options{Preset: "dojango", Driver: "sqlite", DSN: dsn}, "preset is none that is known"},
		"with alone":        {sqlconn.Options{With: map[string]string{"table": "x"}, ByID: "SELECT :id", ByEmail: "SELECT :email", Driver: "sqlite", DSN: dsn}, "with counts only beside preset"},
		"another value":     {sqlconn.Options{Preset: "django", With: map[string]string{"realm": "x"}, Driver: "sqlite", DSN: dsn}, "preset does not fit: django takes other values: table"},
		"an unknown driver": {sqlconn.Options{Preset: "django", Driver: "dbase"}, "driver is no database that can be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			test.o.Check(func(key, problem, _ string) { told = append(told, key+" "+problem) })
			if len(told) != 1 || told[0] != test.want {
				t.Errorf("%q, want %q", told, test.want)
			}
		})
	}
}

// TestDocument holds the table of docs/connectors/presets.md against the presets; with -update it is written. Each has a
// section of its own.
func TestDocument(t *testing.T) {
	const file = "../../../docs/connectors/presets.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "<!-- presets -->\n")
	_, after, _ := strings.Cut(rest, "<!-- /presets -->")
	table := "| preset | product | drivers | tables | with |\n|---|---|---|---|---|\n"
	for _, p := range preset.All() {
		var with []string
		for _, v := range p.Values {
			said := "`" + v.Name + "`, " + v.Says
			switch {
			case v.Default != "":
				said += ": `" + v.Default + "` if nothing is said"
			case !v.Empty:
				said += ": **needed**"
			}
			with = append(with, said)
		}
		table += "| `" + p.Name + "` | " + p.Product + " | `" + strings.Join(p.Drivers, "`, `") + "` | `" + strings.Join(p.Tables, "`, `") + "` | " + strings.Join(with, "; ") + " |\n"
		if name, _, _ := strings.Cut(p.Product, " "); !strings.Contains(after, "\n## "+name) {
			t.Errorf("%s has no section for %s", file, name)
		}
	}
	want := before + "<!-- presets -->\n" + table + "<!-- /presets -->" + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s differs from the presets; run go test ./internal/connector/preset -update and read the change", file)
	}
}

// TestExamplesFit: what the document shows of a preset is taken as it stands there.
func TestExamplesFit(t *testing.T) {
	text, err := os.ReadFile("../../../docs/connectors/presets.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for block := range strings.SplitSeq(string(text), "```yaml\n") {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(block, "preset: ") {
			continue
		}
		var lines []string
		for line := range strings.Lines(block) {
			if strings.HasPrefix(line, "        ") && !strings.Contains(line, "_file") { // no files are read here
				lines = append(lines, strings.TrimPrefix(line, "        "))
			}
		}
		var o sqlconn.Options
		if err := yaml.Unmarshal([]byte(strings.Join(lines, "")), &o); err != nil {
			t.Fatalf("%v: %s", err, block)
		}
		p, ok := preset.Find(o.Preset)
		if o.Driver == "" && ok {
			o.Driver = p.Drivers[0]
		}
		if _, err := p.Statements(o.Driver, o.With); !ok || err != nil {
			t.Errorf("%v: %s", err, block)
		}
		shown++
	}
	if shown < 4 {
		t.Errorf("%d examples were read", shown)
	}
}
