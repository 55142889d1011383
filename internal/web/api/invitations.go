package api

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
)

// invitation is an invitation as it is shown to the product that made it. Who accepted it, and with which account, is none
// of the product's business: it sees the person sign in.
type invitation struct {
	ID         ident.InvitationID      `json:"id"`
	Tenant     ident.TenantID          `json:"tenant"`
	Product    ident.ProductID         `json:"product"`
	ExternalID ident.ExternalID        `json:"external_id"`
	Email      string                  `json:"email"`
	State      linking.InvitationState `json:"state"`
	// Declined says that whoever reads the mailbox did not expect it.
	Declined    bool              `json:"declined"`
	Locale      string            `json:"locale"`
	InvitedBy   string            `json:"invited_by,omitempty"`
	Reference   ident.Ref         `json:"reference"`
	Delivery    linking.MailState `json:"delivery,omitempty"`
	MailedAt    string            `json:"mailed_at"`
	ResendsLeft int               `json:"resends_left"`
	CreatedAt   string            `json:"created_at"`
	ExpiresAt   string            `json:"expires_at"`
	AcceptedAt  string            `json:"accepted_at,omitempty"`
	EndedAt     string            `json:"ended_at,omitempty"`
}

// invitationList is a page of them.
type invitationList struct {
	Invitations []invitation `json:"invitations"`
	// Next is the cursor of the next page; absent on the last.
	Next string `json:"next,omitempty"`
}

const (
	defaultLimit, maxLimit = 50, 100
	maxText                = 200 // characters of a name or an id
)

func (a *API) shown(c call, i linking.Invitation) (invitation, error) {
	v := invitation{ID: i.ID, Tenant: i.Tenant, Product: i.Product, ExternalID: i.ExternalID, Email: i.Email.Key(), State: i.At(a.cfg.Now()),
		Declined: strings.HasPrefix(i.Reason, "stopped."), Locale: i.Locale, InvitedBy: i.InvitedBy, Reference: i.Ref,
		MailedAt: stamp(i.LastMailAt), ResendsLeft: i.ResendsLeft(), CreatedAt: stamp(i.CreatedAt), ExpiresAt: stamp(i.Deadline),
		AcceptedAt: stamp(i.AcceptedAt), EndedAt: stamp(i.EndedAt)}
	if v.State != linking.InvitationPending {
		v.ResendsLeft = 0
		return v, nil
	}
	var err error
	v.Delivery, err = a.cfg.Invitations.Delivery(c.Context(), i)
	return v, err
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// invite makes an invitation: 201 with it, or 200 with the one that waits already.
func (a *API) invite(c call) (answer, error) {
	n, err := readInvitation(c.Request)
	if err != nil {
		return answer{}, err
	}
	made, isNew, err := a.cfg.Invitations.Invite(c.Context(), c.scope, n)
	if err != nil {
		return answer{}, err
	}
	body, err := a.shown(c, made)
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	return answer{status: status, body: body, at: op.APIPath + "/tenants/" + string(made.Tenant) + "/invitations/" + string(made.ID)}, err
}

var localeShape = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

func readInvitation(r *http.Request) (linking.NewInvitation, error) {
	var external, email, locale, by string
	err := readObject(r, map[string]*string{"external_id": &external, "email": &email, "locale": &locale, "invited_by": &by})
	if err != nil {
		return linking.NewInvitation{}, err
	}
	wrong := &bodyError{}
	if external == "" || !plain(external) {
		wrong.add("external_id", "must be 1 to 200 printable characters")
	}
	address, err := ident.ParseEmail(email)
	if err != nil {
		wrong.add("email", "must be an email address")
	}
	if locale != "" && !localeShape.MatchString(locale) {
		wrong.add("locale", "must be a language tag like en or pt-BR")
	}
	if !plain(by) {
		wrong.add("invited_by", "must be at most 200 printable characters")
	}
	return linking.NewInvitation{ExternalID: ident.ExternalID(external), Email: address, Locale: locale, InvitedBy: by}, wrong.orNil()
}

// plain reports a text of one line that prints.
func plain(s string) bool {
	return utf8.RuneCountInString(s) <= maxText && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (a *API) invitation(c call) (answer, error) {
	i, err := a.cfg.Invitations.Find(c.Context(), c.scope, c.id())
	return a.one(c, i, err)
}

func (a *API) resend(c call) (answer, error) {
	if err := readNothing(c.Request); err != nil {
		return answer{}, err
	}
	i, err := a.cfg.Invitations.ResendInvitation(c.Context(), c.scope, c.id())
	return a.one(c, i, err)
}

func (a *API) cancel(c call) (answer, error) {
	if err := readNothing(c.Request); err != nil {
		return answer{}, err
	}
	i, err := a.cfg.Invitations.CancelInvitation(c.Context(), c.scope, c.id())
	return a.one(c, i, err)
}

func (a *API) revoke(c call) (answer, error) {
	if err := readNothing(c.Request); err != nil {
		return answer{}, err
	}
	i, err := a.cfg.Invitations.RevokeInvitation(c.Context(), c.scope, c.id())
	return a.one(c, i, err)
}

// idShape is what an id of ours looks like; anything else is no invitation, and is not looked up.
var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (c call) id() ident.InvitationID {
	if id := c.PathValue("id"); idShape.MatchString(id) {
		return ident.InvitationID(id)
	}
	return "none"
}

func (a *API) one(c call, i linking.Invitation, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	body, err := a.shown(c, i)
	return answer{status: http.StatusOK, body: body}, err
}

// invitations is the list, newest first.
func (a *API) invitations(c call) (answer, error) {
	q, err := a.listQuery(c)
	if err != nil {
		return answer{}, err
	}
	limit := q.Limit
	q.Limit++ // one more says whether there is another page
	found, err := a.cfg.Invitations.List(c.Context(), q)
	if err != nil {
		return answer{}, err
	}
	page := invitationList{Invitations: []invitation{}}
	if len(found) > limit {
		found = found[:limit]
		page.Next = cursorOf(found[limit-1])
	}
	for _, i := range found {
		v, err := a.shown(c, i)
		if err != nil {
			return answer{}, err
		}
		page.Invitations = append(page.Invitations, v)
	}
	return answer{status: http.StatusOK, body: page}, nil
}

func (a *API) listQuery(c call) (linking.InvitationQuery, error) {
	q := linking.InvitationQuery{Tenant: c.scope.Tenant, Product: c.scope.Product, Now: a.cfg.Now(), Limit: defaultLimit}
	refused := fault.New(fault.Invalid, "api.query")
	values, err := query(c.Request, "state", "limit", "cursor")
	if err != nil {
		return q, err
	}
	if text, ok := values["limit"]; ok {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > maxLimit {
			return q, refused
		}
	}
	if text, ok := values["state"]; ok {
		if q.State = linking.InvitationState(text); !slices.Contains(linking.InvitationStates(), q.State) {
			return q, refused
		}
	}
	if text, ok := values["cursor"]; ok {
		plain, err := base64.RawURLEncoding.DecodeString(text)
		micros, id, found := strings.Cut(string(plain), " ")
		n, parseErr := strconv.ParseInt(micros, 10, 64)
		if err != nil || parseErr != nil || !found || !idShape.MatchString(id) {
			return q, refused
		}
		q.AfterAt, q.AfterID = time.UnixMicro(n).UTC(), ident.InvitationID(id)
	}
	return q, nil
}

// cursorOf says where a page ended.
func cursorOf(i linking.Invitation) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(i.CreatedAt.UnixMicro(), 10) + " " + string(i.ID)))
}
