package signin

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// visit is one request to a page of a flow: the flow as it stands, and what was declared for it.
type visit struct {
	flow      linking.Flow
	setting   directory.Setting
	returnURI string // of the request that waits
	now       time.Time
	zone      *time.Location
}

// The names of pages in step tokens.
const (
	pageIdentifier = "identifier"
	pagePassword   = "password"
	pageEmail      = "email"
	pageInbox      = "inbox"
	pageNewPass    = "new_password"
	pageLinked     = "linked"
	pageLink       = "link"
	pageForgot     = "forgot"
	pageForgotSent = "forgot_sent"
	pageLinkAgain  = "link_again"
)

// statesOf says in which states of a flow a page may be looked at.
func statesOf(page string) []linking.State {
	switch page {
	case pageIdentifier:
		return []linking.State{linking.AwaitIdentifier, linking.AwaitPassword}
	case pagePassword:
		return []linking.State{linking.AwaitPassword}
	case pageEmail:
		return []linking.State{linking.AwaitEmail, linking.AwaitMailbox, linking.AwaitCode}
	case pageInbox:
		return []linking.State{linking.AwaitMailbox, linking.AwaitCode}
	case pageNewPass:
		return []linking.State{linking.AwaitNewPassword}
	case pageLink, pageForgot, pageForgotSent:
		return []linking.State{linking.AwaitLink}
	case pageAnother, pageLinkAgain:
		return []linking.State{linking.SignedIn}
	}
	return []linking.State{linking.AwaitJoin, linking.Linked, linking.Pending, linking.SignedIn}
}

// open loads the flow of a GET. done is true when the request is answered already: the flow stands elsewhere, or is over.
func (h *Handlers) open(w http.ResponseWriter, r *http.Request, page string) (v visit, done bool, err error) {
	v, err = h.visit(r, flowOf(r))
	if err != nil {
		if fault.Is(err, fault.Missing) {
			return v, true, h.lost(w, r)
		}
		return v, false, err
	}
	if slices.Contains(statesOf(page), v.flow.State) && !v.timedOut() {
		v.allowProduct(w)
		return v, false, nil
	}
	if v.over() || v.timedOut() {
		return v, true, h.ended(w, r, v)
	}
	return v, true, see(w, r, currentURL(v.flow))
}

// lost answers for a flow that is not this browser's, or does not exist: the person can only begin anew.
func (h *Handlers) lost(w http.ResponseWriter, r *http.Request) error {
	return h.Shell.Renderer.Render(w, r, http.StatusGone, web.ProblemPage{Kind: web.ProblemTimedOut, NextURL: pathLogin})
}

func (h *Handlers) visit(r *http.Request, id ident.FlowID) (visit, error) {
	if id == "" {
		return visit{}, fault.New(fault.Missing, "flow.missing")
	}
	c, err := h.Linking.Conversation(r.Context(), id, h.knownBrowser(r))
	if err != nil {
		return visit{}, err
	}
	return h.visitAt(c), nil
}

// visitOf is the visit to a flow that was read already, for a page that nobody leaves for the product.
func (h *Handlers) visitOf(r *http.Request, f linking.Flow) (visit, error) {
	setting, err := h.Linking.Store.Setting(r.Context(), f.Tenant, f.Product)
	if err != nil {
		return visit{}, err
	}
	return h.visitAt(linking.Conversation{Flow: f, Setting: setting}), nil
}

func (h *Handlers) visitAt(c linking.Conversation) visit {
	return visit{flow: c.Flow, setting: c.Setting, returnURI: c.ReturnURI, now: h.Now(), zone: zoneOf(c.Setting)}
}

// zoneOf is the tenant's time zone.
func zoneOf(setting directory.Setting) *time.Location { return zoneNamed(setting.Tenant.TimeZone) }

// zoneNamed is UTC for an empty name.
func zoneNamed(name string) *time.Location {
	zone, err := time.LoadLocation(cmp.Or(name, "UTC"))
	if err != nil {
		return time.UTC // the configuration was checked; a zone that has gone since must not stop a sign-in
	}
	return zone
}

func (v visit) timedOut() bool { return !v.flow.State.Terminal() && !v.now.Before(v.flow.Deadline) }

// over reports that the flow has ended without a page of its own.
func (v visit) over() bool {
	switch v.flow.State {
	case linking.Refused, linking.Expired, linking.Abandoned:
		return true
	}
	return false
}

// clock is a time of day with its zone, as people read it.
func (v visit) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.zone).Format("15:04 MST")
}

// day is a day and a time with its zone.
func (v visit) day(t time.Time) string { return t.In(v.zone).Format("Mon 2 Jan 2006, 15:04 MST") }

// form is the part every page's form has.
func (h *Handlers) form(v visit, page, action string) web.Form {
	return web.Form{
		Action: action, FlowID: string(v.flow.ID),
		StepToken:   h.Steps.StepToken(string(v.flow.ID), page, v.turn(page), string(v.flow.Browser)),
		EndsAt:      v.clock(v.flow.Deadline),
		SecondsLeft: int(v.flow.Deadline.Sub(v.now) / time.Second),
	}
}

// turn binds the forms of the mailbox pages to the address they were made for.
func (v visit) turn(page string) int64 {
	if page == pageInbox || page == pageEmail {
		return int64(v.flow.EmailTurn)
	}
	return 0
}

// allowProduct lets the forms of the page end at the product: browsers hold form-action against redirects that follow.
func (v visit) allowProduct(w http.ResponseWriter) {
	if v.flow.AuthRequest == "" {
		web.AllowFormAction(w, v.setting.Instance.HomeURL)
		return
	}
	web.AllowFormAction(w, v.returnURI)
}

// sent is a form that came in: its fields, and the step it allows.
type sent struct {
	posted web.Posted
	step   linking.Step
	visit  visit
}

// receive reads a form of one of the pages. done is true when it is answered already.
func (h *Handlers) receive(w http.ResponseWriter, r *http.Request, pages ...string) (s sent, done bool, err error) {
	posted, err := web.ReadForm(r)
	if err != nil {
		return s, false, err
	}
	v, err := h.visit(r, ident.FlowID(posted.Value(web.FieldFlow)))
	if err != nil {
		if fault.Is(err, fault.Missing) {
			return s, true, h.lost(w, r)
		}
		return s, false, err
	}
	stepToken := posted.Value("step")
	step := linking.Step{Flow: v.flow.ID, Browser: v.flow.Browser, StepToken: stepToken, Network: h.Network(r), Locale: web.LocaleOf(r).Tag,
		Read: &linking.Conversation{Flow: v.flow, Setting: v.setting, ReturnURI: v.returnURI}}
	s = sent{posted: posted, step: step, visit: v}
	if stepToken != "" && v.flow.LastStep == stepToken {
		// Sent twice: the second gets the first one's answer.
		if _, err := h.bringBack(w, r, stepToken, v.flow.ChangedAt); err != nil {
			return s, true, err
		}
		return s, true, see(w, r, answeredURL(v.flow, pages))
	}
	if !h.allowed(v, stepToken, pages) {
		if v.over() || v.timedOut() {
			return s, true, h.ended(w, r, v)
		}
		return s, true, h.outOfDate(w, r, v)
	}
	v.allowProduct(w)
	return s, false, nil
}

// answeredURL is where a form of one of the pages has led.
func answeredURL(f linking.Flow, pages []string) string {
	if f.State == linking.AwaitLink && (slices.Contains(pages, pageForgot) || slices.Contains(pages, pageForgotSent)) {
		return flowURL(pathSent, f.ID)
	}
	return currentURL(f)
}

// allowed reports whether the token is of one of the pages, made for this browser and, on the mailbox pages, for the
// present address. A form for another address gets the same page as a forged one: that it is out of date.
func (h *Handlers) allowed(v visit, stepToken string, pages []string) bool {
	for _, page := range pages {
		if _, ok := h.Steps.CheckStepToken(stepToken, string(v.flow.ID), page, v.turn(page), string(v.flow.Browser)); ok {
			return true
		}
	}
	return false
}

// outOfDate answers a form whose step was done already, elsewhere (S12b).
func (h *Handlers) outOfDate(w http.ResponseWriter, r *http.Request, v visit) error {
	return h.Shell.Renderer.Render(w, r, http.StatusConflict, web.ProblemPage{
		Kind: web.ProblemOutOfDate, NextURL: currentURL(v.flow), Reference: string(v.flow.Ref),
	})
}

// answer is what happens after a step that nobody has a field for: on to where the flow stands, or the page that says
// why not.
func (h *Handlers) answer(w http.ResponseWriter, r *http.Request, s sent, result linking.Result, err error) error {
	if err != nil {
		return h.trouble(w, r, s, err)
	}
	if result.SessionSecret != "" {
		h.Shell.Cookies.Set(w, web.CookieSession, result.SessionSecret, 0)
	}
	if result.Replayed {
		if _, err := h.bringBack(w, r, s.step.StepToken, result.Flow.ChangedAt); err != nil {
			return err
		}
	}
	return see(w, r, currentURL(result.Flow))
}

// trouble turns what nobody has a field for into a page.
func (h *Handlers) trouble(w http.ResponseWriter, r *http.Request, s sent, err error) error {
	v := s.visit
	page := web.ProblemPage{Product: v.setting.Product.Name, Reference: string(v.flow.Ref)}
	status := web.Status(err)
	switch {
	case fault.Is(err, fault.Moved):
		fresh, loadErr := h.visit(r, v.flow.ID)
		if loadErr == nil && (fresh.over() || fresh.timedOut()) {
			return h.ended(w, r, fresh)
		}
		if loadErr == nil {
			v = fresh
		}
		return h.outOfDate(w, r, v)
	case fault.Is(err, fault.Throttled):
		page.Kind = web.ProblemLocked
		if fault.KeyOf(err) == "attempts.stopped" {
			page.Kind = web.ProblemBlocked
		}
		page.Minutes = int((fault.AfterOf(err) + time.Minute - 1) / time.Minute)
		page.NextURL = currentURL(v.flow)
		if v.flow.State == linking.AwaitPassword && strings.HasPrefix(fault.KeyOf(err), "attempts.") {
			page.ResetURL = flowURL(pathReset, v.flow.ID)
		}
	case linking.ProductDown(err):
		page.Kind, page.NextURL = web.ProblemProductDown, currentURL(v.flow)
	case fault.Is(err, fault.Unavailable):
		page.Kind, page.NextURL = web.ProblemBusy, currentURL(v.flow)
	default:
		return err
	}
	setRetryAfter(w, err)
	return h.Shell.Renderer.Render(w, r, status, page)
}

// ended is the page of a flow that is over.
func (h *Handlers) ended(w http.ResponseWriter, r *http.Request, v visit) error {
	f := v.flow
	page := web.ProblemPage{Kind: web.ProblemTimedOut, Product: v.setting.Product.Name, Reference: string(f.Ref),
		NextURL: flowURL(pathAgain, f.ID), Minutes: int(linking.FlowTTL / time.Minute)}
	if f.SignsInAgain() {
		page.Minutes = int(linking.FreshTTL / time.Minute)
	}
	status := http.StatusGone
	if f.State == linking.Abandoned && strings.HasPrefix(f.Reason, "stopped.") {
		page.Kind = web.ProblemStopped
	}
	if f.State == linking.Refused {
		status = http.StatusForbidden
		switch f.Reason {
		case "tenant.not_enabled", "pilot.outside":
			return h.notEnabled(w, r, v, f.AuthRequest)
		case "code.exhausted":
			page.Kind, page.Minutes = web.ProblemLocked, 0
			status = http.StatusTooManyRequests
		case "legacy.disabled":
			page.Kind, page.NextURL = web.ProblemSwitchedOff, ""
		case "link.recorded":
			page.Kind, page.NextURL = web.ProblemRecorded, ""
			status = http.StatusConflict
		case "legacy.linked":
			page.Kind = web.ProblemLinkedElsewhere
			status = http.StatusConflict
		}
	}
	return h.Shell.Renderer.Render(w, r, status, page)
}
