//go:build !servers

package e2e_test

import (
	"os"
	"testing"
)

// TestMain takes away what the stories began with.
func TestMain(m *testing.M) { os.Exit(cleared(m.Run)) }

// replicas is how many servers answer in turn.
const replicas = 1

// database is where the provider keeps its data: here the embedded default.
func database(t *testing.T) string {
	t.Helper()
	if err := fill(""); err != nil {
		t.Fatal(err)
	}
	return ""
}

// pimStores are the kinds of stores that the PIM's users are asked for in: here its own file alone.
func pimStores() []string { return []string{"sqlite"} }

// openWorldOn opens a world that asks such a store.
func openWorldOn(t *testing.T, _ string) *world { t.Helper(); return openWorld(t) }
