package op

import "ligature/internal/directory"

// admit reports whether the person takes part in the pilots in force; without one, everybody does.
func (f Facts) admit(p Person) bool {
	pa := p.ProductAccount
	return f.Pilots.Admit(pa.Tenant, pa.Product, directory.Who{ExternalID: pa.ExternalID, Username: pa.Username, Email: pa.Email})
}
