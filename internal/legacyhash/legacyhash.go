// Package legacyhash checks a password against a hash that some other system stored.
//
// Every format is parsed and its cost held against Limits before any work is done, so that a poisoned row cannot stall
// the server (ATK-78). Nothing is cached and nothing is made here: there is no way to create a foreign hash outside the
// tests. A format is one scheme, listed in schemes; formats of one system share a file.
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
	Auto                Format = "auto"
	SymfonySHA512       Format = "symfony-sha512"
	Bcrypt              Format = "bcrypt"
	Argon2              Format = "argon2"
	DjangoPBKDF2        Format = "django-pbkdf2-sha256"
	DjangoPBKDF2SHA1    Format = "django-pbkdf2-sha1"
	DjangoArgon2        Format = "django-argon2"
	DjangoBcryptSHA256  Format = "django-bcrypt-sha256"
	DjangoBcrypt        Format = "django-bcrypt"
	DjangoScrypt        Format = "django-scrypt"
	DjangoDigest        Format = "django-digest"
	PasslibPBKDF2       Format = "passlib-pbkdf2"
	PasslibScrypt       Format = "passlib-scrypt"
	PasslibBcryptSHA256 Format = "passlib-bcrypt-sha256"
	WerkzeugPBKDF2      Format = "werkzeug-pbkdf2"
	WerkzeugScrypt      Format = "werkzeug-scrypt"
	SHA512Crypt         Format = "sha512-crypt"
	SHA256Crypt         Format = "sha256-crypt"
	MD5Crypt            Format = "md5-crypt"
	LDAP                Format = "ldap"
	PHPass              Format = "phpass"
	Drupal7             Format = "drupal7"
	WordPress           Format = "wordpress"
	ASPNetIdentity      Format = "aspnet-identity"
	Keycloak            Format = "keycloak"
	FirebaseScrypt      Format = "firebase-scrypt"
	Pattern             Format = "pattern"
)

// Spec is what the operator declares about a product's hashes.
type Spec struct {
	// Format is one of the formats; empty means Auto.
	Format Format `yaml:"format"`
	// Iterations of formats that do not store them; 0 means the format's own default.
	Iterations int `yaml:"iterations"`
	// Pattern is for the format of that name, and says how the product digests a password.
	Pattern string `yaml:"pattern"`
	// Pepper is a secret that the product adds to every password: with bcrypt at its end, as Devise does, with a pattern where
	// $pepper stands.
	Pepper []byte `yaml:"pepper,secret"`
	// Firebase are the parameters of a Firebase project, for the format firebase-scrypt.
	Firebase Firebase `yaml:"firebase"`
	// Limits are set by the program.
	Limits Limits `yaml:"-"`
	// Gate is asked for the memory in bytes before the work begins; nil lets everything pass. It is set by the program.
	Gate func(ctx context.Context, bytes int64) (release func(), err error) `yaml:"-"`
}

// scheme is the one of the declared format.
func (s Spec) scheme() (scheme, bool) {
	for _, sc := range schemes() {
		if sc.format == s.Format {
			return sc, true
		}
	}
	return scheme{}, false
}

// About is a format for documents: what its texts look like, what makes them, whether they say by themselves what they are.
type About struct {
	Format      Format
	Looks, Made string
	Marked      bool
}

// Catalogue lists the formats but Auto.
func Catalogue() []About {
	var all []About
	for _, sc := range schemes() {
		all = append(all, About{sc.format, sc.looks, sc.made, sc.marks != nil})
	}
	return all
}

// Formats lists the formats, for messages.
func Formats() []Format {
	formats := []Format{Auto}
	for _, sc := range schemes() {
		formats = append(formats, sc.format)
	}
	return formats
}

// Identify says which format a stored text says it has.
func Identify(stored string) (Format, bool) {
	sc, ok := marked(stored)
	return sc.format, ok
}

func marked(stored string) (scheme, bool) {
	for _, sc := range schemes() {
		if sc.marks != nil && sc.marks(stored) {
			return sc, true
		}
	}
	return scheme{}, false
}

// Reading is what a stored text says of itself.
type Reading struct {
	Format Format
	// Weak says that whoever has the text finds most passwords by trying.
	Weak bool
	// Cost is what a guess costs, in the format's own words; empty where it is always the same.
	Cost string
}

// Read says what a stored text is, without any work. Errors: those of Check but for the password's.
func (s Spec) Read(stored, salt string) (Reading, error) {
	s.Limits = s.Limits.filled()
	sc, work, err := s.parse(stored, salt)
	if err != nil {
		return Reading{}, err
	}
	return Reading{Format: sc.format, Weak: work.weak, Cost: work.cost}, nil
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
	_, work, err := s.parse(stored, salt)
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
func (s Spec) parse(stored, salt string) (scheme, job, error) {
	if len(stored) > s.Limits.StoredBytes || len(salt) > s.Limits.SaltBytes || strings.ContainsRune(stored, 0) {
		return scheme{}, job{}, fault.New(fault.Internal, "legacyhash.malformed")
	}
	sc, ok := s.scheme()
	if s.Format == Auto || s.Format == "" {
		sc, ok = marked(stored)
	}
	if !ok {
		return scheme{}, job{}, fault.New(fault.Internal, "legacyhash.unknown")
	}
	work, err := sc.parse(stored, salt, s)
	switch {
	case errors.Is(err, errCostly):
		return scheme{}, job{}, fault.Wrap(fault.Internal, "legacyhash.too_costly", err)
	case err != nil:
		return scheme{}, job{}, fault.Wrap(fault.Internal, "legacyhash.malformed", err)
	}
	return sc, work, nil
}
