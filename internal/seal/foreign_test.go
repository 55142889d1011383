package seal_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"ligature/internal/seal"
)

// TestVerifyForeign: a signature counts by one of the allowed algorithms and by a public key of the set, whatever its header
// says (ATK-105): the public key taken for a shared secret makes none, and neither does no signature.
func TestVerifyForeign(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	public, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	encode := func(keys ...jose.JSONWebKey) []byte {
		set, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
		check(t, err)
		return set
	}
	set := encode(jose.JSONWebKey{Key: private.Public(), KeyID: "r"}, jose.JSONWebKey{Key: public, KeyID: "e"})
	sign := func(alg jose.SignatureAlgorithm, key any, kid string) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
		check(t, err)
		signed, err := signer.Sign([]byte(`{"a":1}`))
		check(t, err)
		compact, err := signed.CompactSerialize()
		check(t, err)
		return compact
	}
	allowed := []string{"RS256", "PS256", "EdDSA"}
	for name, test := range map[string]struct {
		set     []byte
		compact string
		good    bool
	}{
		"RS256":             {set, sign(jose.RS256, private, "r"), true},
		"PS256":             {set, sign(jose.PS256, private, "r"), true},
		"EdDSA":             {set, sign(jose.EdDSA, edPrivate, "e"), true},
		"RS512":             {set, sign(jose.RS512, private, "r"), false},
		"another kid":       {set, sign(jose.RS256, private, "e"), false},
		"the key as secret": {set, sign(jose.HS256, set, "r"), false},
		"key for ES256":     {encode(jose.JSONWebKey{Key: private.Public(), Algorithm: "PS256"}), sign(jose.RS256, private, "r"), false},
		"key to encrypt":    {encode(jose.JSONWebKey{Key: private.Public(), Use: "enc"}), sign(jose.RS256, private, "r"), false},
		"none":              {set, "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.", false},
		"no set":            {[]byte(`{}`), sign(jose.RS256, private, "r"), false},
	} {
		payload, err := seal.VerifyForeign(test.set, test.compact, allowed)
		if (err == nil) != test.good || test.good && string(payload) != `{"a":1}` {
			t.Errorf("%s: %s %v", name, payload, err)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
