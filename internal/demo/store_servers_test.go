//go:build servers

package demo_test

import (
	"os"
	"strings"
	"testing"

	"ligature/internal/demo"
	"ligature/internal/fault"
	"ligature/internal/testkit/servers"
)

// TestMain stops the server that the tests started.
func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// TestAStoreThatCouldBeWrittenIsToldAtTheStart: the demo asks somebody's real PIM as carefully as a server does.
func TestAStoreThatCouldBeWrittenIsToldAtTheStart(t *testing.T) {
	d := servers.MariaDB(t)
	w, err := demo.Open(t.Context(), demo.Options{PIMStore: d.Account(t, "GRANT SELECT, INSERT ON {db}.* TO {account}").String()})
	if err == nil {
		_ = w.Close()
	}
	if fault.KeyOf(err) != "sqlconn.can_write" || !strings.Contains(err.Error(), "REVOKE INSERT ON `"+d.Name+"`.* FROM ") {
		t.Errorf("%v, want can_write and what to take away", err)
	}
}
