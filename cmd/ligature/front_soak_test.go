//go:build soak && linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// replica is ligature serve as a process of its own, which can be killed and started again.
type replica struct {
	t    *testing.T
	file string // its configuration

	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *book
	at   string // where it listens; empty while there is none
	gone chan struct{}
}

// start runs it and waits until it serves. It ends with the test, and with the test's process.
func (r *replica) start() {
	r.t.Helper()
	log, gone, started := newBook(), make(chan struct{}), make(chan error)
	cmd := exec.Command("ligature", "serve", "--config", r.file)
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	go func() {
		runtime.LockOSThread() // Pdeathsig looks at the thread that started it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed
		}
		close(gone)
	}()
	if err := <-started; err != nil {
		r.t.Fatal(err)
	}
	at := fmt.Sprint(log.line(r.t, "serving")["address"])
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd, r.log, r.gone, r.at = cmd, log, gone, at
}

// kill is kill -9. It returns when the process is no more.
func (r *replica) kill() { r.signal(syscall.SIGKILL) }

// stop ends it as an operator does, and gives its exit code.
func (r *replica) stop() int {
	r.signal(syscall.SIGTERM)
	return r.cmd.ProcessState.ExitCode()
}

func (r *replica) signal(s syscall.Signal) {
	r.mu.Lock()
	cmd, gone := r.cmd, r.gone
	r.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(s) // it may have ended
	<-gone
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = ""
}

func (r *replica) address() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// The moments of a request at which a replica can be killed.
type moment int

const (
	taken    moment = iota // the replica has the whole request
	answered               // its whole answer is here, and the person has nothing of it yet
)

// front stands before the replicas: each request goes to the next one, and to the one after it when nobody listens there.
// A request that was cut off is cut off for whoever sent it.
type front struct {
	replicas  []*replica
	transport *http.Transport
	server    *httptest.Server

	mu   sync.Mutex
	next int
	// watch is told each moment of each request and may kill the replica; what it gives for an answer says whether the
	// answer is lost on its way. It is set before the first request.
	watch func(m moment, at *replica, r *http.Request) (lost bool)
}

// openFront listens before as many replicas, which are not running yet.
func openFront(t *testing.T, replicas []*replica) *front {
	t.Helper()
	f := &front{replicas: replicas, transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true, ResponseHeaderTimeout: 30 * time.Second}}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *front) address() string { return f.server.Listener.Addr().String() }

// ServeHTTP passes a request on.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	f.mu.Lock()
	first := f.next
	f.next++
	f.mu.Unlock()
	for i := range f.replicas {
		at := f.replicas[(first+i)%len(f.replicas)]
		address := at.address()
		if address == "" {
			continue
		}
		response, body, err := f.pass(r, sent, at, address)
		if errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if err != nil || f.watch(answered, at, r) {
			break
		}
		maps.Copy(w.Header(), response.Header)
		w.WriteHeader(response.StatusCode)
		_, _ = w.Write(body) // whoever left does not read it
		return
	}
	panic(http.ErrAbortHandler)
}

// pass sends a request to one replica and reads the answer to its end.
func (f *front) pass(r *http.Request, sent []byte, at *replica, address string) (*http.Response, []byte, error) {
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			f.watch(taken, at, r)
		}
	}})
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", address, ""
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
	if len(sent) == 0 {
		out.Body = http.NoBody
	}
	response, err := f.transport.RoundTrip(out)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response, body, err
}
