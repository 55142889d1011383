// Package ldapconn asks a directory: it searches for a user by filters that the operator wrote, and checks a password by a
// bind as the entry it found, on a fresh connection.
//
// It reads and nothing else: it sends binds and searches (RFC 4511 sections 4.2 and 4.5), StartTLS, and no other request. A
// typed value gets into a filter escaped (RFC 4515 section 3), inside a distinguished name escaped for both (RFC 4514
// section 2.4), and nowhere else: the name that is bound with is the one that the directory gave. An empty password never
// gets here, because a bind with one succeeds without proving anything (RFC 4513 section 5.1.2). Referrals are not
// followed: they would take the password to a server that nobody configured.
package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// lastResort ends a call whose caller has no deadline, and what the directory does for a caller that has gone.
const lastResort = 30 * time.Second

// Options configure a connector. The fields with yaml names are the operator's; the others are the program's.
type Options struct {
	// URL is ldap://host, with StartTLS, or ldaps://host; with a port when it is not the usual one.
	URL string `yaml:"url"`
	// TLS is "starttls" or "off" for ldap://; empty means starttls, and off for a directory on this machine.
	TLS string `yaml:"tls"`
	// CA vouches for the directory's certificate, in PEM, instead of the machine's authorities.
	CA []byte `yaml:"-"`
	// ServerName is the name in the certificate, where it is not the host's.
	ServerName string `yaml:"server_name"`
	// BindDN is the account that searches; empty searches without one. BindPassword is its password.
	BindDN       string `yaml:"bind_dn"`
	BindPassword []byte `yaml:"-"`
	// Base is the entry below which people are.
	Base string `yaml:"base"`
	// ByEmail, ByUsername and ByID are filters with the parameter :email, :username and :id. One of the first two is
	// required; ByID is (id=:id) with the attribute ID when it is empty.
	ByEmail    string `yaml:"by_email"`
	ByUsername string `yaml:"by_username"`
	ByID       string `yaml:"by_id"`
	// List is a filter that everybody passes; optional.
	List string `yaml:"list"`
	// ID is the attribute that never changes and is never used again; default entryUUID. objectGUID is read as the number
	// that it is.
	ID string `yaml:"id"`
	// Attributes maps our names to the directory's, where they differ.
	Attributes map[string]string `yaml:"attributes"`
	// Flags are rules that say what an entry is; any one of a list is enough.
	Flags map[string][]string `yaml:"flags"`
	// Now is the clock for rules about times; it is required.
	Now func() time.Time `yaml:"-"`
}

// Conn is a connector that can find and verify.
type Conn struct {
	dialler
	pool    pool
	base    string
	filters map[connector.Key]template
	list    string
	shape   shape
}

// listing is a Conn that can list as well.
type listing struct{ *Conn }

// Open connects, signs in as the operator's account and tries each filter once on a user that does not exist. Errors:
// fault.Invalid "ldapconn.url", "ldapconn.tls", "ldapconn.account", "ldapconn.base", "ldapconn.filter",
// "ldapconn.attributes", "ldapconn.flags", "ldapconn.wiring"; fault.Unavailable "ldapconn.unreachable",
// "ldapconn.account" and "ldapconn.query".
func Open(ctx context.Context, options Options) (connector.Connector, error) {
	if options.Now == nil {
		return nil, fault.New(fault.Invalid, "ldapconn.wiring")
	}
	c := &Conn{base: options.Base, list: options.List, pool: pool{now: options.Now}}
	if err := c.prepare(options); err != nil {
		return nil, err
	}
	if err := c.admit(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if c.list != "" {
		return listing{c}, nil
	}
	return c, nil
}

// prepare checks and translates what the operator wrote.
func (c *Conn) prepare(options Options) (err error) {
	if c.dialler, err = newDialler(options); err != nil {
		return err
	}
	if err := checkBase(options.Base); err != nil {
		return fault.Wrap(fault.Invalid, "ldapconn.base", err)
	}
	if c.shape, err = newShape(options); err != nil {
		return err
	}
	if options.ByEmail == "" && options.ByUsername == "" {
		return fault.Wrap(fault.Invalid, "ldapconn.filter", errors.New("one of by_email and by_username is required"))
	}
	c.filters = map[connector.Key]template{}
	for key, text := range options.filters() {
		if text == "" {
			continue
		}
		if c.filters[key], err = translate(text, string(key)); err != nil {
			return fault.Wrap(fault.Invalid, "ldapconn.filter", fmt.Errorf("by_%s: %w", key, err))
		}
	}
	if options.List != "" {
		if err := plainFilter(options.List); err != nil {
			return fault.Wrap(fault.Invalid, "ldapconn.filter", fmt.Errorf("list: %w", err))
		}
	}
	return nil
}

// filters are the operator's, with the one that is understood by itself.
func (o Options) filters() map[connector.Key]string {
	byID := o.ByID
	if byID == "" {
		byID = "(" + o.id() + "=:id)"
	}
	return map[connector.Key]string{connector.ByEmail: o.ByEmail, connector.ByUsername: o.ByUsername, connector.ByID: byID}
}

func (o Options) id() string {
	if o.ID == "" {
		return "entryUUID"
	}
	return o.ID
}

// checkBase is what is wrong with the base; nil when nothing is.
func checkBase(base string) error {
	if base == "" {
		return errors.New("missing")
	}
	if _, err := ldap.ParseDN(base); err != nil {
		return errors.New("not a distinguished name")
	}
	return nil
}

// admit proves that every filter is answered.
func (c *Conn) admit(ctx context.Context) error {
	for key, f := range c.filters {
		if _, err := c.search(ctx, f.fill(c.nobody(key)), 1, false); err != nil {
			return err
		}
	}
	return nil
}

// nobody is the filter value of a key that nobody has.
func (c *Conn) nobody(by connector.Key) value {
	if by == connector.ByID {
		return c.shape.id.nobody()
	}
	return value{text: "ligature.nobody@invalid"}
}

// Ping searches for nobody: a directory that answers while its people are gone is of no use.
func (c *Conn) Ping(ctx context.Context) error {
	_, err := c.search(ctx, c.filters[connector.ByID].fill(c.nobody(connector.ByID)), 1, false)
	return err
}

// Close closes the connections.
func (c *Conn) Close() error {
	c.pool.close()
	return nil
}

// Find gives at most two records: the second says that the key is ambiguous. A key without a filter finds nobody.
func (c *Conn) Find(ctx context.Context, q connector.Query) ([]connector.Record, error) {
	people, err := c.people(ctx, q)
	if err != nil {
		return nil, err
	}
	var records []connector.Record
	for _, p := range people {
		records = append(records, p.record)
	}
	return records, nil
}

// people reads the entries of one key.
func (c *Conn) people(ctx context.Context, q connector.Query) ([]person, error) {
	switch q.By {
	case connector.ByEmail, connector.ByUsername, connector.ByID:
	default:
		return nil, fault.New(fault.Invalid, "connector.key")
	}
	f, ok := c.filters[q.By]
	asked, plain := c.value(q)
	if !ok || !plain {
		return nil, nil
	}
	entries, err := c.search(ctx, f.fill(asked), 2, true)
	if err != nil {
		return nil, err
	}
	var people []person
	for _, entry := range entries {
		p, err := c.shape.read(entry, c.pool.now())
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, "ldapconn.entry", fmt.Errorf("%w: %w", connector.ErrRecord, err))
		}
		if q.By == connector.ByID && string(p.record.ExternalID) != q.Value {
			// The directory's idea of equality, like 7 = "7 " or a folded case, is not ours for an id (ATK-89).
			return nil, fault.Wrap(fault.Unavailable, "ldapconn.other_id", fmt.Errorf("%w: an entry with another id than was asked for", connector.ErrRecord))
		}
		people = append(people, p)
	}
	if q.By == connector.ByID && len(people) > 1 {
		return nil, fault.Wrap(fault.Unavailable, "ldapconn.two_entries", fmt.Errorf("%w: two entries with one id", connector.ErrRecord))
	}
	return people, nil
}

// value is what goes into the filter; false for what nobody is called.
func (c *Conn) value(q connector.Query) (value, bool) {
	if !plainValue(q.Value) {
		return value{}, false
	}
	if q.By == connector.ByID {
		return c.shape.id.value(q.Value)
	}
	return value{text: q.Value}, true
}

// search asks below the base for at most limit entries, and for their attributes if they are wanted. That there is one
// more than limit is no error: two are as ambiguous as three.
func (c *Conn) search(ctx context.Context, filter string, limit int, wanted bool) ([]*ldap.Entry, error) {
	request := &ldap.SearchRequest{
		BaseDN: c.base, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases, SizeLimit: limit, EnforceSizeLimit: true,
		TimeLimit: int(lastResort / time.Second), Filter: filter, Attributes: []string{"1.1"}, // no attributes: RFC 4511 section 4.5.1.8
	}
	if wanted {
		request.Attributes = c.shape.attributes
	}
	var entries []*ldap.Entry
	err := c.pooled(ctx, func(l *ldap.Conn) error {
		result, err := l.Search(request)
		if result != nil {
			entries = result.Entries
		}
		return err
	})
	surplus := errors.Is(err, ldap.ErrSizeLimitExceeded) || ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded)
	if err != nil && (!surplus || len(entries) < limit) {
		return nil, unavailable("ldapconn.query", err)
	}
	return entries, nil
}
