package server

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"slices"
	"time"
)

// pictures are files in memory, in one folder: marks and logos as they were when the configuration was read. It is an
// fs.FS, so that pages take them as they take any other folder.
type pictures map[string][]byte

// Open implements fs.FS.
func (p pictures) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{left: p.entries()}, nil
	}
	body, ok := p[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return picture{p.about(name), bytes.NewReader(body)}, nil
}

// entries are the files by name.
func (p pictures) entries() []fs.DirEntry {
	entries := make([]fs.DirEntry, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		entries = append(entries, fs.FileInfoToDirEntry(p.about(name)))
	}
	return entries
}

func (p pictures) about(name string) about { return about{name: name, size: int64(len(p[name]))} }

// picture is one open file.
type picture struct {
	about
	body *bytes.Reader
}

// Stat implements fs.File.
func (p picture) Stat() (fs.FileInfo, error) { return p.about, nil }

// Read implements fs.File.
func (p picture) Read(b []byte) (int, error) { return p.body.Read(b) }

// Close implements fs.File.
func (picture) Close() error { return nil }

// folder is the one folder, open; left are the entries that were not read yet.
type folder struct{ left []fs.DirEntry }

// Stat implements fs.File.
func (*folder) Stat() (fs.FileInfo, error) { return about{name: ".", dir: true}, nil }

// Read implements fs.File.
func (*folder) Read([]byte) (int, error) { return 0, io.EOF }

// Close implements fs.File.
func (*folder) Close() error { return nil }

// ReadDir implements fs.ReadDirFile: at most n entries, or all when n is not positive.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.left)
	} else if len(f.left) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.left))
	entries := f.left[:n]
	f.left = f.left[n:]
	return entries, nil
}

// about says of a file what there is to say.
type about struct {
	name string
	size int64
	dir  bool
}

// Name implements fs.FileInfo.
func (a about) Name() string { return a.name }

// Size implements fs.FileInfo.
func (a about) Size() int64 { return a.size }

// Mode implements fs.FileInfo.
func (a about) Mode() fs.FileMode {
	if a.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// ModTime implements fs.FileInfo.
func (about) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo.
func (a about) IsDir() bool { return a.dir }

// Sys implements fs.FileInfo.
func (about) Sys() any { return nil }
