package inbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"ligature/internal/fault"
)

// maxDepth bounds parts in parts.
const maxDepth = 4

// parse reads a mail (RFC 5322, RFC 2045). The first text and the first HTML part are shown; other parts stay in Raw.
func parse(raw []byte) (Message, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, fault.Wrap(fault.Invalid, "inbox.malformed", err)
	}
	m := Message{Raw: raw, Subject: decoded(parsed.Header.Get("Subject")), From: decoded(parsed.Header.Get("From")),
		Headers: headers(raw)}
	if err := m.part(textproto.MIMEHeader(parsed.Header), parsed.Body, 0); err != nil {
		return Message{}, fault.Wrap(fault.Invalid, "inbox.malformed", err)
	}
	return m, nil
}

// part reads one part and what is inside it.
func (m *Message) part(header textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain" // RFC 2045 §5.2
	}
	if strings.HasPrefix(kind, "multipart/") && depth < maxDepth {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.part(p.Header, p, depth+1); err != nil {
				return err
			}
		}
	}
	content, err := io.ReadAll(io.LimitReader(transferDecoded(header.Get("Content-Transfer-Encoding"), body), maxBytes))
	if err != nil {
		return err
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(string(content), "\r\n", "\n"), "\uFFFD")
	switch {
	case kind == "text/plain" && m.Text == "":
		m.Text = text
	case kind == "text/html" && m.HTML == "":
		m.HTML = text
	}
	return nil
}

func transferDecoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

// decoded reads encoded words (RFC 2047); what cannot be read is shown as it came.
func decoded(value string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		return text
	}
	return value
}

// headers are the fields in their order, which net/mail's map loses.
func headers(raw []byte) []Header {
	head, _, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n\n")
	var fields []Header
	for line := range strings.SplitSeq(head, "\n") {
		if (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) && len(fields) > 0 {
			fields[len(fields)-1].Value += " " + strings.TrimSpace(line)
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			fields = append(fields, Header{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	for i := range fields {
		fields[i].Value = decoded(fields[i].Value)
	}
	return fields
}
