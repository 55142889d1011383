package self

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Holding is an account with all that hangs on it, as it was read.
type Holding struct {
	Account account.Account
	// Credential is the password; the zero value when there is none.
	Credential account.Credential
	Addresses  []account.Address // the primary one first
	Links      []Held            // all that have not ended
	Deferrals  []account.Deferral
}

// Held is a link with what it leads to, and with the names that people know.
type Held struct {
	Link             account.Link
	ProductAccount   account.ProductAccount
	Product, Mark    string
	HomeURL          string
	Tenant, TimeZone string
	Methods          []account.Method // of its evidence, in its order
}

// Primary is the address that is shown; the zero value for an account without one.
func (h Holding) Primary() ident.Email {
	for _, a := range h.Addresses {
		if a.Primary {
			return a.Email
		}
	}
	return ident.Email{}
}

// Held finds a link of the holding.
func (h Holding) Held(id ident.LinkID) (Held, bool) {
	i := slices.IndexFunc(h.Links, func(l Held) bool { return l.Link.ID == id })
	if i < 0 {
		return Held{}, false
	}
	return h.Links[i], true
}

// whole are the reads of a decision that must not miss anything that hangs on the account.
func (h Holding) whole() []linking.Read {
	return []linking.Read{{Table: linking.TableHolding, ID: string(h.Account.ID),
		Version: int64(len(h.Links) + len(h.Addresses) + len(h.Deferrals))}}
}

// itself is the read of the account's own row.
func (h Holding) itself() linking.Read {
	return linking.Read{Table: linking.TableAccount, ID: string(h.Account.ID), Version: h.Account.Version}
}

// Act is what every step has in common: who takes it, from where, and the lots it may need.
type Act struct {
	// Session is the one that the step was taken in.
	Session account.Session
	// Right says that the account's own password was given with this step and found right.
	Right  bool
	Origin linking.Origin
	Locale string
	Ref    ident.Ref
	// Draw makes a new identifier with the prefix.
	Draw func(prefix string) string
}

// may reports whether the session speaks for the whole account now; fault.Denied "self.session" when it does not.
func (a Act) may(h Holding, now time.Time) error {
	s := a.Session
	if !s.Full() || !s.Live(now) || s.Account == "" || s.Account != h.Account.ID || h.Account.Status != account.Active {
		return fault.New(fault.Denied, "self.session")
	}
	return nil
}

// wrong is the outcome of a step whose password was wrong: a fact, and nothing changes.
func (a Act) wrong(h Holding, now time.Time) linking.Outcome {
	return linking.Outcome{Problem: "password.wrong",
		Events: []audit.Event{a.note(h.Account.ID, nil, audit.PasswordRefused, "self", now)}}
}

// proven are the reads of a step that asked for the password: the account's row, and the password that was right.
func (h Holding) proven() []linking.Read {
	return []linking.Read{h.itself(), {Table: linking.TableCredential, ID: string(h.Credential.ID), Version: h.Credential.Version}}
}

// note is an event of the account; of a tenant where it is about a link.
func (a Act) note(id ident.AccountID, l *account.Link, action audit.Action, reason string, now time.Time) audit.Event {
	e := audit.Event{ID: ident.EventID(a.Draw("ev")), At: now, Action: action, Reason: reason, Ref: a.Ref, Account: id,
		Network: a.Origin.Network}
	if l != nil {
		e.Tenant, e.ProductAccount = l.Tenant, l.ProductAccount
	}
	return e
}

// addresses are the account's own.
func (h Holding) addresses() []ident.Email {
	all := make([]ident.Email, len(h.Addresses))
	for i, a := range h.Addresses {
		all[i] = a.Email
	}
	return all
}

// tell queues the mail once to each address; tenant is empty for what is about the account alone.
func (a Act) tell(out *linking.Outcome, kind linking.MailKind, tenant ident.TenantID, facts linking.MailFacts, now time.Time, lists ...[]ident.Email) {
	var told []ident.Email
	facts.Agent, facts.Network, facts.Request, facts.DoneAt = a.Origin.Agent, a.Origin.Network, a.Ref, now
	for _, to := range slices.Concat(lists...) {
		if to.IsZero() || slices.Contains(told, to) {
			continue
		}
		told = append(told, to)
		out.Mails = append(out.Mails, linking.Mail{ID: ident.MailID(a.Draw("ml")), Kind: kind, Tenant: tenant, To: to, Locale: a.Locale,
			Facts: facts, At: now, Deadline: now.Add(mailTTL)})
	}
}

// mailTTL is when telling somebody has no point any more.
const mailTTL = 24 * time.Hour

// Active reports that the account has an active link in the tenant.
func (h Holding) Active(tenant ident.TenantID) bool {
	return slices.ContainsFunc(h.Links, func(l Held) bool { return l.Link.Tenant == tenant && l.Link.State == account.LinkActive })
}

// Tells are the actions that a person is told of.
func Tells() []audit.Action {
	return []audit.Action{audit.SignedIn, audit.SignedOut, audit.AccountCreated, audit.LinkActivated, audit.LinkSuspended, audit.LinkWaits,
		audit.LinkEnded, audit.LinkRestored, audit.LinkMoved, audit.MergeProven, audit.AccountMerged, audit.AccountParted, audit.PasswordRefused,
		audit.AccountResetAsked, audit.PasswordReset, audit.PasswordChanged, audit.EmailChangeBegun, audit.EmailChangeEnded, audit.EmailChanged}
}
