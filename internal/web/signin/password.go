package signin

import (
	"net/http"
	"net/url"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// getPassword is S2.
func (h *Handlers) getPassword(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pagePassword)
	if done || err != nil {
		return err
	}
	page, err := h.passwordPage(r, v, "")
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
}

func (h *Handlers) passwordPage(r *http.Request, v visit, problem string) (web.PasswordPage, error) {
	page := web.PasswordPage{
		Form: h.form(v, pagePassword, pathPassword), Product: v.setting.Product.Name, Tenant: v.setting.Tenant.Name,
		Identifier: v.flow.Identifier.Typed(), ChangeURL: flowURL(pathLogin, v.flow.ID), ResetURL: flowURL(pathReset, v.flow.ID), Notice: v.flow.Notice, Error: problem,
	}
	if v.flow.Failures == 0 && (problem == "" || problem == "empty") {
		return page, nil
	}
	// After a failure everybody is offered the same list, without a look-up.
	products, err := h.openProducts(r.Context(), v.flow.Tenant)
	for _, p := range products {
		if p.ID != v.flow.Product {
			to := pathInstead + "?" + url.Values{web.FieldFlow: {string(v.flow.ID)}, "product": {string(p.ID)}}.Encode()
			page.Alternatives = append(page.Alternatives, web.ProductChoice{Name: p.Name, URL: to})
		}
	}
	return page, err
}

// passwordProblem is the refusal that S2 shows at its field; empty when it shows none.
func passwordProblem(key string) string {
	switch key {
	case "password.empty":
		return "empty"
	case "password.wrong", "password.malformed":
		return "wrong"
	case "password.unknown":
		return "unknown"
	}
	return ""
}

// postPassword takes S2.
func (h *Handlers) postPassword(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pagePassword)
	if done || err != nil {
		return err
	}
	result, err := h.Linking.Password(r.Context(), s.step, s.posted.Value(web.FieldPassword))
	problem := result.Problem
	if fault.Is(err, fault.Invalid) {
		problem = fault.KeyOf(err)
	} else if err != nil {
		return h.trouble(w, r, s, err)
	}
	if result.Flow.ID != "" {
		s.visit.flow = result.Flow
	}
	switch problem {
	case "":
		return h.answer(w, r, s, result, nil)
	case "connector.down":
		return h.productDown(w, r, s.visit, flowURL(pathPassword, s.visit.flow.ID))
	case "legacy.disabled", "legacy.locked", "legacy.must_reset":
		id := s.visit.flow.ID
		next := flowURL(pathPassword, id)
		if problem == "legacy.disabled" {
			next = flowURL(pathLogin, id) // with another address
		}
		return h.legacyRefused(w, r, s.visit, problem, next, flowURL(pathReset, id))
	}
	shown := passwordProblem(problem)
	if shown == "" {
		return see(w, r, currentURL(result.Flow))
	}
	page, err := h.passwordPage(r, s.visit, shown)
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, page)
}

// legacyRefused is the page for a user that the product does not let in, for the reason that it says: next leads to where
// somebody tries again, reset to where a new password of the product is asked for.
func (h *Handlers) legacyRefused(w http.ResponseWriter, r *http.Request, v visit, reason, next, reset string) error {
	page := web.ProblemPage{Kind: web.ProblemSwitchedOff, Product: v.setting.Product.Name, NextURL: next, Reference: string(v.flow.Ref)}
	switch reason {
	case "legacy.locked":
		page.Kind = web.ProblemLockedThere
	case "legacy.must_reset":
		page.Kind, page.NextURL = web.ProblemMustReset, reset
	}
	return h.Shell.Renderer.Render(w, r, http.StatusForbidden, page)
}

// getNewPassword is S6p.
func (h *Handlers) getNewPassword(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageNewPass)
	if done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.newPasswordPage(v, ""))
}

func (h *Handlers) newPasswordPage(v visit, problem string) web.NewPasswordPage {
	return web.NewPasswordPage{Form: h.form(v, pageNewPass, pathNewPass), Email: v.flow.Email.Key(), MinLength: linking.SetFloor, Error: problem}
}

// postNewPassword takes S6p.
func (h *Handlers) postNewPassword(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageNewPass)
	if done || err != nil {
		return err
	}
	result, err := h.Linking.NewPassword(r.Context(), s.step, s.posted.Value(web.FieldPassword))
	if fault.Is(err, fault.Invalid) {
		problem := map[string]string{"new_password.empty": "empty", "new_password.too_short": "short", "new_password.too_long": "long"}[fault.KeyOf(err)]
		if problem == "" {
			problem = "common"
		}
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.newPasswordPage(s.visit, problem))
	}
	return h.answer(w, r, s, result, err)
}
