package other

import "net/http"

// frame is what every page shows around its content. Printable values only.
type frame struct {
	Title, Product, Account string
	// Failed marks a page that shows an error, for the title.
	Failed bool
	Note   string
	// Who is empty while nobody is signed in.
	Who string
}

type (
	homePage struct {
		frame
		User       user
		ViaAccount bool
	}
	loginPage struct {
		frame
		Typed string
		Wrong bool
	}
	// stoppedPage is why something ended here.
	stoppedPage struct {
		frame
		Text string
	}
)

// noteKey names a note in a query parameter: a key, never the text, so that nobody can make a page say things.
type noteKey string

const (
	noteTenantOff    noteKey = "tenant_off"
	noteProviderDown noteKey = "provider_down"
)

func (p *Product) frame(title string) frame {
	return frame{Title: title, Product: p.cfg.Name, Account: p.cfg.AccountName}
}

func (f frame) with(key noteKey) frame {
	switch key {
	case noteTenantOff:
		f.Note = "Your organisation does not sign in with " + f.Account + ". Log in with your " + f.Product + " password."
	case noteProviderDown:
		f.Note = f.Account + " does not answer at the moment. You can log in with your " + f.Product + " password."
	}
	return f
}

func (p *Product) stopped(w http.ResponseWriter, title, text string) error {
	page := stoppedPage{frame: p.frame(title), Text: text}
	page.Failed = true
	return p.pages.Render(w, http.StatusForbidden, "stopped", page)
}

func (p *Product) showFailure(w http.ResponseWriter, _ *http.Request, status int, _ string) error {
	page := stoppedPage{frame: p.frame("Something went wrong"), Text: "This is a mistake of " + p.cfg.Name + "."}
	switch status {
	case http.StatusNotFound:
		page.Title, page.Text = "Page not found", "There is nothing at this address."
	case http.StatusServiceUnavailable:
		page.Title, page.Text = "Try again in a moment", p.cfg.Name+" cannot reach its directory just now."
	}
	page.Failed = true
	return p.pages.Render(w, status, "stopped", page)
}
