package config

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxSecretBytes bounds what a secret's file may hold.
const maxSecretBytes = 64 << 10

// secret fills a field from the file or the environment variable that its keys name. Nothing said here repeats what
// stands in the configuration: people write the secret itself where its name belongs.
func (r *reader) secret(n ast.Node, written map[string]entry, path string, f field, into reflect.Value) {
	var given []string
	for _, key := range f.keys() {
		if _, ok := written[key]; ok {
			given = append(given, key)
		}
	}
	if len(given) == 0 {
		if _, refused := written[f.key]; f.need && n != nil && !refused {
			r.lacking(path, f)
		}
		return
	}
	for _, key := range given[1:] {
		r.fault(join(path, key), given[0]+" is written as well", "keep one of the two")
	}
	key := given[0]
	below := join(path, key)
	text, ok := r.secretText(written[key].value, below)
	if !ok {
		return
	}
	switch {
	case f.literal && key == f.key:
		if holdsPassword(text) {
			r.fault(below, "passwords are not written into this file", "put it whole into a file and write "+f.key+"_file: PATH, or into the environment and write "+f.key+"_env: NAME")
			return
		}
		assign(into, []byte(text))
	case strings.HasSuffix(key, "file"):
		r.secretFile(text, below, into)
	default:
		r.secretVariable(text, below, into)
	}
}

// lacking reports a secret that is needed and not there.
func (r *reader) lacking(path string, f field) {
	at := path
	if f.key != "" {
		at = join(path, f.key)
	}
	r.fault(at, "is missing", "add "+anyOf(f.keys()))
}

func (r *reader) secretText(n ast.Node, path string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		if strings.TrimSpace(n.Value) != "" {
			return n.Value, true
		}
		r.fault(path, "is empty", "write a value, or remove the line")
		return "", false
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "", false // index reported it
	}
	r.wrong(n, path, "text", "put it in quotes")
	return "", false
}

func (r *reader) secretFile(name, path string, into reflect.Value) {
	data, err := r.read(r.resolve(name))
	switch {
	case err != nil:
		r.fault(path, "the file named here "+reason(err), "create it and let the server read it; a relative path begins at the directory of this file")
		return
	case len(data) > maxSecretBytes:
		r.fault(path, "the file named here is larger than 64 KiB", "name the file that holds the secret alone")
		return
	}
	data = bytes.TrimRight(data, "\r\n")
	if len(bytes.TrimSpace(data)) == 0 {
		r.fault(path, "the file named here is empty", "write the secret into it")
		return
	}
	assign(into, data)
}

func (r *reader) secretVariable(name, path string, into reflect.Value) {
	if !namePattern.MatchString(name) {
		r.fault(path, "this is not the name of an environment variable", "write the variable's name, not what it holds")
		return
	}
	value := r.env(name)
	if value == "" {
		r.fault(path, "the environment variable named here is not set, or empty", "set it before the server starts")
		return
	}
	assign(into, []byte(value))
}

// assign puts a secret into whatever the field uses for it.
func assign(into reflect.Value, value []byte) {
	switch target := into.Addr().Interface().(type) {
	case *Secret:
		*target = NewSecret(value)
	case *[]byte:
		*target = value
	default:
		into.SetString(string(value))
	}
}

// resolve makes a relative path begin at the directory of the configuration file.
func (s *source) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// reason is what kept a file from being read, without its name.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read"
	}
	return "cannot be read"
}

// dsnPassword finds a password in the key=value and user:password@ forms of data source names.
var dsnPassword = regexp.MustCompile(`(?i)(^|[\s?&;])(password|passwd|pwd|sslpassword)\s*=\s*[^\s&;]|^[^/@\s]+:[^/@\s]+@`)

// holdsPassword reports that a database URL or data source name carries a password.
func holdsPassword(dsn string) bool {
	if _, rest, ok := strings.Cut(dsn, "://"); ok {
		before, _, _ := strings.Cut(rest, "?") // a password may itself hold a slash
		if user, _, ok := cutLast(before, "@"); ok && strings.Contains(user, ":") {
			return true
		}
	}
	return dsnPassword.MatchString(dsn)
}

// cutLast cuts at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
