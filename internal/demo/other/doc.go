// Package other is the demo's stand-in for any other product: one whose people are in an LDAP directory, with a login page,
// sessions and pages of its own. It starts a directory for itself, an OpenLDAP server on loopback that nobody else knows.
//
// The identity provider asks the directory, not the product, as an account that may search and nothing else. This package
// finds the person who signed in by `product_account.id` = entryUUID and by nothing else.
package other
