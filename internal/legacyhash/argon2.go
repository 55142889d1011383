package legacyhash

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2Scheme is argon2i and argon2id as PHC strings, version 19, as PHP, libsodium, the reference tool and most
// libraries write them.
func argon2Scheme() scheme {
	return scheme{
		format: Argon2, looks: "`$argon2id$v=19$`, `$argon2i$v=19$`", made: "PHP, Laravel, libsodium, and most others",
		marks: begins("$argon2id$", "$argon2i$"), parse: parseArgon2,
	}
}

func parseArgon2(stored, _ string, spec Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[2] != "v=19" {
		return job{}, errMalformed
	}
	derive := argon2Key(argon2.IDKey)
	switch parts[1] {
	case "argon2id":
	case "argon2i":
		derive = argon2.Key
	default:
		return job{}, errMalformed
	}
	values, err := argon2Cost(parts[3], spec.Limits)
	if err != nil {
		return job{}, err
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return job{}, errMalformed
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 12 || len(want) > 128 {
		return job{}, errMalformed
	}
	return argon2Job(derive, salt, want, values), nil
}

// argon2Job takes memory in KiB, passes and threads within the limits.
func argon2Job(derive argon2Key, salt, want []byte, values [3]uint32) job {
	memory, passes, threads := values[0], values[1], uint8(values[2])
	cost := fmt.Sprintf("m=%d t=%d p=%d", memory, passes, threads)
	return job{memory: int64(memory) << 10, cost: cost, check: compare(func(password []byte) ([]byte, error) {
		return derive(password, salt, passes, memory, threads, uint32(len(want))), nil
	}, want)}
}

// argon2Key is argon2.Key or argon2.IDKey.
type argon2Key func(password, salt []byte, passes, memory uint32, threads uint8, length uint32) []byte

// argon2Cost reads "m=…,t=…,p=…" and holds it against the limits. The reference allows 8 KiB a thread and up.
func argon2Cost(text string, limits Limits) ([3]uint32, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return [3]uint32{}, errMalformed
	}
	var values [3]uint32
	for i, name := range [...]string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(fields[i], name)
		if !ok {
			return values, errMalformed
		}
		n, err := costNumber(digits)
		if err != nil {
			return values, err
		}
		values[i] = uint32(n)
	}
	return values, argon2Bounds(values, limits)
}

// argon2Bounds holds memory in KiB, passes and threads against the limits.
func argon2Bounds(values [3]uint32, limits Limits) error {
	if values[1] < 1 || values[2] < 1 || values[0] < 8*values[2] {
		return errMalformed
	}
	if values[0] > limits.Argon2KiB || values[1] > limits.Argon2Time || values[2] > 64 {
		return errCostly
	}
	return nil
}
