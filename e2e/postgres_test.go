//go:build servers

package e2e_test

import (
	"os"
	"testing"

	"ligature/internal/testkit/servers"
)

// TestMain stops the server that the stories started.
func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// database is where the provider keeps its data: here a real PostgreSQL, so that every story is told on both.
func database(t *testing.T) string { return servers.Postgres(t) }
