package web

import "strings"

// OwnPage is a person's own page (S14): what their account opens, and how they sign in.
type OwnPage struct {
	// Email is the primary address of the account, Further are its other ones.
	Email   string `bidi:"ltr"`
	Further []string
	// Links are the product accounts.
	Links []OwnLink
	// Undos are what can be taken back still.
	Undos []OwnUndo
	// PasswordFrom is the product whose password the account has; empty when it was set here.
	PasswordFrom string `present:"adopted"`
	// The pages it leads to.
	EmailURL, PasswordURL, SessionsURL, ActivityURL, MergeURL, CloseURL, SignOutURL string
	// Done is what was done just before; empty for nothing.
	Done string `states:"unlinked,removed,relinked,merged,parted"`
}

// OwnLink is one product account of a person.
type OwnLink struct {
	// Name is the product's name, Logo its mark, as Assets.URL takes it.
	Name, Logo string
	// Tenant is the name of the workspace, Username what the product calls the person.
	Tenant, Username string
	// Since is the day it was linked.
	Since string
	// Methods are how it was proven: legacy_password, mailbox_link, mailbox_code, account_password, invitation, operator.
	Methods []string
	// State is active, waiting, reset or reported; the last two are suspended.
	State string
	// OpenURL opens the product; UnlinkURL leads to UnlinkPage.
	OpenURL, UnlinkURL string
	// Another begins to link one more account of the product; the zero value leaves it out.
	Another AnotherForm
}

// OwnUndo is something that can be taken back.
type OwnUndo struct {
	// Merge says that it is a merge of accounts; otherwise an unlink.
	Merge bool
	// What is the product and the person's name there, or the address of the account that was merged.
	What string
	// At is when it was done, Until how long it can be taken back.
	At, Until string
	// URL leads to UndoPage.
	URL string
}

// methodView is the view with one method of proof in hand.
type methodView struct {
	view
	How, Product string
}

// Method takes a method of proof in hand, of a product account of the product.
func (v view) Method(how, product string) methodView { return methodView{v, how, product} }

// Template implements Page.
func (OwnPage) Template() string { return "me/own" }

// TitleKey implements Page.
func (OwnPage) TitleKey() string { return "me.own.title" }

// OwnSessionsPage lists where a person is signed in.
type OwnSessionsPage struct {
	// Sessions are the sessions, the latest used first.
	Sessions []OwnSession
	// Action ends one session, OthersAction all but this one: FieldItem and FieldStep.
	Action, OthersAction string
	// OthersStep is the step token of the latter.
	OthersStep string
	// Several says that there is more than this one.
	Several bool `absent:"only"`
	// BackURL leads to OwnPage, SignOutURL out.
	BackURL, SignOutURL string
	// Done is what was done just before; empty for nothing.
	Done string `states:"ended,others"`
}

// OwnSession is a browser in which a person is signed in.
type OwnSession struct {
	// Agent and Network say where; empty when nothing is known.
	Agent, Network string
	// Since is when the person signed in, Used when the session was last used.
	Since, Used string
	// This is the session that is looking; it is ended by signing out.
	This bool
	// Product is the only product it opens; empty for the whole account.
	Product string
	// Item names it in the form, StepToken allows the form.
	Item, StepToken string
}

// FieldItem names what a form of a person's own pages is about, FieldSure says that they are sure, FieldOwn holds the
// password of the account that is signed in where the form asks for two.
const (
	FieldItem = "item"
	FieldSure = "sure"
	FieldOwn  = "own_password"
)

// Template implements Page.
func (OwnSessionsPage) Template() string { return "me/sessions" }

// TitleKey implements Page.
func (OwnSessionsPage) TitleKey() string { return "me.sessions.title" }

// OwnActivityPage tells a person the last events of their account.
type OwnActivityPage struct {
	// Events are the last ones, the latest first.
	Events []OwnEvent `absent:"none"`
	// BackURL leads to OwnPage.
	BackURL string
}

// OwnEvent is one event in words.
type OwnEvent struct {
	// At is when, with the zone, and Network from where; empty when that is not known.
	At, Network string
	// Key is the end of a key of the texts me.activity.…, Product its argument; empty for none.
	Key, Product string
}

// Template implements Page.
func (OwnActivityPage) Template() string { return "me/activity" }

// TitleKey implements Page.
func (OwnActivityPage) TitleKey() string { return "me.activity.title" }

// UnlinkPage says what follows when a link is taken apart, and asks for the password. Field: password.
type UnlinkPage struct {
	Form
	// Product is the product, Tenant the workspace, Username what the product calls the person.
	Product, Tenant string
	Username        string `bidi:"ltr"`
	// Email is the address of the account, for password managers.
	Email string `bidi:"ltr"`
	// Days is how long it can be taken back.
	Days int
	// Waiting says that the link is not active yet: it ends without more ado.
	Waiting bool `present:"waiting"`
	// Stays is why it cannot be taken apart; then there is no form.
	Stays string `states:"last,reported"`
	// BackURL leads to OwnPage, CloseURL to CloseAccountPage, ResetURL to the reset of the password.
	BackURL, CloseURL, ResetURL string
	// Error is a key of what is wrong.
	Error string `states:"empty,wrong"`
}

// Template implements Page.
func (UnlinkPage) Template() string { return "me/unlink" }

// TitleKey implements Page.
func (UnlinkPage) TitleKey() string { return "me.unlink.title" }

// Failure implements Failing.
func (p UnlinkPage) Failure() Failure { return passwordFailure(p.Error, p.ResetURL) }

// passwordFailure is a mistake in the account's own password.
func passwordFailure(key, resetURL string) Failure {
	f := failure("me.password.error.", key, "current-password")
	if key == "wrong" {
		f.URL = resetURL
	}
	return f
}

// UndoPage says what follows when a change is taken back, and asks for the password, and for one for the account that comes
// out of a merge. Fields: password; new_password for a merge.
type UndoPage struct {
	Form
	// Kind is what is taken back.
	Kind string `states:"unlink,merge" base:"none"`
	// Products are the products that it brings back, or that go back.
	Products []string
	// Other is the address of the account that was merged; empty for an unlink.
	Other string `bidi:"ltr"`
	// Email is the address of the account.
	Email string `bidi:"ltr"`
	// At is when it was done.
	At string
	// Refused is why it cannot be taken back; then there is no form.
	Refused string `states:"later,linked,taken,moved,reset,expired"`
	// MinLength is the least number of characters of the new password.
	MinLength int
	// BackURL leads to OwnPage, ResetURL to the reset of the password.
	BackURL, ResetURL string
	// Error is a key of what is wrong.
	Error string `states:"empty,wrong,new_empty,new_short,new_long,new_common"`
}

// Template implements Page.
func (UndoPage) Template() string { return "me/undo" }

// TitleKey implements Page.
func (p UndoPage) TitleKey() string {
	if p.Kind == "merge" {
		return "me.undo.merge_title"
	}
	return "me.undo.unlink_title"
}

// Failure implements Failing.
func (p UndoPage) Failure() Failure {
	key, chosen := strings.CutPrefix(p.Error, "new_")
	if !chosen {
		return passwordFailure(p.Error, p.ResetURL)
	}
	f := failure("account.password.error.", key, "new-password")
	if key == "short" {
		f.Count = p.MinLength
	}
	return f
}

// CloseAccountPage says what follows when an account is closed, and asks for the password and for a word. Fields: sure,
// password.
type CloseAccountPage struct {
	Form
	// Email is the address of the account.
	Email string `bidi:"ltr"`
	// Products are the products whose links end.
	Products []string
	// BackURL leads to OwnPage, ResetURL to the reset of the password.
	BackURL, ResetURL string
	// Error is a key of what is wrong.
	Error string `states:"unsure,empty,wrong"`
}

// Template implements Page.
func (CloseAccountPage) Template() string { return "me/close" }

// TitleKey implements Page.
func (CloseAccountPage) TitleKey() string { return "me.close.title" }

// Failure implements Failing.
func (p CloseAccountPage) Failure() Failure {
	if p.Error == "unsure" {
		return failure("me.close.error.", p.Error, "sure")
	}
	return passwordFailure(p.Error, p.ResetURL)
}

// AccountClosedPage says that the account is closed.
type AccountClosedPage struct {
	// LoginURL begins anew.
	LoginURL string
}

// Template implements Page.
func (AccountClosedPage) Template() string { return "me/closed" }

// TitleKey implements Page.
func (AccountClosedPage) TitleKey() string { return "me.closed.title" }

// FocusTitle moves the focus to the heading, which answers the step before.
func (AccountClosedPage) FocusTitle() bool { return true }

// MergePage asks for the proof of another account of the person. Fields: email, password; own_password where Stale.
type MergePage struct {
	Form
	// Email is the address of the account that is signed in.
	Email string `bidi:"ltr"`
	// Other is what was typed.
	Other string `bidi:"ltr"`
	// Stale says that the account's own password was given too long ago and is asked for as well.
	Stale bool `present:"stale"`
	// BackURL leads to OwnPage, ResetURL to the reset of the password.
	BackURL, ResetURL string
	// Error is a key of what is wrong.
	Error string `states:"other_empty,other_malformed,password_empty,wrong,same,own_empty,own_wrong"`
}

// Template implements Page.
func (MergePage) Template() string { return "me/merge" }

// TitleKey implements Page.
func (MergePage) TitleKey() string { return "me.merge.title" }

// Failure implements Failing.
func (p MergePage) Failure() Failure {
	f := failure("me.merge.error.", p.Error, "other-email")
	switch p.Error {
	case "password_empty", "wrong":
		f.Field = "other-password"
	case "own_empty", "own_wrong":
		f.Field = "current-password"
		if p.Error == "own_wrong" {
			f.URL = p.ResetURL
		}
	}
	return f
}

// MergePlanPage shows everything that a merge would change, before it does.
type MergePlanPage struct {
	Form
	// Email is the address that holds afterwards, Other that of the account that becomes part of it.
	Email string `bidi:"ltr"`
	Other string `bidi:"ltr"`
	// Links are the product accounts that come over, Ended those that wait still and end.
	Links []OwnLink `absent:"none"`
	Ended []OwnLink `present:"ended"`
	// Addresses come over as further addresses.
	Addresses []string
	// Twice are the products with two accounts afterwards.
	Twice []string `present:"twice"`
	// Days is how long it can be taken back.
	Days int
	// Until is the time of day until which it can be confirmed.
	Until string
	// Changed says that something changed since it was looked at.
	Changed bool `present:"changed"`
	// BackURL leads to OwnPage.
	BackURL string
}

// Template implements Page.
func (MergePlanPage) Template() string { return "me/plan" }

// TitleKey implements Page.
func (MergePlanPage) TitleKey() string { return "me.plan.title" }
