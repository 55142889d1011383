package sdm

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

	inside("GET /{$}", p.getHome)
	inside("GET /jobs", p.getJobs)
	inside("POST /jobs", p.postJob)
	inside("GET /organisation/team", p.getTeam)
	inside("POST /organisation/team", p.postTeam)
	inside("POST /organisation/team/remove", p.adminOnly(p.postRemove))
	inside("GET /organisation/invitation", p.adminOnly(p.getInvitations))
	inside("POST /organisation/invitation", p.adminOnly(p.postInvitations))
	inside("POST /organisation/invitation/{user}", p.adminOnly(p.postInvitation))
	inside("GET /organisation/settings", p.adminOnly(p.getSettings))
	inside("GET /account", p.getAccount)
	inside("POST /account/profile", p.postProfile)
	inside("POST /account/password", p.postPassword)
	inside("POST /account/interface", p.postInterface)
	inside("POST /account/notifications", p.postNotifications)

	open("GET "+LoginPath, p.getLogin)
	open("POST "+LoginPath, p.postLogin)
	open("GET /logout", p.getLogout)
	open("POST /logout", p.postLogout)
	open("GET "+ForgotPath, p.getForgot)
	open("POST "+ForgotPath, p.postForgot)
	open("GET /reset-password/{link}", p.getReset)
	open("POST /reset-password/{link}", p.postReset)
	open("GET /auth/login", p.getAuthLogin)
	open("GET "+CallbackPath, p.getCallback)
	open("GET "+SignedOutPath, p.getSignedOut)
	mux.Handle("POST "+rp.LogoutPath, p.party.BackChannelLogout(p.cfg.Log, p.endSessionsFrom))

	open("POST /api/v1/auth/token/{$}", p.faulty(p.postToken))
	open("GET /api/v1/jobs/{$}", p.getAPIJobs)
	open("GET /ligature/v1/{$}", p.faulty(p.getContract))
	open("POST /ligature/v1/find", p.faulty(p.signed(p.postFind)))
	open("POST /ligature/v1/verify", p.faulty(p.signed(p.postVerify)))
	open("POST /ligature/v1/reset", p.faulty(p.signed(p.postContractReset)))

	mux.Handle("GET /static/sdm.css", stand.Asset(files, "static/sdm.css", "text/css; charset=utf-8"))
	mux.Handle("GET /static/mark.svg", stand.Asset(files, "static/mark.svg", "image/svg+xml"))
	open("/", p.getNothing)
	return shell.Guard(mux)
}
