package restconn

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// dialect is one product's API.
type dialect struct {
	// path of the endpoint, below the base.
	path string
	// client says that the request carries a client's id and secret.
	client bool
	// longest is the most bytes that the product takes; 0 when it is not known to mind.
	longest int
	// question is the body of a check.
	question func(o Options, email, password string) map[string]string
	// read says what an answer means.
	read func(s said) (connector.Outcome, error)
	// ping is a body that is always refused, and alive says whether it was refused as it should be.
	ping  string
	alive func(s said) error
}

// dialects are the products, by the names of their presets.
func dialects() map[string]dialect {
	return map[string]dialect{"akeneo-pim": akeneoPIM(), "supplier-data-manager": supplierDataManager()}
}

// Presets are the names of the products that are known.
func Presets() []string { return slices.Sorted(maps.Keys(dialects())) }

// What the PIM says with status 422.
const (
	pimNobody  = "No user found for the given username and password"
	pimClient  = `Parameter "client_id" is missing or does not match any client, or secret is invalid`
	pimGrant   = "This grant type is not authorized for this client"
	pimRefresh = "Refresh token is invalid or has expired"
)

// akeneoPIM is the password grant of the PIM's REST API. Its messages are its public reference's.
func akeneoPIM() dialect {
	return dialect{
		path: "/api/oauth/v1/token", client: true, longest: 300,
		question: func(_ Options, email, password string) map[string]string {
			return map[string]string{"grant_type": "password", "username": email, "password": password}
		},
		read: func(s said) (connector.Outcome, error) {
			switch {
			case s.status == http.StatusOK && s.text("access_token") != "" && s.text("token_type") == "bearer":
				return connector.Match, nil
			case s.status == http.StatusUnprocessableEntity && s.text("message") == pimNobody:
				return connector.Rejected, nil
			case s.status == http.StatusTooManyRequests:
				return "", throttled(s)
			case s.status == http.StatusRequestEntityTooLarge:
				return "", unavailable("restconn.too_long", connector.ErrRecord)
			}
			return "", pimRefusal(s)
		},
		// Refreshing what was never handed out: no password is tried.
		ping: `{"grant_type":"refresh_token","refresh_token":"none"}`,
		alive: func(s said) error {
			if message := s.text("message"); s.status == http.StatusUnprocessableEntity && message == pimRefresh || s.status == http.StatusTooManyRequests {
				return nil
			}
			return pimRefusal(s)
		},
	}
}

// throttled is that the product wants to be asked later, about this person or at all; it does not say which, so nobody else is
// kept waiting for it.
func throttled(s said) error {
	return &fault.Error{Kind: fault.Unavailable, Key: "restconn.throttled", After: s.after, Err: fmt.Errorf("the product wants to be asked later: %w", connector.ErrRecord)}
}

// pimRefusal is what the PIM says to an operator.
func pimRefusal(s said) error {
	if s.status == http.StatusUnprocessableEntity {
		switch s.text("message") {
		case pimClient:
			return unavailable("restconn.client", errors.New("the PIM does not know client_id, or its secret is another"))
		case pimGrant:
			return unavailable("restconn.client", errors.New("the PIM's connection may not use the grants password and refresh_token"))
		}
	}
	return unknown(s)
}

// keyForm is a token of Supplier Data Manager: a UUID.
var keyForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// supplierDataManager is the token endpoint of Supplier Data Manager's API. What it refuses with is not published; its style is
// that of Django REST framework, whose two ways to say it are read here.
func supplierDataManager() dialect {
	return dialect{
		path: "/api/v1/auth/token/",
		question: func(o Options, email, password string) map[string]string {
			return map[string]string{"email": email, "password": password, "token_name": o.TokenName}
		},
		read: func(s said) (connector.Outcome, error) {
			switch {
			case (s.status == http.StatusOK || s.status == http.StatusCreated) && keyForm.MatchString(s.text("key")):
				return connector.Match, nil
			case s.status == http.StatusBadRequest && s.reasons("non_field_errors"), s.status == http.StatusUnauthorized && s.text("detail") != "":
				return connector.Rejected, nil
			case s.status == http.StatusTooManyRequests:
				return "", throttled(s)
			}
			return "", unknown(s)
		},
		ping: `{}`,
		alive: func(s said) error {
			if s.status == http.StatusBadRequest && s.object != nil || s.status == http.StatusTooManyRequests {
				return nil
			}
			return unknown(s)
		},
	}
}

// reasons reports that a member is a list of texts, with at least one.
func (s said) reasons(name string) bool {
	var texts []string
	return json.Unmarshal(s.object[name], &texts) == nil && len(texts) > 0 && texts[0] != ""
}
