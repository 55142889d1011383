package ligature_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The words of the trade. Each thing has one name, in code, tables and documents; the names it does not have are here,
// with the reason. A word is matched whole, as one hump of a camel-case name.

// word is a name that is not used.
type word struct {
	bad   string   // a pattern over the whole name, its humps apart: accountID is "account ID"; (?i) where case says nothing
	kinds []string // of: type, func, field, value, package, any
	why   string
	only  []string // folders where it means something else and may stand; a trailing /… covers those below
}

var words = []word{
	{`(?i).*\b(User|Users)\b.*`, []string{"type"}, "say Account (the person here) or ProductAccount (the record in a product)", []string{"internal/demo/…"}},
	{`(?i).*\bRealm\b.*`, []string{"any"}, "say Tenant: a realm is HTTP authentication's", nil},
	{`(?i).*\b(Organization|Organisation|Customer)\b.*`, []string{"any"}, "say Tenant: products have organisations inside", nil},
	{`(?i).*\b(App|Application|Apps)\b.*`, []string{"type"}, "say Product, or Client for its OAuth registration", nil},
	{`(?i).*\b(Manager|Helper|Helpers|Util|Utils|Misc)\b.*`, []string{"type"}, "say what it does", nil},
	{`(?i)Service|.* Service`, []string{"type"}, "say Product; what acts has a name of its own", []string{"internal/linking", "internal/op"}},
	{`util|utils|helper|helpers|common|misc|types|models|base|shared|service|services`, []string{"package"}, "a package is named after what it holds", nil},
	{`(?i)Identity Provider`, []string{"any"}, "this is the identity provider; an upstream has another name", nil},
	{`(?i)Issuer`, []string{"type"}, "the issuer is a URL; what makes signatures is a Signer", nil},
	{`(?i)(Code|Token)`, []string{"any"}, "three things are called code and three token: AuthCode, OTP, Kind; AccessToken, StepToken, MailToken", nil},
	{`(?i).*\b(Confirm|Confirmation|Reset|Mail|Magic|Email|Verification|Not Me|Cancel) Link`, []string{"any"}, "a Link joins an account and a product account: an address ends in URL", []string{"internal/demo/…"}},
	{`(?i)Link (URL|Href)`, []string{"any"}, "a Link joins an account and a product account: name the URL after where it leads", nil},
	{`Get( .*)?`, []string{"func"}, "looking up is the noun alone (getPassword is a handler)", nil},
	{`.*\bId\b.*`, []string{"any"}, "say ID", nil},
	{`.*\b(Url|Uri|Http|Json|Html|Sql)\b.*`, []string{"any"}, "initials keep their case", nil},
	{`(?i).*\bAdmin\b.*`, []string{"type", "func"}, "say Operator", []string{"internal/demo/…"}},
	{`(?i).*\b(Sub|Subject) Id.*`, []string{"any"}, "a subject is not an identifier of ours", nil},
}

// parameters and variables are too many to have long names, but these two never say which of three things they are.
var bareNames = map[string]string{
	"code":  "say which: authCode, otp, status, kind",
	"token": "say which: accessToken, stepToken, mailToken",
}

// instants lists struct fields of type time.Time ("package.Type.Field") whose name ends otherwise, with the reason.
var instants = map[string]string{
	"inbox.Message.Date": "it is the mail's Date header, under the header's name",
}

func TestWords(t *testing.T) {
	root := os.DirFS(".")
	tree := parse(t, root)
	for name, complaints := range map[string][]string{
		"names":     checkWords(tree, words),
		"bare":      checkBareNames(tree, bareNames),
		"instants":  checkInstants(tree, instants),
		"comments":  checkComments(tree, house),
		"documents": checkDocuments(tree, root),
	} {
		t.Run(name, func(t *testing.T) {
			for _, complaint := range complaints {
				t.Error(complaint)
			}
		})
	}
}

// declared is one name that a file declares.
type declared struct {
	name string
	kind string // type, func, field, value, package
	node ast.Node
}

// declares lists what a file declares at the top, with fields of structs and methods of interfaces.
func declares(s source) (found []declared) {
	found = append(found, declared{s.file.Name.Name, "package", s.file.Name})
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			found = append(found, declared{d.Name.Name, "func", d.Name})
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch v := spec.(type) {
				case *ast.TypeSpec:
					found = append(found, declared{v.Name.Name, "type", v.Name})
					found = append(found, members(v)...)
				case *ast.ValueSpec:
					for _, name := range v.Names {
						found = append(found, declared{name.Name, "value", name})
					}
				}
			}
		}
	}
	return found
}

// members lists the fields of a struct or the methods of an interface.
func members(spec *ast.TypeSpec) (found []declared) {
	list, kind := (*ast.FieldList)(nil), "field"
	switch v := spec.Type.(type) {
	case *ast.StructType:
		list = v.Fields
	case *ast.InterfaceType:
		list, kind = v.Methods, "func"
	}
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			found = append(found, declared{name.Name, kind, name})
		}
	}
	return found
}

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])`)

// spelled writes a name as words: "confirmURL" is "confirm URL".
func spelled(name string) string {
	return hump.ReplaceAllString(name, "$1$3 $2$4")
}

// checkWords wants no declared name to be, or to hold, a word that is not used. Tests and main packages are held to it
// like the rest: a reader does not know where a name comes from.
func checkWords(tree []source, words []word) (complaints []string) {
	patterns := make([]*regexp.Regexp, len(words))
	for i, w := range words {
		patterns[i] = regexp.MustCompile("^(?:" + w.bad + ")$")
	}
	for _, s := range tree {
		if s.test() {
			continue
		}
		for _, d := range declares(s) {
			for i, w := range words {
				if covered(w.only, s.dir) || !slices.Contains(w.kinds, d.kind) && (w.kinds[0] != "any" || d.kind == "package") {
					continue
				}
				name := d.name
				if d.kind != "package" {
					name = spelled(name)
				}
				if patterns[i].MatchString(name) {
					complaints = append(complaints, fmt.Sprintf("%s: %s %s: %s", s.at(d.node), d.kind, d.name, w.why))
				}
			}
		}
	}
	return complaints
}

// checkBareNames looks at every name a file introduces, parameters and variables included.
func checkBareNames(tree []source, bare map[string]string) (complaints []string) {
	for _, s := range tree {
		if s.test() {
			continue
		}
		say := func(names ...*ast.Ident) {
			for _, name := range names {
				if why := bare[name.Name]; why != "" {
					complaints = append(complaints, fmt.Sprintf("%s: %s: %s", s.at(name), name.Name, why))
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch v := n.(type) {
			case *ast.Field:
				say(v.Names...)
			case *ast.ValueSpec:
				say(v.Names...)
			case *ast.AssignStmt:
				if v.Tok == token.DEFINE {
					for _, left := range v.Lhs {
						if name, ok := left.(*ast.Ident); ok {
							say(name)
						}
					}
				}
			case *ast.RangeStmt:
				for _, side := range []ast.Expr{v.Key, v.Value} {
					if name, ok := side.(*ast.Ident); ok && v.Tok == token.DEFINE {
						say(name)
					}
				}
			}
			return true
		})
	}
	return complaints
}

var instant = regexp.MustCompile(`^([a-zA-Z]*(At|Deadline)|at|now|Now)$`)

// checkInstants wants exported fields that hold an instant to say so.
func checkInstants(tree []source, excused map[string]string) (complaints []string) {
	used := map[string]bool{}
	for _, s := range tree {
		if s.test() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range st.Fields.List {
				if sel, ok := field.Type.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Time" || fmt.Sprint(sel.X) != "time" {
					continue
				}
				for _, name := range field.Names {
					key := s.file.Name.Name + "." + spec.Name.Name + "." + name.Name
					used[key] = true
					if name.IsExported() && !instant.MatchString(name.Name) && excused[key] == "" {
						complaints = append(complaints, fmt.Sprintf("%s: field %s is an instant: its name ends in At, a limit's in Deadline", s.at(name), name.Name))
					}
				}
			}
			return true
		})
	}
	for _, key := range sorted(excused) {
		if !used[key] {
			complaints = append(complaints, fmt.Sprintf("%q is excused and is not there", key))
		}
	}
	return complaints
}

// checkComments wants a promise at every package and every exported name.
func checkComments(tree []source, house []row) (complaints []string) {
	said := map[string]bool{}
	dirs := map[string]bool{}
	for _, s := range tree {
		if s.test() {
			continue
		}
		dirs[s.dir] = true
		said[s.dir] = said[s.dir] || s.file.Doc.Text() != ""
		if s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, name := range silent(decl) {
				complaints = append(complaints, fmt.Sprintf("%s: %s is exported and says nothing of itself", s.at(name), name.Name))
			}
		}
	}
	for _, dir := range sorted(dirs) {
		if !said[dir] {
			complaints = append(complaints, fmt.Sprintf("%s: the package says nothing of itself", dir))
		}
	}
	return complaints
}

// silent lists the exported names of a declaration that have no comment: neither their own nor their group's.
func silent(decl ast.Decl) (names []*ast.Ident) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && exportedReceiver(d) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch v := spec.(type) {
			case *ast.TypeSpec:
				if v.Name.IsExported() && v.Doc.Text() == "" && d.Doc.Text() == "" {
					names = append(names, v.Name)
				}
			case *ast.ValueSpec:
				if v.Doc.Text() != "" || v.Comment.Text() != "" || d.Doc.Text() != "" {
					continue
				}
				for _, name := range v.Names {
					if name.IsExported() {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// exportedReceiver reports whether others can name what the method belongs to; true for a function.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	at := d.Recv.List[0].Type
	for {
		switch v := at.(type) {
		case *ast.StarExpr:
			at = v.X
		case *ast.IndexExpr:
			at = v.X
		case *ast.IndexListExpr:
			at = v.X
		case *ast.Ident:
			return v.IsExported()
		default:
			return true
		}
	}
}

var document = regexp.MustCompile(`[A-Za-z0-9_][A-Za-z0-9_./-]*\.md\b`)

// checkDocuments wants a document that a comment points to be there: at the root, in docs, or beside the file.
func checkDocuments(tree []source, root fs.FS) (complaints []string) {
	for _, s := range tree {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				for _, name := range document.FindAllString(c.Text, -1) {
					places := []string{name, path.Join("docs", name), path.Join("docs/adr", name), path.Join(s.dir, name)}
					if !slices.ContainsFunc(places, func(place string) bool { _, err := fs.Stat(root, path.Clean(place)); return err == nil }) {
						complaints = append(complaints, fmt.Sprintf("%s: the comment points to %s, which is not in the repository", s.at(c), name))
					}
				}
			}
		}
	}
	return complaints
}

func TestWordsSeePlantedViolations(t *testing.T) {
	named := func(tree []source) []string { return checkWords(tree, words) }
	barely := func(tree []source) []string { return checkBareNames(tree, bareNames) }
	timed := func(tree []source) []string { return checkInstants(tree, nil) }
	commented := func(tree []source) []string { return checkComments(tree, plantedHouse) }
	pointed := func(tree []source) []string { return checkDocuments(tree, fstest.MapFS{"docs/there.md": {}}) }
	for _, c := range []struct {
		name  string
		check func([]source) []string
		text  string // of internal/pure/words.go, after the package clause
		want  string // part of the one complaint; empty wants none
	}{
		{"a user", named, "// ProductUser is one.\ntype ProductUser struct{}", "say Account"},
		{"a realm as a field", named, "type suite struct{ realm string }", "say Tenant"},
		{"an organisation", named, "const maxOrganization = 1", "say Tenant"},
		{"an app", named, "type clientApp struct{}", "say Product"},
		{"appending is no app", named, "type appender struct{}", ""},
		{"a manager", named, "type linkManager struct{}", "say what it does"},
		{"a service", named, "type MailService struct{}", "say Product"},
		{"a bare code", named, "type grant struct{ Code string }", "three things are called code"},
		{"an authorization code", named, "type grant struct{ AuthCode string }", ""},
		{"a link that is an address", named, "func confirmLink() {}", "an address ends in URL"},
		{"a link's address", named, "type mail struct{ LinkURL string }", "name the URL after where it leads"},
		{"a link that is a link", named, "type ActiveLink struct{}", ""},
		{"get", named, "func GetFlow() {}", "the noun alone"},
		{"a method of a port", named, "type Store interface{ GetFlow() }", "the noun alone"},
		{"a handler that answers GET", named, "func getPassword() {}", ""},
		{"Id", named, "type row struct{ accountId string }", "say ID"},
		{"Url", named, "type row struct{ BaseUrl string }", "initials keep their case"},
		{"an initial at the front", named, "type row struct{ idPattern, url string }", ""},
		{"an admin", named, "func AdminPage() {}", "say Operator"},
		{"a bare parameter", barely, "func f(token string) {}", "say which: accessToken"},
		{"a bare variable", barely, "func f() { code := 1; _ = code }", "say which: authCode"},
		{"a bare loop variable", barely, "func f() { for _, code := range x { _ = code } }", "say which: authCode"},
		{"an instant", timed, "type T struct{ Created time.Time }", "field Created is an instant"},
		{"an instant with its name", timed, "type T struct{ CreatedAt, Deadline time.Time; seen time.Time }", ""},
		{"a silent function", commented, "func Loud() {}", "Loud is exported and says nothing"},
		{"a silent method", commented, "// T is.\ntype T struct{}\n\nfunc (t *T) Loud() {}", "Loud is exported and says nothing"},
		{"a silent method of a private type", commented, "type t struct{}\n\nfunc (t) Error() {}", ""},
		{"a silent type", commented, "type Loud int", "Loud is exported and says nothing"},
		{"a silent value", commented, "var Loud = 1", "Loud is exported and says nothing"},
		{"a group that says it", commented, "// The kinds.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
		{"a document that is gone", pointed, "// See gone.md §3.\nvar x = 1", "points to gone.md"},
		{"a document that is there", pointed, "// See there.md.\nvar x = 1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.check(planted(t, map[string]string{"internal/pure/words.go": "package pure\n\n" + c.text + "\n", "cmd/main/main.go": "// Command main.\npackage main\n"}))
			if c.want == "" {
				if len(got) != 0 {
					t.Errorf("got %q, want none", got)
				}
				return
			}
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("got %q, want one complaint with %q", got, c.want)
			}
		})
	}
	t.Run("a silent package", func(t *testing.T) {
		got := commented(planted(t, map[string]string{"internal/pure/pure.go": "package pure\n", "cmd/main/main.go": "// Command main.\npackage main\n"}))
		if len(got) != 1 || !strings.Contains(got[0], "internal/pure: the package says nothing") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a package named after nothing", func(t *testing.T) {
		got := named(planted(t, map[string]string{"internal/util/util.go": "// Package util is.\npackage util\n"}))
		if len(got) != 1 || !strings.Contains(got[0], "a package is named after what it holds") {
			t.Errorf("got %q", got)
		}
	})
}
