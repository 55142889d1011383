package seal_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"ligature/internal/fault"
	"ligature/internal/seal"
)

func signingKey(t testing.TB, algorithm string) seal.SigningKey {
	t.Helper()
	k, err := seal.NewSigningKey(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestForeignVerification holds that go-jose verifies what we sign, by the published set alone.
func TestForeignVerification(t *testing.T) {
	signer, err := seal.NewSigner([]seal.SigningKey{signingKey(t, seal.ES256), signingKey(t, seal.RS256)}, signingKey(t, seal.ES256))
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(signer.JWKS(), &set); err != nil || len(set.Keys) != 3 {
		t.Fatalf("%d keys, %v", len(set.Keys), err)
	}
	for _, k := range set.Keys {
		if !k.IsPublic() || !k.Valid() || k.Use != "sig" || k.KeyID == "" || k.Algorithm == "" {
			t.Errorf("the key %s is not a public one for signatures", k.KeyID)
		}
	}
	if strings.Contains(string(signer.JWKS()), `"d":`) {
		t.Error("a private key is published")
	}
	for _, algorithm := range []string{seal.ES256, seal.RS256} {
		for range 20 {
			compact, err := signer.Sign(algorithm, "at+jwt", map[string]any{"sub": "<julia> & co"})
			if err != nil {
				t.Fatal(err)
			}
			jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
			if err != nil {
				t.Fatal(err)
			}
			header := jws.Signatures[0].Protected
			found := set.Key(header.KeyID)
			if len(found) != 1 || header.ExtraHeaders[jose.HeaderType] != "at+jwt" {
				t.Fatalf("kid %q is published %d times, typ %v", header.KeyID, len(found), header.ExtraHeaders[jose.HeaderType])
			}
			payload, err := jws.Verify(found[0])
			var claims struct{ Sub string }
			if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Sub != "<julia> & co" {
				t.Errorf("%s, %v", payload, err)
			}
			if back, err := signer.Payload(compact, "at+jwt"); err != nil || string(back) != string(payload) {
				t.Errorf("%s, %v", back, err)
			}
		}
	}
}

func TestPayloadRefuses(t *testing.T) {
	mine, theirs := signingKey(t, seal.ES256), signingKey(t, seal.ES256)
	signer, err1 := seal.NewSigner([]seal.SigningKey{mine})
	other, err2 := seal.NewSigner([]seal.SigningKey{theirs})
	good, err3 := signer.Sign(seal.ES256, "JWT", json.RawMessage(`{"sub":"a"}`))
	foreign, err4 := other.Sign(seal.ES256, "JWT", json.RawMessage(`{"sub":"a"}`))
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	parts, foreignParts := strings.Split(good, "."), strings.Split(foreign, ".")
	for name, compact := range map[string]string{
		"empty": "", "foreign": foreign, "cut": good[:len(good)-4], "longer": good + "A", "no signature": parts[0] + "." + parts[1] + ".", "foreign signature": parts[0] + "." + parts[1] + "." + foreignParts[2],
		"foreign header": foreignParts[0] + "." + parts[1] + "." + parts[2], "no algorithm": "eyJhbGciOiJub25lIn0." + parts[1] + ".", "two parts": parts[0] + "." + parts[1], "JSON": `{"payload":"a","signatures":[]}`,
		"changed": parts[0] + "." + parts[1][:5] + "A" + parts[1][6:] + "." + parts[2], "1 MB": strings.Repeat("A", 1<<20) + ".a.a",
	} {
		if payload, err := signer.Payload(compact, "JWT"); err == nil || payload != nil || fault.KeyOf(err) != "signer.signature" {
			t.Errorf("%s: %s, %v", name, payload, err)
		}
	}
	if _, err := signer.Payload(good, "at+jwt"); err == nil {
		t.Error("another type is accepted")
	}
	if _, err := signer.Payload(good, "JWT"); err != nil {
		t.Errorf("the good one is refused: %v", err)
	}
}

func TestTheFirstActiveKeySigns(t *testing.T) {
	first, second, next := signingKey(t, seal.ES256), signingKey(t, seal.ES256), signingKey(t, seal.RS256)
	signer, err := seal.NewSigner([]seal.SigningKey{first, second}, next, first)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signer.Sign(seal.ES256, "JWT", struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || jws.Signatures[0].Protected.KeyID != first.ID() {
		t.Errorf("signed by another key, %v", err)
	}
	if n := strings.Count(string(signer.JWKS()), `"kid"`); n != 3 {
		t.Errorf("%d keys are published, want 3", n)
	}
	for _, algorithm := range []string{seal.RS256, "none", "HS256", ""} {
		if _, err := signer.Sign(algorithm, "JWT", struct{}{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q signs: %v", algorithm, err)
		}
	}
	if _, err := signer.Sign(seal.ES256, "JWT", func() {}); err == nil {
		t.Error("claims that are none were signed")
	}
}

func TestSigningKeysAreStoredSealed(t *testing.T) {
	k := keys(t, 1)
	for _, algorithm := range []string{seal.ES256, seal.RS256} {
		made := signingKey(t, algorithm)
		sealed, err := made.Sealed(k)
		if err != nil || strings.Contains(string(sealed), `"kty"`) {
			t.Fatalf("%v, or the key is readable", err)
		}
		opened, err := seal.OpenSigningKey(k, made.ID(), sealed)
		if err != nil || opened.ID() != made.ID() || opened.Algorithm() != algorithm {
			t.Fatalf("%s, %v", opened, err)
		}
		old, err1 := seal.NewSigner([]seal.SigningKey{made})
		now, err2 := seal.NewSigner([]seal.SigningKey{opened})
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		compact, err := now.Sign(algorithm, "JWT", struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := old.Payload(compact, "JWT"); err != nil {
			t.Errorf("the opened key signs otherwise: %v", err)
		}
		if _, err := seal.OpenSigningKey(k, "another", sealed); !fault.Is(err, fault.Internal) {
			t.Errorf("it opens in another row: %v", err)
		}
		if _, err := seal.OpenSigningKey(keys(t, 2), made.ID(), sealed); err == nil {
			t.Error("it opens with another key")
		}
	}
	if _, err := seal.NewSigningKey("HS256"); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if _, err := seal.NewSigner([]seal.SigningKey{{}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestSigningKeysDoNotPrintThemselves(t *testing.T) {
	k := signingKey(t, seal.ES256)
	text, err := json.Marshal(struct{ Key seal.SigningKey }{k})
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v", k, k), fmt.Sprintf("%v", []any{k}), string(text)} {
		if !strings.Contains(printed, k.ID()) || len(printed) > 200 || strings.Contains(printed, `"d"`) {
			t.Errorf("it prints %s", printed)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	k := keys(b, 1)
	var stored []seal.SigningKey // as a server has them: read from the store
	for _, algorithm := range []string{seal.ES256, seal.RS256} {
		made := signingKey(b, algorithm)
		sealed, err := made.Sealed(k)
		if err != nil {
			b.Fatal(err)
		}
		opened, err := seal.OpenSigningKey(k, made.ID(), sealed)
		if err != nil {
			b.Fatal(err)
		}
		stored = append(stored, opened)
	}
	signer, err := seal.NewSigner(stored)
	if err != nil {
		b.Fatal(err)
	}
	claims := map[string]any{"iss": "https://id.example.com", "sub": "sub_abcdefghijklmnop", "aud": "client_pim", "exp": 1790000000, "iat": 1790000000, "nonce": "n-0S6_WzA2Mj"}
	for _, algorithm := range []string{seal.ES256, seal.RS256} {
		b.Run(algorithm, func(b *testing.B) {
			for b.Loop() {
				if _, err := signer.Sign(algorithm, "JWT", claims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestRFC6979 holds that a signature draws nothing that could be drawn badly: it is the standard's own, and where R or S begins with
// zeros it still has 64 bytes.
func TestRFC6979(t *testing.T) {
	// RFC 6979 A.2.5: curve P-256, SHA-256.
	scalar := unhex(t, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]string{
		"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716" +
			"F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
		"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367" +
			"019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
	} {
		digest := sha256.Sum256([]byte(message))
		if got, err := seal.SignES256(private, digest[:]); err != nil || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%q is signed %x, %v; the standard says %s", message, got, err, want)
		}
	}
	short := 0
	for i := range 2000 {
		digest := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		signature, err := seal.SignES256(private, digest[:])
		if err != nil || len(signature) != 64 {
			t.Fatalf("%d bytes, %v", len(signature), err)
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		if !ecdsa.Verify(&private.PublicKey, digest[:], r, s) {
			t.Fatalf("the signature of %d does not verify", i)
		}
		if r.BitLen() <= 248 || s.BitLen() <= 248 {
			short++
		}
	}
	if short == 0 {
		t.Error("no signature had a leading zero: nothing was seen of them")
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
