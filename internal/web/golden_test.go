package web_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"ligature/internal/web"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestPagesLookAsReviewed compares every state of every page with its reviewed HTML.
func TestPagesLookAsReviewed(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	wanted := map[string]bool{}
	for _, state := range web.States() {
		t.Run(state, func(t *testing.T) {
			got, err := renderer.HTML(httptest.NewRequest("GET", "/", nil), web.Sample(state))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, filepath.Join("testdata", "pages", state+".golden.html"), unhashed(got))
		})
		wanted[state+".golden.html"] = true
	}
	files, err := os.ReadDir(filepath.Join("testdata", "pages"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !wanted[f.Name()] {
			t.Errorf("%s belongs to no state", f.Name())
		}
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s differs; look at it, then run with -update\n%s", path, got)
	}
}

var hashes = regexp.MustCompile(`(/static/[a-z-]+)\.[0-9a-f]{10}\.`)

// unhashed drops the hashes of the files, so that a colour does not change every golden.
func unhashed(page []byte) []byte { return hashes.ReplaceAll(page, []byte("$1.")) }
