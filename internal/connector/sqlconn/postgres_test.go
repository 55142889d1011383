package sqlconn_test

import (
	"testing"

	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
)

// TestPostgreSQLStatements: what PostgreSQL reads otherwise than SQLite is read its way.
func TestPostgreSQLStatements(t *testing.T) {
	for name, test := range map[string]struct {
		where string
		good  bool
	}{
		"a cast":                           {"id = :id::bigint", true},
		"a backslash that is only that":    {`id = :id AND name <> '\'`, true},
		"a quote after a backslash in E":   {`id = :id AND name <> E'\' ;'`, true},
		"an E that ends a name":            {`id = :id AND LIKE'\'`, true},
		"an E after a letter of its own":   {`id = :id AND éE'\'`, true},
		"a comment in a comment":           {"id = :id /* /* ; */ ; */", true},
		"a name with a colon":              {`id = :id AND ":nothing" = 1`, true},
		"a comment that stays open inside": {"id = :id /* /* */", false},
		"a quote that stays open in E":     {`id = :id AND name <> E'\'`, false},
		"a dollar quote":                   {"id = :id AND name <> $$ ; $$", false},
		"a placeholder":                    {"id = :id AND name = $1", false},
		"an operator with a question mark": {"id = :id AND data ? 'x'", false},
		"a slice of an array":              {"id = :id AND a[1:2] IS NULL", false},
		"a parameter in a comment":         {"1 /* /* */ :id */", false},
		"two statements":                   {"id = :id; DROP TABLE u", false},
	} {
		o := options("")
		o.Driver, o.DSN, o.List, o.ByID = "postgres", "postgres://r@"+nowhere+"/pim", "", "SELECT id, password FROM u WHERE "+test.where
		_, err := sqlconn.Open(t.Context(), o)
		want := "sqlconn.statement"
		if test.good {
			want = "sqlconn.unreachable"
		}
		if fault.KeyOf(err) != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
