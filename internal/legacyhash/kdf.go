package legacyhash

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"math/bits"
	"strconv"

	"golang.org/x/crypto/scrypt"
)

// digests are the hash functions by their names in stored texts.
func digests() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	}
}

// sum is the digest of the parts, one after the other.
func sum(digest func() hash.Hash, parts ...[]byte) []byte {
	h := digest()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// pbkdf2Rounds reads a number of rounds within the limits.
func pbkdf2Rounds(text string, limits Limits) (int, error) {
	rounds, err := costNumber(text)
	if err == nil && rounds > limits.PBKDF2Rounds {
		return 0, errCostly
	}
	return rounds, err
}

// pbkdf2Job is PBKDF2 with HMAC, the key as long as the one that is stored.
func pbkdf2Job(digest string, rounds int, salt, want []byte, limits Limits) (job, error) {
	h, ok := digests()[digest]
	if !ok || digest == "md5" || rounds < 1 || len(want) < 16 || len(want) > 128 || len(salt) > limits.SaltBytes {
		return job{}, errMalformed
	}
	size := h().Size()
	blocks := (len(want) + size - 1) / size
	if rounds > limits.PBKDF2Rounds/blocks {
		return job{}, errCostly
	}
	return job{weak: rounds < strongRounds, cost: strconv.Itoa(rounds) + " rounds", check: compare(func(password []byte) ([]byte, error) {
		return pbkdf2.Key(h, string(password), salt, rounds, len(want))
	}, want)}, nil
}

// scryptJob is scrypt (RFC 7914) with N, r and p, the key as long as the one that is stored.
func scryptJob(n, r, p int, salt, want []byte, limits Limits) (job, error) {
	memory, err := scryptCost(n, r, p, limits)
	if err != nil {
		return job{}, err
	}
	if len(want) < 16 || len(want) > 128 {
		return job{}, errMalformed
	}
	return job{memory: memory, cost: scryptText(n, r, p), check: compare(func(password []byte) ([]byte, error) {
		return scrypt.Key(password, salt, n, r, p, len(want))
	}, want)}, nil
}

// scryptCost gives the memory in bytes.
func scryptCost(n, r, p int, limits Limits) (int64, error) {
	if n < 2 || bits.OnesCount(uint(n)) != 1 || r < 1 || p < 1 {
		return 0, errMalformed
	}
	if n > limits.ScryptWork || r > limits.ScryptWork/n || p > limits.ScryptWork/(n*r) {
		return 0, errCostly
	}
	if 128*int64(r)*int64(max(n, p)) > int64(limits.ScryptKiB)<<10 {
		return 0, errCostly
	}
	return 128 * int64(r) * int64(n+p), nil
}

func scryptText(n, r, p int) string {
	return "N=" + strconv.Itoa(n) + " r=" + strconv.Itoa(r) + " p=" + strconv.Itoa(p)
}
