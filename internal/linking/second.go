package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// second links another product to the account that is signed in (seed: "verify those legacy credentials once to merge that
// product into your existing account"). Both proofs are given in one browser: the account's own password, at most FreshTTL
// ago, and now the product's. Nothing is adopted, and no session begins or ends.
func second(f Flow, e LegacyPasswordChecked, candidate account.ProductAccount, changed bool, now time.Time) (Outcome, error) {
	owner := e.Owner
	if owner == nil || owner.Account.ID != f.Owner || owner.Account.Status != account.Active ||
		!now.Before(f.OwnerAuthAt.Add(FreshTTL)) || !f.holdsLegacy() {
		return Outcome{}, fault.New(fault.Denied, "proof.missing")
	}
	if f.mustBeRecorded(f.Owner, e.Setting.Product) && owner.Primary != candidate.Email {
		return settle(f, e.Act, now, Refused, "link.recorded", audit.FlowRefused), nil
	}
	legacy := *f.Legacy
	legacy.SpentAt = now
	own := account.Proof{ID: e.Fresh.MailboxProof, Method: account.AccountPassword, Tenant: f.Tenant, Product: f.Product,
		Account: f.Owner, Flow: f.ID, Browser: f.Browser, At: f.OwnerAuthAt, SpentAt: now}
	f.State, f.Legacy, f.Email = Linked, &legacy, owner.Primary
	out := Outcome{
		Flow:   f,
		Reads:  []Read{{Table: TableAccount, ID: string(f.Owner), Version: owner.Account.Version}},
		Proofs: []account.Proof{legacy, own},
		Links: []account.Link{{ID: e.Fresh.Link, Tenant: f.Tenant, Account: f.Owner, ProductAccount: candidate.ID,
			State: account.LinkActive, Evidence: []ident.ProofID{legacy.ID, own.ID}, Flow: f.ID, Browser: f.Browser,
			CreatedAt: now, ActiveAt: now}},
		Events: []audit.Event{
			note(&f, e.Act, 0, now, audit.LegacyProven, string(e.Outcome)),
			note(&f, e.Act, 1, now, audit.LinkActivated, string(account.AccountPassword)),
		},
	}
	if changed {
		out.ProductAccounts = []account.ProductAccount{candidate}
	} else {
		out.Reads = append(out.Reads, readProductAccount(candidate))
	}
	replace(&out, e.Facts, now)
	tellLinked(&out, f, e.Act, candidate, account.AccountPassword, now)
	return out, nil
}
