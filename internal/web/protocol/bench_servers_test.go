//go:build servers

package protocol_test

import (
	"os"
	"testing"

	"ligature/internal/testkit/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// BenchmarkCodeFlowOnPostgres has a budget of 2,000 flows a second on two cores, the load on them.
func BenchmarkCodeFlowOnPostgres(b *testing.B) {
	benchmarkCodeFlow(b, newWorldAt(b, issuer, servers.PostgresDurable(b)))
}
