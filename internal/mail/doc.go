// Package mail turns a message key and values into a mail and hands it over by SMTP.
//
// It decides how a mail looks and when another attempt is worth making, never whether one is sent: that is an Outcome
// of the domain, kept in the transactional outbox. The promises:
//
//   - A mail is whole or it is not made: a missing or unknown value is an error of Render, never a gap in a sentence.
//   - Addresses in a mail come from the configured issuer, never from a request (ATK-43); names are flattened and
//     escaped; nothing that a person typed is printed, except a masked user name and the address that is confirmed.
//   - Text part and HTML part are made from the same blocks and say the same.
//   - Delivery is at least once. A repeated mail carries the same Message-ID and Date, so that it can be recognised.
//   - No address, token or server text reaches a log or an error: only the mail's id, kind, attempt and SMTP status.
package mail
