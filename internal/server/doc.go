// Package server builds everything from one set of options and decides nothing: which store, which connectors, which
// pages, which provider. It is the only package that sees concrete types on both sides of a port.
package server
