package cxdb

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The kinds of a tree's entries.
const (
	KindFile    = 0
	KindDir     = 1
	KindSymlink = 2
)

// An Entry is one name in a directory. A tree is the msgpack array of its entries, and its hash that of the array.
type Entry struct {
	Name string
	Kind uint64
	Mode uint64 // POSIX permission bits
	Size uint64 // bytes of a file; 0 for a directory
	Hash Hash   // of the content, the subtree or the target of the link
}

func encodeTree(entries []Entry) []byte {
	list := make([]any, len(entries))
	for i, e := range entries {
		list[i] = mapping{{uint64(1), e.Name}, {uint64(2), e.Kind}, {uint64(3), e.Mode}, {uint64(4), e.Size},
			{uint64(5), e.Hash[:]}}
	}
	return encode(list)
}

func decodeTree(b []byte) ([]Entry, error) {
	v, err := decode(b)
	list, ok := v.([]any)
	if err != nil || !ok {
		return nil, refuse(ErrInvalid, "the blob is not a tree")
	}
	entries := make([]Entry, len(list))
	for i, item := range list {
		m, _ := item.(mapping)
		f, e := m.tags(), &entries[i]
		e.Name, _ = f[1].(string)
		e.Kind, _ = f[2].(uint64)
		e.Mode, _ = f[3].(uint64)
		e.Size, _ = f[4].(uint64)
		h, _ := f[5].([]byte)
		if e.Name == "" || e.Kind > KindSymlink || len(h) != len(e.Hash) {
			return nil, refuse(ErrInvalid, "entry %d of the tree is not one", i)
		}
		e.Hash = Hash(h)
	}
	return entries, nil
}

// AttachFS says that a file tree, whose blobs are in the store, is what the turn saw. Later turns inherit it.
func (p *Space) AttachFS(ctx context.Context, turn uint64, root Hash) error {
	return p.s.write(ctx, &op{size: 128, do: func(w *writer) error {
		t, err := p.turn(w.reader, turn)
		if err != nil {
			return err
		}
		c, err := w.context(t.Context)
		if err != nil {
			return err
		}
		return p.attach(w, c.Namespace, turn, root)
	}})
}

func (p *Space) attach(w *writer, ns string, turn uint64, root Hash) error {
	ok, err := w.has(ownKey(ns, root))
	if err == nil && !ok && p.all {
		ok, err = w.has(blobKey(root))
	}
	if err != nil || !ok {
		return firstError(err, refuse(ErrNotFound, "tree %s not found", root))
	}
	w.set(fsKey(turn), seal(fsKey(turn), root[:]))
	return nil
}

// FSRoot returns the root of the file tree of a turn: its own, or that of its nearest ancestor that has one.
func (p *Space) FSRoot(_ context.Context, turn uint64) (root Hash, err error) {
	err = p.s.view(func(r reader) error {
		t, err := p.turn(r, turn)
		for err == nil {
			var b []byte
			if ok, e := r.get(fsKey(t.ID), &b); ok || e != nil {
				copy(root[:], b)
				return e
			}
			if t.Parent == 0 {
				return refuse(ErrNotFound, "turn %d has no file tree", turn)
			}
			t, err = r.turn(t.Parent)
		}
		return err
	})
	return root, err
}

// Open returns the entry at a path of a tree, and for a directory what is in it. The empty path is the root.
func (p *Space) Open(ctx context.Context, root Hash, name string) (e Entry, list []Entry, err error) {
	e = Entry{Kind: KindDir, Hash: root}
	for _, part := range append([]string{""}, strings.FieldsFunc(name, func(r rune) bool { return r == '/' })...) {
		if part == "." {
			continue
		}
		if part != "" {
			i := slices.IndexFunc(list, func(e Entry) bool { return e.Name == part })
			if e.Kind != KindDir || i < 0 {
				return e, nil, refuse(ErrNotFound, "path %q not found in the tree", name)
			}
			e = list[i]
		}
		if list = nil; e.Kind == KindDir {
			b, err := p.Blob(ctx, e.Hash)
			if err != nil {
				return e, nil, err
			}
			if list, err = decodeTree(b); err != nil {
				return e, nil, err
			}
		}
	}
	return e, list, nil
}

// Capture puts a directory into the store, without the names that skip says yes to, and returns the root of its tree.
func (p *Space) Capture(ctx context.Context, dir string, skip func(path string, d fs.DirEntry) bool) (root Hash, err error) {
	names, err := os.ReadDir(dir) // sorted
	if err != nil {
		return root, err
	}
	var entries []Entry
	for _, d := range names {
		path := filepath.Join(dir, d.Name())
		info, err := d.Info()
		if err != nil {
			return root, err
		}
		e := Entry{Name: d.Name(), Mode: uint64(info.Mode().Perm())}
		var b []byte
		switch {
		case skip != nil && skip(path, d):
			continue
		case d.IsDir():
			e.Kind = KindDir
			e.Hash, err = p.Capture(ctx, path, skip)
		case info.Mode()&fs.ModeSymlink != 0:
			var target string
			target, err = os.Readlink(path)
			e.Kind, b = KindSymlink, []byte(target)
		case info.Mode().IsRegular():
			b, err = os.ReadFile(path)
		default:
			continue // sockets, pipes, devices
		}
		if err == nil && e.Kind != KindDir {
			e.Size = uint64(len(b))
			e.Hash, _, err = p.PutBlob(ctx, b)
		}
		if err != nil {
			return root, err
		}
		entries = append(entries, e)
	}
	root, _, err = p.PutBlob(ctx, encodeTree(entries))
	return root, err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
