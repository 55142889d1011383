// Package sqlstore keeps everything in SQLite or PostgreSQL: it loads, and it commits an Outcome whole or not at all.
//
// # Promises
//
//   - A commit is one transaction. It checks the version of every row that the decision rests on and of every row it
//     changes; when one moved, or when an address or an active link is taken, it fails with fault.Moved and nothing has
//     been written.
//   - A database that does not answer is fault.Unavailable, never "not found". A commit whose result is unknown is
//     never repeated here.
//   - One SQL text serves both databases. Times are microseconds since 1970 in UTC and always parameters; 0 is no time.
//   - What a person typed, the secrets of mails and password hashes are sealed before they are written. Secrets are
//     stored as hashes only, which their makers give us.
//   - The keys and foreign keys of what belongs to a tenant begin with tenant_id, so that a link across tenants cannot
//     be stored, whatever the code above does.
//
// The package decides nothing, normalises nothing and reads no clock.
package sqlstore
