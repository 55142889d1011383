package connectortest

import (
	"testing"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

func resets(t *testing.T, w World) {
	resetter, ok := w.Connector.(connector.Resetter)
	if !ok {
		return
	}
	for _, typed := range []string{"julia", "nobody", "julia@example.com"} {
		id, err := ident.ParseIdentifier(typed)
		if err != nil {
			t.Fatal(err)
		}
		if err := resetter.RequestReset(t.Context(), id); err != nil {
			t.Errorf("%s: %v", typed, err)
		}
	}
	if err := resetter.RequestReset(t.Context(), ident.Identifier{}); err == nil {
		t.Error("a reset for nobody was asked for")
	}
}
