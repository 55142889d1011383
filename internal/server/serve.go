package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"ligature/internal/fault"
)

// Drain is how a server stops.
type Drain struct {
	// Notice is how long /readyz says no while everything is still answered, so that what is in front sends nothing more.
	Notice time.Duration
	// Grace is how long requests under way, and after them the mails being handed over, may take; 0 is 10 s.
	Grace time.Duration
}

// Run serves on the listener until ctx ends, and then stops: /readyz says no, requests under way finish, the mail worker
// finishes what it holds, everything closes. It returns nil after such an end, and fault.Unavailable "server.serve" when
// serving itself failed. The server is closed in any case.
func (s *Server) Run(ctx context.Context, l net.Listener, drain Drain) error {
	h := httpServer(s, s.log)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		_ = s.Close() // the reason for stopping says more
		return fault.Wrap(fault.Unavailable, "server.serve", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.log.Info("stopping", "notice", drain.Notice)
	pause(drain.Notice)
	if drain.Grace == 0 {
		drain.Grace = 10 * time.Second
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain.Grace)
	defer cancel()
	if err := h.Shutdown(bounded); err != nil {
		s.log.Warn("requests were cut off", "after", drain.Grace)
		_ = h.Close() // its error would say again that there were some
	}
	s.closeWithin(bounded)
	return nil
}

func pause(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// closeWithin closes what is open, and does not wait for a relay that does not answer: its mail is claimed again after a
// while, by whichever server runs then.
func (s *Server) closeWithin(ctx context.Context) {
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			s.log.Warn("something did not close", "error", err.Error())
		}
		s.log.Info("stopped")
	case <-ctx.Done():
		s.log.Warn("stopped while a mail was being handed over; it will be sent again")
	}
}

// httpServer bounds what a peer may take: time for the header and for the whole request, bytes of headers. It speaks
// HTTP/1.1 alone, because what ends TLS in front of it does so as well.
func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: h, Protocols: &protocols, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
}
