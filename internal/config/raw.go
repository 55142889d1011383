package config

import (
	"encoding/json"
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

// Raw is a part of the file that this package does not understand: the options of a connector. The adapter that does
// understand them gives a struct with this package's tags (they need no import), and Decode is as strict as the rest.
// The zero value stands for a mapping that is absent, and decodes to the defaults.
type Raw struct {
	source *source
	node   ast.Node
	path   string
}

// checker is what an option struct may have: rules that need more than one field. It reports each problem with the key
// below the struct ("by_email", "columns.id"), what is wrong and what to do.
type checker interface {
	Check(report func(key, problem, fix string))
}

// raw keeps a mapping for later.
func (r *reader) raw(n ast.Node, path string, into *Raw) {
	if _, ok := pairs(n); !ok {
		r.wrong(n, path, "a mapping (keys and values)", "write its keys indented below it")
		return
	}
	*into = Raw{source: r.source, node: n, path: path}
}

// IsZero reports that nothing was written.
func (w Raw) IsZero() bool { return w.node == nil }

// Path is where the part stands in the file, as in "suite.connectors[0].sql".
func (w Raw) Path() string { return w.path }

// Decode fills the struct that into points to and gives every mistake, in the order of the file; none means that it is
// right. If into has a method Check(report func(key, problem, fix string)), it is called last.
func (w Raw) Decode(into any) Mistakes {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.Elem().Kind() != reflect.Struct {
		panic("config: Raw.Decode wants a pointer to a struct")
	}
	src := w.source
	if src == nil {
		src = &source{places: map[string]place{}, lines: 1}
	}
	r := &reader{source: src}
	r.mapping(w.node, w.path, target.Elem())
	if c, ok := into.(checker); ok {
		c.Check(func(key, problem, fix string) {
			r.fault(w.path+"."+key, problem, fix)
		})
	}
	return r.found.sorted()
}

// Mistake makes a mistake at a key below this part ("url", "columns.id"; empty for the part itself), for what turns out
// only when the adapter uses the options, such as a database account that may write.
func (w Raw) Mistake(key, problem, fix string) Mistake {
	src := w.source
	if src == nil {
		src = &source{}
	}
	path := w.path
	if key != "" {
		path += "." + key
	}
	at := src.spot(path)
	return Mistake{File: src.file, Line: at.line, Column: at.column, Path: path, Problem: problem, Fix: fix}
}

// JSON is the part as it is written, for keeping beside what else was declared: names of files and variables instead of
// the secrets in them. It means something only after Decode found no mistake; "{}" when nothing was written.
func (w Raw) JSON() ([]byte, error) {
	if w.node == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(written(w.node))
}

// written is a node as encoding/json wants it.
func written(n ast.Node) any {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		table := map[string]any{}
		for _, e := range entries(n) {
			table[e.key] = written(e.value)
		}
		return table
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, v := range n.Values {
			list[i] = written(v)
		}
		return list
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		if n.Value != nil {
			return n.Value.Value
		}
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	}
	return nil
}

// String says that there is something without showing it.
func (w Raw) String() string { return "[options]" }

// GoString hides, as String.
func (w Raw) GoString() string { return "[options]" }
