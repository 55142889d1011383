package sdm

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// contractAccount is a user as the connector contract shows it.
type contractAccount struct {
	ID         string  `json:"id"`
	Generation string  `json:"generation"`
	Username   string  `json:"username"`
	Email      string  `json:"email"`
	Name       string  `json:"name"`
	Locale     string  `json:"locale"`
	Disabled   bool    `json:"disabled"`
	Locked     bool    `json:"locked"`
	Privileged bool    `json:"privileged"`
	Shared     bool    `json:"shared"`
	MustReset  bool    `json:"must_reset"`
	LastUsed   *string `json:"last_used"`
}

func (p *Product) contractAccount(u user) contractAccount {
	account := contractAccount{ID: strconv.FormatInt(u.ID, 10), Generation: strconv.FormatInt(u.CreatedAt, 10), Email: u.Email,
		Name: u.Name(), Locale: u.Language, Disabled: !u.mayEnter(), Locked: u.lockedAt(p.cfg.Now()), Privileged: u.Administrator(),
		Shared: u.Shared, MustReset: u.MustReset}
	if u.LastLoginAt.Valid {
		at := time.UnixMicro(u.LastLoginAt.Int64).UTC().Format(time.RFC3339Nano)
		account.LastUsed = &at
	}
	return account
}

// getContract says that the contract is answered here.
func (p *Product) getContract(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, struct{}{})
}

// postFind answers who has an address or an id. Nobody here has a username, so asking by one finds nobody.
func (p *Product) postFind(w http.ResponseWriter, r *http.Request, body []byte) error {
	var asked struct {
		By    string `json:"by"`
		Value string `json:"value"`
	}
	if decode(body, &asked) != nil {
		return problem(w, http.StatusBadRequest, "by and value are expected.")
	}
	var u user
	var err error
	switch asked.By {
	case "email":
		u, err = p.byEmail(r.Context(), asked.Value)
	case "id":
		u, err = p.byID(r.Context(), asked.Value)
	case "username":
		return writeJSON(w, http.StatusOK, map[string]any{"accounts": []contractAccount{}})
	default:
		return problem(w, http.StatusBadRequest, "by is email, username or id.")
	}
	if missing(err) {
		return writeJSON(w, http.StatusOK, map[string]any{"accounts": []contractAccount{}})
	}
	if err != nil {
		return problem(w, http.StatusServiceUnavailable, "The user store does not answer.")
	}
	return writeJSON(w, http.StatusOK, map[string]any{"accounts": []contractAccount{p.contractAccount(u)}})
}

// postVerify checks a password for the user with that id, or, without an id, for the address.
func (p *Product) postVerify(w http.ResponseWriter, r *http.Request, body []byte) error {
	var asked struct {
		ID         string `json:"id"`
		Identifier string `json:"identifier"`
		Password   string `json:"password"`
	}
	if decode(body, &asked) != nil {
		return problem(w, http.StatusBadRequest, "id, identifier and password are expected.")
	}
	u, said, err := p.check(r.Context(), func(ctx context.Context) (user, error) {
		if asked.ID != "" {
			return p.byID(ctx, asked.ID)
		}
		return p.byEmail(ctx, asked.Identifier)
	}, asked.Password)
	if err != nil {
		return problem(w, http.StatusServiceUnavailable, "The user store does not answer.")
	}
	answer := struct {
		Outcome verdict          `json:"outcome"`
		Account *contractAccount `json:"account"`
	}{Outcome: said}
	if u.ID != 0 {
		account := p.contractAccount(u)
		answer.Account = &account
	}
	return writeJSON(w, http.StatusOK, answer)
}

// postContractReset sends the product's own reset mail, and answers the same for everybody.
func (p *Product) postContractReset(w http.ResponseWriter, r *http.Request, body []byte) error {
	var asked struct {
		Identifier string `json:"identifier"`
	}
	if decode(body, &asked) != nil {
		return problem(w, http.StatusBadRequest, "identifier is expected.")
	}
	if err := p.requestReset(r.Context(), asked.Identifier); err != nil {
		return problem(w, http.StatusServiceUnavailable, "The user store does not answer.")
	}
	return writeJSON(w, http.StatusAccepted, struct{}{})
}
