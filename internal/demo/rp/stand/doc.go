// Package stand is the floor both stand-in products of the demo are built on: an own SQLite file, server-rendered pages,
// cookies, mail over SMTP, and a dump of every table for comparing before with after.
//
// It knows neither users nor OpenID Connect. Each stand-in keeps its own tables, hashes and rules; this package only spares
// them the same plumbing twice. Only the demo imports it.
package stand
