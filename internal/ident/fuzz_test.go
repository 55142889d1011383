package ident_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"ligature/internal/ident"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, typed := range refusedAddresses() {
		f.Add(typed)
	}
	for _, typed := range []string{"julia", "Julia@Example.com", "a@bücher.example", "a***b@example.com", "o'brien@example.com", "ｊｕｌｉａ", "Ⱥ", "\u0344", "İ", "ǰ\u0323", "\u1e9e", "a\u00a8", "ﷺ"} {
		f.Add(typed)
	}
}

// FuzzParseEmail holds for every accepted text that its key is ASCII, has one at, fits, is a fixed point and is never
// what is printed.
func FuzzParseEmail(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, typed string) {
		email, err := ident.ParseEmail(typed)
		if err != nil {
			if !email.IsZero() {
				t.Errorf("%q was refused and is an address", typed)
			}
			return
		}
		key := email.Key()
		if len(key) > ident.MaxEmailBytes || strings.Count(key, "@") != 1 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789!#$&'*+-/=?^_`{|}~.@") != "" {
			t.Errorf("%q has the key %q", typed, key)
		}
		if again, err := ident.ParseEmail(key); err != nil || again != email {
			t.Errorf("the key %q is not a fixed point: %v", key, err)
		}
		if upper, err := ident.ParseEmail(strings.Map(upperASCII, key)); err != nil || upper != email {
			t.Errorf("the key %q in capitals is another address: %v", key, err)
		}
		if email.Masked() == key || email.String() != email.Masked() {
			t.Errorf("%q is printed as %q", key, email.String())
		}
		if local, domain, _ := strings.Cut(key, "@"); len(local) > 64 || !strings.Contains(domain, ".") || email.Domain() != domain || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") {
			t.Errorf("%q has the domain %q", key, domain)
		}
	})
}

func upperASCII(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// FuzzParseIdentifier holds that what was accepted comes back from its text, that its key folds to itself, and that a
// username's key is never an address.
func FuzzParseIdentifier(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, typed string) {
		id, err := ident.ParseIdentifier(typed)
		if err != nil {
			if !id.IsZero() {
				t.Errorf("%q was refused and is an identifier", typed)
			}
			return
		}
		if id.IsZero() || !utf8.ValidString(id.Typed()) || strings.TrimSpace(id.Typed()) != id.Typed() || strings.ContainsAny(id.Typed(), "\x00\r\n") {
			t.Errorf("%q is shown as %q", typed, id.Typed())
		}
		if again, err := ident.ParseIdentifier(id.Typed()); err != nil || again != id {
			t.Errorf("%q does not come back: %v", id.Typed(), err)
		}
		email, isEmail := id.Email()
		if isEmail != strings.Contains(id.Key(), "@") || (isEmail && id.Key() != email.Key()) {
			t.Errorf("%q has the key %q", typed, id.Key())
		}
		if !isEmail && ident.UsernameKey(id.Key()) != id.Key() {
			t.Errorf("the key %q folds to %q", id.Key(), ident.UsernameKey(id.Key()))
		}
		if id.Masked() == id.Typed() && id.Typed() != "***" {
			t.Errorf("%q is printed as it is", id.Typed())
		}
	})
}

// TestSeedsAreThere fails when the committed seeds are gone, because a fuzz target without seeds tests nothing.
func TestSeedsAreThere(t *testing.T) {
	for _, target := range []string{"FuzzParseEmail", "FuzzParseIdentifier"} {
		if files, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*")); err != nil || len(files) < 3 {
			t.Errorf("%s has %d seeds (%v)", target, len(files), err)
		}
	}
	if len(refusedAddresses()) < 80 {
		t.Error("traps are missing")
	}
}
