package web

// LinkedPage says that the accounts are linked (S6). Its form is the way on to the product.
type LinkedPage struct {
	Form
	// Product is the product that is waiting; empty when none is.
	Product string `absent:"no_product"`
	// Email is the address of the account.
	Email string `bidi:"ltr"`
	// Products are the linked products.
	Products []LinkedProduct
	// OwnURL leads to OwnPage; empty leaves it out.
	OwnURL string
	// Adopted says that the product's password became the account's.
	Adopted bool `present:"adopted"`
	// Pending says that the address has an account already, whose password will hold at the next sign-in.
	Pending bool `present:"pending"`
	// Waiting says that nothing was linked yet: the offers wait for the person's word alone.
	Waiting bool `present:"waiting"`
	// Offers are product accounts that are linked when the person goes on; each can be refused. Field of each: its Field.
	Offers []JoinOffer `present:"offers"`
}

// Template implements Page.
func (LinkedPage) Template() string { return "account/linked" }

// TitleKey implements Page.
func (p LinkedPage) TitleKey() string {
	switch {
	case p.Pending:
		return "account.linked.pending_title"
	case p.Waiting:
		return "account.linked.waiting_title"
	}
	return "account.linked.title"
}

// LinkPage asks somebody who is signed in for the login of another product, one last time (S7). Fields: email, password.
type LinkPage struct {
	Form
	// Product is the product to be linked.
	Product string
	// ProductLogo is that product's mark, as Assets.URL takes it.
	ProductLogo string
	// Tenant is the name of the workspace.
	Tenant string
	// Identifier is what was typed, or the address of the account.
	Identifier string `bidi:"ltr"`
	// SignedInAs is the address of the account.
	SignedInAs string `bidi:"ltr"`
	// ForgotURL leads to where the product resets its password.
	ForgotURL string
	// SignOutURL leads out.
	SignOutURL string
	// NoneURL explains what to do without an account there; with BackURL it is left out.
	NoneURL string
	// BackURL leads back, for somebody who has an account there and links another one; empty for everybody else.
	BackURL string `present:"another"`
	// MergeURL leads to MergePage, for somebody whose other account has the link.
	MergeURL string
	// MailAction is the path that mails a link instead of asking for the password; empty leaves it out.
	MailAction string `present:"by_mail"`
	// Error is a key of what is wrong.
	Error string `states:"identifier_empty,identifier_malformed,password_empty,wrong"`
}

// Template implements Page.
func (LinkPage) Template() string { return "account/link" }

// TitleKey implements Page.
func (LinkPage) TitleKey() string { return "account.link.title" }

// Failure implements Failing.
func (p LinkPage) Failure() Failure {
	field := "legacy-login"
	if p.Error == "password_empty" || p.Error == "wrong" {
		field = "legacy-password"
	}
	f := failure("account.link.error.", p.Error, field)
	if p.Error == "wrong" {
		// It is there for everybody: what is linked, and what several people share, looks like a wrong password (ATK-67).
		f.Detail = "account.link.wrong_detail"
	}
	return f
}

// NewPasswordPage asks for a new password of the account (S6p). Field: password.
type NewPasswordPage struct {
	Form
	// Email is the address of the account; shown read-only.
	Email string `bidi:"ltr"`
	// MinLength is the least number of characters.
	MinLength int
	// Reset says that it takes the place of a forgotten one.
	Reset bool `present:"reset"`
	// Error is a key of what is wrong with the password.
	Error string `states:"empty,short,long,common"`
}

// Template implements Page.
func (NewPasswordPage) Template() string { return "account/password" }

// TitleKey implements Page.
func (NewPasswordPage) TitleKey() string { return "account.password.title" }

// Failure implements Failing.
func (p NewPasswordPage) Failure() Failure {
	f := failure("account.password.error.", p.Error, "new-password")
	if p.Error == "short" {
		f.Count = p.MinLength
	}
	return f
}

// SignOutPage asks whether to sign out, where a product's request does not prove that the person wants it.
type SignOutPage struct {
	Form
	// Email is the address of the account that is signed in.
	Email string `bidi:"ltr"`
	// OwnURL leads to OwnPage.
	OwnURL string
}

// Template implements Page.
func (SignOutPage) Template() string { return "account/signout" }

// TitleKey implements Page.
func (SignOutPage) TitleKey() string { return "account.signout.title" }

// SignedOutPage says that the session is over.
type SignedOutPage struct {
	// LoginURL signs in again; empty leaves it out.
	LoginURL string
}

// Template implements Page.
func (SignedOutPage) Template() string { return "account/signedout" }

// TitleKey implements Page.
func (SignedOutPage) TitleKey() string { return "account.signedout.title" }

// ReturnPage brings an answer to a product by POST (OAuth 2.0 Form Post Response Mode).
type ReturnPage struct {
	// Action is the product's redirect URI.
	Action string
	// Fields are the answer.
	Fields []ReturnField
	// Auto sends the form at once, where scripts run.
	Auto bool
}

// ReturnField is one parameter of the answer.
type ReturnField struct{ Name, Value string }

// Template implements Page.
func (ReturnPage) Template() string { return "account/return" }

// TitleKey implements Page.
func (ReturnPage) TitleKey() string { return "account.return.title" }

// FocusTitle moves the focus to the heading, which answers the step before.
func (LinkedPage) FocusTitle() bool { return true }
