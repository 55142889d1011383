package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reader decodes one file, or a part of it, and collects what is wrong.
type reader struct {
	*source
	found Mistakes
	bad   map[string]bool // the paths of found
}

// add reports a mistake at a position.
func (r *reader) add(at spot, path, problem, fix string) {
	if r.bad == nil {
		r.bad = map[string]bool{}
	}
	r.bad[path] = true
	r.found = append(r.found, Mistake{File: r.file, Line: min(at.line, r.lines), Column: at.column, Path: path, Problem: problem, Fix: fix})
}

// fault reports a mistake at a path, unless something is already known to be wrong there.
func (r *reader) fault(path, problem, fix string) {
	if r.bad[path] {
		return
	}
	r.add(r.spot(path), path, problem, fix)
}

// field is what the tags of a struct's field say.
type field struct {
	key             string
	at              []int // where it stands in the struct, for reflect
	secret, literal bool
	need            bool
	std, form       string
	example         string
	span            string
	one, later      []string
}

// fields are the fields of a struct that are read from the file, those of inline structs last. Of two with one key the
// first counts, so that a struct around another can declare what the inner one leaves out.
func fields(t reflect.Type) []field {
	var list, inner []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("yaml")
		if !ok || tag == "-" || !f.IsExported() {
			continue
		}
		key, options, _ := strings.Cut(tag, ",")
		if options == "inline" {
			for _, below := range fields(f.Type) {
				below.at = append([]int{i}, below.at...)
				inner = append(inner, below)
			}
			continue
		}
		list = append(list, field{
			key: key, at: []int{i},
			secret:  strings.Contains(options, "secret"),
			literal: strings.Contains(options, "literal"),
			need:    f.Tag.Get("need") == "yes",
			std:     f.Tag.Get("default"),
			form:    f.Tag.Get("form"),
			example: f.Tag.Get("example"),
			span:    f.Tag.Get("range"),
			one:     strings.Fields(f.Tag.Get("one")),
			later:   strings.Fields(f.Tag.Get("later")),
		})
	}
	for _, f := range inner {
		if !slices.ContainsFunc(list, func(outer field) bool { return outer.key == f.key }) {
			list = append(list, f)
		}
	}
	return list
}

// keys are the names under which a field may stand in the file.
func (f field) keys() []string {
	switch {
	case !f.secret:
		return []string{f.key}
	case f.key == "":
		return []string{"file", "env"}
	case f.literal:
		return []string{f.key, f.key + "_file", f.key + "_env"}
	}
	return []string{f.key + "_file", f.key + "_env"}
}

// mapping decodes a mapping node into a struct. A nil node is an absent mapping: defaults apply, nothing is missing.
func (r *reader) mapping(n ast.Node, path string, into reflect.Value) {
	written := map[string]entry{}
	if n != nil {
		if _, ok := pairs(n); !ok {
			r.wrong(n, path, "a mapping (keys and values)", "write its keys indented below it")
			return
		}
		for _, e := range entries(n) {
			written[e.key] = e
		}
	}
	list := fields(into.Type())
	r.unknown(written, list, path)
	for _, f := range list {
		value := into.FieldByIndex(f.at)
		if f.secret {
			r.secret(n, written, path, f, value)
			continue
		}
		below := join(path, f.key)
		if e, ok := written[f.key]; ok {
			r.value(e.value, below, f, value)
			continue
		}
		if f.need && n != nil {
			r.missing(below, f)
			continue
		}
		r.absent(below, f, value)
	}
}

// missing reports an absent key at the mapping that lacks it.
func (r *reader) missing(path string, f field) {
	name := path[len(parent(path)):]
	fix := "add " + strings.TrimPrefix(name, ".")
	if f.example != "" {
		fix += ": " + f.example
	}
	r.fault(path, "is missing", fix)
}

// absent gives a field its default.
func (r *reader) absent(path string, f field, into reflect.Value) {
	switch {
	case f.std != "":
		if problem, _ := r.text(f.std, path, f, into); problem != "" {
			panic("config: the default of " + path + " is wrong: " + problem)
		}
	case into.Kind() == reflect.Struct && !scalar(into):
		r.mapping(nil, path, into)
	}
}

// unknown reports keys that no field has. A secret written out is told apart, because the fix is another one.
func (r *reader) unknown(written map[string]entry, list []field, path string) {
	var known []string
	literal := map[string]field{}
	for _, f := range list {
		known = append(known, f.keys()...)
		if f.secret && !f.literal && f.key != "" {
			literal[f.key] = f
		}
	}
	for key, e := range written {
		if slices.Contains(known, key) {
			continue
		}
		if f, ok := literal[key]; ok {
			r.add(e.keyAt, join(path, key), "secrets are not written into this file",
				"put it into a file and write "+f.key+"_file: PATH, or into the environment and write "+f.key+"_env: NAME")
			continue
		}
		if !r.bad[join(path, key)] {
			r.add(e.keyAt, join(path, key), "unknown key", choose(key, known))
		}
	}
}

// value decodes one value.
func (r *reader) value(n ast.Node, path string, f field, into reflect.Value) {
	switch n.(type) {
	case nil, *ast.NullNode:
		r.fault(path, "has no value", "write one, or remove the line")
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return // index reported it
	}
	if raw, ok := into.Addr().Interface().(*Raw); ok {
		r.raw(n, path, raw)
		return
	}
	if scalar(into) {
		r.scalar(n, path, f, into)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		r.value(n, path, f, into.Elem())
	case reflect.Struct:
		r.mapping(n, path, into)
	case reflect.Slice:
		r.list(n, path, f, into)
	case reflect.Map:
		r.table(n, path, f, into)
	default:
		r.scalar(n, path, f, into)
	}
}

func (r *reader) list(n ast.Node, path string, f field, into reflect.Value) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		r.wrong(n, path, "a list", "write each entry on a line of its own that begins with a hyphen")
		return
	}
	list := reflect.MakeSlice(into.Type(), len(sequence.Values), len(sequence.Values))
	for i, v := range sequence.Values {
		r.value(v, path+"["+strconv.Itoa(i)+"]", f, list.Index(i))
	}
	if problem, fix := inCount(len(sequence.Values), f.span); problem != "" {
		r.fault(path, problem, fix)
	}
	into.Set(list)
}

func (r *reader) table(n ast.Node, path string, f field, into reflect.Value) {
	if _, ok := pairs(n); !ok {
		r.wrong(n, path, "a mapping (keys and values)", "write its keys indented below it")
		return
	}
	table := reflect.MakeMap(into.Type())
	for _, e := range entries(n) {
		value := reflect.New(into.Type().Elem()).Elem()
		r.value(e.value, join(path, e.key), f, value)
		table.SetMapIndex(reflect.ValueOf(e.key).Convert(into.Type().Key()), value)
	}
	into.Set(table)
}

// wrong reports a value of the wrong shape. Only the shape is named: what stands there may be a secret in a wrong place.
func (r *reader) wrong(n ast.Node, path, want, fix string) {
	r.fault(path, fmt.Sprintf("must be %s, not %s", want, shape(n)), fix)
}

func shape(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode:
		return "a number"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a decimal fraction"
	case *ast.BoolNode:
		return "true or false"
	case nil, *ast.NullNode:
		return "nothing"
	}
	return "this"
}
