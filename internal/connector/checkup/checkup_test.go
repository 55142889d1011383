package checkup_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/checkup"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// base is a store that answers and can do nothing.
type base struct{ down error }

func (b base) Ping(context.Context) error { return b.down }
func (base) Close() error                 { return nil }

// many lists users 1 to n, and tells of some how their passwords are kept. Its list repeats the cursor at loop.
type many struct {
	base
	n, loop int
	tells   bool
	asked   int
}

func (m *many) List(_ context.Context, cursor string, limit int) (records []connector.Record, next string, err error) {
	after, _ := strconv.Atoi(cursor)
	for id := after + 1; id <= m.n && len(records) < limit; id++ {
		records = append(records, connector.Record{ExternalID: ident.ExternalID(strconv.Itoa(id)), Flags: connector.Flags{Locked: id%2 == 0}})
	}
	if len(records) == limit {
		next = strconv.Itoa(after + limit)
	}
	if m.loop > 0 && after >= m.loop {
		next = "0"
	}
	return records, next, nil
}

func (m *many) ListKept(ctx context.Context, cursor string, limit int) (records []connector.Record, kept []connector.Storage, next string, err error) {
	records, next, err = m.List(ctx, cursor, limit)
	for range records {
		if m.tells {
			kept = append(kept, connector.Storage{Format: "bcrypt"})
		}
	}
	return records, kept, next, err
}

func (m *many) Kept(_ context.Context, id ident.ExternalID) (connector.Storage, error) {
	m.asked++
	switch id {
	case "1":
		return connector.Storage{}, fault.New(fault.Missing, "sqlconn.nobody")
	case "51":
		return connector.Storage{Refused: "unknown"}, nil
	}
	return connector.Storage{Format: "bcrypt"}, nil
}

func TestEverybodyIsCountedAndPasswordsAreLookedAt(t *testing.T) {
	var seen []int
	whole := &many{n: 2500, tells: true}
	report, err := checkup.Run(t.Context(), whole, checkup.Options{Progress: func(users int) { seen = append(seen, users) }})
	if err != nil || report.Users.Total != 2500 || report.Users.Locked != 1250 || report.KeptOf != 2500 || whole.asked != 0 || !report.Whole() {
		t.Errorf("%+v, %v, asked %d times", report, err, whole.asked)
	}
	if !slices.Equal(seen, []int{1000, 2000, 2500}) {
		t.Errorf("progress %v", seen)
	}
	sampled := &many{n: 60_000}
	report, err = checkup.Run(t.Context(), sampled, checkup.Options{})
	if err != nil || report.Users.Total != 60_000 || sampled.asked != 500 || report.KeptOf != 499 || report.Whole() {
		t.Errorf("%+v, %v, asked %d times", report, err, sampled.asked)
	}
}

func TestAListThatComesRoundEnds(t *testing.T) {
	_, err := checkup.Run(t.Context(), &many{n: 10_000, loop: 3000}, checkup.Options{})
	if fault.KeyOf(err) != "checkup.endless" {
		t.Errorf("%v, want checkup.endless", err)
	}
}

func TestAStoreThatIsDownIsNoReport(t *testing.T) {
	down := fault.Wrap(fault.Unavailable, "sqlconn.unreachable", errors.New("no"))
	if _, err := checkup.Run(t.Context(), base{down}, checkup.Options{}); !errors.Is(err, down) {
		t.Errorf("%v", err)
	}
}

// twins finds two users by an address and one by a username, in time or never.
type twins struct {
	base
	hangs bool
}

func (f twins) Find(ctx context.Context, q connector.Query) ([]connector.Record, error) {
	if f.hangs {
		<-ctx.Done()
		return nil, fault.Wrap(fault.Unavailable, "sqlconn.query", ctx.Err())
	}
	switch {
	case q.By == connector.ByEmail && q.Value == "twins@example.com":
		return []connector.Record{{ExternalID: "1"}, {ExternalID: "2"}}, nil
	case q.By == connector.ByUsername && q.Value == "Dora@example.com":
		return []connector.Record{{ExternalID: "3"}}, nil
	}
	return nil, nil
}

func TestSomebodyIsFoundAsASignInFindsThem(t *testing.T) {
	for typed, want := range map[string]struct {
		users int
		by    connector.Key
		whole bool
	}{"Twins@example.com": {2, connector.ByEmail, false}, "Dora@example.com": {1, connector.ByUsername, true}, "nobody": {0, connector.ByUsername, false}} {
		id, err := ident.ParseIdentifier(typed)
		if err != nil {
			t.Fatal(err)
		}
		report, err := checkup.Run(t.Context(), twins{}, checkup.Options{Identifier: id})
		if err != nil || report.Counted || report.Found == nil || len(report.Found.Matches) != want.users || report.Found.By != want.by || report.Whole() != want.whole {
			t.Errorf("%s: %+v, %v", typed, report, err)
		}
	}
	id, _ := ident.ParseIdentifier("nobody")
	if _, err := checkup.Run(t.Context(), twins{hangs: true}, checkup.Options{Identifier: id, Timeout: 20 * time.Millisecond}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a store that hangs: %v", err)
	}
}
