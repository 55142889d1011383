package model

import (
	"ligature/internal/directory"
	"ligature/internal/ident"
)

// Actor is somebody who acts, or several.
type Actor uint8

// The actors. A scanner and circumstances have no power of their own.
const (
	Mallory Actor = 1 << iota
	Victoria
	Scanner
	Circumstances
)

// Has reports that one of the others is among them.
func (a Actor) Has(o Actor) bool { return a&o != 0 }

// Browser is a cookie jar.
type Browser uint8

// The browsers. Left is every browser that has signed out since: its cookie holds for nothing.
const (
	MallorysBrowser Browser = iota
	VictoriasLaptop
	VictoriasPhone
	Left
)

// browsers counts those that can act.
const browsers = 3

// Owner is whose browser it is.
func (b Browser) Owner() Actor {
	if b == MallorysBrowser {
		return Mallory
	}
	return Victoria
}

// Box is a mailbox, and with it the account that has the address; 0 is none.
type Box uint8

// The mailboxes.
const (
	VictoriasBox Box = 1 + iota
	MallorysBox
)

const boxes = 3 // with none

// Legacy is an account in a product's own store, counted from 1 in the order of the scene; 0 is none.
type Legacy uint8

const legacies = 5 // with none

// The legacy accounts that scenes have in common. B is what is to be protected.
const (
	A Legacy = 1 + iota
	B
	C
	D
)

// Password is something that opens an account: that of a legacy account, by its number, or one that somebody chose.
type Password uint8

// The chosen ones.
const (
	MallorysPassword  Password = 10
	VictoriasPassword Password = 11
)

// Instance is a product of a tenant.
type Instance struct {
	Tenant  ident.TenantID
	Product ident.ProductID
	// Resets is directory.Product.MailboxResetsPassword, and Proven its AddressesProven.
	Resets, Proven bool
}

// Record is a legacy account as a scene begins.
type Record struct {
	Name string
	// Owner is whose it is, and Knows who has its password.
	Owner, Knows Actor
	Instance     int
	Email        Box
	// Shared says that the product knows that several people use it.
	Shared bool
	// ByAddress says that its product knows it by its address alone.
	ByAddress bool
	// Again is the same account deleted and made anew: it is not there before that.
	Again Legacy
}

// Scene is a world to begin with, and what may happen in it.
type Scene struct {
	Name      string
	OnLink    directory.OnLink
	Instances []Instance
	Records   []Record

	// Leaks: Victoria reads codes to Mallory. Tells: Mallory reads codes to Victoria.
	Leaks, Tells bool
	// Forwards: Victoria forwards verification mails. ForwardsAll: those that act for whoever opens them, too.
	Forwards, ForwardsAll bool
	// Recycled: Victoria's mailbox was Mallory's first.
	Recycled bool
	// LateLeak: Mallory learns B's password while it is linked.
	LateLeak bool
	// SetsAddress: Mallory sets the address that a product records of A.
	SetsAddress bool
	// Carries: a sign-in is begun anew where a link was opened.
	Carries bool
	// Reports: people say "this was not me". Unlinks: they take links apart. SignsOut: they sign out.
	Reports, Unlinks, SignsOut bool
	// Switches: a tenant is switched off and on; a product switches B off and on. Remakes: it deletes B and makes it anew.
	Switches, Remakes bool
	// Outage: a product does not answer for a while.
	Outage bool
	// Careless: Victoria accepts whatever is offered to her.
	Careless bool
	// OneAddress: nobody enters Mallory's address.
	OneAddress bool
	// Phone: Victoria has a second browser.
	Phone bool

	// HarmOnly: only the laws about who opens what count (I1, I2, I6), and none about how it came to that.
	HarmOnly bool
	Broken   Broken
}

// Broken are guards that are taken out of a world, to see that something is lost without them.
type Broken struct {
	// ApprovedAnywhere: showing the page of a link in any browser counts as opening it in the first.
	ApprovedAnywhere bool
	// OpeningConfirms: so does fetching it.
	OpeningConfirms bool
	// AnyTurn: a link works after the address was changed.
	AnyTurn bool
	// CrossSite: forms are taken from other sites.
	CrossSite bool
	// MergedAtOnce: a link to an account that has the address does not wait.
	MergedAtOnce bool
	// SessionUpgraded: a flow whose address has an account ends in a session of that account.
	SessionUpgraded bool
	// ActivatedAnywhere: a link that waits takes the account's password in any browser.
	ActivatedAnywhere bool
	// JoinedUnasked: everything that records the address is linked when an account is made.
	JoinedUnasked bool
	// ResetKeepsSessions and ResetKeepsLinks: a new password leaves them alone.
	ResetKeepsSessions, ResetKeepsLinks bool
	// LegacyLives: a product's password counts after its account was linked.
	LegacyLives bool
	// OthersStay: sessions of a product account live on when it is linked elsewhere.
	OthersStay bool
}
