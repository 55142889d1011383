package seal

import (
	"context"
	"sync"
	"time"

	"ligature/internal/fault"
)

// pace is how fast passwords get through of late, so that whoever cannot get through in time is told at once instead of after the
// wait. It is safe for concurrent use.
type pace struct {
	mu     sync.Mutex
	inside int           // have entered and not left
	alone  time.Duration // between two computations, if there were nothing else to do
	left   time.Duration // between two who leave while others wait
	last   time.Time     // when somebody left, or when there were more than are computed at a time
}

// weight is what the latest counts for: an eighth.
const weight = 8

// mostSlower is how many times as slow as hashing alone everything together is thought to be. A database that stood still for a while
// must not have everybody turned away when it goes on.
const mostSlower = 4

func blend(before, latest time.Duration) time.Duration {
	if before == 0 {
		return latest
	}
	return before + (latest-before)/weight
}

// computed takes how long a computation took beside others.
func (p *pace) computed(took time.Duration, atOnce int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alone = blend(p.alone, took/time.Duration(atOnce))
}

// hashes is how long so many computations take.
func (p *pace) hashes(waiting int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(waiting) * p.alone
}

// enter reports whether there is room for one more.
func (p *pace) enter(atOnce int, most time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A processor is free, or what was seen last counts for no more than what hashing alone takes now: or nobody would ever get so
	// far as to show that it is over.
	if p.inside > atOnce && time.Duration(p.inside)*max(p.alone, min(p.left, mostSlower*p.alone)) >= most {
		return false
	}
	p.come(atOnce)
	return true
}

// back takes in who was aside, whoever has come meanwhile.
func (p *pace) back(atOnce int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.come(atOnce)
}

func (p *pace) come(atOnce int) {
	p.inside++
	if p.inside == atOnce+1 {
		p.last = time.Now()
	}
}

// aside makes room, and says nothing of how fast anybody gets through.
func (p *pace) aside() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside--
}

func (p *pace) leave(atOnce int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside > atOnce {
		now := time.Now()
		p.left = blend(p.left, min(now.Sub(p.last), mostSlower*p.alone))
		p.last = now
	}
	p.inside--
}

// Place is that of one who has entered. It is for one goroutine.
type Place struct {
	h            *Hasher
	inside, over bool
}

// Aside gives the place up while something else is waited for, such as a product, so that nobody is turned away for that. It
// lasts until Back.
func (p *Place) Aside() {
	if p.inside {
		p.inside = false
		p.h.pace.aside()
	}
}

// Back takes the place again, whoever has come meanwhile.
func (p *Place) Back() {
	if !p.inside && !p.over {
		p.inside = true
		p.h.pace.back(p.h.lanes)
	}
}

// Leave is the end of it. More than once does no harm.
func (p *Place) Leave() {
	if p.inside {
		p.inside = false
		p.h.pace.leave(p.h.lanes)
	}
	p.over = true
}

// Enter is asked before anything is done for a password: when those who have entered and not left take longer than QueueTTL, one more
// would wait for nothing, and load the database meanwhile. Leave must be called when all is done. Errors: fault.Unavailable
// "password.busy" with the wait to ask for.
func (h *Hasher) Enter() (*Place, error) {
	if !h.pace.enter(h.lanes, h.options.QueueTTL) {
		return nil, h.refuse(nil)
	}
	return &Place{h: h, inside: true}, nil
}

// refuse is the answer to whoever does not get a turn.
func (h *Hasher) refuse(why error) error {
	h.load.refused.Add(1)
	return &fault.Error{Kind: fault.Unavailable, Key: "password.busy", After: h.options.QueueTTL, Err: why}
}

// Acquire waits for a processor and a share of the memory budget, for hashing that is done elsewhere. release must be called. Errors:
// fault.Unavailable "password.busy" with the wait to ask for, when ctx ends, and after QueueTTL, or at once when so many wait that it
// would take longer.
func (h *Hasher) Acquire(ctx context.Context, bytes int64) (release func(), err error) {
	if h.pace.hashes(h.load.waiting.Load()) >= h.options.QueueTTL {
		return nil, h.refuse(nil)
	}
	bytes = min(max(bytes, 1), h.options.MemoryBudget)
	ctx, cancel := context.WithTimeout(ctx, h.options.QueueTTL)
	defer cancel()
	h.load.waiting.Add(1)
	if err = h.turns.Acquire(ctx, 1); err == nil {
		if err = h.budget.Acquire(ctx, bytes); err != nil {
			h.turns.Release(1)
		}
	}
	h.load.waiting.Add(-1)
	if err != nil {
		return nil, h.refuse(err)
	}
	h.load.running.Add(1)
	h.load.bytes.Add(bytes)
	return func() {
		h.load.running.Add(-1)
		h.load.bytes.Add(-bytes)
		h.budget.Release(bytes)
		h.turns.Release(1)
	}, nil
}

// Load is what hashing is doing just now: computations that run and that wait, those refused since the start, and the
// memory that the running ones take out of Limit.
type Load struct{ Running, Waiting, Refused, Bytes, Limit int64 }

// Load is read without stopping anything, so its numbers may be of moments that lie a little apart.
func (h *Hasher) Load() Load {
	return Load{Running: h.load.running.Load(), Waiting: h.load.waiting.Load(), Refused: h.load.refused.Load(),
		Bytes: h.load.bytes.Load(), Limit: h.options.MemoryBudget}
}
