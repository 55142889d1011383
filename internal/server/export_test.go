package server

import (
	"context"

	"ligature/internal/op"
)

// LoadKeys looks at the stored keys, as every server does again and again.
func (s *Server) LoadKeys(ctx context.Context) error { return s.loadKeys(ctx) }

// Clean deletes what ended long ago, as every server does again and again.
func (s *Server) Clean(ctx context.Context) error { return s.clean(ctx) }

// Signer is what the server signs with at present.
func (s *Server) Signer() op.Signer { return s.signer }

// TellLogouts tells clients of the ends of sessions that are due, as every server does again and again.
func (s *Server) TellLogouts(ctx context.Context) error { return newTeller(s).run(ctx) }
