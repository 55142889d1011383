package mail

import (
	"errors"
	"maps"
	"slices"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Kind names one of the mails. It is stored with the message, so it never changes its meaning.
type Kind string

// The mails.
const (
	// KindConfirm (E1) asks to confirm an address that no account owns.
	//
	// Keys: product, tenant, username_masked, requested_at, until, minutes, agent, network, request, mail_token,
	// not_me_token; optional resent_at, zone.
	KindConfirm Kind = "confirm"
	// KindJoin (E2) asks to confirm an address that an account owns already. Keys as KindConfirm.
	KindJoin Kind = "join"
	// KindLinked (E4) says that a product account was linked; it goes to every address known of that person, one
	// message each.
	//
	// Keys: product, tenant, username_masked, linked_at, agent, network, proof, address, request, not_me_token;
	// optional zone. An address other than the receiver's own is shown masked.
	KindLinked Kind = "linked"
	// KindWaits says that a product account waits for the password of the account that has the address; it goes to every
	// address known of the two, one message each. Keys as KindLinked.
	KindWaits Kind = "waits"
	// KindActivate asks somebody who is signed in to prove their mailbox once more. Keys as KindConfirm.
	KindActivate Kind = "activate"
	// KindReported tells an administrator of the tenant that somebody said "this was not me".
	//
	// Keys: product, tenant, username_masked, address, requested_at, reported_at, agent, network, request, outcome;
	// optional recognised, zone.
	KindReported Kind = "reported"
	// KindUnlinked (E5) says that a person took a link apart, and KindRelinked that they took that back.
	//
	// Keys: product, tenant, username_masked, done_at, agent, network, request; unlinked also until; optional zone.
	KindUnlinked Kind = "unlinked"
	KindRelinked Kind = "relinked"
	// KindMerged says that two accounts of one person became one, and KindParted that this was taken back.
	//
	// Keys: address (of the account that goes on), other_address, done_at, agent, network, request; merged also until;
	// optional products, zone. An address other than the receiver's own is shown masked.
	KindMerged Kind = "merged"
	KindParted Kind = "parted"
	// KindClosed says that a person closed their account.
	//
	// Keys: address, done_at, agent, network, request; optional zone.
	KindClosed Kind = "closed"
	// KindReset (S11) holds the link to a new password of the account.
	//
	// Keys: requested_at, until, minutes, agent, network, mail_token; optional zone.
	KindReset Kind = "reset"
	// KindPasswordChanged (E6) says that the account's password was changed; it goes to every address of the account, and,
	// after a reset, to those that linked products record. It holds no link that signs anybody in.
	//
	// Keys: done_at, agent, network, address, how; optional zone. An address other than the receiver's own is shown masked.
	KindPasswordChanged Kind = "password_changed"
	// KindEmailConfirm asks the reader of a mailbox whether an account may have it as its address.
	//
	// Keys: requested_at, until, minutes, agent, network, request, mail_token, not_me_token, address; optional resent_at, zone.
	KindEmailConfirm Kind = "email_confirm"
	// KindEmailApprove asks the reader of the present mailbox whether the account may move to another. Keys as
	// KindEmailConfirm; the address is the new one, shown masked.
	KindEmailApprove Kind = "email_approve"
	// KindEmailChanged says that an account has another address; it goes to both.
	//
	// Keys: done_at, agent, network, address; optional zone.
	KindEmailChanged Kind = "email_changed"
	// KindInvited asks somebody to take a product account that nobody has used.
	//
	// Keys: product, tenant, requested_at, until, request, mail_token, not_me_token; optional resent_at, zone.
	KindInvited Kind = "invited"
	// KindDeclined tells an administrator of the tenant that somebody did not expect an invitation.
	//
	// Keys: product, tenant, address, requested_at, reported_at, request, outcome; optional recognised, zone.
	KindDeclined Kind = "declined"
	// KindRevoked says that an administrator of the product took an accepted invitation back.
	//
	// Keys: product, tenant, reported_at, request; optional zone.
	KindRevoked Kind = "revoked"
	// KindStopped (E7) tells whoever said "this was not me" what came of it.
	//
	// Keys: product, tenant, request, outcome; optional told.
	KindStopped Kind = "stopped"
	// KindLegacyTried tells the owner of an account that the old password of a linked product account was tried.
	//
	// Keys: product, tenant, tries.
	KindLegacyTried Kind = "legacy_tried"
	// KindAlreadyLinked answers, at the address that a product records, to somebody who asked for the password of a product
	// account that is linked.
	//
	// Keys: product, tenant, requested_at, agent, network, request; optional zone.
	KindAlreadyLinked Kind = "already_linked"
)

// The keys of Message.Values. Instants are RFC 3339.
const (
	// KeyProduct is the product's display name, as the operator declared it.
	KeyProduct = "product"
	// KeyTenant is the tenant's display name, as the operator declared it.
	KeyTenant = "tenant"
	// KeyUsername is the user name in the product, masked by the caller (ident.MaskUsername): the reader may be a stranger.
	KeyUsername = "username_masked"
	// KeyRequestedAt is when the address was given.
	KeyRequestedAt = "requested_at"
	// KeyResentAt is when the person asked for the mail again; absent on the first one.
	KeyResentAt = "resent_at"
	// KeyLinkedAt is when the link became active.
	KeyLinkedAt = "linked_at"
	// KeyReportedAt is when "this was not me" was sent, or an invitation was revoked.
	KeyReportedAt = "reported_at"
	// KeyUntil is the instant until which the mail's link works.
	KeyUntil = "until"
	// KeyMinutes is how long the link works from the time of sending, a whole number of at least 1.
	KeyMinutes = "minutes"
	// KeyAgent is browser and system in words of ours ("Chrome on Windows"), never the raw header, or "unknown".
	KeyAgent = "agent"
	// KeyNetwork is the requester's network ("192.0.2.0/24") or "unknown". A whole address is cut to /24 or /48 here.
	KeyNetwork = "network"
	// KeyRequest is the number that is on the screen too ("K7Q-4MD").
	KeyRequest = "request"
	// KeyMailToken is the MailToken of the link to confirm.
	KeyMailToken = "mail_token"
	// KeyNotMeToken is the token of "this was not me".
	KeyNotMeToken = "not_me_token"
	// KeyAddress is the address that was confirmed (linked) or given (reported).
	KeyAddress = "address"
	// KeyProof lists the methods that proved the link, separated by commas: legacy_password, mailbox_link,
	// mailbox_code, account_password, invitation.
	KeyProof = "proof"
	// KeyOutcome is what "this was not me" did: stopped (the request is dead) or suspended (the finished link is).
	KeyOutcome = "outcome"
	// KeyTold is "yes" where administrators were told as well.
	KeyTold = "told"
	// KeyTries is how often an old password was tried, a whole number of at least 1.
	KeyTries = "tries"
	// KeyRecognised is what the reader answered: no or known.
	KeyRecognised = "recognised"
	// KeyDoneAt is when the person did it.
	KeyDoneAt = "done_at"
	// KeyOther is the address of the account that was merged into another.
	KeyOther = "other_address"
	// KeyProducts are names of products, in words.
	KeyProducts = "products"
	// KeyHow is how a password came to be changed: reset (by the mailbox) or changed (by somebody who was signed in).
	KeyHow = "how"
	// KeyZone is an IANA time zone in which times are shown; UTC when absent.
	KeyZone = "zone"
)

// Message is one mail to one address, before it is put into words. Values holds secrets (tokens): it is stored sealed
// and never logged.
type Message struct {
	// ID is the outbox id; it becomes the Message-ID. Letters, digits, dot, dash, underscore; at most 100.
	ID string
	// Kind chooses texts and layout.
	Kind Kind
	// To is the receiver's canonical address (ident.Email.Key).
	To string
	// Locale is a BCP 47 tag; the nearest language that has texts is used, English last.
	Locale string
	// Values are the facts, by the keys that the Kind lists.
	Values map[string]string
	// ReplyTo is the canonical address of the tenant's administrators or support; empty when there is none.
	ReplyTo string
	// QueuedAt is when the mail was queued; it becomes the Date.
	QueuedAt time.Time
}

// spec says which values a kind needs and how it is laid out.
type spec struct {
	required []string
	optional []string
	layout   func(*draft)
}

// specs is the list of all mails; a further one is an entry here, a layout, and its texts.
func specs() map[Kind]spec {
	request := []string{KeyProduct, KeyTenant, KeyUsername, KeyRequestedAt, KeyUntil, KeyMinutes, KeyAgent, KeyNetwork,
		KeyRequest, KeyMailToken, KeyNotMeToken}
	about, both := []string{KeyProduct, KeyTenant, KeyUsername}, []string{KeyAddress, KeyOther}
	own, until := []string{KeyDoneAt, KeyAgent, KeyNetwork, KeyRequest}, []string{KeyUntil}
	change := []string{KeyRequestedAt, KeyUntil, KeyMinutes, KeyAgent, KeyNetwork, KeyRequest, KeyMailToken, KeyNotMeToken, KeyAddress}
	return map[Kind]spec{
		KindConfirm: {required: request, optional: []string{KeyResentAt, KeyZone}, layout: layoutConfirm},
		KindJoin:    {required: request, optional: []string{KeyResentAt, KeyZone}, layout: layoutJoin},
		KindLinked: {required: []string{KeyProduct, KeyTenant, KeyUsername, KeyLinkedAt, KeyAgent, KeyNetwork, KeyProof,
			KeyAddress, KeyRequest, KeyNotMeToken}, optional: []string{KeyZone}, layout: layoutLinked},
		KindWaits: {required: []string{KeyProduct, KeyTenant, KeyUsername, KeyLinkedAt, KeyAgent, KeyNetwork, KeyProof,
			KeyAddress, KeyRequest, KeyNotMeToken}, optional: []string{KeyZone}, layout: layoutWaits},
		KindActivate: {required: request, optional: []string{KeyResentAt, KeyZone}, layout: layoutActivate},
		KindReported: {required: []string{KeyProduct, KeyTenant, KeyUsername, KeyAddress, KeyRequestedAt, KeyReportedAt,
			KeyAgent, KeyNetwork, KeyRequest, KeyOutcome}, optional: []string{KeyRecognised, KeyZone}, layout: layoutReported},
		KindUnlinked: {required: slices.Concat(about, own, until), optional: []string{KeyZone}, layout: layoutUnlinked},
		KindRelinked: {required: slices.Concat(about, own), optional: []string{KeyZone}, layout: layoutRelinked},
		KindMerged:   {required: slices.Concat(both, own, until), optional: []string{KeyProducts, KeyZone}, layout: layoutMerged},
		KindParted:   {required: slices.Concat(both, own), optional: []string{KeyZone}, layout: layoutParted},
		KindClosed:   {required: slices.Concat(both[:1], own), optional: []string{KeyZone}, layout: layoutClosed},
		KindReset: {required: []string{KeyRequestedAt, KeyUntil, KeyMinutes, KeyAgent, KeyNetwork, KeyMailToken},
			optional: []string{KeyZone}, layout: layoutReset},
		KindPasswordChanged: {required: []string{KeyDoneAt, KeyAgent, KeyNetwork, KeyAddress, KeyHow},
			optional: []string{KeyZone}, layout: layoutPasswordChanged},
		KindEmailConfirm: {required: change, optional: []string{KeyResentAt, KeyZone}, layout: layoutEmailConfirm},
		KindEmailApprove: {required: change, optional: []string{KeyResentAt, KeyZone}, layout: layoutEmailApprove},
		KindEmailChanged: {required: []string{KeyDoneAt, KeyAgent, KeyNetwork, KeyAddress},
			optional: []string{KeyZone}, layout: layoutEmailChanged},
		KindInvited: {required: []string{KeyProduct, KeyTenant, KeyRequestedAt, KeyUntil, KeyRequest, KeyMailToken, KeyNotMeToken},
			optional: []string{KeyResentAt, KeyZone}, layout: layoutInvited},
		KindDeclined: {required: []string{KeyProduct, KeyTenant, KeyAddress, KeyRequestedAt, KeyReportedAt, KeyRequest, KeyOutcome},
			optional: []string{KeyRecognised, KeyZone}, layout: layoutDeclined},
		KindRevoked:     {required: []string{KeyProduct, KeyTenant, KeyReportedAt, KeyRequest}, optional: []string{KeyZone}, layout: layoutRevoked},
		KindStopped:     {required: []string{KeyProduct, KeyTenant, KeyRequest, KeyOutcome}, optional: []string{KeyTold}, layout: layoutStopped},
		KindLegacyTried: {required: []string{KeyProduct, KeyTenant, KeyTries}, layout: layoutLegacyTried},
		KindAlreadyLinked: {required: []string{KeyProduct, KeyTenant, KeyRequestedAt, KeyAgent, KeyNetwork, KeyRequest},
			optional: []string{KeyZone}, layout: layoutAlreadyLinked},
	}
}

// Kinds lists every kind, sorted.
func Kinds() []Kind { return slices.Sorted(maps.Keys(specs())) }

// Keys gives the keys that a kind requires and those it may have; ok is false for a kind that does not exist.
func Keys(kind Kind) (required, optional []string, ok bool) {
	s, ok := specs()[kind]
	return s.required, s.optional, ok
}

// check is what must hold before a word is written.
func (m Message) check() (spec, error) {
	s, ok := specs()[m.Kind]
	if !ok {
		return spec{}, fault.New(fault.Internal, "mail.kind_unknown")
	}
	if !validID(m.ID) {
		return spec{}, fault.New(fault.Internal, "mail.id_malformed")
	}
	if !canonical(m.To) {
		return spec{}, fault.New(fault.Internal, "mail.address_malformed")
	}
	if m.ReplyTo != "" && !canonical(m.ReplyTo) {
		return spec{}, fault.New(fault.Internal, "mail.reply_to_malformed")
	}
	if m.QueuedAt.IsZero() {
		return spec{}, fault.New(fault.Internal, "mail.queued_at_missing")
	}
	for _, key := range s.required {
		if flatten(m.Values[key]) == "" {
			return spec{}, fault.Wrap(fault.Internal, "mail.value_missing", errors.New(key))
		}
	}
	for key := range m.Values {
		if !slices.Contains(s.required, key) && !slices.Contains(s.optional, key) {
			return spec{}, fault.New(fault.Internal, "mail.value_unknown")
		}
	}
	return s, nil
}

// canonical reports whether the address is in the only form that mail is sent to. A list, a display name or a line
// break is not (ATK-48).
func canonical(address string) bool {
	email, err := ident.ParseEmail(address)
	return err == nil && email.Key() == address
}

func validID(id string) bool {
	if id == "" || len(id) > 100 {
		return false
	}
	for i := range len(id) {
		if !idByte(id[i]) {
			return false
		}
	}
	return true
}

func idByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.'
}
