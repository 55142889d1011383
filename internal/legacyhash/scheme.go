package legacyhash

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
)

// job is a parsed hash within its limits: what is left is the work.
type job struct {
	// memory is roughly what the work takes, in bytes.
	memory int64
	// weak says that a guess costs next to nothing.
	weak bool
	// cost is what a guess costs, in the format's own words.
	cost string
	// check does the work and compares in constant time; it may stop early when ctx ends.
	check func(ctx context.Context, password []byte) (bool, error)
}

// scheme is one format.
type scheme struct {
	format Format
	// looks and made are for documents: what a stored text looks like, and what makes such texts.
	looks, made string
	// marks reports that a stored text says of itself that it has this format; nil when no text does.
	marks func(stored string) bool
	// parse reads a stored text, or says errMalformed or errCostly.
	parse func(stored, salt string, spec Spec) (job, error)
}

// schemes is the table of formats. Auto asks them in this order.
func schemes() []scheme {
	all := []scheme{bcryptScheme(), argon2Scheme()}
	all = append(all, djangoSchemes()...)
	all = append(all, passlibSchemes()...)
	all = append(all, werkzeugSchemes()...)
	all = append(all, cryptSchemes()...)
	all = append(all, phpassSchemes()...)
	return append(all, ldapScheme(), keycloakScheme(), aspnetScheme(), symfonySHA512Scheme(), firebaseScheme(), patternScheme())
}

var (
	errMalformed = errors.New("the stored hash does not have the format")
	errCostly    = errors.New("the stored hash asks for more work than is allowed")
)

// begins makes a mark of the texts that a format's hashes begin with.
func begins(prefixes ...string) func(stored string) bool {
	return func(stored string) bool {
		for _, prefix := range prefixes {
			if strings.HasPrefix(stored, prefix) {
				return true
			}
		}
		return false
	}
}

// compare is the end of most checks.
func compare(derive func(password []byte) ([]byte, error), want []byte) func(context.Context, []byte) (bool, error) {
	return func(_ context.Context, password []byte) (bool, error) {
		got, err := derive(password)
		if err != nil {
			return false, err
		}
		return subtle.ConstantTimeCompare(got, want) == 1, nil
	}
}

// under does the work of a hash on what change makes of the password.
func (j job) under(change func(password []byte) []byte) job {
	check := j.check
	j.check = func(ctx context.Context, password []byte) (bool, error) { return check(ctx, change(password)) }
	return j
}

// decoded reads Base64 with or without padding.
func decoded(text string) ([]byte, error) {
	raw, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, errMalformed
	}
	return raw, nil
}

// adapted reads passlib's Base64: a dot for the plus, no padding.
func adapted(text string) ([]byte, error) {
	if strings.ContainsAny(text, "+=") {
		return nil, errMalformed
	}
	return decoded(strings.ReplaceAll(text, ".", "+"))
}
