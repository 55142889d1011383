// Package seal keeps secrets secret: random identifiers and secrets, their hashes, columns sealed to their row, people's
// passwords, step tokens and the provider's signing keys. It does not know what is inside.
//
// Everything keyed hangs off Keys, which are made from the operator's 32-byte keys; each use has a key of its own, derived
// with HKDF (RFC 5869), so that nothing made for one use is ever accepted for another.
package seal
