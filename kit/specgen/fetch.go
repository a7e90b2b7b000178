package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A Source is one published package that a spec is made from.
type Source struct {
	Kind    string `json:"kind"` // gomod or npm
	Name    string `json:"name"`
	Version string `json:"version"`
	Path    string `json:"path"`   // a file of the package, or with a slash at its end all files below
	SHA256  string `json:"sha256"` // of the file, or of the sums of all files
	Licence string `json:"licence"`
}

//go:embed SOURCES.json
var sourcesJSON []byte

// sources are the packages of each twin.
func sources() (map[string][]Source, error) {
	var s map[string][]Source
	return s, json.Unmarshal(sourcesJSON, &s)
}

//go:embed tstypes
var tstypes embed.FS

// A fetcher has the packages of one run in a directory of its own.
type fetcher struct {
	dir       string
	installed bool
}

// fetch downloads the sources of the named twins, or of all, and writes spec/*.json and spec/SOURCE.
func fetch(root string, names []string) error {
	all, err := sources()
	if err != nil {
		return fmt.Errorf("SOURCES.json: %w", err)
	}
	dir, err := os.MkdirTemp("", "specgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f := &fetcher{dir: dir}
	for _, t := range twins {
		if len(names) > 0 && !slices.Contains(names, t.name) {
			continue
		}
		docs, err := t.fetch(f, all[t.name])
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if err := t.writeSpecs(root, docs, all[t.name]); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// writeSpecs writes what was fetched for the twin, and an empty overlay if there is none.
func (t twin) writeSpecs(root string, docs map[string]object, from []Source) error {
	dir := filepath.Join(root, "twins", t.name, "spec")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for file, doc := range docs {
		eachSchema(doc, anyAllowsNull)
		if err := os.WriteFile(filepath.Join(dir, file+".json"), writeSpec(doc), 0o644); err != nil {
			return err
		}
	}
	var line []string
	for _, s := range from {
		line = append(line, fmt.Sprintf("%s %s@%s %s (%s)", s.Kind, s.Name, s.Version, s.Path, s.Licence))
	}
	if err := os.WriteFile(filepath.Join(dir, "SOURCE"), []byte(strings.Join(line, ", ")+"\n"), 0o644); err != nil {
		return err
	}
	overlay := filepath.Join(dir, "overlay.yaml")
	if _, err := os.Stat(overlay); errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(overlay, []byte("# Our corrections: a merge patch on the specification.\n{}\n"), 0o644)
	}
	return nil
}

// file returns the checked bytes of a source.
func (f *fetcher) file(s Source) ([]byte, error) {
	path, err := f.path(s)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// path downloads a source's package, checks the source and says where it is.
func (f *fetcher) path(s Source) (string, error) {
	var dir string
	var err error
	switch s.Kind {
	case "gomod":
		dir, err = f.module(s.Name + "@" + s.Version)
	case "npm":
		dir, err = f.npm(s)
	default:
		err = fmt.Errorf("%s: no such kind of source: %q", s.Name, s.Kind)
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, s.Path)
	sum, err := sumOf(path)
	if err != nil {
		return "", err
	}
	if sum != s.SHA256 {
		return "", fmt.Errorf("%s@%s %s has the sum %s, not %s", s.Name, s.Version, s.Path, sum, s.SHA256)
	}
	return path, nil
}

// module downloads a Go module, which the checksum database vouches for.
func (f *fetcher) module(version string) (dir string, err error) {
	cmd := exec.Command("go", "mod", "download", "-json", version)
	cmd.Dir = f.dir
	out, err := output(cmd)
	if err != nil {
		return "", err
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", err
	}
	return m.Dir, nil
}

// npm installs the packages of tstypes/package-lock.json, once, without running any script of theirs.
func (f *fetcher) npm(s Source) (dir string, err error) {
	if !f.installed {
		files, err := fs.Sub(tstypes, "tstypes")
		if err != nil {
			return "", err
		}
		if err := os.CopyFS(f.dir, files); err != nil {
			return "", err
		}
		cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = f.dir
		if _, err := output(cmd); err != nil {
			return "", err
		}
		f.installed = true
	}
	dir = filepath.Join(f.dir, "node_modules", s.Name)
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	var p struct{ Version string }
	if err := json.Unmarshal(b, &p); err != nil {
		return "", err
	}
	if p.Version != s.Version {
		return "", fmt.Errorf("tstypes/package-lock.json has %s@%s, SOURCES.json wants %s", s.Name, p.Version, s.Version)
	}
	return dir, nil
}

// types runs a script of tstypes and returns the JSON it prints.
func (f *fetcher) types(script string) (object, error) {
	cmd := exec.Command("node", script)
	cmd.Dir = f.dir
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	return readJSON(out)
}

func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out, stderr.Bytes())
	}
	return out, nil
}

// sumOf returns the SHA-256 of a file, or of a directory's list of sums and names.
func sumOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if !info.IsDir() {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		h.Write(b)
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		sum, err := sumOf(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(path, file)
		fmt.Fprintf(h, "%s  %s\n", sum, filepath.ToSlash(name))
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
