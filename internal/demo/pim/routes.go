package pim

import (
	"net/http"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
)

// routes lists everything the product answers.
func (p *Product) routes() http.Handler {
	shell := stand.Shell{Log: p.cfg.Log, FormAction: stand.Origin(p.cfg.RP.Issuer), ShowFailure: p.showFailure}
	mux := http.NewServeMux()
	open := func(pattern string, h stand.Handler) { mux.Handle(pattern, shell.Handle(h)) }
	inside := func(pattern string, h pageHandler) { mux.Handle(pattern, shell.Handle(p.signedIn(h))) }
	allowed := func(pattern, permission string, h pageHandler) {
		inside(pattern, p.needs(permission, h))
	}

	inside("GET /{$}", p.getHome)
	inside("GET /user/account", p.getAccount)
	inside("POST /user/account", p.postAccount)
	inside("GET /rest/user/{$}", p.getCurrentUser)
	allowed("GET /system/users", "pim_user_user_index", p.getUsers)
	allowed("GET /system/users/invite", "pim_user_user_create", p.getInvite)
	allowed("POST /system/users/invite", "pim_user_user_create", p.postInvite)
	allowed("GET /system/users/{id}", "pim_user_user_edit", p.getUser)
	allowed("POST /system/users/{id}", "pim_user_user_edit", p.postUser)
	allowed("POST /system/users/{id}/invitation", "pim_user_user_create", p.postInvitation)
	allowed("GET /system/configuration", "oro_config_system", p.getConfiguration)
	allowed("GET /enrich/product", "pim_enrich_product_index", p.getProducts)
	allowed("GET /enrich/product/{identifier}", "pim_enrich_product_index", p.getProduct)
	allowed("POST /enrich/product/{identifier}", "pim_enrich_product_edit_attributes", p.postProduct)

	open("GET /user/login", p.getLogin)
	open("POST /user/login-check", p.postLogin)
	open("GET /user/logout", p.getLogout)
	open("POST /user/logout", p.postLogout)
	open("GET "+ForgotPath, p.getForgot)
	open("POST "+SendPath, p.postForgot)
	open("GET /user/reset/{link}", p.getReset)
	open("POST /user/reset/{link}", p.postReset)
	open("GET /auth/login", p.getAuthLogin)
	open("GET "+CallbackPath, p.getCallback)
	open("GET "+SignedOutPath, p.getSignedOut)
	mux.Handle("POST "+rp.LogoutPath, p.party.BackChannelLogout(p.cfg.Log, p.endSessionsFrom))
	open("POST /api/oauth/v1/token", p.postAPIToken)
	open("GET /api/rest/v1/system-information", p.getSystemInformation)
	mux.Handle("GET /static/pim.css", stand.Asset(files, "static/pim.css", "text/css; charset=utf-8"))
	mux.Handle("GET /static/mark.svg", stand.Asset(files, "static/mark.svg", "image/svg+xml"))
	open("/", p.getNothing)
	return shell.Guard(mux)
}
