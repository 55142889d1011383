package ligature_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite generated files instead of comparing them")

// row is one package of the house: what it is for and what it may know.
type row struct {
	path    string   // below the module
	says    string   // completes "this package …"
	imports []string // ours, below internal/; the key words everything and the rows of a test package say more
	pure    bool     // no clock, no dice, no I/O: only the standard packages of pureStandard, and outside
	outside []string // modules beyond the standard library that a pure package may import; a trailing /… covers subpackages
	tests   bool     // imported by tests and by other such packages only; may import anything
	only    []string // when set, the only packages that may import it, tests apart
	top     bool     // wiring: free of the caps on fan-out and chain
}

// everything stands for each package that is neither for tests nor closed by row.only.
const everything = "everything"

// house is the table of packages and arrows. It is complete: a package or an import that is not here is a failure, and
// so is a row without a package. ARCHITECTURE.md shows it.
var house = []row{
	{path: "internal/fault", says: "says what kind of failure this is, what may be shown and what only logged", pure: true},
	{path: "internal/ident", says: "makes identifiers valid by construction and safe to print", pure: true,
		imports: []string{"fault"}, outside: []string{"golang.org/x/net/idna", "golang.org/x/text/…"}},
	{path: "internal/directory", says: "holds what an operator declared and checks that it is coherent", pure: true,
		imports: []string{"fault", "ident"}},
	{path: "internal/account", says: "holds who is who and the rules of a link", pure: true,
		imports: []string{"fault", "ident"}},
	{path: "internal/audit", says: "names the events worth keeping", pure: true,
		imports: []string{"fault", "ident"}},
	{path: "internal/connector", says: "is the port to a product's users: look-up and the abilities", pure: true,
		imports: []string{"fault", "ident", "account"}},
	{path: "internal/linking", says: "decides each step of the conversation that ends in a link", pure: true,
		imports: []string{"fault", "ident", "directory", "account", "audit", "connector"}},
	{path: "internal/op", says: "decides what an authorization request needs next and what it is answered", pure: true,
		imports: []string{"fault", "ident", "directory", "account", "audit", "connector", "linking"}},

	{path: "internal/self", says: "decides what people do with their own account: unlink, undo, merge, close", pure: true,
		imports: []string{"fault", "ident", "account", "audit", "linking"}},

	{path: "internal/legacyhash", says: "checks passwords against the hashes of other systems, within a cost",
		imports: []string{"fault"}},
	{path: "internal/connector/preset", says: "knows the user tables of well-known products",
		imports: []string{"legacyhash"}},
	{path: "internal/connector/sqlconn", says: "asks a product's users in its database, read-only",
		imports: []string{"fault", "ident", "account", "connector", "connector/preset", "legacyhash"}},
	{path: "internal/connector/httpconn", says: "asks a product's users over HTTP",
		imports: []string{"fault", "ident", "account", "connector", "legacyhash"}},
	{path: "internal/connector/ldapconn", says: "asks a product's users in a directory, read-only",
		imports: []string{"fault", "ident", "account", "connector"}},
	{path: "internal/connector/restconn", says: "checks passwords by the public API of a known product",
		imports: []string{"fault", "ident", "account", "connector", "connector/httpconn"}},
	{path: "internal/connector/conform", says: "asks an endpoint of the HTTP contract all that the contract promises",
		imports: []string{"fault", "ident", "connector", "connector/httpconn"}},
	{path: "internal/connector/guard", says: "stands before a connector: deadline, cap, breaker",
		imports: []string{"fault", "ident", "account", "connector"}},
	{path: "internal/connector/checkup", says: "asks a product's store everything once, for an operator",
		imports: []string{"fault", "ident", "account", "connector"}},
	{path: "internal/connector/connectortest", says: "is the suite that every adapter passes", tests: true},
	{path: "internal/linking/model", says: "explores what strangers can reach through the rules of linking", tests: true},
	{path: "internal/sqlstore", says: "loads and commits, whole or not at all, on SQLite and PostgreSQL",
		imports: []string{"fault", "ident", "directory", "account", "audit", "linking", "op", "self"}},
	{path: "internal/sqlstore/storetest", says: "is the suite that both databases pass", tests: true},
	{path: "internal/seal", says: "keeps secrets secret: columns, passwords, tokens, signing keys",
		imports: []string{"fault", "ident"}},
	{path: "internal/watch", says: "counts and times what happens, for operators",
		imports: []string{"fault", "ident", "account", "audit", "directory", "connector", "linking"}},
	{path: "internal/watch/otlp", says: "sends spans to a collector",
		imports: []string{"fault"}},
	{path: "internal/mail", says: "turns a message key and values into a mail and hands it over",
		imports: []string{"fault", "ident"}},
	{path: "internal/web", says: "turns an error into one answer and a page struct into bytes",
		imports: []string{"fault", "ident"}},
	{path: "internal/web/signin", says: "translates forms to events and flows to pages",
		imports: []string{"fault", "ident", "directory", "account", "linking", "op", "web"}},
	{path: "internal/web/me", says: "translates a person's own pages to self and back",
		imports: []string{"fault", "ident", "directory", "account", "linking", "self", "web"}},
	{path: "internal/web/protocol", says: "translates OpenID Connect requests to op and back",
		imports: []string{"fault", "ident", "directory", "op", "web"}},
	{path: "internal/web/api", says: "answers the management API",
		imports: []string{"fault", "ident", "directory", "linking", "op", "web"}},
	{path: "internal/web/gallery", says: "shows every page in every state", tests: true},
	{path: "internal/config", says: "reads the configuration and reports every mistake at once",
		imports: []string{"fault", "ident"}},

	{path: "internal/server", says: "builds everything from a configuration and decides nothing", top: true,
		imports: []string{everything}},
	{path: "internal/demo", says: "is the demo world: products with their own users, an inbox, seeded people", top: true,
		imports: []string{everything, "demo/pim", "demo/sdm", "demo/other", "demo/rp", "demo/rp/stand", "demo/inbox"}, only: []string{"cmd/ligature"}},
	{path: "internal/demo/pim", says: "stands in for Akeneo PIM",
		imports: []string{everything, "demo/rp", "demo/rp/stand"}, only: []string{"internal/demo", "cmd/ligature"}},
	{path: "internal/demo/sdm", says: "stands in for Supplier Data Manager",
		imports: []string{everything, "demo/rp", "demo/rp/stand"}, only: []string{"internal/demo", "cmd/ligature"}},
	{path: "internal/demo/other", says: "stands in for any other product, with people in a directory",
		imports: []string{"fault", "demo/rp", "demo/rp/stand"}, only: []string{"internal/demo", "cmd/ligature"}},
	{path: "internal/demo/rp", says: "is the relying party inside the stand-ins",
		imports: []string{"fault", "demo/rp/stand"}, only: []string{"internal/demo", "internal/demo/pim", "internal/demo/sdm", "internal/demo/other", "cmd/ligature"}},
	{path: "internal/demo/rp/rptest", says: "is a tiny provider and browser for tests of relying parties", tests: true},
	{path: "internal/demo/rp/stand", says: "is what the stand-ins have in common apart from signing in",
		imports: []string{"fault"}, only: []string{"internal/demo", "internal/demo/pim", "internal/demo/sdm", "internal/demo/other", "internal/demo/rp", "cmd/ligature"}},
	{path: "internal/demo/inbox", says: "receives every mail of the demo and shows it",
		imports: []string{"fault", "ident"}, only: []string{"internal/demo", "cmd/ligature"}},

	{path: "internal/testkit", says: "helps tests: a browser, a relying party, a clock", tests: true},
	{path: "internal/testkit/servers", says: "starts real servers for tests", tests: true},
	{path: "internal/testkit/openapi", says: "holds messages to an OpenAPI document", tests: true},
	{path: "internal/testkit/replica", says: "keeps a product's tables in MariaDB too", tests: true},

	{path: "cmd/ligature", says: "parses a verb's flags, calls, prints, exits", top: true,
		imports: []string{"fault", "ident", "config", "connector", "connector/checkup", "connector/conform", "connector/httpconn", "legacyhash", "server", "demo"}},
	{path: "e2e/bench", says: "measures a running server as its clients and people would", tests: true},
	{path: "e2e/gallery", says: "serves the gallery to the browser tests", tests: true},
	{path: "e2e/failover", says: "takes the database's leader away while people sign in", tests: true},
	{path: "mutations", says: "breaks the code on purpose and expects a red test", imports: nil},
}

// pureStandard is what a pure package may import of the standard library: computing on values, nothing that waits,
// asks, remembers or draws. context and time are here for their types; the calls in the two that read a clock are bans.
var pureStandard = []string{
	"bytes", "cmp", "context", "errors", "fmt", "iter", "maps", "math", "math/bits", "slices", "sort", "strconv", "strings",
	"time", "unicode", "unicode/utf8", "unique",
	"net/netip", "net/url", // parse and print, no network
	"encoding/base64", "encoding/binary", "encoding/hex", "encoding/json", // values in, bytes out
	"crypto/sha256", "crypto/subtle", // a code challenge, a bucket: functions of their input
	"hash/fnv", "regexp",
}

// ban is a part of the standard library that few may use.
type ban struct {
	pkg   string
	names []string // nil bans the import itself
	only  []string // folders that may; a trailing /… covers those below
	why   string
}

var bans = []ban{
	{"time", []string{"Now", "Since", "Until"}, []string{"internal/server", "internal/seal", "internal/demo/…", "cmd/…", "mutations"},
		"time is an argument: pass now, or Now func() time.Time"},
	{"crypto/rand", nil, []string{"internal/server", "internal/seal", "internal/demo/…", "cmd/…"},
		"randomness is an argument: pass a function that makes the secret"},
	{"math/rand", nil, nil, "nothing here may be guessed: crypto/rand, passed in"},
	{"math/rand/v2", nil, []string{"internal/demo/…"}, "nothing here may be guessed: crypto/rand, passed in"},
	{"net/http", []string{"Error"}, []string{"internal/web", "internal/demo/…"},
		"handlers return errors; internal/web alone turns one into an answer"},
	{"os", []string{"Exit"}, []string{"cmd/…", "mutations"}, "only a main may end the process"},
	{"os", []string{"Getenv", "LookupEnv", "Environ"}, []string{"internal/config", "internal/demo", "cmd/…", "mutations"},
		"configuration is read in one place"},
	{"log", nil, nil, "logs have fields: log/slog"},
	{"fmt", []string{"Print", "Printf", "Println"}, []string{"cmd/…", "mutations"}, "only a verb prints; everything else returns or logs"},
	{"testing", nil, nil, "this is not a test"},
}

// The caps. Beyond them a package or a function has more than one thought.
const (
	fanOutCap    = 12  // own packages imported by one
	chainCap     = 9   // packages in the longest chain of imports, wiring apart
	fileCap      = 400 // lines
	functionCap  = 60  // lines
	interfaceCap = 8   // methods
)

// long lists the files ("path") and functions ("path: name") beyond their cap, with the reason. A row that is no longer
// needed is a failure.
var long = map[string]string{}

// state lists the package variables without a value ("path: name") that are no state all the same, with the reason.
var state = map[string]string{}

func TestHouse(t *testing.T) {
	tree := parse(t, os.DirFS("."))
	for name, complaints := range map[string][]string{
		"packages":   checkPackages(tree, house),
		"arrows":     checkArrows(tree, house),
		"purity":     checkPurity(tree, house, pureStandard),
		"bans":       checkBans(tree, house, bans),
		"caps":       checkCaps(tree, house),
		"lengths":    checkLengths(tree, long),
		"interfaces": checkInterfaces(tree),
		"state":      checkState(tree, house, state),
	} {
		t.Run(name, func(t *testing.T) {
			for _, complaint := range complaints {
				t.Error(complaint)
			}
		})
	}
}

const (
	tableBegin = "<!-- packages -->"
	tableEnd   = "<!-- /packages -->"
)

func TestArchitectureShowsTheTable(t *testing.T) {
	const file = "ARCHITECTURE.md"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := withTable(string(old), render(house))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if fresh == string(old) {
		return
	}
	if !*update {
		t.Fatalf("the table of packages in %s is not the one of arch_test.go: go test . -run %s -update", file, t.Name())
	}
	if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestArchitectureIsShort: whoever comes new reads it in one go.
func TestArchitectureIsShort(t *testing.T) {
	const most = 200
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > most {
		t.Errorf("ARCHITECTURE.md has %d lines, at most %d: what is needed for one part alone belongs into docs/", lines, most)
	}
}

// withTable puts table between the markers of text.
func withTable(text, table string) (string, error) {
	before, rest, ok := strings.Cut(text, tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		return "", fmt.Errorf("the markers %s and %s are missing", tableBegin, tableEnd)
	}
	return before + tableBegin + "\n" + table + tableEnd + after, nil
}

// render is the house as a Markdown table.
func render(house []row) string {
	var b strings.Builder
	b.WriteString("| Package | This package … | May import (ours) |\n|---|---|---|\n")
	for _, r := range house {
		may := make([]string, 0, len(r.imports))
		for _, name := range r.imports {
			if name != everything {
				name = "`" + name + "`"
			}
			may = append(may, name)
		}
		switch {
		case r.tests:
			may = []string{"anything; only tests import it"}
		case len(may) == 0:
			may = []string{"nothing"}
		}
		if i := slices.Index(may, everything); i >= 0 {
			may[i] = "every package above that is not for tests"
		}
		name := "`" + strings.TrimPrefix(r.path, "internal/") + "`"
		if r.pure {
			name += " (pure)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, r.says, strings.Join(may, ", "))
	}
	return b.String()
}
