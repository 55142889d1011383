package config

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what every way of printing a Secret gives.
const hidden = "[secret]"

// Secret holds bytes that no printing, encoding or logging shows. The zero value is no secret.
type Secret struct {
	// value is a function because fmt prints the unexported fields of a struct that holds a Secret by reflection, without
	// asking any method, and with some verbs it follows pointers; of a function it prints the address only.
	value func() []byte
}

// NewSecret keeps a copy of value.
func NewSecret(value []byte) Secret {
	kept := bytes.Clone(value)
	return Secret{value: func() []byte { return bytes.Clone(kept) }}
}

// Reveal gives a copy of the bytes; nil when there is no secret.
func (s Secret) Reveal() []byte {
	if s.value == nil {
		return nil
	}
	return s.value()
}

// IsZero reports that there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// String hides.
func (s Secret) String() string { return hidden }

// GoString hides.
func (s Secret) GoString() string { return hidden }

// Format hides from every verb, those included that would otherwise walk into the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides, from JSON and YAML as well.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
