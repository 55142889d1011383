package server

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"time"
)

// pictures are files in memory, in one folder: marks and logos as they were when the configuration was read. It is an
// fs.FS, so that pages take them as they take any other folder.
type pictures map[string][]byte

// Open implements fs.FS.
func (p pictures) Open(name string) (fs.File, error) {
	if name == "." {
		return folder{p}, nil
	}
	body, ok := p[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return picture{p.about(name), bytes.NewReader(body)}, nil
}

// ReadDir implements fs.ReadDirFS: names in order.
func (p pictures) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	entries := make([]fs.DirEntry, 0, len(p))
	for file := range p {
		entries = append(entries, fs.FileInfoToDirEntry(p.about(file)))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int {
		return bytes.Compare([]byte(a.Name()), []byte(b.Name()))
	})
	return entries, nil
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

// folder is the one folder, open.
type folder struct{ pictures }

// Stat implements fs.File.
func (folder) Stat() (fs.FileInfo, error) { return about{name: ".", dir: true}, nil }

// Read implements fs.File.
func (folder) Read([]byte) (int, error) { return 0, io.EOF }

// Close implements fs.File.
func (folder) Close() error { return nil }

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
