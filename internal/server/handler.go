package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/seal"
	"ligature/internal/self"
	"ligature/internal/web"
	"ligature/internal/web/api"
	"ligature/internal/web/me"
	"ligature/internal/web/protocol"
	"ligature/internal/web/signin"
)

// openHandler builds the two muxes: pages behind the guard against posts from elsewhere, the protocol outside of it.
func (s *Server) openHandler(context.Context) error {
	issuer, err := s.issuer()
	if err != nil {
		return err
	}
	catalog, err := web.NewCatalog()
	if err != nil {
		return err
	}
	assets, err := web.NewAssets(s.brand(), s.options.Files)
	if err != nil {
		return err
	}
	renderer, err := web.NewRenderer(catalog, assets)
	if err != nil {
		return err
	}
	shell := web.NewShell(s.shellOptions(issuer, renderer))
	pages := s.pages(shell)
	spoken := s.protocolConfig(issuer.String(), shell, pages)
	for _, locale := range catalog.Locales() {
		spoken.Locales = append(spoken.Locales, locale.Tag)
	}
	s.provider = protocol.New(s.watchTokens(spoken))

	pageMux := http.NewServeMux()
	pages.Routes(pageMux)
	s.own(shell, pages).Routes(pageMux)
	pageMux.Handle(web.StaticPath, assets)
	pageMux.Handle("/", shell.NotFound())
	protocolMux := http.NewServeMux()
	s.provider.Routes(protocolMux)

	mux := http.NewServeMux()
	guarded, open := shell.Pages(pageMux), shell.Protocol(protocolMux)
	mux.Handle("/", guarded)
	for _, path := range []string{protocol.PathDiscovery, protocol.PathMetadata, protocol.PathJWKS, protocol.PathAuthorize, protocol.PathResume,
		protocol.PathRefused, protocol.PathPush,
		protocol.PathToken, protocol.PathRevoke, protocol.PathIntrospect, protocol.PathUserInfo, protocol.PathEndSession, protocol.PathSignedOut, protocol.PathRollout} {
		mux.Handle(path, open)
	}
	for _, path := range []string{protocol.PathConfirmSignOut, protocol.PathChoose, protocol.PathOther} {
		mux.Handle(path, shell.Pages(protocolMux))
	}
	apiMux := http.NewServeMux()
	s.api(issuer.String(), shell).Routes(apiMux)
	mux.Handle(op.APIPath+"/", shell.Protocol(apiMux))
	common := shell.Common(mux)
	outer := http.NewServeMux()
	outer.Handle("/", common)
	outer.HandleFunc("GET /healthz", s.healthz)
	outer.HandleFunc("GET /readyz", s.readyz)
	s.handler = outer
	return nil
}

func (s *Server) shellOptions(issuer *url.URL, renderer *web.Renderer) web.Options {
	options := web.Options{Renderer: renderer, Log: s.log, Now: s.now, NewID: s.dice.NewRef,
		Hosts: append([]string{issuer.Host}, s.options.Hosts...), Cookies: web.NewCookies(issuer),
		HTTPS: issuer.Scheme == "https", LoginURL: "/login"}
	if s.watch != nil {
		options.Watch = s.watch.Request
	}
	return options
}

// openLinking builds the conversation, which pages and workers share.
func (s *Server) openLinking(context.Context) error {
	s.linking = &linking.Service{Store: s.db, Joins: s.db, Accounts: s.db, Tallies: tallies{s.db, s.keys}, Connectors: s.connectors,
		Passwords: newPasswords(s.hasher), Dice: dice{s.dice, s.keys}, Now: s.now}
	return nil
}

func (s *Server) pages(shell *web.Shell) *signin.Handlers {
	return &signin.Handlers{
		Linking: s.linking, Inviter: s.inviter(),
		People: people{s.db, s.openid}, Steps: s.keys, Secrets: dice{s.dice, s.keys}, Shell: shell, Now: s.now,
		Network: signin.PeerNetwork(s.options.TrustedProxies),
		RefusalURL: func(ctx context.Context, id ident.AuthRequestID, reason op.Reason) (string, error) {
			return s.provider.RefusalURL(ctx, id, reason)
		},
	}
}

// inviter is the conversation, with the invitations beside it.
func (s *Server) inviter() *linking.Inviter {
	return &linking.Inviter{Kept: s.db, Service: s.linking}
}

// api is the management API.
func (s *Server) api(issuer string, shell *web.Shell) *api.API {
	return api.New(api.Config{Issuer: issuer, Verify: s.signer.Payload, Registration: s.openid.Registration, Invitations: s.inviter(),
		Now: s.now, Handle: shell.HandleAPI, Log: s.log})
}

// own are the pages of people's own accounts.
func (s *Server) own(shell *web.Shell, pages *signin.Handlers) *me.Handlers {
	return &me.Handlers{
		Keeper: &self.Keeper{Store: s.db, Passwords: pages.Linking, Draw: s.dice.NewID, Ref: s.dice.NewRef, Now: s.now},
		Shell:  shell, Steps: s.keys, Session: pages.Session, SignOut: pages.SignOut, Origin: pages.Origin,
		Another: func(session *account.Session, tenant ident.TenantID, product directory.Product) web.AnotherForm {
			return pages.AnotherForm(session, tenant, product, "")
		},
	}
}

func (s *Server) protocolConfig(issuer string, shell *web.Shell, pages *signin.Handlers) protocol.Config {
	return protocol.Config{
		Issuer: issuer, Store: s.openid, Tokens: s.openid, Requests: s.openid, Signer: s.signer, Now: s.now, Log: s.log, Page: shell.Handle,
		NewID: s.dice.NewID, NewSecret: s.dice.NewSecret,
		SealCode: func(client ident.ClientID, packed []byte) string { return s.keys.SealCode(string(client), packed) },
		OpenCode: func(client ident.ClientID, authCode string) ([]byte, bool) {
			return s.keys.OpenCode(string(client), authCode)
		},
		HashRefresh: func(v string) string { return seal.HashSecret(seal.ForRefreshToken, v) },
		HashRequest: func(v string) string { return seal.HashSecret(seal.ForRequestURI, v) },
		HashSecret:  HashClientSecret, VerifyForeign: seal.VerifyForeign,
		FormPost: func(w http.ResponseWriter, r *http.Request, a op.Answer) error {
			return shell.Renderer.Render(w, r, http.StatusOK, returnPage(a))
		},
		SessionID:  pages.SessionID,
		UseSession: pages.UseSession,
		SessionOf:  pages.Session,
		Begin:      pages.Begin,
		BrowserOf:  pages.Browser,
		Steps:      s.keys,
		Choose: func(w http.ResponseWriter, r *http.Request, c protocol.Choice) error {
			page := web.ChoosePage{Action: c.Action, StepToken: c.StepToken, OtherURL: c.OtherURL}
			if c.Again {
				page.Error = "again"
			}
			return pages.Choose(w, r, c.Request, c.Session, c.Persons, page)
		},
		SignOut: func(w http.ResponseWriter, r *http.Request, session *op.Session) error {
			pages.SignOut(w)
			if session == nil {
				return nil
			}
			act := self.Act{Session: *session, Origin: pages.Origin(r), Ref: ident.Ref(s.dice.NewRef()), Draw: s.dice.NewID}
			if err := s.db.Commit(r.Context(), self.SignOut(act, s.now())); err != nil {
				return err
			}
			return s.db.EndSessions(r.Context(), session.Browser, s.now()) // and the browser's name with them
		},
		ConfirmSignOut: func(w http.ResponseWriter, r *http.Request, form protocol.SignOutForm) error {
			email, err := pages.SignedInAs(r)
			if err != nil {
				return err
			}
			return shell.Renderer.Render(w, r, http.StatusOK, web.SignOutPage{
				Form: web.Form{Action: form.Action, StepToken: form.Proof}, Email: email, OwnURL: me.Path})
		},
		SignedOut: func(w http.ResponseWriter, r *http.Request) error {
			return shell.Renderer.Render(w, r, http.StatusOK, web.SignedOutPage{LoginURL: "/login"})
		},
	}
}

// returnPage is the page whose form brings an answer to a client.
func returnPage(a op.Answer) web.ReturnPage {
	page := web.ReturnPage{Action: a.RedirectURI, Auto: true}
	for i := 0; i+1 < len(a.Pairs); i += 2 {
		page.Fields = append(page.Fields, web.ReturnField{Name: a.Pairs[i], Value: a.Pairs[i+1]})
	}
	return page
}

// HashClientSecret is the form in which a client's secret is declared and compared.
func HashClientSecret(v string) string { return seal.HashSecret(seal.ForClientSecret, v) }

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, map[string]any{"status": "ok"})
}

// readyz says that the store answers and that the server is not about to stop. A product that is down does not make the
// server unready: it must not take the others with it.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		writeHealth(w, http.StatusServiceUnavailable, map[string]any{"status": "stopping"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		s.log.Error("not ready", "error", err.Error())
		writeHealth(w, http.StatusServiceUnavailable, map[string]any{"status": "database does not answer"})
		return
	}
	writeHealth(w, http.StatusOK, map[string]any{"status": "ok"})
}

func writeHealth(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the peer is gone; there is nobody to tell
}
