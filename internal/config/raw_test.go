package config_test

import (
	"strings"
	"testing"
	"time"

	"ligature/internal/config"
)

// options is what an adapter would declare: tags alone, nothing of this package.
type options struct {
	Driver  string            `yaml:"driver" need:"yes" one:"sqlite" later:"mysql postgres"`
	DSN     string            `yaml:"dsn,secret,literal" need:"yes"`
	Pepper  []byte            `yaml:"pepper,secret"`
	ByEmail string            `yaml:"by_email"`
	ByID    string            `yaml:"by_id"`
	Columns map[string]string `yaml:"columns"`
	Hash    struct {
		Format string `yaml:"format" default:"bcrypt"`
		Cost   int    `yaml:"cost" default:"5000" range:"1..100000"`
	} `yaml:"hash"`
	Share float64       `yaml:"share" default:"0.5"`
	Wait  time.Duration `yaml:"wait" default:"2s" range:"1s..10s"`
	Extra *struct {
		On bool `yaml:"on"`
	} `yaml:"extra"`
}

// Check wants at least one way to find somebody.
func (o *options) Check(report func(key, problem, fix string)) {
	if o.ByEmail == "" && o.ByID == "" {
		report("by_email", "is missing", "add by_email or by_id")
	}
	if _, ok := o.Columns["bad"]; ok {
		report("columns.bad", "is not a column known here", "remove it")
	}
}

// raw is the options of a connector whose sql part is the text, indented by eight.
func raw(t *testing.T, text string) config.Raw {
	t.Helper()
	whole := example(t)
	from, to := strings.Index(whole, "        driver: sqlite"), strings.Index(whole, "    # Three endpoints")
	c, err := parse(whole[:from] + text + whole[to:])
	if err != nil {
		t.Fatal(err)
	}
	return c.Suite.Connectors[0].Options
}

func TestRawDecodes(t *testing.T) {
	w := raw(t, `        driver: sqlite
        dsn_env: LIGATURE_DSN
        pepper_file: secrets/pepper
        by_id: |
          SELECT 1
          WHERE id = ?
        columns: {id: user_id, "odd key": x}
        hash: {cost: 7}
        share: 1
        extra: {on: true}
`)
	var o options
	if mistakes := w.Decode(&o); len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if o.DSN != canary || string(o.Pepper) != canary || o.ByID != "SELECT 1\nWHERE id = ?\n" || o.Columns["id"] != "user_id" || o.Columns["odd key"] != "x" ||
		o.Hash.Format != "bcrypt" || o.Hash.Cost != 7 || o.Share != 1 || o.Wait != 2*time.Second || !o.Extra.On {
		t.Errorf("decoded %+v", o)
	}
}

func TestRawReportsPositions(t *testing.T) {
	w := raw(t, `        driver: mysql
        dsn: "root:hunter2@tcp(db)/pim"
        pepper: x
        by_emial: SELECT
        columns:
          id: 5
          bad: x
        hash:
          cost: 0
          salt: y
        wait: soon
        share: much
        extra: yes
`)
	mistakes := w.Decode(&options{})
	sane(t, example(t), mistakes)
	golden(t, "testdata/raw.golden", mistakes.Error()+"\n")
	if m := w.Mistake("driver", "may write", "revoke it"); m.Path != "suite.connectors[0].sql.driver" || m.Line != mistakes[1].Line || m.Column != mistakes[1].Column {
		t.Errorf("position = %s", m)
	}
}

// TestRawInline: the server declares around an adapter's struct what that cannot say itself, such as its secret.
func TestRawInline(t *testing.T) {
	w := raw(t, "        driver: sqlite\n        dsn: /srv/pim.db\n        by_id: SELECT\n        secret_file: s\n        columns: {bad: x}\n        needed: 1\n")
	var around struct {
		Secret []byte  `yaml:"secret,secret" need:"yes"`
		DSN    string  `yaml:"dsn" need:"yes"`
		Inner  options `yaml:",inline"`
	}
	mistakes := w.Decode(&around)
	if len(mistakes) != 1 || mistakes[0].Path != "suite.connectors[0].sql.needed" {
		t.Errorf("mistakes: %v", mistakes)
	}
	if string(around.Secret) != canary || around.DSN != "/srv/pim.db" || around.Inner.DSN != "" || around.Inner.Driver != "sqlite" || around.Inner.Hash.Cost != 5000 {
		t.Errorf("decoded %+v", around)
	}
}

func TestRawJSON(t *testing.T) {
	w := raw(t, "        driver: sqlite\n        dsn_file: s\n        columns: {id: x}\n        hash: {cost: 7}\n        list: [1.5, true]\n")
	got, err := w.JSON()
	if want := `{"columns":{"id":"x"},"driver":"sqlite","dsn_file":"s","hash":{"cost":7},"list":[1.5,true]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if none, err := (config.Raw{}).JSON(); err != nil || string(none) != "{}" {
		t.Errorf("%s, %v", none, err)
	}
}

func TestRawZero(t *testing.T) {
	var o options
	_ = config.Raw{}.Decode(&o)
	if o.Hash.Cost != 5000 || o.Wait != 2*time.Second {
		t.Errorf("defaults = %+v", o)
	}
}
