package legacyhash

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// Firebase are the parameters of a Firebase project, as its console shows them: the same for all users.
type Firebase struct {
	// SignerKey is base64_signer_key, in Base64.
	SignerKey []byte `yaml:"signer_key,secret"`
	// SaltSeparator is base64_salt_separator, in Base64.
	SaltSeparator string `yaml:"salt_separator"`
	// Rounds and MemoryCost are rounds and mem_cost; 0 means 8 and 14.
	Rounds     int `yaml:"rounds"`
	MemoryCost int `yaml:"mem_cost"`
}

// set reports that something is written.
func (f Firebase) set() bool {
	return len(f.SignerKey) > 0 || f.SaltSeparator != "" || f.Rounds != 0 || f.MemoryCost != 0
}

// firebaseScheme is Firebase's own scrypt (github.com/firebase/scrypt): the key that scrypt gives encrypts the project's
// signer key, and that is stored.
func firebaseScheme() scheme {
	return scheme{
		format: FirebaseScrypt, looks: "Base64; the salt in `salt`, the [project's parameters](#firebase) in `firebase`", made: "Firebase Authentication, as auth:export gives it",
		parse: parseFirebase,
	}
}

func parseFirebase(stored, salt string, spec Spec) (job, error) {
	signer, err := anyBase64(string(spec.Firebase.SignerKey))
	if err != nil || len(signer) < 16 || len(signer) > 256 {
		return job{}, errMalformed
	}
	want, err := anyBase64(stored)
	if err != nil || len(want) != len(signer) {
		return job{}, errMalformed
	}
	salted, err := anyBase64(salt)
	if err != nil {
		return job{}, err
	}
	separator, err := anyBase64(spec.Firebase.SaltSeparator)
	if err != nil {
		return job{}, err
	}
	if cost := spec.Firebase.memoryCost(); cost < 1 || cost > 30 {
		return job{}, errMalformed
	}
	n, r := 1<<spec.Firebase.memoryCost(), spec.Firebase.rounds()
	memory, err := scryptCost(n, r, 1, spec.Limits)
	if err != nil {
		return job{}, err
	}
	return job{memory: memory, cost: scryptText(n, r, 1), check: compare(func(password []byte) ([]byte, error) {
		key, err := scrypt.Key(password, append(salted, separator...), n, r, 1, 32)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		got := make([]byte, len(signer))
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(got, signer)
		return got, nil
	}, want)}, nil
}

func (f Firebase) rounds() int {
	if f.Rounds == 0 {
		return 8
	}
	return f.Rounds
}

func (f Firebase) memoryCost() int {
	if f.MemoryCost == 0 {
		return 14
	}
	return f.MemoryCost
}

// anyBase64 reads both alphabets: exports have had either.
func anyBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errMalformed
	}
	return raw, nil
}
