package seal

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"io"
	"sync"
)

// CodeAlphabet holds the 31 symbols of codes that people read and type: digits and capital letters without the
// look-alikes 0, O, 1, I and L.
const CodeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// CodeLength is the number of symbols of a code: 31^8 is 39 bits, for a secret that lives ten minutes and allows few tries.
const CodeLength = 8

// SecretLength is the length of a secret as text: 256 bits in base64url without padding.
const SecretLength = 43

// idEncoding is RFC 4648 base32 in lower case, so that identifiers survive places that fold case.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Dice is where random things come from. It is safe for concurrent use.
type Dice struct {
	mu     sync.Mutex
	source io.Reader
}

// NewDice takes its randomness from source, which must not end; nil means the operating system's.
func NewDice(source io.Reader) *Dice {
	return &Dice{source: source}
}

// Bytes gives n random bytes.
func (d *Dice) Bytes(n int) []byte {
	b := make([]byte, n)
	d.fill(b)
	return b
}

// Read fills b; it never fails, so Dice serves where an io.Reader of randomness is wanted.
func (d *Dice) Read(b []byte) (int, error) {
	d.fill(b)
	return len(b), nil
}

func (d *Dice) fill(b []byte) {
	if d.source == nil {
		_, _ = rand.Read(b) // never fails since Go 1.24: it ends the program instead
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := io.ReadFull(d.source, b); err != nil {
		panic("seal: the source of randomness ended; nothing safe can be made without it: " + err.Error())
	}
}

// NewID makes an identifier of 128 bits: the prefix, an underscore and 26 lower-case base32 symbols.
func (d *Dice) NewID(prefix string) string {
	return prefix + "_" + idEncoding.EncodeToString(d.Bytes(16))
}

// NewSecret makes a secret of 256 bits, SecretLength symbols of base64url.
func (d *Dice) NewSecret() string {
	return base64.RawURLEncoding.EncodeToString(d.Bytes(32))
}

// NewCode makes a code of CodeLength symbols of CodeAlphabet, each equally likely.
func (d *Dice) NewCode() string { return d.symbols(CodeLength) }

// NewRef makes a support number like "K7Q-4MD". It gives access to nothing; 31^6 keeps neighbours apart.
func (d *Dice) NewRef() string {
	s := d.symbols(6)
	return s[:3] + "-" + s[3:]
}

// symbols draws from CodeAlphabet by rejection, because 256 is no multiple of 31.
func (d *Dice) symbols(n int) string {
	const limit = 256 - 256%len(CodeAlphabet)
	out := make([]byte, 0, n)
	var buffer [16]byte
	for len(out) < n {
		d.fill(buffer[:])
		for _, b := range buffer {
			if int(b) < limit && len(out) < n {
				out = append(out, CodeAlphabet[int(b)%len(CodeAlphabet)])
			}
		}
	}
	return string(out)
}

// FoldCode brings a typed code into the form NewCode made: upper case, without spaces and dashes. ok is false when what
// is left cannot be a code.
func FoldCode(typed string) (folded string, ok bool) {
	if len(typed) > 64 {
		return "", false
	}
	out := make([]byte, 0, CodeLength)
	for i := range len(typed) {
		b := typed[i]
		switch {
		case b == ' ' || b == '-' || b == '\t':
			continue
		case b >= 'a' && b <= 'z':
			b -= 'a' - 'A'
		}
		if !inCodeAlphabet(b) || len(out) == CodeLength {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), len(out) == CodeLength
}

func inCodeAlphabet(b byte) bool {
	for i := range len(CodeAlphabet) {
		if CodeAlphabet[i] == b {
			return true
		}
	}
	return false
}
