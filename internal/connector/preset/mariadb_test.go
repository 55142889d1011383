//go:build servers

package preset_test

import (
	"os"
	"slices"
	"testing"

	"ligature/internal/connector/preset"
	"ligature/internal/testkit/servers"
)

// TestMain stops the server that the tests started.
func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// TestOnMariaDB walks each product that can have its users there.
func TestOnMariaDB(t *testing.T) {
	for _, p := range products() {
		known, _ := preset.Find(p.preset)
		if !slices.Contains(known.Drivers, "mysql") {
			continue
		}
		t.Run(p.preset, func(t *testing.T) {
			d := servers.MariaDB(t)
			fill(t, d.Owner, p.preset, "mysql")
			p.walk(t, p.options("mysql", d.Reader(t).String()))
		})
	}
}
