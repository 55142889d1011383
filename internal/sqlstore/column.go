package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"ligature/internal/ident"
)

// The types of this file stand between a column and a field: at is an instant, text a string type whose empty value
// is NULL, list and pack JSON, mailbox an address.

// atColumn reads microseconds into an instant.
type atColumn struct{ t *time.Time }

func at(t *time.Time) atColumn { return atColumn{t} }

// Scan takes an integer.
func (c atColumn) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("an instant is stored as %T", src)
	}
	*c.t = instant(n)
	return nil
}

// ttlColumn reads microseconds into a length of time.
type ttlColumn struct{ d *time.Duration }

func ttl(d *time.Duration) ttlColumn { return ttlColumn{d} }

// Scan takes an integer.
func (c ttlColumn) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a length of time is stored as %T", src)
	}
	*c.d = time.Duration(n) * time.Microsecond
	return nil
}

// textColumn reads a text that may be NULL, which is the empty one.
type textColumn[S ~string] struct{ s *S }

func text[S ~string](s *S) textColumn[S] { return textColumn[S]{s} }

// Scan takes a text or NULL.
func (c textColumn[S]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*c.s = ""
	case string:
		*c.s = S(v)
	case []byte:
		*c.s = S(v)
	default:
		return fmt.Errorf("a text is stored as %T", src)
	}
	return nil
}

// orNull is the parameter for a column in which nothing is NULL, because it refers to another row or is unique.
func orNull[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// mailboxColumn reads a canonical address; the empty text is none.
type mailboxColumn struct{ e *ident.Email }

func mailbox(e *ident.Email) mailboxColumn { return mailboxColumn{e} }

// Scan takes a text. An address that is none any more is our own mistake, not the absence of one.
func (c mailboxColumn) Scan(src any) (err error) {
	var key string
	if err = text(&key).Scan(src); err != nil {
		return err
	}
	*c.e, err = restoreEmail(key)
	return err
}

// restoreEmail is the address of a stored key.
func restoreEmail(key string) (ident.Email, error) {
	if key == "" {
		return ident.Email{}, nil
	}
	return ident.ParseEmail(key)
}

// jsonColumn reads a JSON text into a value that is only ever restored whole.
type jsonColumn[T any] struct{ v *T }

func unpack[T any](v *T) jsonColumn[T] { return jsonColumn[T]{v} }

// Scan takes a JSON text.
func (c jsonColumn[T]) Scan(src any) error {
	var s string
	if err := text(&s).Scan(src); err != nil {
		return err
	}
	if s == "[]" {
		return nil // none and an empty list are the same
	}
	return json.Unmarshal([]byte(s), c.v)
}

// pack is the parameter for unpack. Only types that cannot fail to encode are passed: texts, numbers, lists of them.
func pack(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic("sqlstore: a value without a JSON form: " + err.Error())
	}
	return string(encoded)
}

// packList is pack for lists, where none and an empty one are the same.
func packList[T any](v []T) string {
	if len(v) == 0 {
		return "[]"
	}
	return pack(v)
}
