package me

import (
	"cmp"
	"net/http"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/web"
)

// getSessions lists where somebody is signed in.
func (h *Handlers) getSessions(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	sessions, err := h.live(r, v)
	if err != nil {
		return err
	}
	page := web.OwnSessionsPage{Action: pathEndSession, OthersAction: pathEndOthers, OthersStep: h.stepToken(v.session, pathEndOthers, 0),
		BackURL: Path, SignOutURL: pathSignOut, Several: len(sessions) > 1, Done: doneOf(r, "ended", "others")}
	for _, s := range sessions {
		line := web.OwnSession{Agent: s.Agent, Network: s.Network, Since: v.day(s.AuthAt), Used: v.day(s.UsedAt), This: s.ID == v.session.ID,
			Item: item(s.ID), StepToken: h.stepToken(v.session, pathEndSession+item(s.ID), 0)}
		if !s.Full() {
			line.Product = cmp.Or(v.productOf(s), string(s.Product))
		}
		page.Sessions = append(page.Sessions, line)
	}
	return h.render(w, r, http.StatusOK, page)
}

// live are the account's sessions that still count.
func (h *Handlers) live(r *http.Request, v visit) ([]account.Session, error) {
	all, err := h.Keeper.Store.SessionsOf(r.Context(), v.own.Account.ID, v.now)
	var live []account.Session
	for _, s := range all {
		if s.Live(v.now) {
			live = append(live, s)
		}
	}
	return live, err
}

// productOf is the name of the product that a session opens.
func (v visit) productOf(s account.Session) string {
	for _, l := range v.own.Links {
		if l.ProductAccount.ID == s.ProductAccount && l.Link.Tenant == s.Tenant {
			return l.Product
		}
	}
	return ""
}

// postEndSession ends another session of the account. One that is none of its own is not there.
func (h *Handlers) postEndSession(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, "", 0)
	if done || err != nil {
		return err
	}
	named := s.Value(web.FieldItem)
	allowed := h.check(s, pathEndSession+named, 0)
	sessions, err := h.live(r, s.visit)
	if err != nil {
		return err
	}
	for _, one := range sessions {
		if item(one.ID) != named {
			continue
		}
		if !allowed {
			return h.outOfDate(w, r, pathSessions)
		}
		if _, err := h.Keeper.EndSession(r.Context(), h.ask(r, s.visit, ""), one.ID); err != nil {
			return h.trouble(w, r, err, pathSessions)
		}
		return see(w, r, pathSessions+"?done=ended")
	}
	if allowed {
		return see(w, r, pathSessions+"?done=ended") // sent twice, or over meanwhile
	}
	return fault.New(fault.Missing, "session.missing")
}

// postEndOthers ends all sessions but this one.
func (h *Handlers) postEndOthers(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pathEndOthers, 0)
	if done || err != nil {
		return err
	}
	if !s.allowed {
		return h.outOfDate(w, r, pathSessions)
	}
	if _, err := h.Keeper.EndOthers(r.Context(), h.ask(r, s.visit, "")); err != nil {
		return h.trouble(w, r, err, pathSessions)
	}
	return see(w, r, pathSessions+"?done=others")
}

// getClose says what follows when the account is closed.
func (h *Handlers) getClose(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, h.closePage(v, ""))
}

func (h *Handlers) closePage(v visit, problem string) web.CloseAccountPage {
	return web.CloseAccountPage{Form: h.form(v, pathClose, 0), Email: v.own.Primary().Key(), Products: namedAll(v.own.Links), BackURL: Path,
		ResetURL: pathReset, Error: problem}
}

// postClose closes the account. The browser is forgotten with it.
func (h *Handlers) postClose(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pathClose, 0)
	if done || err != nil {
		return err
	}
	if !s.allowed {
		return h.outOfDate(w, r, pathClose)
	}
	out, err := h.Keeper.Close(r.Context(), h.ask(r, s.visit, s.Value(web.FieldPassword)), s.Value(web.FieldSure) == "yes")
	problem := passwordProblem(out, err)
	if fault.KeyOf(err) == "close.unsure" {
		problem = "unsure"
	}
	if problem != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, h.closePage(s.visit, problem))
	}
	if err != nil {
		return h.trouble(w, r, err, pathClose)
	}
	h.SignOut(w)
	return see(w, r, pathClosed)
}

// getClosed says that it is closed.
func (h *Handlers) getClosed(w http.ResponseWriter, r *http.Request) error {
	return h.render(w, r, http.StatusOK, web.AccountClosedPage{LoginURL: pathLogin})
}
