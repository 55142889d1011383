package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// Verify reads the entry of the id that Find gave and binds as it, once, on a connection of its own: one that was bound as
// somebody before would tell what that one may see. A user who is locked is not asked about at all, so that nobody's lock
// is made longer from here. That a user is disabled or must reset is said to whoever knows the password.
func (c *Conn) Verify(ctx context.Context, check connector.Check) (connector.Answer, error) {
	if connector.Hopeless(check.Password) {
		return connector.Answer{Outcome: connector.Rejected}, nil
	}
	if check.ExternalID == "" {
		return connector.Answer{}, fault.New(fault.Invalid, "connector.nobody")
	}
	people, err := c.people(ctx, connector.Query{By: connector.ByID, Value: string(check.ExternalID)})
	if err != nil {
		return connector.Answer{}, err
	}
	if len(people) == 0 {
		return connector.Answer{Outcome: connector.NotFound}, nil
	}
	p := people[0]
	if p.record.Flags.Locked {
		return connector.Answer{Outcome: connector.Locked, Record: &p.record}, nil
	}
	said, err := c.bind(ctx, p.dn, check.Password)
	if err != nil {
		return connector.Answer{}, err
	}
	return connector.Answer{Outcome: outcome(said, p.record.Flags), Record: &p.record}, nil
}

// outcome is what the directory said of a password, and what it says of the user.
func outcome(said connector.Outcome, flags connector.Flags) connector.Outcome {
	switch {
	case !said.Proven():
		return said
	case flags.Disabled:
		return connector.Disabled
	case flags.MustReset:
		return connector.MustReset
	case flags.Weak:
		return connector.MatchWeak
	}
	return said
}

// bind asks once. A connection that could not be made has asked nothing; of one that ends before the answer nobody knows,
// and it is not asked again.
func (c *Conn) bind(ctx context.Context, dn, password string) (connector.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, lastResort)
	defer cancel()
	fresh, err := c.dial(ctx)
	if err != nil {
		return "", unavailable("ldapconn.unreachable", err)
	}
	defer func() { _ = fresh.Close() }()
	var result *ldap.SimpleBindResult
	request := &ldap.SimpleBindRequest{Username: dn, Password: password, Controls: []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}}
	err = fresh.during(ctx, func(l *ldap.Conn) error {
		var err error
		result, err = l.SimpleBind(request)
		return err
	})
	if !answered(err) {
		return "", unavailable("ldapconn.bind", err)
	}
	var controls []ldap.Control
	if result != nil {
		controls = result.Controls
	}
	said, err := judge(err, controls)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, "ldapconn.bind", err)
	}
	return said, nil
}

// judge turns the result of a bind into an outcome, or into no answer. What a policy says counts more than the result: of a
// user who must set a new password first, the bind succeeds.
func judge(err error, controls []ldap.Control) (connector.Outcome, error) {
	policy, weak, err2 := policyOf(controls)
	switch {
	case err2 != nil:
		return "", err2
	case policy != "":
		return policy, nil
	case err == nil && weak:
		return connector.MatchWeak, nil
	case err == nil:
		return connector.Match, nil
	}
	said, ok := errors.AsType[*ldap.Error](err)
	if !ok {
		return "", public(err)
	}
	switch said.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		return windows(said), nil
	case ldap.LDAPResultInappropriateAuthentication: // there is no password
		return connector.WrongPassword, nil
	case ldap.LDAPResultConstraintViolation: // 389 Directory Server: too many attempts
		return connector.Locked, nil
	case ldap.LDAPResultUnwillingToPerform: // 389 Directory Server: a user who was switched off; others: some other reason
		return "", fmt.Errorf("%w: %w", connector.ErrRecord, public(err))
	}
	return "", public(err)
}

// policyOf reads what a password policy said beside the result (draft-behera-ldap-password-policy section 6.2, and the
// older control of draft-vchu-ldap-pwd-policy): an outcome, or that the password is right but past its time. An error is
// one that means nothing at a bind.
func policyOf(controls []ldap.Control) (said connector.Outcome, weak bool, err error) {
	for _, control := range controls {
		switch c := control.(type) {
		case *ldap.ControlVChuPasswordMustChange:
			said = connector.MustReset
		case *ldap.ControlBeheraPasswordPolicy:
			switch c.Error {
			case ldap.BeheraAccountLocked:
				return connector.Locked, false, nil
			case ldap.BeheraPasswordExpired, ldap.BeheraChangeAfterReset:
				said = connector.MustReset
			case -1:
				weak = weak || c.Grace > 0
			default:
				return "", false, fmt.Errorf("%w: the policy answers with error %d", connector.ErrRecord, c.Error)
			}
		}
	}
	return said, weak, nil
}

// windows reads the reason that Active Directory gives for result 49, in hexadecimal in the text beside it ("…, data 533,
// …", MS-ADTS and winerror.h). All but wrong, unknown and locked are said to a right password alone.
func windows(said *ldap.Error) connector.Outcome {
	if said.Err == nil {
		return connector.WrongPassword
	}
	_, after, found := strings.Cut(said.Err.Error(), ", data ")
	if !found {
		return connector.WrongPassword
	}
	reason, _, _ := strings.Cut(after, ",")
	switch strings.ToLower(strings.TrimSpace(reason)) {
	case "525": // ERROR_NO_SUCH_USER
		return connector.NotFound
	case "52e": // ERROR_LOGON_FAILURE
		return connector.WrongPassword
	case "530", "775": // ERROR_INVALID_LOGON_HOURS, ERROR_ACCOUNT_LOCKED_OUT
		return connector.Locked
	case "531", "533", "701": // ERROR_INVALID_WORKSTATION, ERROR_ACCOUNT_DISABLED, ERROR_ACCOUNT_EXPIRED
		return connector.Disabled
	case "532", "773": // ERROR_PASSWORD_EXPIRED, ERROR_PASSWORD_MUST_CHANGE
		return connector.MustReset
	}
	return connector.Rejected
}
