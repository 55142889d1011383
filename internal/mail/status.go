package mail

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"ligature/internal/fault"
)

// The steps of handing over a mail, as Status names them.
const (
	StepConnect  = "connect"  // dialling, greeting, TLS, AUTH
	StepSender   = "sender"   // MAIL FROM
	StepReceiver = "receiver" // RCPT TO
	StepContent  = "content"  // DATA and what follows
)

// Status is what the relay answered: where and with which codes, without its text, which repeats the address.
type Status struct {
	// Step is one of the Step constants.
	Step string
	// Reply is the SMTP reply code (RFC 5321 §4.2), 0 when there was none.
	Reply int
	// Enhanced is the enhanced status code (RFC 3463), "" when there was none.
	Enhanced string
	// Word says why there was no answer: timeout, dns, network, certificate, starttls; "" when not known.
	Word string
}

// Error is "step reply enhanced word", as far as known: "receiver 550 5.1.1", "connect timeout".
func (s *Status) Error() string {
	text := s.Step
	if s.Reply != 0 {
		text += " " + strconv.Itoa(s.Reply)
	}
	if s.Enhanced != "" {
		text += " " + s.Enhanced
	}
	if s.Word != "" {
		text += " " + s.Word
	}
	return text
}

// permanent reports whether the answer is about this mail or its receiver and will not change. A refusal of the
// connection or of the sender is the operator's to repair and is tried again; so is 530, "authentication required"
// (RFC 4954 §6), which some relays say only to the receiver.
func (s *Status) permanent() bool {
	return (s.Step == StepReceiver || s.Step == StepContent) && s.Reply >= 500 && s.Reply != 530
}

// sendFault classifies what SendWithSMTPClient returned. go-mail's own IsTemp is false for a lost connection, so the
// reply code decides.
func sendFault(err error) error {
	sent, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return relayFault(err)
	}
	status := &Status{Reply: sent.ErrorCode(), Enhanced: sent.EnhancedStatusCode()}
	switch sent.Reason {
	case gomail.ErrSMTPMailFrom, gomail.ErrGetSender:
		status.Step = StepSender
	case gomail.ErrSMTPRcptTo, gomail.ErrGetRcpts:
		status.Step = StepReceiver
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose, gomail.ErrWriteContent:
		status.Step = StepContent
	default:
		status.Step = StepConnect
	}
	if status.permanent() {
		return fault.Wrap(fault.Denied, "mail.refused", status)
	}
	return fault.Wrap(fault.Unavailable, "mail.relay", status)
}

// relayFault is a failure before the relay was ready to take a mail.
func relayFault(err error) error {
	status := &Status{Step: StepConnect}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		status.Reply = reply.Code
	} else {
		status.Word = word(err)
	}
	return fault.Wrap(fault.Unavailable, "mail.relay", status)
}

func word(err error) string {
	var network net.Error
	isNetwork := errors.As(err, &network)
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "dns"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate"
	}
	switch {
	case isNetwork && network.Timeout():
		return "timeout"
	case isNetwork || errors.Is(err, io.EOF):
		return "network"
	case strings.Contains(err.Error(), "STARTTLS"): // go-mail has no value for it
		return "starttls"
	}
	return ""
}
