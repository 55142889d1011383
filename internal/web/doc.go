// Package web is the shell around every page: it turns a page struct into bytes, an error into one answer, and a request
// into something a handler may trust.
//
// A handler fills a page struct (pages_*.go: printable values only) and hands it to Renderer.Render, or returns an error,
// which Shell turns into a page or a problem document. Texts come from Catalog by key, looks from Assets, names from Brand.
// The package knows nothing of flows, accounts or stores.
package web
