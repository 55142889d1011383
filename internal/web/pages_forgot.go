package web

// ForgotPage asks for the address a product knows somebody by, who forgot its password (S8). Field: email.
type ForgotPage struct {
	Form
	// Product is the product whose password was forgotten.
	Product string
	// ProductLogo is that product's mark, as Assets.URL takes it.
	ProductLogo string
	// Tenant is the name of the workspace.
	Tenant string
	// Email is what was typed, or the address known so far.
	Email string `bidi:"ltr"`
	// OwnURL is the product's own page for it, shown instead of the form where the product cannot be asked.
	OwnURL string `present:"own"`
	// BackURL leads back to LinkPage.
	BackURL string
	// Minutes is how long to wait, for the error "wait".
	Minutes int
	// Error is a key of what is wrong.
	Error string `states:"empty,malformed,too_soon,used_up,wait"`
}

// Template implements Page.
func (ForgotPage) Template() string { return "account/forgot" }

// TitleKey implements Page.
func (ForgotPage) TitleKey() string { return "account.forgot.title" }

// Failure implements Failing.
func (p ForgotPage) Failure() Failure {
	f := failure("account.forgot.error.", p.Error, "reset-email")
	if p.Error == "wait" {
		f.Count = max(1, p.Minutes)
	}
	return f
}

// ForgotSentPage says that the product was asked to mail a way to a new password (S9). Its form is Resend.
type ForgotSentPage struct {
	Form
	// Product is the product that was asked.
	Product string
	// Email is the address that was given.
	Email string `bidi:"ltr"`
	// BackPath is the path of LinkPage, which Back opens with the flow.
	BackPath string
	// ChangeURL leads to ForgotPage, for another address.
	ChangeURL string
	// PauseHours is how many hours the product sends no second mail; 0 when it always does.
	PauseHours int `present:"pause"`
	// ResendsLeft is how often the mail can be asked for again; at zero the button is gone.
	ResendsLeft int `absent:"exhausted"`
	// ResentAt is set after a resend: when, with its zone.
	ResentAt string `present:"resent"`
	// Minutes is how long to wait, for the error "wait".
	Minutes int
	// Error is a key of what went wrong with Resend.
	Error string `states:"too_soon,wait"`
}

// Template implements Page.
func (ForgotSentPage) Template() string { return "account/forgotsent" }

// TitleKey implements Page.
func (ForgotSentPage) TitleKey() string { return "account.forgotsent.title" }

// Failure implements Failing.
func (p ForgotSentPage) Failure() Failure {
	f := failure("account.forgotsent.error.", p.Error, "missing")
	if p.Error == "wait" {
		f.Count = max(1, p.Minutes)
	}
	return f
}
