//go:build servers

package servers_test

import (
	"testing"

	"ligature/internal/testkit/servers"
)

func TestEachCallGivesAnEmptyMariaDB(t *testing.T) {
	one, two := servers.MariaDB(t), servers.MariaDB(t)
	if one.Name == two.Name {
		t.Fatalf("the same database twice: %s", one.Name)
	}
	if _, err := one.Owner.ExecContext(t.Context(), "CREATE TABLE planted (n BIGINT)"); err != nil {
		t.Fatal(err)
	}
	var tables int
	if err := two.Owner.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("the second database has %d tables, want none", tables)
	}
	var collation, version string
	if err := two.Owner.QueryRowContext(t.Context(), "SELECT @@collation_database, VERSION()").Scan(&collation, &version); err != nil {
		t.Fatal(err)
	}
	if collation != "utf8mb4_unicode_ci" {
		t.Errorf("the collation is %s on %s", collation, version)
	}
}
