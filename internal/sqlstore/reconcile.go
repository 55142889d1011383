package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// declaredKind is one kind of declared row. The first keys of its columns are its key; the order is that of values.
type declaredKind[T any] struct {
	name    string // in the list of changes
	table   string
	keys    int
	columns []string
	selects string
	fields  func(*T) []any
	values  func(T) []any
}

// storedRow is a declared row as it is stored, whether it is in force or not.
type storedRow[T any] struct {
	value     T
	withdrawn bool
}

// reconcile makes the rows of a kind equal to what is declared, and gives the changes in words. Rows that are the same
// are not touched.
func reconcile[T any](ctx context.Context, w *work, kind declaredKind[T], declared []T, now time.Time) ([]string, error) {
	stored, err := storedRows(ctx, w, kind)
	if err != nil {
		return nil, err
	}
	var changes []string
	kept := map[string]bool{}
	for _, row := range declared {
		values := kind.values(row)
		key := kind.key(values)
		kept[key] = true
		before, known := stored[key]
		what := "added"
		if known {
			same := slices.Equal(kind.values(before.value), values)
			if same && !before.withdrawn {
				continue
			}
			what = map[bool]string{true: "restored", false: "changed"}[before.withdrawn]
		}
		changes = append(changes, kind.name+" "+key+" "+what)
		if err := kind.put(ctx, w, values); err != nil {
			return nil, err
		}
	}
	gone, err := kind.withdraw(ctx, w, stored, kept, now)
	return append(changes, gone...), err
}

func storedRows[T any](ctx context.Context, w *work, kind declaredKind[T]) (map[string]storedRow[T], error) {
	rows, err := many(ctx, w, func(row scanner) (s storedRow[T], err error) {
		var withdrawnAt int64
		err = row.Scan(append(kind.fields(&s.value), &withdrawnAt)...)
		s.withdrawn = withdrawnAt != 0
		return s, err
	}, "SELECT "+kind.selects+", withdrawn_at FROM "+kind.table)
	if err != nil {
		return nil, err
	}
	found := make(map[string]storedRow[T], len(rows))
	for _, row := range rows {
		found[kind.key(kind.values(row.value))] = row
	}
	return found, nil
}

// key is the row's name in the list of changes and in the maps: the key columns, with slashes.
func (k declaredKind[T]) key(values []any) string {
	parts := make([]string, k.keys)
	for i := range parts {
		parts[i] = fmt.Sprint(values[i])
	}
	return strings.Join(parts, "/")
}

func (k declaredKind[T]) put(ctx context.Context, w *work, values []any) error {
	marks := make([]string, len(k.columns))
	sets := make([]string, 0, len(k.columns))
	for i, column := range k.columns {
		marks[i] = placeholder(i + 1)
		if i >= k.keys {
			sets = append(sets, column+" = excluded."+column)
		}
	}
	return w.change(ctx, k.table+".moved", "INSERT INTO "+k.table+" ("+strings.Join(k.columns, ", ")+", version) VALUES ("+
		strings.Join(marks, ", ")+", 1) ON CONFLICT ("+strings.Join(k.columns[:k.keys], ", ")+") DO UPDATE SET "+
		strings.Join(sets, ", ")+", withdrawn_at = 0, version = "+k.table+".version + 1", values...)
}

func (k declaredKind[T]) withdraw(ctx context.Context, w *work, stored map[string]storedRow[T], kept map[string]bool, now time.Time) ([]string, error) {
	var changes []string
	for key, row := range stored {
		if kept[key] || row.withdrawn {
			continue
		}
		args := append([]any{micros(now)}, k.values(row.value)[:k.keys]...)
		where := make([]string, k.keys)
		for i := range where {
			where[i] = k.columns[i] + " = " + placeholder(i+2)
		}
		err := w.change(ctx, k.table+".moved", "UPDATE "+k.table+" SET withdrawn_at = $1, version = version + 1 WHERE "+
			strings.Join(where, " AND "), args...)
		if err != nil {
			return nil, err
		}
		changes = append(changes, k.name+" "+key+" withdrawn")
	}
	slices.Sort(changes)
	return changes, nil
}
