package protocol

import (
	"encoding/json"
	"net/http"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// pushedAnswer is RFC 9126 §2.2.
type pushedAnswer struct {
	RequestURI string `json:"request_uri"`
	ExpiresIn  int    `json:"expires_in"`
}

// push is the pushed authorization request endpoint (RFC 9126 §2).
func (p *Provider) push(w http.ResponseWriter, r *http.Request) {
	if shareWithSites(w, r) || !only(w, r, http.MethodPost) {
		return
	}
	answered, err := p.pushOne(r)
	if fault.KeyOf(err) == "request.size" {
		answerOversize(w) // RFC 9126 §2.3
		return
	}
	if err != nil {
		p.refuseClientOr(w, r, err)
		return
	}
	body, err := json.Marshal(answered)
	if err != nil {
		p.answerError(w, r, fault.Wrap(fault.Internal, "push.json", err))
		return
	}
	answerJSON(w, http.StatusCreated, body)
}

func answerOversize(w http.ResponseWriter) {
	body, err := json.Marshal(errorBody{Reason: op.InvalidRequest, Detail: "the request is too large"})
	if err != nil {
		body = nil
	}
	answerJSON(w, http.StatusRequestEntityTooLarge, body)
}

func (p *Provider) pushOne(r *http.Request) (pushedAnswer, error) {
	form, sent, err := readForm(r)
	if err != nil {
		return pushedAnswer{}, err
	}
	client, err := p.clientOf(r, form)
	if err != nil {
		return pushedAnswer{}, err
	}
	registered, err := p.clients.registration(r.Context(), client.ID)
	if err != nil {
		return pushedAnswer{}, err
	}
	secret := p.cfg.NewSecret()
	pushed, err := op.NewPushed(sent, registered, p.cfg.Issuer, p.cfg.Signer.Payload, p.cfg.HashRequest(secret), p.cfg.Now())
	if err != nil {
		return pushedAnswer{}, err
	}
	if err := p.cfg.Requests.SavePushed(r.Context(), pushed); err != nil {
		return pushedAnswer{}, err
	}
	return pushedAnswer{RequestURI: op.RequestURIPrefix + secret, ExpiresIn: int(op.PushedTTL / time.Second)}, nil
}

// unpacked are the parameters of a request: those that were pushed, when it refers to some, and then nothing of what was sent
// beside them (RFC 9126 §4). hash is empty when it refers to none.
func (p *Provider) unpacked(r *http.Request, sent op.Params, client ident.ClientID) (found op.Params, hash string, err error) {
	secret, ok := sent.PushedSecret()
	if !ok {
		return sent, "", nil
	}
	pushed, err := p.cfg.Requests.Pushed(r.Context(), p.cfg.HashRequest(secret))
	if fault.Is(err, fault.Missing) {
		return nil, "", fault.Wrap(fault.Expired, "authorize.expired", err)
	}
	if err != nil {
		return nil, "", err
	}
	return pushed.Params, pushed.Hash, pushed.Open(client, p.cfg.Now())
}
