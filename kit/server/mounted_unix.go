//go:build unix

package server

import (
	"os"
	"path/filepath"
	"syscall"
)

// mounted reports whether a file system of its own is mounted at dir.
func mounted(dir string) bool {
	at, err := os.Stat(dir)
	if err != nil {
		return false
	}
	above, err := os.Stat(filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return false
	}
	a, ok := at.Sys().(*syscall.Stat_t)
	b, ok2 := above.Sys().(*syscall.Stat_t)
	return ok && ok2 && a.Dev != b.Dev
}
