// Package protocol translates the requests of OAuth and OpenID Connect to package op and back. It shows no form of its own:
// whoever has to sign in is sent to where Config.Begin says, and comes back to the resume endpoint.
//
// Its endpoints belong outside the guard against other sites' posts, because a POST to the authorization endpoint comes
// from one by design; the one that needs the guard, the confirmation of a sign-out, brings its own. Errors that must not be
// redirected become pages; the token and userinfo endpoints answer in JSON (RFC 6749 §5.2, RFC 6750 §3).
package protocol
