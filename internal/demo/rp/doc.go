// Package rp is the small OpenID Connect relying party both stand-in products sign people in with.
//
// It does what any product would do with a stock library: authorization code with PKCE S256, state and nonce
// (OpenID Connect Core 1.0 §3.1), the issuer check of RFC 9207, ID token verification by coreos/go-oidc, and
// RP-initiated and back-channel logout. What a login needs until the browser comes back travels in one sealed cookie per login, so two
// tabs do not disturb each other and only the browser that began can finish.
//
// Discovery is fetched when first needed and again after half a minute, so a product can start before its identity
// provider, and notices when it is gone.
package rp
