package ligature_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// planned are the modules that docs/reference/conformance.md has to show: those of the plans for Basic (and Form Post, which is the same
// again), Config, RP-initiated logout and back-channel logout, and the ones of FAPI 2.0 that concern pushed requests.
const planned = `oidcc-server oidcc-response-type-missing oidcc-idtoken-signature oidcc-idtoken-unsigned oidcc-userinfo-get
oidcc-userinfo-post-header oidcc-userinfo-post-body oidcc-ensure-request-without-nonce-succeeds-for-code-flow oidcc-scope-profile
oidcc-scope-email oidcc-scope-address oidcc-scope-phone oidcc-scope-all oidcc-alternate-happy-flow oidcc-display-page
oidcc-display-popup oidcc-prompt-login oidcc-prompt-none-not-logged-in oidcc-prompt-none-logged-in oidcc-max-age-1
oidcc-max-age-10000 oidcc-ensure-request-with-unknown-parameter-succeeds oidcc-id-token-hint oidcc-login-hint oidcc-ui-locales
oidcc-claims-locales oidcc-ensure-request-with-acr-values-succeeds oidcc-codereuse oidcc-codereuse-30seconds
oidcc-ensure-registered-redirect-uri oidcc-ensure-post-request-succeeds oidcc-server-client-secret-post
oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported oidcc-claims-essential
oidcc-ensure-request-object-with-redirect-uri oidcc-refresh-token oidcc-ensure-request-with-valid-pkce-succeeds
oidcc-redirect-uri-query-OK oidcc-redirect-uri-query-added oidcc-redirect-uri-query-mismatch oidcc-redirect-uri-regfrag
oidcc-ensure-redirect-uri-in-authorization-request oidcc-server-rotate-keys oidcc-userinfo-rs256
oidcc-discovery-endpoint-verification oidcc-rp-initiated-logout-discovery-endpoint-verification oidcc-rp-initiated-logout
oidcc-rp-initiated-logout-bad-post-logout-redirect-uri oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri
oidcc-rp-initiated-logout-modified-id-token-hint oidcc-rp-initiated-logout-bad-id-token-hint oidcc-rp-initiated-logout-no-id-token-hint
oidcc-rp-initiated-logout-no-params oidcc-rp-initiated-logout-no-post-logout-redirect-uri oidcc-rp-initiated-logout-only-state
oidcc-rp-initiated-logout-no-state oidcc-backchannel-logout-discovery-endpoint-verification oidcc-backchannel-rp-initiated-logout
oidcc-frontchannel-rp-initiated-logout fapi2-security-profile-final-par-attempt-reuse-request_uri
fapi2-security-profile-final-par-attempt-to-use-expired-request_uri
fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client
fapi2-security-profile-final-par-attempt-invalid-http-method fapi2-security-profile-final-par-authorization-request-containing-request_uri
fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param
fapi2-security-profile-final-par-without-duplicate-parameters fapi2-security-profile-final-par-ensure-pkce-required
fapi2-security-profile-final-par-plain-pkce-rejected
fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds
fapi2-security-profile-final-user-rejects-authentication fapi2-security-profile-final-dpop-negative-tests
fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second
fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code
fapi2-security-profile-final-ensure-authorization-request-with-long-state
fapi2-security-profile-final-ensure-authorization-request-with-long-nonce`

var (
	// moduleRow is a line of the tables: the module, the package if it is not the protocol's, the test.
	moduleRow = regexp.MustCompile("(?m)^\\| `((?:oidcc|fapi2|ligature)-[\\w-]+)` \\| `(?:([\\w/]+) )?(Test\\w+)` \\|")
	// moduleName is one as the tests name it.
	moduleName = regexp.MustCompile(`(?:oidcc|fapi2|ligature)-[\w-]+`)
	testFunc   = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

const protocolTests = "internal/web/protocol"

// TestConformanceTable: each planned module is in docs/reference/conformance.md with a test that exists, and names it, and each module
// that the protocol's tests name is there.
func TestConformanceTable(t *testing.T) {
	text, err := os.ReadFile("docs/reference/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range moduleProblems(string(text), strings.Fields(planned), testsOf) {
		t.Error(problem)
	}
}

// TestConformanceTableSeesPlantedViolations: each way in which the table could be wrong is seen.
func TestConformanceTableSeesPlantedViolations(t *testing.T) {
	source := "func TestConf(t *testing.T) {\n\tt.Run(\"oidcc-server\", nil)\n}\n"
	in := func(text string) func(string) string { return func(string) string { return text } }
	row := "| `oidcc-server` | `TestConf` | |\n"
	if sound := moduleProblems(row, []string{"oidcc-server"}, in(source)); len(sound) != 0 {
		t.Error(sound)
	}
	for name, problems := range map[string][]string{
		"no row":            moduleProblems("", []string{"oidcc-server"}, in("")),
		"no such test":      moduleProblems(row, nil, in(strings.Replace(source, "TestConf", "TestOther", 1))),
		"does not name it":  moduleProblems(row, nil, in(strings.Replace(source, "oidcc-server", "", 1))),
		"names more":        moduleProblems(row, nil, in(strings.Replace(source, "oidcc-server", "oidcc-server-two", 1)+"oidcc-server")),
		"a row of nobody's": moduleProblems(row+"| `oidcc-servers` | `TestConf` | |\n", nil, in(source)),
	} {
		if len(problems) != 1 {
			t.Errorf("%s: %q", name, problems)
		}
	}
}

// moduleProblems compares the tables with the modules that have to be there, and with the sources of the tests.
func moduleProblems(text string, planned []string, source func(folder string) string) (problems []string) {
	var shown []string
	for _, row := range moduleRow.FindAllStringSubmatch(text, -1) {
		module, folder, test := row[1], row[2], row[3]
		if folder == "" {
			folder = protocolTests
		}
		shown = append(shown, module)
		in := source(folder)
		exists := slices.ContainsFunc(testFunc.FindAllStringSubmatch(in, -1), func(found []string) bool { return found[1] == test })
		switch {
		case !exists:
			problems = append(problems, module+": there is no "+test+" in "+folder)
		case !slices.Contains(moduleName.FindAllString(in, -1), module):
			problems = append(problems, module+": no test of "+folder+" names it")
		}
	}
	for _, module := range planned {
		if !slices.Contains(shown, module) {
			problems = append(problems, module+" is not in the table")
		}
	}
	named := moduleName.FindAllString(source(protocolTests), -1)
	slices.Sort(named)
	for _, module := range slices.Compact(named) {
		if !slices.Contains(shown, module) && !strings.HasSuffix(module, "-plan") {
			problems = append(problems, module+" is tested, and not in the table")
		}
	}
	return problems
}

// testsOf is the text of all tests of a folder.
func testsOf(folder string) string {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		return ""
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err == nil {
			all.Write(text)
		}
	}
	return all.String()
}
