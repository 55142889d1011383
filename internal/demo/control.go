package demo

import (
	"context"
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/demo/other"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/sdm"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/server"
)

// controlPath is below the issuer's host; it exists in the demo alone.
const controlPath = "/demo/control"

// Ready is what --json prints when the world is ready.
type Ready struct {
	Issuer  string  `json:"issuer"`
	Inbox   string  `json:"inbox"`
	Tour    string  `json:"tour"`
	Console *string `json:"console"`
	// Products are the stand-ins.
	Products []ReadyProduct `json:"products"`
	Tenants  []ReadyTenant  `json:"tenants"`
	People   []Person       `json:"people"`
	// Control is the base of POST {control}/clock, /store/{product}, /tenant/{id}.
	Control string `json:"control"`
}

// ReadyProduct is one stand-in.
type ReadyProduct struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
	// LegacyLogin is the product's own login page.
	LegacyLogin string `json:"legacy_login"`
}

// ReadyTenant is one tenant.
type ReadyTenant struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Rollout string `json:"rollout"`
}

// Ready describes the world.
func (w *World) Ready() Ready {
	ready := Ready{
		Issuer: w.issuer, Inbox: w.inboxURL, Tour: w.issuer + tourPath, Control: w.issuer + controlPath,
		Products: []ReadyProduct{
			{"pim", pimName, w.pimURL, w.pimURL + pim.LoginPath},
			{"sdm", sdmName, w.sdmURL, w.sdmURL + sdm.LoginPath},
		},
		Tenants: []ReadyTenant{{string(tenant), "Acme", string(directory.RolloutOn)}},
		People:  w.people(),
	}
	if w.other != nil {
		ready.Products = append(ready.Products, ReadyProduct{"other", otherName, w.otherURL, w.otherURL + other.LoginPath})
	}
	return ready
}

// Clock is the world's clock.
func (w *World) Clock() *Clock { return w.clock }

// Inbox is the world's mailbox.
func (w *World) Inbox() *inbox.Inbox { return w.inbox }

// Server is the identity provider.
func (w *World) Server() *server.Server { return w.server }

// ClientSecret is what a product's client authenticates with; empty when there is no such product.
func (w *World) ClientSecret(product string) string {
	return map[string]string{"pim": w.pimSecret, "sdm": w.sdmSecret, "other": w.otherSecret}[product]
}

// PIM is the stand-in for Akeneo PIM.
func (w *World) PIM() *pim.Product { return w.pim }

// SDM is the stand-in for Supplier Data Manager.
func (w *World) SDM() *sdm.Product { return w.sdm }

// Dial reaches every name of the world on loopback, for clients that cannot resolve *.localhost.
func (w *World) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return w.dial(ctx, network, address)
}

// SetStore changes how the store of a product, named by id or name, behaves; false for an unknown product or state.
func (w *World) SetStore(product string, state StoreState) bool {
	if state != Up && state != Down && state != Slow {
		return false
	}
	switch product {
	case "pim", pimName:
		w.pimState.set(state)
		w.pim.SetState(pim.State(state))
	case "sdm", sdmName:
		w.sdmState.set(state)
		w.sdm.SetState(sdm.State(state))
	case "other", otherName:
		w.otherState.set(state)
		return w.other != nil
	default:
		return false
	}
	return true
}

// provider is the identity provider with the tour and the remote control beside it.
func (w *World) provider() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", &w.servers)
	mux.HandleFunc("GET "+tourPath, w.getTour)
	mux.HandleFunc("POST "+tourPath, w.postTour)
	mux.Handle("POST "+controlPath+"/clock", w.control(w.postClock))
	mux.Handle("POST "+controlPath+"/store/{product}", w.control(w.postStore))
	mux.Handle("POST "+controlPath+"/tenant/{id}", w.control(w.postTenant))
	return mux
}

// control guards the remote control: loopback peers, and a media type that no form of another site can send.
func (w *World) control(h func(r *http.Request) (any, string)) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || !peer.Addr().Unmap().IsLoopback() || kind != "application/json" {
			problem(rw, http.StatusForbidden, "the remote control takes application/json from this machine alone")
			return
		}
		r.Body = http.MaxBytesReader(rw, r.Body, 4<<10)
		answer, wrong := h(r)
		if wrong != "" {
			problem(rw, http.StatusBadRequest, wrong)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(answer) // the peer is gone; there is nobody to tell
	})
}

func problem(rw http.ResponseWriter, status int, detail string) {
	rw.Header().Set("Content-Type", "application/problem+json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}

func (w *World) postClock(r *http.Request) (any, string) {
	var ask struct {
		Advance any `json:"advance"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		return nil, `send {"advance": "16m"} or a number of seconds`
	}
	var d time.Duration
	switch v := ask.Advance.(type) {
	case string:
		parsed, err := time.ParseDuration(v)
		if err != nil {
			return nil, `advance is a duration like "16m"`
		}
		d = parsed
	case float64:
		d = time.Duration(v * float64(time.Second))
	default:
		return nil, `advance is a duration like "16m" or a number of seconds`
	}
	if d < 0 {
		return nil, "the clock only goes forward"
	}
	w.clock.Advance(d)
	return map[string]string{"now": w.clock.Now().UTC().Format(time.RFC3339)}, ""
}

func (w *World) postStore(r *http.Request) (any, string) {
	var ask struct {
		State StoreState `json:"state"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || !w.SetStore(r.PathValue("product"), ask.State) {
		return nil, `send {"state": "up"}, "down" or "slow" for pim, sdm or other`
	}
	return ask, ""
}

// postTenant turns the tenant's switch, or, with a product, that of its product. In a pilot, percent and people that are not
// sent stay as they were.
func (w *World) postTenant(r *http.Request) (any, string) {
	var ask struct {
		Rollout directory.Rollout `json:"rollout"`
		Product string            `json:"product,omitempty"`
		Percent *int              `json:"percent,omitempty"`
		People  []string          `json:"people,omitempty"`
	}
	const usage = `send {"rollout": "on"}, "off", or "pilot" with "percent" and "people"; "product" for one product alone`
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		return nil, usage
	}
	_, err := w.server.Switch(r.Context(), server.Switching{Tenant: r.PathValue("id"), Product: ask.Product, State: ask.Rollout,
		People: ask.People, Percent: ask.Percent, By: "demo", Reason: "remote control"})
	switch {
	case fault.KeyOf(err) == "instance.missing":
		return nil, "the tenant has no such product"
	case fault.Is(err, fault.Missing):
		return nil, "there is no such tenant"
	case fault.KeyOf(err) == "rollout.nobody":
		return nil, `a pilot needs "people" or "percent"`
	case err != nil:
		return nil, usage
	}
	return ask, ""
}
