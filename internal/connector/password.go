package connector

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxPasswordBytes is the longest password that is passed on to a product.
const MaxPasswordBytes = 1024

// ErrRecord is in the chain of a fault.Unavailable that one record of the product causes by itself, like a hash that
// cannot be read: the product answers, so it says nothing about the next person.
var ErrRecord = errors.New("the product's record cannot be used")

// Hopeless reports a password that no product is asked about: empty, nothing but white space, with a NUL or too long. To
// an LDAP server an empty one is an anonymous bind, and a NUL ends the text early somewhere (ATK-80). Every connector
// answers such a Check with Rejected.
func Hopeless(password string) bool {
	return strings.TrimSpace(password) == "" || len(password) > MaxPasswordBytes || strings.IndexByte(password, 0) >= 0 || !utf8.ValidString(password)
}

// Format hides what was typed, whatever the verb.
func (c Check) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("connector.Check")) }

// MarshalText hides what was typed.
func (c Check) MarshalText() ([]byte, error) { return []byte("connector.Check"), nil }

// Format shows the key and hides the value, whatever the verb.
func (q Query) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte("connector.Query by " + string(q.By)))
}

// MarshalText shows the key and hides the value.
func (q Query) MarshalText() ([]byte, error) {
	return []byte("connector.Query by " + string(q.By)), nil
}
