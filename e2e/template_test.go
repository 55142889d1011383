package e2e_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"ligature/internal/demo"
)

// template is a world as demo.Open leaves it: migrated, seeded, with its keys. Worlds begin as copies of it, because making
// one anew takes most of the time of a short story.
var template struct {
	once sync.Once
	dir  string
	err  error
}

// fill makes the template on a database; what it makes is in template.dir and there.
func fill(database string) error {
	template.once.Do(func() {
		if template.dir, template.err = os.MkdirTemp("", "ligature-e2e-"); template.err != nil {
			return
		}
		made, err := demo.Open(context.Background(), demo.Options{Dir: template.dir, Database: database})
		if err == nil {
			err = made.Close()
		}
		template.err = err
	})
	return template.err
}

// begin puts a copy of the template into an empty folder.
func begin(t *testing.T, dir string) {
	t.Helper()
	if kept, err := os.ReadDir(dir); err != nil || len(kept) > 0 {
		return // a world was here before
	}
	if err := os.CopyFS(dir, os.DirFS(template.dir)); err != nil {
		t.Fatal(err)
	}
}

// cleared runs the tests and takes the template away; its result goes to os.Exit.
func cleared(run func() int) int {
	defer func() { _ = os.RemoveAll(template.dir) }()
	return run()
}
