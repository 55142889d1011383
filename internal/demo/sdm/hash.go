package sdm

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// iterations is far below what Django uses today: a demo must sign people in quickly on any machine.
const iterations = 30000

// mostIterations is the highest cost a stored hash may ask for.
const mostIterations = 2_000_000

// longestPassword is in bytes; nothing longer is hashed.
const longestPassword = 4096

// Hash is the stored form of a password, as Django writes it: `pbkdf2_sha256$iterations$salt$hash`.
func Hash(password, salt string, rounds int) (string, error) {
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), rounds, sha256.Size)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "sdm.hash", err)
	}
	return "pbkdf2_sha256$" + strconv.Itoa(rounds) + "$" + salt + "$" + base64.StdEncoding.EncodeToString(key), nil
}

// newHash hashes with a fresh salt of 22 characters.
func newHash(password string) (string, error) { return Hash(password, stand.Secret(16), iterations) }

// matches reports whether the password is the stored one. For a stored text that is no hash (an unknown user, one without
// a password) it works as long and says no.
func matches(password, stored string) bool {
	rounds, salt, usable := iterations, "unusable", false
	if parts := strings.Split(stored, "$"); len(parts) == 4 && parts[0] == "pbkdf2_sha256" {
		if n, err := strconv.Atoi(parts[1]); err == nil && n > 0 && n <= mostIterations {
			rounds, salt, usable = n, parts[2], true
		}
	}
	if len(password) > longestPassword {
		return false
	}
	made, err := Hash(password, salt, rounds)
	return err == nil && usable && stand.Same(made, stored)
}

// strong is the product's rule: at least 10 characters with an upper case and a lower case letter, a digit and a special
// character.
func strong(password string) bool {
	var upper, lower, digit, special bool
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsLower(r):
			lower = true
		case unicode.IsDigit(r):
			digit = true
		case !unicode.IsLetter(r):
			special = true
		}
	}
	return utf8.RuneCountInString(password) >= 10 && len(password) <= longestPassword && upper && lower && digit && special
}
