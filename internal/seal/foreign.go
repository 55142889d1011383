package seal

import (
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"ligature/internal/fault"
)

// VerifyForeign gives the claims of a compact JWS that one of somebody else's public keys made (RFC 7517 §5), with one of the
// algorithms. A header that names a key is held to it; a key that names an algorithm, or another use, too. Errors:
// fault.Invalid "signer.foreign_keys" for a key set that cannot be read, "signer.signature" whatever else is wrong.
func VerifyForeign(keySet []byte, compact string, algorithms []string) (json.RawMessage, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keySet, &set); err != nil || len(set.Keys) == 0 {
		return nil, fault.New(fault.Invalid, "signer.foreign_keys")
	}
	bad := fault.New(fault.Invalid, "signer.signature")
	if len(compact) > 16<<10 || strings.Count(compact, ".") != 2 {
		return nil, bad
	}
	allowed := make([]jose.SignatureAlgorithm, 0, len(algorithms))
	for _, algorithm := range algorithms {
		allowed = append(allowed, jose.SignatureAlgorithm(algorithm))
	}
	jws, err := jose.ParseSignedCompact(compact, allowed)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, bad
	}
	header := jws.Signatures[0].Protected
	for _, key := range set.Keys {
		if header.KeyID != "" && key.KeyID != "" && header.KeyID != key.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm ||
			key.Use != "" && key.Use != "sig" || !key.IsPublic() || !key.Valid() {
			continue
		}
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, bad
}
