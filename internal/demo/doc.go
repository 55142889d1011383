// Package demo is a whole world in one process: the identity provider on SQLite, two products that have had their own
// users for years (three where an OpenLDAP server is installed), a mail server with a web inbox, people with passwords, and a remote control for clock, stores and
// rollout. It needs no network and no container, and listens on loopback only.
//
// Everything in it is made up. Only cmd/ligature and tests import it.
package demo
