package op_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/op"
)

var update = flag.Bool("update", false, "write the golden files")

func TestClaimsAreTheGoldenOnes(t *testing.T) {
	everything := []string{op.ScopeProfile, op.ScopeEmail}
	nameless := standing(signedIn(), everything...)
	nameless.Person.Account.Name, nameless.Person.Account.Locale, nameless.Grant.Nonce = "", "", ""
	addressless := standing(signedIn(), everything...)
	addressless.Person.Email = ident.Email{}
	invited := limited("")
	invited.Methods = []account.Method{account.Invitation}
	for name, s := range map[string]op.Standing{
		"full":                 standing(signedIn(), everything...),
		"full-openid":          standing(signedIn()),
		"full-nameless":        nameless,
		"full-addressless":     addressless,
		"limited":              standing(limited(""), everything...),
		"limited-with-account": standing(limited("ac_1"), everything...),
		"limited-invited":      standing(invited, everything...),
	} {
		t.Run(name, func(t *testing.T) {
			access, errAccess := op.AccessClaims(s, issuer, "at_1", noon)
			id, errID := op.IDClaims(s, issuer, "access.token.signed", noon)
			info, errInfo := op.UserInfo(s)
			if errAccess != nil || errID != nil || errInfo != nil {
				t.Fatal(errAccess, errID, errInfo)
			}
			golden(t, name, map[string]json.RawMessage{"access_token": access, "id_token": id, "userinfo": info})
			if !s.Grant.Full() {
				for _, leak := range []string{"dana@example.com", "Dana Doe", `"email`, "ac_1"} {
					if bytes.Contains(id, []byte(leak)) || bytes.Contains(info, []byte(leak)) || bytes.Contains(access, []byte(leak)) {
						t.Errorf("a product session tells %s", leak)
					}
				}
			}
		})
	}
}

func golden(t *testing.T, name string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", "claims-"+name+".golden.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s", path, got)
	}
}
