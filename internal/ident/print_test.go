package ident_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"ligature/internal/ident"
)

const canary = "canary.julia.stark"

// TestPrintingMasks holds for every verb and every way in, the unexported field of a stranger's struct included.
func TestPrintingMasks(t *testing.T) {
	email, err := ident.ParseEmail(canary + "@example.com")
	if err != nil {
		t.Fatal(err)
	}
	byEmail, err1 := ident.ParseIdentifier(canary + "@example.com")
	byName, err2 := ident.ParseIdentifier(canary)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	type hidden struct {
		email ident.Email
		id    ident.Identifier
	}
	type open struct {
		Email ident.Email
		ID    *ident.Identifier
	}
	for name, value := range map[string]any{
		"address": email, "pointer": &email, "identifier": byEmail, "username": byName, "slice": []ident.Email{email}, "map": map[string]ident.Identifier{"x": byName},
		"exported fields": open{email, &byName}, "unexported fields": hidden{email, byName}, "pointer to unexported": &hidden{email, byEmail}, "any": []any{email, byName, byEmail},
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%p", "%T %v", "%20v", "%-5s", "%.3s", "%w", "%!", "%c", "%U"} {
				refuse(t, verb, fmt.Sprintf(verb, value, value))
			}
			refuse(t, "Sprint", fmt.Sprint(value))
			refuse(t, "an error", fmt.Errorf("wrapped: %v", value).Error())
			if text, err := json.Marshal(value); err == nil {
				refuse(t, "JSON", string(text))
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value, slog.Any("again", value))
			refuse(t, "slog", log.String())
		})
	}
	if got := fmt.Sprintf("%v %s %q %#v", email, email, byName, email); got != `c***k@example.com c***k@example.com "c***k" "c***k@example.com"` {
		t.Errorf("masked as %s", got)
	}
	if got := fmt.Sprintf("%v|%s|%#v", ident.Email{}, ident.Identifier{}, ident.Email{}); got != `||""` {
		t.Errorf("nothing is printed as %s", got)
	}
}

func refuse(t *testing.T, how, printed string) {
	t.Helper()
	lower := strings.ToLower(printed)
	if strings.Contains(lower, "julia") || strings.Contains(strings.ReplaceAll(lower, " ", ""), hex.EncodeToString([]byte("julia"))) {
		t.Errorf("%s shows %s", how, printed)
	}
}

// TestEqualIsTheSameMailbox holds for ==, maps, Equal and reflect.
func TestEqualIsTheSameMailbox(t *testing.T) {
	one, err1 := ident.ParseEmail("Julia@Bücher.example")
	two, err2 := ident.ParseEmail("julia@xn--bcher-kva.example")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if one != two || !one.Equal(two) || !reflect.DeepEqual(one, two) || map[ident.Email]int{one: 1}[two] != 1 {
		t.Error("one mailbox is two")
	}
	if one == (ident.Email{}) || one.IsZero() || !(ident.Email{}).IsZero() {
		t.Error("nothing is something")
	}
}
