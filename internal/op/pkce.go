package op

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// challengeLength is the length of a SHA-256 in base64url.
const challengeLength = 43

// CodeChallenge is the S256 challenge of a verifier (RFC 7636 §4.2).
func CodeChallenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// validChallenge reports that s can be the base64url of a SHA-256.
func validChallenge(s string) bool {
	if len(s) != challengeLength {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

// validVerifier is the grammar of RFC 7636 §4.1: 43 to 128 unreserved characters.
func validVerifier(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		b := s[i]
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '.', b == '_', b == '~':
		default:
			return false
		}
	}
	return true
}

// provesChallenge reports that the verifier answers the challenge. Neither without the other is an answer: a verifier
// where none was announced is the mark of a downgrade (RFC 9700 §4.8.2).
func provesChallenge(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	return validVerifier(verifier) && subtle.ConstantTimeCompare([]byte(CodeChallenge(verifier)), []byte(challenge)) == 1
}
