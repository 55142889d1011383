package legacyhash

import (
	"encoding/hex"
	"strings"
)

// werkzeugSchemes are what werkzeug.security, and so Flask, writes: "method$salt$hexadecimal", the salt taken as its own
// bytes. Its methods without rounds are refused: how many there were depends on the version.
func werkzeugSchemes() []scheme {
	return []scheme{
		{format: WerkzeugPBKDF2, looks: "`pbkdf2:sha256:rounds$salt$hash`", made: "Werkzeug, Flask", marks: begins("pbkdf2:"), parse: parseWerkzeugPBKDF2},
		{format: WerkzeugScrypt, looks: "`scrypt:n:r:p$salt$hash`", made: "Werkzeug 2.3 and later, Flask", marks: begins("scrypt:"), parse: parseWerkzeugScrypt},
	}
}

func parseWerkzeugPBKDF2(stored, _ string, spec Spec) (job, error) {
	method, salt, want, err := werkzeugParts(stored)
	if err != nil || len(method) != 3 || method[0] != "pbkdf2" {
		return job{}, errMalformed
	}
	rounds, err := pbkdf2Rounds(method[2], spec.Limits)
	if err != nil {
		return job{}, err
	}
	return pbkdf2Job(method[1], rounds, salt, want, spec.Limits)
}

func parseWerkzeugScrypt(stored, _ string, spec Spec) (job, error) {
	method, salt, want, err := werkzeugParts(stored)
	if err != nil || len(method) != 4 || method[0] != "scrypt" {
		return job{}, errMalformed
	}
	var values [3]int
	for i := range values {
		if values[i], err = costNumber(method[i+1]); err != nil {
			return job{}, err
		}
	}
	return scryptJob(values[0], values[1], values[2], salt, want, spec.Limits)
}

func werkzeugParts(stored string) (method []string, salt, want []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 3 {
		return nil, nil, nil, errMalformed
	}
	if want, err = hex.DecodeString(parts[2]); err != nil {
		return nil, nil, nil, errMalformed
	}
	return strings.Split(parts[0], ":"), []byte(parts[1]), want, nil
}
