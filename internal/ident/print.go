package ident

import (
	"fmt"
	"strconv"
)

// String masks, so that a log line or an error cannot show an address by accident.
func (e Email) String() string { return e.Masked() }

// MarshalText masks, for the same reason.
func (e Email) MarshalText() ([]byte, error) { return []byte(e.Masked()), nil }

// Format masks whatever the verb: %#v, %d and %x would otherwise look past String.
func (e Email) Format(f fmt.State, verb rune) { printMasked(f, verb, e.Masked()) }

// String masks.
func (i Identifier) String() string { return i.Masked() }

// MarshalText masks.
func (i Identifier) MarshalText() ([]byte, error) { return []byte(i.Masked()), nil }

// Format masks whatever the verb.
func (i Identifier) Format(f fmt.State, verb rune) { printMasked(f, verb, i.Masked()) }

// printMasked writes a masked text, in quotes where the verb or the flag asks for Go's own form. Widths are left out.
func printMasked(f fmt.State, verb rune, masked string) {
	if verb == 'q' || f.Flag('#') {
		masked = strconv.Quote(masked)
	}
	_, _ = f.Write([]byte(masked))
}

// mask keeps the first and the last character of a text.
func mask(s string) string {
	runes := []rune(s)
	if len(runes) < 3 {
		return "***"
	}
	masked := string(runes[0]) + "***" + string(runes[len(runes)-1])
	if masked == s { // somebody is called a***b
		return "***"
	}
	return masked
}
