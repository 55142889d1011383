// Package op holds the rules of the OpenID provider: what an authorization request may say, what it needs next, what it
// is answered, who may redeem a code, and what the tokens claim.
//
// It is pure: it reads no clock, draws no lots, opens no connection and knows no HTTP. ParseAuthRequest turns parameters
// into an AuthRequest or into one of two kinds of failure: a *Refusal, which the client may be told by redirect, and
// everything else, which only the person sees. Next decides; Grant is what an answer gives; Redeem guards its code; the
// claims are bytes to be signed by a Signer. Sources: OpenID Connect Core 1.0, RFC 6749, 7636, 9068, 9207, 9700.
package op
