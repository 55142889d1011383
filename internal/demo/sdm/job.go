package sdm

import (
	"context"
	"database/sql"
	"net/http"
	"strings"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// job is one job as pages and the API show it.
type job struct {
	ID                            int64
	Name, Project, Status         string
	Owner, Creator                string
	CreatedAt, OwnerID, CreatorID int64
	Created                       string
}

// activity is one line of somebody's history.
type activity struct{ At, Text, Job string }

// homePage is what one sees first: who is signed in, and everything that must have been kept.
type homePage struct {
	frame
	User       userFacts
	ViaAccount bool
	Settings   []fact
	Jobs       []job
	Activity   []activity
}

// fact is one line of a list of properties.
type fact struct{ Label, Value string }

// userFacts is a user as pages print it.
type userFacts struct {
	ID                                     int64
	Name, Email, Company, Level, LastLogin string
	LoginCount                             int64
	Active                                 bool
	// Removable members came by an invitation, which can be taken back.
	Removable bool
}

func factsOf(u user) userFacts {
	f := userFacts{ID: u.ID, Name: u.Name(), Email: u.Email, Company: u.Company, Level: u.Level, LastLogin: "never",
		LoginCount: u.LoginCount, Active: u.Active}
	if u.LastLoginAt.Valid {
		f.LastLogin = shown(u.LastLoginAt.Int64)
	}
	return f
}

func (p *Product) getHome(w http.ResponseWriter, r *http.Request, s session) error {
	ctx := r.Context()
	page := homePage{frame: p.inside("Home", "/", s), User: factsOf(s.user), ViaAccount: s.data.Via == viaAccount}
	mails, err := p.mails(ctx, s.user.ID)
	if err != nil {
		return err
	}
	page.Settings = append([]fact{{"Language", languageName(s.user.Language)}}, mails.facts()...)
	if page.Jobs, err = p.jobs(ctx, `WHERE j.owner_id = $1`, s.user.ID); err != nil {
		return err
	}
	if page.Activity, err = p.activity(ctx, s.user.ID); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "home", page)
}

// jobs gives the newest 50 that the WHERE clause selects.
func (p *Product) jobs(ctx context.Context, where string, args ...any) ([]job, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT j.id, j.name, pr.name, j.status, trim(o.first_name || ' ' || o.last_name),
  trim(c.first_name || ' ' || c.last_name), j.created_at, j.owner_id, j.creator_id
FROM jobs_job j JOIN projects_project pr ON pr.id = j.project_id JOIN users_user o ON o.id = j.owner_id JOIN users_user c ON c.id = j.creator_id `+
		where+` ORDER BY j.created_at DESC, j.id DESC LIMIT 50`, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "sdm.jobs", err)
	}
	defer func() { _ = rows.Close() }()
	var out []job
	for rows.Next() {
		var j job
		if err := rows.Scan(&j.ID, &j.Name, &j.Project, &j.Status, &j.Owner, &j.Creator, &j.CreatedAt, &j.OwnerID, &j.CreatorID); err != nil {
			return nil, fault.Wrap(fault.Internal, "sdm.jobs", err)
		}
		j.Created = shown(j.CreatedAt)
		out = append(out, j)
	}
	return out, fault.Wrap(fault.Unavailable, "sdm.jobs", rows.Err())
}

func (p *Product) activity(ctx context.Context, userID int64) ([]activity, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT a.created_at, a.text, COALESCE(j.name, '') FROM activity_entry a LEFT JOIN jobs_job j ON j.id = a.job_id
WHERE a.user_id = $1 ORDER BY a.created_at DESC, a.id DESC LIMIT 20`, userID)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "sdm.activity", err)
	}
	defer func() { _ = rows.Close() }()
	var out []activity
	for rows.Next() {
		var a activity
		var at int64
		if err := rows.Scan(&at, &a.Text, &a.Job); err != nil {
			return nil, fault.Wrap(fault.Internal, "sdm.activity", err)
		}
		a.At = shown(at)
		out = append(out, a)
	}
	return out, fault.Wrap(fault.Unavailable, "sdm.activity", rows.Err())
}

// jobsPage lists the organisation's jobs and starts new ones.
type jobsPage struct {
	frame
	Jobs    []job
	Problem string
}

func (p *Product) getJobs(w http.ResponseWriter, r *http.Request, s session) error {
	return p.showJobs(w, r, s, http.StatusOK, "")
}

func (p *Product) showJobs(w http.ResponseWriter, r *http.Request, s session, status int, wrong string) error {
	page := jobsPage{frame: p.inside("Jobs", "/jobs", s).with(noteKey(r.URL.Query().Get("note"))), Problem: wrong}
	page.Failed = wrong != ""
	var err error
	if page.Jobs, err = p.jobs(r.Context(), `WHERE pr.organization_id = $1`, s.user.CompanyID); err != nil {
		return err
	}
	return p.show(w, status, "jobs", page)
}

// postJob starts a job that the person creates and owns, and notes it in the person's activity.
func (p *Product) postJob(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if name == "" || len(name) > 200 {
		return p.showJobs(w, r, s, http.StatusUnprocessableEntity, "Enter a name of at most 200 characters.")
	}
	err := stand.InTx(r.Context(), p.db, func(tx *sql.Tx) error {
		return addJob(r.Context(), tx, s.user.CompanyID, s.user.ID, Job{Project: "General", Name: name, Status: "pending", At: p.cfg.Now()})
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/jobs?note="+string(noteSaved), http.StatusSeeOther)
	return nil
}

// addJob writes a job and the activity of having created it.
func addJob(ctx context.Context, tx *sql.Tx, companyID, userID int64, j Job) error {
	var id int64
	if _, err := tx.ExecContext(ctx, `INSERT INTO projects_project (organization_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING`, companyID, j.Project); err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.job", err)
	}
	err := tx.QueryRowContext(ctx, `INSERT INTO jobs_job (project_id, name, creator_id, owner_id, status, created_at)
SELECT id, $3, $4, $4, $5, $6 FROM projects_project WHERE organization_id = $1 AND name = $2 RETURNING id`,
		companyID, j.Project, j.Name, userID, j.Status, j.At.UnixMicro()).Scan(&id)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.job", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO activity_entry (user_id, job_id, text, created_at) VALUES ($1, $2, 'Created the job', $3)`, userID, id, j.At.UnixMicro())
	return fault.Wrap(fault.Unavailable, "sdm.activity", err)
}
