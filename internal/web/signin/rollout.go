package signin

import (
	"cmp"
	"context"
	"net/http"

	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web"
)

// RefusalURL is where the browser leads when a kept request is refused: back to the product, with the reason.
type RefusalURL func(ctx context.Context, id ident.AuthRequestID, reason op.Reason) (string, error)

// refusedByRollout reports that a flow ended because of how its tenant or product is switched.
func refusedByRollout(f linking.Flow) bool {
	return f.State == linking.Refused && (f.Reason == "tenant.not_enabled" || f.Reason == "pilot.outside")
}

// notEnabled is S12d. Its button gives the product that is waiting the protocol's error, so that it shows its own sign-in;
// where none is waiting any more it leads there itself. request is empty in a browser that the request does not belong to.
func (h *Handlers) notEnabled(w http.ResponseWriter, r *http.Request, v visit, request ident.AuthRequestID) error {
	page := web.ProblemPage{Kind: web.ProblemNotEnabled, Product: v.setting.Product.Name, Reference: string(v.flow.Ref),
		NextURL: cmp.Or(v.setting.Instance.LoginURL, v.setting.Instance.HomeURL)}
	if v.flow.Reason == "pilot.outside" {
		page.Kind = web.ProblemNotYet
	}
	if request != "" {
		// A request that can no longer be answered leaves the product's own sign-in.
		if back, err := h.RefusalURL(r.Context(), request, op.TenantNotEnabled); err == nil {
			page.NextURL = back
		}
	}
	return h.Shell.Renderer.Render(w, r, http.StatusForbidden, page)
}

// openProducts are the tenant's products that are not switched off.
func (h *Handlers) openProducts(ctx context.Context, tenant ident.TenantID) ([]directory.Product, error) {
	products, err := h.People.ProductsOf(ctx, tenant)
	var open []directory.Product
	for i := 0; err == nil && i < len(products); i++ {
		var setting directory.Setting
		setting, err = h.Linking.Store.Setting(ctx, tenant, products[i].ID)
		if err == nil && setting.Rollout() != directory.RolloutOff {
			open = append(open, products[i])
		}
	}
	return open, err
}
