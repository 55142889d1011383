package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

const (
	nonceSize       = 16
	stepTokenLength = 64 // 16 + 32 bytes in base64url
)

// StepToken allows one step of one flow, in one state and generation, to one browser: the hidden field of every form of
// a flow. It holds a nonce, by which the step can be recognised when it is sent twice.
func (k *Keys) StepToken(flow, state string, generation int64, browser string) string {
	out := make([]byte, nonceSize, nonceSize+sha256.Size)
	k.dice.fill(out)
	out = append(out, stepMAC(k.rings[0].steps, out, flow, state, generation, browser)...)
	return base64.RawURLEncoding.EncodeToString(out)
}

// CheckStepToken gives back the nonce of a token that StepToken made for exactly this step, under any of the keys.
func (k *Keys) CheckStepToken(stepToken, flow, state string, generation int64, browser string) (nonce string, ok bool) {
	if len(stepToken) != stepTokenLength {
		return "", false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(stepToken)
	if err != nil || len(raw) != nonceSize+sha256.Size {
		return "", false
	}
	for i := range k.rings {
		if hmac.Equal(raw[nonceSize:], stepMAC(k.rings[i].steps, raw[:nonceSize], flow, state, generation, browser)) {
			ok = true
		}
	}
	if !ok {
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(raw[:nonceSize]), true
}

// SessionSecret is the secret of the session that a form makes, whose step token it is: 256 bits of HMAC-SHA256 that only the
// holder of the key can compute, the same for the same token. It changes with the current key.
func (k *Keys) SessionSecret(stepToken string) string {
	return codeMAC(k.rings[0].codes, "session", "", stepToken)
}

func stepMAC(key, nonce []byte, flow, state string, generation int64, browser string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(nonce)
	mac.Write(place(flow, state, strconv.FormatInt(generation, 10), browser))
	return mac.Sum(nil)
}
