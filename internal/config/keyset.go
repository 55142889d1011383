package config

import (
	"encoding/json"
	"strings"
)

// KeySet is the public keys of a client, a JWK Set (RFC 7517 §5), as it was when the configuration was read.
type KeySet struct {
	// Data is the set as JSON; empty for none.
	Data string
}

// maxKeySetBytes bounds a client's keys.
const maxKeySetBytes = 64 << 10

// setKeySet takes a key set that is written here, or reads the file that is named.
func (r *reader) setKeySet(text string, into *KeySet) (problem, fix string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "is empty", "write a value, or remove the line"
	}
	if !strings.HasPrefix(text, "{") {
		path := r.resolve(text)
		data, err := r.read(path)
		if err != nil {
			return "the file " + shown(path) + " " + reason(err), "correct the path; a relative one begins at the directory of this file"
		}
		text = string(data)
	}
	var set struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if len(text) > maxKeySetBytes || json.Unmarshal([]byte(text), &set) != nil || len(set.Keys) == 0 {
		return "is no JWK Set", `write {"keys": [...]} in quotes, or name a file that holds it`
	}
	for _, key := range set.Keys {
		var kind string
		_ = json.Unmarshal(key["kty"], &kind) // what is no text is no kind of key
		if _, private := key["d"]; private || kind != "EC" && kind != "RSA" && kind != "OKP" {
			return "holds a key that is not public", "give the public half alone, of kty EC, RSA or OKP; the client keeps the private one"
		}
	}
	*into = KeySet{Data: text}
	return "", ""
}
