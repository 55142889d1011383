// Package self decides what people do with their own account once they are signed in: take a link apart and take that
// back, merge two accounts of theirs into one, close an account, end sessions.
//
// # Promises
//
//   - Everything asks for a whole session. What takes something away asks for the account's password besides, checked with
//     that very step; how fresh the session is does not replace it. A merge is proven from both sides.
//   - Nothing is deleted that a product knows by: product accounts and their `sub` stay, whatever happens to links.
//   - An unlink and a merge can be taken back within account.UndoTTL. Taking back restores the same rows, with states,
//     evidence and times, or is refused: never a part of it. Credentials, sessions and proofs are never restored.
//   - Every change is told to all addresses of the accounts, and to the address a product records where it is another.
//
// As in package linking, the functions are pure and give a linking.Outcome; Keeper loads, asks them and commits.
package self
