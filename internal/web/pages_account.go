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
	// Adopted says that the product's password became the account's.
	Adopted bool `present:"adopted"`
	// Pending says that the address has an account already, whose password will hold at the next sign-in.
	Pending bool `present:"pending"`
}

// Template implements Page.
func (LinkedPage) Template() string { return "account/linked" }

// TitleKey implements Page.
func (p LinkedPage) TitleKey() string {
	if p.Pending {
		return "account.linked.pending_title"
	}
	return "account.linked.title"
}

// NewPasswordPage asks for a new password of the account (S6p). Field: password.
type NewPasswordPage struct {
	Form
	// Email is the address of the account; shown read-only.
	Email string `bidi:"ltr"`
	// MinLength is the least number of characters.
	MinLength int
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

// FocusTitle moves the focus to the heading, which answers the step before.
func (LinkedPage) FocusTitle() bool { return true }
