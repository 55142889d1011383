package legacyhash

import (
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// patternScheme is whatever a product once put together from fast digests, as the operator writes it down. It is always weak.
//
//	expression = term { "." term } .
//	term       = "$password" | "$salt" | "$pepper" | "'" text "'" | digest "(" expression ")" |
//	             "hmac_" digest "(" expression "," expression ")" | "raw(" expression ")" | "upper(" expression ")" .
//	digest     = "md5" | "sha1" | "sha256" | "sha384" | "sha512" .
//
// A digest is hexadecimal, in small letters, as in PHP; raw makes it the bytes and upper capitals. Of an HMAC the key comes
// second. The whole is one digest, stored in hexadecimal or Base64; "hash:salt" where the salt has no column of its own.
func patternScheme() scheme {
	return scheme{
		format: Pattern, looks: "what `pattern` says, in hexadecimal or Base64; or `hash:salt`", made: "[a pattern](#patterns): vBulletin, SMF, Joomla 1.5, osCommerce and many in-house products",
		parse: parsePattern,
	}
}

func parsePattern(stored, salt string, spec Spec) (job, error) {
	p, err := readPattern(spec.Pattern)
	if err != nil {
		return job{}, errMalformed
	}
	if before, after, two := strings.Cut(stored, ":"); two && salt == "" && p.uses["salt"] {
		stored, salt = before, after
	}
	want, ok := decodeDigest(stored, p.size)
	if !ok {
		return job{}, errMalformed
	}
	return job{weak: true, cost: spec.Pattern, check: compare(func(password []byte) ([]byte, error) {
		return hex.DecodeString(string(p.value(inputs{"password": password, "salt": []byte(salt), "pepper": spec.Pepper})))
	}, want)}, nil
}

// inputs are the variables of a pattern.
type inputs map[string][]byte

// pattern is one that was read.
type pattern struct {
	value func(in inputs) []byte
	// size of the outermost digest in bytes.
	size int
	uses map[string]bool
}

// The most that a pattern may hold: letters, digests in all, digests in each other.
const (
	patternLetters = 256
	patternDigests = 8
	patternDepth   = 8
)

// patternReader reads one pattern from the left.
type patternReader struct {
	text    string
	at      int
	digests int
	uses    map[string]bool
}

// readPattern says what is wrong and where, in letters from 1.
func readPattern(text string) (pattern, error) {
	if text == "" || len(text) > patternLetters {
		return pattern{}, fmt.Errorf("it has to have 1 to %d letters", patternLetters)
	}
	r := &patternReader{text: text, uses: map[string]bool{}}
	value, size, err := r.expression(0)
	switch {
	case err != nil:
		return pattern{}, err
	case r.at < len(text):
		return pattern{}, r.expected("the end")
	case size == 0:
		return pattern{}, errors.New("the whole has to be one digest, as md5(…)")
	case !r.uses["password"]:
		return pattern{}, errors.New("it does not use $password")
	}
	return pattern{value: value, size: size, uses: r.uses}, nil
}

func (r *patternReader) expected(what string) error {
	return fmt.Errorf("at letter %d there has to be %s", r.at+1, what)
}

// skip passes spaces.
func (r *patternReader) skip() {
	for r.at < len(r.text) && r.text[r.at] == ' ' {
		r.at++
	}
}

// take passes a sign if it comes next.
func (r *patternReader) take(sign byte) bool {
	r.skip()
	if r.at < len(r.text) && r.text[r.at] == sign {
		r.at++
		return true
	}
	return false
}

// word takes small letters, digits and the underscore.
func (r *patternReader) word() string {
	start := r.at
	for r.at < len(r.text) && strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789_", r.text[r.at]) >= 0 {
		r.at++
	}
	return r.text[start:r.at]
}

// expression is terms with dots between them; size is that of the digest when it is one digest alone, 0 otherwise.
func (r *patternReader) expression(depth int) (value func(inputs) []byte, size int, err error) {
	var terms []func(inputs) []byte
	for {
		term, digest, err := r.term(depth)
		if err != nil {
			return nil, 0, err
		}
		terms, size = append(terms, term), digest
		if !r.take('.') {
			break
		}
	}
	r.skip()
	if len(terms) == 1 {
		return terms[0], size, nil
	}
	return func(in inputs) []byte {
		var whole []byte
		for _, term := range terms {
			whole = append(whole, term(in)...)
		}
		return whole
	}, 0, nil
}

func (r *patternReader) term(depth int) (func(inputs) []byte, int, error) {
	if r.take('$') {
		name := r.word()
		if name != "password" && name != "salt" && name != "pepper" {
			return nil, 0, r.expected("$password, $salt or $pepper before it")
		}
		r.uses[name] = true
		return func(in inputs) []byte { return in[name] }, 0, nil
	}
	if r.take('\'') {
		text, _, ends := strings.Cut(r.text[r.at:], "'")
		if !ends {
			return nil, 0, r.expected("a text that ends with '")
		}
		r.at += len(text) + 1
		return func(inputs) []byte { return []byte(text) }, 0, nil
	}
	return r.call(depth)
}

// call is a function and what stands in its parentheses.
func (r *patternReader) call(depth int) (func(inputs) []byte, int, error) {
	start := r.at
	name := r.word()
	digestName, keyed := strings.CutPrefix(name, "hmac_")
	digest := digests()[digestName]
	if digest == nil && name != "raw" && name != "upper" {
		r.at = start
		return nil, 0, r.expected("a variable, a text in ' or one of md5, sha1, sha256, sha384, sha512, hmac_…, raw and upper")
	}
	if r.digests++; depth >= patternDepth || r.digests > patternDigests {
		return nil, 0, fmt.Errorf("it has more than %d functions", patternDigests)
	}
	if !r.take('(') {
		return nil, 0, r.expected("(")
	}
	first, size, err := r.expression(depth + 1)
	if err != nil {
		return nil, 0, err
	}
	second := func(inputs) []byte { return nil }
	if keyed {
		if !r.take(',') {
			return nil, 0, r.expected("a comma, and the key")
		}
		if second, _, err = r.expression(depth + 1); err != nil {
			return nil, 0, err
		}
	}
	if !r.take(')') {
		return nil, 0, r.expected(")")
	}
	return r.function(name, keyed, digest, first, second, size)
}

func (r *patternReader) function(name string, keyed bool, digest func() hash.Hash, first, second func(inputs) []byte, size int) (func(inputs) []byte, int, error) {
	switch {
	case name == "upper":
		return func(in inputs) []byte { return []byte(strings.ToUpper(string(first(in)))) }, size, nil
	case name == "raw" && size == 0:
		return nil, 0, errors.New("raw has to hold one digest, as raw(md5(…))")
	case name == "raw":
		return func(in inputs) []byte {
			raw, _ := hex.DecodeString(string(first(in))) // it is what a digest gave
			return raw
		}, 0, nil
	case keyed:
		return func(in inputs) []byte {
			h := hmac.New(digest, second(in))
			h.Write(first(in))
			return []byte(hex.EncodeToString(h.Sum(nil)))
		}, digest().Size(), nil
	}
	return func(in inputs) []byte { return []byte(hex.EncodeToString(sum(digest, first(in)))) }, digest().Size(), nil
}
