package seal_test

import (
	"strings"
	"testing"

	"ligature/internal/seal"
)

// TestSecretsAreNotMalleable is ATK-41: only the exact text counts.
func TestSecretsAreNotMalleable(t *testing.T) {
	secret := seeded().NewSecret()
	stored := seal.HashSecret(seal.ForMailToken, secret)
	if !seal.ValidSecret(secret) || !seal.SameSecret(seal.ForMailToken, secret, stored) {
		t.Fatal("the secret itself is refused")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, secret[42])
	for name, forged := range map[string]string{
		"empty": "", "cut": secret[:42], "longer": secret + "A", "padded": secret + "=", "upper": strings.ToUpper(secret), "lower": strings.ToLower(secret),
		"space before": " " + secret, "space after": secret + " ", "newline": secret + "\n", "newline inside": secret[:20] + "\n" + secret[21:], "NUL": secret[:42] + "\x00",
		"other alphabet": strings.Repeat("+", 43), "unicode": secret[:41] + "é", "kelvin": secret[:40] + "\u212a",
		"same bytes, other spelling": secret[:42] + string(alphabet[last^1]), "same bytes, other spelling 2": secret[:42] + string(alphabet[last^2]), "1 MB": strings.Repeat("A", 1<<20),
	} {
		if (seal.ValidSecret(forged) && forged != secret && len(forged) != 43) || seal.SameSecret(seal.ForMailToken, forged, stored) {
			t.Errorf("%s is accepted", name)
		}
		if strings.HasPrefix(name, "same bytes") && seal.ValidSecret(forged) {
			t.Errorf("%s has a valid shape", name)
		}
	}
	for i := range secret {
		changed := []byte(secret)
		changed[i] ^= 1
		if seal.SameSecret(seal.ForMailToken, string(changed), stored) {
			t.Errorf("a change at %d is accepted", i)
		}
	}
}

// TestPurposesAreApart is ATK-42, and that hashes do not look like the secret (ATK-36).
func TestPurposesAreApart(t *testing.T) {
	secret, seen := seeded().NewSecret(), map[string]bool{}
	for _, purpose := range []seal.Purpose{
		seal.ForMailToken, seal.ForMailCode, seal.ForUndoToken, seal.ForResetToken, seal.ForEmailConfirm, seal.ForEmailApprove, seal.ForEmailStop, seal.ForInvitation, seal.ForSession, seal.ForBrowser,
		seal.ForAccessToken, seal.ForRefreshToken, seal.ForClientSecret, seal.ForRequestURI,
	} {
		hash := seal.HashSecret(purpose, secret)
		if seen[hash] || strings.Contains(hash, secret) || len(hash) != 43 {
			t.Errorf("%s gives %s", purpose, hash)
		}
		seen[hash] = true
		if seal.SameSecret(purpose, hash, hash) {
			t.Errorf("%s accepts what is stored as the secret", purpose)
		}
	}
}

// TestTheHashIsStable holds because hashes are stored: another form needs another version.
func TestTheHashIsStable(t *testing.T) {
	// printf 'ligature/secret/v1\0session\0AAAA' | openssl dgst -sha256 -binary | basenc --base64url
	if got := seal.HashSecret(seal.ForSession, "AAAA"); got != "WuwEgkrQYK8ERfJKlUr1SttQ-D4rFtCp5VDBmT5Znps" {
		t.Errorf("the hash is %s", got)
	}
}
