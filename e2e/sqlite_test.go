//go:build !servers

package e2e_test

import "testing"

// database is where the provider keeps its data: here the embedded default.
func database(*testing.T) string { return "" }

// pimStores are the kinds of stores that the PIM's users are asked for in: here its own file alone.
func pimStores() []string { return []string{"sqlite"} }

// openWorldOn opens a world that asks such a store.
func openWorldOn(t *testing.T, _ string) *world { t.Helper(); return openWorld(t) }
