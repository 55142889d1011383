package op

import "ligature/internal/directory"

// takingPart leaves those of the facts that take part in the pilots in force; without one, everybody. outside reports that
// the session speaks for somebody the request could be answered for, and for nobody who takes part.
func takingPart(q AuthRequest, f Facts, session *Session) (part []Person, outside bool) {
	if len(f.Pilots) == 0 || session == nil {
		return f.Persons, false
	}
	for _, person := range f.Persons {
		pa := person.ProductAccount
		if f.Pilots.Admit(pa.Tenant, pa.Product, directory.Who{ExternalID: pa.ExternalID, Username: pa.Username, Email: pa.Email}) {
			part = append(part, person)
		}
	}
	_, could := choose(q, f, session)
	_, can := choose(q, Facts{Persons: part}, session)
	return part, could && !can
}
