package sdm

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"ligature/internal/fault"
)

// language is one the interface can be set to. The demo speaks English in all of them; the setting is what must be kept.
type language struct{ Tag, Name string }

func languages() []language {
	return []language{{"en", "English"}, {"fr", "Français"}, {"de", "Deutsch"}, {"ar", "العربية"}}
}

func languageName(tag string) string {
	for _, l := range languages() {
		if l.Tag == tag {
			return l.Name
		}
	}
	return tag
}

// mailSettings are the four switches of the Notifications tab; the last holds a duration.
type mailSettings struct {
	FTPFailure, ContributorUpload, LastStepDone, LongJob bool
	LongJobMinutes                                       int64
}

func (m mailSettings) facts() []fact {
	word := func(on bool) string {
		if on {
			return "on"
		}
		return "off"
	}
	long := word(m.LongJob)
	if m.LongJob {
		long += ", after " + strconv.FormatInt(m.LongJobMinutes, 10) + " minutes"
	}
	return []fact{{"Mail when an FTP server fails", word(m.FTPFailure)}, {"Mail on a contributor's upload", word(m.ContributorUpload)},
		{"Mail when the last step is done", word(m.LastStepDone)}, {"Mail when a job takes long", long}}
}

func (p *Product) mails(ctx context.Context, userID int64) (mailSettings, error) {
	m := mailSettings{LongJobMinutes: 60}
	err := p.db.QueryRowContext(ctx, `SELECT ftp_failure, contributor_upload, last_step_done, long_job, long_job_minutes FROM users_notificationpreference WHERE user_id = $1`,
		userID).Scan(&m.FTPFailure, &m.ContributorUpload, &m.LastStepDone, &m.LongJob, &m.LongJobMinutes)
	if missing(err) {
		return m, nil
	}
	return m, fault.Wrap(fault.Unavailable, "sdm.notifications", err)
}

// accountPage is My Account with its four tabs.
type accountPage struct {
	frame
	Tabs                                []navItem
	OnTab, Rule                         string
	User                                userFacts
	FirstName, LastName, Language       string
	Languages                           []language
	Mails                               mailSettings
	Problem, CurrentError               string
	FirstError, SecError, DurationError string
}

func (p *Product) accountPage(r *http.Request, s session, tab string) (accountPage, error) {
	page := accountPage{frame: p.inside("My Account", "/account", s).with(noteKey(r.URL.Query().Get("note"))), Rule: ruleText,
		User: factsOf(s.user), FirstName: s.user.FirstName, LastName: s.user.LastName, Language: s.user.Language, Languages: languages(), OnTab: "profile"}
	for _, t := range []navItem{{"profile", "Profile", false}, {"password", "Password", false}, {"interface", "Interface", false}, {"notifications", "Notifications", false}} {
		if t.Path == tab {
			page.OnTab = tab
		}
		page.Tabs = append(page.Tabs, t)
	}
	for i := range page.Tabs {
		page.Tabs[i].Here = page.Tabs[i].Path == page.OnTab
	}
	var err error
	page.Mails, err = p.mails(r.Context(), s.user.ID)
	return page, err
}

func (p *Product) getAccount(w http.ResponseWriter, r *http.Request, s session) error {
	page, err := p.accountPage(r, s, r.URL.Query().Get("tab"))
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "account", page)
}

// refuse shows a tab again with what was wrong.
func (p *Product) refuse(w http.ResponseWriter, r *http.Request, s session, tab string, say func(*accountPage)) error {
	page, err := p.accountPage(r, s, tab)
	if err != nil {
		return err
	}
	page.Failed = true
	say(&page)
	return p.show(w, http.StatusUnprocessableEntity, "account", page)
}

func (p *Product) saved(w http.ResponseWriter, r *http.Request, tab, query string, args ...any) error {
	if _, err := p.db.ExecContext(r.Context(), query, args...); err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.account", err)
	}
	http.Redirect(w, r, "/account?tab="+tab+"&note="+string(noteSaved), http.StatusSeeOther)
	return nil
}

func (p *Product) postProfile(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	first, last := strings.TrimSpace(r.PostForm.Get("first_name")), strings.TrimSpace(r.PostForm.Get("last_name"))
	if first == "" || last == "" || len(first)+len(last) > 200 {
		return p.refuse(w, r, s, "profile", func(page *accountPage) {
			page.FirstName, page.LastName, page.Problem = first, last, "Enter a first name and a last name."
		})
	}
	return p.saved(w, r, "profile", `UPDATE users_user SET first_name = $2, last_name = $3, updated_at = $4 WHERE id = $1`, s.user.ID, first, last, p.cfg.Now().UnixMicro())
}

// postPassword changes the product's own password, which signs the person out everywhere, as the product always did.
func (p *Product) postPassword(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	_, said, err := p.check(r.Context(), func(ctx context.Context) (user, error) { return p.user(ctx, `WHERE u.id = $1`, s.user.ID) }, r.PostForm.Get("current_password"))
	if err != nil {
		return err
	}
	currentError := ""
	if said != verdictMatch && said != verdictWeak && said != verdictMustReset {
		currentError = "The current password is incorrect."
	}
	firstError, secondError := passwordErrors(r.PostForm.Get("new_password"), r.PostForm.Get("confirm_password"))
	if currentError != "" || firstError != "" || secondError != "" {
		return p.refuse(w, r, s, "password", func(page *accountPage) {
			page.CurrentError, page.FirstError, page.SecError = currentError, firstError, secondError
		})
	}
	if err := p.setPassword(r.Context(), s.user.ID, r.PostForm.Get("new_password")); err != nil {
		return err
	}
	p.cookies.Clear(w, sessionCookie)
	return p.sendToOwnLogin(w, r, notePassword, "")
}

func (p *Product) postInterface(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	tag := r.PostForm.Get("language")
	if languageName(tag) == tag {
		return p.refuse(w, r, s, "interface", func(page *accountPage) { page.Problem = "Choose a language from the list." })
	}
	return p.saved(w, r, "interface", `UPDATE users_user SET language = $2, updated_at = $3 WHERE id = $1`, s.user.ID, tag, p.cfg.Now().UnixMicro())
}

func (p *Product) postNotifications(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	on := func(name string) bool { return r.PostForm.Get(name) == "on" }
	minutes, err := strconv.ParseInt(r.PostForm.Get("long_job_minutes"), 10, 64)
	if err != nil || minutes < 1 || minutes > 10080 {
		return p.refuse(w, r, s, "notifications", func(page *accountPage) { page.DurationError = "Enter a number of minutes from 1 to 10080." })
	}
	return p.saved(w, r, "notifications", `INSERT INTO users_notificationpreference (user_id, ftp_failure, contributor_upload, last_step_done, long_job, long_job_minutes)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET ftp_failure = excluded.ftp_failure, contributor_upload = excluded.contributor_upload,
  last_step_done = excluded.last_step_done, long_job = excluded.long_job, long_job_minutes = excluded.long_job_minutes`,
		s.user.ID, on("ftp_failure"), on("contributor_upload"), on("last_step_done"), on("long_job"), minutes)
}
