package legacyhash

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"golang.org/x/crypto/argon2"
)

// keycloakScheme is a credential of Keycloak. Its table and its export have it in two JSON objects: what is secret, and how
// it was made. Either the stored text is the first and the salt is the second, or the stored text is the credential as the
// export has it, with secretData and credentialData.
func keycloakScheme() scheme {
	return scheme{
		format: Keycloak, looks: "`{\"value\":…,\"salt\":…}`, with `{\"hashIterations\":…,\"algorithm\":…}` in `salt`; or both in one, as an export has it", made: "Keycloak",
		marks: func(stored string) bool {
			return strings.HasPrefix(stored, "{\"") && (strings.Contains(stored, "\"secretData\"") || strings.Contains(stored, "\"value\""))
		},
		parse: parseKeycloak,
	}
}

// keycloakSecret and keycloakData are the two objects.
type (
	keycloakSecret struct {
		Value string `json:"value"`
		Salt  string `json:"salt"`
	}
	keycloakData struct {
		HashIterations int                 `json:"hashIterations"`
		Algorithm      string              `json:"algorithm"`
		More           map[string][]string `json:"additionalParameters"`
	}
)

func parseKeycloak(stored, salt string, spec Spec) (job, error) {
	var whole struct {
		SecretData     string `json:"secretData"`
		CredentialData string `json:"credentialData"`
	}
	if json.Unmarshal([]byte(stored), &whole) != nil {
		return job{}, errMalformed
	}
	if whole.SecretData != "" {
		stored, salt = whole.SecretData, whole.CredentialData
	}
	var secret keycloakSecret
	var data keycloakData
	if json.Unmarshal([]byte(stored), &secret) != nil || json.Unmarshal([]byte(salt), &data) != nil {
		return job{}, errMalformed
	}
	want, err := base64.StdEncoding.DecodeString(secret.Value)
	if err != nil {
		return job{}, errMalformed
	}
	rawSalt, err := base64.StdEncoding.DecodeString(secret.Salt)
	if err != nil || len(rawSalt) < 8 {
		return job{}, errMalformed
	}
	if data.Algorithm == "argon2" {
		return keycloakArgon2(data, rawSalt, want, spec.Limits)
	}
	digest := map[string]string{"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}[data.Algorithm]
	return pbkdf2Job(digest, data.HashIterations, rawSalt, want, spec.Limits)
}

func keycloakArgon2(data keycloakData, salt, want []byte, limits Limits) (job, error) {
	one := func(name string) string {
		if len(data.More[name]) != 1 {
			return ""
		}
		return data.More[name][0]
	}
	derive := map[string]argon2Key{"id": argon2.IDKey, "i": argon2.Key}[one("type")]
	memory, err := costNumber(one("memory"))
	if err != nil {
		return job{}, err
	}
	threads, err := costNumber(one("parallelism"))
	if err != nil {
		return job{}, err
	}
	if derive == nil || one("version") != "1.3" || data.HashIterations < 1 || len(want) < 12 || len(want) > 128 {
		return job{}, errMalformed
	}
	if data.HashIterations > int(limits.Argon2Time) {
		return job{}, errCostly
	}
	values := [3]uint32{uint32(memory), uint32(data.HashIterations), uint32(threads)}
	if err := argon2Bounds(values, limits); err != nil {
		return job{}, err
	}
	return argon2Job(derive, salt, want, values), nil
}
