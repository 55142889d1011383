package config_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
	"time"

	"ligature/internal/config"
)

// TestReference holds docs/reference/configuration.md against the structs; with -update it writes it.
func TestReference(t *testing.T) {
	b := &book{t: t, comments: comments(t)}
	b.section("", reflect.TypeFor[config.Config]())
	golden(t, "../../docs/reference/configuration.md", opening+b.text.String())
}

const opening = `# Configuration

<!-- Generated from internal/config by its tests (go test ./internal/config -update). Do not edit. -->

One YAML file says everything; [an example](../examples/ligature.yaml). It is strict: an unknown key, a wrong type, a
reference to nothing or a contradiction is a mistake. All mistakes are told at once, each with file, line, column and fix:

` + "```" + `
ligature.yaml:12:5: suite.isuer: unknown key
    fix: did you mean issuer?
` + "```" + `

* A key that is absent has its default. A new version never changes what an absent key means.
* Secrets are not written into the file. Where a key is listed as ` + "`x_file`, `x_env`" + `, one of the two names a file (without its
  last line break) or an environment variable that holds the value.
* A relative path begins at the directory of the configuration file.
* A duration is a number and a unit: ` + "`30s`, `15m`, `12h`, `30d`" + `.
* An id has lower-case letters, digits and hyphens, at most 63, and begins with a letter or a digit.
* A URL is https, except on this machine: ` + "`localhost`, `*.localhost`, `127.0.0.1`, `[::1]`" + `.
* Anchors, aliases, tags and merge keys of YAML are refused.
`

// comments are the doc comments of the package's structs ("Suite") and fields ("Suite.Issuer").
func comments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range []string{"config.go", "suite.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			general, ok := decl.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			typed := general.Specs[0].(*ast.TypeSpec)
			found[typed.Name.Name] = oneLine(general.Doc.Text())
			body, ok := typed.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range body.Fields.List {
				for _, n := range f.Names {
					found[typed.Name.Name+"."+n.Name] = oneLine(f.Doc.Text())
				}
			}
		}
	}
	return found
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// book writes the page.
type book struct {
	t        *testing.T
	comments map[string]string
	text     strings.Builder
}

// section is one mapping: a table of its keys, then the mappings below it.
func (b *book) section(path string, typ reflect.Type) {
	if path == "" {
		b.text.WriteString("\n## The file\n\n")
	} else {
		about := b.comments[typ.Name()]
		for _, verb := range []string{" is ", " are ", " "} {
			if rest, ok := strings.CutPrefix(about, typ.Name()+verb); ok {
				about = rest
				break
			}
		}
		fmt.Fprintf(&b.text, "\n## `%s`\n\n%s\n\n", path, strings.ToUpper(about[:1])+about[1:])
	}
	b.text.WriteString("| key | value | default | meaning | example |\n|---|---|---|---|---|\n")
	var below []func()
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag := f.Tag.Get("yaml")
		if tag == "" || tag == "-" {
			continue
		}
		meaning := b.comments[typ.Name()+"."+f.Name]
		if meaning == "" {
			b.t.Errorf("%s.%s has no comment", typ.Name(), f.Name)
		}
		keys := keysOf(tag)
		fmt.Fprintf(&b.text, "| %s | %s | %s | %s | %s |\n", strings.Join(code(keys), ", "), kind(f), standard(f), strings.ReplaceAll(meaning, "|", `\|`), sample(f))
		next := strings.TrimPrefix(path+"."+keys[0], ".")
		switch {
		case mapping(f.Type):
			below = append(below, func() { b.section(next, f.Type) })
		case f.Type.Kind() == reflect.Slice && mapping(f.Type.Elem()):
			below = append(below, func() { b.section(next+"[]", f.Type.Elem()) })
		}
	}
	for _, write := range below {
		write()
	}
}

func keysOf(tag string) []string {
	key, options, _ := strings.Cut(tag, ",")
	switch {
	case options == "secret" && key == "":
		return []string{"file", "env"}
	case options == "secret":
		return []string{key + "_file", key + "_env"}
	case options == "secret,literal":
		return []string{key, key + "_file", key + "_env"}
	}
	return []string{key}
}

func code(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "`" + w + "`"
	}
	return out
}

// texts are the structs of this package that are written as one text, or are not described here.
func texts() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[config.Secret]():  "secret",
		reflect.TypeFor[config.Raw]():     "mapping",
		reflect.TypeFor[config.File]():    "file",
		reflect.TypeFor[config.Mark]():    "name or file",
		reflect.TypeFor[config.KeySet]():  "file or JWK Set",
		reflect.TypeFor[config.Mailbox](): "sender",
	}
}

// mapping reports a struct that has a section of its own.
func mapping(t reflect.Type) bool {
	_, text := texts()[t]
	return !text && t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[config.Config]().PkgPath()
}

// kind says what stands behind a key.
func kind(f reflect.StructField) string {
	if one := f.Tag.Get("one"); one != "" {
		return strings.Join(code(strings.Fields(one)), " or ")
	}
	name := typeName(f.Type, f.Tag.Get("form"))
	span := f.Tag.Get("range")
	if span == "" {
		return name
	}
	least, most, _ := strings.Cut(span, "..")
	if f.Type.Kind() == reflect.Slice {
		return name + ", " + least + " to " + most + " entries"
	}
	return name + ", " + least + " to " + most
}

func typeName(t reflect.Type, form string) string {
	if name, ok := texts()[t]; ok {
		return name
	}
	if t == reflect.TypeFor[time.Duration]() {
		return "duration"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "`true` or `false`"
	case reflect.Int:
		return "number"
	case reflect.Slice:
		return "list: " + typeName(t.Elem(), form)
	case reflect.Struct:
		names := map[string]string{"Email": "email address", "Prefix": "network"}
		if name, ok := names[t.Name()]; ok {
			return name
		}
		return "mapping"
	}
	names := map[string]string{
		"id": "id", "origin": "URL", "web": "URL", "redirect": "URL", "support": "URL or mailto:", "listen": "address and port",
		"address": "host and port", "color": "colour", "domain": "mail domain", "zone": "time zone", "person": "address, username or id:…",
	}
	if name, ok := names[form]; ok {
		return name
	}
	return "text"
}

func standard(f reflect.StructField) string {
	switch std := f.Tag.Get("default"); {
	case f.Tag.Get("need") == "yes":
		return "**needed**"
	case std != "":
		return "`" + std + "`"
	}
	return ""
}

func sample(f reflect.StructField) string {
	if text := f.Tag.Get("example"); text != "" {
		return "`" + text + "`"
	}
	return ""
}
