package protocol

import (
	"errors"
	"net/http"
	"strings"

	"ligature/internal/fault"
	"ligature/internal/op"
)

// userInfo is the userinfo endpoint (Core §5.3), for the bearer of an access token (RFC 6750).
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	if shareWithSites(w, r) || !only(w, r, http.MethodGet, http.MethodPost) {
		return
	}
	body, err := p.readUserInfo(r)
	if err == nil {
		answerJSON(w, http.StatusOK, body)
		return
	}
	if refused, ok := errors.AsType[*op.TokenError](err); ok {
		challenge := "Bearer"
		if refused.Reason != "" {
			challenge = `Bearer error="` + string(refused.Reason) + `", error_description="` + refused.Detail + `"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		if refused.Reason == "" { // RFC 6750 §3.1: who sent nothing is told nothing
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
	}
	p.answerError(w, r, err)
}

func (p *Provider) readUserInfo(r *http.Request) ([]byte, error) {
	accessToken, err := bearer(r)
	if err != nil {
		return nil, err
	}
	access, err := op.ReadAccess(accessToken, p.cfg.Issuer, p.cfg.Signer.Payload, p.cfg.Now())
	if err != nil {
		return nil, invalidToken()
	}
	standing, err := p.cfg.Store.Standing(r.Context(), access.Grant)
	if fault.Is(err, fault.Missing) {
		return nil, invalidToken()
	}
	if err != nil {
		return nil, err
	}
	if !standing.Holds(p.cfg.Now()) || standing.Grant.Client != access.Client ||
		standing.Person.ProductAccount.Subject != access.Subject {
		return nil, invalidToken()
	}
	body, err := op.UserInfo(standing.Through(access))
	return body, fault.Wrap(fault.Internal, "userinfo.claims", err)
}

// bearer finds the one access token of the request: in the header, or in the form of a POST (RFC 6750 §2.1, §2.2), never
// in the query.
func bearer(r *http.Request) (string, error) {
	if r.URL.RawQuery != "" {
		return "", badRequest("parameters do not belong in the query")
	}
	header := r.Header.Values("Authorization")
	inForm := ""
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "" {
		sent, err := bodyParams(r)
		if err != nil {
			return "", badRequest(invalidDetail(err))
		}
		if sent.Repeats() {
			return "", badRequest("a parameter was sent more than once")
		}
		if len(sent["access_token"]) == 1 {
			inForm = sent["access_token"][0]
		}
	}
	switch {
	case len(header) > 1 || len(header) == 1 && inForm != "":
		return "", badRequest("more than one access token")
	case inForm != "":
		return inForm, nil
	case len(header) == 0:
		return "", &op.TokenError{}
	}
	scheme, accessToken, _ := strings.Cut(header[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || accessToken == "" {
		return "", &op.TokenError{}
	}
	return accessToken, nil
}

func invalidToken() error {
	return &op.TokenError{Reason: op.InvalidToken, Detail: "the access token is not valid here, or not any more"}
}
