package sdm

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"

	"github.com/google/uuid"
)

// Person is one user as the demo world wants the product to know it.
type Person struct {
	// Email is required and unique without regard to ASCII case; nobody has a username here.
	Email, FirstName, LastName string
	// Password is stored as the product stores it; empty makes a user that no password opens. One that breaks the
	// product's rule (10 characters, four classes) needs OldPassword: the connector contract then answers match_weak.
	Password    string
	OldPassword bool
	// Company is made when missing. CompanyInactive switches all its users off.
	Company         string
	CompanyInactive bool
	// Administrator is the higher access level; the contract calls it privileged.
	Administrator bool
	// Inactive users cannot log in; MustReset has to choose a new password first; Shared is used by several people.
	Inactive, MustReset, Shared bool
	// UnlocksAt is when a lock after too many failures ends.
	UnlocksAt time.Time
	// Language is en (default), fr, de or ar.
	Language string
	// Mails are the notification switches; LongJobMinutes defaults to 60.
	Mails Mails
	// Jobs the person created and owns, and further lines of the activity list.
	Jobs     []Job
	Activity []Activity
	// LastLoginAt and Logins are earlier sign-ins; CreatedAt is the generation, one year ago when zero.
	LastLoginAt time.Time
	Logins      int
	CreatedAt   time.Time
}

// Mails are the four e-mail switches.
type Mails struct {
	FTPFailure, ContributorUpload, LastStepDone, LongJob bool
	LongJobMinutes                                       int
}

// Job is one job: Status is running, done, error or pending.
type Job struct {
	Project, Name, Status string
	At                    time.Time
}

// Activity is one line of history.
type Activity struct {
	Text string
	At   time.Time
}

// Seed adds the people who are not there yet (by address), with everything around them, in one transaction.
// fault.Invalid, sdm.seed_password: a password breaks the product's rule and is not marked OldPassword.
func (p *Product) Seed(ctx context.Context, people []Person) error {
	now := p.cfg.Now()
	return stand.InTx(ctx, p.db, func(tx *sql.Tx) error {
		for _, person := range people {
			if person.Password != "" && !person.OldPassword && !strong(person.Password) {
				return fault.New(fault.Invalid, "sdm.seed_password")
			}
			if err := seedPerson(ctx, tx, person, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func seedPerson(ctx context.Context, tx *sql.Tx, person Person, now time.Time) error {
	var known int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users_user WHERE email = $1`, person.Email).Scan(&known); err != nil {
		return fault.Wrap(fault.Internal, "sdm.seed", err)
	}
	if known > 0 {
		return nil
	}
	companyID, err := seedCompany(ctx, tx, person, now)
	if err != nil {
		return err
	}
	stored := ""
	if person.Password != "" {
		if stored, err = newHash(person.Password); err != nil {
			return err
		}
	}
	level := member
	if person.Administrator {
		level = administrator
	}
	createdAt := person.CreatedAt
	if createdAt.IsZero() {
		createdAt = now.AddDate(-1, 0, 0)
	}
	var id int64
	err = tx.QueryRowContext(ctx, `INSERT INTO users_user (organization_id, email, password, first_name, last_name, access_level, language, is_active, is_shared,
  must_reset_password, locked_until, last_login, login_count, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING id`,
		companyID, person.Email, stored, person.FirstName, person.LastName, level, cmp.Or(person.Language, "en"), !person.Inactive, person.Shared,
		person.MustReset, optional(person.UnlocksAt), optional(person.LastLoginAt), person.Logins, createdAt.UnixMicro()).Scan(&id)
	if err != nil {
		return fault.Wrap(fault.Internal, "sdm.seed", err)
	}
	m := person.Mails
	_, err = tx.ExecContext(ctx, `INSERT INTO users_notificationpreference (user_id, ftp_failure, contributor_upload, last_step_done, long_job, long_job_minutes)
VALUES ($1, $2, $3, $4, $5, $6)`, id, m.FTPFailure, m.ContributorUpload, m.LastStepDone, m.LongJob, cmp.Or(m.LongJobMinutes, 60))
	if err != nil {
		return fault.Wrap(fault.Internal, "sdm.seed", err)
	}
	for _, j := range person.Jobs {
		if err := addJob(ctx, tx, companyID, id, j); err != nil {
			return err
		}
	}
	for _, a := range person.Activity {
		if _, err := tx.ExecContext(ctx, `INSERT INTO activity_entry (user_id, text, created_at) VALUES ($1, $2, $3)`, id, a.Text, a.At.UnixMicro()); err != nil {
			return fault.Wrap(fault.Internal, "sdm.seed", err)
		}
	}
	return nil
}

func seedCompany(ctx context.Context, tx *sql.Tx, person Person, now time.Time) (id int64, err error) {
	name := cmp.Or(person.Company, "Acme")
	_, err = tx.ExecContext(ctx, `INSERT INTO organizations_organization (name, akeneo_customer_id, is_active, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		name, uuid.NewString(), !person.CompanyInactive, now.AddDate(-2, 0, 0).UnixMicro())
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "sdm.seed", err)
	}
	err = tx.QueryRowContext(ctx, `SELECT id FROM organizations_organization WHERE name = $1`, name).Scan(&id)
	return id, fault.Wrap(fault.Internal, "sdm.seed", err)
}

// optional is NULL for the zero time.
func optional(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UnixMicro()
}
