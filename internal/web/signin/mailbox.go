package signin

import (
	"encoding/json"
	"net/http"
	"strings"

	"ligature/internal/fault"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// getEmail is S3. The address is carried over, so that nobody types it twice (WCAG 2.2, 3.3.7).
func (h *Handlers) getEmail(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageEmail)
	if done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.emailPage(v, prefill(v.flow), ""))
}

// prefill is the address known so far: the one given here, the one signed in with, the one the product records.
func prefill(f linking.Flow) string {
	if !f.Email.IsZero() {
		return f.Email.Key()
	}
	if email, ok := f.Identifier.Email(); ok {
		return email.Key()
	}
	if f.Candidate != nil {
		return f.Candidate.Email.Key()
	}
	return ""
}

func (h *Handlers) emailPage(v visit, typed, problem string) web.EmailPage {
	return web.EmailPage{
		Form: h.form(v, pageEmail, pathEmail), Product: v.setting.Product.Name, Email: typed,
		Domains: strings.Join(v.setting.Tenant.EmailDomains, ", "), Error: problem,
	}
}

// postEmail takes S3. An address that looks mistyped is asked about once; sending it again is going on.
func (h *Handlers) postEmail(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageEmail)
	if done || err != nil {
		return err
	}
	typed := s.posted.Value(web.FieldEmail)
	if meant := suggestion(typed); meant != "" && s.posted.Value(web.FieldTyped) != typed {
		page := h.emailPage(s.visit, typed, "")
		page.Suggestion = meant
		return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
	}
	result, err := h.Linking.Email(r.Context(), s.step, typed)
	if problem := emailProblem(err); problem != "" {
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.emailPage(s.visit, typed, problem))
	}
	if err == nil && result.MailSecret != "" {
		h.keepMailSecret(w, r, result.MailSecret)
		return see(w, r, flowURL(pathConfirm, result.Flow.ID))
	}
	return h.answer(w, r, s, result, err)
}

// emailProblem is the refusal that S3 shows at its field; empty when it shows none.
func emailProblem(err error) string {
	if err == nil {
		return ""
	}
	switch fault.KeyOf(err) {
	case "email.empty":
		return "empty"
	case "email.malformed":
		return "malformed"
	case "email.domain":
		return "domain"
	case "email.recorded":
		return "recorded"
	case "resend.wait":
		return "too_soon"
	case "resend.used_up":
		return "used_up"
	}
	return ""
}

// getInbox is S4.
func (h *Handlers) getInbox(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r, pageInbox)
	if done || err != nil {
		return err
	}
	page, err := h.inboxPage(r, v, "")
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, page)
}

func (h *Handlers) inboxPage(r *http.Request, v visit, problem string) (web.InboxPage, error) {
	f := v.flow
	until := f.LastMailAt.Add(linking.LinkTTL)
	if f.Deadline.Before(until) {
		until = f.Deadline
	}
	page := web.InboxPage{
		Form: h.form(v, pageInbox, pathInbox), ResendAction: pathResend, CodeAction: pathCode,
		ChangeURL: flowURL(pathEmail, f.ID), RestartURL: flowURL(pathAgain, f.ID), StatusURL: flowURL(pathStatus, f.ID),
		Email: f.Email.Key(), SentAt: v.clock(f.LastMailAt), WorksUntil: v.clock(until), Reference: string(f.Ref),
		ResendsLeft: f.ResendsLeft(), Error: problem,
	}
	if f.ByMail {
		page.ChangeURL, page.CodeAction = "", "" // the account's own address, opened in this browser
	}
	if f.Mails > f.EmailTurn {
		page.ResentAt = page.SentAt
	}
	state, err := h.Linking.Store.MailState(r.Context(), f.ID)
	if err != nil && !fault.Is(err, fault.Missing) { // a link that was carried over needs no mail of this flow
		return page, err
	}
	switch state {
	case linking.MailTrouble:
		page.Mail = "delayed"
	case linking.MailRefused:
		page.Mail = "bounced"
	}
	page.Confirmed, err = h.Linking.Confirmed(r.Context(), f.ID, h.mailSecrets(r))
	return page, err
}

// getStatus tells the waiting page's script whether the link was opened in this browser.
func (h *Handlers) getStatus(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r, flowOf(r))
	if err != nil {
		return err
	}
	confirmed, err := h.Linking.Confirmed(r.Context(), v.flow.ID, h.mailSecrets(r))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]bool{"confirmed": confirmed})
}

// postContinue is Continue, on S4 and on the link's own page alike: it spends the link and the flow together.
func (h *Handlers) postContinue(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageInbox)
	if done || err != nil {
		return err
	}
	result, err := h.Linking.Continue(r.Context(), s.step, h.mailSecrets(r))
	switch fault.KeyOf(err) {
	case "mailbox.unconfirmed":
		problem := "not_confirmed"
		if s.visit.flow.State == linking.AwaitCode {
			problem = "code_empty"
		}
		return h.inboxAgain(w, r, s, problem)
	case "mail_link.expired", "mail_link.superseded", "mail_link.stopped", "mail_link.used":
		return h.inboxAgain(w, r, s, "not_confirmed")
	}
	return h.answer(w, r, s, result, err)
}

// postResend is Resend on S4.
func (h *Handlers) postResend(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageInbox)
	if done || err != nil {
		return err
	}
	result, err := h.Linking.Resend(r.Context(), s.step)
	switch {
	case fault.KeyOf(err) == "resend.wait":
		return h.inboxAgain(w, r, s, "too_soon")
	case fault.KeyOf(err) == "resend.used_up":
		return h.inboxAgain(w, r, s, "")
	}
	return h.answer(w, r, s, result, err)
}

// postCode is the code of the other browser, typed into S4.
func (h *Handlers) postCode(w http.ResponseWriter, r *http.Request) error {
	s, done, err := h.receive(w, r, pageInbox)
	if done || err != nil {
		return err
	}
	result, err := h.Linking.EnterOTP(r.Context(), s.step, s.posted.Value(web.FieldCode))
	switch {
	case fault.KeyOf(err) == "code.empty":
		return h.inboxAgain(w, r, s, "code_empty")
	case fault.KeyOf(err) == "flow.elsewhere" && s.visit.flow.State == linking.AwaitMailbox,
		err == nil && result.Problem == "code.wrong":
		return h.inboxAgain(w, r, s, "code_wrong")
	}
	return h.answer(w, r, s, result, err)
}

// inboxAgain shows S4 with what went wrong.
func (h *Handlers) inboxAgain(w http.ResponseWriter, r *http.Request, s sent, problem string) error {
	v, err := h.visit(r, s.visit.flow.ID)
	if err != nil {
		return err
	}
	page, err := h.inboxPage(r, v, problem)
	if err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, page)
}
