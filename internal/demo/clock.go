package demo

import (
	"sync/atomic"
	"time"
)

// Clock is the machine's clock plus what the remote control has added. The whole world reads it.
type Clock struct{ ahead atomic.Int64 }

// Now is the time in the world.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Advance moves the world forward.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }
