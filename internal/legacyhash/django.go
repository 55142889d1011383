package legacyhash

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// djangoSchemes are the hashers of django.contrib.auth: "algorithm$…", the salt taken as its own bytes.
func djangoSchemes() []scheme {
	return []scheme{
		{format: DjangoPBKDF2, looks: "`pbkdf2_sha256$rounds$salt$hash`", made: "Django, its default", marks: begins("pbkdf2_sha256$"), parse: djangoPBKDF2("sha256")},
		{format: DjangoPBKDF2SHA1, looks: "`pbkdf2_sha1$rounds$salt$hash`", made: "Django", marks: begins("pbkdf2_sha1$"), parse: djangoPBKDF2("sha1")},
		{format: DjangoArgon2, looks: "`argon2$argon2id$…`", made: "Django", marks: begins("argon2$"), parse: parseDjangoArgon2},
		{format: DjangoBcryptSHA256, looks: "`bcrypt_sha256$$2b$…`", made: "Django", marks: begins("bcrypt_sha256$"), parse: parseDjangoBcryptSHA256},
		{format: DjangoBcrypt, looks: "`bcrypt$$2b$…`", made: "Django", marks: begins("bcrypt$"), parse: parseDjangoBcrypt},
		{format: DjangoScrypt, looks: "`scrypt$n$salt$r$p$hash`", made: "Django 4 and later", marks: begins("scrypt$"), parse: parseDjangoScrypt},
		{format: DjangoDigest, looks: "`md5$salt$hash`, `sha1$salt$hash`", made: "Django before 1.4", marks: begins("md5$", "sha1$"), parse: parseDjangoDigest},
	}
}

func djangoPBKDF2(digest string) func(stored, salt string, spec Spec) (job, error) {
	return func(stored, _ string, spec Spec) (job, error) {
		parts := strings.Split(stored, "$")
		if len(parts) != 4 || parts[0] != "pbkdf2_"+digest || parts[2] == "" {
			return job{}, errMalformed
		}
		rounds, err := pbkdf2Rounds(parts[1], spec.Limits)
		if err != nil {
			return job{}, err
		}
		want, err := decoded(parts[3])
		if err != nil || len(want) != digests()[digest]().Size() {
			return job{}, errMalformed
		}
		return pbkdf2Job(digest, rounds, []byte(parts[2]), want, spec.Limits)
	}
}

func parseDjangoArgon2(stored, _ string, spec Spec) (job, error) {
	phc, ok := strings.CutPrefix(stored, "argon2")
	if !ok {
		return job{}, errMalformed
	}
	return parseArgon2(phc, "", spec)
}

// parseDjangoBcryptSHA256 is bcrypt of the hexadecimal SHA-256 of the password.
func parseDjangoBcryptSHA256(stored, _ string, spec Spec) (job, error) {
	inner, ok := strings.CutPrefix(stored, "bcrypt_sha256$")
	if !ok {
		return job{}, errMalformed
	}
	work, err := bcryptJob(inner, spec.Limits)
	if err != nil {
		return job{}, err
	}
	return work.under(func(password []byte) []byte { return []byte(hex.EncodeToString(sum(sha256.New, password))) }), nil
}

func parseDjangoBcrypt(stored, _ string, spec Spec) (job, error) {
	inner, ok := strings.CutPrefix(stored, "bcrypt$")
	if !ok {
		return job{}, errMalformed
	}
	return bcryptJob(inner, spec.Limits)
}

func parseDjangoScrypt(stored, _ string, spec Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "scrypt" {
		return job{}, errMalformed
	}
	var values [3]int
	for i, at := range [...]int{1, 3, 4} {
		var err error
		if values[i], err = costNumber(parts[at]); err != nil {
			return job{}, err
		}
	}
	want, err := decoded(parts[5])
	if err != nil {
		return job{}, err
	}
	return scryptJob(values[0], values[1], values[2], []byte(parts[2]), want, spec.Limits)
}

// parseDjangoDigest is one digest of the salt and the password, in hexadecimal.
func parseDjangoDigest(stored, _ string, _ Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 3 || (parts[0] != "md5" && parts[0] != "sha1") {
		return job{}, errMalformed
	}
	digest := digests()[parts[0]]
	want, err := hex.DecodeString(parts[2])
	if err != nil || len(want) != digest().Size() {
		return job{}, errMalformed
	}
	return job{weak: true, cost: "1 round", check: compare(func(password []byte) ([]byte, error) {
		return sum(digest, []byte(parts[1]), password), nil
	}, want)}, nil
}
