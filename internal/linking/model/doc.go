// Package model explores everything that an attacker and a victim can do, step by step, and looks for the shortest way to
// take an account (docs/security.md, "The model").
//
// # What is explored
//
// The functions that the server runs: a linking.Service over a world that plays the store, the products, the dice and the
// mailboxes, and op.Next over the same world for what a browser opens. Nothing of the rules is written down a second time. A
// world is a small value that can be compared, so that each one is looked at once; what it leaves out of a row is listed in a
// test, which fails for a field that it does not know.
//
// Mallory and Victoria act; a scanner and circumstances do too. Victoria is honest: she proves what is hers, reads what the
// pages say and refuses what she does not know. But she mistypes her address, opens links that strangers send her, shows codes
// and forwards verification mails. What she does beyond that is a switch of the scene.
//
// Time stands still. What waits for a minute has waited, and nothing expires: whatever a deadline would end can be used for
// ever here, and a flow ends by being left alone.
//
// # What holds
//
// Laws look at a world, or at a step from one world to the next; a law that is broken is told with the shortest script that
// breaks it. Recoverable says that from every world Victoria can, by herself, come to an account that is hers alone with her
// product account in it.
package model
