package signin

import (
	"net/http"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/web"
)

// twiceTTL is how long a form that is sent twice brings back the session it has made.
const twiceTTL = 30 * time.Second

// bringBack sets the cookie of the session that a form made, when the form is sent twice: a browser whose button is pressed
// again lets go of the first answer, and of the cookie in it. made is when the form was taken; zero for when the session's
// password was given. found is false, and nothing is set, when the form made none, or longer ago than twiceTTL, or one that is
// over, or another browser's. The browser's name is a cookie, which can be copied: so it must be the same kind of browser in the same
// network too.
func (h *Handlers) bringBack(w http.ResponseWriter, r *http.Request, stepToken string, made time.Time) (found bool, err error) {
	if stepToken == "" {
		return false, nil
	}
	secret := h.Secrets.SessionSecret(stepToken)
	s, err := h.People.Session(r.Context(), ident.SessionID(h.Secrets.Hash(SecretSession, secret)))
	if fault.Is(err, fault.Missing) {
		return false, nil
	}
	now := h.Now()
	if s.AuthAt.After(made) {
		made = s.AuthAt
	}
	from := h.Origin(r)
	if err != nil || !now.Before(made.Add(twiceTTL)) || !s.Live(now) || s.Browser != h.knownBrowser(r) || s.Agent != from.Agent || s.Network != from.Network {
		return false, err
	}
	h.Shell.Cookies.Set(w, web.CookieSession, secret, 0)
	return true, nil
}
