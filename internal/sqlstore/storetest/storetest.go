// Package storetest is what every database has to keep of the promises of sqlstore. The same tests run on SQLite and on
// PostgreSQL.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/sqlstore"
)

// Store is an opened, empty store, and a second way to its database for looking underneath.
type Store struct {
	*sqlstore.DB
	Raw *sql.DB
}

// Opener opens a store on a database of its own and closes it when the test ends. tune may change the Config, nil does
// not.
type Opener func(tb testing.TB, tune func(*sqlstore.Config)) Store

// Run runs the whole suite.
func Run(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"commit/round trip":              testRoundTrip,
		"conversation":                   testConversation,
		"commit/times":                   testTimes,
		"commit/stale version":           testStaleVersions,
		"commit/stale read":              testStaleReads,
		"commit/all or nothing":          testAllOrNothing,
		"commit/repeats when asked":      testRepeats,
		"commit/repeats wherever":        testRepeatsWherever,
		"commit/taken":                   testTaken,
		"commit/proof spent once":        testProofSpentOnce,
		"commit/wakes the mail worker":   testWakesMail,
		"commit/tells who watches":       testTells,
		"race/one address":               testRaceForAddress,
		"race/one flow":                  testRaceForFlow,
		"race/one tally":                 testTallies,
		"tallies":                        testTalliesOneByOne,
		"race/one mail":                  testClaims,
		"race/switching a tenant off":    testRaceWithRollout,
		"race/switching a product off":   testRaceWithInstance,
		"tenants are apart":              testTenants,
		"sealed":                         testSealed,
		"outbox":                         testOutbox,
		"owner":                          testOwner,
		"sessions":                       testSessions,
		"links":                          testLinks,
		"directory/apply":                testApply,
		"directory/reads":                testDirectoryReads,
		"directory/rollout":              testRollout,
		"directory/pilot":                testPilot,
		"directory/incoherent":           testIncoherent,
		"directory/applied side by side": testApplySideBySide,
		"person":                         testPerson,
		"own steps":                      testOwn,
		"own steps/races":                testOwnRaces,
		"own steps/merge ends":           testMergeEnds,
		"holding":                        testHolding,
		"capability":                     testCapabilities,
		"capability/email change":        testEmailChange,
		"capability/flows end":           testFlowsEnd,
		"race/one reset":                 testRaceToReset,
		"race/a reset and a link":        testRaceResetAndLink,
		"missing":                        testMissing,
		"invitations/round trip":         testInvitations,
		"invitations/list":               testInvitationList,
		"invitations/facts":              testInvited,
		"race/one book of invitations":   testRaceForInvitations,
		"dialect traps":                  testTraps,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// Sealer is a sealer that anybody can open but nobody can read by accident: it turns every bit and prefixes the place.
type Sealer struct{}

// Seal turns the bits.
func (Sealer) Seal(table, column, row string, plain []byte) []byte {
	head := place(table, column, row)
	out := append([]byte{}, head...)
	for _, b := range plain {
		out = append(out, ^b)
	}
	return out
}

// Open turns them back, at the same place only.
func (Sealer) Open(table, column, row string, sealed []byte) ([]byte, error) {
	head := place(table, column, row)
	if !bytes.HasPrefix(sealed, head) {
		return nil, fault.New(fault.Internal, "seal.open")
	}
	out := []byte{}
	for _, b := range sealed[len(head):] {
		out = append(out, ^b)
	}
	return out, nil
}

// HashText is no hash, but nothing to read either.
func (Sealer) HashText(scope, text string) string {
	return fmt.Sprintf("%x", Sealer{}.Seal(scope, "", "", []byte(text)))
}

func place(table, column, row string) []byte { return []byte(table + "." + column + "." + row + ":") }

// epoch is the moment at which the tests play.
var epoch = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// number gives a different number each time, for identifiers.
var number atomic.Int64

// id is an identifier that no other row of the test process has.
func id(prefix string) string { return fmt.Sprintf("%s_%d", prefix, number.Add(1)) }

// background ends with the test's patience.
func background(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	tb.Cleanup(cancel)
	return ctx
}

// must stops the test at an error.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// wantKind fails unless err is of the kind.
func wantKind(tb testing.TB, err error, kind fault.Kind) {
	tb.Helper()
	if !fault.Is(err, kind) {
		tb.Fatalf("got %v, want a failure of kind %s", err, kind)
	}
}
