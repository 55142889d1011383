package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const (
	dashboardFile = "../../docs/operate/grafana-ligature.json"
	alertsFile    = "../../docs/operate/ligature-alerts.yaml"
)

// panel is what a dashboard asks for one picture.
type panel struct {
	Title, Type string
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ Expr string }
}

// rule is what is told to somebody.
type rule struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

// readDashboard gives the panels; each has a place of its own.
func readDashboard(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Title  string
		UID    string `json:"uid"`
		Panels []panel
	}
	if err := json.Unmarshal(text, &d); err != nil || d.Title == "" || d.UID == "" || len(d.Panels) < 20 {
		t.Fatalf("%s is no dashboard: %v", dashboardFile, err)
	}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q asks nothing", p.Title)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if taken[at] != "" || at[0] >= 24 {
					t.Fatalf("panel %q lies over %q", p.Title, taken[at])
				}
				taken[at] = p.Title
			}
		}
	}
	return d.Panels
}

// readAlerts gives the rules; each says what happened and what to do.
func readAlerts(t *testing.T) []rule {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil || len(file.Groups) != 1 {
		t.Fatalf("%s has no rules: %v", alertsFile, err)
	}
	names := map[string]bool{}
	for _, r := range file.Groups[0].Rules {
		if r.Alert == "" || names[r.Alert] || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("rule %q lacks something, or is there twice", r.Alert)
		}
		names[r.Alert] = true
	}
	return file.Groups[0].Rules
}

var (
	metricInQuery  = regexp.MustCompile(`\b((?:ligature|go|process)_[a-z0-9_]+)(\{[^}]*\})?`)
	matcherInQuery = regexp.MustCompile(`([a-z_]+)(=~|!~|!=|=)"([^"]*)"`)
	groupedInQuery = regexp.MustCompile(`\bby \(([^)]*)\)`)
	sampleLine     = regexp.MustCompile(`(?m)^([a-z0-9_]+)(?:\{(.*)\})? `)
	labelOfSample  = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
)

// samples are the values that each label of each metric has.
type samples map[string]map[string][]string

func parseSamples(exposed string) samples {
	all := samples{}
	for _, line := range sampleLine.FindAllStringSubmatch(exposed, -1) {
		if all[line[1]] == nil {
			// What Prometheus itself adds.
			all[line[1]] = map[string][]string{"job": nil, "instance": nil}
		}
		for _, label := range labelOfSample.FindAllStringSubmatch(line[2], -1) {
			all[line[1]][label[1]] = append(all[line[1]][label[1]], label[2])
		}
	}
	return all
}

// declared are the labels whose values are all there from the start, so that a value that is not there is a mistake.
var declared = []string{"ligature_sign_ins_total outcome", "ligature_links_total change", "ligature_connectors state",
	"ligature_store_connections state", "ligature_store_retries_total kind"}

// asks holds one query to what is exposed: every metric is there, and has the labels.
func (s samples) asks(t *testing.T, where, query string) {
	t.Helper()
	found := metricInQuery.FindAllStringSubmatch(groupedInQuery.ReplaceAllString(query, ""), -1)
	if len(found) == 0 && !strings.HasPrefix(query, "up{") {
		t.Errorf("%s asks for nothing of ours: %s", where, query)
	}
	for _, metric := range found {
		labels, ok := s[metric[1]]
		if !ok {
			t.Errorf("%s asks for %s, which is not exposed", where, metric[1])
			continue
		}
		for _, m := range matcherInQuery.FindAllStringSubmatch(metric[2], -1) {
			values, ok := labels[m[1]]
			if !ok {
				t.Errorf("%s: %s has no label %s", where, metric[1], m[1])
			}
			if !slices.Contains(declared, metric[1]+" "+m[1]) {
				continue
			}
			for value := range strings.SplitSeq(m[3], "|") {
				if !slices.Contains(values, value) {
					t.Errorf("%s: %s has no %s %q", where, metric[1], m[1], value)
				}
			}
		}
		for _, group := range groupedInQuery.FindAllStringSubmatch(query, -1) {
			for label := range strings.SplitSeq(group[1], ", ") {
				if _, ok := labels[label]; !ok {
					t.Errorf("%s: %s has no label %s", where, metric[1], label)
				}
			}
		}
	}
}

// watchedFor holds the dashboard and the alerts to what is exposed.
func watchedFor(t *testing.T, exposed string) {
	t.Helper()
	there := parseSamples(exposed)
	for _, p := range readDashboard(t) {
		for _, target := range p.Targets {
			there.asks(t, "panel "+p.Title, target.Expr)
		}
	}
	for _, r := range readAlerts(t) {
		there.asks(t, "rule "+r.Alert, r.Expr)
	}
}
