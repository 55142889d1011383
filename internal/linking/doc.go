// Package linking is the conversation that ends in a link, or in an ordinary sign-in.
//
// # The story
//
// A person arrives from a product and says who they are (AwaitIdentifier, screen S1). They prove it (AwaitPassword, S2):
// somebody who has an account with the account's password, which ends in SignedIn; everybody else with the password of
// the product being opened, which its own store checks. They name the mailbox they want to use (AwaitEmail, S3), open
// the link in the mail, and come back to the first tab to continue (AwaitMailbox, S4). A link that was opened in another
// browser gives nothing there but a code, which has to be typed into the first tab (AwaitCode, S4). If the product's
// password may not be carried on, they set one (AwaitNewPassword, S6p). Then account, address, password, link and
// session come into being together (Linked, S6).
//
// Somebody who is signed in already and opens another product proves its login in one step (AwaitLink, S7).
//
// While a rollout is a pilot, the first page asks whom an identifier stands for, and sends away who does not take part
// (Refused, S12d); so does every later page once a switch was turned.
//
// # The promises
//
//   - Advance is pure: the same flow, event and time always give the same Outcome. It reads no clock and draws no lots.
//   - An Outcome is everything that changes, with the version of every row it was decided on. The Store commits it
//     whole, or fails with fault.Moved and nothing has happened.
//   - No link becomes active without a proof of that very product account and of that very mailbox, both of this flow,
//     of this browser, in this tenant.
//   - Terminal states absorb: nothing leads out of them.
package linking
