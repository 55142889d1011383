package self

import (
	"cmp"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// Close ends an account for good: its links end, its addresses are free for another account, its password and its
// sessions are gone. Product accounts stay with their `sub`, and their own logins lead in again; whoever proves one begins
// a new account. sure says that the person said so besides giving the password: fault.Invalid "close.unsure" otherwise.
func Close(h Holding, sure bool, a Act, now time.Time) (linking.Outcome, error) {
	if err := a.may(h, now); err != nil {
		return linking.Outcome{}, err
	}
	if !sure {
		return linking.Outcome{}, fault.New(fault.Invalid, "close.unsure")
	}
	if !a.Right {
		return a.wrong(h, now), nil
	}
	closed := h.Account
	closed.Status = account.Closed
	out := linking.Outcome{
		Reads:            append(h.whole(), linking.Read{Table: linking.TableCredential, ID: string(h.Credential.ID), Version: h.Credential.Version}),
		Accounts:         []account.Account{closed},
		DroppedAddresses: h.Addresses,
		EndSessions:      []linking.SessionsEnd{{Account: closed.ID}},
		EndFlows:         []linking.FlowsEnd{{Account: closed.ID}},
		VoidCapabilities: []linking.CapabilitiesVoid{{Account: closed.ID}},
		Events:           []audit.Event{a.note(closed.ID, nil, audit.AccountClosed, string(account.ReasonClosed), now)},
	}
	if h.Credential.ID != "" {
		out.DroppedCredentials = []account.Credential{h.Credential}
	}
	facts := linking.MailFacts{Address: h.Primary()}
	var recorded []ident.Email
	for _, l := range h.Links {
		ended := l.Link
		ended.State, ended.Reason, ended.EndedAt = account.LinkEnded, account.ReasonClosed, now
		out.Links = append(out.Links, ended)
		out.EndSessions = append(out.EndSessions, linking.SessionsEnd{Tenant: ended.Tenant, ProductAccount: ended.ProductAccount})
		out.Events = append(out.Events, a.note(closed.ID, &ended, audit.LinkEnded, string(account.ReasonClosed), now))
		if l.Link.State != account.LinkPending {
			recorded = append(recorded, l.ProductAccount.Email)
			facts.TimeZone = cmp.Or(facts.TimeZone, l.TimeZone)
		}
	}
	for _, d := range h.Deferrals {
		d.EndedAt = now
		out.Deferrals = append(out.Deferrals, d)
	}
	a.tell(&out, linking.MailClosed, "", facts, now, h.addresses(), recorded)
	return out, nil
}

// SignOut ends the sessions of the browser in which somebody signs out. Leaving is never refused, so it decides on nothing.
func SignOut(a Act, now time.Time) linking.Outcome {
	e := a.note(a.Session.Account, nil, audit.SignedOut, "here", now)
	e.Tenant, e.ProductAccount = a.Session.Tenant, a.Session.ProductAccount
	return linking.Outcome{EndSessionsOf: a.Session.Browser, Events: []audit.Event{e}}
}

// EndSession ends another session of the same account.
func EndSession(h Holding, s account.Session, a Act, now time.Time) (linking.Outcome, error) {
	if err := a.may(h, now); err != nil {
		return linking.Outcome{}, err
	}
	if s.ID == "" || s.Account != h.Account.ID || s.ID == a.Session.ID || !s.EndedAt.IsZero() {
		return linking.Outcome{}, fault.New(fault.Missing, "session.missing")
	}
	s.EndedAt = now
	return linking.Outcome{Reads: []linking.Read{h.itself()}, Sessions: []account.Session{s},
		Events: []audit.Event{a.note(h.Account.ID, nil, audit.SignedOut, "elsewhere", now)}}, nil
}

// EndOthers ends every session of the account but the one it is said in.
func EndOthers(h Holding, a Act, now time.Time) (linking.Outcome, error) {
	if err := a.may(h, now); err != nil {
		return linking.Outcome{}, err
	}
	return linking.Outcome{Reads: []linking.Read{h.itself()},
		EndSessions: []linking.SessionsEnd{{Account: h.Account.ID, ExceptSession: a.Session.ID}},
		Events:      []audit.Event{a.note(h.Account.ID, nil, audit.SignedOut, "others", now)}}, nil
}
