package pim

import (
	"context"
	"encoding/json"
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
	Who, WhoUsername string
	Nav              []navItem
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
	noteAskedAlready noteKey = "asked_already"
	noteSaved        noteKey = "saved"
	noteInvited      noteKey = "invited"
)

func (f frame) with(key noteKey) frame {
	switch key {
	case noteTenantOff:
		f.Note = note{"info", "Your workspace does not sign in with " + f.Account + ". Sign in with your " + f.Product + " login details."}
	case noteProviderDown:
		f.Note = note{"warning", f.Account + " does not answer at the moment. You can sign in with your " + f.Product + " login details."}
	case noteSignedOut:
		f.Note = note{"info", "You are signed out."}
	case noteResetDone:
		f.Note = note{"success", "Your password has been successfully reset. You may login now."}
	case noteAskedAlready:
		f.Note = note{"warning", "The password for this user has already been requested within the last 24 hours."}
	case noteSaved:
		f.Note = note{"success", "Saved."}
	case noteInvited:
		f.Note = note{"success", "The invitation is on its way."}
	}
	return f
}

func (p *Product) frame(title string) frame {
	return frame{Title: title, Product: p.cfg.Name, Account: p.cfg.AccountName}
}

// inside is the frame for somebody signed in; only what the roles allow is in the menu.
func (p *Product) inside(ctx context.Context, title, here string, s session) (frame, error) {
	f := p.frame(title)
	f.Who, f.WhoUsername = s.user.Name(), s.user.Username
	for _, item := range []struct{ path, text, permission string }{
		{"/", "Dashboard", ""}, {"/enrich/product", "Products", "pim_enrich_product_index"},
		{"/system/users", "Users", "pim_user_user_index"}, {"/system/configuration", "Configuration", "oro_config_system"},
		{"/user/account", "My Account", ""},
	} {
		if item.permission != "" {
			granted, err := p.may(ctx, s.user.ID, item.permission)
			if err != nil {
				return f, err
			}
			if !granted {
				continue
			}
		}
		f.Nav = append(f.Nav, navItem{item.path, item.text, item.path == here})
	}
	return f, nil
}

func (p *Product) show(w http.ResponseWriter, status int, page string, data any) error {
	return p.pages.Render(w, status, page, data)
}

// failurePage is any failure that has no page of its own.
type failurePage struct {
	frame
	Status int
	Text   string
}

func (p *Product) showFailure(w http.ResponseWriter, r *http.Request, status int, key string) error {
	title, text := "Something went wrong", "This is a mistake of "+p.cfg.Name+". Please try again."
	switch {
	case key == "pim.forbidden":
		title, text = "Access forbidden", "None of your roles lets you open this page. An administrator can change that under System > Users."
	case status == http.StatusNotFound:
		title, text = "Page not found", "There is nothing at this address, or the link has been used already."
	case status == http.StatusServiceUnavailable:
		title, text = "Please try again in a moment", p.cfg.Name+" cannot reach its database just now."
	case status == http.StatusUnprocessableEntity:
		title, text = "This could not be read", "Please go back and try again."
	}
	page := failurePage{frame: p.frame(title), Status: status, Text: text}
	if s, err := p.session(r); err == nil {
		if page.frame, err = p.inside(r.Context(), title, "", s); err != nil {
			return err
		}
	}
	page.Failed = true
	return p.show(w, status, "failure", page)
}

func (p *Product) getNothing(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.Missing, "pim.page")
}

// in shows an instant in the person's time zone.
func (u user) in(at time.Time) string {
	zone, err := time.LoadLocation(u.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2 Jan 2006, 15:04 MST")
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fault.Wrap(fault.Internal, "pim.json", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(encoded)
	return fault.Wrap(fault.Unavailable, "pim.write", err)
}
