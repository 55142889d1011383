package stand

import (
	"context"
	"net"
	"strconv"
	"time"

	"ligature/internal/fault"

	"github.com/wneessen/go-mail"
)

// Letter is one mail of a stand-in.
type Letter struct{ To, Subject, Text, HTML string }

// Mailer hands a letter over.
type Mailer interface {
	Send(ctx context.Context, letter Letter) error
}

// SMTP sends over plain SMTP without a password, as a product inside its own network does; the demo's inbox listens there.
type SMTP struct {
	// Addr is host:port of the server.
	Addr string
	// From is the product's own sender address, Name what is shown beside it.
	From, Name string
}

// Send delivers the letter within five seconds. Failures are fault.Unavailable, stand.mail.
func (s SMTP) Send(ctx context.Context, letter Letter) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	message := mail.NewMsg()
	if err := message.FromFormat(s.Name, s.From); err != nil {
		return fault.Wrap(fault.Internal, "stand.mail", err)
	}
	if err := message.To(letter.To); err != nil {
		return fault.Wrap(fault.Invalid, "stand.mail", err)
	}
	message.Subject(letter.Subject)
	message.SetDate()
	message.SetMessageID()
	message.SetBodyString(mail.TypeTextPlain, letter.Text)
	message.AddAlternativeString(mail.TypeTextHTML, letter.HTML)
	host, portText, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fault.Wrap(fault.Internal, "stand.mail", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return fault.Wrap(fault.Internal, "stand.mail", err)
	}
	client, err := mail.NewClient(host, mail.WithPort(port), mail.WithTLSPolicy(mail.NoTLS), mail.WithTimeout(5*time.Second), mail.WithHELO("localhost"))
	if err != nil {
		return fault.Wrap(fault.Internal, "stand.mail", err)
	}
	return fault.Wrap(fault.Unavailable, "stand.mail", client.DialAndSendWithContext(ctx, message))
}
