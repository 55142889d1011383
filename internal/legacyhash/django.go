package legacyhash

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// djangoPBKDF2Scheme is Django's default hasher: "pbkdf2_sha256$rounds$salt$base64", the salt taken as its own bytes.
func djangoPBKDF2Scheme() scheme {
	return scheme{
		format: DjangoPBKDF2,
		marks:  func(stored string) bool { return strings.HasPrefix(stored, "pbkdf2_sha256$") },
		parse:  parseDjangoPBKDF2,
	}
}

func parseDjangoPBKDF2(stored, _ string, spec Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 4 || parts[0] != "pbkdf2_sha256" || parts[2] == "" {
		return job{}, errMalformed
	}
	rounds, err := costNumber(parts[1])
	if err != nil {
		return job{}, err
	}
	if rounds < 1 {
		return job{}, errMalformed
	}
	if rounds > spec.Limits.PBKDF2Rounds {
		return job{}, errCostly
	}
	want, err := base64.StdEncoding.Strict().DecodeString(parts[3])
	if err != nil || len(want) != sha256.Size {
		return job{}, errMalformed
	}
	return job{check: func(_ context.Context, password []byte) (bool, error) {
		got, err := pbkdf2.Key(sha256.New, string(password), []byte(parts[2]), rounds, len(want))
		if err != nil {
			return false, err
		}
		return subtle.ConstantTimeCompare(got, want) == 1, nil
	}}, nil
}
