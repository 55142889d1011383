package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// Purpose says what a secret is for. A hash made for one purpose never equals one made for another (ATK-42).
type Purpose string

// The purposes.
const (
	ForMailToken    Purpose = "mail_token"          // the secret in a confirmation link
	ForMailCode     Purpose = "mail_code"           // the code typed in the tab
	ForUndoToken    Purpose = "undo_token"          // "this was not me"
	ForResetToken   Purpose = "reset_token"         // a new password
	ForEmailConfirm Purpose = "email_confirm_token" // the new address agrees
	ForEmailApprove Purpose = "email_approve_token" // the present address agrees
	ForEmailStop    Purpose = "email_stop_token"    // either stops the change
	ForInvitation   Purpose = "invitation"          // an invitation by a product
	ForSession      Purpose = "session"             // the session cookie
	ForBrowser      Purpose = "browser"             // the browser cookie
	ForAccessToken  Purpose = "access_token"        // OAuth's access token
	ForRefreshToken Purpose = "refresh_token"       // OAuth's refresh token
	ForClientSecret Purpose = "client_secret"       // a client's generated secret
	ForRequestURI   Purpose = "request_uri"         // a pushed authorization request
)

// ValidSecret reports that s has exactly the shape NewSecret makes. It is asked before any look-up, so that cut, padded,
// extended or re-spelled secrets never reach one (ATK-41).
func ValidSecret(s string) bool {
	if len(s) != SecretLength {
		return false
	}
	var raw [32]byte
	// Strict refuses the other spellings of the last symbol, whose two low bits carry nothing.
	n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(s))
	return err == nil && n == len(raw)
}

// HashSecret is the form in which a secret of 256 bits is stored and looked up: SHA-256 under its purpose, as base64url.
// A hash without a key is enough because the secret cannot be guessed; codes and passwords have forms of their own.
func HashSecret(purpose Purpose, secret string) string {
	buffer := make([]byte, 0, 96)
	buffer = append(buffer, "ligature/secret/v1\x00"...)
	buffer = append(buffer, purpose...)
	buffer = append(buffer, 0)
	buffer = append(buffer, secret...)
	sum := sha256.Sum256(buffer)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SameSecret reports that secret is the one whose hash was stored, in time that does not depend on where they differ.
func SameSecret(purpose Purpose, secret, stored string) bool {
	return ValidSecret(secret) && subtle.ConstantTimeCompare([]byte(HashSecret(purpose, secret)), []byte(stored)) == 1
}
