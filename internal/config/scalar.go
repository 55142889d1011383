package config

import (
	"encoding"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"ligature/internal/ident"
)

// scalar reports that a type is written as one text although its kind says otherwise.
func scalar(v reflect.Value) bool {
	switch v.Addr().Interface().(type) {
	case *ident.Email, *netip.Prefix, *Mailbox, *File, *Mark, *KeySet:
		return true
	case encoding.TextUnmarshaler:
		return true
	}
	return false
}

// scalar decodes a text, number or truth value.
func (r *reader) scalar(n ast.Node, path string, f field, into reflect.Value) {
	text, ok := r.written(n, path, f, into)
	if !ok {
		return
	}
	if problem, fix := r.text(text, path, f, into); problem != "" {
		r.fault(path, problem, fix)
	}
}

// written is the text of a node, when its type in YAML is the one that the field wants.
func (r *reader) written(n ast.Node, path string, f field, into reflect.Value) (string, bool) {
	if into.Type() == reflect.TypeFor[time.Duration]() {
		return r.plain(n, path, "a duration", "write a number and a unit, as in 30s, 15m, 12h or 30d")
	}
	if scalar(into) {
		return r.plain(n, path, "text", "put it in quotes")
	}
	switch into.Kind() {
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			return strconv.FormatBool(b.Value), true
		}
		r.wrong(n, path, "true or false", "write true or false, without quotes")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if i, ok := n.(*ast.IntegerNode); ok && i.Token != nil {
			return i.Token.Value, true
		}
		r.wrong(n, path, "a whole number", "write digits, without quotes")
	case reflect.Float32, reflect.Float64:
		switch n.(type) {
		case *ast.IntegerNode, *ast.FloatNode:
			return n.GetToken().Value, true
		}
		r.wrong(n, path, "a number", "write digits, without quotes")
	default:
		if len(f.one) > 0 {
			return r.plain(n, path, "text", "use "+anyOf(f.one))
		}
		return r.plain(n, path, "text", "put it in quotes")
	}
	return "", false
}

// plain is the text of a text node.
func (r *reader) plain(n ast.Node, path, want, fix string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value != nil {
			return n.Value.Value, true
		}
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		fix = "write one value"
	}
	r.wrong(n, path, want, fix)
	return "", false
}

// text sets a field from its text; a problem leaves what could be set, so that references to it are still found.
func (r *reader) text(text, path string, f field, into reflect.Value) (problem, fix string) {
	switch target := into.Addr().Interface().(type) {
	case *time.Duration:
		return setDuration(text, f, target)
	case *ident.Email:
		return setEmail(text, target)
	case *netip.Prefix:
		return setPrefix(text, target)
	case *Mailbox:
		return setMailbox(text, target)
	case *File:
		return r.setFile(text, target)
	case *Mark:
		return r.setMark(text, target)
	case *KeySet:
		return r.setKeySet(text, target)
	case encoding.TextUnmarshaler:
		if err := target.UnmarshalText([]byte(text)); err != nil {
			return err.Error(), f.hint()
		}
		return "", ""
	}
	switch into.Kind() {
	case reflect.Bool:
		into.SetBool(text == "true")
		return "", ""
	case reflect.Slice: // of texts, in a default
		for _, word := range strings.Fields(text) {
			into.Set(reflect.Append(into, reflect.ValueOf(word).Convert(into.Type().Elem())))
		}
		return "", ""
	case reflect.String:
		into.SetString(text)
		return f.check(text)
	case reflect.Float32, reflect.Float64:
		number, err := strconv.ParseFloat(text, into.Type().Bits())
		if err != nil {
			return "is not a number that fits here", f.hint()
		}
		into.SetFloat(number)
		return "", ""
	}
	return setWhole(text, f, into)
}

// check holds a text against the field's words and form.
func (f field) check(text string) (problem, fix string) {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty", "write a value, or remove the line"
	case slices.Contains(f.later, text):
		return text + " is not available in this version", "use " + anyOf(f.one)
	case len(f.one) > 0 && !slices.Contains(f.one, text):
		return shown(text) + " is not one of the values known here", choose(text, f.one)
	}
	problem, fix = form(f.form, text)
	return problem, fix
}

func (f field) hint() string {
	if f.example == "" {
		return "see the reference"
	}
	return "write it as in " + f.example
}

func setWhole(text string, f field, into reflect.Value) (problem, fix string) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" || (len(digits) > 1 && digits[0] == '0') {
		return shown(text) + " is not a plain decimal number", "write digits alone, without a leading zero, as in 16"
	}
	number, err := strconv.ParseInt(text, 10, 64)
	negative := into.CanUint() && number < 0
	if err != nil || negative || (into.CanInt() && into.OverflowInt(number)) || (into.CanUint() && into.OverflowUint(uint64(number))) {
		return text + " does not fit here", f.hint()
	}
	if into.CanUint() {
		into.SetUint(uint64(number))
	} else {
		into.SetInt(number)
	}
	least, most, ok := strings.Cut(f.span, "..")
	if !ok {
		return "", ""
	}
	low, _ := strconv.ParseInt(least, 10, 64)
	high, _ := strconv.ParseInt(most, 10, 64)
	if number < low || number > high {
		return text + " is outside " + least + " to " + most, "write a number from " + least + " to " + most
	}
	return "", ""
}

// inCount holds the length of a list against "least..most".
func inCount(length int, span string) (problem, fix string) {
	least, most, ok := strings.Cut(span, "..")
	if !ok {
		return "", ""
	}
	low, err1 := strconv.Atoi(least)
	high, err2 := strconv.Atoi(most)
	switch {
	case err1 != nil || err2 != nil:
		return "", ""
	case length < low:
		return "the list has " + strconv.Itoa(length) + " entries", "write at least " + least
	case length > high:
		return "the list has " + strconv.Itoa(length) + " entries", "write at most " + most
	}
	return "", ""
}

func setDuration(text string, f field, into *time.Duration) (problem, fix string) {
	length, ok := parseDuration(text)
	if !ok {
		return shown(text) + " is not a duration", "write a number and a unit, as in 30s, 15m, 12h or 30d"
	}
	*into = length
	least, most, ok := strings.Cut(f.span, "..")
	if !ok {
		return "", ""
	}
	low, _ := parseDuration(least)
	high, _ := parseDuration(most)
	if length < low || length > high {
		return text + " is outside " + least + " to " + most, "write a duration from " + least + " to " + most
	}
	return "", ""
}

// parseDuration reads Go's durations, and days. Negative ones are refused.
func parseDuration(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		number, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(number) * 24 * time.Hour, err == nil
	}
	length, err := time.ParseDuration(text)
	return length, err == nil && length >= 0
}

// shown quotes what stands in the file, shortened. It is never called with a secret.
func shown(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return strconv.Quote(text)
}
