package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// mutation is one committed way to break the code. In a file *.mut it reads:
//
//	name: a proof of another flow is accepted
//	why:  what would be lost if nobody noticed
//	test: go test ./internal/linking -run TestProofs
//
//	== internal/linking/advance.go
//	-- old
//	if proof.Flow != flow.ID {
//	-- new
//	if false {
//	-- end
//
// The old text stands exactly once in its file; there may be several edits, each with its own file line. The test is a
// command and its arguments, without a shell, run at the root; it is green without the mutation and red with it. A new
// file is an edit with an empty old text and a file that does not exist.
type mutation struct {
	file  string // where it was read from
	name  string
	why   string
	test  []string
	edits []edit
}

// edit is one replacement.
type edit struct {
	path     string
	old, new string
}

// read reads every mutation of a folder, in the order of their files.
func read(root fs.FS, dir string) ([]mutation, error) {
	files, err := fs.Glob(root, path.Join(dir, "*.mut"))
	if err != nil {
		return nil, err
	}
	var mutations []mutation
	names := map[string]string{}
	var wrong []error
	for _, file := range files {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return nil, err
		}
		m, err := parse(string(text))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", file, err))
			continue
		}
		if other := names[m.name]; other != "" {
			wrong = append(wrong, fmt.Errorf("%s: has the name of %s", file, other))
		}
		names[m.name] = file
		m.file = file
		mutations = append(mutations, m)
	}
	return mutations, errors.Join(wrong...)
}

// parse reads one mutation.
func parse(text string) (mutation, error) {
	var m mutation
	header, body, _ := strings.Cut(text, "\n== ")
	for line := range strings.Lines(header) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case ok && key == "name":
			m.name = value
		case ok && key == "why":
			m.why = value
		case ok && key == "test":
			m.test = strings.Fields(value)
		default:
			return m, fmt.Errorf("what is %q?", line)
		}
	}
	if m.name == "" || m.why == "" || len(m.test) == 0 {
		return m, errors.New("name, why and test are needed")
	}
	for part := range strings.SplitSeq(body, "\n== ") {
		e, err := parseEdit(part)
		if err != nil {
			return m, err
		}
		m.edits = append(m.edits, e)
	}
	return m, nil
}

// parseEdit reads "path\n-- old\n…\n-- new\n…\n-- end".
func parseEdit(part string) (edit, error) {
	file, rest, ok := strings.Cut(part, "\n-- old\n")
	rest = "\n" + rest
	before, rest, hasNew := strings.Cut(rest, "\n-- new\n")
	after, tail, hasEnd := strings.Cut("\n"+rest, "\n-- end")
	file = strings.TrimSpace(file)
	if !ok || !hasNew || !hasEnd || file == "" || strings.TrimSpace(tail) != "" {
		return edit{}, fmt.Errorf("an edit is `== path`, `-- old`, `-- new`, `-- end`: %q", strings.SplitN(part, "\n", 2)[0])
	}
	if !fs.ValidPath(file) {
		return edit{}, fmt.Errorf("%s is not a path below the root", file)
	}
	e := edit{path: file, old: strings.TrimPrefix(before, "\n"), new: strings.TrimPrefix(after, "\n")}
	if e.old == e.new {
		return edit{}, fmt.Errorf("%s: old and new are the same", file)
	}
	return e, nil
}
