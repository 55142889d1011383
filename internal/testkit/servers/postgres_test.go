//go:build servers

package servers_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"ligature/internal/testkit/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestEachCallGivesAnEmptyDatabase(t *testing.T) {
	one, two := servers.Postgres(t), servers.Postgres(t)
	if one == two {
		t.Fatalf("the same database twice: %s", one)
	}
	if _, err := connect(t, one).Exec(t.Context(), "CREATE TABLE planted (n BIGINT)"); err != nil {
		t.Fatal(err)
	}
	var tables int
	row := connect(t, two).QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
	if err := row.Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("the second database has %d tables, want none", tables)
	}
}

func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		dsn   string
		fsync string
	}{
		"fast":    {servers.Postgres(t), "off"},
		"durable": {servers.PostgresDurable(t), "on"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, c.dsn)
			for setting, want := range map[string]string{"fsync": c.fsync, "TimeZone": "UTC", "server_encoding": "UTF8", "listen_addresses": "127.0.0.1"} {
				var got string
				if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s = %s, want %s", setting, got, want)
				}
			}
		})
	}
}
