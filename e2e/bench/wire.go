package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience is how long one answer may take.
const patience = 30 * time.Second

// wire is one connection to the server that is kept open. The load runs on the machine that is measured, so it speaks
// HTTP/1.1 by hand: what net/http does for any client would be counted against the server.
type wire struct {
	base *url.URL
	conn net.Conn
	in   *bufio.Reader
	out  []byte

	slowest time.Duration // of the answers to passwords
	// patient waits when somebody was turned away, and reports whether to try again; nil does not.
	patient func(busy) bool
}

// answer is what came back. body is good until the next request.
type answer struct {
	status     int
	location   string // without scheme and host where it stays on the server
	retryAfter string
	body       []byte
}

// header is one line of a request.
type header struct{ name, value string }

var errLost = errors.New("the connection was lost")

// do sends one request, with the jar's cookies, and reads the answer. A connection that the server has closed meanwhile is
// opened again, once.
func (w *wire) do(method, path string, cookies *jar, body string, headers ...header) (answer, error) {
	fresh := w.conn == nil
	for {
		got, err := w.try(method, path, cookies, body, headers)
		if err == nil {
			return got, nil
		}
		w.close()
		if fresh || !errors.Is(err, errLost) {
			return answer{}, fmt.Errorf("%s: %w", method, err)
		}
		fresh = true
	}
}

func (w *wire) try(method, path string, cookies *jar, body string, headers []header) (answer, error) {
	if w.conn == nil {
		if err := w.dial(); err != nil {
			return answer{}, err
		}
	}
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	w.write(method, path, cookies, body, headers)
	if _, err := w.conn.Write(w.out); err != nil {
		return answer{}, lost(err)
	}
	if _, err := w.in.Peek(1); err != nil {
		return answer{}, lost(err)
	}
	return w.read(cookies)
}

// lost is what became of a connection that the server closed before it answered anything; no answer in time is something else.
func lost(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return errLost
}

func (w *wire) dial() (err error) {
	host := w.base.Host
	if w.base.Port() == "" {
		host = net.JoinHostPort(host, w.base.Scheme)
	}
	dialer := &net.Dialer{Timeout: patience}
	if w.base.Scheme == "https" {
		w.conn, err = tls.DialWithDialer(dialer, "tcp", host, &tls.Config{ServerName: w.base.Hostname()})
	} else {
		w.conn, err = dialer.Dial("tcp", host)
	}
	if err != nil {
		return err
	}
	w.in = bufio.NewReaderSize(w.conn, 16<<10)
	return nil
}

func (w *wire) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

func (w *wire) write(method, path string, cookies *jar, body string, headers []header) {
	b := append(w.out[:0], method...)
	b = append(b, ' ')
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, w.base.Host...)
	for _, h := range headers {
		b = append(b, "\r\n"...)
		b = append(b, h.name...)
		b = append(b, ": "...)
		b = append(b, h.value...)
	}
	if cookies != nil {
		b = cookies.write(b)
	}
	if method == "POST" {
		b = append(b, "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	w.out = append(b, body...)
}

// read reads one answer. Only the lines that the load needs are looked at.
func (w *wire) read(cookies *jar) (answer, error) {
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return answer{}, err
	}
	if len(line) < 12 {
		return answer{}, fmt.Errorf("the answer begins with %q", line)
	}
	got := answer{}
	if got.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return answer{}, err
	}
	length, chunked, last := 0, false, false
	for {
		if line, err = w.in.ReadSlice('\n'); err != nil {
			return answer{}, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return answer{}, err
			}
		case "Transfer-Encoding":
			chunked = true
		case "Connection":
			last = string(value) == "close"
		case "Location":
			got.location = w.local(string(value))
		case "Retry-After":
			got.retryAfter = string(value)
		case "Set-Cookie":
			if cookies != nil {
				cookies.set(string(value))
			}
		}
	}
	if chunked {
		got.body, err = io.ReadAll(httputil.NewChunkedReader(w.in))
		if err == nil {
			_, err = w.in.Discard(2)
		}
	} else if length > 0 {
		got.body = make([]byte, length)
		_, err = io.ReadFull(w.in, got.body)
	}
	if last {
		w.close()
	}
	return got, err
}

// local is an address without scheme and host, if these are the server's.
func (w *wire) local(location string) string {
	rest, ok := strings.CutPrefix(location, w.base.Scheme+"://"+w.base.Host)
	if ok && strings.HasPrefix(rest, "/") {
		return rest
	}
	return location
}

// jar is what one browser keeps.
type jar struct{ kept []header }

// set keeps a cookie, whatever its path: all of the server's have the same.
func (j *jar) set(line string) {
	pair, _, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	for i := range j.kept {
		if j.kept[i].name == name {
			j.kept[i].value = value
			return
		}
	}
	j.kept = append(j.kept, header{name, value})
}

func (j *jar) write(b []byte) []byte {
	before := "\r\nCookie: "
	for _, c := range j.kept {
		if c.value == "" {
			continue
		}
		b = append(b, before...)
		b = append(b, c.name...)
		b = append(b, '=')
		b = append(b, c.value...)
		before = "; "
	}
	return b
}

// after is what stands in text between before and the next end; empty when it is not there.
func after(text []byte, before, end string) string {
	_, rest, ok := bytes.Cut(text, []byte(before))
	if !ok {
		return ""
	}
	found, _, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return ""
	}
	return string(found)
}
