package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"golang.org/x/crypto/chacha20poly1305"

	"ligature/internal/fault"
)

// KeySize is the length of an operator's key in bytes.
const KeySize = 32

// Key is one of the operator's keys. Versions are never reused: they are written next to what was sealed.
type Key struct {
	Version uint8
	Secret  []byte
}

// ring is what is derived from one Key.
type ring struct {
	version uint8
	columns cipher.AEAD
	codes   []byte
	steps   []byte
	pepper  []byte
	derive  []byte
}

// Keys makes and opens everything keyed. The first key makes; the others only open what they made before. It is safe
// for concurrent use.
type Keys struct {
	dice  *Dice
	rings []ring
}

// NewKeys derives the keys of each use. Errors: fault.Invalid "seal.no_key", "seal.key_length", "seal.key_weak",
// "seal.key_version".
func NewKeys(dice *Dice, current Key, older ...Key) (*Keys, error) {
	keys := &Keys{dice: dice}
	seen := map[uint8]bool{}
	for _, key := range append([]Key{current}, older...) {
		if len(key.Secret) != KeySize {
			return nil, fault.New(fault.Invalid, "seal.key_length")
		}
		if bytes.Count(key.Secret, key.Secret[:1]) == KeySize {
			return nil, fault.New(fault.Invalid, "seal.key_weak")
		}
		if key.Version == 0 || seen[key.Version] {
			return nil, fault.New(fault.Invalid, "seal.key_version")
		}
		seen[key.Version] = true
		r, err := newRing(key)
		if err != nil {
			return nil, err
		}
		keys.rings = append(keys.rings, r)
	}
	return keys, nil
}

func newRing(key Key) (ring, error) {
	r := ring{version: key.Version}
	var column []byte
	for use, to := range map[string]*[]byte{"column": &column, "code": &r.codes, "step": &r.steps, "pepper": &r.pepper, "derive": &r.derive} {
		derived, err := hkdf.Key(sha256.New, key.Secret, nil, "ligature/v1/"+use, KeySize)
		if err != nil {
			return ring{}, fault.Wrap(fault.Internal, "seal.derive", err)
		}
		*to = derived
	}
	aead, err := chacha20poly1305.NewX(column)
	if err != nil {
		return ring{}, fault.Wrap(fault.Internal, "seal.derive", err)
	}
	r.columns = aead
	return r, nil
}

// Seal encrypts a value for one column of one row with XChaCha20-Poly1305; a copy in another row, column or table does
// not open. The form is the key's version, the nonce and the sealed text.
func (k *Keys) Seal(table, column, row string, plain []byte) []byte {
	r := &k.rings[0]
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	out[0] = r.version
	k.dice.fill(out[1:])
	return r.columns.Seal(out, out[1:], plain, place(table, column, row))
}

// Open decrypts what Seal made for the same place. Errors: fault.Internal "seal.open", whatever is wrong with it.
func (k *Keys) Open(table, column, row string, sealed []byte) ([]byte, error) {
	const head = 1 + chacha20poly1305.NonceSizeX
	if len(sealed) < head+chacha20poly1305.Overhead {
		return nil, fault.New(fault.Internal, "seal.open")
	}
	for i := range k.rings {
		if k.rings[i].version != sealed[0] {
			continue
		}
		plain, err := k.rings[i].columns.Open(nil, sealed[1:head], sealed[head:], place(table, column, row))
		return plain, fault.Wrap(fault.Internal, "seal.open", err)
	}
	return nil, fault.New(fault.Internal, "seal.open")
}

// Current reports that a sealed value was made with the key that makes now; what is not should be sealed again.
func (k *Keys) Current(sealed []byte) bool {
	return len(sealed) > 0 && sealed[0] == k.rings[0].version
}

// place encodes names with their lengths, so that no two places share an encoding.
func place(parts ...string) []byte {
	size := 0
	for _, part := range parts {
		size += 4 + len(part)
	}
	out := make([]byte, 0, size)
	for _, part := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

// HashCode is the form in which a short code is stored: keyed, because a short code can be guessed from a plain hash
// (ATK-36), and bound to what it was made for, usually a flow.
func (k *Keys) HashCode(purpose Purpose, scope, otp string) string {
	return codeMAC(k.rings[0].codes, purpose, scope, otp)
}

// SameCode reports that otp is the one whose hash was stored, under any of the keys.
func (k *Keys) SameCode(purpose Purpose, scope, otp, stored string) bool {
	same := false
	for i := range k.rings {
		if hmac.Equal([]byte(codeMAC(k.rings[i].codes, purpose, scope, otp)), []byte(stored)) {
			same = true
		}
	}
	return same
}

// HashText is a keyed hash of something typed, to count or look up by without storing it; scope separates its uses.
func (k *Keys) HashText(scope, text string) string {
	return codeMAC(k.rings[0].codes, "text", scope, text)
}

func codeMAC(key []byte, purpose Purpose, scope, otp string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(place(string(purpose), scope, otp))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Derive makes a lasting 32-byte key for a purpose that has no method of its own. It comes from the current key and so
// changes with it.
func (k *Keys) Derive(purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, k.rings[0].derive, nil, purpose, KeySize)
	if err != nil {
		panic("seal: HKDF refuses 32 bytes, which RFC 5869 allows: " + err.Error())
	}
	return derived
}

// String hides the keys.
func (k *Keys) String() string { return "seal.Keys(" + strconv.Itoa(len(k.rings)) + ")" }

// GoString hides the keys.
func (k *Keys) GoString() string { return k.String() }
