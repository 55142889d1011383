package protocol

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// accessAlg signs access tokens. Nobody but us reads them, so they need not follow the client's algorithm.
const accessAlg = "ES256"

// tokenForm is the body of a token request.
type tokenForm struct {
	grantType    string
	client       ident.ClientID
	clientSecret string
	assertion    string
	assertionOf  string // its type
	authCode     string
	redirectURI  string
	verifier     string
	refresh      string
	scope        string
}

// tokenAnswer is RFC 6749 §5.1 and Core §3.1.3.3.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	Type        string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	IDToken     string `json:"id_token,omitempty"` // none for a client that speaks for itself
	Refresh     string `json:"refresh_token,omitempty"`
	Scope       string `json:"scope"`
}

// tokenEndpoint is the token endpoint (RFC 6749 §3.2): POST alone, credentials never in the query.
func (p *Provider) tokenEndpoint(w http.ResponseWriter, r *http.Request) {
	if shareWithSites(w, r) || !only(w, r, http.MethodPost) {
		return
	}
	answered, grant, err := p.redeem(r)
	if p.cfg.OnToken != nil {
		p.cfg.OnToken(grant, tokenOutcome(err))
	}
	if err == nil {
		var encoded []byte
		if encoded, err = json.Marshal(answered); err == nil {
			answerJSON(w, http.StatusOK, encoded)
			return
		}
	}
	p.refuseClientOr(w, r, err)
}

// tokenOutcome is "issued", or the error as answerError tells it.
func tokenOutcome(err error) string {
	if err == nil {
		return "issued"
	}
	_, body := errorAnswer(err)
	return string(body.Reason)
}

// refuseClientOr answers an error, with a challenge for a client that could not authenticate (RFC 6749 §5.2).
func (p *Provider) refuseClientOr(w http.ResponseWriter, r *http.Request, err error) {
	if refused, ok := errors.AsType[*op.TokenError](err); ok && refused.Reason == op.InvalidClient {
		w.Header().Set("WWW-Authenticate", `Basic realm="token", charset="UTF-8"`)
	}
	p.answerError(w, r, err)
}

// readForm reads the body of an endpoint at which clients authenticate; no parameter may stand there twice.
func readForm(r *http.Request) (tokenForm, op.Params, error) {
	sent, err := bodyParams(r)
	if err != nil {
		return tokenForm{}, nil, err
	}
	if sent.Repeats() {
		return tokenForm{}, nil, badRequest("a parameter was sent more than once")
	}
	for name, values := range sent {
		if !utf8.ValidString(name) || !utf8.ValidString(values[0]) {
			return tokenForm{}, nil, badRequest("the parameters cannot be read")
		}
	}
	value := func(name string) string {
		if values := sent[name]; len(values) == 1 {
			return values[0]
		}
		return ""
	}
	return tokenForm{grantType: value("grant_type"), client: ident.ClientID(value("client_id")),
		clientSecret: value("client_secret"), assertion: value("client_assertion"), assertionOf: value("client_assertion_type"),
		authCode: value("code"), redirectURI: value("redirect_uri"), verifier: value("code_verifier"), refresh: value("refresh_token"), scope: value("scope")}, sent, nil
}

// redeem authenticates the client before it looks at anything else.
func (p *Provider) redeem(r *http.Request) (answered tokenAnswer, grant string, err error) {
	form, sent, err := readForm(r)
	if err != nil {
		return tokenAnswer{}, "", err
	}
	client, err := p.clientOf(r, form)
	if err != nil {
		return tokenAnswer{}, form.grantType, err
	}
	if !sent.ForUs(p.cfg.Issuer) {
		return tokenAnswer{}, form.grantType, op.ForeignTarget()
	}
	answered, err = p.worth(r, form, client)
	return answered, form.grantType, err
}

// worth gives an authenticated client what its grant is worth.
func (p *Provider) worth(r *http.Request, form tokenForm, client directory.Client) (tokenAnswer, error) {
	switch form.grantType {
	case "":
		return tokenAnswer{}, badRequest("grant_type is missing")
	case op.GrantAuthCode:
		return p.redeemCode(r, form, client)
	case op.GrantRefresh:
		return p.renew(r, form, client)
	case op.GrantClientCredentials:
		return p.speakForItself(form, client)
	}
	return tokenAnswer{}, &op.TokenError{Reason: op.UnsupportedGrantType,
		Detail: "only grant_type authorization_code, refresh_token and client_credentials are supported"}
}

// carried is the grant that a code of the client carries. Another client's code is nobody's, and stays unspent.
func (p *Provider) carried(client ident.ClientID, authCode string) (op.Grant, error) {
	packed, ok := p.cfg.OpenCode(client, authCode)
	if !ok {
		return op.Grant{}, &op.TokenError{Reason: op.InvalidGrant, Detail: "the client has no such code"}
	}
	g, err := op.UnpackGrant(packed, client)
	return g, fault.Wrap(fault.Internal, "token.code", err)
}

// redeemCode spends the code, and asks op what it is worth.
func (p *Provider) redeemCode(r *http.Request, form tokenForm, client directory.Client) (tokenAnswer, error) {
	if form.authCode == "" || form.redirectURI == "" {
		return tokenAnswer{}, badRequest("code and redirect_uri are required")
	}
	now := p.cfg.Now()
	g, err := p.carried(client.ID, form.authCode)
	if err != nil {
		return tokenAnswer{}, err
	}
	standing, err := p.cfg.Store.RedeemGrant(r.Context(), g, now)
	if fault.Is(err, fault.Missing) || fault.Is(err, fault.Moved) {
		return tokenAnswer{}, &op.TokenError{Reason: op.InvalidGrant, Detail: "what the code was given for is over"}
	}
	if err != nil {
		return tokenAnswer{}, err
	}
	err = op.Redeem(standing, op.Claim{Client: client, RedirectURI: form.redirectURI, CodeVerifier: form.verifier}, now)
	if err != nil {
		if refused, ok := errors.AsType[*op.TokenError](err); ok && refused.Replayed {
			p.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "code replayed", slog.String("client", string(client.ID)),
				slog.String("grant", string(standing.Grant.ID)))
		}
		return tokenAnswer{}, err
	}
	answered, err := p.sign(standing, client.IDTokenAlg, now)
	if err != nil {
		return tokenAnswer{}, err
	}
	answered.Refresh, err = p.beginFamily(r, standing, now)
	return answered, err
}

// speakForItself gives a client an access token of its own, for the management API and nothing else (RFC 6749 §4.4). There
// is nothing to refresh: the client asks again.
func (p *Provider) speakForItself(form tokenForm, client directory.Client) (tokenAnswer, error) {
	scopes, err := op.ClientScopes(client, form.scope)
	if err != nil {
		return tokenAnswer{}, err
	}
	claims, err := op.ClientClaims(client.ID, scopes, p.cfg.Issuer, p.cfg.NewID("at"), p.cfg.Now())
	if err != nil {
		return tokenAnswer{}, fault.Wrap(fault.Internal, "token.claims", err)
	}
	accessToken, err := p.cfg.Signer.Sign(accessAlg, op.TypeAccessToken, claims)
	if err != nil {
		return tokenAnswer{}, fault.Wrap(fault.Internal, "token.sign", err)
	}
	return tokenAnswer{AccessToken: accessToken, Type: "Bearer", ExpiresIn: int(op.AccessTokenTTL / time.Second),
		Scope: op.APIScopeText(scopes)}, nil
}

// sign makes the tokens of a grant.
func (p *Provider) sign(standing op.Standing, algorithm string, now time.Time) (tokenAnswer, error) {
	claims, err := op.AccessClaims(standing, p.cfg.Issuer, p.cfg.NewID("at"), now)
	if err != nil {
		return tokenAnswer{}, fault.Wrap(fault.Internal, "token.claims", err)
	}
	accessToken, err := p.cfg.Signer.Sign(accessAlg, op.TypeAccessToken, claims)
	if err != nil {
		return tokenAnswer{}, fault.Wrap(fault.Internal, "token.sign", err)
	}
	if claims, err = op.IDClaims(standing, p.cfg.Issuer, accessToken, now); err != nil {
		return tokenAnswer{}, fault.Wrap(fault.Internal, "token.claims", err)
	}
	idToken, err := p.cfg.Signer.Sign(algorithm, op.TypeIDToken, claims)
	if err != nil {
		return tokenAnswer{}, fault.Wrap(fault.Internal, "token.sign", err)
	}
	return tokenAnswer{AccessToken: accessToken, Type: "Bearer", ExpiresIn: int(op.AccessTokenTTL / time.Second),
		IDToken: idToken, Scope: standing.Grant.ScopeText()}, nil
}
