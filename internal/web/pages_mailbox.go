package web

// MailLinkPage is the link of the mail opened in the browser that began (S5). Its form is Continue, as on InboxPage.
type MailLinkPage struct {
	Form
	// Product is the product being opened.
	Product string
	// Tenant is the name of the workspace.
	Tenant string
	// Email is the address the mail went to.
	Email string `bidi:"ltr"`
	// NotMeURL leads to NotMePage; empty leaves the link out.
	NotMeURL string
}

// Template implements Page.
func (MailLinkPage) Template() string { return "mailbox/here" }

// TitleKey implements Page.
func (MailLinkPage) TitleKey() string { return "mailbox.here.title" }

// OtherBrowserPage is the link of the mail opened in a browser that did not begin (S5). Its form is Show code; it carries
// the mail's token and nothing of the flow, because this browser has none of its power.
type OtherBrowserPage struct {
	// Action is the path that Show code posts to.
	Action string
	// MailToken is sent back as the field "t".
	MailToken string
	// Product is the product that was being opened.
	Product string
	// Tenant is the name of the workspace.
	Tenant string
	// AccountHint is the masked user name.
	AccountHint string `bidi:"ltr"`
	// StartedAt is when the sign-in began: day and time, with zone.
	StartedAt string
	// Browser is the browser and system it began in.
	Browser string
	// Network is the shortened network it began from.
	Network string `bidi:"ltr"`
	// Reference is the request's number.
	Reference string `bidi:"ltr"`
	// SignedInAs is the address of the account this browser is signed in to, if it is.
	SignedInAs string `bidi:"ltr" present:"signed_in"`
	// NotMeURL leads to NotMePage.
	NotMeURL string
	// SameBrowser says that there is no code for this link: it has to be opened where it was asked for.
	SameBrowser bool `present:"same_browser"`
}

// Template implements Page.
func (OtherBrowserPage) Template() string { return "mailbox/elsewhere" }

// TitleKey implements Page.
func (OtherBrowserPage) TitleKey() string { return "mailbox.elsewhere.title" }

// CodePage shows the code to type where the sign-in began (S5).
type CodePage struct {
	// OTP is the code, in groups as it should be read.
	OTP string `bidi:"ltr"`
	// WorksUntil is when the code stops working, with its zone.
	WorksUntil string
	// Product is the product that was being opened.
	Product string
	// NotMeURL leads to NotMePage.
	NotMeURL string
	// RestartURL begins again in this browser; empty leaves the link out.
	RestartURL string `present:"restart"`
}

// Template implements Page.
func (CodePage) Template() string { return "mailbox/code" }

// TitleKey implements Page.
func (CodePage) TitleKey() string { return "mailbox.code.title" }

// LinkErrorPage says why the link of a mail does nothing.
type LinkErrorPage struct {
	// Reason is why.
	Reason string `states:"expired,used,changed,damaged,reset_expired,reset_used,reset_void,change_over" base:"none"`
	// RestartURL begins the sign-in again, with the address where it is known.
	RestartURL string
}

// Template implements Page.
func (LinkErrorPage) Template() string { return "mailbox/dead" }

// TitleKey implements Page.
func (p LinkErrorPage) TitleKey() string { return "mailbox.dead." + p.Reason + ".title" }

// NotMePage lets somebody stop what they did not begin (S13). Field: recognise ("no" or "known").
type NotMePage struct {
	// Action is the path the form posts to.
	Action string
	// MailToken is sent back as the field "t".
	MailToken string
	// Chosen is the choice that was sent: "", "no" or "known".
	Chosen string
	// Error is a key of what is missing.
	Error string `states:"none_chosen"`
}

// Template implements Page.
func (NotMePage) Template() string { return "mailbox/notme" }

// TitleKey implements Page.
func (NotMePage) TitleKey() string { return "mailbox.notme.title" }

// Failure implements Failing.
func (p NotMePage) Failure() Failure { return failure("mailbox.notme.error.", p.Error, "recognise-no") }

// NotMeDonePage says what was stopped (S13). It is the same for a dead link.
type NotMeDonePage struct {
	// Suspended says that the link between accounts had been made and is suspended now.
	Suspended bool `present:"suspended"`
}

// Template implements Page.
func (NotMeDonePage) Template() string { return "mailbox/stopped" }

// TitleKey implements Page.
func (NotMeDonePage) TitleKey() string { return "mailbox.stopped.title" }
