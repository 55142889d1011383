package web

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"text/template/parse"
)

// TestTemplatesFitTheirStructs walks every template with the type of its page: a field or a method that does not exist, in
// a branch that no state reaches too, fails here. It is inside the package because the view is not exported.
func TestTemplatesFitTheirStructs(t *testing.T) {
	renderer := testRenderer(t)
	for _, page := range pages() {
		t.Run(page.Template(), func(t *testing.T) {
			set := renderer.parsed[page.Template()]
			c := &checker{trees: map[string]*parse.Tree{}, page: reflect.TypeOf(page), seen: map[string]bool{}}
			for _, one := range set.Templates() {
				c.trees[one.Name()] = one.Tree
			}
			c.template("layout", reflect.TypeFor[view]())
			for _, problem := range c.problems {
				t.Error(problem)
			}
		})
	}
}

// TestTheWalkFindsMistakes holds the walk itself: it must refuse what is wrong.
func TestTheWalkFindsMistakes(t *testing.T) {
	for name, source := range map[string]string{
		"field of the page":     `{{.P.Nonsense}}`,
		"field of the view":     `{{.Nonsense}}`,
		"in a branch":           `{{if .P.Email}}{{else}}{{.P.Nonsense}}{{end}}`,
		"in a list":             `{{range .P.Products}}{{.Nonsense}}{{end}}`,
		"through a variable":    `{{$f := .For "a" true}}{{$f.Nonsense}}`,
		"argument of a method":  `{{.H "a" "b" .P.Nonsense}}`,
		"a template not there":  `{{template "nonsense" .}}`,
		"a function we do not":  `{{printf "%s" .P.Email}}`,
		"field after with":      `{{with .P.Email}}{{.Nonsense}}{{end}}`,
		"the root in a list":    `{{range .P.Products}}{{$.P.Nonsense}}{{end}}`,
		"a template's argument": `{{define "part"}}{{.P.Nonsense}}{{end}}{{template "part" .}}`,
	} {
		t.Run(name, func(t *testing.T) {
			trees, err := parse.Parse("root", source, "", "", map[string]any{"printf": fmt.Sprintf})
			if err != nil {
				t.Fatal(err)
			}
			c := &checker{trees: trees, page: reflect.TypeFor[LinkedPage](), seen: map[string]bool{}}
			c.template("root", reflect.TypeFor[view]())
			if len(c.problems) == 0 {
				t.Error("nothing found")
			}
		})
	}
}

func testRenderer(t *testing.T) *Renderer {
	t.Helper()
	catalog, err := NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := NewAssets(Brand{Account: "A", Company: "C"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := NewRenderer(catalog, assets)
	if err != nil {
		t.Fatal(err)
	}
	return renderer
}

// checker follows the types through a set of templates.
type checker struct {
	trees    map[string]*parse.Tree
	page     reflect.Type // what .P is
	seen     map[string]bool
	problems []string
}

// scope is what names mean at a place: the dot and the variables. A nil type is not known and not followed.
type scope struct {
	dot  reflect.Type
	vars map[string]reflect.Type
}

func (s scope) with(dot reflect.Type) scope { return scope{dot, maps.Clone(s.vars)} }

func (c *checker) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) template(name string, dot reflect.Type) {
	key := fmt.Sprint(name, dot)
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	tree := c.trees[name]
	if tree == nil {
		c.fail("no template %q", name)
		return
	}
	c.node(tree.Root, scope{dot, map[string]reflect.Type{"$": dot}})
}

func (c *checker) node(n parse.Node, s scope) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				c.node(child, s)
			}
		}
	case *parse.ActionNode:
		c.pipe(n.Pipe, s)
	case *parse.IfNode:
		c.pipe(n.Pipe, s)
		c.node(n.List, s.with(s.dot))
		c.node(n.ElseList, s.with(s.dot))
	case *parse.WithNode:
		inner := s.with(c.pipe(n.Pipe, s))
		c.node(n.List, inner)
		c.node(n.ElseList, s.with(s.dot))
	case *parse.RangeNode:
		of := c.pipe(n.Pipe, s)
		if of != nil && of.Kind() != reflect.Slice {
			c.fail("%s: range over %s", n, of)
			return
		}
		if of != nil {
			of = of.Elem()
		}
		c.node(n.List, s.with(of))
		c.node(n.ElseList, s.with(s.dot))
	case *parse.TemplateNode:
		var dot reflect.Type
		if n.Pipe != nil {
			dot = c.pipe(n.Pipe, s)
		}
		c.template(n.Name, dot)
	}
}

// pipe is the type of a pipeline; it declares the variables that the pipeline declares.
func (c *checker) pipe(p *parse.PipeNode, s scope) reflect.Type {
	var last reflect.Type
	for _, cmd := range p.Cmds {
		last = c.command(cmd, s)
	}
	for _, v := range p.Decl {
		s.vars[v.Ident[0]] = last
	}
	return last
}

func (c *checker) command(cmd *parse.CommandNode, s scope) reflect.Type {
	for _, arg := range cmd.Args[1:] {
		c.argument(arg, s)
	}
	return c.argument(cmd.Args[0], s)
}

func (c *checker) argument(n parse.Node, s scope) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return c.fields(n, s.dot, n.Ident)
	case *parse.VariableNode:
		return c.fields(n, s.vars[n.Ident[0]], n.Ident[1:])
	case *parse.ChainNode:
		return c.fields(n, c.argument(n.Node, s), n.Field)
	case *parse.PipeNode:
		return c.pipe(n, s)
	case *parse.StringNode:
		return reflect.TypeFor[string]()
	case *parse.BoolNode, *parse.NumberNode, *parse.NilNode:
		return nil
	case *parse.IdentifierNode:
		// The escaper's own functions begin with an underscore.
		if !slices.Contains([]string{"eq", "and", "or", "not", "print"}, n.Ident) && n.Ident[0] != '_' {
			c.fail("function %s is not followed here", n.Ident)
		}
		return nil
	default:
		c.fail("%s: %T is not followed here", n, n)
		return nil
	}
}

// fields follows .A.B.C from a type.
func (c *checker) fields(n parse.Node, from reflect.Type, names []string) reflect.Type {
	for _, name := range names {
		if from == nil {
			c.fail("%s: the type before .%s is not known", n, name)
			return nil
		}
		if m, ok := from.MethodByName(name); ok {
			from = m.Type.Out(0)
		} else if f, ok := field(from, name); ok {
			from = f.Type
		} else {
			c.fail("%s: %s has no %s", n, from, name)
			return nil
		}
		if from == reflect.TypeFor[Page]() {
			from = c.page
		}
	}
	return from
}

func field(of reflect.Type, name string) (reflect.StructField, bool) {
	if of.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	f, ok := of.FieldByName(name)
	return f, ok && f.IsExported()
}
