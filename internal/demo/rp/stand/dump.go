package stand

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"ligature/internal/fault"
)

// Row is one row of a dump: column name to the value as an SQL literal ('text', 12, X'00', NULL), so that two
// different values never look alike.
type Row map[string]string

// Dump is every table of a stand-in by name, the rows in a fixed order. Two dumps of equal databases are deeply equal.
type Dump map[string][]Row

// DumpStore reads every table of db in one read transaction.
func DumpStore(ctx context.Context, db *sql.DB) (Dump, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.dump", err)
	}
	defer func() { _ = tx.Rollback() }()
	tables, err := texts(ctx, tx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	dump := Dump{}
	for _, table := range tables {
		rows, err := dumpTable(ctx, tx, table)
		if err != nil {
			return nil, err
		}
		dump[table] = rows
	}
	return dump, nil
}

// Without gives a copy that lacks the named columns ("table.column") and tables ("table").
func (d Dump) Without(names ...string) Dump {
	out := Dump{}
	for table, rows := range d {
		if slices.Contains(names, table) {
			continue
		}
		kept := make([]Row, len(rows))
		for i, row := range rows {
			kept[i] = Row{}
			for column, value := range row {
				if !slices.Contains(names, table+"."+column) {
					kept[i][column] = value
				}
			}
		}
		out[table] = kept
	}
	return out
}

// Text is the dump for people and for diff: a line per row, tables and columns in alphabetical order.
func (d Dump) Text() string {
	var b strings.Builder
	for _, table := range sortedKeys(d) {
		for _, row := range d[table] {
			b.WriteString(table)
			for _, column := range sortedKeys(row) {
				b.WriteString(" " + column + "=" + row[column])
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func dumpTable(ctx context.Context, tx *sql.Tx, table string) ([]Row, error) {
	columns, err := texts(ctx, tx, `SELECT name FROM pragma_table_info($1) ORDER BY cid`, table)
	if err != nil {
		return nil, err
	}
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = `quote("` + column + `")`
	}
	list := strings.Join(quoted, ", ")
	rows, err := tx.QueryContext(ctx, `SELECT `+list+` FROM "`+table+`" ORDER BY `+list)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.dump", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Row
	for rows.Next() {
		values := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fault.Wrap(fault.Internal, "stand.dump", err)
		}
		row := Row{}
		for i, column := range columns {
			row[column] = values[i]
		}
		out = append(out, row)
	}
	return out, fault.Wrap(fault.Internal, "stand.dump", rows.Err())
}

func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.dump", err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fault.Wrap(fault.Internal, "stand.dump", err)
		}
		out = append(out, text)
	}
	return out, fault.Wrap(fault.Internal, "stand.dump", rows.Err())
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
