package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unique"

	"golang.org/x/text/unicode/norm"

	"ligature/internal/fault"
)

// MaxIdentifierRunes is the longest identifier that is looked at.
const MaxIdentifierRunes = 254

// Identifier is what somebody typed to say who they are: an address, or a username of a product (seed: "Enter the
// username or email of your existing product account"). The zero value is none.
type Identifier struct {
	typed unique.Handle[string] // see Email
	email Email
}

// ParseIdentifier checks what was typed. Text with an @ is an address and nothing else, so that a product's username
// can never stand for somebody's mailbox (ATK-64); anything else is a username. Errors: fault.Invalid
// "identifier.empty" or "email.malformed" or "identifier.malformed".
func ParseIdentifier(typed string) (Identifier, error) {
	if !utf8.ValidString(typed) || len(typed) > 4*MaxIdentifierRunes {
		return Identifier{}, fault.New(fault.Invalid, "identifier.malformed")
	}
	trimmed := strings.TrimSpace(typed)
	if trimmed == "" {
		return Identifier{}, fault.New(fault.Invalid, "identifier.empty")
	}
	if strings.Contains(trimmed, "@") {
		email, err := ParseEmail(trimmed)
		if err != nil {
			return Identifier{}, err
		}
		return Identifier{typed: unique.Make(trimmed), email: email}, nil
	}
	// Measured after it is composed, because composing can make a text longer.
	username := strings.TrimSpace(norm.NFC.String(trimmed))
	if !validUsername(username) {
		return Identifier{}, fault.New(fault.Invalid, "identifier.malformed")
	}
	return Identifier{typed: unique.Make(username)}, nil
}

// RestoreIdentifier rebuilds an identifier from its stored text; what does not parse any more is no identifier.
func RestoreIdentifier(stored string) Identifier {
	id, err := ParseIdentifier(stored)
	if err != nil {
		return Identifier{}
	}
	return id
}

// validUsername refuses what cannot be seen, and a compatibility form of the at sign: its Key would be an address
// (ATK-57, ATK-64).
func validUsername(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > MaxIdentifierRunes {
		return false
	}
	if key := UsernameKey(s); key == "" || strings.Contains(key, "@") {
		return false
	}
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) {
			return false
		}
	}
	return true
}

// IsZero reports that nothing was typed.
func (i Identifier) IsZero() bool { return i == Identifier{} }

// Equal is ==, for packages that compare values field by field.
func (i Identifier) Equal(other Identifier) bool { return i == other }

// Email is the address, when an address was typed.
func (i Identifier) Email() (Email, bool) { return i.email, !i.email.IsZero() }

// Typed is the text as it was typed, trimmed: to show it back to the same browser, and for a product's look-up.
func (i Identifier) Typed() string {
	if i.IsZero() {
		return ""
	}
	return i.typed.Value()
}

// Key is the form to compare and to count by: the canonical address, or the username with case and width folded the
// way products with case-insensitive usernames do.
func (i Identifier) Key() string {
	if !i.email.IsZero() {
		return i.email.Key()
	}
	return UsernameKey(i.Typed())
}

// Masked keeps the first and last character.
func (i Identifier) Masked() string {
	if !i.email.IsZero() {
		return i.email.Masked()
	}
	if i.IsZero() {
		return ""
	}
	return mask(i.Typed())
}

// UsernameKey folds a username for comparing: NFKC, lower case, outer space dropped. It is used for counting attempts
// and for aliases of linked accounts, never to decide whose mailbox something is.
func UsernameKey(username string) string {
	key := username
	// Folding can leave text that folds again; a few rounds reach the end, and a key must fold to itself.
	for range 4 {
		folded := strings.TrimSpace(norm.NFKC.String(strings.ToLower(norm.NFKC.String(key))))
		if folded == key {
			return key
		}
		key = folded
	}
	return key
}

// MaskUsername keeps the first and last character of a product's username, for people who may be strangers.
func MaskUsername(username string) string {
	if username == "" {
		return ""
	}
	if strings.Contains(username, "@") {
		local, domain, _ := strings.Cut(username, "@")
		return mask(local) + "@" + domain
	}
	return mask(username)
}
