package ldapconn_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
	"ligature/internal/connector/ldapconn"
	"ligature/internal/fault"
)

// directory answers as it was told to, which a real one would not.
type directory struct {
	url string
	// binds counts binds as somebody; operations collects the kinds of requests.
	binds atomic.Int64
	other atomic.Int64
}

// answers are what a directory says to a search and to a bind.
type answers struct {
	search func(id int64) []byte
	bind   func(id int64) []byte
}

func serve(t *testing.T, a answers) *directory {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	d := &directory{url: "ldap://" + l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.talk(conn, a)
		}
	}()
	return d
}

func (d *directory) talk(conn net.Conn, a answers) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		packet, err := ber.ReadPacket(in)
		if err != nil || len(packet.Children) < 2 {
			return
		}
		id, _ := packet.Children[0].Value.(int64)
		var answer []byte
		switch packet.Children[1].Tag {
		case ldap.ApplicationBindRequest:
			d.binds.Add(1)
			answer = a.bind(id)
		case ldap.ApplicationSearchRequest:
			answer = a.search(id)
		default:
			d.other.Add(1)
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// message is a message with one operation in it.
func message(id int64, operation *ber.Packet) []byte {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(operation)
	return p.Bytes()
}

func octets(text string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, "")
}

// result is the end of an operation.
func result(tag ber.Tag, status int64, text string) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, status, ""))
	p.AppendChild(octets(""))
	p.AppendChild(octets(text))
	return p
}

func found(id int64, dn string, attributes map[string][]string) []byte {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octets(dn))
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for name, values := range attributes {
		one := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		one.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		one.AppendChild(set)
		list.AppendChild(one)
	}
	p.AppendChild(list)
	return message(id, p)
}

func done(id, status int64) []byte {
	return message(id, result(ldap.ApplicationSearchResultDone, status, "uid=ada was asked for"))
}

func bound(status int64, text string) func(int64) []byte {
	return func(id int64) []byte { return message(id, result(ldap.ApplicationBindResponse, status, text)) }
}

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

const adaID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

// ada is an ordinary entry.
func ada(id int64) []byte {
	return join(found(id, "uid=ada,dc=acme", map[string][]string{"entryUUID": {adaID}, "uid": {"ada"}}), done(id, 0))
}

func hostile(url string) ldapconn.Options {
	return ldapconn.Options{URL: url, Base: "dc=acme", ByUsername: "(uid=:username)", List: "(uid=*)", Now: time.Now}
}

// after lets the start succeed, and answers as told from then on.
func after(starts int64, then func(id int64) []byte) func(id int64) []byte {
	var n atomic.Int64
	return func(id int64) []byte {
		if n.Add(1) <= starts {
			return done(id, 0)
		}
		return then(id)
	}
}

// Whatever a directory answers, it is the answer to a question that was asked, or none.
func TestHostileAnswers(t *testing.T) {
	endless := strings.Repeat("x", 9<<20)
	for name, c := range map[string]struct {
		answers answers
		want    connector.Outcome // empty: no answer
		record  bool              // the trouble is one record's
		binds   int64
	}{
		"in order":            {answers{ada, bound(0, "")}, connector.Match, false, 1},
		"wrong":               {answers{ada, bound(49, "")}, connector.WrongPassword, false, 1},
		"windows, disabled":   {answers{ada, bound(49, "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 533, v1db1")}, connector.Disabled, false, 1},
		"windows, must reset": {answers{ada, bound(49, "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 773, v1db1")}, connector.MustReset, false, 1},
		"nobody":              {answers{func(id int64) []byte { return done(id, 0) }, bound(0, "")}, connector.NotFound, false, 0},
		"an entry without a name": {answers{func(id int64) []byte {
			return join(found(id, "", map[string][]string{"entryUUID": {adaID}}), done(id, 0))
		}, bound(0, "")}, "", true, 0},
		"an entry without an id": {answers{func(id int64) []byte { return join(found(id, "uid=ada", nil), done(id, 0)) }, bound(0, "")}, "", true, 0},
		"another entry": {answers{func(id int64) []byte {
			return join(found(id, "uid=eve", map[string][]string{"entryUUID": {adaID[:35] + "9"}}), done(id, 0))
		}, bound(0, "")}, "", true, 0},
		"two entries":                 {answers{func(id int64) []byte { return join(ada(id)[:len(ada(id))-len(done(id, 0))], ada(id)) }, bound(0, "")}, "", true, 0},
		"no base":                     {answers{func(id int64) []byte { return done(id, 32) }, bound(0, "")}, "", false, 0},
		"a referral":                  {answers{func(id int64) []byte { return done(id, 10) }, bound(0, "")}, "", false, 0},
		"no right to search":          {answers{func(id int64) []byte { return done(id, 50) }, bound(0, "")}, "", false, 0},
		"too slow by itself":          {answers{func(id int64) []byte { return done(id, 3) }, bound(0, "")}, "", false, 0},
		"too many for the server":     {answers{func(id int64) []byte { return done(id, 4) }, bound(0, "")}, "", false, 0},
		"busy at the bind":            {answers{ada, bound(51, "")}, "", false, 1},
		"a referral at the bind":      {answers{ada, bound(10, "")}, "", false, 1},
		"unwilling":                   {answers{ada, bound(53, "Account inactivated")}, "", true, 1},
		"no LDAP":                     {answers{func(int64) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") }, bound(0, "")}, "", false, 0},
		"an answer that does not end": {answers{func(id int64) []byte { return found(id, "uid=ada", map[string][]string{"uid": {endless}}) }, bound(0, "")}, "", false, 0},
		"no LDAP at the bind":         {answers{ada, func(int64) []byte { return []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff} }}, "", false, 1},
		"a bind answered as a search": {answers{ada, func(id int64) []byte {
			return message(id, ber.Encode(ber.ClassApplication, ber.TypeConstructed, 5, nil, ""))
		}}, "", false, 1},
		"an answer to somebody else": {answers{ada, func(int64) []byte { return bound(0, "")(999) }}, "", false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, answers{after(2, c.answers.search), c.answers.bind})
			conn, err := ldapconn.Open(t.Context(), hostile(d.url))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			ctx, cancel := contextOf(t, time.Second)
			defer cancel()
			answer, err := conn.(connector.Verifier).Verify(ctx, connector.Check{ExternalID: adaID, Password: "correct horse"})
			if answer.Outcome != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q, %v; want %q", answer.Outcome, err, c.want)
			}
			if err != nil && (!fault.Is(err, fault.Unavailable) || errors.Is(err, connector.ErrRecord) != c.record) {
				t.Errorf("%v; one record's: %v", err, c.record)
			}
			if err != nil && (strings.Contains(err.Error(), "uid=ada") || strings.Contains(err.Error(), "horse")) {
				t.Errorf("the directory's words are in %v", err)
			}
			if d.binds.Load() != c.binds || d.other.Load() != 0 {
				t.Errorf("%d binds and %d other requests, want %d and none", d.binds.Load(), d.other.Load(), c.binds)
			}
		})
	}
}

// More than two are as ambiguous as two, whether the directory keeps to the limit or not.
func TestManyEntriesAreTwo(t *testing.T) {
	for name, end := range map[string]int64{"a server that says so": 4, "a server that does not care": 0} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, answers{after(2, func(id int64) []byte {
				var all []byte
				for i := range 2 + 3*int(1-end/4) {
					all = append(all, found(id, "uid=ada", map[string][]string{"entryUUID": {adaID[:35] + string(rune('0'+i))}})...)
				}
				return append(all, done(id, end)...)
			}), bound(0, "")})
			conn, err := ldapconn.Open(t.Context(), hostile(d.url))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for range 2 {
				records, err := conn.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "ada"})
				if err != nil || len(records) != 2 {
					t.Errorf("%d records, %v; want two", len(records), err)
				}
			}
		})
	}
}

// A list that does not end stops with the deadline.
func TestEndlessList(t *testing.T) {
	cookie := func(id int64) []byte {
		p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
		p.AppendChild(result(ldap.ApplicationSearchResultDone, 0, ""))
		controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		paging := ldap.NewControlPaging(1)
		paging.SetCookie([]byte("again"))
		controls.AppendChild(paging.Encode())
		p.AppendChild(controls)
		return p.Bytes()
	}
	d := serve(t, answers{after(2, cookie), bound(0, "")})
	conn, err := ldapconn.Open(t.Context(), hostile(d.url))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := contextOf(t, 100*time.Millisecond)
	defer cancel()
	if records, _, err := conn.(connector.Lister).List(ctx, "", 10); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%d records, %v", len(records), err)
	}
}
