package sqlconn

import (
	"math"
	"regexp"
	"strconv"
)

// kind is what a database compares a bound value with.
type kind int

// The kinds. A value is bound to any other type as text.
const (
	anything kind = iota
	int16s
	int32s
	int64s
	digits
	uuids
)

// uuidForm is how PostgreSQL itself writes a UUID.
var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// bound is the value as it is bound, and whether it is one of this kind: written as the database writes it, since an id
// that is written otherwise is another id. The empty text is the least of a kind, with which lists begin.
func (k kind) bound(text string) (value any, fits bool) {
	switch k {
	case int16s:
		return number(text, 16, math.MinInt16)
	case int32s:
		return number(text, 32, math.MinInt32)
	case int64s, digits:
		return number(text, 64, math.MinInt64)
	case uuids:
		if text == "" {
			return "00000000-0000-0000-0000-000000000000", true
		}
		return text, uuidForm.MatchString(text)
	}
	return text, true
}

func number(text string, bits int, least int64) (value any, fits bool) {
	if text == "" {
		return strconv.FormatInt(least, 10), true
	}
	n, err := strconv.ParseInt(text, 10, bits)
	return text, err == nil && strconv.FormatInt(n, 10) == text
}
