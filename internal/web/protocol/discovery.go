package protocol

import (
	"encoding/json"
	"net/http"
	"strconv"

	"ligature/internal/op"
)

// metadata is OpenID Connect Discovery §3, RFC 8414 §2, RFC 9207 §3, RP-Initiated Logout §2.1 and Back-Channel Logout §2.1.
type metadata struct {
	Issuer              string   `json:"issuer"`
	Authorize           string   `json:"authorization_endpoint"`
	Redemption          string   `json:"token_endpoint"`
	UserInfo            string   `json:"userinfo_endpoint"`
	JWKS                string   `json:"jwks_uri"`
	EndSession          string   `json:"end_session_endpoint"`
	Push                string   `json:"pushed_authorization_request_endpoint"`
	Revoke              string   `json:"revocation_endpoint"`
	Introspect          string   `json:"introspection_endpoint"`
	Scopes              []string `json:"scopes_supported"`
	ResponseTypes       []string `json:"response_types_supported"`
	ResponseModes       []string `json:"response_modes_supported"`
	GrantTypes          []string `json:"grant_types_supported"`
	Prompts             []string `json:"prompt_values_supported"`
	ACRs                []string `json:"acr_values_supported"`
	SubjectTypes        []string `json:"subject_types_supported"`
	IDTokenAlgs         []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods         []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs            []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevokeMethods       []string `json:"revocation_endpoint_auth_methods_supported"`
	RevokeAlgs          []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectMethods   []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectAlgs      []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	ChallengeMethods    []string `json:"code_challenge_methods_supported"`
	Claims              []string `json:"claims_supported"`
	ClaimTypes          []string `json:"claim_types_supported"`
	Displays            []string `json:"display_values_supported"`
	Locales             []string `json:"ui_locales_supported,omitempty"`
	ClaimsParameter     bool     `json:"claims_parameter_supported"`
	RequestParameter    bool     `json:"request_parameter_supported"`
	RequestURIParameter bool     `json:"request_uri_parameter_supported"`
	Logout              bool     `json:"backchannel_logout_supported"`
	LogoutSession       bool     `json:"backchannel_logout_session_supported"`
	IssuerInResponse    bool     `json:"authorization_response_iss_parameter_supported"`
}

func discoveryDocument(issuer string, locales []string) []byte {
	keep := []string{op.AuthBasic, op.AuthPost, op.AuthPrivateKey} // of clients that keep a secret, or a key
	document, err := json.Marshal(metadata{
		Issuer: issuer, Authorize: issuer + PathAuthorize, Redemption: issuer + PathToken, UserInfo: issuer + PathUserInfo,
		JWKS: issuer + PathJWKS, EndSession: issuer + PathEndSession,
		Push: issuer + PathPush, Revoke: issuer + PathRevoke, Introspect: issuer + PathIntrospect,
		Scopes:        []string{op.ScopeOpenID, op.ScopeProfile, op.ScopeEmail, op.ScopeOffline},
		ResponseTypes: []string{"code"}, ResponseModes: []string{"query", string(op.ResponseFormPost)}, GrantTypes: []string{op.GrantAuthCode, op.GrantRefresh, op.GrantClientCredentials},
		Prompts: []string{string(op.PromptNone), string(op.PromptLogin), string(op.PromptConsent), string(op.PromptSelectAccount)},
		ACRs:    []string{op.ACRAccount, op.ACRLegacy},
		// A sub belongs to one product account, so no two products can compare theirs.
		SubjectTypes: []string{"pairwise"}, IDTokenAlgs: []string{"ES256", "RS256"},
		AuthMethods: append(keep, op.AuthNone), AuthAlgs: op.AssertionAlgs(), RevokeMethods: append(keep, op.AuthNone),
		RevokeAlgs: op.AssertionAlgs(), IntrospectMethods: keep, IntrospectAlgs: op.AssertionAlgs(),
		ChallengeMethods: []string{"S256"}, ClaimTypes: []string{"normal"}, Displays: []string{"page"}, Locales: locales,
		Claims: []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
			"product_account", "tenant", "name", "locale", "email", "email_verified"},
		Logout: true, LogoutSession: true, IssuerInResponse: true,
	})
	if err != nil {
		panic("protocol: texts have a JSON form: " + err.Error())
	}
	return document
}

// document serves bytes from memory to any site, without credentials.
func (p *Provider) document(contentType string, read func() []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET")
			h.Set("Access-Control-Allow-Headers", "Accept, Content-Type")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if !only(w, r, http.MethodGet, http.MethodHead, http.MethodOptions) {
			return
		}
		body := read()
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a client that went away is no failure of ours
	}
}
