package op

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Params are the parameters of a request as they were sent, repetitions included.
type Params map[string][]string

// known are the parameters that are read; of any other it matters only that it stands there once (RFC 6749 §3.1).
var known = [...]string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt",
	"max_age", "login_hint", "ui_locales", "acr_values", "id_token_hint", "code_challenge", "code_challenge_method",
	"request", "request_uri", "registration", "display", "claims", "claims_locales"}

const (
	maxHint    = 320 // an address has 254 characters, a username of a product at most as many
	maxListLen = 10  // of ui_locales and acr_values
)

// one is the only value of a parameter; ok is false when it was sent twice. A parameter without a value is as good as
// not sent (RFC 6749 §3.1).
func (p Params) one(name string) (value string, ok bool) {
	switch values := p[name]; len(values) {
	case 0:
		return "", true
	case 1:
		return values[0], true
	default:
		return "", false
	}
}

// Repeats reports whether any parameter was sent more than once, known or not: of two, who sent which is anybody's guess.
func (p Params) Repeats() bool {
	for _, values := range p {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// foreignTarget is the detail of a resource that is none of ours.
const foreignTarget = "resource is no server that tokens are given out for here"

// ForUs reports whether the tokens are meant for this server, as all of ours are: a resource (RFC 8707) names nobody else. One that
// was ignored would get a client a token that it then shows to that server, where it is worth nothing and could be kept.
func (p Params) ForUs(issuer string) bool {
	resource, ok := p.one("resource")
	return ok && (resource == "" || resource == issuer || resource == issuer+APIPath)
}

// Client is the client that a request names. Errors, for the person alone: fault.Invalid "authorize.client".
func (p Params) Client() (ident.ClientID, error) {
	client, ok := p.one("client_id")
	if !ok || client == "" || !printable(client) {
		return "", fault.New(fault.Invalid, "authorize.client")
	}
	return ident.ClientID(client), nil
}

// ParseAuthRequest checks an authorization request for the client whose registration is given. It fails with
//   - a *fault.Error when there is nowhere safe to redirect to: fault.Invalid "authorize.client",
//     "authorize.redirect_missing", "authorize.redirect", "authorize.redirect_ambiguous";
//   - a *Refusal when the client is to be told.
func ParseAuthRequest(p Params, registered Registration, issuer string, verify Verify, now time.Time) (AuthRequest, error) {
	client, err := p.Client()
	if err != nil {
		return AuthRequest{}, err
	}
	if client != registered.Client.ID {
		return AuthRequest{}, fault.New(fault.Invalid, "authorize.client")
	}
	instance, redirectURI, err := registered.instanceOf(p)
	if err != nil {
		return AuthRequest{}, err
	}
	now = now.UTC().Truncate(time.Microsecond) // what the store keeps
	q := AuthRequest{Client: client, Tenant: instance.Tenant, Product: instance.Product, Instance: instance.ID,
		RedirectURI: redirectURI, CreatedAt: now, Deadline: now.Add(AuthRequestTTL)}
	if rpState, ok := p.one("state"); ok && printable(rpState) {
		q.RPState = rpState
	}
	if mode, ok := p.one("response_mode"); ok && mode == string(ResponseFormPost) {
		q.ResponseMode = ResponseFormPost // before anything is refused
	}
	for _, check := range []func(*AuthRequest, Params, Registration) *Refusal{
		checkOnce, checkObjects, checkResponse, checkScope, checkPKCE, checkPrompts, checkMaxAge, readHints,
	} {
		if refusal := check(&q, p, registered); refusal != nil {
			return AuthRequest{}, refusal
		}
	}
	if !p.ForUs(issuer) {
		return AuthRequest{}, q.Refuse(InvalidTarget, foreignTarget)
	}
	if signed, _ := p.one("id_token_hint"); signed != "" {
		hint, err := ReadHint(signed, issuer, verify)
		if err != nil || hint.Client != client {
			return AuthRequest{}, q.Refuse(InvalidRequest, "id_token_hint is no ID token of this client")
		}
		q.HintSubject = hint.Subject
	}
	return q, nil
}

// instanceOf finds the instance by its redirect URI, compared byte by byte (RFC 9700 §2.1).
func (r Registration) instanceOf(p Params) (directory.Instance, string, error) {
	redirectURI, ok := p.one("redirect_uri")
	if ok && redirectURI == "" {
		return directory.Instance{}, "", fault.New(fault.Invalid, "authorize.redirect_missing")
	}
	var found []directory.Instance
	for _, instance := range r.Instances {
		if ok && slices.Contains(instance.RedirectURIs, redirectURI) {
			found = append(found, instance)
		}
	}
	switch len(found) {
	case 0:
		return directory.Instance{}, "", fault.New(fault.Invalid, "authorize.redirect")
	case 1:
		return found[0], redirectURI, nil
	default:
		// The redirect URI tells the tenant; if it tells two, a person of one could be answered as one of the other.
		return directory.Instance{}, "", fault.New(fault.Invalid, "authorize.redirect_ambiguous")
	}
}

func checkOnce(q *AuthRequest, p Params, _ Registration) *Refusal {
	for _, name := range known {
		value, ok := p.one(name)
		if !ok {
			return q.Refuse(InvalidRequest, name+" was sent more than once")
		}
		if !printable(value) {
			return q.Refuse(InvalidRequest, name+" holds characters that are not allowed")
		}
	}
	if p.Repeats() {
		return q.Refuse(InvalidRequest, "a parameter was sent more than once") // its name is not ours to repeat
	}
	return nil
}

// checkObjects refuses what may not be ignored: parameters that would replace the ones beside them (Core §6).
func checkObjects(q *AuthRequest, p Params, _ Registration) *Refusal {
	if value, _ := p.one("request"); value != "" {
		return q.Refuse(RequestNotSupported, "request objects are not supported")
	}
	if value, _ := p.one("request_uri"); value != "" {
		return q.Refuse(RequestURINotSupported, "request_uri is not supported")
	}
	if value, _ := p.one("registration"); value != "" {
		return q.Refuse(RegistrationNotSupported, "registration is not supported")
	}
	return nil
}

func checkResponse(q *AuthRequest, p Params, _ Registration) *Refusal {
	responseType, _ := p.one("response_type")
	switch responseType {
	case "code":
	case "":
		return q.Refuse(InvalidRequest, "response_type is missing")
	default:
		return q.Refuse(UnsupportedResponseType, "only response_type code is supported")
	}
	if mode, _ := p.one("response_mode"); mode != "" && mode != "query" && mode != string(ResponseFormPost) {
		return q.Refuse(InvalidRequest, "only response_mode query and form_post are supported")
	}
	return nil
}

func checkScope(q *AuthRequest, p Params, registered Registration) *Refusal {
	value, _ := p.one("scope")
	asked := strings.Fields(value)
	if !slices.Contains(asked, ScopeOpenID) {
		return q.Refuse(InvalidScope, "scope must contain openid")
	}
	for _, scope := range []string{ScopeOpenID, ScopeProfile, ScopeEmail} {
		if slices.Contains(asked, scope) {
			q.Scope = append(q.Scope, scope)
		}
	}
	if slices.Contains(asked, ScopeOffline) && refreshes(registered.Client) {
		q.Scope = append(q.Scope, ScopeOffline)
	}
	return nil
}

func checkPKCE(q *AuthRequest, p Params, registered Registration) *Refusal {
	q.Nonce, _ = p.one("nonce")
	challenge, _ := p.one("code_challenge")
	method, _ := p.one("code_challenge_method")
	client := registered.Client
	switch {
	case challenge == "" && method != "":
		return q.Refuse(InvalidRequest, "code_challenge_method without code_challenge")
	case challenge == "" && (!client.PKCEOptional || client.AuthMethod == AuthNone):
		return q.Refuse(InvalidRequest, "code_challenge is required")
	case challenge == "" && q.Nonce == "":
		return q.Refuse(InvalidRequest, "code_challenge or nonce is required")
	case challenge == "":
		return nil
	case method != "S256": // an absent one means plain (RFC 7636 §4.3)
		return q.Refuse(InvalidRequest, "code_challenge_method must be S256")
	case !validChallenge(challenge):
		return q.Refuse(InvalidRequest, "code_challenge is no base64url of a SHA-256")
	}
	q.CodeChallenge = challenge
	return nil
}

func checkPrompts(q *AuthRequest, p Params, _ Registration) *Refusal {
	value, _ := p.one("prompt")
	for _, word := range strings.Fields(value) {
		switch prompt := Prompt(word); prompt {
		case PromptNone, PromptLogin, PromptConsent, PromptSelectAccount:
			if !q.Asks(prompt) {
				q.Prompts = append(q.Prompts, prompt)
			}
		default:
			return q.Refuse(InvalidRequest, "prompt holds a value that is not supported")
		}
	}
	if q.Asks(PromptNone) && len(q.Prompts) > 1 {
		return q.Refuse(InvalidRequest, "prompt none stands alone")
	}
	return nil
}

func checkMaxAge(q *AuthRequest, p Params, _ Registration) *Refusal {
	value, _ := p.one("max_age")
	if value == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return q.Refuse(InvalidRequest, "max_age is no number of seconds")
	}
	q.MaxAge, q.MaxAgeSet = time.Duration(seconds)*time.Second, true
	return nil
}

// readHints takes what may help; a hint that is too long helps nobody and is dropped.
func readHints(q *AuthRequest, p Params, _ Registration) *Refusal {
	if hint, _ := p.one("login_hint"); len(hint) <= maxHint {
		q.LoginHint = hint
	}
	locales, _ := p.one("ui_locales")
	q.UILocales = firstFew(strings.Fields(locales))
	values, _ := p.one("acr_values")
	q.ACRValues = firstFew(strings.Fields(values))
	return nil
}

func firstFew(list []string) []string { return list[:min(len(list), maxListLen)] }

// printable reports that a value can be kept and sent back: valid UTF-8 without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
