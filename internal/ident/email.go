package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unique"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"ligature/internal/fault"
)

// MaxEmailBytes is the longest address that is looked at (RFC 5321 §4.5.3.1.3 leaves 254 for the address itself).
const MaxEmailBytes = 254

// Email is a checked address in its canonical form: ASCII local part and A-label domain, all lower case. The zero value
// is no address. Two addresses are the same mailbox for us exactly when they are ==.
//
// The text sits behind a handle, because fmt prints the unexported fields of other structs without asking the methods
// below: it then finds a pointer.
type Email struct{ key unique.Handle[string] }

// errEmail is the only answer to a malformed address: saying which rule failed would teach nothing useful to a person.
func errEmail() error { return fault.New(fault.Invalid, "email.malformed") }

// ParseEmail checks an address and brings it into its canonical form. It accepts the addresses that people have and
// refuses what parsers disagree on: quoted local parts, comments, display names, address literals, several @, encoded
// words, anything outside ASCII in the local part, mixed-script or bogus domain labels. Surrounding ASCII space is
// dropped. The error is fault.Invalid "email.malformed".
func ParseEmail(typed string) (Email, error) {
	if plain(typed) {
		return Email{key: unique.Make(typed)}, nil
	}
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
	if norm.NFKC.String(trimmed) != norm.NFC.String(trimmed) || hasInvisible(trimmed) || turnsASCII(trimmed) {
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
	return Email{key: unique.Make(key)}, nil
}

// plain reports an address that is its canonical form and that nobody could read in another way, as those that come from our
// own tables mostly are. What it does not report may be one all the same.
func plain(typed string) bool {
	local, domain, ok := strings.Cut(typed, "@")
	if !ok || len(typed) > MaxEmailBytes || !validLocal(local) || local != asciiLower(local) {
		return false
	}
	labels, top := 0, ""
	for label := range strings.SplitSeq(domain, ".") {
		if !plainLabel(label) {
			return false
		}
		labels, top = labels+1, label
	}
	return labels > 1 && !numeric(top)
}

// plainLabel reports letters, digits and single hyphens between them, so no A-label.
func plainLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Contains(label, "--") {
		return false
	}
	for i := range len(label) {
		if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// validLocal accepts an RFC 5322 dot-atom of at most 64 ASCII bytes, without the percent sign (source routing) and
// without the opening of an encoded word.
func validLocal(local string) bool {
	if local == "" || len(local) > 64 || strings.Contains(local, "=?") {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
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
		if !validLabel(label) || mixedScript(label) || (strings.HasPrefix(labels[i], "xn--") && isASCII(label)) {
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
		if script := scriptOf(r); script != "" {
			seen[script] = true
		}
	}
	if seen["Han"] || seen["Hiragana"] || seen["Katakana"] {
		delete(seen, "Han")
		for _, kana := range [...]string{"Hiragana", "Katakana"} {
			if seen[kana] {
				delete(seen, "Hiragana")
				delete(seen, "Katakana")
				return len(seen) > 0
			}
		}
		delete(seen, "Hangul")
		delete(seen, "Bopomofo")
		return len(seen) > 0
	}
	return len(seen) > 1
}

// scriptOf is the script of a letter; none for what all scripts share, like digits, marks and the Japanese long vowel.
func scriptOf(r rune) string {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return "Latin"
		}
		return ""
	}
	if !unicode.IsLetter(r) || unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for _, name := range [...]string{"Latin", "Cyrillic", "Greek", "Han", "Hiragana", "Katakana", "Hangul", "Arabic", "Hebrew"} {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	for name, script := range unicode.Scripts { // a letter has one script, so the order does not matter
		if unicode.Is(script, r) {
			return name
		}
	}
	return "unknown"
}

// validLabel accepts letters, marks, digits and the hyphen, which is what IDNA2008 leaves of Unicode (RFC 5892 §2.1), and
// the Catalan dot between two l (§A.3). The library's profile also lets symbols through.
func validLabel(label string) bool {
	runes := []rune(label)
	for i, r := range runes {
		switch {
		case r == '-' || unicode.In(r, unicode.L, unicode.M, unicode.Nd):
		case r == '\u00b7' && i > 0 && i+1 < len(runes) && runes[i-1] == 'l' && runes[i+1] == 'l':
		default:
			return false
		}
	}
	return label != ""
}

// hasInvisible reports control, format, private and unassigned characters, every space, and what is drawn as nothing: the
// mapping of domains drops some of it, and then two spellings are one domain.
func hasInvisible(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.C, unicode.Z, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return true
		}
	}
	return false
}

// turnsASCII reports characters outside ASCII that composing turns into ASCII, like the Kelvin sign.
func turnsASCII(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf && isASCII(norm.NFKC.String(string(r))) {
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
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' }) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// Key is the canonical address itself: for storing, comparing and for the envelope of a mail.
func (e Email) Key() string {
	if e.IsZero() {
		return ""
	}
	return e.key.Value()
}

// Equal is ==, for packages that compare values field by field.
func (e Email) Equal(other Email) bool { return e == other }

// IsZero reports that there is no address.
func (e Email) IsZero() bool { return e == Email{} }

// Domain is the A-label domain.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(e.Key(), "@")
	return domain
}

// Masked keeps the first and last character of the local part and the domain: "d***a@example.com".
func (e Email) Masked() string {
	if e.IsZero() {
		return ""
	}
	local, domain, _ := strings.Cut(e.Key(), "@")
	return mask(local) + "@" + domain
}
