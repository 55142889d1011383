package legacyhash

import (
	"context"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// symfonyRounds is the default of Symfony's message digest hasher, and so Akeneo PIM's.
const symfonyRounds = 5000

// symfonySHA512Scheme is Symfony's MessageDigestPasswordHasher with SHA-512: the password followed by the salt in braces,
// hashed, then each round hashing the digest before followed by that text again. Base64 by default, or hexadecimal.
func symfonySHA512Scheme() scheme {
	return scheme{
		format: SymfonySHA512, looks: "88 letters of Base64 or 128 hexadecimal digits; the salt in `salt`; `iterations` if not 5000",
		made: "Symfony's message digest hasher, Akeneo PIM",
		marks: func(stored string) bool {
			_, ok := decodeDigest(stored, sha512.Size)
			return ok
		},
		parse: parseSymfonySHA512,
	}
}

func parseSymfonySHA512(stored, salt string, spec Spec) (job, error) {
	want, ok := decodeDigest(stored, sha512.Size)
	// Symfony itself refuses braces in a salt, because two pairs of password and salt could then be one text.
	if !ok || strings.ContainsAny(salt, "{}") {
		return job{}, errMalformed
	}
	rounds := spec.Iterations
	if rounds == 0 {
		rounds = symfonyRounds
	}
	if rounds > spec.Limits.DigestRounds {
		return job{}, errCostly
	}
	return job{weak: rounds < strongRounds, cost: strconv.Itoa(rounds) + " rounds", check: func(ctx context.Context, password []byte) (bool, error) {
		salted := password
		if salt != "" {
			salted = append(append(append([]byte{}, password...), '{'), salt...)
			salted = append(salted, '}')
		}
		buffer := make([]byte, sha512.Size, sha512.Size+len(salted))
		digest := sha512.Sum512(salted)
		for i := 1; i < rounds; i++ {
			if i%1000 == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			buffer = append(append(buffer[:0], digest[:]...), salted...)
			digest = sha512.Sum512(buffer)
		}
		return subtle.ConstantTimeCompare(digest[:], want) == 1, nil
	}}, nil
}

// decodeDigest reads a digest of size bytes as padded Base64 or hexadecimal; the length tells which.
func decodeDigest(stored string, size int) ([]byte, bool) {
	var raw []byte
	var err error
	switch len(stored) {
	case base64.StdEncoding.EncodedLen(size):
		raw, err = base64.StdEncoding.Strict().DecodeString(stored)
	case hex.EncodedLen(size):
		raw, err = hex.DecodeString(stored)
	default:
		return nil, false
	}
	return raw, err == nil && len(raw) == size
}
