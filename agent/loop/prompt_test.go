package loop

import (
	"os"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/llm"
)

// order says whether texts occur one after the other.
func order(t *testing.T, s string, texts ...string) {
	t.Helper()
	at := 0
	for _, text := range texts {
		i := strings.Index(s[at:], text)
		if i < 0 {
			t.Fatalf("%q is not after the %d bytes before it in:\n%s", text, at, s)
		}
		at += i + len(text)
	}
}

// repo is an environment in a directory of a git repository.
func repo(t *testing.T, sub string, files map[string]string) Environment {
	t.Helper()
	env := folder(t, files)
	r, err := env.Exec(t.Context(), Command{Line: `git init -q -b trunk && git config user.name A && git config user.email a@b && git add -A &&
		git commit -qm "First light" && git commit -q --allow-empty -m "Second thoughts" && echo x > fresh && echo y >> AGENTS.md`})
	if r.Exit != 0 || err != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if sub == "" {
		return env
	}
	deep, err := NewLocal(env.Dir + "/" + sub)
	if err != nil {
		t.Fatal(err)
	}
	return deep
}

func systemPrompt(t *testing.T, profile Profile, env Environment, config Config) string {
	t.Helper()
	config.Now = func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }
	s, err := New(t.Context(), llm.NewClient(nil, ""), profile, env, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s.system
}

func TestPromptLayers(t *testing.T) {
	env := repo(t, "", map[string]string{"AGENTS.md": "Use tabs.\n", "CLAUDE.md": "Claude rules.", ".codex/instructions.md": "Codex rules.", "GEMINI.md": "Gemini rules."})
	for _, c := range []struct {
		profile   Profile
		base, doc string
		not       []string
	}{
		{Anthropic("claude-x"), "edit_file: old_string", "Claude rules.", []string{"Codex rules", "Gemini rules", "apply_patch"}},
		{OpenAI("gpt-x"), "apply_patch. A patch", "Codex rules.", []string{"Claude rules", "Gemini rules", "edit_file"}},
	} {
		got := systemPrompt(t, c.profile, env, Config{Instructions: "Speak like a pirate."})
		platform, version := env.System()
		order(t, got, "You are a coding agent", c.base, "<environment>\nWorking directory: "+env.WorkDir()+"\nIs git repository: true\nGit branch: trunk\nPlatform: "+platform+
			"\nOS version: "+version+"\nToday's date: 2026-03-04\nModel: "+c.profile.Model+"\n</environment>",
			"1 changed and 1 untracked files", "Second thoughts", "First light",
			"- read_file: Read a text file", "- shell: Run a command line", "Use tabs.", c.doc, "Speak like a pirate.")
		if !strings.HasSuffix(got, "Speak like a pirate.") {
			t.Error("the host does not have the last word")
		}
		for _, n := range c.not {
			if strings.Contains(got, n) {
				t.Errorf("%s is told %q", c.profile.Provider, n)
			}
		}
	}
}

func TestPromptWithoutGit(t *testing.T) {
	got := systemPrompt(t, OpenAI("m"), folder(t, map[string]string{"AGENTS.md": "Mind the gap."}), Config{})
	order(t, got, "Is git repository: false\nPlatform: ", "Mind the gap.")
	if strings.Contains(got, "Git branch") || strings.Contains(got, "commits") {
		t.Errorf("it tells of git:\n%s", got)
	}
}

func TestProjectDocs(t *testing.T) {
	files := map[string]string{"AGENTS.md": "root", "a/AGENTS.md": "middle", "a/b/CLAUDE.md": "deep for claude", "a/b/AGENTS.md": "deep", "c/AGENTS.md": "elsewhere"}
	got := systemPrompt(t, Anthropic("m"), repo(t, "a/b", files), Config{})
	order(t, got, "root", "middle", "deep", "deep for claude")
	if strings.Contains(got, "elsewhere") {
		t.Error("a document of another directory is read")
	}
	got = systemPrompt(t, Anthropic("m"), folder(t, map[string]string{"AGENTS.md": strings.Repeat("é", 20_000), "CLAUDE.md": "never seen"}), Config{})
	order(t, got, "éé", "\n[Project instructions truncated at 32KB]")
	if n := strings.Count(got, "é"); n > 16<<10 || n < 16<<10-200 || strings.Contains(got, "never seen") || strings.Contains(got, "\ufffd") {
		t.Errorf("%d letters of a long document are read", n)
	}
	env := folder(t, nil)
	os.Mkdir(env.Dir+"/AGENTS.md", 0o755)
	if _, err := New(t.Context(), llm.NewClient(nil, ""), OpenAI("m"), env, Config{}); err == nil {
		t.Error("a document that cannot be read is passed over")
	}
}
