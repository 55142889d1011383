package legacyhash_test

import (
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/legacyhash"
)

// project are parameters of no real project.
func project() legacyhash.Firebase {
	return legacyhash.Firebase{SignerKey: []byte(strings.Repeat("AAAA", 10)), SaltSeparator: "Bw==", MemoryCost: 3, Rounds: 1}
}

func TestKnown(t *testing.T) {
	for _, format := range append(legacyhash.Formats(), "") {
		spec := legacyhash.Spec{Format: format}
		switch format {
		case legacyhash.Pattern:
			spec.Pattern = "md5($password)"
		case legacyhash.FirebaseScrypt:
			spec.Firebase = project()
		}
		if err := spec.Known(); err != nil {
			t.Errorf("%q: %v", format, err)
		}
	}
}

// TestMistakes: each is told once, at its key, and no secret is shown.
func TestMistakes(t *testing.T) {
	const canary = "a-secret-of-a-test"
	firebase := func(change func(f *legacyhash.Firebase)) legacyhash.Spec {
		spec := legacyhash.Spec{Format: legacyhash.FirebaseScrypt, Firebase: project()}
		change(&spec.Firebase)
		return spec
	}
	for name, test := range map[string]struct {
		spec legacyhash.Spec
		key  string
	}{
		"an unknown format":           {legacyhash.Spec{Format: "rot13"}, "format"},
		"fewer than no rounds":        {legacyhash.Spec{Iterations: -1}, "iterations"},
		"too many rounds":             {legacyhash.Spec{Iterations: 100_001}, "iterations"},
		"rounds that are stored":      {legacyhash.Spec{Format: legacyhash.Bcrypt, Iterations: 10}, "iterations"},
		"a pattern alone":             {legacyhash.Spec{Pattern: "md5($password)"}, "pattern"},
		"no pattern":                  {legacyhash.Spec{Format: legacyhash.Pattern}, "pattern"},
		"no digest":                   {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "$password.$salt"}, "pattern"},
		"no password":                 {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($salt)"}, "pattern"},
		"another variable":            {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($user.$password)"}, "pattern"},
		"another function":            {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "crc32($password)"}, "pattern"},
		"a function of PHP's":         {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "system($password)"}, "pattern"},
		"two digests":                 {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($password).md5($salt)"}, "pattern"},
		"no end":                      {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($password"}, "pattern"},
		"a text without an end":       {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5('x.$password)"}, "pattern"},
		"more than the end":           {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($password))"}, "pattern"},
		"bytes of no digest":          {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5(raw($password))"}, "pattern"},
		"no key":                      {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "hmac_md5($password)"}, "pattern"},
		"nine digests":                {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: strings.Repeat("md5(", 9) + "$password" + strings.Repeat(")", 9)}, "pattern"},
		"a long pattern":              {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($password" + strings.Repeat(".$salt", 100) + ")"}, "pattern"},
		"a pepper that is not there":  {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($password.$pepper)"}, "pattern"},
		"a pepper alone":              {legacyhash.Spec{Pepper: []byte(canary)}, "pepper"},
		"a pepper nobody adds":        {legacyhash.Spec{Format: legacyhash.Argon2, Pepper: []byte(canary)}, "pepper"},
		"a pepper not in the pattern": {legacyhash.Spec{Format: legacyhash.Pattern, Pattern: "md5($password)", Pepper: []byte(canary)}, "pepper"},
		"a pepper that is a file":     {legacyhash.Spec{Format: legacyhash.Bcrypt, Pepper: []byte(strings.Repeat(canary, 100))}, "pepper"},
		"a project alone":             {legacyhash.Spec{Firebase: project()}, "firebase"},
		"no project":                  {legacyhash.Spec{Format: legacyhash.FirebaseScrypt}, "firebase.signer_key"},
		"a key that is none":          {firebase(func(f *legacyhash.Firebase) { f.SignerKey = []byte("*" + canary) }), "firebase.signer_key"},
		"a separator that is none":    {firebase(func(f *legacyhash.Firebase) { f.SaltSeparator = "*" }), "firebase.salt_separator"},
		"rounds below none":           {firebase(func(f *legacyhash.Firebase) { f.Rounds = -1 }), "firebase.rounds"},
		"a memory of 2^60":            {firebase(func(f *legacyhash.Firebase) { f.MemoryCost = 60 }), "firebase.mem_cost"},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			test.spec.Mistakes(func(key, problem, fix string) {
				told = append(told, key)
				if strings.Contains(problem+fix, canary) || fix == "" {
					t.Errorf("it says %q, %q", problem, fix)
				}
			})
			if len(told) != 1 || told[0] != test.key {
				t.Errorf("told %q, want %q", told, test.key)
			}
			key, _, _ := strings.Cut(test.key, ".")
			if err := test.spec.Known(); !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != "legacyhash."+key {
				t.Errorf("known: %v", err)
			}
			if ok, err := test.spec.Check(t.Context(), "d41d8cd98f00b204e9800998ecf8427e", "salt", "a password"); ok || (err != nil && strings.Contains(err.Error(), canary)) {
				t.Errorf("checked all the same: %v, %v", ok, err)
			}
		})
	}
}

// FuzzPattern holds that no pattern makes it panic, and that whatever is accepted needs the password.
func FuzzPattern(f *testing.F) {
	for _, v := range vectors(f) {
		if v.spec.Pattern != "" {
			f.Add(v.spec.Pattern)
		}
	}
	for _, seed := range []string{"", "$", "md5", "md5(", "md5()", "'", "raw(raw(md5($password)))", "hmac_sha256($password,'')", "upper(upper(sha1($password)))", " md5 ( $password ) "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		spec := legacyhash.Spec{Format: legacyhash.Pattern, Pattern: pattern, Pepper: []byte("p")}
		for _, size := range []int{16, 20, 32, 48, 64} {
			stored := strings.Repeat("00", size)
			if ok, _ := spec.Check(t.Context(), stored, "salt", "a password that nobody hashed"); ok {
				t.Errorf("%q gives zeros", pattern)
			}
		}
		_ = spec.Known()
	})
}
