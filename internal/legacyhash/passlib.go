package legacyhash

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// passlibSchemes are the modular formats that Python's passlib invented.
func passlibSchemes() []scheme {
	return []scheme{
		{format: PasslibPBKDF2, looks: "`$pbkdf2$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$`", made: "passlib, pgAdmin, Flask-Security",
			marks: begins("$pbkdf2$", "$pbkdf2-sha256$", "$pbkdf2-sha512$"), parse: parsePasslibPBKDF2},
		{format: PasslibScrypt, looks: "`$scrypt$ln=…,r=…,p=…$salt$hash`", made: "passlib", marks: begins("$scrypt$"), parse: parsePasslibScrypt},
		{format: PasslibBcryptSHA256, looks: "`$bcrypt-sha256$`", made: "passlib, both versions", marks: begins("$bcrypt-sha256$"), parse: parsePasslibBcrypt},
	}
}

func parsePasslibPBKDF2(stored, _ string, spec Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 5 || parts[0] != "" {
		return job{}, errMalformed
	}
	digest := map[string]string{"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}[parts[1]]
	return pbkdf2Text(digest, parts[2], parts[3], parts[4], spec.Limits)
}

// pbkdf2Text reads the rounds, and salt and hash in passlib's Base64.
func pbkdf2Text(digest, rounds, salt, hash string, limits Limits) (job, error) {
	n, err := pbkdf2Rounds(rounds, limits)
	if err != nil {
		return job{}, err
	}
	rawSalt, err := adapted(salt)
	if err != nil {
		return job{}, err
	}
	want, err := adapted(hash)
	if err != nil {
		return job{}, err
	}
	return pbkdf2Job(digest, n, rawSalt, want, limits)
}

func parsePasslibScrypt(stored, _ string, spec Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 5 || parts[0] != "" || parts[1] != "scrypt" {
		return job{}, errMalformed
	}
	fields := strings.Split(parts[2], ",")
	if len(fields) != 3 {
		return job{}, errMalformed
	}
	var values [3]int
	for i, name := range [...]string{"ln=", "r=", "p="} {
		digits, ok := strings.CutPrefix(fields[i], name)
		if !ok {
			return job{}, errMalformed
		}
		var err error
		if values[i], err = costNumber(digits); err != nil {
			return job{}, err
		}
	}
	if values[0] > 30 {
		return job{}, errCostly
	}
	salt, err := decoded(parts[3])
	if err != nil {
		return job{}, err
	}
	want, err := decoded(parts[4])
	if err != nil {
		return job{}, err
	}
	return scryptJob(1<<values[0], values[1], values[2], salt, want, spec.Limits)
}

// parsePasslibBcrypt is bcrypt of the Base64 of a SHA-256 of the password: version 2 "$bcrypt-sha256$v=2,t=2b,r=12$salt$hash"
// with HMAC under the salt, version 1 "$bcrypt-sha256$2b,12$salt$hash" without.
func parsePasslibBcrypt(stored, _ string, spec Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 5 || parts[0] != "" || parts[1] != "bcrypt-sha256" || len(parts[3]) != 22 {
		return job{}, errMalformed
	}
	fields := strings.Split(parts[2], ",")
	salted := len(fields) == 3 && fields[0] == "v=2"
	if salted {
		fields = fields[1:]
	}
	if len(fields) != 2 {
		return job{}, errMalformed
	}
	kind, rounds := fields[0], fields[1]
	if salted {
		var isKind, isRounds bool
		kind, isKind = strings.CutPrefix(kind, "t=")
		rounds, isRounds = strings.CutPrefix(rounds, "r=")
		if !isKind || !isRounds {
			return job{}, errMalformed
		}
	}
	if len(rounds) == 1 {
		rounds = "0" + rounds
	}
	work, err := bcryptJob("$"+kind+"$"+rounds+"$"+parts[3]+parts[4], spec.Limits)
	if err != nil {
		return job{}, err
	}
	return work.under(func(password []byte) []byte {
		digest := sum(sha256.New, password)
		if salted {
			keyed := hmac.New(sha256.New, []byte(parts[3]))
			keyed.Write(password)
			digest = keyed.Sum(nil)
		}
		return []byte(base64.StdEncoding.EncodeToString(digest))
	}), nil
}
