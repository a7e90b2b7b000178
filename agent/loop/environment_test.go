package loop

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"twinset.dev/agent/llm"
)

// TestMain is also the confined process.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == ConfinedCommand {
		if err := ServeConfined(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// folder is an environment in a directory with files.
func folder(t testing.TB, files map[string]string) *Local {
	t.Helper()
	env, err := NewLocal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if err := env.WriteFile(t.Context(), path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return env
}

// contents are the files of a directory.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		got[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// ask is a call of a tool: names and values of its arguments.
func ask(name string, args ...any) llm.ToolCall {
	m := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return llm.ToolCall{ID: "call-1", Name: name, Args: string(b)}
}
