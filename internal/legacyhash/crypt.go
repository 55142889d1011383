package legacyhash

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"hash"
	"strconv"
	"strings"
)

// cryptSchemes are those of crypt(3) that are neither bcrypt nor older than 1994, and Apache's own MD5.
func cryptSchemes() []scheme {
	return []scheme{
		{format: SHA512Crypt, looks: "`$6$`", made: "crypt(3), Linux, Dovecot", marks: begins("$6$"), parse: shaCrypt("$6$", sha512.New, sha512Order())},
		{format: SHA256Crypt, looks: "`$5$`", made: "crypt(3)", marks: begins("$5$"), parse: shaCrypt("$5$", sha256.New, sha256Order())},
		{format: MD5Crypt, looks: "`$1$`, `$apr1$`", made: "crypt(3), htpasswd", marks: begins("$1$", "$apr1$"), parse: parseMD5Crypt},
	}
}

// cryptAlphabet is the Base64 of crypt(3), least significant bits first.
const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// cryptText writes the bytes of raw in the given order, three at a time; nothing stands for the negative ones.
func cryptText(raw []byte, order []int) string {
	var out strings.Builder
	for i := 0; i < len(order); i += 3 {
		word, letters := 0, 1
		for _, at := range order[i : i+3] {
			word <<= 8
			if at >= 0 {
				word |= int(raw[at])
				letters++
			}
		}
		for range letters {
			out.WriteByte(cryptAlphabet[word&63])
			word >>= 6
		}
	}
	return out.String()
}

// cryptLength is how many letters cryptText gives.
func cryptLength(order []int) int {
	letters := 0
	for i := 0; i < len(order); i += 3 {
		letters++
		for _, at := range order[i : i+3] {
			if at >= 0 {
				letters++
			}
		}
	}
	return letters
}

// turned is an order in which each triple is the one before, turned by one.
func turned(first []int, turns, by, step int) []int {
	order := append([]int{}, first...)
	for range turns - 1 {
		last := order[len(order)-3:]
		next := []int{last[(by)%3] + step, last[(by+1)%3] + step, last[(by+2)%3] + step}
		order = append(order, next...)
	}
	return order
}

func sha512Order() []int { return append(turned([]int{0, 21, 42}, 21, 1, 1), -1, -1, 63) }

func sha256Order() []int { return append(turned([]int{0, 10, 20}, 10, 2, 1), -1, 31, 30) }

func md5Order() []int {
	return []int{0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 5, -1, -1, 11}
}

// shaCrypt reads "$5$salt$hash" and "$5$rounds=n$salt$hash" (Drepper, "Unix crypt using SHA-256 and SHA-512").
func shaCrypt(prefix string, digest func() hash.Hash, order []int) func(stored, salt string, spec Spec) (job, error) {
	return func(stored, _ string, spec Spec) (job, error) {
		rest, ok := strings.CutPrefix(stored, prefix)
		parts := strings.Split(rest, "$")
		rounds := 5000
		if digits, given := strings.CutPrefix(parts[0], "rounds="); ok && given {
			var err error
			if rounds, err = costNumber(digits); err != nil {
				return job{}, err
			}
			parts = parts[1:]
		}
		if !ok || len(parts) != 2 || len(parts[0]) > 16 || rounds < 1000 || !cryptWord(parts[1], cryptLength(order)) {
			return job{}, errMalformed
		}
		if rounds > spec.Limits.CryptRounds {
			return job{}, errCostly
		}
		return job{cost: strconv.Itoa(rounds) + " rounds", check: func(ctx context.Context, password []byte) (bool, error) {
			raw, err := shaCryptSum(ctx, digest, password, []byte(parts[0]), rounds)
			return err == nil && subtle.ConstantTimeCompare([]byte(cryptText(raw, order)), []byte(parts[1])) == 1, err
		}}, nil
	}
}

// cryptWord reports a text of that many letters of crypt's alphabet.
func cryptWord(text string, letters int) bool {
	return len(text) == letters && strings.Trim(text, cryptAlphabet) == ""
}

func shaCryptSum(ctx context.Context, digest func() hash.Hash, password, salt []byte, rounds int) ([]byte, error) {
	inner := sum(digest, password, salt, password)
	h := digest()
	h.Write(password)
	h.Write(salt)
	h.Write(repeated(inner, len(password)))
	for n := len(password); n > 0; n >>= 1 {
		if n&1 == 1 {
			h.Write(inner)
		} else {
			h.Write(password)
		}
	}
	state := h.Sum(nil)
	h.Reset()
	for range password {
		h.Write(password)
	}
	p := repeated(h.Sum(nil), len(password))
	h.Reset()
	for range 16 + int(state[0]) {
		h.Write(salt)
	}
	return cryptRounds(ctx, h, state, p, repeated(h.Sum(nil), len(salt)), rounds)
}

// cryptRounds is the loop that SHA-crypt has from MD5-crypt.
func cryptRounds(ctx context.Context, h hash.Hash, state, password, salt []byte, rounds int) ([]byte, error) {
	for i := range rounds {
		if i%1000 == 999 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		first, last := state, password
		if i&1 == 1 {
			first, last = password, state
		}
		h.Reset()
		h.Write(first)
		if i%3 != 0 {
			h.Write(salt)
		}
		if i%7 != 0 {
			h.Write(password)
		}
		h.Write(last)
		state = h.Sum(state[:0:0])
	}
	return state, nil
}

// repeated is as many bytes of a text said again and again.
func repeated(text []byte, length int) []byte {
	out := make([]byte, 0, length+len(text))
	for len(out) < length {
		out = append(out, text...)
	}
	return out[:length]
}

// parseMD5Crypt reads "$1$salt$hash" of FreeBSD and "$apr1$salt$hash" of Apache: a thousand rounds of MD5.
func parseMD5Crypt(stored, _ string, _ Spec) (job, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 4 || parts[0] != "" || (parts[1] != "1" && parts[1] != "apr1") || len(parts[2]) > 8 || !cryptWord(parts[3], cryptLength(md5Order())) {
		return job{}, errMalformed
	}
	magic, salt := []byte("$"+parts[1]+"$"), []byte(parts[2])
	return job{weak: true, check: func(ctx context.Context, password []byte) (bool, error) {
		inner := sum(md5.New, password, salt, password)
		h := md5.New()
		h.Write(password)
		h.Write(magic)
		h.Write(salt)
		h.Write(repeated(inner, len(password)))
		for n := len(password); n > 0; n >>= 1 {
			if n&1 == 1 {
				h.Write([]byte{0})
			} else {
				h.Write(password[:1])
			}
		}
		raw, err := cryptRounds(ctx, h, h.Sum(nil), password, salt, 1000)
		return err == nil && subtle.ConstantTimeCompare([]byte(cryptText(raw, md5Order())), []byte(parts[3])) == 1, err
	}}, nil
}
