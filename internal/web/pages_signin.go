package web

// IdentifierPage asks who is signing in (S1). Field: email.
type IdentifierPage struct {
	Form
	// Product is the product that sent the person; empty when none did.
	Product string `absent:"no_product"`
	// ProductLogo is that product's mark, as Assets.URL takes it.
	ProductLogo string
	// Tenant is the name of the workspace.
	Tenant string
	// Identifier is what was typed, or a hint of the product.
	Identifier string
	// Notice is a key of what was done before.
	Notice string `states:"password_changed"`
	// Error is a key of what is wrong with the identifier.
	Error string `states:"empty,malformed"`
}

// Template implements Page.
func (IdentifierPage) Template() string { return "signin/identifier" }

// TitleKey implements Page.
func (IdentifierPage) TitleKey() string { return "signin.identifier.title" }

// Failure implements Failing.
func (p IdentifierPage) Failure() Failure {
	return failure("signin.identifier.error.", p.Error, "email")
}

// PasswordPage asks for the password (S2). Field: password.
type PasswordPage struct {
	Form
	// Product is the product whose password a newcomer uses; empty when none sent the person.
	Product string `absent:"no_product"`
	// Tenant is the name of the workspace.
	Tenant string
	// Identifier is what was typed on the page before; shown read-only.
	Identifier string `bidi:"ltr"`
	// ChangeURL leads back to the identifier.
	ChangeURL string
	// ResetURL leads to the account's reset page.
	ResetURL string
	// Notice is a key of what was done before.
	Notice string `states:"password_changed"`
	// Error is a key of what is wrong with the password.
	Error string `states:"empty,wrong,unknown"`
	// Alternatives are the tenant's other products, offered to everybody alike after a failure.
	Alternatives []ProductChoice `present:"alternatives"`
}

// Template implements Page.
func (PasswordPage) Template() string { return "signin/password" }

// TitleKey implements Page.
func (PasswordPage) TitleKey() string { return "signin.password.title" }

// Failure implements Failing.
func (p PasswordPage) Failure() Failure {
	f := failure("signin.password.error.", p.Error, "current-password")
	switch p.Error {
	case "wrong":
		f.URL = p.ResetURL
	case "unknown":
		f.Detail = "signin.password.unknown_detail"
	}
	return f
}

// EmailPage asks for the address to use from now on (S3). Fields: email; the notice's form sends the suggestion as email.
type EmailPage struct {
	Form
	// Product is the product being opened.
	Product string
	// Email is what was typed, or the address known from the step before.
	Email string `bidi:"ltr"`
	// Suggestion is the address that may have been meant; not an error, going on is allowed.
	Suggestion string `bidi:"ltr" present:"suggestion"`
	// Domains lists the domains the tenant allows, for the error "domain".
	Domains string `bidi:"ltr"`
	// Error is a key of what is wrong with the address.
	Error string `states:"empty,malformed,domain,recorded,refused,too_soon,used_up"`
}

// Template implements Page.
func (EmailPage) Template() string { return "signin/email" }

// TitleKey implements Page.
func (EmailPage) TitleKey() string { return "signin.email.title" }

// Failure implements Failing.
func (p EmailPage) Failure() Failure { return failure("signin.email.error.", p.Error, "work-email") }

// InboxPage waits for the mail (S4). Its three forms post to Action (Continue), ResendAction and CodeAction (field: otc).
type InboxPage struct {
	Form
	// ResendAction is the path the Resend form posts to.
	ResendAction string
	// CodeAction is the path the form with the code posts to.
	CodeAction string
	// ChangeURL leads back to the address.
	ChangeURL string
	// RestartURL begins the sign-in again.
	RestartURL string
	// StatusURL answers {"confirmed": true} as JSON once the link was opened in this browser; empty for no polling.
	StatusURL string
	// Email is the address the mail went to.
	Email string `bidi:"ltr"`
	// SentAt is when the mail was sent, with its zone.
	SentAt string
	// WorksUntil is when the link stops working, with its zone.
	WorksUntil string
	// Reference is the request's number, the same as in the mail.
	Reference string `bidi:"ltr"`
	// ResendsLeft is how often the mail can be asked for again; at zero the button is gone.
	ResendsLeft int `absent:"exhausted"`
	// ResentAt is set on the page after a resend: when, with its zone.
	ResentAt string `present:"resent"`
	// Confirmed says that the link was opened here and Continue will work.
	Confirmed bool `present:"confirmed"`
	// Mail is a key of how the delivery goes when it does not go well.
	Mail string `states:"delayed,bounced"`
	// Error is a key of what went wrong with Continue, Resend or the code.
	Error string `states:"not_confirmed,too_soon,code_empty,code_wrong,code_spent"`
}

// Template implements Page.
func (InboxPage) Template() string { return "signin/inbox" }

// TitleKey implements Page.
func (InboxPage) TitleKey() string { return "signin.inbox.title" }

// Failure implements Failing.
func (p InboxPage) Failure() Failure {
	field := "otc"
	if p.Error == "not_confirmed" || p.Error == "too_soon" {
		field = "missing"
	}
	return failure("signin.inbox.error.", p.Error, field)
}

// CodeFailed says whether the mistake is in the code, so that its part of the page is open.
func (p InboxPage) CodeFailed() bool {
	return p.Error == "code_empty" || p.Error == "code_wrong" || p.Error == "code_spent"
}

// failure is the Failure of an error key, or the zero Failure.
func failure(prefix, key, field string) Failure {
	if key == "" {
		return Failure{}
	}
	return Failure{Key: prefix + key, Field: field}
}
