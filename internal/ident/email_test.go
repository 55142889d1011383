package ident_test

import (
	"runtime"
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// TestParseEmailAccepts holds which texts are one address, and its canonical form.
func TestParseEmailAccepts(t *testing.T) {
	for name, test := range map[string]struct{ typed, key string }{
		"ordinary":                 {"julia@example.com", "julia@example.com"},
		"capitals":                 {"Julia@Example.COM", "julia@example.com"},
		"outer spaces":             {"  julia@example.com ", "julia@example.com"},
		"dots are significant":     {"j.u.lia@example.com", "j.u.lia@example.com"},
		"a plus is significant":    {"julia+pim@example.com", "julia+pim@example.com"},
		"an apostrophe":            {"o'brien@example.com", "o'brien@example.com"},
		"every atom sign":          {"!#$&'*+-/?=^_`{|}~@example.com", "!#$&'*+-/?=^_`{|}~@example.com"},
		"one letter":               {"j@e.fr", "j@e.fr"},
		"digits":                   {"1@2.example", "1@2.example"},
		"many labels":              {"a@b.c.d.e.f.example", "a@b.c.d.e.f.example"},
		"a U-label":                {"a@bücher.example", "a@xn--bcher-kva.example"},
		"its A-label":              {"a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
		"its capital A-label":      {"a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"},
		"a capital U-label":        {"a@BÜCHER.example", "a@xn--bcher-kva.example"},
		"a decomposed U-label":     {"a@bu\u0308cher.example", "a@xn--bcher-kva.example"},
		"sharp s is kept":          {"a@straße.example", "a@xn--strae-oqa.example"},
		"the Catalan dot":          {"a@col·legi.cat", "a@xn--collegi-xma.cat"},
		"Thai":                     {"a@ร้าน.example", "a@xn--q3ct9b5e.example"},
		"Hebrew":                   {"a@שלום.example", "a@xn--9dbne9b.example"},
		"Cyrillic alone":           {"a@пример.example", "a@xn--e1afmkfd.example"},
		"Japanese with long vowel": {"a@サーバー東京.example", "a@xn--vckucxgb4119a9b5a.example"},
		"64 in the local part":     {strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			email, err := ident.ParseEmail(test.typed)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if email.Key() != test.key {
				t.Errorf("%q, want %q", email.Key(), test.key)
			}
			if again, err := ident.ParseEmail(email.Key()); err != nil || again != email || !again.Equal(email) {
				t.Errorf("the key is not a fixed point: %v", err)
			}
		})
	}
}

// refusedAddresses are the traps: what parsers disagree about, and what becomes another address later (ATK-56 to 63).
func refusedAddresses() map[string]string {
	return map[string]string{
		"empty":                        "",
		"spaces":                       "   ",
		"no at":                        "julia.example.com",
		"no local part":                "@example.com",
		"no domain":                    "julia@",
		"only an at":                   "@",
		"two ats":                      "julia@evil.com@example.com",
		"two ats at the end":           "julia@example.com@",
		"quoted local part with an at": `"e@attacker.com"@victim.com`,
		"quoted local part":            `"julia"@example.com`,
		"quoted space":                 `"julia stark"@example.com`,
		"a backslash":                  `ju\lia@example.com`,
		"display name":                 "Julia <julia@example.com>",
		"angle brackets":               "<julia@example.com>",
		"comment":                      "julia(comment)@example.com",
		"comment in the domain":        "julia@(comment)example.com",
		"nested comments":              "julia(((((a)))))@example.com",
		"two addresses, comma":         "julia@example.com,m@evil.com",
		"two addresses, semicolon":     "julia@example.com;m@evil.com",
		"two addresses, space":         "julia@example.com m@evil.com",
		"header injection":             "julia@example.com\r\nBcc: m@evil.com",
		"newline at the end":           "julia@example.com\n",
		"tab":                          "julia@example.com\t",
		"NUL":                          "julia\x00@example.com",
		"NUL in the domain":            "julia@example.com\x00.evil.com",
		"DEL":                          "julia\x7f@example.com",
		"inner space":                  "ju lia@example.com",
		"space before the at":          "julia @example.com",
		"space after the at":           "julia@ example.com",
		"no-break space":               "julia@example.com\u00a0",
		"zero width space":             "julia\u200b@example.com",
		"zero width joiner in domain":  "julia@exam\u200dple.com",
		"soft hyphen in domain":        "julia@exam\u00adple.com",
		"byte order mark":              "\ufeffjulia@example.com",
		"right to left override":       "julia\u202e@example.com",
		"right to left mark, domain":   "julia@example\u200f.com",
		"variation selector, domain":   "julia@exa\ufe0fmple.com",
		"not UTF-8":                    "julia\xff@example.com",
		"not UTF-8 in the domain":      "julia@ex\xc3\x28ample.com",
		"encoded word":                 "=?utf-8?q?a=40evil?=@example.com",
		"percent hack":                 "julia%evil.com@example.com",
		"bang path with domain colon":  "evil.com!julia@example.com:25",
		"source route":                 "@evil.com:julia@example.com",
		"dot first":                    ".julia@example.com",
		"dot last":                     "julia.@example.com",
		"two dots":                     "ju..lia@example.com",
		"65 in the local part":         strings.Repeat("a", 65) + "@example.com",
		"255 bytes":                    strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 95) + "exam",
		"dotted capital I":             "MİKE@example.com",
		"Kelvin sign":                  "mi\u212ae@example.com",
		"long s":                       "ju\u017flia@example.com",
		"dotless i":                    "jul\u0131a@example.com",
		"fullwidth local part":         "ｊｕｌｉａ@example.com",
		"fullwidth at":                 "julia\uff20example.com",
		"fullwidth at and an at":       "julia@evil.com\uff20example.com",
		"small at":                     "julia\ufe6bexample.com",
		"accent in the local part":     "jülia@example.com",
		"decomposed accent":            "ju\u0308lia@example.com",
		"Cyrillic local part":          "јulia@example.com",
		"fullwidth domain":             "julia@ｅxample.com",
		"ligature in the domain":       "julia@o\ufb03ce.example",
		"Kelvin sign in the domain":    "julia@mi\u212ae.example",
		"ideographic stop as a dot":    "julia@example\uff0ecom",
		"fraction slash":               "julia@example.com\u2044evil",
		"account of":                   "julia@\u2100.example",
		"mixed script":                 "julia@ex\u0430mple.com",
		"mixed script as A-label":      "julia@xn--exmple-4nf.com",
		"Greek in Latin":               "julia@g\u03bf\u03bfgle.com",
		"Latin and Han":                "julia@apple苹果.example",
		"Cyrillic and Japanese":        "julia@яカ.example",
		"Thai and Devanagari":          "julia@กख.example",
		"A-label that is ASCII":        "julia@xn--example-.com",
		"empty A-label":                "julia@xn--.com",
		"A-label of nonsense":          "julia@xn--zzzzzzzzzzzzzzz.com",
		"A-label of brackets":          "julia@xn--bcher-kva8445foa.example",
		"A-label of a fullwidth":       "julia@xn--08j.example.xn--a-",
		"single label":                 "julia@localhost",
		"trailing dot":                 "julia@example.com.",
		"leading dot":                  "julia@.example.com",
		"empty label":                  "julia@example..com",
		"address literal":              "julia@[127.0.0.1]",
		"IPv6 literal":                 "julia@[IPv6:::1]",
		"IPv4 without brackets":        "julia@127.0.0.1",
		"number as top level":          "julia@example.123",
		"underscore":                   "julia@exa_mple.com",
		"leading hyphen":               "julia@-example.com",
		"trailing hyphen":              "julia@example-.com",
		"hyphens in places 3 and 4":    "julia@ab--cd.com",
		"label of 64":                  "julia@" + strings.Repeat("a", 64) + ".com",
		"port":                         "julia@example.com:25",
		"slash":                        "julia@example.com/evil",
		"question mark":                "julia@example.com?cc=m@evil.com",
		"hash":                         "julia@example.com#evil",
		"mailto":                       "mailto:julia@example.com",
		"percent-encoded at":           "julia%40evil.com@example.com",
		"right to left after Latin":    "julia@aא.example",
		"bidi number first":            "julia@1א.example",
		"combining mark first":         "julia@\u0301a.example",
		"Hangul filler, domain":        "julia@exa\u3164mple.com",
		"grapheme joiner, domain":      "julia@exa\u034fmple.com",
		"middle dot elsewhere":         "julia@ex·ample.com",
		"Angstrom sign in local part":  "juli\u212b@example.com",
		"Greek question mark":          "julia@example.com\u037em",
		"emoji domain":                 "julia@💩.example",
		"array":                        `["julia@example.com","m@evil.com"]`,
	}
}

func TestParseEmailRefuses(t *testing.T) {
	for name, typed := range refusedAddresses() {
		t.Run(name, func(t *testing.T) {
			email, err := ident.ParseEmail(typed)
			if err == nil {
				t.Fatalf("%q became %q", typed, email.Key())
			}
			if !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != "email.malformed" || !email.IsZero() {
				t.Errorf("%v, want email.malformed and no address", err)
			}
			if len(typed) > 3 && strings.Contains(err.Error(), typed) {
				t.Error("the error shows what was typed")
			}
		})
	}
}

// TestLookAlikesAreOtherAddresses is ATK-56 and ATK-62 for what is accepted: near is not equal.
func TestLookAlikesAreOtherAddresses(t *testing.T) {
	seen := map[ident.Email]string{}
	for _, typed := range []string{"mike@example.com", "m.ike@example.com", "mike+1@example.com", "mike@examp1e.com", "mike@example.co", "mike@xn--e1afmkfd.example", "mike@bücher.example", "mike@bucher.example", "mike@straße.example", "mike@strasse.example"} {
		email, err := ident.ParseEmail(typed)
		if err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		if other, taken := seen[email]; taken {
			t.Errorf("%q and %q are one", typed, other)
		}
		seen[email] = typed
	}
}

// TestHugeAddressesCostNothing is ATK-63.
func TestHugeAddressesCostNothing(t *testing.T) {
	for name, typed := range map[string]string{
		"1 MB":            strings.Repeat("a", 1<<20) + "@example.com",
		"nested comments": strings.Repeat("(", 1<<19) + "a@b.c" + strings.Repeat(")", 1<<19),
		"many dots":       "a@" + strings.Repeat("a.", 1<<19) + "com",
		"many ats":        strings.Repeat("@", 1<<20),
		"combining marks": "a@" + strings.Repeat("\u0301", 1<<19) + ".com",
		"just in bounds":  "a@" + strings.Repeat("é.", 300) + "com",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ident.ParseEmail(typed); err == nil {
			t.Errorf("%s was accepted", name)
		}
		if _, err := ident.ParseIdentifier(typed); err == nil {
			t.Errorf("%s was accepted as an identifier", name)
		}
		// What is refused by its length is not read: the memory says so on a busy machine too.
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<17 {
			t.Errorf("%s took %d bytes of memory", name, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// TestPlainAddresses: an address that is canonical already is looked at less closely, and never taken for another one, nor
// taken at all when the closer look refuses it: in capitals it gets that look.
func TestPlainAddresses(t *testing.T) {
	words := []string{""}
	for range 5 {
		for _, word := range words {
			for _, letter := range "a1-." {
				words = append(words, word+string(letter))
			}
		}
	}
	long := strings.Repeat("a", 63)
	for _, domain := range append(words, "xn--a", "xn--bcher-kva", long, long+"a", strings.Repeat("abcdefg.", 23)+"abcdefgh", strings.Repeat("abcdefg.", 30)) {
		for _, typed := range []string{"a@" + domain, "a@" + domain + ".ex", "a." + long + "@" + domain, "a@ex." + domain, "." + domain + "@ex.ex", long + "@" + domain + ".ex"} {
			got, err := ident.ParseEmail(typed)
			want, refused := ident.ParseEmail(strings.ToUpper(typed))
			if got != want || (err == nil) != (refused == nil) {
				t.Errorf("%q is %q, %v; in capitals %q, %v", typed, got.Key(), err, want.Key(), refused)
			}
		}
	}
}

func TestDomain(t *testing.T) {
	email, err := ident.ParseEmail("julia@Sub.Example.com")
	if err != nil || email.Domain() != "sub.example.com" || (ident.Email{}).Domain() != "" || (ident.Email{}).Key() != "" {
		t.Errorf("domain %q, %v", email.Domain(), err)
	}
}

func BenchmarkParseEmail(b *testing.B) {
	for name, typed := range map[string]string{"typed": "Julia.Stark@example.com", "canonical": "julia.stark@example.com"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ident.ParseEmail(typed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
