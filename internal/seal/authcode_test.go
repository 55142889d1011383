package seal_test

import (
	"strings"
	"testing"

	"ligature/internal/seal"
)

// TestSealedCode: a code opens for its client, with the keys that made it, as it was made; nothing else does.
func TestSealedCode(t *testing.T) {
	dice := seal.NewDice(nil)
	secret := dice.Bytes(seal.KeySize)
	keys, err := seal.NewKeys(dice, seal.Key{Version: 1, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := seal.NewKeys(dice, seal.Key{Version: 2, Secret: dice.Bytes(seal.KeySize)}, seal.Key{Version: 1, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	others, err := seal.NewKeys(dice, seal.Key{Version: 1, Secret: dice.Bytes(seal.KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	authCode := keys.SealCode("pim", []byte("grant of dana"))
	for _, k := range []*seal.Keys{keys, rotated} {
		if got, ok := k.OpenCode("pim", authCode); !ok || string(got) != "grant of dana" {
			t.Errorf("got %q, %v", got, ok)
		}
	}
	if strings.Contains(authCode, "dana") || keys.SealCode("pim", []byte("grant of dana")) == authCode {
		t.Error("it can be read, or is always the same")
	}
	if _, ok := keys.OpenCode("sdm", authCode); ok {
		t.Error("opened for another client")
	}
	if _, ok := others.OpenCode("pim", authCode); ok {
		t.Error("opened by other keys")
	}
	flipped := []byte(authCode)
	if flipped[60]++; flipped[60] == '{' {
		flipped[60] = 'A'
	}
	for _, bad := range []string{"", "x", authCode[:len(authCode)-1], authCode + "A", authCode + "\n", authCode[:50] + "\n" + authCode[50:], authCode + "=", string(flipped)} {
		if _, ok := keys.OpenCode("pim", bad); ok {
			t.Errorf("opened %q", bad)
		}
	}
	column := keys.Seal("auth_request", "login_hint", "pim", []byte("grant"))
	if _, err := keys.Open("authorization_grant", "code", "pim", column); err == nil {
		t.Error("what was sealed for another place is taken for a code")
	}
}
