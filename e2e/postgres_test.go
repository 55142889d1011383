//go:build servers

package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"ligature/internal/demo"
	"ligature/internal/testkit/replica"
	"ligature/internal/testkit/servers"
)

// TestMain stops the server that the stories started.
func TestMain(m *testing.M) { os.Exit(cleared(func() int { return servers.Run(m) })) }

// replicas is how many servers answer in turn: every request of every story comes to another one than that before it.
const replicas = 3

// database is where the provider keeps its data: here a real PostgreSQL, so that every story is told on both.
func database(t *testing.T) string { t.Helper(); return servers.PostgresCopy(t, fill) }

// pimStores are the kinds of stores that the PIM's users are asked for in.
func pimStores() []string { return []string{"sqlite", "mariadb"} }

// openWorldOn opens a world that asks such a store. MariaDB has what the PIM has after it was seeded.
func openWorldOn(t *testing.T, store string) *world {
	t.Helper()
	if store == "sqlite" {
		return openWorld(t)
	}
	dir := t.TempDir()
	database(t)
	begin(t, dir)
	asked := replica.Of(t, filepath.Join(dir, "pim.db"))
	return openWorldAt(t, dir, demo.Options{PIMStore: asked.Address(t).String(), PIMCopied: true}, asked)
}
