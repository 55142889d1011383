package sqlstore_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"ligature/internal/sqlstore"
)

// declaredTables have as many rows as an operator wrote down, or fewer; all others grow with people.
var declaredTables = []string{"suite", "tenant", "product", "client", "instance", "instance_redirect", "instance_rollout", "connector_spec", "rollout", "signing_key",
	"invitation_book", "goose_db_version"}

// scanned are statements that may read a whole table that grows, by a part of their text, with the reason.
var scanned = map[string]string{
	"INSERT INTO client (":                "what refers to a client would be looked for if its id changed, which it never does",
	"INSERT INTO instance (":              "the same, of an instance",
	"SELECT COUNT(*) FROM invitation":     "a product's own invitations, when somebody invites",
	"ORDER BY invitation.created_at DESC": "the newest of a product's invitations, in the order of the index, up to a limit",
}

// parameter is one $N.
var parameter = regexp.MustCompile(`\$(\d+)`)

// planned are the statements that were looked at, so that each is once in a run.
var planned sync.Map

// wantIndexes looks at the plan of each statement that ran: with ten million people no statement may read all of a table.
func wantIndexes(tb testing.TB, db *sqlstore.DB, raw *sql.DB) {
	tb.Helper()
	for _, statement := range db.Statements() {
		if _, seen := planned.LoadOrStore(statement, true); seen {
			continue
		}
		steps, err := plan(raw, statement)
		if err != nil {
			tb.Errorf("the plan of %s: %v", statement, err)
		}
		for _, step := range steps {
			if table := whole(step); table != "" && !allowed(statement) {
				tb.Errorf("all of %s is read (%s) by\n%s", table, step, statement)
			}
		}
	}
}

func allowed(statement string) bool {
	for part := range scanned {
		if strings.Contains(statement, part) {
			return true
		}
	}
	return false
}

// plan are the steps of SQLite for a statement.
func plan(raw *sql.DB, statement string) (steps []string, err error) {
	most := 0
	for _, found := range parameter.FindAllStringSubmatch(statement, -1) {
		n := 0
		_, _ = fmt.Sscan(found[1], &n)
		most = max(most, n)
	}
	rows, err := raw.Query("EXPLAIN QUERY PLAN "+statement, make([]any, most)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// byTenant is a search by nothing but whose and which product's the rows are: as good as the whole table, when one tenant has
// most of the people.
var byTenant = regexp.MustCompile(`^SEARCH (\w+) USING .*\((?:(?:tenant_id|product_id|state)=\?(?: AND )?)+\)$`)

// whole is the table of which a step reads everything; empty when it does not, or the table does not grow.
func whole(step string) string {
	if found := byTenant.FindStringSubmatch(step); found != nil && !slices.Contains(declaredTables, found[1]) {
		return found[1]
	}
	rest, ok := strings.CutPrefix(step, "SCAN ")
	if !ok {
		return ""
	}
	table, _, _ := strings.Cut(rest, " ")
	if slices.Contains(declaredTables, table) || strings.HasSuffix(step, " VALUES CLAUSE") || table == "CONSTANT" {
		return ""
	}
	return table
}
