package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// InviteTaken: the browser that opened the mailed link gave a password, to accept.
type InviteTaken struct {
	*Act
	MailToken InvitationToken
	Facts     InvitedFacts
	// New says that the password was given for an account that is to be made.
	New bool
	// Owner is the account that has the address now; nil when nobody has it.
	Owner *OwnerFacts
	// Right says that the password is the owner's, and Rehash is a new hash of it when the stored one has old costs.
	Right  bool
	Rehash string
	// Hash is that of a new account's password, and Weakness why it will not do.
	Hash, Weakness string
	Origin         Origin
	Locale         string
}

// takeInvitation makes the link, for whoever has the address, or for a new account when nobody has. One address never gets
// two accounts: when it was taken while the form was open, the form is shown anew, for its owner (ATK-26).
func takeInvitation(i Invitation, e InviteTaken, now time.Time) (Outcome, error) {
	if err := tokenFault(e.MailToken.Check(i, PurposeConfirm, now)); err != nil {
		return Outcome{}, err
	}
	if e.Browser == "" {
		return Outcome{}, fault.New(fault.Denied, "flow.other_browser")
	}
	if err := admitted(e.Setting, e.Facts); err != nil {
		return Outcome{}, err
	}
	if err := invitable(e.Setting, e.Facts, i.Email); err != nil {
		return Outcome{}, err
	}
	if e.Facts.Stored == nil || e.Facts.Stored.ID != i.ProductAccount {
		return Outcome{}, fault.New(fault.Moved, "invitation.changed")
	}
	switch {
	case e.New && e.Owner != nil:
		return Outcome{}, fault.New(fault.Moved, "invitation.owned")
	case !e.New && e.Owner == nil:
		return Outcome{}, fault.New(fault.Moved, "invitation.unowned")
	case e.Weakness != "":
		return Outcome{}, fault.New(fault.Invalid, e.Weakness)
	case e.New && e.Hash == "":
		return Outcome{}, fault.New(fault.Invalid, "new_password.empty")
	}
	if e.Owner != nil && !(e.Right && e.Owner.Account.Status == account.Active && e.Owner.Credential.Hash != "") {
		scene := i.scene(e.Facts.Stored, e.Browser, e.Origin)
		return Outcome{Problem: "password.wrong",
			Events: []audit.Event{note(&scene, e.Act, 0, now, audit.PasswordRefused, "password.wrong")}}, nil
	}
	return acceptInvitation(i, e, now), nil
}

// acceptInvitation is reached when the mailbox was proven, by the link that was opened in this browser, and the account's
// password given there. The third place where a link becomes active.
func acceptInvitation(i Invitation, e InviteTaken, now time.Time) Outcome {
	p, changed := invited(e.Act, e.Facts, now)
	i.State, i.AcceptedAt, i.Account, i.Link = InvitationAccepted, now, e.Fresh.Account, e.Fresh.Link
	i.Browser, i.LastStep = e.Browser, e.Step
	if e.Owner != nil {
		i.Account = e.Owner.Account.ID
	}
	proof := account.Proof{ID: e.Fresh.Proof, Method: account.Invitation, Tenant: i.Tenant, Product: i.Product,
		ProductAccount: p.ID, Browser: e.Browser, Email: i.Email, At: now, SpentAt: now}
	mailbox := account.Proof{ID: e.Fresh.MailboxProof, Method: account.MailboxLink, Tenant: i.Tenant, Product: i.Product,
		Browser: e.Browser, Email: i.Email, At: now, SpentAt: now}
	scene := i.scene(&p, e.Browser, e.Origin)
	scene.SessionFrom = account.ScopeFull
	method := account.MailboxLink
	if e.Owner != nil {
		method = account.AccountPassword
	}
	out := Outcome{
		Reads:       i.restsOn(e.Act),
		Invitations: []Invitation{i},
		Links: []account.Link{{ID: i.Link, Tenant: i.Tenant, Account: i.Account, ProductAccount: p.ID, State: account.LinkActive,
			Evidence: []ident.ProofID{proof.ID, mailbox.ID}, Browser: e.Browser, CreatedAt: now, ActiveAt: now}},
		Proofs:        []account.Proof{proof, mailbox},
		Sessions:      []account.Session{session(scene, e.Act, now, account.Invitation, method)},
		EndSessionsOf: e.Browser,
		Events: []audit.Event{
			note(&scene, e.Act, 0, now, audit.InvitationAccepted, string(method)),
			note(&scene, e.Act, 1, now, audit.LinkActivated, string(account.Invitation)),
			note(&scene, e.Act, 2, now, audit.SignedIn, string(account.ScopeFull)),
		},
	}
	if changed {
		out.ProductAccounts = []account.ProductAccount{p}
	} else {
		out.Reads = append(out.Reads, readProductAccount(p))
	}
	if e.Owner == nil {
		newAccount(&out, scene, e, p, mailbox.ID, now)
	} else {
		knownAccount(&out, e)
	}
	tellAccepted(&out, i, scene, e, method, now)
	return out
}

// newAccount makes the account of an address that nobody had.
func newAccount(out *Outcome, scene Flow, e InviteTaken, p account.ProductAccount, mailbox ident.ProofID, now time.Time) {
	out.Accounts = []account.Account{{ID: scene.Owner, Status: account.Active, Name: p.Name, Locale: e.Locale, CreatedAt: now}}
	out.Addresses = []account.Address{{Email: scene.Email, Account: scene.Owner, VerifiedAt: now, Proof: mailbox, Primary: true}}
	out.Credentials = []account.Credential{{ID: e.Fresh.Credential, Account: scene.Owner, Kind: account.Password,
		Origin: account.OriginSet, Hash: e.Hash, CreatedAt: now}}
	out.Events = append(out.Events, note(&scene, e.Act, 3, now, audit.AccountCreated, account.OriginSet))
}

// knownAccount rests the decision on the account as it was read.
func knownAccount(out *Outcome, e InviteTaken) {
	owner := e.Owner
	out.Reads = append(out.Reads, Read{Table: TableAccount, ID: string(owner.Account.ID), Version: owner.Account.Version})
	if e.Rehash != "" {
		owner.Credential.Hash = e.Rehash
		out.Credentials = []account.Credential{owner.Credential}
		return
	}
	out.Reads = append(out.Reads, Read{Table: TableCredential, ID: string(owner.Credential.ID), Version: owner.Credential.Version})
}

// tellAccepted tells the address, and the account's own where it is another one. Each mail can have the link suspended.
func tellAccepted(out *Outcome, i Invitation, scene Flow, e InviteTaken, other account.Method, now time.Time) {
	to := [2]ident.Email{i.Email}
	if e.Owner != nil && e.Owner.Primary != i.Email {
		to[1] = e.Owner.Primary
	}
	for n, address := range to {
		if address.IsZero() {
			continue
		}
		facts := factsOf(scene, e.Act)
		facts.LinkedAt, facts.Address, facts.NotMe = now, i.Email, e.Fresh.NotMe[n]
		facts.Proofs = string(account.Invitation) + "," + string(other)
		out.InvitationTokens = append(out.InvitationTokens, i.mailToken(PurposeNotMe, e.Fresh.NotMeHash[n], now, now.Add(ReportTTL)))
		out.Mails = append(out.Mails, Mail{ID: e.Fresh.Mails[n], Kind: MailLinked, Tenant: i.Tenant, To: address, Locale: e.Locale,
			Facts: facts, At: now, Deadline: now.Add(24 * time.Hour)})
	}
}
