package loop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxTimeout bounds what a model may ask for.
const maxTimeout = 10 * time.Minute

type shellIn struct {
	Command     string `json:"command" jsonschema:"the command line"`
	TimeoutMS   int    `json:"timeout_ms,omitempty" jsonschema:"how long it may take, in milliseconds; at most 600000"`
	Description string `json:"description,omitempty" jsonschema:"what it is for, in a few words"`
}

// Shell is the tool that runs commands, each for as long as timeout if the model does not say.
func Shell(timeout time.Duration) Tool {
	about := fmt.Sprintf("Run a command line in bash and see its output and exit code. Without timeout_ms it may take %v. "+
		"What it leaves running in the background ends with it.", timeout)
	return NewTool("shell", about, func(ctx context.Context, env Environment, in shellIn) (string, error) {
		limit := timeout
		if in.TimeoutMS < 0 {
			return "", errors.New("timeout_ms is below 0")
		}
		if in.TimeoutMS > 0 {
			limit = time.Duration(in.TimeoutMS) * time.Millisecond
		}
		r, err := env.Exec(ctx, Command{Line: in.Command, Timeout: min(limit, maxTimeout)})
		if err != nil {
			return "", err
		}
		return r.report(min(limit, maxTimeout)), nil
	})
}

// report is a result in words. A command that fails is not an error of the tool: its output says why. How long it took is for the
// events alone: the same work then makes the same conversation, which can be replayed and cached.
func (r Result) report(limit time.Duration) string {
	var b strings.Builder
	for _, s := range []string{r.Stdout, r.Stderr} {
		b.WriteString(s)
		if s != "" && !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	if r.TimedOut {
		fmt.Fprintf(&b, "[ERROR: Command timed out after %dms; what it wrote until then is above. A larger timeout_ms gives it longer.]\n",
			limit.Milliseconds())
	}
	fmt.Fprintf(&b, "[exit code %d]", r.Exit)
	return b.String()
}

type grepIn struct {
	Pattern string `json:"pattern" jsonschema:"regular expression (RE2)"`
	Path    string `json:"path,omitempty" jsonschema:"directory or file to search; the working directory if left out"`
	Glob    string `json:"glob_filter,omitempty" jsonschema:"only files with such names, like *.go"`
	Fold    bool   `json:"case_insensitive,omitempty" jsonschema:"upper and lower case alike"`
	Max     int    `json:"max_results,omitempty" jsonschema:"how many matches at most; 100 if left out"`
	Mode    string `json:"output_mode,omitempty" jsonschema:"content (the lines; if left out), files_with_matches, or count (per file)"`
}

var grep = NewTool("grep", "Search the contents of files. Hidden directories are searched only where path names one.", func(ctx context.Context, env Environment, in grepIn) (string, error) {
	limit := in.Max
	if limit <= 0 {
		limit = 100
	}
	q := Query{Pattern: in.Pattern, Path: in.Path, Glob: in.Glob, Fold: in.Fold}
	if in.Mode == "" || in.Mode == "content" {
		q.Max = limit
	}
	found, err := env.Grep(ctx, q)
	if err != nil {
		return "", missing(in.Path, err)
	}
	if len(found) == 0 {
		return "No matches.", nil
	}
	var lines []string
	counts := map[string]int{}
	for _, m := range found {
		if counts[m.Path]++; q.Max > 0 {
			lines = append(lines, fmt.Sprintf("%s:%d:%s", m.Path, m.Line, m.Text))
		} else if counts[m.Path] == 1 {
			lines = append(lines, m.Path)
		}
	}
	switch in.Mode {
	case "", "content", "files_with_matches":
	case "count":
		for i, path := range lines {
			lines[i] = fmt.Sprintf("%s:%d", path, counts[path])
		}
	default:
		return "", fmt.Errorf("unknown output_mode %q", in.Mode)
	}
	return strings.Join(lines[:min(limit, len(lines))], "\n"), nil
})

type globIn struct {
	Pattern string `json:"pattern" jsonschema:"glob pattern, like **/*.go"`
	Path    string `json:"path,omitempty" jsonschema:"directory to look in; the working directory if left out"`
}

var glob = NewTool("glob", "Find files by name, the newest first. Hidden directories are searched only where path names one.", func(ctx context.Context, env Environment, in globIn) (string, error) {
	paths, err := env.Glob(ctx, in.Path, in.Pattern)
	if err != nil {
		return "", missing(in.Path, err)
	}
	if len(paths) == 0 {
		return "No files.", nil
	}
	return strings.Join(paths, "\n"), nil
})
