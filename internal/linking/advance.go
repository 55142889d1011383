package linking

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Start says where a flow begins.
type Start struct {
	Flow        ident.FlowID
	Kind        Kind // empty: KindLink
	Ref         ident.Ref
	Event       ident.EventID
	Tenant      ident.TenantID
	Product     ident.ProductID
	AuthRequest ident.AuthRequestID
	Browser     ident.BrowserID
	Origin      Origin
	Locale      string
	// Owner is the account that is signed in and is to get a link, OwnerEmail its primary address and OwnerAuthAt when it
	// gave its password; empty for everybody else.
	Owner       ident.AccountID
	OwnerEmail  ident.Email
	OwnerAuthAt time.Time
	// Offers are the account's links that wait and were proven in this browser: the person is asked about them at once.
	Offers []Offer
	// Follows is a flow that ran out of time and is gone on with after the sign-in.
	Follows ident.FlowID
	// Hint fills the first page in; it proves nothing.
	Hint ident.Identifier
	// Opened is the hash of a mailed link of another flow that this browser has opened and wants to go on with.
	Opened string
	// Notice is a key of what was done just before, for the first pages to say.
	Notice string
}

// Begin makes a new flow.
func Begin(s Start, now time.Time) Outcome {
	f := Flow{
		ID: s.Flow, Kind: cmp.Or(s.Kind, KindLink), State: AwaitIdentifier, Tenant: s.Tenant, Product: s.Product,
		AuthRequest: s.AuthRequest, Browser: s.Browser, Ref: s.Ref, Origin: s.Origin, Locale: s.Locale,
		Identifier: s.Hint, Opened: s.Opened, Follows: s.Follows, Notice: s.Notice,
		CreatedAt: now, ChangedAt: now, Deadline: now.Add(FlowTTL),
	}
	if s.Owner != "" {
		f.State, f.Owner, f.Email, f.OwnerAuthAt = AwaitLink, s.Owner, s.OwnerEmail, s.OwnerAuthAt
		f.Deadline = s.OwnerAuthAt.Add(FreshTTL)
		if len(s.Offers) > 0 {
			f.State, f.Offers = AwaitJoin, s.Offers
		}
	}
	return Outcome{Flow: f, Events: []audit.Event{{
		ID: s.Event, Tenant: s.Tenant, At: now, Action: audit.FlowBegun, Ref: s.Ref, Flow: s.Flow, Network: s.Origin.Network,
	}}}
}

// Advance decides one step. An error means that nothing changes: fault.Invalid and fault.Throttled can be corrected
// and sent again, fault.Moved means that the step does not belong to where the flow is, fault.Denied that it never
// will. An Outcome with a Problem is committed all the same: the refusal itself is a fact.
func Advance(f Flow, e Event, now time.Time) (Outcome, error) {
	a := e.(actor).act()
	row, ended, err := guard(&f, e.Kind(), a, now)
	if err != nil {
		return Outcome{}, err
	}
	if ended != nil {
		return *ended, nil
	}
	out, err := step(f, e, now)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(row.To, out.Flow.State) {
		return Outcome{}, fault.Wrap(fault.Internal, "flow.table",
			fmt.Errorf("%s on %s led to %s, which the table does not have", f.State, e.Kind(), out.Flow.State))
	}
	stamp(&out, &f, a, now)
	return out, nil
}

// guard says whether an event may be looked at in the flow at all: the row of the table it falls under, or the outcome
// that ends the flow here, or the refusal. Nobody's password is checked before it has passed.
func guard(f *Flow, on EventKind, a *Act, now time.Time) (Transition, *Outcome, error) {
	row, ok := transition(f.State, on)
	if f.State.Terminal() && !ok {
		return Transition{}, nil, fault.New(fault.Moved, "flow.over")
	}
	if fromFirstTab(on) && (a.Browser == "" || a.Browser != f.Browser || f.BrowserGone) {
		return Transition{}, nil, fault.New(fault.Denied, "flow.other_browser")
	}
	if a.Setting.Tenant.ID != f.Tenant || a.Setting.Product.ID != f.Product {
		return Transition{}, nil, fault.New(fault.Denied, "flow.other_tenant")
	}
	if f.State.Terminal() || f.State == AwaitJoin && on == OnStopped {
		return row, nil, nil
	}
	if !now.Before(f.Deadline) {
		out := settle(*f, a, now, f.over(Expired), "flow.expired", audit.FlowExpired)
		return Transition{}, &out, nil
	}
	// A report counts whatever is switched off: it can only ever cancel.
	if reason := switchedOff(f, a.Setting); reason != "" && on != OnStopped {
		out := settle(*f, a, now, f.over(Refused), reason, audit.FlowRefused)
		return Transition{}, &out, nil
	}
	if !ok {
		return Transition{}, nil, fault.New(fault.Moved, "flow.elsewhere")
	}
	return row, nil, nil
}

// over is where a flow ends that goes no further: what was done before the offers stays done.
func (f Flow) over(to State) State {
	switch {
	case f.State != AwaitJoin:
		return to
	case f.Candidate != nil:
		return Linked
	}
	return SignedIn
}

// fromFirstTab reports that an event counts only from the browser that began. The others come from whoever holds the
// mail, and give nothing to the one who sends them.
func fromFirstTab(k EventKind) bool { return k != OnCodeShown && k != OnStopped }

// step is the one switch over all events; the table has already said that the event is allowed here.
func step(f Flow, e Event, now time.Time) (Outcome, error) {
	switch e := e.(type) {
	case Identified:
		return identified(f, e, now), nil
	case AccountPasswordChecked:
		return accountPassword(f, e, now), nil
	case LegacyPasswordChecked:
		return legacyPassword(f, e, now)
	case EmailGiven:
		return emailGiven(f, e, now)
	case ResendAsked:
		return resendAsked(f, e, now)
	case ResetAsked:
		return resetAsked(f, e, now)
	case CodeShown:
		return codeShown(f, e, now)
	case Confirmed:
		return confirmed(f, e, now)
	case CodeTyped:
		return codeTyped(f, e, now)
	case PasswordSet:
		return passwordSet(f, e, now)
	case MailAsked:
		return mailAsked(f, e, now)
	case Joined:
		return joined(f, e, now)
	case Stopped:
		return stopped(f, e, now)
	case GaveUp:
		return settle(f, e.Act, now, f.over(Abandoned), "flow.abandoned", audit.FlowAbandoned), nil
	}
	return Outcome{}, fault.New(fault.Internal, "flow.event")
}

// settle ends a flow without a link. The reason is what the person is told.
func settle(f Flow, a *Act, now time.Time, to State, reason string, action audit.Action) Outcome {
	f.State, f.Reason = to, reason
	f.AdoptHash, f.CodeHash, f.Offers = "", "", nil
	out := Outcome{Flow: f, Problem: reason}
	if reason == "flow.abandoned" || to == Abandoned {
		out.Problem = ""
	}
	out.Events = []audit.Event{note(&f, a, 0, now, action, reason)}
	stamp(&out, &f, a, now)
	return out
}

// stamp adds what every outcome has: the rows of the directory it rests on, and the marks of the step.
func stamp(out *Outcome, f *Flow, a *Act, now time.Time) {
	out.Flow.Version = f.Version
	out.Flow.ChangedAt = now
	if a.Step != "" {
		out.Flow.LastStep = a.Step
	}
	out.Reads = declared(out.Reads, f, a)
}

// declared adds the rows of the directory, once.
func declared(reads []Read, f *Flow, a *Act) []Read {
	if f.Tenant == "" || slices.ContainsFunc(reads, func(r Read) bool { return r.Table == TableTenant }) {
		return reads
	}
	all := make([]Read, 0, len(reads)+3)
	all = append(all, reads...)
	all = append(all, Read{Table: TableTenant, ID: string(f.Tenant), Version: a.Setting.Tenant.Version})
	if f.Product != "" {
		all = append(all, Read{Table: TableProduct, ID: string(f.Product), Version: a.Setting.Product.Version},
			Read{Table: TableInstance, Tenant: f.Tenant, ID: string(f.Product), Version: a.Setting.Instance.Version})
	}
	return all
}

// note is an audit event of the flow.
func note(f *Flow, a *Act, i int, now time.Time, action audit.Action, reason string) audit.Event {
	ev := audit.Event{
		ID: a.Fresh.Events[i], Tenant: f.Tenant, At: now, Action: action, Reason: reason,
		Ref: f.Ref, Flow: f.ID, Account: f.Owner, Network: f.Origin.Network,
	}
	if f.Candidate != nil {
		ev.ProductAccount = f.Candidate.ID
	}
	return ev
}

func identified(f Flow, e Identified, now time.Time) Outcome {
	f.Identifier = e.Identifier
	if told(e.Setting) && outside(&f, e.Setting, e.Pilot) {
		return notYet(f, e.Act, now)
	}
	f.State = AwaitPassword
	return Outcome{Flow: f, Events: []audit.Event{note(&f, e.Act, 0, now, audit.Identified, "")}}
}

// accountPassword signs somebody in who has an account. A wrong password, an account without one and one that is
// switched off are the same to the person.
func accountPassword(f Flow, e AccountPasswordChecked, now time.Time) Outcome {
	owner := e.Owner
	good := e.Right && owner.Account.Status == account.Active && owner.Credential.Hash != ""
	if (good || told(e.Setting)) && outside(&f, e.Setting, e.Pilot) {
		return notYet(f, e.Act, now)
	}
	if !good {
		problem := "password.unknown"
		if e.Known || e.Setting.Suite.Disclosure == directory.Uniform {
			problem = "password.wrong"
		}
		return refusePassword(f, e.Act, now, problem)
	}
	f.State, f.Owner, f.SessionFrom = SignedIn, owner.Account.ID, account.ScopeFull
	f.OwnerAuthAt = now
	if f.Offers = waitingHere(f, e.Waiting, now); len(f.Offers) > 0 {
		f.State, f.Email, f.Deadline = AwaitJoin, owner.Primary, now.Add(FreshTTL)
	}
	out := Outcome{Flow: f, EndSessionsOf: e.Browser}
	out.Reads = append(out.Reads,
		Read{Table: TableAccount, ID: string(owner.Account.ID), Version: owner.Account.Version})
	if e.Rehash != "" {
		owner.Credential.Hash = e.Rehash
		out.Credentials = append(out.Credentials, owner.Credential)
	} else {
		out.Reads = append(out.Reads, Read{Table: TableCredential, ID: string(owner.Credential.ID), Version: owner.Credential.Version})
	}
	out.Sessions = []account.Session{session(f, e.Act, now, account.AccountPassword)}
	out.Events = []audit.Event{note(&f, e.Act, 0, now, audit.SignedIn, string(account.AccountPassword))}
	return out
}

// refusePassword counts a wrong password and stays.
func refusePassword(f Flow, a *Act, now time.Time, problem string) Outcome {
	f.Failures++
	return Outcome{Flow: f, Problem: problem, Events: []audit.Event{note(&f, a, 0, now, audit.PasswordRefused, problem)}}
}

// session is the session that a flow ends in.
func session(f Flow, a *Act, now time.Time, methods ...account.Method) account.Session {
	ttl := a.Setting.Suite.Sessions.OrDefault()
	s := account.Session{
		ID: a.Fresh.Session, Browser: f.Browser, Account: f.Owner, Scope: f.SessionFrom, Methods: methods,
		AuthAt: now, UsedAt: now, IdleTTL: ttl.FullIdle, Deadline: now.Add(ttl.Full),
		Agent: f.Origin.Agent, Network: f.Origin.Network,
	}
	if f.SessionFrom == account.ScopeProduct {
		s.Tenant, s.Product, s.ProductAccount = f.Tenant, f.Product, f.Candidate.ID
		s.AuthAt = f.Legacy.At
		s.IdleTTL, s.Deadline = ttl.ProductIdle, now.Add(ttl.Product)
	}
	return s
}
