package sdm

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"ligature/internal/fault"
)

// The access levels.
const (
	administrator = "administrator"
	member        = "member"
)

// user is one row of users_user with its organisation.
type user struct {
	ID, CompanyID              int64
	Company                    string
	Email, FirstName, LastName string
	Password, Level, Language  string
	Active, CompanyActive      bool
	Shared, MustReset          bool
	Failures                   int64
	LockedUntil, LastLoginAt   sql.NullInt64
	LoginCount                 int64
	CreatedAt                  int64
	// Waits says that nobody has accepted the user's invitation yet; Invited that somebody came by one.
	Waits, Invited bool
}

// Name is what is shown for the person.
func (u user) Name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// mayEnter reports whether the user and the organisation are active.
func (u user) mayEnter() bool { return u.Active && u.CompanyActive }

// Administrator reports the higher access level.
func (u user) Administrator() bool { return u.Level == administrator }

func (u user) lockedAt(now time.Time) bool {
	return u.LockedUntil.Valid && now.UnixMicro() < u.LockedUntil.Int64
}

const userColumns = `SELECT u.id, u.organization_id, o.name, u.email, u.first_name, u.last_name, u.password, u.access_level, u.language,
  u.is_active, o.is_active, u.is_shared, u.must_reset_password, u.failed_logins, u.locked_until, u.last_login, u.login_count, u.created_at,
  EXISTS (SELECT 1 FROM users_invitation i WHERE i.user_id = u.id AND i.accepted_at IS NULL),
  EXISTS (SELECT 1 FROM users_invitation i WHERE i.user_id = u.id AND i.accepted_at IS NOT NULL)
FROM users_user u JOIN organizations_organization o ON o.id = u.organization_id `

func (p *Product) users(ctx context.Context, where string, args ...any) ([]user, error) {
	rows, err := p.db.QueryContext(ctx, userColumns+where, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "sdm.users", err)
	}
	defer func() { _ = rows.Close() }()
	var out []user
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.ID, &u.CompanyID, &u.Company, &u.Email, &u.FirstName, &u.LastName, &u.Password, &u.Level, &u.Language,
			&u.Active, &u.CompanyActive, &u.Shared, &u.MustReset, &u.Failures, &u.LockedUntil, &u.LastLoginAt, &u.LoginCount, &u.CreatedAt, &u.Waits, &u.Invited); err != nil {
			return nil, fault.Wrap(fault.Internal, "sdm.users", err)
		}
		out = append(out, u)
	}
	return out, fault.Wrap(fault.Unavailable, "sdm.users", rows.Err())
}

// user gives exactly one; otherwise fault.Missing, sdm.user.
func (p *Product) user(ctx context.Context, where string, args ...any) (user, error) {
	found, err := p.users(ctx, where, args...)
	if err != nil {
		return user{}, err
	}
	if len(found) != 1 {
		return user{}, fault.New(fault.Missing, "sdm.user")
	}
	return found[0], nil
}

func (p *Product) byEmail(ctx context.Context, email string) (user, error) {
	return p.user(ctx, `WHERE u.email = $1`, strings.TrimSpace(email))
}

// byID finds by the id as others write it: decimal, nothing else.
func (p *Product) byID(ctx context.Context, text string) (user, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != text {
		return user{}, fault.New(fault.Missing, "sdm.user")
	}
	return p.user(ctx, `WHERE u.id = $1`, id)
}

// recordLogin writes the two columns a sign-in changes.
func (p *Product) recordLogin(ctx context.Context, id int64) error {
	_, err := p.db.ExecContext(ctx, `UPDATE users_user SET last_login = $2, login_count = login_count + 1 WHERE id = $1`, id, p.cfg.Now().UnixMicro())
	return fault.Wrap(fault.Unavailable, "sdm.record_login", err)
}

// UserID is the product's own key of a user, as the identity provider sees it; fault.Missing when there is none.
func (p *Product) UserID(ctx context.Context, email string) (string, error) {
	u, err := p.byEmail(ctx, email)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(u.ID, 10), nil
}

// missing reports whether err says that there is no such row.
func missing(err error) bool { return fault.Is(err, fault.Missing) || errors.Is(err, sql.ErrNoRows) }
