package ldapconn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
)

// template is an operator's filter with holes for one value.
type template struct {
	// pieces of the text, between the holes.
	pieces []string
	// named says of each hole that it lies in a distinguished name.
	named []bool
}

// value goes into a hole: text, which is escaped as the hole needs it, or bytes, each of which is.
type value struct {
	text  string
	bytes []byte
}

// parameters are the names that a filter may use.
func parameters() []string { return []string{"email", "username", "id"} }

// translate finds the parameter name, written :name, in the values of a filter. The filter must be one by RFC 4515, and use
// the parameter. A parameter behind a second = in a value, as in (entryDN=uid=:username,ou=people), lies in a
// distinguished name.
func translate(text, name string) (template, error) {
	var t template
	start, inValue, named := 0, false, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '(' || text[i] == ')':
			inValue, named = false, false
		case text[i] == '=':
			named = inValue
			inValue = true
		case inValue && text[i] == ':':
			found := parameterAt(text, i+1)
			if found == "" {
				continue
			}
			if found != name {
				return template{}, fmt.Errorf("a filter with the parameter :%s; only :%s is known here", found, name)
			}
			t.pieces, t.named = append(t.pieces, text[start:i]), append(t.named, named)
			i += len(found)
			start = i + 1
		}
	}
	if len(t.named) == 0 {
		return template{}, fmt.Errorf("a filter without the parameter :%s in a value", name)
	}
	t.pieces = append(t.pieces, text[start:])
	if err := plainFilter(t.fill(value{text: "x"})); err != nil {
		return template{}, err
	}
	return t, nil
}

// parameterAt is the parameter whose name begins at start; empty when there is none.
func parameterAt(text string, start int) string {
	end := start
	for end < len(text) && (text[end] == '_' || (text[end] >= 'a' && text[end] <= 'z')) {
		end++
	}
	if !slices.Contains(parameters(), text[start:end]) {
		return ""
	}
	return text[start:end]
}

// plainFilter checks that a text is a filter.
func plainFilter(text string) error {
	if len(text) > 4096 || !utf8.ValidString(text) || !strings.HasPrefix(text, "(") {
		return errors.New("not a filter: it begins with a parenthesis, and has at most 4096 bytes")
	}
	if _, err := ldap.CompileFilter(text); err != nil {
		return errors.New("not a filter by RFC 4515")
	}
	return nil
}

// fill puts the value into every hole.
func (t template) fill(v value) string {
	var out strings.Builder
	for i, named := range t.named {
		out.WriteString(t.pieces[i])
		out.WriteString(v.escaped(named))
	}
	out.WriteString(t.pieces[len(t.named)])
	return out.String()
}

// escaped is the value as it stands in a filter, and in a distinguished name in a filter.
func (v value) escaped(named bool) string {
	if v.bytes != nil {
		var out strings.Builder
		for _, b := range v.bytes {
			fmt.Fprintf(&out, `\%02x`, b)
		}
		return out.String()
	}
	if named {
		return ldap.EscapeFilter(ldap.EscapeDN(v.text))
	}
	return ldap.EscapeFilter(v.text)
}

// plainValue keeps texts from the directory that it would cut, fold away or misread: to its rules of matching a line end is a
// space, and a space at the end is nothing (RFC 4518 section 2).
func plainValue(text string) bool {
	if text == "" || len(text) > 1024 || !utf8.ValidString(text) || strings.TrimSpace(text) != text {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return false
		}
	}
	return true
}
