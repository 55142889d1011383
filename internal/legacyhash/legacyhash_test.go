package legacyhash_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/legacyhash"
)

// vector is a hash that another program made.
type vector struct {
	name, stored, salt, password string
	spec                         legacyhash.Spec
	weak                         bool
	cuts                         int
}

const unicode = "Grüße, Привет 🎨"

// lines are grouped by the command that made them.
func lines() []vector {
	symfony := func(rounds int) legacyhash.Spec {
		return legacyhash.Spec{Format: legacyhash.SymfonySHA512, Iterations: rounds}
	}
	return []vector{
		// php -r '[$_,$p,$s,$n]=$argv; $t=$s===""?$p:$p."{".$s."}"; $d=hash("sha512",$t,true);
		//   for($i=1;$i<$n;$i++) $d=hash("sha512",$d.$t,true); echo base64_encode($d),"\n";' -- PASSWORD SALT ROUNDS   (PHP 8.2)
		{"symfony 5000", "+OdEXqCI6rQspiwVRv1YrHGMa+6gXcfX/PHQWUpC3h7K2KYc8rEDMQnQBwuUIb+qzsfhcHr8lBfkWzLL3UMOAA==", "abcdefghij0123456789klmnopqrstu", "correct horse", symfony(0), false, 0},
		{"symfony unicode", "sd256fjZeJfePYhoagoUKz/0JNJoU/lXe5lVIBlOlxt0dHAUQwer8SoZEYpZ2BEv1aZ/q3O1wi4zd3MRmgVCvQ==", "9x8y7z", unicode, symfony(5000), false, 0},
		{"symfony without salt", "WXZB0Ghc1N7bH8PPb3Fs2L6okSun9f5xvQdL+tittOkMZm7ad0ct7EAKr8c7wxELMkVvy/WzqsVkwMLIT1HHfA==", "", "no salt at all", symfony(0), false, 0},
		{"symfony one round", "AlrWYrJ9pM0d+9PD3frnrVL5lPlQRq7BQyeHkngy8MJnOE6evD3Lfdox0m1wwKPL7mw9B+PUaEz6PeIeyFmbZQ==", "pepper", "few rounds", symfony(1), true, 0},
		{"symfony ten rounds", "LnRkZNFdDDc0Zsz9WYQxPkmE3k/zKFkkK28HXJFItbtSFpHZUwOZUzbT2i1sHygiaa9MViufEoDcTH/8ZL3/iw==", "pepper", "few rounds", symfony(10), true, 0},
		{"symfony long", "f8ps0FkU8dF7JqhXhniXj2B4vbL8KI453T5t9Xc/r90q66zjmglrplYWg4mYVxkzKozUrf+pKcFw5UQi6o9/ZQ==", "9x8y7z", strings.Repeat("x", 200), symfony(0), false, 0},
		// php -r 'echo password_hash("correct horse", PASSWORD_BCRYPT, ["cost"=>4]);'   (PHP 8.2)
		{"bcrypt 2y", "$2y$04$ib9JjKV8H1TvXrb4BfV0Nu/mj7ddc9NAJc8iNLqvWrlEVXtEeq/9e", "", "correct horse", legacyhash.Spec{Format: legacyhash.Bcrypt}, false, 0},
		{"bcrypt 2y unicode", "$2y$05$s5e56wUGVgBfLaFDn8Z5tOePiE.ihVMIiQA5lvqZgavb/kmMkJwtq", "", unicode, legacyhash.Spec{}, false, 0},
		// python3 -c 'from passlib.hash import bcrypt; print(bcrypt.using(rounds=4, ident="2a").hash("correct horse"))'   (passlib 1.7)
		{"bcrypt 2a passlib", "$2a$04$M.b/JhlooK4sCkAtspJ7iuWEwom6oL80pLhYiF7acPzCJyOAj6L5.", "", "correct horse", legacyhash.Spec{Format: legacyhash.Auto}, false, 0},
		{"bcrypt 2b 72 bytes", "$2b$04$rTgRqiE5BFaK1jg92USGKeB64tZmTUGQRc8UX1G4NlpHTDLVWRVfC", "", strings.Repeat("x", 72), legacyhash.Spec{}, false, 72},
		// perl -e 'print crypt("correct horse", q{$2a$04$abcdefghijklmnopqrstuu})'   (libxcrypt)
		{"bcrypt 2a crypt", "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "", "correct horse", legacyhash.Spec{}, false, 0},
		// php -r 'echo password_hash("correct horse", PASSWORD_ARGON2ID, ["memory_cost"=>1024,"time_cost"=>2,"threads"=>1]);'
		{"argon2id php", "$argon2id$v=19$m=1024,t=2,p=1$ZEtENXM0blhGcFZmQ3F2aQ$DCKfMM6IZd1ETukaTmd/5NRLHyraXL1xfF97KDVITf0", "", "correct horse", legacyhash.Spec{Format: legacyhash.Argon2}, false, 0},
		{"argon2i php", "$argon2i$v=19$m=1024,t=2,p=1$NUJFVmdhem1TQWI2SVNSTA$NZ7S3g6FDZDDqkuQnDOrV4VFZI/uXI0agtPGleAQCzY", "", "correct horse", legacyhash.Spec{}, false, 0},
		// echo -n PASSWORD | argon2 somesalt -id -t 3 -m 12 -p 4 -e      and      -i -t 2 -m 10 -p 1 -e   (the reference tool)
		{"argon2id reference", "$argon2id$v=19$m=4096,t=3,p=4$c29tZXNhbHQ$JCoTKWjRpjkqqambr17gh+lEBeWpa8W1TuFuQaB/THM", "", unicode, legacyhash.Spec{}, false, 0},
		{"argon2i reference", "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$wRh2IbIVp6h62V93sxWpUUgSlqOdR6G+2OpUO2BZfI4", "", "correct horse", legacyhash.Spec{}, false, 0},
		// echo -n PASSWORD | argon2 somesalt -id -t 1 -m 10 -p 1 -e
		{"argon2id long", "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$PlFNP65BjLeFxWj1NwidSiHFM9ex9NEq2JydXNKeSIw", "", strings.Repeat("x", 120), legacyhash.Spec{}, false, 0},
		// python3 -c 'from django.conf import settings; settings.configure(); from django.contrib.auth.hashers import PBKDF2PasswordHasher as H;
		//   print(H().encode("correct horse", "abcdefghijkl"))'   (Django 3.2; then with a salt and rounds)
		{"django", "pbkdf2_sha256$260000$abcdefghijkl$Y7nUsYpTlOLhbn+94eCJ8rSJC6nHLs6/KKM2E8FXhHs=", "", "correct horse", legacyhash.Spec{Format: legacyhash.DjangoPBKDF2}, false, 0},
		{"django unicode", "pbkdf2_sha256$1000$seasalt2$emWHEpF6BKLkxKJ4TzlU7ALOumPcsIx9HtDZhU5rTNo=", "", unicode, legacyhash.Spec{}, false, 0},
		{"django one round", "pbkdf2_sha256$1$x$Qld4XyJaix9jKO5VnL8Lp9OyZbGdSGlB7znfgEx8SS8=", "", "correct horse", legacyhash.Spec{}, true, 0},
	}
}

// TestBcryptLooksAt72Bytes holds what the product itself does: the 73rd byte does not count (ATK-79 is about our own hashes).
func TestBcryptLooksAt72Bytes(t *testing.T) {
	const stored = "$2b$04$rTgRqiE5BFaK1jg92USGKeB64tZmTUGQRc8UX1G4NlpHTDLVWRVfC"
	for password, want := range map[string]bool{strings.Repeat("x", 72): true, strings.Repeat("x", 80): true, strings.Repeat("x", 71): false} {
		if ok, err := (legacyhash.Spec{}).Check(t.Context(), stored, "", password); ok != want || err != nil {
			t.Errorf("%d bytes: %v, %v", len(password), ok, err)
		}
	}
}

// TestPoisonedRowsCostNothing is ATK-78: the refusal comes before the work.
func TestPoisonedRowsCostNothing(t *testing.T) {
	digest := strings.Repeat("A", 86) + "=="
	salt22, hash43 := strings.Repeat("a", 22), strings.Repeat("a", 43)
	for name, test := range map[string]struct {
		stored, salt string
		spec         legacyhash.Spec
		key          string
	}{
		"bcrypt cost 31":         {stored: "$2b$31$" + strings.Repeat("a", 53), key: "legacyhash.too_costly"},
		"bcrypt cost 16":         {stored: "$2b$16$" + strings.Repeat("a", 53), key: "legacyhash.too_costly"},
		"bcrypt cost 03":         {stored: "$2b$03$" + strings.Repeat("a", 53), key: "legacyhash.malformed"},
		"bcrypt cost 00":         {stored: "$2b$00$" + strings.Repeat("a", 53), key: "legacyhash.malformed"},
		"bcrypt cost +5":         {stored: "$2b$+5$" + strings.Repeat("a", 53), key: "legacyhash.malformed"},
		"bcrypt cut":             {stored: "$2b$04$" + strings.Repeat("a", 52), key: "legacyhash.malformed"},
		"bcrypt other letters":   {stored: "$2b$04$" + strings.Repeat("=", 53), key: "legacyhash.malformed"},
		"bcrypt 2x":              {stored: "$2x$04$" + strings.Repeat("a", 53), spec: legacyhash.Spec{Format: legacyhash.Bcrypt}, key: "legacyhash.malformed"},
		"argon2 8 GiB":           {stored: "$argon2id$v=19$m=8388608,t=1,p=1$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"argon2 more digits":     {stored: "$argon2id$v=19$m=99999999999999999999,t=1,p=1$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"argon2 11 passes":       {stored: "$argon2i$v=19$m=1024,t=11,p=1$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"argon2 255 threads":     {stored: "$argon2id$v=19$m=65536,t=1,p=255$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"argon2 no passes":       {stored: "$argon2id$v=19$m=1024,t=0,p=1$" + salt22 + "$" + hash43, key: "legacyhash.malformed"},
		"argon2 no threads":      {stored: "$argon2id$v=19$m=1024,t=1,p=0$" + salt22 + "$" + hash43, key: "legacyhash.malformed"},
		"argon2 negative":        {stored: "$argon2id$v=19$m=-1,t=1,p=1$" + salt22 + "$" + hash43, key: "legacyhash.malformed"},
		"argon2 old version":     {stored: "$argon2id$v=16$m=1024,t=1,p=1$" + salt22 + "$" + hash43, key: "legacyhash.malformed"},
		"argon2 empty hash":      {stored: "$argon2id$v=19$m=1024,t=1,p=1$" + salt22 + "$", key: "legacyhash.malformed"},
		"argon2 empty salt":      {stored: "$argon2id$v=19$m=1024,t=1,p=1$$" + hash43, key: "legacyhash.malformed"},
		"django 2,000,001":       {stored: "pbkdf2_sha256$2000001$x$" + hash43 + "=", key: "legacyhash.too_costly"},
		"django more digits":     {stored: "pbkdf2_sha256$99999999999$x$" + hash43 + "=", key: "legacyhash.too_costly"},
		"django no rounds":       {stored: "pbkdf2_sha256$0$x$Qld4XyJaix9jKO5VnL8Lp9OyZbGdSGlB7znfgEx8SS8=", key: "legacyhash.malformed"},
		"django empty hash":      {stored: "pbkdf2_sha256$1000$x$", key: "legacyhash.malformed"},
		"django short hash":      {stored: "pbkdf2_sha256$1000$x$QQ==", key: "legacyhash.malformed"},
		"symfony many rounds":    {stored: digest, spec: legacyhash.Spec{Format: legacyhash.SymfonySHA512, Iterations: 100_001}, key: "legacyhash.too_costly"},
		"symfony braces in salt": {stored: digest, salt: "a}{b", spec: legacyhash.Spec{Format: legacyhash.SymfonySHA512}, key: "legacyhash.malformed"},
		"symfony a letter more":  {stored: digest + "A", spec: legacyhash.Spec{Format: legacyhash.SymfonySHA512}, key: "legacyhash.malformed"},
		"symfony SHA-1":          {stored: strings.Repeat("a", 40), spec: legacyhash.Spec{Format: legacyhash.SymfonySHA512}, key: "legacyhash.malformed"},
		"scrypt 16 GiB":          {stored: "$scrypt$ln=24,r=8,p=1$" + strings.ToUpper(salt22+"$"+hash43), key: "legacyhash.too_costly"},
		"scrypt ln of 99":        {stored: "$scrypt$ln=99,r=8,p=1$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"scrypt many p":          {stored: "scrypt:1024:8:999999999$salt$" + strings.Repeat("ab", 64), key: "legacyhash.too_costly"},
		"scrypt much r":          {stored: "scrypt$2$salt$999999999$1$" + strings.ToUpper(hash43), key: "legacyhash.too_costly"},
		"scrypt n of 3":          {stored: "scrypt:3:8:1$salt$" + strings.Repeat("ab", 64), key: "legacyhash.malformed"},
		"scrypt n of 0":          {stored: "scrypt:0:8:1$salt$" + strings.Repeat("ab", 64), key: "legacyhash.malformed"},
		"scrypt no p":            {stored: "scrypt:1024:8:0$salt$" + strings.Repeat("ab", 64), key: "legacyhash.malformed"},
		"passlib 2,000,001":      {stored: "$pbkdf2-sha256$2000001$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"passlib long hash":      {stored: "$pbkdf2-sha256$999999$" + salt22[:20] + "$" + strings.Repeat("a", 160), key: "legacyhash.too_costly"},
		"passlib bcrypt 31":      {stored: "$bcrypt-sha256$v=2,t=2b,r=31$" + salt22 + "$" + strings.Repeat("a", 31), key: "legacyhash.too_costly"},
		"werkzeug without a sum": {stored: "pbkdf2:sha256:1000$salt$", key: "legacyhash.malformed"},
		"werkzeug no rounds":     {stored: "pbkdf2:sha256$salt$" + strings.Repeat("ab", 32), key: "legacyhash.malformed"},
		"werkzeug MD5":           {stored: "pbkdf2:md5:1000$salt$" + strings.Repeat("ab", 16), key: "legacyhash.malformed"},
		"crypt 999999999":        {stored: "$6$rounds=999999999$salt$" + strings.Repeat("a", 86), key: "legacyhash.too_costly"},
		"crypt 999 rounds":       {stored: "$5$rounds=999$salt$" + hash43, key: "legacyhash.malformed"},
		"crypt cut":              {stored: "$6$salt$" + strings.Repeat("a", 85), key: "legacyhash.malformed"},
		"crypt long salt":        {stored: "$6$" + strings.Repeat("a", 17) + "$" + strings.Repeat("a", 86), key: "legacyhash.malformed"},
		"MD5-crypt long salt":    {stored: "$1$123456789$" + salt22, key: "legacyhash.malformed"},
		"phpass 2^30":            {stored: "$P$S" + strings.Repeat("a", 30), key: "legacyhash.too_costly"},
		"phpass 2^6":             {stored: "$P$4" + strings.Repeat("a", 30), key: "legacyhash.malformed"},
		"phpass 2^63":            {stored: "$P$z" + strings.Repeat("a", 30), key: "legacyhash.malformed"},
		"Drupal 2^30":            {stored: "$S$S" + strings.Repeat("a", 51), key: "legacyhash.too_costly"},
		"Drupal cut":             {stored: "$S$D" + strings.Repeat("a", 50), key: "legacyhash.malformed"},
		"WordPress cost 31":      {stored: "$wp$2y$31$" + strings.Repeat("a", 53), key: "legacyhash.too_costly"},
		"ASP.NET 2^32-1":         {stored: "AQAAAAH/////AAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", key: "legacyhash.too_costly"},
		"ASP.NET no rounds":      {stored: "AQAAAAEAAAAAAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", key: "legacyhash.malformed"},
		"ASP.NET salt of 2 GiB":  {stored: "AQAAAAEAACcQf////wABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", spec: legacyhash.Spec{Format: legacyhash.ASPNetIdentity}, key: "legacyhash.malformed"},
		"Keycloak many rounds":   {stored: `{"value":"` + digest + `","salt":"AAAAAAAAAAAAAAAA"}`, salt: `{"hashIterations":999999999,"algorithm":"pbkdf2-sha256"}`, key: "legacyhash.too_costly"},
		"Keycloak other sum":     {stored: `{"value":"` + digest + `","salt":"AAAAAAAAAAAAAAAA"}`, salt: `{"hashIterations":1000,"algorithm":"whirlpool"}`, key: "legacyhash.malformed"},
		"Keycloak argon2":        {stored: `{"value":"` + digest + `","salt":"AAAAAAAAAAAAAAAA"}`, salt: `{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"memory":["99999999"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}`, key: "legacyhash.too_costly"},
		"Keycloak no second":     {stored: `{"value":"` + digest + `","salt":"AAAAAAAAAAAAAAAA"}`, key: "legacyhash.malformed"},
		"LDAP in clear":          {stored: "{CLEARTEXT}some password", key: "legacyhash.unknown"},
		"LDAP SASL":              {stored: "{SASL}user@example.com", key: "legacyhash.unknown"},
		"LDAP short":             {stored: "{SSHA}AAAA", key: "legacyhash.malformed"},
		"LDAP without its salt":  {stored: "{SSHA}" + strings.Repeat("A", 27) + "=", key: "legacyhash.malformed"},
		"LDAP DES":               {stored: "{CRYPT}ab1Hv2Lg7ltQo", key: "legacyhash.malformed"},
		"LDAP PBKDF2":            {stored: "{PBKDF2-SHA512}2000001$" + salt22 + "$" + hash43, key: "legacyhash.too_costly"},
		"LDAP in itself":         {stored: "{CRYPT}{CRYPT}{CRYPT}", key: "legacyhash.malformed"},
		"a password":             {stored: "hunter2", key: "legacyhash.unknown"},
		"locked in a shadow":     {stored: "!", key: "legacyhash.unknown"},
		"1 MB":                   {stored: "$2b$04$" + strings.Repeat("a", 1<<20), key: "legacyhash.malformed"},
		"a salt of 1 MB":         {stored: digest, salt: strings.Repeat("a", 1<<20), key: "legacyhash.malformed"},
		"a NUL":                  {stored: "$2b$04$\x00", key: "legacyhash.malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			test.spec.Gate = func(context.Context, int64) (func(), error) {
				t.Error("the work was about to begin")
				return nil, errors.New("stopped")
			}
			ok, err := test.spec.Check(t.Context(), test.stored, test.salt, "some password")
			if ok || fault.KeyOf(err) != test.key || !fault.Is(err, fault.Internal) {
				t.Errorf("%v, %v; want %s", ok, err, test.key)
			}
		})
	}
}

func TestPasswordsOutOfBoundsAreRefusedFirst(t *testing.T) {
	for _, password := range []string{"", strings.Repeat("x", 1025)} {
		if ok, err := (legacyhash.Spec{}).Check(t.Context(), "", "", password); ok || fault.KeyOf(err) != "legacyhash.password" {
			t.Errorf("%d bytes: %v, %v", len(password), ok, err)
		}
	}
	// perl -e 'print crypt("", q{$6$abcdefgh})' and q{$1$abcdefgh}: what a product may store of no password   (libxcrypt)
	for _, stored := range []string{"$6$abcdefgh$v7sYNA18/BerGOYQLppYLyjH4yJilp8kqe/ef3KYMK9hOIdzH1yzcmP74Ay.m51y1jP3QqxM7Jl75S4CxDhBq.", "$1$abcdefgh$M55TzYaaccxVGbptZWaxX/"} {
		if ok, err := (legacyhash.Spec{}).Check(t.Context(), stored, "", ""); ok || fault.KeyOf(err) != "legacyhash.password" {
			t.Errorf("the hash of nothing: %v, %v", ok, err)
		}
	}
	if ok, err := (legacyhash.Spec{}).Check(t.Context(), "", "", "anything"); ok || err != nil {
		t.Errorf("an empty hash: %v, %v; want no match", ok, err)
	}
}

func TestGateAndContextStopTheWork(t *testing.T) {
	v := lines()[slices.IndexFunc(lines(), func(v vector) bool { return v.name == "argon2id reference" })]
	var asked, released int64
	spec := legacyhash.Spec{Gate: func(_ context.Context, bytes int64) (func(), error) {
		asked = bytes
		return func() { released++ }, nil
	}}
	if ok, err := spec.Check(t.Context(), v.stored, v.salt, v.password); !ok || err != nil || asked != 4096<<10 || released != 1 {
		t.Errorf("%v, %v; asked for %d bytes, released %d times", ok, err, asked, released)
	}
	full := errors.New("full")
	spec.Gate = func(context.Context, int64) (func(), error) { return nil, full }
	if ok, err := spec.Check(t.Context(), v.stored, v.salt, v.password); ok || !errors.Is(err, full) {
		t.Errorf("%v, %v; want the gate's refusal", ok, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := (legacyhash.Spec{}).Check(ctx, v.stored, v.salt, v.password); ok || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, %v; want unavailable", ok, err)
	}
}

// FuzzStored holds that no stored text makes it panic, match or work for long.
func FuzzStored(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.stored, v.salt)
	}
	for _, seed := range []string{"", "$", "$$$$$", "$2b$", "$argon2id$v=19$m=,t=,p=$$", "pbkdf2_sha256$$$", "pbkdf2_sha256$1$\xff$" + strings.Repeat("A", 43) + "="} {
		f.Add(seed, "salt")
	}
	small := legacyhash.Limits{DigestRounds: 5000, CryptRounds: 5000, BcryptCost: 4, Argon2KiB: 64, Argon2Time: 1, PBKDF2Rounds: 100, ScryptKiB: 64, ScryptWork: 1 << 10}
	f.Fuzz(func(t *testing.T, stored, salt string) {
		for _, format := range legacyhash.Formats() {
			spec := legacyhash.Spec{Format: format, Iterations: 2, Limits: small, Pattern: "sha1($salt.md5($password))", Firebase: project()}
			ok, err := spec.Check(t.Context(), stored, salt, "a password that nobody hashed")
			if ok {
				t.Errorf("%s matched %q", format, stored)
			}
			if _, readErr := spec.Read(stored, salt); stored != "" && (readErr == nil) != (err == nil) {
				t.Errorf("%s: read with %v, checked with %v", format, readErr, err)
			}
			if err != nil && strings.Contains(err.Error(), "nobody hashed") {
				t.Errorf("the error shows the password")
			}
		}
	})
}

func TestSeedsAreThere(t *testing.T) {
	if files, err := filepath.Glob("testdata/fuzz/FuzzStored/*"); err != nil || len(files) == 0 {
		t.Errorf("no seeds in testdata/fuzz/FuzzStored (%v)", err)
	}
	if _, err := os.Stat("testdata"); err != nil {
		t.Error(err)
	}
}

func BenchmarkSymfony(b *testing.B) {
	v := lines()[0]
	for b.Loop() {
		if ok, err := v.spec.Check(b.Context(), v.stored, v.salt, v.password); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
