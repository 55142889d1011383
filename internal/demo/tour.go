package demo

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/server"
)

// tourPath is below the issuer's host.
const tourPath = "/tour"

//go:embed pages/tour.html
var tourHTML string

var tourPage = template.Must(template.New("tour").Parse(tourHTML))

func (w *World) getTour(rw http.ResponseWriter, r *http.Request) {
	page, err := w.tour(r)
	if err != nil {
		http.Error(rw, "The demo's store does not answer: "+fault.KeyOf(err), http.StatusServiceUnavailable)
		return
	}
	var written bytes.Buffer
	if err := tourPage.Execute(&written, page); err != nil {
		http.Error(rw, "The tour's page is broken.", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	_, _ = rw.Write(written.Bytes())
}

// tour is what the page shows.
func (w *World) tour(r *http.Request) (map[string]any, error) {
	t, err := w.server.Store().Tenant(r.Context(), tenant)
	if err != nil {
		return nil, err
	}
	done, err := w.ticked(r.Context())
	if err != nil {
		return nil, err
	}
	next, count := "", 0
	for _, s := range tourSteps() {
		if done[s.id] {
			count++
		} else if next == "" {
			next = s.id
		}
	}
	passwords := map[string]string{}
	for _, p := range w.people() {
		passwords[p.Product+"/"+p.Identifier] = p.Password
	}
	return map[string]any{
		"Ready": w.Ready(), "Guests": w.guests(), "Third": w.other != nil, "Other": w.otherURL, "OtherName": otherName, "PIM": w.pimURL, "SDM": w.sdmURL, "Passwords": passwords,
		"PIMState": w.pimState.state(), "SDMState": w.sdmState.state(), "On": t.Rollout == directory.RolloutOn,
		"Pilot": t.Rollout == directory.RolloutPilot,
		"Now":   w.clock.Now().UTC().Format("Monday 2 January 2006, 15:04 UTC"), "Said": w.guide.said(),
		"Done": done, "Next": next, "Count": count, "All": len(tourSteps()),
	}, nil
}

// postTour takes the tour's buttons. It is the remote control for people, and refuses posts from other sites.
func (w *World) postTour(rw http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		http.Error(rw, "That came from another site.", http.StatusForbidden)
		return
	}
	flip := func(product string, box *stateBox) {
		if box.state() == Up {
			w.SetStore(product, Down)
			w.guide.saw("down")
			return
		}
		w.SetStore(product, Up)
	}
	switch r.PostFormValue("do") {
	case "clock":
		w.clock.Advance(16 * time.Minute)
	case "month":
		w.clock.Advance(31 * 24 * time.Hour)
	case "pim":
		flip("pim", &w.pimState)
	case "sdm":
		flip("sdm", &w.sdmState)
	case "tenant":
		w.flipTenant(r)
	case "pilot":
		w.pilot(r)
	case "scanner":
		w.guide.say(w.scan(r.Context()))
	case "device":
		w.guide.say(w.openElsewhere(r.Context()))
	}
	http.Redirect(rw, r, (&url.URL{Path: tourPath}).String(), http.StatusSeeOther)
}

func (w *World) flipTenant(r *http.Request) {
	t, err := w.server.Store().Tenant(r.Context(), tenant)
	if err != nil {
		return
	}
	next := directory.RolloutOn
	if t.Rollout == directory.RolloutOn {
		next = directory.RolloutOff
	}
	if err := w.server.SetRollout(r.Context(), tenant, next, "demo", "tour"); err != nil {
		w.log.Error("the tenant could not be switched", "error", err.Error())
	}
}

// pilot lets Dana alone take part.
func (w *World) pilot(r *http.Request) {
	_, err := w.server.Switch(r.Context(), server.Switching{Tenant: string(tenant), State: directory.RolloutPilot,
		People: []string{"dana@acme.example"}, By: "demo", Reason: "tour"})
	if err != nil {
		w.log.Error("the tenant could not be made a pilot", "error", err.Error())
		return
	}
	w.guide.say("Acme is a pilot now, and Dana is the only one who takes part. Everybody else is sent to the product’s own login.")
}
