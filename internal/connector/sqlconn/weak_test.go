package sqlconn_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/ident"
)

// TestWeaklyKeptPasswordsAreNotCarriedOn: how the hash was made makes a match weak, beside what the row says.
func TestWeaklyKeptPasswordsAreNotCarriedOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{
		"CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, hash TEXT)",
		// printf 'correct horse' | openssl dgst -sha1 -binary | base64; htpasswd -nbB -C 4 x 'correct horse'
		"INSERT INTO u VALUES (1, 'a', '{SHA}L55TUjtiq8FBorTWAZ0jy6g129A='), (2, 'b', '$2y$04$ib9JjKV8H1TvXrb4BfV0Nu/mj7ddc9NAJc8iNLqvWrlEVXtEeq/9e')",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, sqlconn.Options{Driver: "sqlite", DSN: path,
		ByID: "SELECT id, hash AS password_hash FROM u WHERE id = :id", ByUsername: "SELECT id FROM u WHERE name = :username"})
	for id, want := range map[ident.ExternalID]connector.Outcome{"1": connector.MatchWeak, "2": connector.Match} {
		answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: id, Password: "correct horse"})
		if err != nil || answer.Outcome != want || answer.Record.Flags.Weak != (want == connector.MatchWeak) {
			t.Errorf("%s: %s, %v; want %s", id, answer.Outcome, err, want)
		}
		if answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: id, Password: "wrong"}); err != nil || answer.Outcome != connector.WrongPassword {
			t.Errorf("%s: %s, %v", id, answer.Outcome, err)
		}
	}
}
