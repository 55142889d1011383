package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ligature/internal/config"
)

// TestSecretsAreNeverPrinted prints the whole configuration in every way there is.
func TestSecretsAreNeverPrinted(t *testing.T) {
	c, err := parse(strings.Replace(example(t), "url: sqlite:///var/lib/ligature/ligature.db", "url_file: database-url", 1))
	if err != nil {
		t.Fatal(err)
	}
	secret := c.Suite.Clients[0].Secret
	if string(secret.Reveal()) != canary {
		t.Fatal("the secret is not there")
	}
	hidden := struct{ inner config.Secret }{secret}
	var out bytes.Buffer
	for _, v := range []any{c, *c, c.Suite, c.Suite.Clients, c.Suite.Clients[0], c.Suite.Connectors, c.SMTP, c.Key, c.Database, secret, &secret, hidden, &hidden, []config.Secret{secret}, map[string]config.Secret{"a": secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%p", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(encoded)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("m", "v", v)
		}
	}
	text := out.String()
	for _, kept := range []string{canary, keyCanary} {
		for _, form := range []string{kept, fmt.Sprintf("%x", kept), fmt.Sprintf("%X", kept), strings.Trim(fmt.Sprint([]byte(kept)), "[]"), jsonBytes(t, kept)} {
			if strings.Contains(text, form) {
				t.Errorf("printed: %s", form)
			}
		}
	}
	if !strings.Contains(text, "[secret]") {
		t.Error("nothing stands for the secret")
	}
}

func jsonBytes(t *testing.T, s string) string {
	t.Helper()
	encoded, err := json.Marshal([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(encoded), `"`)
}

// TestMistakesShowNoSecret writes a secret into every place where its name belongs.
func TestMistakesShowNoSecret(t *testing.T) {
	const typed = "typed-canary/0123456789"
	for _, line := range []string{
		"secret: " + typed, "secret_file: [" + typed + "]", "secret_env: " + typed, "secret_file: " + typed + "/absent",
		"secret_env: {a: " + typed + "}", "secret_env: typed_canary", "secret_file: short", "secret_file: &x " + typed, "secret_file: !!str " + typed,
		"secret_file: " + typed + "\n      secret_file: " + typed,
	} {
		text := strings.Replace(example(t), "secret_file: secrets/pim-client", line, 1)
		_, err := parse(text)
		if err == nil {
			t.Errorf("%s: accepted", line)
			continue
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: shown:\n%v", line, err)
		}
	}
	for _, url := range []string{"postgres://u:canary@h/db", "postgres://u:can/ary@h:x/db", "canary", "mysql://canary"} {
		_, err := parse(strings.Replace(minimal, "sqlite:ligature.db", url, 1))
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "ary@") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestSecretIsACopy(t *testing.T) {
	value := []byte("canary")
	s := config.NewSecret(value)
	value[0] = 'X'
	s.Reveal()[0] = 'Y'
	if string(s.Reveal()) != "canary" {
		t.Errorf("changed from outside: %q", s.Reveal())
	}
	if s.IsZero() || !(config.Secret{}).IsZero() || (config.Secret{}).Reveal() != nil {
		t.Error("the zero value is a secret")
	}
}
