package linking

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Another is the wish of somebody who is signed in to link an account of a product without the product having sent them:
// the first one there, or one more.
type Another struct {
	Tenant  ident.TenantID
	Product ident.ProductID
	// Session is who is signed in; nil for nobody.
	Session *account.Session
	// Linked are the tenants in which the account has an active link, Products what the tenant has.
	Linked   []ident.TenantID
	Products []ident.ProductID
}

// Check decides whether the flow may begin. fresh is false when the account's own password has to be given first: it must
// be at most FreshTTL old. A tenant in which somebody has no link is none to them. Errors: fault.Denied "another.session"
// without a session of the whole account, fault.Missing "product.missing".
func (w Another) Check(now time.Time) (fresh bool, err error) {
	if w.Session == nil || !w.Session.Live(now) || !w.Session.Full() || w.Session.Account == "" {
		return false, fault.New(fault.Denied, "another.session")
	}
	if !slices.Contains(w.Linked, w.Tenant) || !slices.Contains(w.Products, w.Product) {
		return false, fault.New(fault.Missing, "product.missing")
	}
	return now.Before(w.Session.AuthAt.Add(FreshTTL)), nil
}

// WantsAnother reports that a sign-in was asked for on the way to link one more account, and that nothing else came of it:
// whoever was asked about accounts that wait has seen what there is.
func (f Flow) WantsAnother() bool {
	return f.Kind == KindAnother && f.State == SignedIn && f.SessionFrom == account.ScopeFull && f.Email.IsZero()
}
