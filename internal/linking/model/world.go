package model

import (
	"slices"

	"ligature/internal/account"
	"ligature/internal/linking"
)

// World is everything that is kept, as a value that can be compared. Identifiers are places in it, so that two worlds that
// differ in nothing but drawn identifiers are the same one.
type World struct {
	accounts [boxes]holder // by the address that each has
	records  [legacies]record
	sessions [browsers]session
	flows    [browsers]flow // the last one of each browser that may still lead somewhere
	off      bool           // the first tenant
	down     bool           // the second instance does not answer
	handed   bool           // the recycled mailbox is Victoria's
	leaked   bool           // Mallory knows B's password
}

// holder is an account.
type holder struct {
	there    bool
	password Password
	// reset is who holds a link to a new password; deferred are the instances that a look is deferred at, as bits.
	reset    Actor
	deferred uint8
}

// record is a legacy account, in its product and here.
type record struct {
	gone, disabled bool
	present        Box // what the product records

	stored   bool
	recorded Box // what is stored of that
	main     tie // active or suspended
	wait     tie // pending
	parted   tie // taken apart, and may be reported still
	// earlier is whose it was by the latest link that was active and has ended; reported says that somebody reported that one
	// after it had ended.
	earlier  Box
	reported bool
}

// tieState is the state of a link; 0 is none.
type tieState uint8

const (
	tieNone tieState = iota
	tieActive
	tieReported // suspended
	tieReset    // suspended by a reset
	tieOther    // so, with another address on record
	tiePending
	tieParted
)

// tie is a link.
type tie struct {
	state   tieState
	account Box
	browser Browser
	held    bool  // it was active once
	stops   Actor // who holds a mail with which it can be reported
	began   uint8 // the flow with whose mail its own was begun, as a place from 1
	first   bool  // its account began with it
	proven  bool  // whether it is known to the laws that its legacy account was proven
}

// scope is what a session opens; 0 is nothing.
type scope uint8

const (
	scopeNone scope = iota
	scopeProduct
	scopeFull
)

// session is a signed-in browser.
type session struct {
	scope   scope
	account Box
	legacy  Legacy // of scopeProduct
}

// mailboxProof is how the mailbox was proven.
type mailboxProof uint8

const (
	proofNone mailboxProof = iota
	proofLink
	proofOTP
)

// flow is a linking.Flow that waits for something after the password step.
type flow struct {
	state    stateOf
	instance uint8

	candidate    Legacy
	candidateBox Box // as it was recorded when the password was proven
	adopt        Password
	recordedOnly bool
	earlier      Box
	owner        Box
	ownerAuth    bool
	byMail       bool
	same         uint8 // offers of the same address, as bits
	waiting      uint8 // offers of links that wait

	opened  uint8 // the flow whose mail it was begun with, as a place from 1
	carried bool
	email   Box
	turns   bool // the address was changed
	proof   mailboxProof
	shown   bool // there is a code

	links [boxes]Actor // who holds the links of the present address, at 0, and of earlier ones
	told  Actor        // who knows the code

	approved bool // the link was fetched or shown somewhere; it counts where a guard is broken
	// What the laws know of it, from what was done and not from what was written down.
	knowsLegacy, knowsMailbox bool
}

// stateOf is a linking.State by its place in linking.States, from 1.
type stateOf uint8

func placeOf(s linking.State) stateOf { return stateOf(slices.Index(linking.States(), s) + 1) }

// waits reports that a flow in the state is kept: before the password step there is nothing worth keeping, and what is over
// is over.
func waits(s linking.State) bool {
	switch s {
	case linking.AwaitEmail, linking.AwaitMailbox, linking.AwaitCode, linking.AwaitNewPassword, linking.AwaitJoin:
		return true
	}
	return false
}

// linkState translates a tie's.
func (t tie) linkState() (account.LinkState, account.Reason) {
	switch t.state {
	case tieActive:
		return account.LinkActive, ""
	case tieReported:
		return account.LinkSuspended, account.ReasonReported
	case tieReset:
		return account.LinkSuspended, account.ReasonReset
	case tieOther:
		return account.LinkSuspended, account.ReasonOtherAddress
	case tiePending:
		return account.LinkPending, ""
	case tieParted:
		return account.LinkEnded, account.ReasonUnlinked
	}
	return account.LinkEnded, ""
}

// forget takes out of a world what nobody can use for anything any more, so that two worlds that differ in nothing else are the
// same one. What a broken guard gives a use to is kept.
func (w *World) forget(scene *Scene) {
	for b := range w.flows {
		f := &w.flows[b]
		if !scene.Broken.AnyTurn {
			f.turns, f.links[VictoriasBox], f.links[MallorysBox] = false, 0, 0
		}
		if f.email != 0 && !f.carried {
			f.opened = 0
		}
		if Browser(b).Owner() == Mallory && !scene.Leaks {
			f.told &= Mallory
		}
		if Browser(b).Owner() == Victoria && !scene.Tells {
			f.told &= Victoria
		}
	}
	for l := range w.records {
		if !scene.Reports {
			w.records[l].parted = tie{}
		}
		for _, t := range []*tie{&w.records[l].main, &w.records[l].wait, &w.records[l].parted} {
			if !scene.Reports {
				t.stops = 0
			}
			if !scene.Carries || !scene.Reports {
				t.began = 0
			}
		}
		if main := &w.records[l].main; main.state != tieNone && !scene.Reports {
			main.browser = Left // who made it is asked for reports alone
		}
	}
}
