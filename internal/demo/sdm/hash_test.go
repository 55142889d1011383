package sdm_test

import (
	"testing"

	"ligature/internal/demo/sdm"
	"ligature/internal/fault"
)

// The vectors come from another implementation:
//
//	python3 -c 'import hashlib,base64
//	def h(p,s,n): return "pbkdf2_sha256$%d$%s$%s"%(n,s,base64.b64encode(hashlib.pbkdf2_hmac("sha256",p.encode(),s.encode(),n)).decode())
//	print(h("Correct-Horse-7","seasalt2",30000)); print(h("lètmein","seasalt",1000))'
func TestHashIsDjangos(t *testing.T) {
	for _, test := range []struct {
		password, salt string
		rounds         int
		want           string
	}{
		{"Correct-Horse-7", "seasalt2", 30000, "pbkdf2_sha256$30000$seasalt2$UJWeXYkVoMbr9/ivYnU/pp2cAfl7K+go4Ks+ErPbvVY="},
		{"lètmein", "seasalt", 1000, "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A="},
	} {
		if got, err := sdm.Hash(test.password, test.salt, test.rounds); err != nil || got != test.want {
			t.Errorf("Hash(%q) = %s %v, want %s", test.password, got, err, test.want)
		}
	}
}

func TestSeedNamesAPasswordThatBreaksTheRule(t *testing.T) {
	w := start(t)
	for _, weak := range []string{"Short-7", "no-upper-case-7", "NO-LOWER-CASE-7", "No-Digit-Here", "NoSpecial77"} {
		err := w.Seed(t.Context(), []sdm.Person{{Email: "new@acme.example", Password: weak}})
		if !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != "sdm.seed_password" {
			t.Errorf("%q: %v", weak, err)
		}
	}
}
