package inbox

import (
	"io"

	"github.com/emersion/go-smtp"
)

// session is one SMTP conversation.
type session struct {
	inbox     *Inbox
	receivers []string
}

// Mail takes any sender.
func (s *session) Mail(string, *smtp.MailOptions) error {
	s.receivers = nil
	return nil
}

// Rcpt takes any receiver, unless Config.Answer refuses it.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if answer := s.inbox.config.Answer; answer != nil {
		if status := answer(to); status >= 400 {
			return &smtp.SMTPError{Code: status, EnhancedCode: smtp.EnhancedCodeNotSet, Message: "Refused by the demo"}
		}
	}
	s.receivers = append(s.receivers, to)
	return nil
}

// Data keeps the mail.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "This mail cannot be read"}
	}
	s.inbox.keep(m, s.receivers)
	return nil
}

// Reset forgets the mail that was begun.
func (s *session) Reset() { s.receivers = nil }

// Logout has nothing to give back.
func (s *session) Logout() error { return nil }
