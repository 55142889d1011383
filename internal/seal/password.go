package seal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/text/unicode/norm"

	"ligature/internal/fault"
)

// MaxPasswordBytes is the longest password that is looked at, checked before any work.
const MaxPasswordBytes = 1024

// The most that a stored hash may ask for; a poisoned row must not stall the server (ATK-78).
const (
	maxMemoryKiB = 256 << 10
	maxTime      = 10
	maxThreads   = 16
)

// Cost is what one argon2id computation takes. The zero value means the defaults: 19 MiB, 2 passes, 1 thread (OWASP).
type Cost struct {
	MemoryKiB uint32
	Time      uint32
	Threads   uint8
}

// HasherOptions configure a Hasher; zero fields mean defaults.
type HasherOptions struct {
	Cost Cost
	// MemoryBudget in bytes is what all computations together may take at a time; default 256 MiB.
	MemoryBudget int64
	// AtOnce is how many computations run at a time, whatever the budget; 0 for as many as there are processors. More would be
	// no faster, and everything else would wait behind them each time it has waited for the disk.
	AtOnce int
	// QueueTTL is the longest wait for a share of it; default 2 s.
	QueueTTL time.Duration
	// Pepper keys the passwords before they are hashed; nil leaves that out. A hash says which key it needs, and cannot be
	// checked any more once that key is gone.
	Pepper *Keys
	// Watch is told of each computation when it begins; done is told its error. Nil for nobody.
	Watch func(ctx context.Context) (in context.Context, done func(err error))
	// Rested is called when nothing was computed for RestTTL after something was; nil for nothing to do then.
	Rested func()
}

// RestTTL is how long a Hasher has had nothing to do before it says so.
const RestTTL = 5 * time.Second

// Hasher hashes people's passwords with argon2id (RFC 9106) under a budget of memory. It is safe for concurrent use.
type Hasher struct {
	options HasherOptions
	dice    *Dice
	budget  *semaphore.Weighted
	turns   *semaphore.Weighted
	checks  atomic.Int64
	load    struct{ running, waiting, refused, bytes atomic.Int64 }
	pace    pace
	lanes   int         // how many computations of ours run at a time: as many as there are processors and memory for
	rest    *time.Timer // nil without Rested
}

// NewHasher makes a Hasher. Errors: fault.Invalid "password.cost" when the cost is out of bounds or above the budget.
func NewHasher(dice *Dice, options HasherOptions) (*Hasher, error) {
	if options.Cost == (Cost{}) {
		options.Cost = Cost{MemoryKiB: 19 << 10, Time: 2, Threads: 1}
	}
	if options.MemoryBudget == 0 {
		options.MemoryBudget = 256 << 20
	}
	if options.AtOnce == 0 {
		options.AtOnce = runtime.GOMAXPROCS(0)
	}
	if options.QueueTTL == 0 {
		options.QueueTTL = 2 * time.Second
	}
	cost := options.Cost
	if !cost.bounded() || int64(cost.MemoryKiB)<<10 > options.MemoryBudget {
		return nil, fault.New(fault.Invalid, "password.cost")
	}
	h := &Hasher{options: options, dice: dice, budget: semaphore.NewWeighted(options.MemoryBudget),
		turns: semaphore.NewWeighted(int64(options.AtOnce)),
		lanes: max(1, min(options.AtOnce, int(options.MemoryBudget/(int64(cost.MemoryKiB)<<10))))}
	if options.Rested != nil {
		h.rest = time.AfterFunc(RestTTL, options.Rested)
		h.rest.Stop()
	}
	return h, nil
}

func (c Cost) bounded() bool {
	return c.MemoryKiB >= 8*uint32(c.Threads) && c.MemoryKiB <= maxMemoryKiB && c.Time >= 1 && c.Time <= maxTime && c.Threads >= 1 && c.Threads <= maxThreads
}

// Checks counts the computations of Verify and Dummy since the start, so that tests can hold them equal.
func (h *Hasher) Checks() int64 { return h.checks.Load() }

// Hash makes the PHC string of a new password, which is brought into NFC first. Errors: fault.Invalid
// "password.empty" and "password.too_long", fault.Unavailable "password.busy".
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	input, err := passwordInput(password)
	if err != nil {
		return "", err
	}
	stored := phc{cost: h.options.Cost, salt: h.dice.Bytes(16)}
	if h.options.Pepper != nil {
		stored.key = h.options.Pepper.rings[0].version
	}
	stored.sum, err = h.compute(ctx, stored, input, 32)
	if err != nil {
		return "", err
	}
	return stored.String(), nil
}

// Verify reports whether password is the one that was hashed, and whether it should be hashed again because the cost or
// the key has changed. Errors are those of Hash, and fault.Internal "password.stored" for a stored text that is no hash
// of ours, asks for too much, or needs a key that is gone.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (ok, rehash bool, err error) {
	input, err := passwordInput(password)
	if err != nil {
		return false, false, err
	}
	parsed, err := parsePHC(stored)
	if err != nil {
		return false, false, fault.Wrap(fault.Internal, "password.stored", err)
	}
	h.checks.Add(1)
	sum, err := h.compute(ctx, parsed, input, uint32(len(parsed.sum)))
	if err != nil {
		return false, false, err
	}
	if subtle.ConstantTimeCompare(sum, parsed.sum) != 1 {
		return false, false, nil
	}
	var current uint8
	if h.options.Pepper != nil {
		current = h.options.Pepper.rings[0].version
	}
	return true, parsed.cost != h.options.Cost || parsed.key != current, nil
}

// Dummy does the work of Verify for nobody, so that an unknown account takes as long as a known one. Errors are those of
// Verify.
func (h *Hasher) Dummy(ctx context.Context, password string) error {
	input, err := passwordInput(password)
	if err != nil {
		return err
	}
	h.checks.Add(1)
	stored := phc{cost: h.options.Cost, salt: make([]byte, 16)}
	if h.options.Pepper != nil {
		stored.key = h.options.Pepper.rings[0].version
	}
	_, err = h.compute(ctx, stored, input, 32)
	return err
}

// compute runs argon2id under the budget.
func (h *Hasher) compute(ctx context.Context, stored phc, input []byte, size uint32) (sum []byte, err error) {
	if h.options.Watch != nil {
		watched, done := h.options.Watch(ctx)
		defer func() { done(err) }()
		ctx = watched
	}
	if stored.key != 0 {
		pepper, ok := h.pepper(stored.key)
		if !ok {
			return nil, fault.Wrap(fault.Internal, "password.stored", errors.New("the key it was peppered with is not configured"))
		}
		mac := hmac.New(sha256.New, pepper)
		mac.Write(input)
		input = mac.Sum(nil)
	}
	release, err := h.Acquire(ctx, int64(stored.cost.MemoryKiB)<<10)
	if err != nil {
		return nil, err
	}
	defer release()
	if h.rest != nil {
		defer h.rest.Reset(RestTTL)
	}
	begun := time.Now()
	sum = argon2.IDKey(input, stored.salt, stored.cost.Time, stored.cost.MemoryKiB, stored.cost.Threads, size)
	h.pace.computed(time.Since(begun), h.options.AtOnce)
	return sum, nil
}

func (h *Hasher) pepper(version uint8) ([]byte, bool) {
	if h.options.Pepper == nil {
		return nil, false
	}
	for i := range h.options.Pepper.rings {
		if h.options.Pepper.rings[i].version == version {
			return h.options.Pepper.rings[i].pepper, true
		}
	}
	return nil, false
}

func passwordInput(password string) ([]byte, error) {
	switch {
	case password == "":
		return nil, fault.New(fault.Invalid, "password.empty")
	case len(password) > MaxPasswordBytes:
		return nil, fault.New(fault.Invalid, "password.too_long")
	}
	return norm.NFC.Bytes([]byte(password)), nil
}

// phc is a parsed PHC string. key 0 means no pepper.
type phc struct {
	cost Cost
	key  uint8
	salt []byte
	sum  []byte
}

// String is the PHC string, with the pepper's version as keyid.
func (p phc) String() string {
	key := ""
	if p.key != 0 {
		key = ",keyid=" + base64.RawStdEncoding.EncodeToString([]byte{p.key})
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d%s$%s$%s", argon2.Version, p.cost.MemoryKiB, p.cost.Time, p.cost.Threads, key,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(p.sum))
}

// parsePHC reads what String wrote and refuses everything else, and costs out of bounds, before any work.
func parsePHC(stored string) (phc, error) {
	bad := errors.New("not a PHC string of argon2id within bounds")
	parts := strings.Split(stored, "$")
	if len(stored) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return phc{}, bad
	}
	var p phc
	params := strings.Split(parts[3], ",")
	if len(params) < 3 || len(params) > 4 {
		return phc{}, bad
	}
	var numbers [3]uint64
	for i, name := range [...]string{"m=", "t=", "p="} {
		text, ok := strings.CutPrefix(params[i], name)
		n, err := strconv.ParseUint(text, 10, 32)
		if !ok || err != nil || strconv.FormatUint(n, 10) != text {
			return phc{}, bad
		}
		numbers[i] = n
	}
	if numbers[2] > maxThreads {
		return phc{}, bad
	}
	p.cost = Cost{MemoryKiB: uint32(numbers[0]), Time: uint32(numbers[1]), Threads: uint8(numbers[2])}
	if len(params) == 4 {
		text, ok := strings.CutPrefix(params[3], "keyid=")
		id, err := base64.RawStdEncoding.Strict().DecodeString(text)
		if !ok || err != nil || len(id) != 1 || id[0] == 0 {
			return phc{}, bad
		}
		p.key = id[0]
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return phc{}, bad
	}
	if p.sum, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return phc{}, bad
	}
	if !p.cost.bounded() || len(p.salt) < 8 || len(p.salt) > 64 || len(p.sum) < 16 || len(p.sum) > 64 {
		return phc{}, bad
	}
	return p, nil
}
