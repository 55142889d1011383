package web

// InvitationPage takes an invitation by setting the password of a new account. Field: password.
type InvitationPage struct {
	Form
	// Product is the product that invites.
	Product string
	// ProductLogo is its mark, as Assets.URL takes it.
	ProductLogo string
	// Tenant is the name of the workspace.
	Tenant string
	// Email is the address the mail went to; it becomes the account's.
	Email string `bidi:"ltr"`
	// WorksUntil is when the invitation ends: day and time, with zone.
	WorksUntil string
	// MinLength is the least number of characters.
	MinLength int
	// SignedInAs is the address of the account this browser is signed in to, if it is.
	SignedInAs string `bidi:"ltr" present:"signed_in"`
	// NotMeURL leads to NotMePage.
	NotMeURL string
	// Error is a key of what is wrong with the password.
	Error string `states:"empty,short,long,common"`
}

// Template implements Page.
func (InvitationPage) Template() string { return "invitation/new" }

// TitleKey implements Page.
func (InvitationPage) TitleKey() string { return "invitation.title" }

// Failure implements Failing.
func (p InvitationPage) Failure() Failure {
	f := failure("account.password.error.", p.Error, "new-password")
	if p.Error == "short" {
		f.Count = p.MinLength
	}
	return f
}

// InvitationOwnedPage takes an invitation by the password of the account that has the address. Field: password.
type InvitationOwnedPage struct {
	Form
	// Product is the product that invites.
	Product string
	// ProductLogo is its mark, as Assets.URL takes it.
	ProductLogo string
	// Tenant is the name of the workspace.
	Tenant string
	// Email is the address the mail went to, and an account's.
	Email string `bidi:"ltr"`
	// WorksUntil is when the invitation ends: day and time, with zone.
	WorksUntil string
	// SignedInAs is the address of the account this browser is signed in to, if it is another one.
	SignedInAs string `bidi:"ltr" present:"signed_in"`
	// ResetURL leads to the account's reset page.
	ResetURL string
	// NotMeURL leads to NotMePage.
	NotMeURL string
	// Error is a key of what is wrong with the password.
	Error string `states:"empty,wrong"`
}

// Template implements Page.
func (InvitationOwnedPage) Template() string { return "invitation/owned" }

// TitleKey implements Page.
func (InvitationOwnedPage) TitleKey() string { return "invitation.title" }

// Failure implements Failing.
func (p InvitationOwnedPage) Failure() Failure {
	f := failure("signin.password.error.", p.Error, "current-password")
	if p.Error == "wrong" {
		f.URL = p.ResetURL
	}
	return f
}

// InvitationEndedPage says why the link of an invitation does nothing.
type InvitationEndedPage struct {
	// Reason is why: expired, stopped (cancelled or revoked), used, changed (the product's account cannot be taken any more),
	// damaged, closed (this browser has not opened the link, or long ago).
	Reason string `states:"expired,stopped,used,changed,damaged,closed" base:"none"`
	// Product is the product that invited, where it is known.
	Product string
	// NextURL leads to the product, for one that was used; empty leaves it out.
	NextURL string
	// Reference is the invitation's number; empty leaves it out.
	Reference string `bidi:"ltr"`
}

// Template implements Page.
func (InvitationEndedPage) Template() string { return "invitation/ended" }

// TitleKey implements Page.
func (p InvitationEndedPage) TitleKey() string { return "invitation.ended." + p.Reason + ".title" }
