package linking

import (
	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/ident"
)

// Event is something that happened, with the facts it is to be decided on. An event that a person causes in the first
// tab carries that tab's browser; Advance refuses it when the flow belongs to another.
type Event interface{ Kind() EventKind }

// Act is what every event has in common.
type Act struct {
	Browser ident.BrowserID
	// Setting is what was declared; it is read and never changed.
	Setting *directory.Setting
	// Step is the step token of the form, remembered so that a double click is recognised.
	Step string
	// Fresh are new identifiers, drawn by the caller because this package draws no lots.
	Fresh Fresh
}

// Fresh is one of each identifier an Outcome may need, never used before.
type Fresh struct {
	Account        ident.AccountID
	Credential     ident.CredentialID
	ProductAccount ident.ProductAccountID
	Subject        ident.Subject
	Link           ident.LinkID
	Proof          ident.ProofID
	MailboxProof   ident.ProofID
	Session        ident.SessionID
	// NotMe are secrets, and their hashes, for mails that say what was done.
	NotMe, NotMeHash [2]string
	Mails            [3]ident.MailID
	Events           [4]ident.EventID
}

// Identified: somebody said who they are. Nothing is looked up for it, except in a pilot.
type Identified struct {
	*Act
	Identifier ident.Identifier
	Pilot      PilotFacts
}

// OwnerFacts is the account an identifier belongs to, as it was read.
type OwnerFacts struct {
	Account    account.Account
	Credential account.Credential // the zero value when the account has no password
	Primary    ident.Email
	// LinkedHere says that the account has an active link in the tenant of the flow.
	LinkedHere bool
	// Users are the users of the product being opened that the account has an active link to.
	Users []directory.Who
}

// AccountPasswordChecked: the identifier belongs to an account and its password was checked here.
type AccountPasswordChecked struct {
	*Act
	Owner OwnerFacts
	Right bool
	// Rehash is a new hash of the same password when the stored one has old costs; empty otherwise.
	Rehash string
	// Known says whether a refusal may speak of a wrong password; otherwise it says that there is no such user.
	Known bool
	Pilot PilotFacts
	// Waiting are the account's links that wait, in the tenant of the flow.
	Waiting []WaitingLink
}

// WaitingLink is a pending link and what it leads to.
type WaitingLink struct {
	Link           account.Link
	ProductAccount account.ProductAccount
	// Setting is what is declared for its product; nil where nobody asked. While that does not admit the person, the link
	// waits on without being named.
	Setting *directory.Setting
}

// ProductAccountFacts is what is stored of a product account, as it was read; nil pointers where there is nothing.
type ProductAccountFacts struct {
	Stored *account.ProductAccount
	// Link is the active or suspended link of it, if any.
	Link *account.Link
	// Pending are its links that wait, whoever they wait for.
	Pending []account.Link
	// Earlier is the account of the latest link that was active and has ended; empty when there is none.
	Earlier ident.AccountID
	// EarlierReported says that somebody reported that link after it had ended.
	EarlierReported bool
}

// Found is what a product has for an address, or of one user, as it is now.
type Found struct {
	Setting directory.Setting
	// Down says that the product did not answer.
	Down bool
	// Records are the users it found.
	Records []connector.Record
	// Facts are what is stored of the only record.
	Facts ProductAccountFacts
	Fresh FreshJoin
}

// FreshJoin is one of each identifier that joining one product account may need.
type FreshJoin struct {
	ProductAccount   ident.ProductAccountID
	Subject          ident.Subject
	Link             ident.LinkID
	Deferral         ident.DeferralID
	Event            ident.EventID
	Mails            [2]ident.MailID
	NotMe, NotMeHash [2]string
}

// LegacyPasswordChecked: the product being opened was asked.
type LegacyPasswordChecked struct {
	*Act
	Outcome connector.Outcome
	// Record is the one user that the product found and, on success, vouched for.
	Record *connector.Record
	Facts  ProductAccountFacts
	// AdoptHash is the hash of the typed password when it may be carried on.
	AdoptHash string
	// Weakness is why it may not: one of our keys; empty when it may.
	Weakness string
	// Tried says that the product was not asked, because the product account is linked; nil when it was.
	Tried *TriedFacts
	// Identifier is what was typed beside the password, and Owner the account that gets the link, as it is now; both are
	// for AwaitLink alone.
	Identifier ident.Identifier
	Owner      *OwnerFacts
}

// EmailGiven: the person named the mailbox to use, first or again.
type EmailGiven struct {
	*Act
	Email ident.Email
	// Owner is the account that has the address; the page is the same, the mail is not.
	Owner ident.AccountID
	Mail  MailDice
	// Opened is the link the flow was begun with, and what it belongs to, as it is now; nil when there is none.
	Opened *Mailed
}

// Mailed is what a mailed link leads to.
type Mailed struct {
	MailToken MailToken
	Flow      Flow
	State     TokenState
}

// MailDice are the secrets of one mail and their hashes, drawn by the caller.
type MailDice struct {
	Confirm, ConfirmHash string
	NotMe, NotMeHash     string
}

// ResendAsked: the mail did not arrive.
type ResendAsked struct {
	*Act
	Owner ident.AccountID
	Mail  MailDice
}

// CodeShown: another browser holds the link and asked for the code. Browser is that one; it needs no tie to the flow,
// and gets none.
type CodeShown struct {
	*Act
	MailToken MailToken
	CodeHash  string
}

// FinishFacts is what the end is decided on.
type FinishFacts struct {
	// AddressOwner has the address already; nil when nobody has.
	AddressOwner *OwnerFacts
	// ProductAccount is the candidate as it is stored now.
	ProductAccount ProductAccountFacts
	// Asked says that the product was asked about the candidate once more, and Record is what it said; nil when it has no
	// such user any more. A product that cannot find is not asked.
	Asked  bool
	Record *connector.Record
	// Others are the tenant's other products, asked for the address; none where nothing may be joined.
	Others []Found
}

// Confirmed: Continue in the browser that began, which also opened the link.
type Confirmed struct {
	*Act
	MailToken MailToken
	Finish    FinishFacts
	// Opened is the link that a carried flow stands on, as it is now; nil for any other.
	Opened *Mailed
	// Again is for a flow by mail.
	Again *LookAgain
}

// LookAgain is what somebody who is signed in may be offered once they have proven the mailbox once more.
type LookAgain struct {
	Owner    *OwnerFacts
	Waiting  []WaitingLink // of the product being opened
	Deferral *account.Deferral
	// Found is the product being opened, asked for the address.
	Found Found
}

// MailAsked: somebody who is signed in wants to prove the mailbox once more instead of the product's password.
type MailAsked struct {
	*Act
	Again LookAgain
	Mail  MailDice
}

// Joined: the person went on from the page that names what was found.
type Joined struct {
	*Act
	Owner *OwnerFacts
	// NotMine says of each offer whether the person refused it, and Found what it is now; both go with Flow.Offers.
	NotMine []bool
	Found   []Found
	// Waiting are the links that wait, as they are now.
	Waiting  []WaitingLink
	Deferral *account.Deferral
}

// CodeTyped: the code of the other browser was typed into the first tab. Hash is the hash of what was typed.
type CodeTyped struct {
	*Act
	Hash   string
	Finish FinishFacts
}

// PasswordSet: the person chose a password for the account. Weakness is why it will not do; empty when it will.
type PasswordSet struct {
	*Act
	Hash     string
	Weakness string
	Finish   FinishFacts
}

// Stopped: the holder of the mailbox said that it was not them (seed: "Receiving an unexpected verification email").
type Stopped struct {
	*Act
	MailToken MailToken
	// Recognised says that they know who it was and do not want it.
	Recognised bool
	// Link is the link that the flow ended in, or one that was made by a flow begun with this one's mail; nil when there
	// is none.
	Link *account.Link
	// Mails are one for whoever reported, and one for each administrator.
	Mails []ident.MailID
}

// GaveUp: the person starts again or turns back.
type GaveUp struct{ *Act }

// Kind names the event.
func (Identified) Kind() EventKind { return OnIdentified }

// Kind names the event.
func (AccountPasswordChecked) Kind() EventKind { return OnAccountPassword }

// Kind names the event.
func (LegacyPasswordChecked) Kind() EventKind { return OnLegacyPassword }

// Kind names the event.
func (EmailGiven) Kind() EventKind { return OnEmailGiven }

// Kind names the event.
func (ResendAsked) Kind() EventKind { return OnResendAsked }

// Kind names the event.
func (CodeShown) Kind() EventKind { return OnCodeShown }

// Kind names the event.
func (Confirmed) Kind() EventKind { return OnConfirmed }

// Kind names the event.
func (CodeTyped) Kind() EventKind { return OnCodeTyped }

// Kind names the event.
func (PasswordSet) Kind() EventKind { return OnPasswordSet }

// Kind names the event.
func (MailAsked) Kind() EventKind { return OnMailAsked }

// Kind names the event.
func (Joined) Kind() EventKind { return OnJoined }

// Kind names the event.
func (Stopped) Kind() EventKind { return OnStopped }

// Kind names the event.
func (GaveUp) Kind() EventKind { return OnAbandoned }

// act gives the common part of an event.
func (a *Act) act() *Act { return a }

type actor interface{ act() *Act }
