package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// The parameters of a stored password (docs/security.md).
const (
	argonMemoryKiB = 19 << 10
	argonTime      = 2
)

// bareArgon is how many argon2id computations a second this machine does, and what one takes of a processor.
func bareArgon(span time.Duration) (rate float64, each time.Duration) {
	var done atomic.Int64
	before, start := meter{}.read().load, time.Now()
	var all sync.WaitGroup
	for range runtime.NumCPU() {
		all.Go(func() {
			for time.Since(start) < span {
				argon2.IDKey([]byte(password), make([]byte, 16), argonTime, argonMemoryKiB, 1, 32)
				done.Add(1)
			}
		})
	}
	all.Wait()
	n := done.Load()
	return float64(n) / time.Since(start).Seconds(), (meter{}.read().load - before) / time.Duration(n)
}
