package legacyhash

import "strings"

// ldapScheme is "{SCHEME}…" of RFC 2307 and what slapd, Dovecot and others added. {CLEARTEXT} and whatever else is no
// hash is not known: a store that shows its passwords is not worked with.
func ldapScheme() scheme {
	return scheme{
		format: LDAP, made: "OpenLDAP, 389 Directory Server, Dovecot, Atlassian Crowd; Spring Security's `{bcrypt}` and `{argon2}`",
		looks: "weak: `{MD5}`, `{SHA}`, `{SHA256}`, `{SHA384}`, `{SHA512}`, and those with an S before them, as `{SSHA}`; not weak: `{PBKDF2}`, `{PBKDF2-SHA1}`, " +
			"`{PBKDF2-SHA256}`, `{PBKDF2-SHA512}`, `{PKCS5S2}`, `{ARGON2}`; `{CRYPT}` and Dovecot's names for what it holds",
		marks: func(stored string) bool {
			name, _, ok := ldapParts(stored)
			return ok && ldapReaders()[name] != nil
		},
		parse: func(stored, _ string, spec Spec) (job, error) {
			name, rest, ok := ldapParts(stored)
			read := ldapReaders()[name]
			if !ok || read == nil {
				return job{}, errMalformed
			}
			return read(rest, spec)
		},
	}
}

// ldapParts cuts the name, which may be written in any case, from the rest.
func ldapParts(stored string) (name, rest string, ok bool) {
	inner, ok := strings.CutPrefix(stored, "{")
	if !ok {
		return "", "", false
	}
	name, rest, ok = strings.Cut(inner, "}")
	return strings.ToUpper(name), rest, ok
}

// ldapReaders are the schemes by name.
func ldapReaders() map[string]func(rest string, spec Spec) (job, error) {
	readers := map[string]func(string, Spec) (job, error){}
	for name, digest := range map[string]string{"MD5": "md5", "SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"} {
		readers[name] = func(rest string, _ Spec) (job, error) { return ldapDigest(rest, digest, false) }
		readers["S"+name] = func(rest string, _ Spec) (job, error) { return ldapDigest(rest, digest, true) }
	}
	for name, digest := range map[string]string{"PBKDF2": "sha1", "PBKDF2-SHA1": "sha1", "PBKDF2-SHA256": "sha256", "PBKDF2-SHA512": "sha512"} {
		readers[name] = func(rest string, spec Spec) (job, error) {
			parts := strings.Split(rest, "$")
			if len(parts) != 3 {
				return job{}, errMalformed
			}
			return pbkdf2Text(digest, parts[0], parts[1], parts[2], spec.Limits)
		}
	}
	readers["PKCS5S2"] = atlassian
	for _, name := range []string{"CRYPT", "BCRYPT", "BLF-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT"} {
		readers[name] = delegate(append(cryptSchemes(), bcryptScheme()))
	}
	for _, name := range []string{"ARGON2", "ARGON2I", "ARGON2ID"} {
		readers[name] = delegate([]scheme{argon2Scheme()})
	}
	return readers
}

// ldapDigest is the Base64 of one digest of the password and the salt, which follows it.
func ldapDigest(rest, digest string, salted bool) (job, error) {
	raw, err := decoded(rest)
	h := digests()[digest]
	size := h().Size()
	if err != nil || len(raw) < size || len(raw) > size+64 || salted != (len(raw) > size) {
		return job{}, errMalformed
	}
	return job{weak: true, cost: "1 round", check: compare(func(password []byte) ([]byte, error) {
		return sum(h, password, raw[size:]), nil
	}, raw[:size])}, nil
}

// atlassian is 10,000 rounds of PBKDF2 with SHA-1: 16 bytes of salt and 32 of key.
func atlassian(rest string, spec Spec) (job, error) {
	raw, err := decoded(rest)
	if err != nil || len(raw) != 48 {
		return job{}, errMalformed
	}
	return pbkdf2Job("sha1", 10_000, raw[:16], raw[16:], spec.Limits)
}

// delegate reads what follows by the scheme that it says it has, of those given.
func delegate(to []scheme) func(rest string, spec Spec) (job, error) {
	return func(rest string, spec Spec) (job, error) {
		for _, sc := range to {
			if sc.marks(rest) {
				return sc.parse(rest, "", spec)
			}
		}
		return job{}, errMalformed
	}
}
