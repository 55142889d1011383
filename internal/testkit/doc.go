// Package testkit is what tests of whole stories share: a browser without scripts, with its own cookies, that fills in
// forms by the words people see. Only tests import it.
package testkit
