package ligature_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each module that ends up in the binary is one somebody decided on, and can be left. docs/dependencies.md is where that
// is written; this test keeps it true, in both directions.

const (
	dependenciesFile = "docs/dependencies.md"
	dependencyCap    = 30 // direct modules in the binary
)

var requirement = regexp.MustCompile(`(?m)^(?:require )?\t?([a-zA-Z0-9][^\s()]*\.[^\s()]*/?[^\s()]*) v[^\s]+( // indirect)?$`)

// required lists the modules of a go.mod; direct reports those that are not marked indirect.
func required(text string) (all []string, direct []string) {
	for _, found := range requirement.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
		if found[2] == "" {
			direct = append(direct, found[1])
		}
	}
	return all, direct
}

// moduleOf finds the required module that an import path belongs to: the longest one that is a prefix.
func moduleOf(target string, modules []string) string {
	longest := ""
	for _, m := range modules {
		if (target == m || strings.HasPrefix(target, m+"/")) && len(m) > len(longest) {
			longest = m
		}
	}
	return longest
}

// usedModules gives the modules that the packages reachable from cmd/ligature import, and those that only the rest does.
func usedModules(tree []source, modules []string) (binary, others []string, complaints []string) {
	edges, outside := map[string][]string{}, map[string][]string{}
	for _, s := range tree {
		for target := range s.imports() {
			dir, own := ours(target)
			switch {
			case own && !s.test():
				edges[s.dir] = append(edges[s.dir], dir)
			case !own && strings.Contains(strings.Split(target, "/")[0], "."):
				m := moduleOf(target, modules)
				if m == "" {
					complaints = append(complaints, fmt.Sprintf("%s imports %s, which no module of go.mod has", s.path, target))
					continue
				}
				from := s.dir
				if s.test() {
					from = "tests"
				}
				outside[from] = append(outside[from], m)
			}
		}
	}
	reached := map[string]bool{}
	var walk func(dir string)
	walk = func(dir string) {
		if reached[dir] {
			return
		}
		reached[dir] = true
		binary = append(binary, outside[dir]...)
		for _, next := range edges[dir] {
			walk(next)
		}
	}
	walk("cmd/ligature")
	for dir, found := range outside {
		for _, m := range found {
			if !reached[dir] && !slices.Contains(binary, m) {
				others = append(others, m)
			}
		}
	}
	return unique(binary), unique(others), complaints
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

var listedModule = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// listedModules are the first cells of the tables below a heading, up to the next heading.
func listedModules(text, heading string) []string {
	_, rest, ok := strings.Cut(text, "\n## "+heading+"\n")
	if !ok {
		return nil
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	var names []string
	for _, found := range listedModule.FindAllStringSubmatch(section, -1) {
		names = append(names, found[1])
	}
	return names
}

func TestDependenciesAreListed(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	document := read(dependenciesFile)
	all, direct := required(read("go.mod"))
	binary, others, complaints := usedModules(parse(t, os.DirFS(".")), all)
	for _, complaint := range complaints {
		t.Error(complaint)
	}
	tools, _ := required(read("tools/go.mod"))
	var npm struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(read("e2e/browser/package.json")), &npm); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		heading string
		want    []string
	}{
		{"In the binary", binary},
		{"In tests only", others},
		{"Tools", unique(toolModules(read("tools/go.mod"), tools))},
		{"In the browser tests", sorted(npm.Dependencies)},
	} {
		t.Run(c.heading, func(t *testing.T) {
			listed := listedModules(document, c.heading)
			for _, m := range c.want {
				if !slices.Contains(listed, m) {
					t.Errorf("%s is used and not listed: say in %s what it does, why, and how to leave it", m, dependenciesFile)
				}
			}
			for _, m := range listed {
				if !slices.Contains(c.want, m) {
					t.Errorf("%s is listed and not used", m)
				}
			}
			if len(listed) != len(unique(listed)) {
				t.Error("a module is listed twice")
			}
		})
	}
	for _, m := range direct {
		if !slices.Contains(binary, m) && !slices.Contains(others, m) {
			t.Errorf("%s is a direct requirement of go.mod that nothing imports", m)
		}
	}
	if len(binary) > dependencyCap {
		t.Errorf("the binary has %d direct modules, more than %d", len(binary), dependencyCap)
	}
}

// toolModules are the modules of the tool lines of a go.mod.
func toolModules(text string, modules []string) (found []string) {
	for line := range strings.Lines(text) {
		if target, ok := strings.CutPrefix(strings.TrimSpace(line), "tool "); ok {
			found = append(found, moduleOf(target, modules))
		}
	}
	return found
}
