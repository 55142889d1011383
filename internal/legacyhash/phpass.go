package legacyhash

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
)

// phpassSchemes are Openwall's portable hashes, which WordPress, phpBB and Drupal took over, and what WordPress has now.
func phpassSchemes() []scheme {
	return []scheme{
		{format: PHPass, looks: "`$P$`, `$H$`", made: "WordPress before 6.8, phpBB, Joomla 2.5", marks: begins("$P$", "$H$", "U$P$", "U$H$"), parse: parsePHPass},
		{format: Drupal7, looks: "`$S$`, and `U$S$` of passwords from Drupal 6", made: "Drupal 7 to 10.0", marks: begins("$S$", "U$S$"), parse: parsePHPass},
		{format: WordPress, looks: "`$wp$2y$`", made: "WordPress 6.8 and later", marks: begins("$wp$"), parse: parseWordPress},
	}
}

// parsePHPass reads "$P$", a letter for the binary logarithm of the rounds, eight letters of salt, and the hash. Before it
// a U says that Drupal hashed an MD5 that it had from before.
func parsePHPass(stored, _ string, spec Spec) (job, error) {
	text, old := strings.CutPrefix(stored, "U")
	digest, letters, drupal := md5.New, 22, strings.HasPrefix(text, "$S$")
	switch {
	case drupal:
		digest, letters = sha512.New, 43 // Drupal cuts the text to 55 letters
	case !strings.HasPrefix(text, "$P$") && !strings.HasPrefix(text, "$H$"):
		return job{}, errMalformed
	}
	if declared := spec.Format; (declared == PHPass && drupal) || (declared == Drupal7 && !drupal) {
		return job{}, errMalformed
	}
	if len(text) != 12+letters || !cryptWord(text[12:], letters) {
		return job{}, errMalformed
	}
	power := strings.IndexByte(cryptAlphabet, text[3])
	if power < 7 || power > 30 {
		return job{}, errMalformed
	}
	rounds := 1 << power
	if rounds > spec.Limits.CryptRounds {
		return job{}, errCostly
	}
	work := job{weak: rounds < strongRounds, cost: strconv.Itoa(rounds) + " rounds", check: func(ctx context.Context, password []byte) (bool, error) {
		got, err := phpassSum(ctx, digest, password, []byte(text[4:12]), rounds)
		return err == nil && subtle.ConstantTimeCompare([]byte(got[:letters]), []byte(text[12:])) == 1, err
	}}
	if old {
		work = work.under(func(password []byte) []byte { return []byte(hex.EncodeToString(sum(md5.New, password))) })
	}
	return work, nil
}

func phpassSum(ctx context.Context, digest func() hash.Hash, password, salt []byte, rounds int) (string, error) {
	h := digest()
	state := sum(digest, salt, password)
	for i := range rounds {
		if i%1000 == 999 && ctx.Err() != nil {
			return "", ctx.Err()
		}
		h.Reset()
		h.Write(state)
		h.Write(password)
		state = h.Sum(state[:0])
	}
	return cryptText(state, straight(len(state))), nil
}

// straight is the order of bytes of phpass: one after the other, the last group filled up.
func straight(size int) []int {
	var order []int
	for i := 0; i < size; i += 3 {
		group := []int{i + 2, i + 1, i}
		for at := range group {
			if group[at] >= size {
				group[at] = -1
			}
		}
		order = append(order, group...)
	}
	return order
}

// parseWordPress is bcrypt of the Base64 of an HMAC, so that more than 72 bytes count.
func parseWordPress(stored, _ string, spec Spec) (job, error) {
	inner, ok := strings.CutPrefix(stored, "$wp")
	if !ok {
		return job{}, errMalformed
	}
	work, err := bcryptJob(inner, spec.Limits)
	if err != nil {
		return job{}, err
	}
	return work.under(func(password []byte) []byte {
		keyed := hmac.New(sha512.New384, []byte("wp-sha384"))
		keyed.Write(password)
		return []byte(base64.StdEncoding.EncodeToString(keyed.Sum(nil)))
	}), nil
}
