package me

import (
	"net/http"
	"slices"
	"strings"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/self"
	"ligature/internal/web"
)

// adopted begins the origin of a password that came from a product.
const adopted = "adopted:"

// getOwn is S14.
func (h *Handlers) getOwn(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	changes, err := h.Keeper.Store.Changes(r.Context(), v.own.Account.ID, v.now)
	if err != nil {
		return err
	}
	page := web.OwnPage{Email: v.own.Primary().Key(), EmailURL: pathEmail, PasswordURL: pathPassword, SessionsURL: pathSessions,
		ActivityURL: pathActivity, MergeURL: pathMerge, CloseURL: pathClose, SignOutURL: pathSignOut,
		Done: doneOf(r, "unlinked", "removed", "relinked", "merged", "parted")}
	for _, a := range v.own.Addresses {
		if !a.Primary {
			page.Further = append(page.Further, a.Email.Key())
		}
	}
	if product, ok := strings.CutPrefix(v.own.Credential.Origin, adopted); ok {
		page.PasswordFrom = product
	}
	for i, l := range v.own.Links {
		line := h.line(v, l)
		if string(l.ProductAccount.Product) == page.PasswordFrom {
			page.PasswordFrom = l.Product
		}
		alike := func(o self.Held) bool {
			return o.Link.Tenant == l.Link.Tenant && o.ProductAccount.Product == l.ProductAccount.Product
		}
		if !slices.ContainsFunc(v.own.Links[i+1:], alike) && v.own.Active(l.Link.Tenant) {
			line.Another = h.Another(&v.session, l.Link.Tenant, directory.Product{ID: l.ProductAccount.Product, Name: l.Product})
		}
		page.Links = append(page.Links, line)
	}
	for _, c := range changes {
		page.Undos = append(page.Undos, undoLine(v, c))
	}
	return h.render(w, r, http.StatusOK, page)
}

// doneOf is what was done just before, if it is one of the keys.
func doneOf(r *http.Request, keys ...string) string {
	if done := r.URL.Query().Get("done"); slices.Contains(keys, done) {
		return done
	}
	return ""
}

// line is a link in words.
func (h *Handlers) line(v visit, l self.Held) web.OwnLink {
	line := web.OwnLink{Name: l.Product, Logo: l.Mark, Tenant: l.Tenant, Username: username(l), OpenURL: l.HomeURL,
		UnlinkURL: pathUnlink + string(l.Link.ID), Since: v.day(l.Link.ActiveAt)}
	for _, m := range l.Methods {
		line.Methods = append(line.Methods, string(m))
	}
	switch {
	case l.Link.State == account.LinkPending:
		line.State, line.Since = "waiting", v.day(l.Link.CreatedAt)
	case l.Link.State == account.LinkSuspended && l.Link.Reason == account.ReasonReported:
		line.State = "reported"
	case l.Link.State == account.LinkSuspended:
		line.State = "reset"
	default:
		line.State = "active"
	}
	return line
}

// username is what the product calls the person.
func username(l self.Held) string {
	if l.ProductAccount.Username != "" {
		return l.ProductAccount.Username
	}
	return l.ProductAccount.Email.Key()
}

// undoLine is a change in words.
func undoLine(v visit, c self.Change) web.OwnUndo {
	line := web.OwnUndo{Merge: c.Kind == account.UndoMerge, At: v.day(c.CreatedAt), Until: v.day(c.Deadline), URL: pathUndo + string(c.ID)}
	if line.Merge {
		line.What = otherAddress(c)
	} else if len(c.Links) > 0 {
		line.What = named(c.Links[0])
	}
	return line
}

// otherAddress is the address that the account had which was merged.
func otherAddress(c self.Change) string {
	for _, a := range c.Before.Addresses {
		if a.Primary {
			return a.Email.Key()
		}
	}
	return ""
}

// named is a product account by product and name.
func named(l self.Held) string { return l.Product + ", " + username(l) }

// namedAll are product accounts by product and name.
func namedAll(links []self.Held) []string {
	var all []string
	for _, l := range links {
		all = append(all, named(l))
	}
	return all
}

// lastEvents is how many events a person is told of.
const lastEvents = 20

// getActivity tells the last events.
func (h *Handlers) getActivity(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.open(w, r)
	if done || err != nil {
		return err
	}
	told, err := h.Keeper.Store.EventsOf(r.Context(), v.own.Account.ID, self.Tells(), lastEvents)
	if err != nil {
		return err
	}
	page := web.OwnActivityPage{BackURL: Path}
	for _, e := range told {
		page.Events = append(page.Events, web.OwnEvent{At: v.day(e.At), Network: e.Network,
			Key: strings.ReplaceAll(string(e.Action), ".", "_"), Product: e.Product})
	}
	return h.render(w, r, http.StatusOK, page)
}
