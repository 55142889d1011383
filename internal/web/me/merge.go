package me

import (
	"net/http"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
	"ligature/internal/web"
)

// getMerge asks for the proof of another account.
func (h *Handlers) getMerge(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, h.mergePage(v, "", ""))
}

func (h *Handlers) mergePage(v visit, typed, problem string) web.MergePage {
	return web.MergePage{Form: h.form(v, pathMerge, 0), Email: v.own.Primary().Key(), Other: typed, Stale: !self.Fresh(v.session, v.now),
		BackURL: Path, ResetURL: pathReset, Error: problem}
}

// postMerge takes the proof, and leads to what would change.
func (h *Handlers) postMerge(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pathMerge, 0)
	if done || err != nil {
		return err
	}
	if !s.allowed {
		return h.outOfDate(w, r, pathMerge)
	}
	typed := s.Value(web.FieldEmail)
	out, err := h.propose(r, s, typed)
	if problem := mergeProblem(s.visit, s.Value(web.FieldOwn), out, err); problem != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, h.mergePage(s.visit, typed, problem))
	}
	if err != nil {
		return h.trouble(w, r, err, pathMerge)
	}
	return see(w, r, pathMerge+"/"+string(out.Merges[0].ID))
}

// propose reads what was typed and offers it.
func (h *Handlers) propose(r *http.Request, s sent, typed string) (linking.Outcome, error) {
	id, err := ident.ParseIdentifier(typed)
	if err != nil {
		return linking.Outcome{}, err
	}
	if s.Value(web.FieldPassword) == "" {
		return linking.Outcome{}, fault.New(fault.Invalid, "merge.password_empty")
	}
	return h.Keeper.Propose(r.Context(), h.ask(r, s.visit, s.Value(web.FieldOwn)), id, s.Value(web.FieldPassword))
}

// mergeProblem is what is wrong with the form; empty when nothing is.
func mergeProblem(v visit, own string, out linking.Outcome, err error) string {
	switch fault.KeyOf(err) {
	case "identifier.empty":
		return "other_empty"
	case "identifier.malformed", "email.malformed":
		return "other_malformed"
	case "merge.password_empty":
		return "password_empty"
	case "merge.same":
		return "same"
	case "password.empty":
		if own == "" && !self.Fresh(v.session, v.now) {
			return "own_empty"
		}
		return "wrong"
	case "password.malformed":
		return "wrong"
	}
	switch {
	case err != nil:
		return ""
	case out.Problem == "password.wrong":
		return "own_wrong"
	case out.Problem != "":
		return "wrong"
	}
	return ""
}

// getPlan shows everything that the merge would change.
func (h *Handlers) getPlan(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	m, plan, err := h.Keeper.Plan(r.Context(), v.session, ident.MergeID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, h.planPage(v, m, plan, false))
}

func (h *Handlers) planPage(v visit, m account.Merge, p self.Plan, changed bool) web.MergePlanPage {
	page := web.MergePlanPage{Form: h.form(v, pathMerge+"/"+string(m.ID), p.Digest()), Email: p.Into.Primary().Key(), Other: p.From.Primary().Key(),
		Twice: p.Twice, Days: days, Until: m.Deadline.In(v.zone).Format("15:04 MST"), Changed: changed, BackURL: Path}
	for _, l := range p.Moved {
		page.Links = append(page.Links, h.line(v, l))
	}
	for _, l := range p.Ended {
		page.Ended = append(page.Ended, h.line(v, l))
	}
	for _, a := range p.From.Addresses {
		page.Addresses = append(page.Addresses, a.Email.Key())
	}
	return page
}

// postPlan merges. A plan that is another one by now is shown again first.
func (h *Handlers) postPlan(w http.ResponseWriter, r *http.Request) error {
	path := pathMerge + "/" + r.PathValue("id")
	s, done, err := h.receive(w, r, path, 0)
	if done || err != nil {
		return err
	}
	m, plan, err := h.Keeper.Plan(r.Context(), s.session, ident.MergeID(r.PathValue("id")))
	if err != nil {
		if m.Account == s.session.Account && m.Session == s.session.ID && !m.DoneAt.IsZero() {
			return see(w, r, Path+"?done=merged") // sent twice
		}
		return err
	}
	digest := plan.Digest()
	if !h.check(s, path, digest) {
		return h.render(w, r, http.StatusConflict, h.planPage(s.visit, m, plan, true))
	}
	_, err = h.Keeper.Merge(r.Context(), h.ask(r, s.visit, ""), m.ID, digest)
	if fault.Is(err, fault.Moved) {
		return see(w, r, path)
	}
	if err != nil {
		return h.trouble(w, r, err, path)
	}
	return see(w, r, Path+"?done=merged")
}
