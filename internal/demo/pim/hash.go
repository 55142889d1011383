package pim

import (
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"math/big"
)

// rounds is Symfony's default for the message digest hasher.
const rounds = 5000

// longestPassword is Symfony's cap in bytes; anything longer never matches.
const longestPassword = 4096

// Hash is the stored form of a password: SHA-512 over `password{salt}`, then rounds-1 times over the previous raw digest
// followed by the same text, in Base64.
func Hash(password, salt string) string {
	salted := []byte(password + "{" + salt + "}")
	digest := sha512.Sum512(salted)
	buffer := make([]byte, 0, len(digest)+len(salted))
	for range rounds - 1 {
		buffer = append(append(buffer[:0], digest[:]...), salted...)
		digest = sha512.Sum512(buffer)
	}
	return base64.StdEncoding.EncodeToString(digest[:])
}

// matches reports whether the password is the stored one. It takes the same time whether or not it is, and also for an
// empty stored hash, so that an unknown user is not told by the time the answer takes.
func matches(password, salt, stored string) bool {
	if len(password) > longestPassword {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(Hash(password, salt)), []byte(stored)) == 1
}

// randomText is a random number in base 36, the alphabet of the product's salts (31 characters) and reset links (50).
func randomText(length int) string {
	limit := new(big.Int).Exp(big.NewInt(36), big.NewInt(int64(length)), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		return "" // cannot happen: crypto/rand ends the process instead of failing
	}
	text := n.Text(36)
	for len(text) < length {
		text = "0" + text
	}
	return text
}
