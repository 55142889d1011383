package seal

import "encoding/base64"

// SealCode makes OAuth's code of what it carries: sealed, and bound to the client that may bring it.
func (k *Keys) SealCode(client string, packed []byte) string {
	return base64.RawURLEncoding.EncodeToString(k.Seal("authorization_grant", "code", client, packed))
}

// OpenCode is the reverse of SealCode, under any of the keys; false for what was not made for that client, or is spelled in
// another way than SealCode spells.
func (k *Keys) OpenCode(client, authCode string) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(authCode)
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != authCode {
		return nil, false // the decoder overlooks ends of lines
	}
	packed, err := k.Open("authorization_grant", "code", client, sealed)
	return packed, err == nil
}
