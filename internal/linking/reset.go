package linking

import (
	"time"

	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// ResetAskTTL is how long a product that does not answer is asked again to send its reset mail. Later the mail would come
// when nobody waits for it any more.
const ResetAskTTL = 30 * time.Minute

// keyProductDown marks a product that did not answer when it was to be asked.
const keyProductDown = "connector.down"

// ResetAsked: the person does not remember the product's password and named the address it knows (seed: "enter the email
// address tied to your legacy account in the additional product"). Nothing is looked up for it: the answer is the same
// whether or not the product knows the address.
type ResetAsked struct {
	*Act
	Identifier ident.Identifier
	// Owned says that an account has the address. Before anybody has signed in it gets its own reset, and the product is
	// asked nothing.
	Owned bool
	// Able says that the product can send a reset mail at all.
	Able bool
	// Down says that the product does not answer, whoever is asked about.
	Down bool
}

// Kind names the event.
func (ResetAsked) Kind() EventKind { return OnResetAsked }

// ResetsLeft is how many reset mails can still be asked for.
func (f Flow) ResetsLeft() int { return max(0, Resends+1-f.Resets) }

// resetAsked counts a reset mail and queues the asking: the product hears of it after the commit, so that the answer takes
// as long for an address that it knows as for any other. No account, link, password or proof changes by it, now or when
// the product's password has a new value.
func resetAsked(f Flow, e ResetAsked, now time.Time) (Outcome, error) {
	if f.Product == "" {
		return Outcome{}, fault.New(fault.Denied, "flow.no_product")
	}
	email, ok := e.Identifier.Email()
	if !ok {
		return Outcome{}, fault.New(fault.Invalid, "email.malformed")
	}
	if !e.Able && f.State == AwaitLink {
		return Outcome{}, fault.New(fault.Denied, "reset.elsewhere")
	}
	if err := mayReset(f, now); err != nil {
		return Outcome{}, err
	}
	f.Identifier = e.Identifier
	if e.Down {
		// The address is kept, so that nobody types it again; nothing is counted.
		return Outcome{Flow: f, Problem: keyProductDown,
			Events: []audit.Event{note(&f, e.Act, 0, now, audit.ProductDown, "")}}, nil
	}
	f.Resets++
	f.LastResetAt = now
	out := Outcome{Flow: f, Events: []audit.Event{note(&f, e.Act, 0, now, audit.ResetAsked, "")}}
	if e.Able && !(e.Owned && f.State == AwaitPassword) {
		facts := factsOf(f, e.Act)
		facts.RequestedAt, facts.ProductID = now, f.Product
		out.Mails = []Mail{{ID: e.Fresh.Mails[0], Kind: MailProductReset, Tenant: f.Tenant, Flow: f.ID, To: email,
			Locale: f.Locale, Facts: facts, At: now, Deadline: now.Add(ResetAskTTL)}}
	}
	return out, nil
}

// mayReset holds the limits of the mails that are ours for those of the product too: three resends, a minute between two.
func mayReset(f Flow, now time.Time) error {
	if f.Resets == 0 {
		return nil
	}
	if f.Resets > Resends {
		return fault.New(fault.Throttled, "resend.used_up")
	}
	if wait := f.LastResetAt.Add(ResendPause).Sub(now); wait > 0 {
		return fault.Wait("resend.wait", wait)
	}
	return nil
}
