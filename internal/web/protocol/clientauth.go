package protocol

import (
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// credentials are what a client says about itself.
type credentials struct {
	client ident.ClientID
	secret string
	// assertion is the signed JWT of a client that has no secret.
	assertion string
	method    string
}

// readCredentials finds the one way in which the client authenticates (RFC 6749 §2.3: no more than one).
func readCredentials(r *http.Request, form tokenForm) (credentials, error) {
	header := r.Header.Values("Authorization")
	switch {
	case form.assertion != "" || form.assertionOf != "":
		return assertedCredentials(form, len(header) > 0)
	case len(header) > 1:
		return credentials{}, badRequest("more than one Authorization header")
	case len(header) == 1 && form.clientSecret != "":
		return credentials{}, badRequest("more than one way of client authentication")
	case len(header) == 1:
		said, ok := basicCredentials(header[0])
		if !ok {
			return credentials{}, refuseClient("the Authorization header cannot be read")
		}
		if form.client != "" && form.client != said.client {
			return credentials{}, badRequest("client_id is not the client of the Authorization header")
		}
		return said, nil
	case form.client == "":
		return credentials{}, refuseClient("the client does not say who it is")
	case form.clientSecret != "":
		return credentials{client: form.client, secret: form.clientSecret, method: op.AuthPost}, nil
	}
	return credentials{client: form.client, method: op.AuthNone}, nil
}

// assertedCredentials reads a signed assertion (RFC 7521 §4.2). Who it names is believed only when its signature is theirs.
func assertedCredentials(form tokenForm, header bool) (credentials, error) {
	claimed := op.AssertingClient(form.assertion)
	switch {
	case header || form.clientSecret != "":
		return credentials{}, badRequest("more than one way of client authentication")
	case form.assertionOf != op.AssertionType:
		return credentials{}, refuseClient("client_assertion_type is not supported")
	case claimed == "" || form.client != "" && form.client != claimed:
		return credentials{}, refuseClient("client_assertion cannot be read, or is not of client_id")
	}
	return credentials{client: claimed, assertion: form.assertion, method: op.AuthPrivateKey}, nil
}

// basicCredentials reads an Authorization header; name and secret are form-encoded in it (RFC 6749 §2.3.1).
func basicCredentials(header string) (credentials, bool) {
	request := http.Request{Header: http.Header{"Authorization": {header}}}
	name, secret, ok := request.BasicAuth()
	if !ok {
		return credentials{}, false
	}
	client, errClient := url.QueryUnescape(name)
	plain, errSecret := url.QueryUnescape(secret)
	if errClient != nil || errSecret != nil || client == "" || plain == "" || strings.ContainsRune(client, 0) {
		return credentials{}, false
	}
	return credentials{client: ident.ClientID(client), secret: plain, method: op.AuthBasic}, true
}

// clientOf is the client that sent the form, authenticated.
func (p *Provider) clientOf(r *http.Request, form tokenForm) (directory.Client, error) {
	said, err := readCredentials(r, form)
	if err != nil {
		return directory.Client{}, err
	}
	return p.authenticate(r, said)
}

// authenticate gives the client. A wrong secret and an unknown client are told apart by nobody outside: one answer, the
// same work. Errors: *op.TokenError invalid_client, fault.Unavailable.
func (p *Provider) authenticate(r *http.Request, said credentials) (directory.Client, error) {
	registered, err := p.clients.registration(r.Context(), said.client)
	known := err == nil
	if err != nil && !fault.Is(err, fault.Missing) {
		return directory.Client{}, err
	}
	client := registered.Client
	if known && said.method == op.AuthPrivateKey && client.AuthMethod == op.AuthPrivateKey {
		return client, p.checkAssertion(r, said, client)
	}
	expected := client.SecretHash
	if !known || expected == "" {
		expected = p.nobody
	}
	same := subtle.ConstantTimeCompare([]byte(p.cfg.HashSecret(said.secret)), []byte(expected)) == 1
	if client.AuthMethod == op.AuthNone {
		same = said.secret == ""
	}
	same = same && said.method != op.AuthPrivateKey
	if known && same && said.method == client.AuthMethod {
		return client, nil
	}
	name := "unknown" // what was sent is not repeated unless it is a client's
	if known {
		name = string(client.ID)
	}
	p.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "client refused", slog.String("client", name))
	return directory.Client{}, refuseClient("client authentication failed, or in another way than registered")
}

// checkAssertion takes an assertion once: its signature, its claims, and that it was never here before.
func (p *Provider) checkAssertion(r *http.Request, said credentials, client directory.Client) error {
	refused := func(err error) error {
		p.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "client refused", slog.String("client", string(client.ID)))
		return err
	}
	payload, err := p.cfg.VerifyForeign([]byte(client.JWKS), said.assertion, op.AssertionAlgs())
	if err != nil {
		return refused(refuseClient("the signature of the assertion is not the client's"))
	}
	asserted, err := op.ReadAssertion(payload, client.ID, p.cfg.Issuer, p.cfg.Now())
	if err != nil {
		return refused(err)
	}
	err = p.cfg.Requests.SpendAssertion(r.Context(), asserted)
	if fault.Is(err, fault.Moved) {
		return refused(refuseClient("the assertion was used before"))
	}
	return err
}

func refuseClient(detail string) error {
	return &op.TokenError{Reason: op.InvalidClient, Detail: detail}
}
func badRequest(detail string) error {
	return &op.TokenError{Reason: op.InvalidRequest, Detail: detail}
}
