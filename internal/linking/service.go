package linking

import (
	"cmp"
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Connectors finds the live adapter of a declared connector.
type Connectors interface {
	// Connector fails with fault.Unavailable when the adapter could not be started.
	Connector(name ident.ConnectorName) (connector.Connector, error)
}

// Place is that of one who waits for a password to be checked. Aside gives it up while a product is asked, Back takes it again, and
// Leave is the end of it.
type Place interface {
	Aside()
	Back()
	Leave()
}

// Passwords hashes and checks the account's own passwords. Both kinds of check cost the same.
type Passwords interface {
	// Enter fails with fault.Unavailable while so many wait that one more would not get its turn.
	Enter() (Place, error)
	Hash(ctx context.Context, password string) (string, error)
	// Verify reports a match, and whether the stored hash has old costs.
	Verify(ctx context.Context, stored, password string) (ok, rehash bool, err error)
	// Dummy spends what Verify spends.
	Dummy(ctx context.Context, password string) error
	// Weakness is why a password will not do ("too_short", "common"), empty when it will; floor is its least length in
	// characters, words are names it must not be made of.
	Weakness(password string, floor int, words ...string) string
}

// Dice draws what must not be guessed, and hashes it the way it is stored.
type Dice interface {
	ID(prefix string) string
	Secret() string
	// SessionSecret is the secret of the session that a form makes. The same form always makes the same one, so that who sends
	// it twice can be given the session again; without a form it is a new one each time.
	SessionSecret(stepToken string) string
	OTP() string
	Ref() string
	// Hash is the stored form of a secret of 256 bits; the purpose keeps kinds of secret apart.
	Hash(purpose, secret string) string
	// Derive makes a second secret out of a first: who has the first has both, and not the other way round.
	Derive(purpose, secret string) string
	// CodeHash is the stored form of a short code: keyed, and bound to the flow. ok is false for what cannot be a code.
	CodeHash(flow ident.FlowID, typed string) (hash string, ok bool)
}

// The purposes of secrets that this package stores.
const (
	SecretConfirm = "mail_token"
	SecretNotMe   = "undo_token"
	SecretSession = "session"
)

// The least lengths of passwords in characters (NIST SP 800-63B-4 §3.1.1.2): of one that is carried over from a
// product, and of one that is set here and stands alone.
const (
	AdoptFloor = 8
	SetFloor   = 15
)

// Service is the conversation with its parts: it loads, asks the product, lets Advance decide, and commits. It decides
// nothing itself.
type Service struct {
	Store      Store
	Joins      JoinStore
	Accounts   AccountStore
	Tallies    TallyStore
	Connectors Connectors
	Passwords  Passwords
	Dice       Dice
	Now        func() time.Time
}

// Step is one form sent by a person: for which flow, from which browser, and the token of the form.
type Step struct {
	Flow      ident.FlowID
	Browser   ident.BrowserID
	StepToken string
	// Network is where it came from, shortened; failed attempts are counted by it.
	Network string
	// Locale is the language of the page it came from; what is mailed from now on is in it. Empty leaves the flow's.
	Locale string
	// Read is the conversation as the request has found it, to be decided on without reading it again; nil reads it. If it has
	// moved on since, nothing is lost: the step is decided anew.
	Read *Conversation
}

// Result is where a step led.
type Result struct {
	Flow Flow
	// Problem is why the step was refused although it was taken note of; empty when it went through.
	Problem string
	// SessionSecret is the new session's cookie; empty when there is none.
	SessionSecret string
	// MailSecret is the secret of a link that this browser has opened in another flow and that counts in this one; empty
	// otherwise.
	MailSecret string
	// Replayed says that the form had been taken before: nothing was decided for this one.
	Replayed bool
	// Suspended says that a finished link was taken out of use.
	Suspended bool
	// OTP is a code to show once; empty otherwise.
	OTP string
}

// Begin starts a flow. fault.Throttled "flows.wait" when its network has begun too many that proved nothing.
func (s *Service) Begin(ctx context.Context, start Start) (Flow, error) {
	if err := s.limitFlows(ctx, start); err != nil {
		return Flow{}, err
	}
	start.Flow = ident.FlowID(s.Dice.ID("fl"))
	start.Ref = ident.Ref(s.Dice.Ref())
	start.Event = ident.EventID(s.Dice.ID("ev"))
	out := Begin(start, s.Now())
	if err := s.Store.Commit(ctx, out); err != nil {
		return Flow{}, err
	}
	out.Flow.Version = 1
	return out.Flow, nil
}

// Flow is the flow for its own browser; anybody else is told that there is none.
func (s *Service) Flow(ctx context.Context, id ident.FlowID, browser ident.BrowserID) (Flow, error) {
	f, err := s.Store.Flow(ctx, id)
	if err != nil {
		return Flow{}, err
	}
	if err := f.heldBy(browser); err != nil {
		return Flow{}, err
	}
	return f, nil
}

// Conversation is the flow for its own browser, with what was declared for it; anybody else is told that there is none.
func (s *Service) Conversation(ctx context.Context, id ident.FlowID, browser ident.BrowserID) (Conversation, error) {
	c, err := s.Store.Conversation(ctx, id)
	if err != nil {
		return Conversation{}, err
	}
	if err := c.Flow.heldBy(browser); err != nil {
		return Conversation{}, err
	}
	return c, nil
}

// heldBy fails with fault.Missing for every browser but the flow's own.
func (f Flow) heldBy(browser ident.BrowserID) error {
	if browser == "" || f.Browser != browser || f.BrowserGone {
		return fault.New(fault.Missing, "flow.missing")
	}
	return nil
}

// moves is how often a step is decided anew when somebody else was faster.
const moves = 4

// decide builds the event for the flow as it is now.
type decide func(ctx context.Context, f Flow, a *Act) (Event, error)

// run is the loop of every step: load, decide, commit, and again when a row has moved meanwhile. A form that was sent
// twice gets the first one's answer.
func (s *Service) run(ctx context.Context, step Step, build decide) (Result, error) {
	var last error
	taken := map[string]bool{}
	for range moves {
		read, err := s.read(ctx, &step)
		if err != nil {
			return Result{}, err
		}
		f := read.Flow
		if step.StepToken != "" && f.LastStep == step.StepToken && f.Browser == step.Browser {
			return Result{Flow: f, Replayed: true}, nil
		}
		result, err := s.once(ctx, read, step, build, taken)
		if err == nil {
			return result, nil
		}
		if fault.KeyOf(err) != keyStale {
			if step.Read = s.moved(ctx, f, err); step.Read == nil {
				return result, err
			}
		}
		last = err
	}
	return Result{}, last
}

// moved is the conversation as it is now, if it has moved on since the flow was read on which a step was refused; nil if it has
// not. What the step was refused for may be what moved it: the same form, a moment before.
func (s *Service) moved(ctx context.Context, f Flow, err error) *Conversation {
	if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Moved) && !fault.Is(err, fault.Invalid) {
		return nil
	}
	now, err := s.Store.Conversation(ctx, f.ID)
	if err != nil || now.Flow.Version == f.Version {
		return nil
	}
	return &now
}

// read is the conversation as the step has brought it, once, and else as it is now.
func (s *Service) read(ctx context.Context, step *Step) (Conversation, error) {
	if read := step.Read; read != nil {
		step.Read = nil
		return *read, nil
	}
	return s.Store.Conversation(ctx, step.Flow)
}

// keyStale marks the store's "somebody was faster"; other Moved failures are answers for the person.
const keyStale = "store.moved"

// once decides and commits a single time; taken are the mails that were counted already.
func (s *Service) once(ctx context.Context, read Conversation, step Step, build decide, taken map[string]bool) (Result, error) {
	f, setting := read.Flow, read.Setting
	f.Locale = cmp.Or(step.Locale, f.Locale)
	secret := s.Dice.SessionSecret(step.StepToken)
	act := &Act{Browser: step.Browser, Setting: &setting, Step: step.StepToken, Fresh: s.fresh(secret)}
	event, err := build(ctx, f, act)
	if err != nil {
		return Result{}, err
	}
	out, err := Advance(f, event, s.Now())
	if err != nil {
		return Result{}, err
	}
	if err := s.limitMails(ctx, setting.Suite.Limits.OrDefault(), out, taken); err != nil {
		return Result{}, err
	}
	if err := s.Store.Commit(ctx, out); err != nil {
		if fault.Is(err, fault.Moved) {
			return Result{}, fault.Wrap(fault.Moved, keyStale, err)
		}
		return Result{}, err
	}
	out.Flow.Version = f.Version + 1
	result := Result{Flow: out.Flow, Problem: out.Problem}
	if len(out.Sessions) > 0 {
		result.SessionSecret = secret
	}
	for _, l := range out.Links {
		result.Suspended = result.Suspended || l.State == account.LinkSuspended
	}
	return result, nil
}

// fresh draws one of each identifier.
func (s *Service) fresh(sessionSecret string) Fresh {
	d := s.Dice
	f := Fresh{
		Account: ident.AccountID(d.ID("ac")), Credential: ident.CredentialID(d.ID("cr")),
		ProductAccount: ident.ProductAccountID(d.ID("pa")), Subject: ident.Subject(d.ID("sub")),
		Link: ident.LinkID(d.ID("ln")), Proof: ident.ProofID(d.ID("pr")), MailboxProof: ident.ProofID(d.ID("pr")),
		Session: ident.SessionID(d.Hash(SecretSession, sessionSecret)),
	}
	for i := range f.NotMe {
		f.NotMe[i] = d.Secret()
		f.NotMeHash[i] = d.Hash(SecretNotMe, f.NotMe[i])
	}
	for i := range f.Mails {
		f.Mails[i] = ident.MailID(d.ID("ml"))
	}
	for i := range f.Events {
		f.Events[i] = ident.EventID(d.ID("ev"))
	}
	return f
}

// Identify takes what the person says they are called. Nothing is looked up yet, and the page after it is the same for
// everybody; only a pilot asks whom it stands for, and sends away who does not take part.
func (s *Service) Identify(ctx context.Context, step Step, typed string) (Result, error) {
	id, err := ident.ParseIdentifier(typed)
	if err != nil {
		return Result{}, err
	}
	return s.run(ctx, step, s.identify(id))
}

// finishFacts reads what the end is decided on.
func (s *Service) finishFacts(ctx context.Context, f Flow, a *Act) (FinishFacts, error) {
	if f.Candidate == nil || f.Email.IsZero() {
		return FinishFacts{}, fault.New(fault.Moved, "flow.elsewhere")
	}
	owner, err := s.Store.Owner(ctx, f.Tenant, f.Product, ident.RestoreIdentifier(f.Email.Key()))
	if err != nil {
		return FinishFacts{}, err
	}
	c := f.Candidate
	facts, err := s.Store.ProductAccount(ctx, c.Tenant, c.Product, c.ExternalID, c.Generation)
	if err != nil {
		return FinishFacts{}, err
	}
	finish := FinishFacts{AddressOwner: owner, ProductAccount: facts}
	return finish, s.askAgain(ctx, f, a, &finish)
}

// askAgain asks the product whether the candidate is still there. A product that does not answer leaves everything as it
// is: the person can go on once it does.
func (s *Service) askAgain(ctx context.Context, f Flow, a *Act, finish *FinishFacts) error {
	conn, err := s.Connectors.Connector(a.Setting.Connector.Name)
	if err != nil {
		return err
	}
	finder, ok := conn.(connector.Finder)
	if !ok {
		return nil
	}
	records, err := finder.Find(ctx, connector.Query{By: connector.ByID, Value: string(f.Candidate.ExternalID)})
	if err != nil {
		return err
	}
	finish.Asked = true
	if len(records) == 1 {
		finish.Record = &records[0]
	}
	return nil
}
