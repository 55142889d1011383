package ident_test

import (
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

func TestParseIdentifier(t *testing.T) {
	for name, test := range map[string]struct {
		typed, shown, key string
		email             bool
	}{
		"username":                {"julia", "julia", "julia", false},
		"capitals":                {" Julia ", "Julia", "julia", false},
		"inner space":             {"Julia Stark", "Julia Stark", "julia stark", false},
		"accent, decomposed":      {"Fe\u0301vrier", "Février", "février", false},
		"width folds in the key":  {"ｊｕｌｉａ", "ｊｕｌｉａ", "julia", false},
		"every script":            {"Юлия", "Юлия", "юлия", false},
		"quotes":                  {`o'brien 100%_\`, `o'brien 100%_\`, `o'brien 100%_\`, false},
		"address":                 {" Julia@Example.com ", "Julia@Example.com", "julia@example.com", true},
		"address after a newline": {"\njulia@example.com", "julia@example.com", "julia@example.com", true},
		"longest":                 {strings.Repeat("é", 254), strings.Repeat("é", 254), strings.Repeat("é", 254), false},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := ident.ParseIdentifier(test.typed)
			if err != nil {
				t.Fatal(err)
			}
			if _, email := id.Email(); id.Typed() != test.shown || id.Key() != test.key || email != test.email {
				t.Errorf("typed %q, key %q, address %v", id.Typed(), id.Key(), email)
			}
			if again := ident.RestoreIdentifier(id.Typed()); again != id || !again.Equal(id) {
				t.Errorf("it does not come back from its text: %q", again.Typed())
			}
		})
	}
}

func TestParseIdentifierRefuses(t *testing.T) {
	type row struct{ typed, key string }
	rows := map[string]row{
		"empty": {"", "identifier.empty"}, "spaces": {" \t\n\u00a0\u3000", "identifier.empty"}, "NUL": {"ju\x00lia", "identifier.malformed"}, "not UTF-8": {"\xff", "identifier.malformed"},
		"newline": {"ju\nlia", "identifier.malformed"}, "zero width": {"ju\u200blia", "identifier.malformed"}, "direction": {"ju\u202elia", "identifier.malformed"},
		"line separator": {"ju\u2028lia", "identifier.malformed"}, "private use": {"ju\ue000lia", "identifier.malformed"}, "255": {strings.Repeat("é", 255), "identifier.malformed"},
		"an at of another form":     {"julia\uff20example.com", "identifier.malformed"},
		"a small at":                {"julia\ufe6bexample.com", "identifier.malformed"},
		"a key that grows":          {strings.Repeat("\u0344", 254), "identifier.malformed"},
		"an address, but malformed": {"julia@", "email.malformed"},
	}
	for name, typed := range refusedAddresses() {
		if strings.Contains(typed, "@") && strings.Contains(strings.TrimSpace(typed), "@") && strings.TrimSpace(typed) == typed {
			rows["address: "+name] = row{typed, ""}
		}
	}
	for name, test := range rows {
		t.Run(name, func(t *testing.T) {
			id, err := ident.ParseIdentifier(test.typed)
			if err == nil {
				t.Fatalf("%q became %q", test.typed, id.Typed())
			}
			if !fault.Is(err, fault.Invalid) || (test.key != "" && fault.KeyOf(err) != test.key) || !id.IsZero() {
				t.Errorf("%v, want %s", err, test.key)
			}
			if !ident.RestoreIdentifier(test.typed).IsZero() {
				t.Error("it is restored")
			}
		})
	}
}

// TestUsernamesAndAddressesNeverShareAKey is ATK-64: what counts and finds by key cannot take one for the other.
func TestUsernamesAndAddressesNeverShareAKey(t *testing.T) {
	for _, typed := range []string{"julia", "julia.example.com", "julia(at)example.com", "julia\u2215x"} {
		id, err := ident.ParseIdentifier(typed)
		if err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		if strings.Contains(id.Key(), "@") {
			t.Errorf("%q has the key %q", typed, id.Key())
		}
	}
}

func TestMaskUsername(t *testing.T) {
	for username, want := range map[string]string{
		"": "", "d": "***", "du": "***", "dora.k": "d***k", "Юлия": "Ю***я", "dora@example.com": "d***a@example.com", "a***b": "***", "@": "***@",
	} {
		if got := ident.MaskUsername(username); got != want {
			t.Errorf("%q is masked as %q, want %q", username, got, want)
		}
	}
}
