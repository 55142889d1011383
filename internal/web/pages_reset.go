package web

// ResetPage asks which account's password was forgotten (S11). Field: email.
type ResetPage struct {
	Form
	// Email is what was typed, or the address of the sign-in that led here.
	Email string `bidi:"ltr"`
	// ChangeURL leads to the same page for another address; empty while the address can be typed.
	ChangeURL string `present:"known"`
	// BackURL leads back to the sign-in.
	BackURL string
	// Error is a key of what is wrong with the address.
	Error string `states:"empty,malformed"`
}

// Template implements Page.
func (ResetPage) Template() string { return "reset/ask" }

// TitleKey implements Page.
func (ResetPage) TitleKey() string { return "reset.ask.title" }

// Failure implements Failing.
func (p ResetPage) Failure() Failure { return failure("reset.ask.error.", p.Error, "reset-email") }

// ResetSentPage answers every address alike (S11).
type ResetSentPage struct {
	// Product is the product that is being opened; empty when none is.
	Product string `absent:"no_product"`
	// OwnURL is the product's own page for a forgotten password, where it cannot be asked to send a mail; empty otherwise.
	OwnURL string `present:"own"`
	// PauseHours is how long the product sends no second mail; 0 says nothing.
	PauseHours int `present:"pause"`
	// Minutes is how long the link works.
	Minutes int
	// AgainURL asks once more.
	AgainURL string
	// BackURL leads back to the sign-in.
	BackURL string
}

// Template implements Page.
func (ResetSentPage) Template() string { return "reset/sent" }

// TitleKey implements Page.
func (ResetSentPage) TitleKey() string { return "reset.sent.title" }

// PasswordChangePage sets another password for somebody who is signed in. Fields: password, new_password.
type PasswordChangePage struct {
	Form
	// Email is the address of the account; shown read-only.
	Email string `bidi:"ltr"`
	// MinLength is the least number of characters.
	MinLength int
	// ResetURL leads to the reset page.
	ResetURL string
	// BackURL leads back to the person's own page.
	BackURL string
	// Error is a key of what is wrong.
	Error string `states:"present_empty,present_wrong,empty,short,long,common"`
}

// Template implements Page.
func (PasswordChangePage) Template() string { return "account/change" }

// TitleKey implements Page.
func (PasswordChangePage) TitleKey() string { return "account.change.title" }

// Failure implements Failing.
func (p PasswordChangePage) Failure() Failure {
	switch p.Error {
	case "present_empty", "present_wrong":
		f := failure("account.change.error.", p.Error, "current-password")
		if p.Error == "present_wrong" {
			f.URL = p.ResetURL
		}
		return f
	}
	f := failure("account.password.error.", p.Error, "new-password")
	if p.Error == "short" {
		f.Count = p.MinLength
	}
	return f
}

// EmailChangePage asks for another address of the account. Fields: email, password.
type EmailChangePage struct {
	Form
	// Email is the present address; shown read-only.
	Email string `bidi:"ltr"`
	// Wanted is what was typed.
	Wanted string `bidi:"ltr"`
	// BackURL leads back to the person's own page.
	BackURL string
	// ResetURL leads to the reset page.
	ResetURL string
	// Error is a key of what is wrong.
	Error string `states:"empty,malformed,same,domain,recorded,password_empty,password_wrong"`
}

// Template implements Page.
func (EmailChangePage) Template() string { return "account/email" }

// TitleKey implements Page.
func (EmailChangePage) TitleKey() string { return "account.email.title" }

// Failure implements Failing.
func (p EmailChangePage) Failure() Failure {
	f := failure("account.email.error.", p.Error, "new-email")
	switch p.Error {
	case "password_empty", "password_wrong":
		f.Field = "current-password"
		if p.Error == "password_wrong" {
			f.URL = p.ResetURL
		}
	}
	return f
}

// EmailChangeInboxPage waits for both mailboxes. Its forms post to Action (Continue) and ResendAction.
type EmailChangeInboxPage struct {
	Form
	// ResendAction is the path the Resend form posts to.
	ResendAction string
	// Present and Wanted are the two addresses.
	Present string `bidi:"ltr"`
	Wanted  string `bidi:"ltr"`
	// SentAt is when the mails were sent, and WorksUntil when their links stop working, with their zone.
	SentAt, WorksUntil string
	// Reference is the request's number, the same as in the mails.
	Reference string `bidi:"ltr"`
	// ResendsLeft is how often the mails can be asked for.
	ResendsLeft int `absent:"exhausted"`
	// Missing says which links were not opened in this browser yet.
	Missing string `states:"both,present,wanted,none" base:"none"`
	// AgainURL begins anew.
	AgainURL string
	// Error is a key of what is wrong.
	Error string `states:"not_confirmed,too_soon"`
}

// Template implements Page.
func (EmailChangeInboxPage) Template() string { return "account/inbox" }

// TitleKey implements Page.
func (EmailChangeInboxPage) TitleKey() string { return "account.inbox.title" }

// Failure implements Failing.
func (p EmailChangeInboxPage) Failure() Failure {
	return failure("account.inbox.error.", p.Error, "missing")
}

// EmailChangeElsewherePage is a link of an email change opened in another browser than the one that asked. Nothing can be
// done on it but stop.
type EmailChangeElsewherePage struct {
	// StartedAt, Browser and Network are when and where the change was begun.
	StartedAt, Browser string
	Network            string `bidi:"ltr"`
	// Reference is the request's number.
	Reference string `bidi:"ltr"`
	// StopURL leads to EmailChangeStopPage.
	StopURL string
}

// Template implements Page.
func (EmailChangeElsewherePage) Template() string { return "account/elsewhere" }

// TitleKey implements Page.
func (EmailChangeElsewherePage) TitleKey() string { return "account.elsewhere.title" }

// EmailChangeStopPage lets the reader of a mailbox stop a change. Field: recognise ("no" or "known"); nothing is chosen, so
// that a scanner that presses every button stops nothing.
type EmailChangeStopPage struct {
	// Action is the path the form posts to.
	Action string
	// MailToken is sent back as the field "t".
	MailToken string
	// Error is a key of what is missing.
	Error string `states:"none_chosen"`
}

// Template implements Page.
func (EmailChangeStopPage) Template() string { return "account/stop" }

// TitleKey implements Page.
func (EmailChangeStopPage) TitleKey() string { return "account.stop.title" }

// Failure implements Failing.
func (p EmailChangeStopPage) Failure() Failure {
	return failure("account.stop.error.", p.Error, "recognise-no")
}

// AccountNewsPage says what became of a change of the account.
type AccountNewsPage struct {
	// News is what happened.
	News string `states:"password,email,owned,stopped,kept" base:"none"`
	// Email is the address it is about; empty where none is.
	Email string `bidi:"ltr"`
	// NextURL leads on, and ResetURL to the reset page; empty leaves them out.
	NextURL, ResetURL string
}

// Template implements Page.
func (AccountNewsPage) Template() string { return "account/news" }

// TitleKey implements Page.
func (p AccountNewsPage) TitleKey() string { return "account.news." + p.News + ".title" }

// FocusTitle moves the focus to the heading, which answers the step before.
func (AccountNewsPage) FocusTitle() bool { return true }

// FocusTitle moves the focus to the heading, which answers the step before.
func (ResetSentPage) FocusTitle() bool { return true }
