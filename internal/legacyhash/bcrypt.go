package legacyhash

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// bcryptScheme is bcrypt in the spellings $2a$, $2b$ and $2y$, which differ only in bugs that are gone. $2x$ marks hashes
// made with one of these bugs and is refused. Bcrypt itself looks at the first 72 bytes of a password only; that is the
// product's own weakness, and keeping it is what lets its users in. A declared pepper follows the password, as with Devise.
func bcryptScheme() scheme {
	return scheme{
		format: Bcrypt, looks: "`$2a$`, `$2b$`, `$2y$`", made: "PHP, Laravel, Rails, Spring, htpasswd -B and most others",
		marks: begins("$2a$", "$2b$", "$2y$"), parse: parseBcrypt,
	}
}

func parseBcrypt(stored, _ string, spec Spec) (job, error) {
	work, err := bcryptJob(stored, spec.Limits)
	if err != nil || len(spec.Pepper) == 0 {
		return work, err
	}
	return work.under(func(password []byte) []byte { return append(append([]byte{}, password...), spec.Pepper...) }), nil
}

func bcryptJob(stored string, limits Limits) (job, error) {
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if len(stored) != 60 || !bcryptScheme().marks(stored) || stored[6] != '$' || strings.Trim(stored[7:], alphabet) != "" {
		return job{}, errMalformed
	}
	cost, ok := number(strings.TrimPrefix(stored[4:6], "0"))
	if !ok || cost < bcrypt.MinCost {
		return job{}, errMalformed
	}
	if cost > limits.BcryptCost {
		return job{}, errCostly
	}
	return job{memory: 8 << 10, cost: "cost " + stored[4:6], check: func(_ context.Context, password []byte) (bool, error) {
		err := bcrypt.CompareHashAndPassword([]byte(stored), password)
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}}, nil
}
