package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write generated files instead of comparing them")

// docs/reference/cli.md is the command tree; with -update it is written.
func TestReference(t *testing.T) {
	const file = "../../docs/reference/cli.md"
	parser, err := grammar(context.Background(), console{out: io.Discard, err: io.Discard}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString(opening)
	for _, leaf := range parser.Model.Leaves(true) {
		verb(&b, leaf)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s differs from the command tree; run go test ./cmd/ligature -update and read the change", file)
	}
}

const opening = `# The command line

<!-- Generated from the command tree by go test ./cmd/ligature -update. Do not edit. -->

Data goes to standard output, talk to standard error. A failure is told in three lines: what happened, why, what to do. No
flag has to take a secret: those come from files, from standard input or from the environment.

| exit code | meaning |
|---|---|
| 0 | done, or nothing to do |
| 1 | failed; the message says what was not done |
| 2 | of the verbs below hash: a hash is not known, or was not checked |
| 64 | the command line could not be understood; nothing was done |
| 130 | interrupted |
`

// verb is the section of one verb.
func verb(b *bytes.Buffer, leaf *kong.Node) {
	path := strings.Fields(leaf.FullPath())
	fmt.Fprintf(b, "\n## %s\n\n%s\n", strings.Join(path, " "), leaf.Help)
	usage := strings.Join(path, " ")
	for _, arg := range leaf.Positional {
		name := strings.ToUpper(arg.Name)
		if !arg.Required {
			name = "[" + name + "]"
		}
		usage += " " + name
	}
	for _, f := range leaf.Flags {
		if f.Required {
			usage += " --" + f.Name + " " + f.FormatPlaceHolder()
		}
	}
	fmt.Fprintf(b, "\n```\n%s\n```\n", usage)
	for paragraph := range strings.SplitSeq(leaf.Detail, "\n\n") {
		if example := strings.TrimSpace(paragraph); strings.HasPrefix(example, "ligature ") {
			fmt.Fprintf(b, "\nFor example:\n\n```\n%s\n```\n", example)
		} else if example != "" {
			fmt.Fprintf(b, "\n%s\n", example)
		}
	}
	if len(leaf.Flags) == 0 && len(leaf.Positional) == 0 {
		return
	}
	b.WriteString("\n| argument | default | meaning |\n|---|---|---|\n")
	for _, arg := range leaf.Positional {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", strings.ToUpper(arg.Name), standard(arg), arg.Help)
	}
	for _, f := range leaf.Flags {
		name := "--" + f.Name
		switch {
		case f.Tag.Negatable != "":
			name = "--[no-]" + f.Name
		case !f.IsBool():
			name += " " + strings.Trim(f.FormatPlaceHolder(), `"`)
		}
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, standard(f.Value), f.Help)
	}
}

// standard is a default, or that there must be a value.
func standard(v *kong.Value) string {
	switch {
	case v.Required:
		return "**needed**"
	case v.HasDefault && v.Default != "":
		return "`" + v.Default + "`"
	}
	return ""
}
