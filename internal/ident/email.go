package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"ligature/internal/fault"
)

// MaxEmailBytes is the longest address that is looked at (RFC 5321 §4.5.3.1.3 leaves 254 for the address itself).
const MaxEmailBytes = 254

// Email is a checked address in its canonical form: ASCII local part and A-label domain, all lower case. The zero value
// is no address. Two addresses are the same mailbox for us exactly when they are ==.
type Email struct{ key string }

// errEmail is the only answer to a malformed address: saying which rule failed would teach nothing useful to a person.
func errEmail() error { return fault.New(fault.Invalid, "email.malformed") }

// ParseEmail checks an address and brings it into its canonical form. It accepts the addresses that people have and
// refuses what parsers disagree on: quoted local parts, comments, display names, address literals, several @, encoded
// words, anything outside ASCII in the local part, mixed-script or bogus domain labels. Surrounding ASCII space is
// dropped. The error is fault.Invalid "email.malformed".
func ParseEmail(typed string) (Email, error) {
	if len(typed) > 4*MaxEmailBytes || !utf8.ValidString(typed) {
		return Email{}, errEmail()
	}
	trimmed := strings.Trim(typed, " ")
	local, domain, ok := strings.Cut(trimmed, "@")
	if !ok || strings.Contains(domain, "@") {
		return Email{}, errEmail()
	}
	// Compatibility forms are refused before they are folded: a fullwidth @ or a ligature that turns into ASCII later
	// is how a checked address becomes another one (ATK-57).
	if norm.NFKC.String(trimmed) != norm.NFC.String(trimmed) || hasInvisible(trimmed) {
		return Email{}, errEmail()
	}
	if !validLocal(local) {
		return Email{}, errEmail()
	}
	ascii, ok := canonicalDomain(domain)
	if !ok {
		return Email{}, errEmail()
	}
	key := asciiLower(local) + "@" + ascii
	if len(key) > MaxEmailBytes {
		return Email{}, errEmail()
	}
	return Email{key: key}, nil
}

// validLocal accepts an RFC 5322 dot-atom of at most 64 ASCII bytes, without the percent sign (source routing) and
// without the opening of an encoded word.
func validLocal(local string) bool {
	if local == "" || len(local) > 64 || strings.Contains(local, "=?") {
		return false
	}
	for _, atom := range strings.Split(local, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if !isAtomByte(atom[i]) {
				return false
			}
		}
	}
	return true
}

func isAtomByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	}
	return strings.IndexByte("!#$&'*+-/=?^_`{|}~", b) >= 0
}

// domainProfile is IDNA2008 for looking up, with the length and bidi rules on.
var domainProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.Transitional(false))

// canonicalDomain gives the A-label form. A domain whose A-label does not come back to itself is refused, so that
// "xn--" forms that decode to plain ASCII cannot be a second spelling of the same domain.
func canonicalDomain(domain string) (string, bool) {
	if domain == "" || strings.HasSuffix(domain, ".") || strings.ContainsAny(domain, "[]\"()%:") {
		return "", false
	}
	ascii, err := domainProfile.ToASCII(domain)
	if err != nil || len(ascii) > 253 {
		return "", false
	}
	display, err := domainProfile.ToUnicode(ascii)
	if err != nil {
		return "", false
	}
	again, err := domainProfile.ToASCII(display)
	if err != nil || again != ascii || ascii != asciiLower(ascii) {
		return "", false
	}
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 || numeric(labels[len(labels)-1]) {
		return "", false
	}
	for i, label := range strings.Split(display, ".") {
		if label == "" || mixedScript(label) || (strings.HasPrefix(labels[i], "xn--") && isASCII(label)) {
			return "", false
		}
	}
	return ascii, true
}

func numeric(label string) bool {
	return strings.Trim(label, "0123456789") == ""
}

// mixedScript reports letters of more than one script, apart from the combinations of Japanese and Korean writing.
func mixedScript(label string) bool {
	seen := map[string]bool{}
	for _, r := range label {
		if !unicode.IsLetter(r) {
			continue
		}
		seen[scriptOf(r)] = true
	}
	if seen["Han"] && !seen["Latin"] {
		delete(seen, "Han")
		delete(seen, "Hiragana")
		delete(seen, "Katakana")
		delete(seen, "Hangul")
		delete(seen, "Bopomofo")
		return len(seen) > 0
	}
	if seen["Hiragana"] && seen["Katakana"] {
		delete(seen, "Katakana")
	}
	return len(seen) > 1
}

func scriptOf(r rune) string {
	for _, name := range [...]string{"Latin", "Cyrillic", "Greek", "Han", "Hiragana", "Katakana", "Hangul", "Arabic", "Hebrew", "Armenian", "Georgian", "Bopomofo"} {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	return "other"
}

// hasInvisible reports control, format, private and unassigned characters, and every space.
func hasInvisible(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.C, unicode.Z) {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// asciiLower folds A to Z alone. strings.ToLower would also fold the Kelvin sign and dotted I into ASCII letters.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// Key is the canonical address itself: for storing, comparing and for the envelope of a mail.
func (e Email) Key() string { return e.key }

// IsZero reports that there is no address.
func (e Email) IsZero() bool { return e.key == "" }

// Domain is the A-label domain.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(e.key, "@")
	return domain
}

// Masked keeps the first and last character of the local part and the domain: "d***a@example.com".
func (e Email) Masked() string {
	if e.IsZero() {
		return ""
	}
	local, domain, _ := strings.Cut(e.key, "@")
	return mask(local) + "@" + domain
}

// String masks, so that a log line or an error cannot show an address by accident.
func (e Email) String() string { return e.Masked() }

// MarshalText masks, for the same reason.
func (e Email) MarshalText() ([]byte, error) { return []byte(e.Masked()), nil }

// mask keeps the first and the last character of a text.
func mask(s string) string {
	runes := []rune(s)
	if len(runes) < 3 {
		return "***"
	}
	return string(runes[0]) + "***" + string(runes[len(runes)-1])
}
