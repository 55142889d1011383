package main

import (
	"errors"
	"strings"
	"testing"

	"ligature/internal/fault"
)

// An account that could write is answered with the statements that end that, a line each.
func TestAccountThatCouldWriteIsToldWhatToRevoke(t *testing.T) {
	err := unusable(t.Context(), "acme-pim", fault.Wrap(fault.Denied, "sqlconn.can_write",
		errors.New("it must be able to read and nothing else: REVOKE INSERT ON TABLE public.u FROM a; ALTER ROLE a NOCREATEDB")))
	const want = "the connector acme-pim is refused, because its account could write\n"
	if text := err.Error(); !strings.HasPrefix(text, want) || !strings.Contains(text, "\n  REVOKE INSERT ON TABLE public.u FROM a\n  ALTER ROLE a NOCREATEDB\n") {
		t.Errorf("%s", text)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 100000: "100,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
