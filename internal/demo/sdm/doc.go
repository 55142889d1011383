// Package sdm is the demo's stand-in for Supplier Data Manager: a product whose people sign in by email only, with its own
// SQLite file, password hashes (Django's PBKDF2-SHA256), sessions, login and forgotten-password pages.
//
// The identity provider never reads its tables. It asks through two doors of the product: the JSON contract under
// /ligature/v1 (contract.go: find, verify, reset; signed requests), and, like any API user, the token endpoint
// /api/v1/auth/token/ (token.go). This package finds the person who signed in by `product_account.id` = users_user.id and
// by nothing else.
//
// Instants are microseconds since 1970 in UTC. A user's generation is its created_at: one created later under the same
// address is somebody else.
package sdm
