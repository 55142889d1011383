package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"ligature/internal/fault"
)

// problem is RFC 9457, with the key and, for what was sent, where it is wrong.
type problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Key      string       `json:"key"`
	Instance string       `json:"instance,omitempty"`
	Errors   []fieldFault `json:"errors,omitempty"`
}

// fieldFault is what is wrong with one member of the body.
type fieldFault struct {
	// Pointer is a JSON Pointer into the body (RFC 6901).
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// bodyError is a body in which members are wrong.
type bodyError struct{ faults []fieldFault }

// Error is for logs; it names members of ours and counts the others.
func (e *bodyError) Error() string { return strconv.Itoa(len(e.faults)) + " members are wrong" }

// kindOfProblem is how one failure is answered.
type kindOfProblem struct {
	status        int
	title, detail string
}

// problemOf is how a failure is answered. Keys that are not listed here are answered by their kind.
func problemOf(err error) kindOfProblem {
	switch fault.KeyOf(err) {
	case "api.no_token":
		return kindOfProblem{http.StatusUnauthorized, "Access token missing", "Send Authorization: Bearer with an access token of the client_credentials grant."}
	case "api.bad_token":
		return kindOfProblem{http.StatusUnauthorized, "Access token refused", "The access token is not one for this API, or not any more. Ask for a new one."}
	case "api.scope":
		return kindOfProblem{http.StatusForbidden, "Scope missing", "The access token, or the client's declaration, does not have the scope that this needs."}
	case "api.path", "api.tenant", "invitation.missing":
		return kindOfProblem{http.StatusNotFound, "Not found", "There is no such resource, or not for this client."}
	case "api.method":
		return kindOfProblem{http.StatusMethodNotAllowed, "Method not allowed", "The header Allow lists the methods that this resource has."}
	case "api.type":
		return kindOfProblem{http.StatusUnsupportedMediaType, "Unsupported media type", "The body must be application/json."}
	case "api.size":
		return kindOfProblem{http.StatusRequestEntityTooLarge, "Body too large", "A body may have 16 KiB."}
	case "api.syntax":
		return kindOfProblem{http.StatusBadRequest, "Body not readable", "The body must be one JSON object, and nothing after it."}
	case "api.query":
		return kindOfProblem{http.StatusUnprocessableEntity, "Query refused", "limit is 1 to 100, state is one of the states, cursor comes from the page before; each once, and nothing else."}
	case "api.body":
		return kindOfProblem{http.StatusUnprocessableEntity, "Body refused", "Some members of the body are wrong."}
	}
	if p, ok := invitationProblem(fault.KeyOf(err)); ok {
		return p
	}
	switch fault.KindOf(err) {
	case fault.Throttled:
		return kindOfProblem{http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says."}
	case fault.Unavailable:
		return kindOfProblem{http.StatusServiceUnavailable, "Not available", "A part that is needed does not answer. Nothing was changed; try again."}
	case fault.Moved:
		return kindOfProblem{http.StatusConflict, "Changed meanwhile", "Read the resource again."}
	}
	return kindOfProblem{http.StatusInternalServerError, "Internal error", "This is a mistake of ours. The instance finds it in the log."}
}

// invitationProblem are the refusals of linking.Invite and its siblings.
func invitationProblem(key string) (p kindOfProblem, known bool) {
	conflict := func(title, detail string) (kindOfProblem, bool) {
		return kindOfProblem{http.StatusConflict, title, detail}, true
	}
	wrong := func(title, detail string) (kindOfProblem, bool) {
		return kindOfProblem{http.StatusUnprocessableEntity, title, detail}, true
	}
	switch key {
	case "tenant.not_enabled":
		return conflict("Tenant not enabled", "The tenant does not sign in here, so nobody could accept.")
	case "pilot.outside":
		return conflict("Outside of the pilot", "The tenant is in a pilot that this product account does not take part in, so nobody could accept.")
	case "invitation.limit":
		return conflict("Too many invitations wait", "At most 100 invitations of a product may wait in a tenant. Cancel one, or wait until one is accepted or expires.")
	case "invitation.other_address":
		return conflict("Invited already", "An invitation of this product account waits at another address. Cancel it first.")
	case "invitation.no_ids":
		return conflict("Product cannot say", "The product's connector cannot find an account by its id, so nobody can be invited to one.")
	case "invitation.disabled":
		return conflict("Account switched off", "The product says that the account is disabled or locked.")
	case "invitation.privileged":
		return conflict("Account privileged", "The product says that the account has administrator rights. Give them after the invitation is accepted.")
	case "invitation.shared":
		return conflict("Account shared", "Several people may use this account. It has nobody who could be invited.")
	case "invitation.used":
		return conflict("Account in use", "Somebody has used this account, or it is or was linked. Only an account that nobody has used can be given away by an invitation.")
	case "invitation.over":
		return conflict("Not pending", "The invitation was accepted, cancelled or revoked before.")
	case "invitation.expired":
		return conflict("Expired", "The invitation has expired. Make a new one.")
	case "invitation.resends":
		return conflict("No resends left", "An invitation can be sent again three times. Cancel it and make a new one.")
	case "invitation.no_user":
		return wrong("No such account", "The product's connector does not find an account with this external_id.")
	case "invitation.recorded":
		return wrong("Another address", "The product records another address for this account.")
	case "email.domain":
		return wrong("Domain not allowed", "The tenant does not allow addresses of this domain.")
	case "invitation.wait":
		return kindOfProblem{http.StatusTooManyRequests, "Too soon", "A minute must lie between two mails. Retry-After says how long to wait."}, true
	case "mails.wait":
		return kindOfProblem{http.StatusTooManyRequests, "Too many mails", "Too many invitations went to this address, or out of this tenant. Retry-After says how long to wait."}, true
	}
	return kindOfProblem{}, false
}

// writeProblem answers with a failure.
func writeProblem(w http.ResponseWriter, request string, err error) {
	kind := problemOf(err)
	p := problem{Type: "about:blank", Title: kind.title, Status: kind.status, Detail: kind.detail, Key: fault.KeyOf(err)}
	if kind.status == http.StatusInternalServerError {
		p.Key = "internal"
	}
	p.Type = "urn:ligature:problem:" + p.Key
	if request != "" {
		p.Instance = "urn:ligature:request:" + request
	}
	if body, ok := errors.AsType[*bodyError](err); ok {
		p.Errors = body.faults
	}
	if after := fault.AfterOf(err); after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	} else if kind.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	encoded, encodeErr := json.Marshal(p)
	if encodeErr != nil {
		encoded = []byte(`{"type":"about:blank","status":500}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(kind.status)
	_, _ = w.Write(encoded) // a client that went away is no failure of ours
}
