package other

import (
	"context"
	"net/http"
	"net/url"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// getHome lets in who has a session, and sends everybody else to sign in.
func (p *Product) getHome(w http.ResponseWriter, r *http.Request) error {
	u, s, err := p.signedIn(r)
	if fault.Is(err, fault.Missing) {
		return p.sendToSignIn(w, r)
	}
	if err != nil {
		return err
	}
	page := homePage{frame: p.frame("Home"), User: u, ViaAccount: s.IDToken != ""}
	page.Who = u.Name
	return p.pages.Render(w, http.StatusOK, "home", page)
}

// sendToSignIn sends the browser to the identity provider, or, when that does not answer or says that this workspace does
// not sign in with it, to the product's own login.
func (p *Product) sendToSignIn(w http.ResponseWriter, r *http.Request) error {
	if p.party.Off(r.Context()) {
		return p.sendToOwnLogin(w, r, noteTenantOff)
	}
	authorizeURL, err := p.party.Begin(w, r, rp.Ask{ReturnTo: "/"})
	if fault.Is(err, fault.Unavailable) {
		return p.sendToOwnLogin(w, r, noteProviderDown)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, authorizeURL, http.StatusSeeOther)
	return nil
}

func (p *Product) sendToOwnLogin(w http.ResponseWriter, r *http.Request, note noteKey) error {
	http.Redirect(w, r, LoginPath+"?"+url.Values{"note": {string(note)}}.Encode(), http.StatusSeeOther)
	return nil
}

func (p *Product) getLogin(w http.ResponseWriter, r *http.Request) error {
	return p.pages.Render(w, http.StatusOK, "login", loginPage{frame: p.frame("Log in").with(noteKey(r.URL.Query().Get("note")))})
}

// postLogin is the product's own login: a bind.
func (p *Product) postLogin(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, "other.form", err)
	}
	typed := r.PostForm.Get("login")
	u, err := p.check(r.Context(), typed, r.PostForm.Get("password"))
	if fault.Is(err, fault.Missing) || fault.Is(err, fault.Denied) {
		page := loginPage{frame: p.frame("Log in"), Typed: typed, Wrong: true}
		page.Failed = true
		return p.pages.Render(w, http.StatusUnauthorized, "login", page)
	}
	if err != nil {
		return err
	}
	p.begin(w, r, session{userID: u.ID})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// check finds who is meant and binds as them; fault.Missing and fault.Denied for nobody, a wrong password, and somebody who
// may not come in. A bind with an empty password would succeed for everybody.
func (p *Product) check(ctx context.Context, typed, password string) (user, error) {
	u, err := p.byLogin(ctx, typed)
	if err != nil {
		return user{}, err
	}
	if password == "" || u.Inactive {
		return user{}, fault.New(fault.Denied, "other.password")
	}
	return u, p.as(ctx, u.DN, password, nil)
}

func (p *Product) getForgot(w http.ResponseWriter, _ *http.Request) error {
	return p.pages.Render(w, http.StatusOK, "forgot", p.frame("Forgotten password"))
}

// getSignIn begins a sign-in with the one account on purpose, from the link on the own login page.
func (p *Product) getSignIn(w http.ResponseWriter, r *http.Request) error {
	return p.sendToSignIn(w, r)
}

// getCallback is where the identity provider sends the browser back to.
func (p *Product) getCallback(w http.ResponseWriter, r *http.Request) error {
	identity, err := p.party.Finish(w, r)
	if err != nil {
		return p.callbackFailed(w, r, err)
	}
	u, err := p.byID(r.Context(), identity.ProductAccount.ID)
	if err == nil && (u.Inactive || p.cfg.Tenant != "" && identity.Tenant != p.cfg.Tenant) {
		err = fault.New(fault.Missing, "other.user")
	}
	if fault.Is(err, fault.Missing) {
		return p.stopped(w, "Your user cannot be opened", "You are signed in, but the "+p.cfg.Name+" user behind it no longer exists or may not come in. Nothing was changed.")
	}
	if err != nil {
		return err
	}
	p.begin(w, r, session{userID: u.ID, IDToken: identity.IDToken, sid: identity.SID, subject: identity.Subject})
	http.Redirect(w, r, stand.LocalPath(identity.ReturnTo), http.StatusSeeOther)
	return nil
}

func (p *Product) callbackFailed(w http.ResponseWriter, r *http.Request, err error) error {
	refused, ok := rp.Refused(err)
	switch {
	case ok && refused.Reason == rp.TenantNotEnabled:
		return p.sendToOwnLogin(w, r, noteTenantOff)
	case ok && refused.OwnLogin(), !ok && fault.Is(err, fault.Unavailable):
		return p.sendToOwnLogin(w, r, noteProviderDown)
	case ok:
		return p.stopped(w, "The sign-in was stopped", p.cfg.AccountName+" did not sign you in. Nothing was changed in "+p.cfg.Name+".")
	case fault.Is(err, fault.Expired):
		// A reload of the callback, or Back, after everything went well: go where the session leads.
		if _, _, err := p.signedIn(r); err == nil {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return nil
		}
		return p.stopped(w, "This sign-in can no longer be finished", "It was finished already, took too long, or began in another browser. Nothing was changed.")
	case fault.Is(err, fault.Denied):
		return p.stopped(w, "The sign-in could not be checked", "Nothing was changed.")
	}
	return err
}

// postLogout ends the product's session, and the provider's when that is how the person came in.
func (p *Product) postLogout(w http.ResponseWriter, r *http.Request) error {
	was := p.end(r)
	p.cookies.Clear(w, sessionCookie)
	to := SignedOutPath
	if was.IDToken != "" {
		if signOutURL, err := p.party.SignOutURL(r.Context(), was.IDToken); err == nil && signOutURL != "" {
			to = signOutURL
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (p *Product) getSignedOut(w http.ResponseWriter, _ *http.Request) error {
	return p.pages.Render(w, http.StatusOK, "signedout", p.frame("You are logged out"))
}
