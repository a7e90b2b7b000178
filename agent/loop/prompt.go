package loop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// prompt is the system prompt, from the general to the particular: the profile's instructions, where the session is, its tools,
// what the project says, and last what the host says.
func (s *Session) prompt(ctx context.Context) (string, error) {
	repo := look(ctx, s.env)
	docs, err := projectDocs(ctx, s.env, repo.root, s.profile.Docs)
	if err != nil {
		return "", err
	}
	var tools strings.Builder
	for _, t := range s.tools {
		fmt.Fprintf(&tools, "- %s: %s\n", t.Name, t.Description)
	}
	layers := []string{s.profile.Base, s.surroundings(repo), repo.summary, "Your tools:\n" + tools.String()}
	if docs != "" {
		layers = append(layers, "What the project says:\n\n"+docs)
	}
	layers = append(layers, s.config.Instructions)
	var b strings.Builder
	for _, l := range layers {
		if l = strings.TrimSpace(l); l != "" {
			b.WriteString(l + "\n\n")
		}
	}
	return strings.TrimSpace(b.String()), nil
}

func (s *Session) surroundings(repo repository) string {
	platform, version := s.env.System()
	branch := ""
	if repo.is {
		branch = "Git branch: " + repo.branch + "\n"
	}
	return fmt.Sprintf("<environment>\nWorking directory: %s\nIs git repository: %t\n%sPlatform: %s\nOS version: %s\nToday's date: %s\nModel: %s\n</environment>",
		s.env.WorkDir(), repo.is, branch, platform, version, s.config.Now().Format(time.DateOnly), s.profile.Model)
}

// A repository is what git said when the session started.
type repository struct {
	is      bool
	root    string // the working directory when there is no repository
	branch  string
	summary string
}

func look(ctx context.Context, env Environment) repository {
	git := func(args string) (string, bool) {
		r, err := env.Exec(ctx, Command{Line: "git " + args, Timeout: 10 * time.Second})
		return strings.TrimRight(r.Stdout, "\n"), err == nil && r.Exit == 0
	}
	root, is := git("rev-parse --show-toplevel")
	if !is {
		return repository{root: env.WorkDir()}
	}
	branch, _ := git("branch --show-current")
	status, _ := git("status --porcelain")
	log, _ := git("log -5 --format='%h %s'")
	changed, untracked := 0, 0
	for line := range strings.Lines(status) {
		if strings.HasPrefix(line, "??") {
			untracked++
		} else {
			changed++
		}
	}
	return repository{true, root, branch, fmt.Sprintf("When you started, git had %d changed and %d untracked files. The latest commits:\n%s",
		changed, untracked, log)}
}

// docsBudget is how much of a project's documents a model reads, in bytes.
const docsBudget = 32 << 10

// projectDocs are AGENTS.md and the documents of a profile in every directory from root to the working directory, so that what is
// nearer comes later.
func projectDocs(ctx context.Context, env Environment, root string, names []string) (string, error) {
	dirs := []string{root}
	if rel, err := filepath.Rel(root, env.WorkDir()); err == nil && filepath.IsLocal(rel) && rel != "." {
		for _, part := range strings.Split(rel, string(filepath.Separator)) {
			dirs = append(dirs, filepath.Join(dirs[len(dirs)-1], part))
		}
	}
	var b strings.Builder
	for _, dir := range dirs {
		for _, name := range append([]string{"AGENTS.md"}, names...) {
			path := filepath.Join(dir, name)
			data, err := env.ReadFile(ctx, path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "# %s\n\n%s\n\n", path, strings.TrimSpace(string(data)))
		}
	}
	if b.Len() <= docsBudget {
		return b.String(), nil
	}
	return strings.ToValidUTF8(b.String()[:docsBudget], "") + "\n[Project instructions truncated at 32KB]", nil
}
