package sqlconn_test

import (
	"testing"

	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
)

// nowhere is a port of this machine that nobody listens on.
const nowhere = "127.0.0.1:1"

// TestMySQLStatements: what MySQL reads otherwise than SQLite is read its way.
func TestMySQLStatements(t *testing.T) {
	for name, test := range map[string]struct {
		where string
		good  bool
	}{
		"a quote after a backslash":        {`id = :id AND name <> '\' ?'`, true},
		"a double quote after a backslash": {`id = :id AND name <> "\" ;"`, true},
		"a comment of one sign":            {"id = :id # ; ? :nothing", true},
		"a hint":                           {"id = :id /*+ NO_INDEX(u) */", true},
		"a quote that stays open":          {`id = :id AND name <> '\'`, false},
		"a comment that runs":              {"id = :id /*!50000 OR 1 */", false},
		"MariaDB's comment that runs":      {"id = :id /*M!100000 OR 1 */", false},
		"a parameter in a comment":         {"1 # :id", false},
		"two statements":                   {"id = :id; DROP TABLE u", false},
	} {
		o := options("")
		o.Driver, o.DSN, o.List, o.ByID = "mysql", "mysql://r@"+nowhere+"/pim", "", "SELECT id, password FROM u WHERE "+test.where
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
