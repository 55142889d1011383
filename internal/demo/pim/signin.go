package pim

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// sendToSignIn sends the browser to the identity provider, or, when that does not answer or says that this workspace does
// not sign in with it, to the product's own login.
func (p *Product) sendToSignIn(w http.ResponseWriter, r *http.Request, ask rp.Ask) error {
	if p.party.Off(r.Context()) {
		return p.sendToOwnLogin(w, r, noteTenantOff, ask.ReturnTo)
	}
	authorizeURL, err := p.party.Begin(w, r, ask)
	if fault.Is(err, fault.Unavailable) {
		p.cfg.Log.WarnContext(r.Context(), "identity provider does not answer", "error", err)
		return p.sendToOwnLogin(w, r, noteProviderDown, ask.ReturnTo)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, authorizeURL, http.StatusSeeOther)
	return nil
}

func (p *Product) sendToOwnLogin(w http.ResponseWriter, r *http.Request, note noteKey, target string) error {
	query := url.Values{"note": {string(note)}}
	if target = stand.LocalPath(target); target != "/" {
		query.Set("target", target)
	}
	http.Redirect(w, r, LoginPath+"?"+query.Encode(), http.StatusSeeOther)
	return nil
}

// selectAccount is the prompt that lets somebody with several users here say which one to open (OpenID Connect Core §3.1.2.1).
const selectAccount = "select_account"

// getAuthLogin begins a sign-in with the one account on purpose, from the link on the own login page, or from My Account with
// another user.
func (p *Product) getAuthLogin(w http.ResponseWriter, r *http.Request) error {
	ask := rp.Ask{ReturnTo: r.URL.Query().Get("target")}
	if r.URL.Query().Get("prompt") == selectAccount {
		ask.Prompt = selectAccount
	}
	return p.sendToSignIn(w, r, ask)
}

// getCallback is where the identity provider sends the browser back to.
func (p *Product) getCallback(w http.ResponseWriter, r *http.Request) error {
	identity, err := p.party.Finish(w, r)
	if err != nil {
		return p.callbackFailed(w, r, identity.ReturnTo, err)
	}
	u, err := p.userOf(r, identity)
	if missing(err) {
		p.cfg.Log.WarnContext(r.Context(), "signed in, but no such user here", "subject", identity.Subject)
		return p.show(w, http.StatusForbidden, "stopped", stoppedPage{frame: p.frame("Your user cannot be opened"), NoUser: true})
	}
	if err != nil {
		return err
	}
	if err := p.openSession(w, r, sessionData{User: u.ID, Via: viaAccount, IDToken: identity.IDToken, SID: identity.SID, Subject: identity.Subject}); err != nil {
		return err
	}
	if err := p.inviteAccepted(r.Context(), u.ID); err != nil {
		return err
	}
	if err := p.recordLogin(r.Context(), u.ID, p.cfg.Now()); err != nil {
		return err
	}
	http.Redirect(w, r, stand.LocalPath(identity.ReturnTo), http.StatusSeeOther)
	return nil
}

// userOf finds the product's own user by its own id and by nothing else; fault.Missing also for somebody disabled, of
// another type or of another tenant.
func (p *Product) userOf(r *http.Request, identity rp.Identity) (user, error) {
	gone := fault.New(fault.Missing, "pim.user")
	id, err := strconv.ParseInt(identity.ProductAccount.ID, 10, 64)
	if err != nil || p.cfg.Tenant != "" && identity.Tenant != p.cfg.Tenant {
		return user{}, gone
	}
	if p.cfg.Guests {
		return p.guest(r.Context(), identity)
	}
	u, err := p.user(r.Context(), `WHERE u.id = $1`, id)
	if err != nil {
		return user{}, err
	}
	if !u.mayEnter() {
		return user{}, gone
	}
	return u, nil
}

// guest is the user here that stands for one of another database. The ids of that database mean nothing among the rows here.
func (p *Product) guest(ctx context.Context, identity rp.Identity) (user, error) {
	username := identity.ProductAccount.Username
	first, last, _ := strings.Cut(cmp.Or(identity.Name, username), " ")
	if err := p.Seed(ctx, []Person{{Username: username, Email: cmp.Or(identity.Email, username+"@guest.invalid"), FirstName: first, LastName: last,
		Password: rand.Text(), Roles: []string{"ROLE_USER"}}}); err != nil {
		return user{}, err
	}
	return p.user(ctx, `WHERE u.username = $1`, username)
}

func (p *Product) callbackFailed(w http.ResponseWriter, r *http.Request, target string, err error) error {
	if refused, ok := rp.Refused(err); ok {
		switch {
		case refused.Reason == rp.TenantNotEnabled:
			return p.sendToOwnLogin(w, r, noteTenantOff, target)
		case refused.OwnLogin():
			return p.sendToOwnLogin(w, r, noteProviderDown, target)
		}
		return p.show(w, http.StatusForbidden, "stopped", stoppedPage{frame: p.frame("The sign-in was stopped"), Refused: true, Target: target})
	}
	switch fault.KindOf(err) {
	case fault.Unavailable:
		p.cfg.Log.WarnContext(r.Context(), "identity provider does not answer", "error", err)
		return p.sendToOwnLogin(w, r, noteProviderDown, target)
	case fault.Expired:
		// A reload of the callback, or Back, after everything went well: go where the session leads.
		if _, err := p.session(r); err == nil {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return nil
		}
		return p.show(w, http.StatusBadRequest, "stopped", stoppedPage{frame: p.frame("This sign-in can no longer be finished"), Stale: true, Target: "/"})
	case fault.Denied:
		p.cfg.Log.WarnContext(r.Context(), "answer of the identity provider refused", "key", fault.KeyOf(err), "error", err)
		return p.show(w, http.StatusForbidden, "stopped", stoppedPage{frame: p.frame("The sign-in could not be checked"), Stale: true, Target: "/"})
	default:
		return err
	}
}

// stoppedPage is why a sign-in with the one account ended here.
type stoppedPage struct {
	frame
	NoUser, Refused, Stale bool
	Target                 string
}

func (p *Product) getLogout(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.session(r); missing(err) {
		http.Redirect(w, r, SignedOutPath, http.StatusSeeOther)
		return nil
	} else if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "logout", p.frame("Sign out"))
}

// postLogout ends the product's session, and the provider's when that is how the person came in.
func (p *Product) postLogout(w http.ResponseWriter, r *http.Request) error {
	s, err := p.session(r)
	if err != nil && !missing(err) {
		return err
	}
	p.cookies.Clear(w, sessionCookie)
	if err != nil {
		http.Redirect(w, r, SignedOutPath, http.StatusSeeOther)
		return nil
	}
	if err := p.endSession(r.Context(), s.id); err != nil {
		return err
	}
	if s.data.Via != viaAccount {
		return p.sendToOwnLogin(w, r, noteSignedOut, "")
	}
	signOutURL, err := p.party.SignOutURL(r.Context(), s.data.IDToken)
	if err != nil || signOutURL == "" {
		signOutURL = SignedOutPath
	}
	http.Redirect(w, r, signOutURL, http.StatusSeeOther)
	return nil
}

func (p *Product) getSignedOut(w http.ResponseWriter, _ *http.Request) error {
	return p.show(w, http.StatusOK, "signedout", p.frame("You are signed out"))
}
