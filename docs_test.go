package ligature_test

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/seal"
	"ligature/internal/web"
)

// Documents rot in silence: a link leads nowhere, a command has lost its flag. Here they do not.

// page is one document without its code, and the commands of its code.
type page struct {
	path    string
	links   []string
	anchors map[string]bool
	shell   []string // lines of ```sh blocks
}

var (
	inlineLink    = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	referenceLink = regexp.MustCompile(`(?m)^\[[^\]]+\]:\s+(\S+)`)
	htmlLink      = regexp.MustCompile(`(?:src|srcset|href)="([^"]+)"`)
	inlineCode    = regexp.MustCompile("`[^`]*`")
	namedAnchor   = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	headingLine   = regexp.MustCompile(`^#{1,6} +(.+?)(?: +#+)?$`)
	linkText      = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// readPages reads every document below root.
func readPages(t testing.TB, root fs.FS) map[string]page {
	t.Helper()
	pages := map[string]page{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != "." && (base == "testdata" || base == "node_modules" || base == "artifacts" || base[0] == '.') {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".md") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		pages[name] = readPage(name, string(text))
		return nil
	})
	if err != nil {
		t.Fatalf("read the documents: %v", err)
	}
	return pages
}

func readPage(name, text string) page {
	p := page{path: name, anchors: map[string]bool{}}
	var prose strings.Builder
	fence, language := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		mark := strings.TrimLeft(line, " ")
		switch {
		case fence == "" && (strings.HasPrefix(mark, "```") || strings.HasPrefix(mark, "~~~")):
			fence, language = mark[:3], strings.TrimSpace(strings.TrimLeft(mark, "`~"))
		case fence != "" && strings.HasPrefix(mark, fence):
			fence = ""
		case fence != "":
			if language == "sh" {
				p.shell = append(p.shell, mark)
			}
		default:
			if found := headingLine.FindStringSubmatch(line); found != nil {
				p.addAnchor(anchorOf(found[1]))
			}
			for _, found := range namedAnchor.FindAllStringSubmatch(line, -1) {
				p.anchors[found[1]] = true
			}
			prose.WriteString(inlineCode.ReplaceAllString(line, "") + "\n")
		}
	}
	for _, pattern := range []*regexp.Regexp{inlineLink, referenceLink, htmlLink} {
		for _, found := range pattern.FindAllStringSubmatch(prose.String(), -1) {
			p.links = append(p.links, found[1])
		}
	}
	return p
}

// addAnchor numbers headings of the same words, as forges do.
func (p page) addAnchor(anchor string) {
	name := anchor
	for n := 1; p.anchors[name]; n++ {
		name = anchor + "-" + strconv.Itoa(n)
	}
	p.anchors[name] = true
}

// anchorOf is a heading as forges turn it into a fragment.
func anchorOf(heading string) string {
	heading = linkText.ReplaceAllString(heading, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// checkLinks wants every relative link to lead to a file, and its fragment to a heading.
func checkLinks(pages map[string]page, root fs.FS) (complaints []string) {
	for _, name := range sorted(pages) {
		for _, link := range pages[name].links {
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			target, fragment, _ := strings.Cut(link, "#")
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := fs.Stat(root, file); err != nil {
				complaints = append(complaints, fmt.Sprintf("%s: the link %s leads nowhere", name, link))
				continue
			}
			if to, read := pages[file]; fragment != "" && read && !to.anchors[fragment] {
				complaints = append(complaints, fmt.Sprintf("%s: the link %s leads to a heading that is not there", name, link))
			}
		}
	}
	return complaints
}

// verb is a command of the binary: its own flags, and the commands below it.
type verb struct {
	flags map[string]bool
	verbs map[string]verb
}

// readVerbs reads the command tree from the struct tags of cmd/ligature, from the type cli down.
func readVerbs(tree []source) verb {
	types := map[string]*ast.StructType{}
	for _, s := range tree {
		if s.dir != "cmd/ligature" || s.test() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if st, ok := spec.Type.(*ast.StructType); ok {
					types[spec.Name.Name] = st
				}
			}
			return true
		})
	}
	return verbOf(types["cli"], types)
}

func verbOf(st *ast.StructType, types map[string]*ast.StructType) verb {
	v := verb{flags: map[string]bool{"--help": true, "-h": true}, verbs: map[string]verb{}}
	if st == nil {
		return v
	}
	for _, field := range st.Fields.List {
		tag := reflect.StructTag("")
		if field.Tag != nil {
			text, _ := strconv.Unquote(field.Tag.Value)
			tag = reflect.StructTag(text)
		}
		_, isVerb := tag.Lookup("cmd")
		_, isArg := tag.Lookup("arg")
		_, isEmbedded := tag.Lookup("embed")
		inner := structOf(field.Type, types)
		switch {
		case isArg || tag.Get("kong") == "-":
		case inner != nil && (isEmbedded || len(field.Names) == 0):
			below := verbOf(inner, types)
			for flag := range below.flags {
				v.flags[flag] = true
			}
			for name, sub := range below.verbs {
				v.verbs[name] = sub
			}
		case isVerb:
			for _, name := range field.Names {
				v.verbs[flagName(tag, name.Name)] = verbOf(inner, types)
			}
		default:
			for _, name := range field.Names {
				v.flags["--"+flagName(tag, name.Name)] = true
				v.flags["--no-"+flagName(tag, name.Name)] = true
				v.flags["-"+tag.Get("short")] = true
			}
		}
	}
	return v
}

func structOf(expression ast.Expr, types map[string]*ast.StructType) *ast.StructType {
	switch e := expression.(type) {
	case *ast.Ident:
		return types[e.Name]
	case *ast.StarExpr:
		return structOf(e.X, types)
	case *ast.StructType:
		return e
	}
	return nil
}

func flagName(tag reflect.StructTag, field string) string {
	if name := tag.Get("name"); name != "" {
		return name
	}
	return strings.ToLower(strings.ReplaceAll(spelled(field), " ", "-"))
}

var ourCommand = regexp.MustCompile(`^(?:\$ )?(?:go run \./cmd/ligature|(?:\./)?ligature)( .*)?$`)

// checkCommands wants the verbs and flags of our commands in ```sh blocks to exist.
func checkCommands(pages map[string]page, root verb) (complaints []string) {
	for _, name := range sorted(pages) {
		for _, line := range pages[name].shell {
			found := ourCommand.FindStringSubmatch(line)
			if found == nil {
				continue
			}
			arguments, _, _ := strings.Cut(found[1], " #")
			at := root
			for _, word := range strings.Fields(arguments) {
				if strings.ContainsAny(word[:1], "|>&<;\\") {
					break
				}
				flag, _, _ := strings.Cut(word, "=")
				next, below := at.verbs[word]
				switch {
				case strings.HasPrefix(word, "-"):
					if !at.flags[flag] {
						complaints = append(complaints, fmt.Sprintf("%s: %q: there is no flag %s there", name, line, flag))
					}
				case below:
					at = next
				case len(at.verbs) > 0:
					complaints = append(complaints, fmt.Sprintf("%s: %q: there is no verb %s", name, line, word))
				}
			}
		}
	}
	return complaints
}

func TestDocuments(t *testing.T) {
	root := os.DirFS(".")
	pages := readPages(t, root)
	verbs := readVerbs(parse(t, root))
	if len(verbs.verbs) == 0 {
		t.Error("no verb of cmd/ligature was found: is its command tree still the type cli?")
	}
	for name, complaints := range map[string][]string{
		"links":    checkLinks(pages, root),
		"commands": checkCommands(pages, verbs),
	} {
		t.Run(name, func(t *testing.T) {
			for _, complaint := range complaints {
				t.Error(complaint)
			}
		})
	}
}

// TestDecisionsAreNumbered wants each ADR to have a number of its own, its four parts, and to be listed. A number that is
// missing is taken by a page that is being written.
func TestDecisionsAreNumbered(t *testing.T) {
	files, err := fs.Glob(os.DirFS("docs/adr"), "[0-9]*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	list, err := os.ReadFile("docs/adr/README.md")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	for i, file := range files {
		if number, _, _ := strings.Cut(file, "-"); len(number) != 4 || i > 0 && strings.HasPrefix(files[i-1], number) {
			t.Errorf("%s: its number is %s's too, or has not four digits", file, files[max(i-1, 0)])
		}
		text, err := os.ReadFile(path.Join("docs/adr", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s: %q is missing", file, strings.TrimSpace(part))
			}
		}
		if !strings.Contains(string(list), "]("+file+")") {
			t.Errorf("%s is not in docs/adr/README.md", file)
		}
	}
}

// TestSecurityNumbersAreTheCodes compares docs/security.md with the constants it names.
func TestSecurityNumbersAreTheCodes(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	attempts, sessions := linking.AccountAttempts(), directory.SessionTTL{}.OrDefault()
	numbers := map[string]any{
		"linking.LinkTTL": linking.LinkTTL, "linking.FlowTTL": linking.FlowTTL, "linking.CodeTTL": linking.CodeTTL,
		"linking.InvitationTTL": linking.InvitationTTL, "linking.InvitationResends": linking.InvitationResends,
		"linking.InvitationPause": linking.InvitationPause, "linking.InvitationsPending": linking.InvitationsPending,
		"linking.InvitationMailsPerHour": linking.InvitationMailsPerHour,
		"linking.CodeTries":              linking.CodeTries, "linking.Resends": linking.Resends, "linking.Lookups": linking.Lookups, "linking.ResendPause": linking.ResendPause,
		"account.PendingTTL": account.PendingTTL, "account.UndoTTL": account.UndoTTL, "account.MergeTTL": account.MergeTTL,
		"linking.FreshTTL": linking.FreshTTL, "linking.EmailsPerTry": linking.EmailsPerTry, "linking.ReportTTL": linking.ReportTTL,
		"linking.AccountAttempts().Free": attempts.Free, "linking.AccountAttempts().Wait": attempts.Wait,
		"linking.AccountAttempts().MaxWait": attempts.MaxWait, "linking.AccountAttempts().Stop": attempts.Stop,
		"linking.NetworkAttempts().Free": linking.NetworkAttempts().Free, "linking.LinkGuesses().Free": linking.LinkGuesses().Free,
		"linking.ResetTTL": linking.ResetTTL, "linking.EmailChangeTTL": linking.EmailChangeTTL,
		"linking.ResetsPerHour().Free": linking.ResetsPerHour().Free, "linking.NetworkResets().Free": linking.NetworkResets().Free,
		"linking.ResetAskTTL": linking.ResetAskTTL, "linking.TriedTells": linking.TriedTells,
		"linking.EmailChangesPerHour().Free": linking.EmailChangesPerHour().Free,
		"linking.AdoptFloor":                 linking.AdoptFloor, "linking.SetFloor": linking.SetFloor,
		"seal.CodeLength": seal.CodeLength, "len(seal.CodeAlphabet)": len(seal.CodeAlphabet),
		"directory.ConnectorSpec.Budget": directory.ConnectorSpec{LockoutThreshold: 5}.Budget(),
		"directory.SessionTTL.Full":      sessions.Full, "directory.SessionTTL.FullIdle": sessions.FullIdle,
		"directory.SessionTTL.Product": sessions.Product, "directory.SessionTTL.ProductIdle": sessions.ProductIdle,
		"op.AuthCodeTTL": op.AuthCodeTTL, "op.AccessTokenTTL": op.AccessTokenTTL,
		"op.RefreshIdleTTL": op.RefreshIdleTTL, "op.RefreshTTL": op.RefreshTTL,
		"web.MaxBody": strconv.Itoa(web.MaxBody>>10) + " KiB",
	}
	for _, name := range sorted(numbers) {
		if want := fmt.Sprintf("| %s | `%s` |\n", told(numbers[name]), name); !strings.Contains(string(text), want) {
			t.Errorf("docs/security.md has no line that ends in %q", want)
		}
	}
	if named := strings.Count(string(text), "` |\n"); named != len(numbers) {
		t.Errorf("docs/security.md names %d constants, this test knows %d", named, len(numbers))
	}
}

// told is a number as documents write it.
func told(value any) string {
	d, ok := value.(time.Duration)
	switch {
	case !ok:
		return fmt.Sprint(value)
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// TestDocumentsSeePlantedViolations shows each check red.
func TestDocumentsSeePlantedViolations(t *testing.T) {
	verbs := readVerbs(planted(t, map[string]string{"cmd/ligature/main.go": "// Command x.\npackage main\n\n" +
		"type cli struct {\n\tDemo demoCmd `cmd:\"\"`\n\tAccount accountCmd `cmd:\"\"`\n}\n" +
		"type demoCmd struct {\n\tPort int\n\tSeparatePorts bool\n\tJSON bool `name:\"json\" short:\"j\"`\n\tFile string `arg:\"\"`\n}\n" +
		"type accountCmd struct {\n\tCreate struct{ Email string } `cmd:\"\"`\n}\n"}))
	for _, c := range []struct {
		name, text string
		want       string // part of the one complaint; empty wants none
	}{
		{"a link", "[there](there.md#a-heading-with-code-and-c) and [out](https://example.com/x)", ""},
		{"a link to nothing", "[gone](gone.md)", "the link gone.md leads nowhere"},
		{"a picture that is gone", `<img src="gone.png" alt="">`, "the link gone.png leads nowhere"},
		{"a heading that is gone", "[there](there.md#nothing)", "leads to a heading that is not there"},
		{"a heading of its own", "# Here\n\n# Here\n\n[up](#here-1)", ""},
		{"a link in code", "`[gone](gone.md)`\n\n```\n[gone](gone.md)\n```", ""},
		{"a command", "```sh\ngo run ./cmd/ligature demo --separate-ports -j --port=8123 | jq . --x\nligature account create --email a\n```", ""},
		{"a verb that is gone", "```sh\ngo run ./cmd/ligature serve\n```", "there is no verb serve"},
		{"a flag that is gone", "```sh\ngo run ./cmd/ligature demo --open\n```", "there is no flag --open"},
		{"a flag of another verb", "```sh\nligature account create --port 1\n```", "there is no flag --port"},
		{"a command of somebody else", "```sh\ncurl --nothing ligature\n```", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{"docs/here.md": {Data: []byte(c.text)}, "docs/there.md": {Data: []byte("## A heading, with `code` and C++\n")}}
			pages := readPages(t, root)
			got := append(checkLinks(pages, root), checkCommands(pages, verbs)...)
			if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
