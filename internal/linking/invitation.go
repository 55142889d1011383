package linking

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// The limits of an invitation.
const (
	InvitationTTL      = 7 * 24 * time.Hour // of each of its mails
	InvitationResends  = 3
	InvitationPause    = time.Minute // between two mails
	InvitationsPending = 100         // of one product in one tenant (seed's product: "at most 100 pending invitations")
)

// InvitationState is the life of an invitation.
type InvitationState string

// The states. All but the first are final, except that an accepted one can be revoked.
const (
	InvitationPending   InvitationState = "pending"
	InvitationAccepted  InvitationState = "accepted"
	InvitationExpired   InvitationState = "expired"
	InvitationCancelled InvitationState = "cancelled"
	InvitationRevoked   InvitationState = "revoked"
)

// InvitationStates lists every state.
func InvitationStates() []InvitationState {
	return []InvitationState{InvitationPending, InvitationAccepted, InvitationExpired, InvitationCancelled, InvitationRevoked}
}

// Invitation asks one person, by a mail, to take a product account that nobody has used. The product that owns the account
// stands for the account's end of the link; the browser that holds the mailed link proves the mailbox and acts. It joins
// nothing else.
type Invitation struct {
	ID             ident.InvitationID
	Tenant         ident.TenantID
	Product        ident.ProductID
	ProductAccount ident.ProductAccountID
	// ExternalID and Generation are the product account's; they are read and never written.
	ExternalID ident.ExternalID
	Generation ident.Generation
	Client     ident.ClientID // that asked for it
	Email      ident.Email
	Locale     string
	// InvitedBy is what the product calls whoever invited. It is given back to the product and shown to nobody else.
	InvitedBy  string
	Ref        ident.Ref
	State      InvitationState
	Reason     string       // of one that ended: one of our keys
	Mail       ident.MailID // the last one
	Mails      int
	LastMailAt time.Time
	// Account and Link are what accepting it made, and Browser and LastStep where that was done.
	Account  ident.AccountID
	Link     ident.LinkID
	Browser  ident.BrowserID
	LastStep string

	CreatedAt  time.Time
	Deadline   time.Time
	AcceptedAt time.Time
	EndedAt    time.Time
	Version    int64
}

// At is the state at an instant: nobody has to come by for an invitation to expire.
func (i Invitation) At(now time.Time) InvitationState {
	if i.State == InvitationPending && !now.Before(i.Deadline) {
		return InvitationExpired
	}
	return i.State
}

// ResendsLeft is how many mails can still be asked for.
func (i Invitation) ResendsLeft() int { return max(0, InvitationResends+1-max(1, i.Mails)) }

// InvitationToken is the stored side of a link in an invitation's mail.
type InvitationToken struct {
	Hash       string
	Purpose    MailPurpose
	Tenant     ident.TenantID
	Invitation ident.InvitationID
	CreatedAt  time.Time
	Deadline   time.Time
}

// Check says what the link may still do. Pages ask it to explain, AdvanceInvitation to act.
func (t InvitationToken) Check(i Invitation, purpose MailPurpose, now time.Time) TokenState {
	switch {
	case t.Purpose != purpose || t.Invitation != i.ID || t.Tenant != i.Tenant:
		return TokenStopped
	case i.State == InvitationAccepted && purpose == PurposeNotMe && i.Reason == "":
		// What was accepted can still be taken back by whoever reads the mailbox.
		if now.Before(t.Deadline) {
			return TokenGood
		}
		return TokenExpired
	case i.State == InvitationAccepted:
		return TokenUsed
	case i.State == InvitationCancelled || i.State == InvitationRevoked:
		return TokenStopped
	case i.At(now) == InvitationExpired || !now.Before(t.Deadline):
		return TokenExpired
	}
	return TokenGood
}

// InvitationBook counts the invitations made for a tenant's instance of a product. It is written with each, so that of two
// made at once one is decided anew, and sees the other.
type InvitationBook struct {
	Tenant  ident.TenantID
	Product ident.ProductID
	Version int64 // 0 before the first
}

// InvitedFacts are what is known of the product account that an invitation is for.
type InvitedFacts struct {
	// Record is what the product says about it now; nil when it has no such user.
	Record *connector.Record
	Stored *account.ProductAccount
	// Linked says that the product account has a link in whatever state, or had one.
	Linked bool
	// Open is its invitation that is stored as pending, expired or not.
	Open *Invitation
	// Pending is how many others of the product and tenant wait, and Book when they were last counted.
	Pending int
	Book    InvitationBook
}

// invitable reports why the product account cannot be invited, or taken; empty when it can. Only an account that nobody has
// ever used is taken by an invitation: there is nothing in it that could be somebody else's.
func invitable(s *directory.Setting, facts InvitedFacts, email ident.Email) error {
	r := facts.Record
	switch {
	case !s.Connector.IDStable:
		return fault.New(fault.Moved, "invitation.no_ids")
	case r == nil || r.ExternalID == "":
		return fault.New(fault.Invalid, "invitation.no_user")
	case r.Flags.Disabled || r.Flags.Locked:
		return fault.New(fault.Moved, "invitation.disabled")
	case r.Flags.Privileged:
		return fault.New(fault.Moved, "invitation.privileged")
	case r.Flags.Shared || s.Product.Shared:
		return fault.New(fault.Moved, "invitation.shared")
	case !r.LastUsedAt.IsZero() || facts.Linked:
		return fault.New(fault.Moved, "invitation.used")
	case !r.Email.IsZero() && r.Email != email:
		return fault.New(fault.Invalid, "invitation.recorded")
	}
	return nil
}

// admitted reports why nobody may be invited to, or take, the product account as things are switched now.
func admitted(s *directory.Setting, facts InvitedFacts) error {
	switch r := facts.Record; {
	case s.Rollout() == directory.RolloutOff:
		return fault.New(fault.Moved, "tenant.not_enabled")
	case r != nil && !s.Admits(directory.Who{ExternalID: r.ExternalID, Username: r.Username, Email: r.Email}):
		return fault.New(fault.Moved, "pilot.outside")
	}
	return nil
}

// invited is the product account as the product shows it now: the stored one brought up to date, or a new one.
func invited(a *Act, facts InvitedFacts, now time.Time) (p account.ProductAccount, changed bool) {
	r := facts.Record
	p = account.ProductAccount{ID: a.Fresh.ProductAccount, Tenant: a.Setting.Tenant.ID, Product: a.Setting.Product.ID,
		ExternalID: r.ExternalID, Generation: r.Generation, Subject: a.Fresh.Subject}
	if facts.Stored != nil {
		p = *facts.Stored
	}
	p.Username, p.Email, p.Name, p.Locale = r.Username, r.Email, r.Name, r.Locale
	if facts.Stored != nil && p == *facts.Stored {
		return p, false
	}
	p.SeenAt = now
	return p, true
}

// scene is the invitation as the parts of this package that speak of flows take it. No flow is stored for it.
func (i Invitation) scene(p *account.ProductAccount, browser ident.BrowserID, origin Origin) Flow {
	return Flow{Tenant: i.Tenant, Product: i.Product, Browser: browser, Ref: i.Ref, Origin: origin, Locale: i.Locale,
		Owner: i.Account, Candidate: p, Email: i.Email, CreatedAt: i.CreatedAt}
}

// restsOn is what every decision about the invitation rests on besides its own row.
func (i Invitation) restsOn(a *Act, reads ...Read) []Read {
	return declared(slices.Clip(reads), &Flow{Tenant: i.Tenant, Product: i.Product}, a)
}
