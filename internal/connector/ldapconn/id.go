package ldapconn

import (
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"
)

// idAttribute is the attribute that tells people apart.
type idAttribute struct {
	name string
	// binary says that it holds a GUID in 16 bytes, as Active Directory does.
	binary bool
}

func newID(name string) idAttribute {
	return idAttribute{name: name, binary: strings.EqualFold(name, "objectGUID")}
}

// nobody is a value that no entry has.
func (a idAttribute) nobody() value {
	if a.binary {
		return value{bytes: make([]byte, 16)}
	}
	return value{text: "00000000-0000-0000-0000-000000000000"}
}

// value is an id as it is searched for; false for a text that is none.
func (a idAttribute) value(id string) (value, bool) {
	if !a.binary {
		return value{text: id}, true
	}
	raw, ok := parseGUID(id)
	return value{bytes: raw}, ok
}

// text is the id that an entry holds.
func (a idAttribute) text(raw []byte) (string, error) {
	switch {
	case a.binary && len(raw) != 16:
		return "", errors.New("not the 16 bytes of a GUID")
	case a.binary:
		return formatGUID(raw), nil
	case len(raw) > 255 || !plainValue(string(raw)) || !utf8.Valid(raw):
		return "", errors.New("empty, too long, or not a text")
	}
	return string(raw), nil
}

// guidOrder is the order of a GUID's bytes in its text: the first three numbers are stored with their lowest byte first
// (MS-DTYP section 2.3.4).
func guidOrder() [16]int { return [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} }

// formatGUID writes 16 bytes in the usual form, in lower case.
func formatGUID(raw []byte) string {
	var ordered [16]byte
	for i, from := range guidOrder() {
		ordered[i] = raw[from]
	}
	text := hex.EncodeToString(ordered[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// parseGUID reads what formatGUID wrote, and nothing else.
func parseGUID(text string) ([]byte, bool) {
	if len(text) != 36 {
		return nil, false
	}
	ordered, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(ordered) != 16 {
		return nil, false
	}
	raw := make([]byte, 16)
	for i, from := range guidOrder() {
		raw[from] = ordered[i]
	}
	return raw, formatGUID(raw) == text
}
