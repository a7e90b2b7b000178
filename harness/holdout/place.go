// Package holdout keeps scenarios from the subjects that are measured by them: sealed where they lie, out of reach of subjects by
// the kernel, watched for leaks by canaries, with a log of who opened them and a ledger of what feedback has given away.
package holdout

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PlaceVariable names the directory that sealed scenarios lie in.
const PlaceVariable = "TWINSET_SCENARIOS"

// A Place is the directory of the sealed and vault pools, their access log and their ledger. It is in no repository and out of
// the subject's reach.
type Place struct {
	Dir string
	Who string // is put down in the log
	Key Key
}

// At opens the place in dir, unless a subject could come across it there: in a repository, in one of its work directories or, where
// others than the owner may read, anywhere.
func At(dir, who string, key Key, workdirs ...string) (*Place, error) {
	if dir == "" {
		return nil, fmt.Errorf("holdout: no place is named; set %s to a directory outside of every repository", PlaceVariable)
	}
	real, err := realPath(dir)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("holdout: %s is not a directory", dir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("holdout: others may look into %s (its mode is %v); chmod 700 it", dir, info.Mode().Perm())
	}
	for parent := real; ; parent = filepath.Dir(parent) {
		for _, mark := range []string{".git", ".hg", ".jj", ".svn"} {
			if _, err := os.Lstat(filepath.Join(parent, mark)); err == nil {
				return nil, fmt.Errorf("holdout: %s lies in the repository %s; sealed scenarios must lie outside of every one", dir, parent)
			}
		}
		if parent == filepath.Dir(parent) {
			break
		}
	}
	for _, w := range workdirs {
		work, err := realPath(w)
		if err != nil {
			return nil, err
		}
		if within(real, work) {
			return nil, fmt.Errorf("holdout: %s lies under %s, where the subject works", dir, w)
		}
	}
	return &Place{Dir: real, Who: who, Key: key}, nil
}

func realPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// within reports whether path is dir or below it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (p *Place) path(name string) string { return filepath.Join(p.Dir, name) }

// replace writes a file so that it is there whole or as it was before.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
