package ligature_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// How the house is read: every Go file parsed in this process, whatever its build tags. Not by asking the go command:
// the test runner caches a test that does, and it keeps saying yes.

const module = "ligature"

// source is one Go file.
type source struct {
	path string // below the root
	dir  string
	file *ast.File
	fset *token.FileSet
}

// test reports whether the file belongs to a test.
func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// at is a position for a complaint.
func (s source) at(n ast.Node) string { return fmt.Sprintf("%s:%d", s.path, s.line(n.Pos())) }

func (s source) line(p token.Pos) int { return s.fset.Position(p).Line }

// imports lists the import paths with the name each has in this file.
func (s source) imports() map[string]string {
	found := map[string]string{}
	for _, spec := range s.file.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(target)
		if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
			name = path.Base(path.Dir(target))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		found[target] = name
	}
	return found
}

// parse reads every Go file below root but those of other modules, of testdata and of npm.
func parse(t testing.TB, root fs.FS) []source {
	t.Helper()
	var tree []source
	fset := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			base := d.Name()
			if name != "." && (base == "testdata" || base == "node_modules" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			if _, err := fs.Stat(root, path.Join(name, "go.mod")); err == nil && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		tree = append(tree, source{path: name, dir: path.Dir(name), file: file, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	return tree
}

// rowOf finds the row of a folder.
func rowOf(house []row, dir string) (row, bool) {
	i := slices.IndexFunc(house, func(r row) bool { return r.path == dir })
	if i < 0 {
		return row{}, false
	}
	return house[i], true
}

// ours is the folder of an own import path.
func ours(target string) (string, bool) { return strings.CutPrefix(target, module+"/") }

// checkPackages wants a row for every package and a package for every row.
func checkPackages(tree []source, house []row) (complaints []string) {
	there := map[string]bool{}
	for _, s := range tree {
		if !s.test() {
			there[s.dir] = true
		}
	}
	for _, dir := range sorted(there) {
		if _, ok := rowOf(house, dir); !ok {
			complaints = append(complaints, fmt.Sprintf("%s: this package is not in the table of arch_test.go: say what it is for and what it may import", dir))
		}
	}
	seen := map[string]bool{}
	for _, r := range house {
		if !there[r.path] {
			complaints = append(complaints, fmt.Sprintf("%s: in the table of arch_test.go, but there is no such package", r.path))
		}
		if seen[r.path] {
			complaints = append(complaints, fmt.Sprintf("%s: twice in the table of arch_test.go", r.path))
		}
		seen[r.path] = true
	}
	return complaints
}

// checkArrows wants every import of ours to be in the table.
func checkArrows(tree []source, house []row) (complaints []string) {
	for _, s := range tree {
		from, ok := rowOf(house, s.dir)
		if s.test() || !ok {
			continue // a test may import anything; a package without a row has its complaint
		}
		for _, target := range sorted(s.imports()) {
			dir, own := ours(target)
			if !own {
				continue
			}
			to, ok := rowOf(house, dir)
			if !ok {
				complaints = append(complaints, fmt.Sprintf("%s imports %s, which is not in the table", s.path, dir))
				continue
			}
			if why := refuse(from, to); why != "" {
				complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", s.path, dir, why))
			}
		}
	}
	return complaints
}

// refuse says why one package may not import another; empty when it may.
func refuse(from, to row) string {
	switch {
	case from.tests:
		return ""
	case to.tests:
		return "that package is for tests"
	case len(to.only) > 0 && !slices.Contains(to.only, from.path):
		return "only " + strings.Join(to.only, " and ") + " may"
	case slices.Contains(from.imports, strings.TrimPrefix(to.path, "internal/")):
		return ""
	case slices.Contains(from.imports, everything) && len(to.only) == 0 && strings.HasPrefix(to.path, "internal/"):
		return ""
	}
	return "the table has no such arrow"
}

// checkPurity holds the pure packages to their standard packages and modules.
func checkPurity(tree []source, house []row, standard []string) (complaints []string) {
	for _, s := range tree {
		from, _ := rowOf(house, s.dir)
		if s.test() || !from.pure {
			continue
		}
		for _, target := range sorted(s.imports()) {
			if _, own := ours(target); own || slices.Contains(standard, target) || covered(from.outside, target) {
				continue
			}
			complaints = append(complaints, fmt.Sprintf("%s imports %s: %s is pure, and that is not on its list", s.path, target, s.dir))
		}
		for _, use := range uses(s, "time", []string{"Sleep", "Tick", "After", "AfterFunc", "NewTimer", "NewTicker"}) {
			complaints = append(complaints, fmt.Sprintf("%s: %s is pure and does not wait", s.at(use), s.dir))
		}
	}
	return complaints
}

// covered reports whether list has target, or a parent of it followed by /….
func covered(list []string, target string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		parent, below := strings.CutSuffix(entry, "/…")
		return target == parent || below && strings.HasPrefix(target, parent+"/")
	})
}

// uses finds the mentions of names of an imported package.
func uses(s source, pkg string, names []string) (found []ast.Node) {
	local, ok := s.imports()[pkg]
	if !ok {
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, sel.Sel.Name) {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// checkBans keeps what few may use to those few; tests and packages for tests are free.
func checkBans(tree []source, house []row, bans []ban) (complaints []string) {
	for _, s := range tree {
		from, _ := rowOf(house, s.dir)
		if s.test() || from.tests {
			continue
		}
		for _, b := range bans {
			if covered(b.only, s.dir) {
				continue
			}
			if _, imported := s.imports()[b.pkg]; imported && b.names == nil {
				complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", s.path, b.pkg, b.why))
			}
			for _, use := range uses(s, b.pkg, b.names) {
				complaints = append(complaints, fmt.Sprintf("%s: %s.%s: %s", s.at(use), b.pkg, use.(*ast.SelectorExpr).Sel.Name, b.why))
			}
		}
	}
	return complaints
}

// checkCaps limits how much a package may know, directly and along the longest chain. A ring of imports does not
// compile, so there is none to guard against.
func checkCaps(tree []source, house []row) (complaints []string) {
	edges := map[string]map[string]bool{}
	for _, s := range tree {
		r, _ := rowOf(house, s.dir)
		if s.test() || r.tests || r.top && r.path != "internal/server" {
			continue
		}
		if edges[s.dir] == nil {
			edges[s.dir] = map[string]bool{}
		}
		for target := range s.imports() {
			if dir, own := ours(target); own {
				edges[s.dir][dir] = true
			}
		}
	}
	longest := map[string][]string{}
	var chain func(dir string) []string
	chain = func(dir string) []string {
		if known, ok := longest[dir]; ok {
			return known
		}
		var deepest []string
		for _, next := range sorted(edges[dir]) {
			if c := chain(next); len(c) > len(deepest) {
				deepest = c
			}
		}
		longest[dir] = append([]string{dir}, deepest...)
		return longest[dir]
	}
	for _, dir := range sorted(edges) {
		if r, _ := rowOf(house, dir); len(edges[dir]) > fanOutCap && !r.top {
			complaints = append(complaints, fmt.Sprintf("%s imports %d packages of ours, more than %d", dir, len(edges[dir]), fanOutCap))
		}
		if c := chain(dir); len(c) > chainCap {
			complaints = append(complaints, fmt.Sprintf("the chain %s has %d packages, more than %d", strings.Join(c, " → "), len(c), chainCap))
		}
	}
	return complaints
}

// checkLengths wants files and functions that can be read at one go.
func checkLengths(tree []source, long map[string]string) (complaints []string) {
	used := map[string]bool{}
	excused := func(key string) bool {
		used[key] = true
		return long[key] != ""
	}
	for _, s := range tree {
		if s.test() {
			continue
		}
		if n := s.fset.File(s.file.Pos()).LineCount(); n > fileCap && !excused(s.path) {
			complaints = append(complaints, fmt.Sprintf("%s has %d lines, more than %d", s.path, n, fileCap))
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.line(f.End()) - s.line(f.Pos()) + 1; n > functionCap && !excused(s.path+": "+f.Name.Name) {
				complaints = append(complaints, fmt.Sprintf("%s: %s has %d lines, more than %d", s.at(f), f.Name.Name, n, functionCap))
			}
		}
	}
	for _, key := range sorted(long) {
		if !used[key] {
			complaints = append(complaints, fmt.Sprintf("%q is excused from its length and no longer needs it", key))
		}
	}
	return complaints
}

// checkInterfaces wants ports small enough that a fake of one tells the truth.
func checkInterfaces(tree []source) (complaints []string) {
	for _, s := range tree {
		if s.test() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if port, ok := spec.Type.(*ast.InterfaceType); ok {
				if methods := port.Methods.NumFields(); methods > interfaceCap {
					complaints = append(complaints, fmt.Sprintf("%s: interface %s has %d methods, more than %d", s.at(spec), spec.Name.Name, methods, interfaceCap))
				}
			}
			return true
		})
	}
	return complaints
}

// checkState finds what a package keeps to itself: init functions, and variables that begin empty to be filled later.
func checkState(tree []source, house []row, excused map[string]string) (complaints []string) {
	used := map[string]bool{}
	for _, s := range tree {
		if r, _ := rowOf(house, s.dir); s.test() || r.tests {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					complaints = append(complaints, fmt.Sprintf("%s: init runs whether it is wanted or not: make it a function that somebody calls", s.at(d)))
				}
			case *ast.GenDecl:
				for _, name := range emptyVars(d) {
					key := s.path + ": " + name.Name
					used[key] = true
					if excused[key] == "" {
						complaints = append(complaints, fmt.Sprintf("%s: package variable %s is state: hold it in a value that is passed", s.at(name), name.Name))
					}
				}
			}
		}
	}
	for _, key := range sorted(excused) {
		if !used[key] {
			complaints = append(complaints, fmt.Sprintf("%q is excused as state and no longer needs it", key))
		}
	}
	return complaints
}

// emptyVars lists the variables of a declaration that have neither a value nor an embedded file.
func emptyVars(d *ast.GenDecl) (names []*ast.Ident) {
	if d.Tok != token.VAR {
		return nil
	}
	for _, spec := range d.Specs {
		v := spec.(*ast.ValueSpec)
		if len(v.Values) == 0 && !embeds(d.Doc) && !embeds(v.Doc) {
			names = append(names, v.Names...)
		}
	}
	return names
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// sorted lists the keys of a map in order, so that complaints are the same each time.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
