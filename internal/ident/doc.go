// Package ident makes identifiers valid by construction and safe to print.
//
// What a person typed is parsed once, at the edge, into one of these types; nothing downstream normalises again, and a
// string that was not parsed cannot be passed on. Printing an address or a username masks it; the raw text needs a
// method with a name.
package ident
