package rp

import (
	"errors"

	"ligature/internal/fault"
)

// The refusals a product acts on. Any other error of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6 is kept as it came.
const (
	// TenantNotEnabled: this tenant does not use the provider (yet, or any more); the product's own login is right.
	TenantNotEnabled = "tenant_not_enabled"
	// TemporarilyUnavailable: the provider cannot sign anybody in just now.
	TemporarilyUnavailable = "temporarily_unavailable"
	// AccessDenied: the person, or the provider, stopped.
	AccessDenied = "access_denied"
)

// Refusal is an error answer of the provider.
type Refusal struct {
	// Reason is the error as the provider named it.
	Reason string
	// ReturnTo is the path that was asked for when the login began.
	ReturnTo string
}

// Error names the reason; the provider's free text is dropped, because it may say anything.
func (r *Refusal) Error() string { return "the provider answered " + r.Reason }

// OwnLogin reports whether the product's own login should be offered at once.
func (r *Refusal) OwnLogin() bool {
	return r.Reason == TenantNotEnabled || r.Reason == TemporarilyUnavailable || r.Reason == "server_error"
}

// Refused gives the Refusal in err's chain, if there is one.
func Refused(err error) (*Refusal, bool) { return errors.AsType[*Refusal](err) }

func refusal(r Refusal) error {
	kind, key := fault.Denied, "rp.refused"
	switch r.Reason {
	case TenantNotEnabled:
		key = "rp.tenant_not_enabled"
	case TemporarilyUnavailable:
		kind, key = fault.Unavailable, "rp.temporarily_unavailable"
	case AccessDenied:
		key = "rp.access_denied"
	}
	return fault.Wrap(kind, key, &r)
}

var errIncomplete = errors.New("issuer, client id and redirect URI are needed")
