// Package openapi holds messages to an OpenAPI 3.1 document, whose schemas are JSON Schema of 2020-12. It takes the parts of
// OpenAPI that Ligature's own documents use: paths with POST, header parameters and JSON bodies.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const name = "https://openapi.invalid/document.json"

// Document is an OpenAPI document.
type Document struct {
	// Tree is all of it, as encoding/json would give it.
	Tree     map[string]any
	compiler *jsonschema.Compiler
}

// Read reads a document in YAML.
func Read(tb testing.TB, text []byte) *Document {
	tb.Helper()
	plain, err := yaml.YAMLToJSON(text)
	if err != nil {
		tb.Fatalf("the document is not YAML: %v", err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		tb.Fatal(err)
	}
	d := &Document{Tree: tree.(map[string]any), compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(name, tree); err != nil {
		tb.Fatal(err)
	}
	return d
}

// At gives what a JSON pointer leads to (RFC 6901), following references; nil when it leads nowhere.
func (d *Document) At(pointer string) any {
	var here any = d.Tree
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch at := here.(type) {
		case map[string]any:
			here = at[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			here = at[i]
		default:
			return nil
		}
		if m, ok := here.(map[string]any); ok {
			if to, ok := m["$ref"].(string); ok {
				here = d.At(to)
			}
		}
	}
	return here
}

// Value says what is wrong with a JSON text by the schema that the pointer leads to; nil when nothing is.
func (d *Document) Value(pointer string, text []byte) error {
	schema, err := d.compiler.Compile(name + pointer)
	if err != nil {
		return fmt.Errorf("the schema %s: %w", pointer, err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func operation(path string) string {
	return "#/paths/" + strings.ReplaceAll(strings.ReplaceAll(path, "~", "~0"), "/", "~1") + "/post"
}

// Request says what is wrong with a POST to a path.
func (d *Document) Request(path string, header http.Header, body []byte) error {
	op := operation(path)
	parameters, ok := d.At(op + "/parameters").([]any)
	if !ok {
		return fmt.Errorf("there is no POST to %s", path)
	}
	for i := range parameters {
		at := fmt.Sprintf("%s/parameters/%d", op, i)
		parameter := d.At(at).(map[string]any)
		value := header.Get(parameter["name"].(string))
		if value == "" && parameter["required"] == true {
			return fmt.Errorf("the header %s is missing", parameter["name"])
		}
		encoded, _ := json.Marshal(value)
		schema := at + "/schema"
		if to, ok := parameters[i].(map[string]any)["$ref"].(string); ok {
			schema = to + "/schema"
		}
		if err := d.Value(schema, encoded); err != nil {
			return fmt.Errorf("the header %s: %w", parameter["name"], err)
		}
	}
	return d.content(op+"/requestBody", header.Get("Content-Type"), body)
}

// Answer says what is wrong with an answer to a POST to a path.
func (d *Document) Answer(path string, status int, contentType string, body []byte) error {
	at := fmt.Sprintf("%s/responses/%d", operation(path), status)
	response, ok := d.At(at).(map[string]any)
	switch {
	case !ok:
		return fmt.Errorf("status %d is not in the document", status)
	case response["content"] == nil:
		return nil
	}
	return d.content(at, contentType, body)
}

func (d *Document) content(at, contentType string, body []byte) error {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	schema := at + "/content/" + strings.ReplaceAll(media, "/", "~1") + "/schema"
	if d.At(schema) == nil {
		return fmt.Errorf("the content type %s is not in the document", media)
	}
	return d.Value(schema, body)
}
