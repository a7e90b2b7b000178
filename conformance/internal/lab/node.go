package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var installed sync.Map // of each directory: how npm ci went

// Packages installs what the lock file of a directory says, once. Without Node, or without a registry to install from,
// the test is skipped.
func Packages(t *testing.T, dir string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("SKIPPED: no Node")
	}
	ci, _ := installed.LoadOrStore(dir, sync.OnceValue(func() string {
		lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
		if err != nil {
			return err.Error()
		}
		mark := filepath.Join(dir, "node_modules", ".lock")
		if have, _ := os.ReadFile(mark); bytes.Equal(have, lock) {
			return ""
		}
		cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return string(out)
		}
		if err := os.WriteFile(mark, lock, 0o644); err != nil {
			return err.Error()
		}
		return ""
	}))
	if why := ci.(func() string)(); why != "" {
		t.Skip("SKIPPED: npm installs nothing: " + why)
	}
}

// Node runs a script of a directory with its packages, and hands on what is said of each scenario: the script prints
// {"name", "error"}, one a line.
func Node(t *testing.T, dir, script string, args any) {
	t.Helper()
	Packages(t, dir)
	in, err := json.Marshal(args)
	Must(t, err)
	cmd := exec.Command("node", script, string(in))
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, stderr.Bytes())
	}
	scenarios := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var said struct{ Name, Error string }
		if json.Unmarshal(lines.Bytes(), &said) != nil || said.Name == "" {
			continue // what the packages print
		}
		scenarios++
		t.Run(said.Name, func(t *testing.T) {
			if said.Error != "" {
				t.Fatal(said.Error)
			}
		})
	}
	if scenarios == 0 {
		t.Fatalf("%s ran no scenario: %s%s", script, out, stderr.Bytes())
	}
}
