package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of what is looked at. The parser is recursive and quadratic in places, and a stack overflow cannot be caught.
const (
	maxFileBytes = 1 << 20
	maxBrackets  = 200
	maxIndent    = 500
)

// spot is a position in the file, counted from 1.
type spot struct{ line, column int }

// place is where a value stands and where its key stands. For an entry of a list, both are the entry.
type place struct{ key, value spot }

// source is one file: its name, what it holds, and how to reach what it refers to.
type source struct {
	file   string
	dir    string
	read   func(string) ([]byte, error)
	env    func(string) string
	root   ast.Node
	places map[string]place
	lines  int // how many there are; the parser counts one more at times
}

// spot is where path stands; for something that is not there, where the nearest thing around it stands.
func (s *source) spot(path string) spot {
	if p, ok := s.places[path]; ok {
		return p.value
	}
	for path != "" {
		path = parent(path)
		if p, ok := s.places[path]; ok {
			return p.key
		}
	}
	return spot{1, 1}
}

// parent is the path without its last part.
func parent(path string) string {
	if strings.HasSuffix(path, `"]`) {
		if at := strings.LastIndex(path, `["`); at >= 0 {
			return path[:at]
		}
	}
	if at := strings.LastIndexAny(path, ".["); at >= 0 {
		return path[:at]
	}
	return ""
}

// join names a key below path.
func join(path, key string) string {
	for _, c := range []byte(key) {
		if !word(c) {
			return path + "[" + strconv.Quote(key) + "]"
		}
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func word(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// open parses the text and says what is wrong with it as YAML.
func (r *reader) open(data []byte) {
	data = []byte(strings.TrimPrefix(string(data), "\ufeff"))
	r.lines = strings.Count(string(data), "\n") + 1
	if !r.bounded(data) {
		return
	}
	file, err := parse(data)
	if err != nil {
		r.syntax(data, err)
		return
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc == nil || doc.Body == nil {
			continue
		}
		if _, ok := doc.Body.(*ast.DirectiveNode); ok {
			r.add(start(doc.Body), "", "YAML directives (%) are not used in this file", "remove the line")
			continue
		}
		bodies = append(bodies, doc.Body)
	}
	if len(bodies) == 0 {
		// Nothing, or comments alone.
		r.add(spot{1, 1}, "", "the file says nothing", "begin with docs/examples/ligature.yaml")
		return
	}
	for _, extra := range bodies[1:] {
		r.add(start(extra), "", "a second document begins here", "keep one document in the file and remove the ---")
	}
	r.root = bodies[0]
	r.index(r.root, "", place{spot{1, 1}, start(r.root)})
}

// bounded refuses what is too large, too deep or not UTF-8 before the parser sees it.
func (r *reader) bounded(data []byte) bool {
	if len(data) > maxFileBytes {
		r.add(spot{1, 1}, "", "the file is larger than 1 MiB", "keep what belongs to one suite in it")
		return false
	}
	open, line := 0, 0
	for text := range strings.Lines(string(data)) {
		line++
		if !utf8.ValidString(text) {
			r.add(spot{line, 1}, "", "this line is not UTF-8", "save the file as UTF-8")
			return false
		}
		if strings.Contains(strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), "\r") {
			r.add(spot{line, 1}, "", "this line has a carriage return inside", "end lines with a line feed")
			return false
		}
		indent := len(text) - len(strings.TrimLeft(text, " \t-?:"))
		for _, c := range []byte(text) {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
		}
		if open > maxBrackets || indent > maxIndent {
			r.add(spot{line, 1}, "", "this is nested too deeply", "nothing in this file needs more than ten levels")
			return false
		}
	}
	return true
}

// parse turns a panic of the parser into an error: a file of whatever shape may not end the process without a position.
func parse(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the YAML parser gave up: %v", p)
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

// syntax reports why the text is not YAML. The parser stops at the first error, except that all lines indented with
// tabs are told at once.
func (r *reader) syntax(data []byte, err error) {
	at, problem := spot{1, 1}, "this cannot be read as YAML"
	var positioned interface {
		error
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &positioned) {
		at, problem = spotOf(positioned.GetToken(), at), positioned.GetMessage()
	}
	if strings.Contains(problem, "\t") && r.tabs(data) {
		return
	}
	fix := "compare the indentation and the quotes of this line and the line before it"
	switch {
	case strings.Contains(problem, "end character of"):
		problem, fix = "a quoted text has no end", "close the quote"
	case strings.Contains(problem, "mapping value is not allowed"):
		problem, fix = "a second key on one line", "put text that contains a colon and a space in quotes, or begin a new line"
	case strings.Contains(problem, "reserved character"):
		fix = "put the value in quotes"
	case strings.Contains(problem, "sequence end token"), strings.Contains(problem, "flow mapping end token"):
		problem, fix = "a bracket has no end", "close the bracket"
	}
	r.add(at, "", "not YAML: "+problem, fix)
}

// tabs reports every line that is indented with a tab.
func (r *reader) tabs(data []byte) bool {
	line, any := 0, false
	for text := range strings.Lines(string(data)) {
		line++
		rest := strings.TrimLeft(text, " ")
		if strings.HasPrefix(rest, "\t") && strings.TrimSpace(rest) != "" {
			r.add(spot{line, len(text) - len(rest) + 1}, "", "the line is indented with a tab", "indent with spaces")
			any = true
		}
	}
	return any
}

// entry is one key of a mapping.
type entry struct {
	key   string
	keyAt spot
	value ast.Node
}

// pairs are the values of a mapping node; ok is false when it is none.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// entries are the usable keys of a mapping, the first of each name; what is not usable was reported by index.
func entries(n ast.Node) []entry {
	values, _ := pairs(n)
	var list []entry
	seen := map[string]bool{}
	for _, v := range values {
		key, ok := keyText(v.Key)
		if !ok || seen[key] {
			continue
		}
		seen[key] = true
		list = append(list, entry{key: key, keyAt: start(v.Key), value: v.Value})
	}
	return list
}

func keyText(n ast.MapKeyNode) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		if t := n.GetToken(); t != nil {
			return t.Value, true
		}
	}
	return "", false
}

// index notes where everything stands, and reports the parts of YAML that are not used here.
func (r *reader) index(n ast.Node, path string, at place) {
	r.places[path] = at
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		r.indexPairs(n, path)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			below := start(v)
			if v == nil {
				below = at.value
			}
			r.index(v, path+"["+strconv.Itoa(i)+"]", place{below, below})
		}
	case *ast.AnchorNode, *ast.AliasNode:
		r.add(at.value, path, "anchors and aliases (& and *) are not used in this file", "write the value out")
	case *ast.TagNode:
		r.add(at.value, path, "YAML tags (!) are not used in this file", "put the value in quotes to make it text")
	}
}

func (r *reader) indexPairs(n ast.Node, path string) {
	values, _ := pairs(n)
	first := map[string]spot{}
	for _, v := range values {
		at := start(v.Key)
		key, ok := keyText(v.Key)
		if !ok {
			r.add(at, path, "this is not a plain key", "write key: value; merge keys (<<), tags and ? are not used in this file")
			continue
		}
		below := join(path, key)
		if again, dup := first[key]; dup {
			r.add(at, below, "the key was already written on line "+strconv.Itoa(again.line), "keep one of the two")
			continue
		}
		first[key] = at
		value := start(v.Value)
		if v.Value == nil {
			value = at
		}
		r.index(v.Value, below, place{at, value})
	}
}

// start is where a node begins: of a block mapping, its first key.
func start(n ast.Node) spot {
	switch n := n.(type) {
	case nil:
		return spot{1, 1}
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 && n.Values[0].Key != nil {
			return start(n.Values[0].Key)
		}
		return spotOf(n.Start, spot{1, 1})
	case *ast.MappingValueNode:
		if n.Key != nil {
			return start(n.Key)
		}
	}
	return spotOf(n.GetToken(), spot{1, 1})
}

func spotOf(t *token.Token, otherwise spot) spot {
	if t == nil || t.Position == nil {
		return otherwise
	}
	return spot{max(1, t.Position.Line), max(1, t.Position.Column)}
}
