package main

import (
	"os"
	"strings"
	"testing"
)

// TestMutationsFitTheTree: each committed mutation still names its place exactly once. Whether its test turns red is for
// ./check long; that it can be applied at all is known here, with the change that moved the code.
func TestMutationsFitTheTree(t *testing.T) {
	all, err := read(os.DirFS(".."), "mutations")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("there are no mutations")
	}
	for _, m := range all {
		for _, e := range m.edits {
			if e.old == "" {
				continue // a new file
			}
			text, err := os.ReadFile("../" + e.path)
			if err != nil {
				t.Errorf("%s: %v", m.file, err)
				continue
			}
			if n := strings.Count(string(text), e.old); n != 1 {
				t.Errorf("%s: its old text stands %d times in %s, not once", m.file, n, e.path)
			}
		}
	}
}
