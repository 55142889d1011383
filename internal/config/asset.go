package config

import (
	"bytes"
	"path/filepath"
	"strings"
)

// maxAssetBytes bounds a logo: it is served with every page.
const maxAssetBytes = 256 << 10

// File is a picture that the configuration names, as it was when the configuration was read. The zero value is none.
type File struct {
	// Path is where it was read.
	Path string
	// Type is "image/svg+xml" or "image/png".
	Type string
	// Data is what it holds.
	Data []byte
}

// IsZero reports that there is no file.
func (f File) IsZero() bool { return f.Path == "" }

// setFile reads a picture.
func (r *reader) setFile(text string, into *File) (problem, fix string) {
	if strings.TrimSpace(text) == "" {
		return "is empty", "write a value, or remove the line"
	}
	path := r.resolve(text)
	kind := ""
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg":
		kind = "image/svg+xml"
	case ".png":
		kind = "image/png"
	default:
		return shown(text) + " is neither .svg nor .png", "name an SVG or PNG file"
	}
	data, err := r.read(path)
	switch {
	case err != nil:
		return "the file " + shown(path) + " " + reason(err), "correct the path; a relative one begins at the directory of this file"
	case len(data) > maxAssetBytes:
		return "the file is larger than 256 KiB", "make it smaller; it is sent with every first page"
	case kind == "image/png" && !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")),
		kind == "image/svg+xml" && !bytes.Contains(data, []byte("<svg")):
		return "the file is not what its name says", "name an SVG or PNG file"
	}
	*into = File{Path: path, Type: kind, Data: data}
	return "", ""
}

// setMark takes a built-in name or reads a picture.
func (r *reader) setMark(text string, into *Mark) (problem, fix string) {
	if strings.ContainsAny(text, "./") {
		return r.setFile(text, &into.File)
	}
	into.Builtin = text
	return form("id", text)
}
