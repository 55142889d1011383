package sqlconn

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

// maxCellBytes bounds every value that is read.
const maxCellBytes = 4096

// columnsKnown are the names a result may use; what else a statement selects is ignored.
func columnsKnown() []string {
	return []string{
		"id", "username", "email", "password_hash", "salt", "name", "locale", "disabled", "enabled", "locked", "privileged", "shared", "weak",
		"must_reset", "last_used", "generation",
	}
}

// columnNames turns the operator's map (ours → theirs) round and checks it.
func columnNames(declared map[string]string) (map[string]string, error) {
	ours := map[string]string{}
	for _, name := range columnsKnown() {
		ours[name] = name
	}
	for name, theirs := range declared {
		if _, known := ours[name]; !known {
			return nil, fmt.Errorf("an unknown column %q; known: %s", name, strings.Join(columnsKnown(), ", "))
		}
		if theirs == "" {
			return nil, fmt.Errorf("the column %q has no name", name)
		}
		ours[name] = strings.ToLower(theirs)
	}
	turned := map[string]string{}
	for name, theirs := range ours {
		if other, taken := turned[theirs]; taken {
			return nil, fmt.Errorf("the columns %q and %q are both called %q", min(name, other), max(name, other), theirs)
		}
		turned[theirs] = name
	}
	return turned, nil
}

// table is a result read whole.
type table struct {
	names []string
	rows  [][]any
}

func (t table) has(name string) bool { return slices.Contains(t.names, name) }

// entry is one user's row.
type entry struct {
	record     connector.Record
	hash, salt string
}

// query reads at most limit rows. The context's end stops the wait even if the driver does not notice it.
func (c *Conn) query(ctx context.Context, s statement, limit int, values map[string]any) (table, error) {
	arguments, fits := s.arguments(values)
	if !fits {
		return table{}, nil
	}
	rows, err := c.db.QueryContext(ctx, s.text, arguments...)
	if err != nil {
		return table{}, err
	}
	defer func() { _ = rows.Close() }()
	t, err := c.header(rows)
	if err != nil {
		return table{}, err
	}
	for len(t.rows) < limit && rows.Next() {
		cells := make([]any, len(t.names))
		targets := make([]any, len(t.names))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return table{}, err
		}
		t.rows = append(t.rows, cells)
	}
	return t, rows.Err()
}

// header names the columns in our words and refuses a result without an id or with a name twice.
func (c *Conn) header(rows *sql.Rows) (table, error) {
	theirs, err := rows.Columns()
	if err != nil {
		return table{}, err
	}
	t := table{names: make([]string, len(theirs))}
	for i, name := range theirs {
		ours := c.columns[strings.ToLower(name)]
		if ours != "" && t.has(ours) {
			return table{}, fmt.Errorf("the column %q comes twice", ours)
		}
		t.names[i] = ours
	}
	if !t.has("id") {
		return table{}, errors.New("the result has no column id")
	}
	if t.has("enabled") && t.has("disabled") {
		return table{}, errors.New("the result has both enabled and disabled")
	}
	return t, nil
}

// entry reads a row. A row without an id is an error, not nobody.
func (t table) entry(row int) (entry, error) {
	var e entry
	var problems []error
	for i, name := range t.names {
		if name == "" {
			continue
		}
		if err := e.set(name, t.rows[row][i]); err != nil {
			problems = append(problems, fmt.Errorf("column %s: %w", name, err))
		}
	}
	if e.record.ExternalID == "" {
		problems = append(problems, errors.New("a row without an id"))
	}
	return e, errors.Join(problems...)
}

func (e *entry) set(name string, cell any) error {
	if flag := e.flag(name); flag != nil {
		return setFlag(flag, cell)
	}
	switch name {
	case "enabled":
		// A user of whom the product does not say that they are enabled is not.
		var enabled bool
		err := setFlag(&enabled, cell)
		e.record.Flags.Disabled = !enabled
		return err
	case "last_used":
		used, err := instant(cell)
		e.record.LastUsedAt = used
		return err
	}
	text, err := textOf(cell)
	if err != nil {
		return err
	}
	switch name {
	case "id":
		e.record.ExternalID = ident.ExternalID(text)
	case "generation":
		e.record.Generation = ident.Generation(text)
	case "username":
		e.record.Username = text
	case "email":
		// What is not an address is none.
		if email, err := ident.ParseEmail(text); err == nil {
			e.record.Email = email
		}
	case "name":
		e.record.Name = strings.TrimSpace(text) // statements put names together with spaces
	case "locale":
		e.record.Locale = text
	case "password_hash":
		e.hash = text
	case "salt":
		e.salt = text
	}
	return nil
}

func (e *entry) flag(name string) *bool {
	flags := &e.record.Flags
	switch name {
	case "disabled":
		return &flags.Disabled
	case "locked":
		return &flags.Locked
	case "privileged":
		return &flags.Privileged
	case "shared":
		return &flags.Shared
	case "weak":
		return &flags.Weak
	case "must_reset":
		return &flags.MustReset
	}
	return nil
}

// textOf accepts what drivers give for text and whole numbers; NULL is the empty text.
func textOf(cell any) (string, error) {
	var text string
	switch v := cell.(type) {
	case nil:
		return "", nil
	case string:
		text = v
	case []byte:
		text = string(v)
	case int64:
		text = strconv.FormatInt(v, 10)
	case time.Time:
		text = v.UTC().Format(time.RFC3339Nano)
	default:
		return "", fmt.Errorf("a %T is no text", cell)
	}
	if len(text) > maxCellBytes || !utf8.ValidString(text) {
		return "", errors.New("too long or not UTF-8")
	}
	return text, nil
}

// setFlag accepts the ways databases say yes and no; NULL is no.
func setFlag(flag *bool, cell any) error {
	switch v := cell.(type) {
	case bool:
		*flag = v
		return nil
	case []byte:
		if len(v) == 1 && v[0] <= 1 { // MySQL's BIT(1)
			*flag = v[0] == 1
			return nil
		}
	}
	text, err := textOf(cell)
	if err != nil {
		return err
	}
	switch strings.ToLower(text) {
	case "1", "t", "true", "y", "yes":
		*flag = true
	case "", "0", "f", "false", "n", "no":
		*flag = false
	default:
		return errors.New("neither yes nor no")
	}
	return nil
}

// instant accepts times, the usual texts of times in UTC, and Unix seconds; NULL and nonsense are the zero time, because
// the last use is only ever shown.
func instant(cell any) (time.Time, error) {
	switch v := cell.(type) {
	case time.Time:
		return v.UTC(), nil
	case int64:
		return time.Unix(v, 0).UTC(), nil
	}
	text, err := textOf(cell)
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999-07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, nil
}
