package web

// The kinds of ProblemPage.
const (
	// ProblemTimedOut: the flow expired (S12a). NextURL starts again.
	ProblemTimedOut = "timed_out"
	// ProblemOutOfDate: the step was done already, elsewhere (S12b). NextURL is the current step.
	ProblemOutOfDate = "out_of_date"
	// ProblemLocked: too many attempts (S12c). Minutes is the wait, ResetURL the way round it.
	ProblemLocked = "locked"
	// ProblemNotEnabled: the tenant or its product is off (S12d). NextURL leads back to the product, for its own sign-in.
	ProblemNotEnabled = "not_enabled"
	// ProblemNotYet: the tenant's pilot does not have the person (S12d). NextURL is as for ProblemNotEnabled.
	ProblemNotYet = "not_yet"
	// ProblemProductDown: the product does not answer (S12e). NextURL tries again.
	ProblemProductDown = "product_down"
	// ProblemNoAccess: no account in the product (S12f).
	ProblemNoAccess = "no_access"
	// ProblemConflict: one address, several accounts of the product (S12g). Email and Product say which.
	ProblemConflict = "conflict"
	// ProblemSwitchedOff: the product's account is disabled there.
	ProblemSwitchedOff = "switched_off"
	// ProblemLockedThere: the product takes no password for the account for a while. NextURL tries again.
	ProblemLockedThere = "product_locked"
	// ProblemMustReset: the product wants a new password first. NextURL asks for it.
	ProblemMustReset = "must_reset"
	// ProblemLinkedElsewhere: the product account has a link already. NextURL signs in.
	ProblemLinkedElsewhere = "linked_elsewhere"
	// ProblemStopped: whoever reads the mailbox stopped the sign-in. NextURL starts again.
	ProblemStopped = "stopped"
	// ProblemRecorded: the account's address is not the one that the product records, and has to be.
	ProblemRecorded = "recorded"
	// ProblemBlocked: so many attempts in a row that none is taken any more.
	ProblemBlocked = "blocked"
	// ProblemNotFound: there is no such page (S12h).
	ProblemNotFound = "not_found"
	// ProblemBadRequest: the request cannot be understood.
	ProblemBadRequest = "bad_request"
	// ProblemRefused: the request came from another site, or is not allowed.
	ProblemRefused = "refused"
	// ProblemService: a mistake of ours (S12h).
	ProblemService = "service"
	// ProblemBusy: a part of ours does not answer; try again soon.
	ProblemBusy = "busy"
)

// ProblemPage is a whole page for what went wrong (S12). It never shows anything that was sent.
type ProblemPage struct {
	// Kind is one of the Problem constants.
	Kind string `states:"timed_out,out_of_date,locked,not_enabled,not_yet,product_down,no_access,conflict,switched_off,product_locked,must_reset,linked_elsewhere,stopped,recorded,blocked,not_found,bad_request,refused,service,busy" base:"none"`
	// Product is the product it is about.
	Product string
	// Email is a proven address, for the kinds that name one.
	Email string `bidi:"ltr"`
	// Minutes is how long to wait, or how long the flow lived.
	Minutes int `absent:"no_minutes"`
	// NextURL is where the button leads; empty leaves it out.
	NextURL string
	// ResetURL leads to the reset page; empty leaves it out.
	ResetURL string
	// Reference finds the request in the log, or the flow at support; empty leaves it out.
	Reference string `bidi:"ltr"`
}

// Template implements Page.
func (ProblemPage) Template() string { return "site/problem" }

// TitleKey implements Page.
func (p ProblemPage) TitleKey() string { return "problem." + p.Kind + ".title" }

// HelpPage answers the usual questions.
type HelpPage struct {
	// LoginURL leads to the sign-in.
	LoginURL string
	// SupportURL is the support's own page; empty leaves it out.
	SupportURL string
}

// Template implements Page.
func (HelpPage) Template() string { return "site/help" }

// TitleKey implements Page.
func (HelpPage) TitleKey() string { return "help.title" }

// Counted says whether the text names a number of minutes.
func (p ProblemPage) Counted() bool {
	return p.Minutes > 0 && (p.Kind == ProblemTimedOut || p.Kind == ProblemLocked)
}

// TextKey is the key of the text: a shorter one where the minutes are not known.
func (p ProblemPage) TextKey() string {
	if !p.Counted() && (p.Kind == ProblemTimedOut || p.Kind == ProblemLocked) {
		return "problem." + p.Kind + ".text_short"
	}
	return "problem." + p.Kind + ".text"
}
