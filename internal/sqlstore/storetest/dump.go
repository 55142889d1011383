package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tablesOf lists the tables, apart from the list of migrations.
func tablesOf(ctx context.Context, tb testing.TB, db Store) []string {
	tb.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.Dialect() == "postgres" {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	rows, err := db.Raw.QueryContext(ctx, query)
	must(tb, err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		must(tb, rows.Scan(&name))
		if name != "schema_version" {
			names = append(names, name)
		}
	}
	must(tb, rows.Err())
	slices.Sort(names)
	return names
}

// dump is every row of every table as text, sorted.
func dump(ctx context.Context, tb testing.TB, db Store) []string {
	tb.Helper()
	var lines []string
	for _, table := range tablesOf(ctx, tb, db) {
		rows, err := db.Raw.QueryContext(ctx, "SELECT * FROM "+table)
		must(tb, err)
		lines = append(lines, dumpRows(tb, table, rows)...)
	}
	slices.Sort(lines)
	return lines
}

func dumpRows(tb testing.TB, table string, rows *sql.Rows) []string {
	tb.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	must(tb, err)
	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		must(tb, rows.Scan(dest...))
		var line strings.Builder
		line.WriteString(table)
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				v = string(raw)
			}
			fmt.Fprintf(&line, " %s=%v", columns[i], v)
		}
		lines = append(lines, line.String())
	}
	must(tb, rows.Err())
	return lines
}
