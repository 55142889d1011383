package demo

import (
	"sync/atomic"
	"time"
)

// Clock is the machine's clock plus what the remote control has added. The whole world reads it.
type Clock struct{ ahead atomic.Int64 }

// Now is the time in the world.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// farthest is how far the world may run ahead: beyond it instants no longer fit into where they are kept.
const farthest = 50 * 365 * 24 * time.Hour

// Advance moves the world forward, as far as it goes.
func (c *Clock) Advance(d time.Duration) {
	for {
		now := c.ahead.Load()
		if c.ahead.CompareAndSwap(now, min(now+int64(min(d, farthest)), int64(farthest))) {
			return
		}
	}
}
