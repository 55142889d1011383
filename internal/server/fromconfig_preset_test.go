package server_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver of the product

	"ligature/internal/connector"
	"ligature/internal/server"
)

// A product whose tables are known needs its database and a name; what the hashes need comes from files.
func TestFromConfigTakesPreset(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, file := range []string{"sqlite.sql", "rows.sql"} {
		text, err := os.ReadFile(filepath.Join("../connector/preset/testdata/devise", file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile("../../docs/examples/ligature.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(written), "        driver: sqlite\n")
	rest, _, _ = strings.Cut(rest, "    # Three endpoints")
	// The pepper is another one than the rows were made with: a wrong password, and no mistake.
	c, err := example(t, "        driver: sqlite\n"+rest, "        preset: devise\n        driver: sqlite\n        dsn: "+path+"\n        hash: {pepper_file: secrets/suppliers-connector}\n")
	if err != nil {
		t.Fatal(err)
	}
	o, err := server.FromConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := o.Connectors["acme-pim"](t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = asked.Close() }()
	records, err := asked.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByEmail, Value: "ann@example.com"})
	if err != nil || len(records) != 1 || records[0].ExternalID != "1" {
		t.Fatalf("%v, %v", records, err)
	}
	answer, err := asked.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "1", Password: "correct horse"})
	if err != nil || answer.Outcome != connector.WrongPassword {
		t.Errorf("%s, %v; want the password wrong", answer.Outcome, err)
	}
	if strings.Contains(o.Declaration.Connectors[0].Options, "a-shared-secret") || !strings.Contains(o.Declaration.Connectors[0].Options, `"preset":"devise"`) {
		t.Errorf("declared %s", o.Declaration.Connectors[0].Options)
	}
}
