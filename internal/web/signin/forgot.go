package signin

import (
	"net/http"
	"time"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// getForgot is S8.
func (h *Handlers) getForgot(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageForgot)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, v.flow) {
		return h.lost(w, r)
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.forgotPage(v, addressOf(v.flow), nil))
}

// addressOf is what was typed to name the product's account, where it is an address.
func addressOf(f linking.Flow) string {
	if _, ok := f.Identifier.Email(); ok {
		return f.Identifier.Typed()
	}
	return ""
}

func (h *Handlers) forgotPage(v visit, typed string, refused error) web.ForgotPage {
	page := web.ForgotPage{
		Form: h.form(v, pageForgot, pathForgot), Product: v.setting.Product.Name, ProductLogo: v.setting.Product.Mark,
		Tenant: v.setting.Tenant.Name, Email: typed, BackURL: flowURL(pathLink, v.flow.ID),
	}
	page.Error, page.Minutes = resetProblem(refused)
	if way := h.Linking.ResetWay(v.setting); !way.Able {
		page.OwnURL, page.Error = way.URL, ""
	}
	return page
}

// resetProblem is the refusal that S8 and S9 show, and how many minutes it lasts; empty when they show none.
func resetProblem(err error) (key string, minutes int) {
	if err == nil {
		return "", 0
	}
	switch fault.KeyOf(err) {
	case "email.empty", "identifier.empty":
		return "empty", 0
	case "email.malformed", "identifier.malformed":
		return "malformed", 0
	case "resend.wait":
		return "too_soon", 0
	case "resend.used_up":
		return "used_up", 0
	case "resets.wait":
		return "wait", int((fault.AfterOf(err) + time.Minute - 1) / time.Minute)
	}
	return "", 0
}

// postForgot takes S8. What it answers, and when, is the same for every address.
func (h *Handlers) postForgot(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageForgot)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, s.visit.flow) {
		return h.lost(w, r)
	}
	typed := s.posted.Value(web.FieldEmail)
	result, err := h.Linking.AskProductReset(r.Context(), s.step, typed)
	if problem, _ := resetProblem(err); problem != "" || fault.KeyOf(err) == "reset.elsewhere" {
		setRetryAfter(w, err)
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.forgotPage(s.visit, typed, err))
	}
	return h.resetAsked(w, r, s, result, err)
}

// resetAsked goes on to S9, or says that the product does not answer.
func (h *Handlers) resetAsked(w http.ResponseWriter, r *http.Request, s sent, result linking.Result, err error) error {
	switch {
	case err != nil:
		return h.trouble(w, r, s, err)
	case result.Problem != "" && result.Flow.State == linking.AwaitLink:
		s.visit.flow = result.Flow
		return h.productDown(w, r, s.visit, flowURL(pathForgot, result.Flow.ID))
	case result.Flow.State != linking.AwaitLink:
		return see(w, r, currentURL(result.Flow))
	}
	return see(w, r, flowURL(pathSent, result.Flow.ID))
}

// productDown is S12e. What was typed is kept, and is there again at next.
func (h *Handlers) productDown(w http.ResponseWriter, r *http.Request, v visit, next string) error {
	setRetryAfter(w, fault.New(fault.Unavailable, "connector.down"))
	return h.Shell.Renderer.Render(w, r, http.StatusServiceUnavailable, web.ProblemPage{
		Kind: web.ProblemProductDown, Product: v.setting.Product.Name, NextURL: next, Reference: string(v.flow.Ref)})
}

// getForgotSent is S9.
func (h *Handlers) getForgotSent(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageForgotSent)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, v.flow) {
		return h.lost(w, r)
	}
	if v.flow.Resets == 0 {
		return see(w, r, flowURL(pathForgot, v.flow.ID))
	}
	return h.forgotSent(w, r, v, nil)
}

func (h *Handlers) forgotSent(w http.ResponseWriter, r *http.Request, v visit, refused error) error {
	left, err := h.Linking.ResetsLeft(r.Context(), v.flow)
	if err != nil {
		return err
	}
	page := web.ForgotSentPage{
		Form: h.form(v, pageForgotSent, pathSent), Product: v.setting.Product.Name, Email: addressOf(v.flow), BackPath: pathLink,
		ChangeURL: flowURL(pathForgot, v.flow.ID), PauseHours: int(h.Linking.ResetWay(v.setting).Pause / time.Hour), ResendsLeft: left,
	}
	if v.flow.Resets > 1 {
		page.ResentAt = v.clock(v.flow.LastResetAt)
	}
	status := http.StatusOK
	if page.Error, page.Minutes = resetProblem(refused); refused != nil {
		status, page.ResentAt = http.StatusUnprocessableEntity, ""
		setRetryAfter(w, refused)
	}
	if page.Error == "used_up" {
		page.Error, page.ResendsLeft = "", 0 // the page says so where the button was
	}
	return h.Shell.Renderer.Render(w, r, status, page)
}

// postForgotAgain is Resend on S9: the address is the flow's own.
func (h *Handlers) postForgotAgain(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageForgotSent)
	if done || err != nil {
		return err
	}
	if !h.signedInFor(r, s.visit.flow) {
		return h.lost(w, r)
	}
	result, err := h.Linking.AskProductReset(r.Context(), s.step, addressOf(s.visit.flow))
	switch key, _ := resetProblem(err); key {
	case "too_soon", "used_up", "wait":
		return h.forgotSent(w, r, s.visit, err)
	}
	return h.resetAsked(w, r, s, result, err)
}
