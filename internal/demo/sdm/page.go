package sdm

import (
	"net/http"
	"time"

	"ligature/internal/fault"
)

// frame is what every page shows around its content. Printable values only.
type frame struct {
	Title, Product, Account string
	// Failed marks a page that shows an error, for the title.
	Failed bool
	Note   note
	// Who is empty while nobody is signed in.
	Who, WhoEmail string
	Nav           []navItem
}

type navItem struct {
	Path, Text string
	Here       bool
}

// note is a short message above the content.
type note struct{ Tone, Text string }

// noteKey names a note in a query parameter: a key, never the text, so that nobody can make a page say things.
type noteKey string

const (
	noteTenantOff    noteKey = "tenant_off"
	noteProviderDown noteKey = "provider_down"
	noteSignedOut    noteKey = "signed_out"
	noteResetDone    noteKey = "reset_done"
	noteMustReset    noteKey = "must_reset"
	notePassword     noteKey = "password_changed"
	noteSaved        noteKey = "saved"
	noteInvited      noteKey = "invited"
)

func (f frame) with(key noteKey) frame {
	switch key {
	case noteTenantOff:
		f.Note = note{"info", "Your workspace does not sign in with " + f.Account + ". Log in with your " + f.Product + " email and password."}
	case noteProviderDown:
		f.Note = note{"warning", f.Account + " does not answer at the moment. You can log in with your " + f.Product + " email and password."}
	case noteSignedOut:
		f.Note = note{"info", "You are logged out."}
	case noteResetDone:
		f.Note = note{"success", "Your new password is set. You can log in with it."}
	case noteMustReset:
		f.Note = note{"warning", "Your password has to be replaced before you can log in."}
	case notePassword:
		f.Note = note{"success", "Your password was updated. Log in again."}
	case noteSaved:
		f.Note = note{"success", "Saved."}
	case noteInvited:
		f.Note = note{"success", "The invitations are on their way."}
	}
	return f
}

func (p *Product) frame(title string) frame {
	return frame{Title: title, Product: p.cfg.Name, Account: p.cfg.AccountName}
}

// inside is the frame for somebody signed in; only what the access level allows is in the menu.
func (p *Product) inside(title, here string, s session) frame {
	f := p.frame(title)
	f.Who, f.WhoEmail = s.user.Name(), s.user.Email
	for _, item := range []struct {
		path, text string
		admin      bool
	}{{"/", "Home", false}, {"/jobs", "Jobs", false}, {"/organisation/team", "Organisation", false},
		{"/organisation/settings", "Workflow settings", true}, {"/account", "My Account", false}} {
		if !item.admin || s.user.Administrator() {
			f.Nav = append(f.Nav, navItem{item.path, item.text, item.path == here})
		}
	}
	return f
}

func (p *Product) show(w http.ResponseWriter, status int, page string, data any) error {
	return p.pages.Render(w, status, page, data)
}

// failurePage is any failure that has no page of its own.
type failurePage struct {
	frame
	Text string
}

func (p *Product) showFailure(w http.ResponseWriter, r *http.Request, status int, key string) error {
	title, text := "Something went wrong", "This is a mistake of "+p.cfg.Name+". Please try again."
	switch {
	case key == "sdm.forbidden":
		title, text = "Access denied", "Only administrators of your organisation can do this."
	case key == "sdm.reset_link":
		title, text = "This link no longer works", "It was used already, or is older than 24 hours. You can ask for a new one on the login page."
	case status == http.StatusNotFound:
		title, text = "Page not found", "There is nothing at this address."
	case status == http.StatusServiceUnavailable:
		title, text = "Please try again in a moment", p.cfg.Name+" cannot reach its database just now."
	case status == http.StatusUnprocessableEntity:
		title, text = "This could not be read", "Please go back and try again."
	}
	page := failurePage{frame: p.frame(title), Text: text}
	if s, err := p.session(r); err == nil {
		page.frame = p.inside(title, "", s)
	}
	page.Failed = true
	return p.show(w, status, "failure", page)
}

func (p *Product) getNothing(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.Missing, "sdm.page")
}

// adminOnly lets administrators in; members get 403 (fault.Denied, sdm.forbidden).
func (p *Product) adminOnly(next pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, s session) error {
		if !s.user.Administrator() {
			return fault.New(fault.Denied, "sdm.forbidden")
		}
		return next(w, r, s)
	}
}

// shown prints an instant for people.
func shown(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2 Jan 2006, 15:04 MST")
}
