package linking

import "slices"

// State is what a flow waits for.
type State string

// The states. The last six are terminal.
const (
	AwaitIdentifier  State = "await_identifier"
	AwaitPassword    State = "await_password"
	AwaitEmail       State = "await_email"
	AwaitMailbox     State = "await_mailbox"
	AwaitCode        State = "await_code"
	AwaitNewPassword State = "await_new_password"
	// AwaitLink waits for somebody who is signed in to prove their account of another product (S7).
	AwaitLink State = "await_link"
	// AwaitJoin waits for somebody who is signed in to say which of the product accounts that were found are theirs (S6).
	AwaitJoin State = "await_join"

	Linked State = "linked"
	// Pending is the end of a flow whose address has an account already: the link waits for that account's password.
	Pending   State = "pending"
	SignedIn  State = "signed_in"
	Refused   State = "refused"
	Abandoned State = "abandoned"
	Expired   State = "expired"
)

// States lists every state, in the order of the story.
func States() []State {
	return []State{AwaitIdentifier, AwaitPassword, AwaitEmail, AwaitMailbox, AwaitCode, AwaitNewPassword, AwaitLink,
		AwaitJoin, Linked, Pending, SignedIn, Refused, Abandoned, Expired}
}

// Terminal reports that nothing leads out of the state.
func (s State) Terminal() bool {
	switch s {
	case Linked, Pending, SignedIn, Refused, Abandoned, Expired:
		return true
	}
	return false
}

// EventKind names an event in the table, in diagrams and in tests.
type EventKind string

// The events.
const (
	OnIdentified      EventKind = "identified"
	OnAccountPassword EventKind = "account_password"
	OnLegacyPassword  EventKind = "legacy_password"
	OnEmailGiven      EventKind = "email_given"
	OnResendAsked     EventKind = "resend_asked"
	OnCodeShown       EventKind = "code_shown"
	OnConfirmed       EventKind = "confirmed"
	OnCodeTyped       EventKind = "code_typed"
	OnPasswordSet     EventKind = "password_set"
	OnMailAsked       EventKind = "mail_asked"
	OnJoined          EventKind = "joined"
	OnStopped         EventKind = "stopped"
	OnAbandoned       EventKind = "abandoned"
	OnResetAsked      EventKind = "reset_asked"
)

// EventKinds lists every event.
func EventKinds() []EventKind {
	return []EventKind{OnIdentified, OnAccountPassword, OnLegacyPassword, OnEmailGiven, OnResendAsked, OnCodeShown,
		OnConfirmed, OnCodeTyped, OnPasswordSet, OnMailAsked, OnJoined, OnStopped, OnAbandoned, OnResetAsked}
}

// Transition says where an event may lead from a state.
type Transition struct {
	From State
	On   EventKind
	To   []State
}

// table is the machine as data; nothing writes to it.
var table = [...]Transition{
	{AwaitIdentifier, OnIdentified, []State{AwaitPassword, Refused}},
	{AwaitIdentifier, OnAbandoned, []State{Abandoned}},

	{AwaitPassword, OnIdentified, []State{AwaitPassword, Refused}},
	{AwaitPassword, OnAccountPassword, []State{AwaitPassword, AwaitJoin, SignedIn, Refused}},
	{AwaitPassword, OnLegacyPassword, []State{AwaitPassword, AwaitEmail, Refused}},
	{AwaitPassword, OnResetAsked, []State{AwaitPassword}},
	{AwaitPassword, OnAbandoned, []State{Abandoned}},

	{AwaitEmail, OnEmailGiven, []State{AwaitEmail, AwaitMailbox}},
	{AwaitEmail, OnAbandoned, []State{Abandoned}},

	{AwaitMailbox, OnEmailGiven, []State{AwaitMailbox}},
	{AwaitMailbox, OnResendAsked, []State{AwaitMailbox}},
	{AwaitMailbox, OnCodeShown, []State{AwaitCode}},
	{AwaitMailbox, OnConfirmed, []State{AwaitNewPassword, AwaitLink, AwaitJoin, Linked, Pending, Refused}},
	{AwaitMailbox, OnStopped, []State{Abandoned}},
	{AwaitMailbox, OnAbandoned, []State{Abandoned}},

	{AwaitCode, OnEmailGiven, []State{AwaitMailbox}},
	{AwaitCode, OnResendAsked, []State{AwaitCode}},
	{AwaitCode, OnCodeShown, []State{AwaitCode}},
	{AwaitCode, OnConfirmed, []State{AwaitNewPassword, AwaitJoin, Linked, Pending, Refused}},
	{AwaitCode, OnCodeTyped, []State{AwaitCode, AwaitNewPassword, Linked, Pending, Refused}},
	{AwaitCode, OnStopped, []State{Abandoned}},
	{AwaitCode, OnAbandoned, []State{Abandoned}},

	{AwaitNewPassword, OnPasswordSet, []State{AwaitNewPassword, AwaitJoin, Linked, Pending, Refused}},
	{AwaitNewPassword, OnStopped, []State{Abandoned}},
	{AwaitNewPassword, OnAbandoned, []State{Abandoned}},

	{AwaitLink, OnLegacyPassword, []State{AwaitLink, Linked, Refused}},
	{AwaitLink, OnMailAsked, []State{AwaitMailbox, Refused}},
	{AwaitLink, OnResetAsked, []State{AwaitLink}},
	{AwaitLink, OnAbandoned, []State{Abandoned}},

	{AwaitJoin, OnJoined, []State{Linked, SignedIn}},
	{AwaitJoin, OnStopped, []State{AwaitJoin}},
	{AwaitJoin, OnAbandoned, []State{Linked, SignedIn}},

	{Pending, OnStopped, []State{Pending}},
	// A finished link stays finished; the mailbox's owner can have it suspended.
	{Linked, OnStopped, []State{Linked}},
}

// Transitions is the machine as data. A pair that is not in it changes nothing. Beside it, every open state leads to
// Expired once the deadline has passed, and to Refused when the tenant or its product has been switched off, or the person
// does not take part in its pilot; AwaitJoin, where everything but the offers is done, to Linked or SignedIn.
func Transitions() []Transition { return slices.Clone(table[:]) }

// transition finds the row of the table for a state and an event.
func transition(from State, on EventKind) (Transition, bool) {
	for i := range table {
		if table[i].From == from && table[i].On == on {
			return table[i], true
		}
	}
	return Transition{}, false
}
