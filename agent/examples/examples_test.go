// Package examples plays what the README shows of the agent.
package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFactory runs the factory from its specification to users who are satisfied, with the programs that make build leaves in bin: the
// first version fails the sealed scenario, its complaint is mended, the second passes, and everybody counts the same requests.
func TestFactory(t *testing.T) {
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"twinset", "agent", "llmtest"} {
		if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
			t.Skipf("SKIPPED: %v; make build makes it", err)
		}
	}
	for _, program := range []string{"git", "curl", "make"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "factory/run.sh", filepath.Join(dir, "factory"))
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"(?s)fail +validate .*not finished but said so.*success +implement .*success +validate", "run: success in 10 stages",
		`per satisfied trajectory +\S+ +5 satisfied`, `per accepted change +\S+ +1 accepted`,
	} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	counts := map[string]string{}
	for who, pattern := range map[string]string{
		"weather": `(\d+) calls \(`, "spend": `simulated +(\d+) calls`, "model": `model's server counted: +(\d+)`, "store": `in the context store: +(\d+)`,
	} {
		if m := regexp.MustCompile(pattern).FindSubmatch(out); m != nil {
			counts[who] = string(m[1])
		}
	}
	if counts["model"] == "" || counts["model"] == "0" || len(counts) != 4 {
		t.Fatalf("counts %v of\n%s", counts, out)
	}
	for who, n := range counts {
		if n != counts["model"] {
			t.Errorf("%s counts %s requests, the model's server %s", who, n, counts["model"])
		}
	}
	// What was sealed is nowhere in what the agent could see, nor in what it was told.
	secret := []byte("5f0c3f0e-1d0b-4a53-9a53-0d8a51d0c0de")
	err = filepath.WalkDir(filepath.Join(dir, "factory"), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(path, filepath.Join(dir, "factory", "scenarios")) {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, secret) || bytes.Contains(b, []byte("customer waited three")) {
			t.Errorf("the scenario is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
