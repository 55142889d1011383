package protocol

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
	"ligature/internal/web"
)

// SignOutForm is the form of the page that asks whether to sign out.
type SignOutForm struct {
	// Action is where it posts to.
	Action string
	// Field is the name of the hidden field, Proof its value: it shows that the form was made for this session.
	Field, Proof string
}

// fieldStep names the hidden field of our forms.
const fieldStep = web.FieldStep

// signOutParams are those of RP-Initiated Logout §2 that we read.
var signOutParams = [...]string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"}

// ending is a request to sign out.
type ending struct {
	hint op.Hint // zero without a valid one
	// returnURL is where the browser may go afterwards; empty: nowhere.
	returnURL string
}

// endSession is the end-session endpoint (RP-Initiated Logout). It acts at once only for the client whose ID token belongs
// to the session of this browser; it asks everybody else, and then leads nowhere (ATK-107).
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet, http.MethodPost) {
		return nil
	}
	sent, err := params(r)
	if err != nil {
		return err
	}
	if sent.Repeats() {
		return fault.New(fault.Invalid, "end_session.repeated") // before a part of it is forgotten
	}
	if r.Method == http.MethodPost {
		// A post from another site comes without the session's cookie (SameSite=Lax); a navigation brings it.
		return seeOther(w, asQuery(sent))
	}
	asked, err := p.readEnding(r, sent)
	if err != nil {
		return err
	}
	session, err := p.cfg.SessionOf(r)
	if err != nil {
		return err
	}
	if session != nil {
		belongs, err := p.belongs(r, asked.hint, session)
		if err != nil {
			return err
		}
		if !belongs {
			return p.cfg.ConfirmSignOut(w, r, SignOutForm{Action: PathConfirmSignOut, Field: fieldStep, Proof: signOutProof(session)})
		}
		if err := p.signOut(w, r, session); err != nil {
			return err
		}
	}
	if asked.returnURL != "" {
		return seeOther(w, asked.returnURL)
	}
	return seeOther(w, PathSignedOut)
}

func asQuery(sent op.Params) string {
	kept := url.Values{}
	for _, name := range signOutParams {
		if values := sent[name]; len(values) > 0 {
			kept[name] = values
		}
	}
	return PathEndSession + "?" + kept.Encode()
}

// readEnding checks what was sent. A hint that is not ours counts as none. Errors: fault.Invalid "end_session.client",
// "end_session.redirect".
func (p *Provider) readEnding(r *http.Request, sent op.Params) (ending, error) {
	value := map[string]string{}
	for _, name := range signOutParams {
		if len(sent[name]) == 1 {
			value[name] = sent[name][0]
		}
	}
	hint, err := op.ReadHint(value["id_token_hint"], p.cfg.Issuer, p.cfg.Signer.Payload)
	if err != nil {
		return ending{}, nil
	}
	if named := value["client_id"]; named != "" && named != string(hint.Client) {
		return ending{}, fault.New(fault.Invalid, "end_session.client")
	}
	returnURL := value["post_logout_redirect_uri"]
	if returnURL == "" {
		return ending{hint: hint}, nil
	}
	registered, err := p.clients.registration(r.Context(), hint.Client)
	if err != nil && !fault.Is(err, fault.Missing) {
		return ending{}, err
	}
	if !slices.ContainsFunc(registered.Instances, func(i directory.Instance) bool {
		return i.Tenant == hint.Tenant && slices.Contains(i.PostLogoutRedirectURIs, returnURL)
	}) {
		return ending{}, fault.New(fault.Invalid, "end_session.redirect")
	}
	if value["state"] != "" {
		returnURL = op.WithQuery(returnURL, "state", value["state"])
	}
	return ending{hint: hint, returnURL: returnURL}, nil
}

// belongs reports whether the ID token was made from this session, or, after another sign-in in the same browser, for
// somebody this session reaches.
func (p *Provider) belongs(r *http.Request, hint op.Hint, session *op.Session) (bool, error) {
	if hint.Client == "" {
		return false, nil
	}
	if subtle.ConstantTimeCompare([]byte(hint.SID), []byte(op.SID(session.ID, hint.Client))) == 1 {
		return true, nil
	}
	registered, err := p.clients.registration(r.Context(), hint.Client)
	if fault.Is(err, fault.Missing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	facts, err := p.cfg.Store.Facts(r.Context(), hint.Tenant, registered.Client.Product, session.ID)
	if fault.Is(err, fault.Missing) {
		return false, nil
	}
	return facts.Reaches(hint.Subject, session), err
}

// signOut ends what the session gave before it ends the session: a crash between the two leaves nothing behind that works
// without it.
func (p *Provider) signOut(w http.ResponseWriter, r *http.Request, session *op.Session) error {
	if err := p.cfg.Store.EndGrants(r.Context(), session.ID, p.cfg.Now()); err != nil {
		return err
	}
	return p.cfg.SignOut(w, r, session)
}

// confirmSignOut is the answer to the page that asks. It needs both the browser's word that the form is ours and a value
// that only this session's page held.
func (p *Provider) confirmSignOut(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodPost) {
		return nil
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return fault.New(fault.Denied, "request.cross_origin")
	}
	sent, err := bodyParams(r)
	if err != nil {
		return err
	}
	session, err := p.cfg.SessionOf(r)
	if err != nil {
		return err
	}
	if session == nil {
		return seeOther(w, PathSignedOut)
	}
	if proofs := sent[fieldStep]; len(proofs) != 1 || subtle.ConstantTimeCompare([]byte(proofs[0]), []byte(signOutProof(session))) != 1 {
		return fault.New(fault.Denied, "end_session.proof")
	}
	if err := p.signOut(w, r, session); err != nil {
		return err
	}
	return seeOther(w, PathSignedOut)
}

// signedOut shows the end.
func (p *Provider) signedOut(w http.ResponseWriter, r *http.Request) error {
	if !only(w, r, http.MethodGet) {
		return nil
	}
	return p.cfg.SignedOut(w, r)
}

// signOutProof cannot be made without the session; no client has a slash in its id, so it is no client's sid.
func signOutProof(session *op.Session) string {
	return op.SID(session.ID, ident.ClientID(PathConfirmSignOut))
}
