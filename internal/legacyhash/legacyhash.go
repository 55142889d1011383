// Package legacyhash checks a password against a hash that some other system stored.
//
// Every format is parsed and its cost held against Limits before any work is done, so that a poisoned row cannot stall
// the server (ATK-78). Nothing is cached and nothing is made here: there is no way to create a foreign hash outside the
// tests. A format is one file with one scheme, listed in schemes.
package legacyhash

import (
	"context"
	"errors"
	"strings"

	"ligature/internal/fault"
)

// Format names how a system stores passwords.
type Format string

// The formats. Auto finds out from the stored text, which works for all that mark themselves.
const (
	Auto          Format = "auto"
	SymfonySHA512 Format = "symfony-sha512"
	Bcrypt        Format = "bcrypt"
	Argon2        Format = "argon2"
	DjangoPBKDF2  Format = "django-pbkdf2-sha256"
)

// Limits are the most that a stored hash may ask for. The zero value of a field means its default.
type Limits struct {
	// StoredBytes and SaltBytes bound the texts; default 1024 and 255.
	StoredBytes, SaltBytes int
	// PasswordBytes bounds the password; default 1024.
	PasswordBytes int
	// DigestRounds bounds iterated digests; default 100,000.
	DigestRounds int
	// BcryptCost bounds bcrypt; default 15.
	BcryptCost int
	// Argon2KiB and Argon2Time bound argon2; default 256 MiB and 10 passes.
	Argon2KiB, Argon2Time uint32
	// PBKDF2Rounds bounds PBKDF2; default 2,000,000.
	PBKDF2Rounds int
}

func (l Limits) filled() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.StoredBytes, 1024)
	set(&l.SaltBytes, 255)
	set(&l.PasswordBytes, 1024)
	set(&l.DigestRounds, 100_000)
	set(&l.BcryptCost, 15)
	set(&l.PBKDF2Rounds, 2_000_000)
	if l.Argon2KiB == 0 {
		l.Argon2KiB = 256 << 10
	}
	if l.Argon2Time == 0 {
		l.Argon2Time = 10
	}
	return l
}

// Spec is what the operator declares about a product's hashes.
type Spec struct {
	// Format is one of the formats; empty means Auto.
	Format Format `yaml:"format"`
	// Iterations of formats that do not store them; 0 means the format's own default.
	Iterations int `yaml:"iterations"`
	// Limits are set by the program.
	Limits Limits `yaml:"-"`
	// Gate is asked for the memory in bytes before the work begins; nil lets everything pass. It is set by the program.
	Gate func(ctx context.Context, bytes int64) (release func(), err error) `yaml:"-"`
}

// job is a parsed hash within its limits: what is left is the work.
type job struct {
	// memory is roughly what the work takes, in bytes.
	memory int64
	// check does the work and compares in constant time; it may stop early when ctx ends.
	check func(ctx context.Context, password []byte) (bool, error)
}

// scheme is one format.
type scheme struct {
	format Format
	// marks reports that a stored text says of itself that it has this format.
	marks func(stored string) bool
	// parse reads a stored text, or says errMalformed or errCostly.
	parse func(stored, salt string, spec Spec) (job, error)
}

// schemes is the table of formats. Auto asks them in this order.
func schemes() []scheme {
	return []scheme{bcryptScheme(), argon2Scheme(), djangoPBKDF2Scheme(), symfonySHA512Scheme()}
}

var (
	errMalformed = errors.New("the stored hash does not have the format")
	errCostly    = errors.New("the stored hash asks for more work than is allowed")
)

// Known reports whether the Spec names a format and sensible iterations. Errors: fault.Invalid
// "legacyhash.format" and "legacyhash.iterations".
func (s Spec) Known() error {
	if s.Iterations < 0 || s.Iterations > s.Limits.filled().DigestRounds {
		return fault.New(fault.Invalid, "legacyhash.iterations")
	}
	if s.Format == Auto || s.Format == "" {
		return nil
	}
	for _, sc := range schemes() {
		if sc.format == s.Format {
			return nil
		}
	}
	return fault.New(fault.Invalid, "legacyhash.format")
}

// Formats lists the formats, for messages and documents.
func Formats() []Format {
	formats := []Format{Auto}
	for _, sc := range schemes() {
		formats = append(formats, sc.format)
	}
	return formats
}

// Identify says which format a stored text says it has.
func Identify(stored string) (Format, bool) {
	for _, sc := range schemes() {
		if sc.marks(stored) {
			return sc.format, true
		}
	}
	return "", false
}

// Check reports whether password is the one whose hash is stored; salt is the product's separate salt, empty when it has
// none. An empty stored text matches nothing. Errors, each before any work: fault.Internal "legacyhash.unknown",
// "legacyhash.malformed", "legacyhash.too_costly"; fault.Invalid "legacyhash.password"; and what Gate says. A context that
// ends is fault.Unavailable "legacyhash.stopped".
func (s Spec) Check(ctx context.Context, stored, salt, password string) (ok bool, err error) {
	s.Limits = s.Limits.filled()
	if password == "" || len(password) > s.Limits.PasswordBytes {
		return false, fault.New(fault.Invalid, "legacyhash.password")
	}
	if stored == "" {
		return false, nil
	}
	work, err := s.parse(stored, salt)
	if err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, fault.Wrap(fault.Unavailable, "legacyhash.stopped", err)
	}
	if s.Gate != nil {
		release, err := s.Gate(ctx, max(work.memory, 1))
		if err != nil {
			return false, err
		}
		defer release()
	}
	ok, err = work.check(ctx, []byte(password))
	if err != nil {
		return false, fault.Wrap(fault.Unavailable, "legacyhash.stopped", err)
	}
	return ok, nil
}

// parse finds the scheme and holds the hash against the limits.
func (s Spec) parse(stored, salt string) (job, error) {
	if len(stored) > s.Limits.StoredBytes || len(salt) > s.Limits.SaltBytes || strings.ContainsRune(stored, 0) {
		return job{}, fault.New(fault.Internal, "legacyhash.malformed")
	}
	for _, sc := range schemes() {
		if sc.format != s.Format && ((s.Format != Auto && s.Format != "") || !sc.marks(stored)) {
			continue
		}
		work, err := sc.parse(stored, salt, s)
		switch {
		case errors.Is(err, errCostly):
			return job{}, fault.Wrap(fault.Internal, "legacyhash.too_costly", err)
		case err != nil:
			return job{}, fault.Wrap(fault.Internal, "legacyhash.malformed", err)
		}
		return work, nil
	}
	return job{}, fault.New(fault.Internal, "legacyhash.unknown")
}

// number reads a decimal number without sign and leading zeros, up to nine digits.
func number(text string) (int, bool) {
	if text == "" || len(text) > 9 || (text[0] == '0' && len(text) > 1) {
		return 0, false
	}
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return n, true
}

// costNumber is number, but says errCostly when there are only too many digits.
func costNumber(text string) (int, error) {
	if n, ok := number(text); ok {
		return n, nil
	}
	if len(text) > 9 && strings.Trim(text, "0123456789") == "" {
		return 0, errCostly
	}
	return 0, errMalformed
}
