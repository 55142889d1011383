package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// report is one database with so many accounts.
type report struct {
	Database  string    `json:"database"`
	Accounts  int       `json:"accounts,omitempty"` // 0: not known
	Workers   int       `json:"workers"`
	StartUp   float64   `json:"start_up_ms,omitempty"`
	Idle      float64   `json:"rss_idle_mib,omitempty"`       // after the start
	IdleAfter float64   `json:"rss_idle_after_mib,omitempty"` // seconds after the load
	Figures   []figure  `json:"figures"`
	Overload  *overload `json:"overload,omitempty"`
}

func (r report) title() string {
	name := map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}[r.Database]
	if name == "" {
		name = r.Database
	}
	if r.Accounts == 0 {
		return name
	}
	return name + ", " + grouped(r.Accounts) + " accounts"
}

func (r report) figure(key string) (figure, bool) {
	for _, f := range r.Figures {
		if f.Key == key {
			return f, true
		}
	}
	return figure{}, false
}

// errors are the answers that no client expected.
func (r report) errors() (found []string) {
	for _, f := range r.Figures {
		if f.Errors > 0 {
			found = append(found, fmt.Sprintf("%s: %s: %d errors: %s", r.title(), f.Name, f.Errors, f.First))
		}
	}
	if r.Overload != nil && r.Overload.Errors > 0 {
		found = append(found, fmt.Sprintf("%s: overload: %d errors: %s", r.title(), r.Overload.Errors, r.Overload.First))
	}
	return found
}

func writeJSON(w io.Writer, reports []report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(reports)
}

// table is rows of cells, the first the head.
type table [][]string

// text writes a table with aligned columns.
func (t table) text(w io.Writer) {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range t {
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(w, "%-*s", widths[i], cell)
				continue
			}
			fmt.Fprintf(w, "  %*s", widths[i], cell)
		}
		fmt.Fprintln(w)
	}
}

// markdown writes a table as Markdown.
func (t table) markdown(w io.Writer) {
	for i, row := range t {
		fmt.Fprintln(w, "| "+strings.Join(row, " | ")+" |")
		if i == 0 {
			fmt.Fprintln(w, "|---|"+strings.Repeat("---:|", len(row)-1))
		}
	}
}

// operations is the table of one report.
func (r report) operations() table {
	head := []string{"operation", "per second", "p50 ms", "p99 ms", "max ms", "server CPU ms", "database CPU ms", "load CPU ms", "peak MiB", "errors"}
	rows := table{head}
	for _, f := range r.Figures {
		rows = append(rows, []string{f.Name, grouped(int(f.Rate + 0.5)), short(f.P50), short(f.P99), short(f.Max), short(f.Server), short(f.Postgres), short(f.Load),
			strconv.Itoa(int(f.Peak + 0.5)), strconv.Itoa(f.Errors)})
	}
	return rows
}

// sentences are what stands beside the table.
func (r report) sentences() (found []string) {
	if f, ok := r.figure("password"); ok && f.Bare > 0 {
		found = append(found, fmt.Sprintf("Password sign-ins: %.1f/s, %.0f %% of the %.1f/s of bare argon2id (19 MiB, 2 passes, 1 thread) on the same machine.",
			f.Rate, 100*f.Rate/f.Bare, f.Bare))
	}
	if r.StartUp > 0 {
		found = append(found, fmt.Sprintf("Start-up to the first discovery answer: %.0f ms. Memory: %.0f MiB idle after the start, %.0f MiB ten seconds after the load.",
			r.StartUp, r.Idle, r.IdleAfter))
	}
	if o := r.Overload; o != nil {
		found = append(found, fmt.Sprintf("Overload: %d sign in at once, again and again: %s got through, %s were turned away by 503 with Retry-After; the longest wait for an answer to a form took %.0f ms. Meanwhile /healthz p50 %s ms, p99 %s ms, discovery p99 %s ms; memory at most %.0f MiB.",
			o.Crowd, grouped(o.SignedIn), grouped(o.TurnedAway), o.Longest, short(o.HealthP50), short(o.HealthP99), short(o.KnownP99), o.Peak))
	}
	return found
}

// sizes compares the same database with different numbers of accounts; nil when there is nothing to compare.
func sizes(reports []report) table {
	by := map[string][]report{}
	var order []string
	for _, r := range reports {
		if len(by[r.Database]) == 0 {
			order = append(order, r.Database)
		}
		by[r.Database] = append(by[r.Database], r)
	}
	rows := table{{"p50 / p99 in ms"}}
	for _, o := range operations() {
		rows = append(rows, []string{o.name})
	}
	for _, database := range order {
		if len(by[database]) < 2 {
			continue
		}
		for _, r := range by[database] {
			rows[0] = append(rows[0], r.title())
			for i, o := range operations() {
				cell := "–"
				if f, ok := r.figure(o.key); ok {
					cell = short(f.P50) + " / " + short(f.P99)
				}
				rows[i+1] = append(rows[i+1], cell)
			}
		}
	}
	if len(rows[0]) == 1 {
		return nil
	}
	return rows
}

// write writes everything for people.
func write(w io.Writer, reports []report, markdown bool) {
	layout := table.text
	if markdown {
		layout = table.markdown
	}
	for _, r := range reports {
		if markdown {
			fmt.Fprintf(w, "\n### %s, %d workers\n\n", r.title(), r.Workers)
		} else {
			fmt.Fprintf(w, "\n%s, %d workers\n\n", r.title(), r.Workers)
		}
		layout(r.operations(), w)
		for _, sentence := range r.sentences() {
			fmt.Fprintf(w, "\n%s\n", sentence)
		}
	}
	if compared := sizes(reports); compared != nil {
		if markdown {
			fmt.Fprint(w, "\n### Few accounts and many\n")
		}
		fmt.Fprintln(w)
		layout(compared, w)
	}
}

// short is a number with as many digits as say something.
func short(f float64) string {
	switch {
	case f == 0:
		return "–"
	case f >= 100:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// grouped is a number with commas.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
