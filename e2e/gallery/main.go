// Command gallery serves every state of every page to the browser tests: on one port of loopback for each brand colour
// it is given, until its standard input ends. It prints one line of JSON when it is ready: [{"primary":"#1f4fbf","url":"http://…"}].
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"ligature/internal/web"
	"ligature/internal/web/gallery"
)

// served is one brand on its port.
type served struct {
	Primary string `json:"primary"`
	URL     string `json:"url"`
}

func main() {
	colours := flag.String("primary", "", "brand colours as #rrggbb, with commas; the neutral one is always there")
	flag.Parse()
	if err := serve(append([]string{""}, list(*colours)...)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// serve answers until standard input ends: the test that started it holds the other end.
func serve(colours []string) error {
	failed := make(chan error, len(colours))
	ready := make([]served, 0, len(colours))
	for _, colour := range colours {
		handler, err := brand(colour)
		if err != nil {
			return fmt.Errorf("brand %q: %w", colour, err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		go func() { failed <- server.Serve(listener) }()
		defer server.Close()
		ready = append(ready, served{Primary: colour, URL: "http://" + listener.Addr().String()})
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-ended:
		return nil
	case err := <-failed:
		return err
	}
}

// brand is the gallery in one colour.
func brand(colour string) (http.Handler, error) {
	assets, err := web.NewAssets(web.Brand{Account: "Akeneo Product Cloud", Company: "Akeneo", Primary: colour,
		PrivacyURL: "https://privacy.example/", TermsURL: "https://terms.example/"}, nil)
	if err != nil {
		return nil, err
	}
	catalog, err := web.NewCatalog()
	if err != nil {
		return nil, err
	}
	renderer, err := web.NewRenderer(catalog, assets)
	if err != nil {
		return nil, err
	}
	return gallery.New(renderer, assets), nil
}
