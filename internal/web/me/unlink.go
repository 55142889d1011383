package me

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
	"ligature/internal/web"
)

// days is how long a change can be taken back.
const days = int(account.UndoTTL / (24 * time.Hour))

// getUnlink says what follows when a link is taken apart.
func (h *Handlers) getUnlink(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	held, ok := v.own.Held(ident.LinkID(r.PathValue("id")))
	if !ok {
		return fault.New(fault.Missing, "link.missing")
	}
	return h.render(w, r, http.StatusOK, h.unlinkPage(v, held, ""))
}

func (h *Handlers) unlinkPage(v visit, l self.Held, problem string) web.UnlinkPage {
	page := web.UnlinkPage{Form: h.form(v, pathUnlink+string(l.Link.ID), 0), Product: l.Product, Tenant: l.Tenant, Username: username(l),
		Email: v.own.Primary().Key(), Days: days, Waiting: l.Link.State == account.LinkPending, BackURL: Path, CloseURL: pathClose,
		ResetURL: pathReset, Error: problem}
	switch fault.KeyOf(self.Stays(v.own, l)) {
	case "link.last":
		page.Stays, page.Error = "last", ""
	case "link.reported":
		page.Stays, page.Error = "reported", ""
	}
	return page
}

// postUnlink takes a link apart. A link that is none of the account's is not there.
func (h *Handlers) postUnlink(w http.ResponseWriter, r *http.Request) error {
	path := pathUnlink + r.PathValue("id")
	s, done, err := h.receive(w, r, path, 0)
	if done || err != nil {
		return err
	}
	held, ok := s.own.Held(ident.LinkID(r.PathValue("id")))
	switch {
	case !ok && s.allowed:
		return see(w, r, Path+"?done=unlinked") // sent twice
	case !ok:
		return fault.New(fault.Missing, "link.missing")
	case !s.allowed:
		return h.outOfDate(w, r, path)
	}
	out, err := h.Keeper.Unlink(r.Context(), h.ask(r, s.visit, s.Value(web.FieldPassword)), held.Link.ID)
	if problem := passwordProblem(out, err); problem != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, h.unlinkPage(s.visit, held, problem))
	}
	switch {
	case fault.Is(err, fault.Denied):
		return h.render(w, r, http.StatusConflict, h.unlinkPage(s.visit, held, ""))
	case err != nil:
		return h.trouble(w, r, err, path)
	case held.Link.State == account.LinkPending:
		return see(w, r, Path+"?done=removed")
	}
	return see(w, r, Path+"?done=unlinked")
}

// change finds something that the account may take back, and why it may not be.
func (h *Handlers) change(r *http.Request, v visit) (c self.Change, refused string, err error) {
	c, all, err := h.Keeper.Change(r.Context(), v.own.Account.ID, ident.UndoID(r.PathValue("id")))
	if err != nil {
		return c, "", err
	}
	return c, refusal(self.Stands(c, all, v.own, v.now)), nil
}

// refusal is the key of the page for what cannot be taken back.
func refusal(err error) string {
	key := fault.KeyOf(err)
	if i := slices.Index([]string{"undo.later", "undo.linked", "undo.taken", "undo.moved", "undo.reset", "undo.expired"}, key); i >= 0 {
		return key[len("undo."):]
	}
	return ""
}

// getUndo says what follows when a change is taken back, or why it cannot be.
func (h *Handlers) getUndo(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	c, refused, err := h.change(r, v)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if refused != "" {
		status = http.StatusConflict
	}
	return h.render(w, r, status, h.undoPage(v, c, refused, ""))
}

func (h *Handlers) undoPage(v visit, c self.Change, refused, problem string) web.UndoPage {
	return web.UndoPage{Form: h.form(v, pathUndo+string(c.ID), 0), Kind: string(c.Kind), Products: namedAll(c.Links), Other: otherAddress(c),
		Email: v.own.Primary().Key(), At: v.day(c.CreatedAt), Refused: refused, MinLength: linking.SetFloor, BackURL: Path, ResetURL: pathReset,
		Error: problem}
}

// newProblem is what is wrong with the password for the account that comes out of a merge; empty when nothing is.
func newProblem(err error) string {
	switch fault.KeyOf(err) {
	case "new_password.empty":
		return "new_empty"
	case "new_password.too_short":
		return "new_short"
	case "new_password.too_long":
		return "new_long"
	case "new_password.common", "new_password.blank":
		return "new_common"
	}
	return ""
}

// postUndo takes a change back.
func (h *Handlers) postUndo(w http.ResponseWriter, r *http.Request) error {
	path := pathUndo + r.PathValue("id")
	s, done, err := h.receive(w, r, path, 0)
	if done || err != nil {
		return err
	}
	c, refused, err := h.change(r, s.visit)
	switch {
	case fault.Is(err, fault.Missing) && s.allowed:
		return see(w, r, Path) // sent twice
	case err != nil:
		return err
	case !s.allowed:
		return h.outOfDate(w, r, path)
	case refused != "":
		return h.render(w, r, http.StatusConflict, h.undoPage(s.visit, c, refused, ""))
	}
	out, err := h.Keeper.Undo(r.Context(), h.ask(r, s.visit, s.Value(web.FieldPassword)), c.ID, s.Value(web.FieldNewPassword))
	if problem := cmp.Or(passwordProblem(out, err), newProblem(err)); problem != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, h.undoPage(s.visit, c, "", problem))
	}
	if refused = refusal(err); refused != "" {
		return h.render(w, r, http.StatusConflict, h.undoPage(s.visit, c, refused, ""))
	}
	if err != nil {
		return h.trouble(w, r, err, path)
	}
	if c.Kind == account.UndoMerge {
		return see(w, r, Path+"?done=parted")
	}
	return see(w, r, Path+"?done=relinked")
}
