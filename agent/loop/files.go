package loop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"unicode/utf8"

	"twinset.dev/agent/llm"
)

type readIn struct {
	Path   string `json:"file_path" jsonschema:"path of the file, absolute or relative to the working directory"`
	Offset int    `json:"offset,omitempty" jsonschema:"first line to read, from 1"`
	Limit  int    `json:"limit,omitempty" jsonschema:"how many lines to read; 2000 if left out"`
}

// readLines is how many lines read_file shows when it is not told.
const readLines = 2000

var readFile = newTool("read_file", "Read a text file. Each line comes with its number. Images are shown.",
	func(ctx context.Context, env Environment, in readIn) (Output, error) {
		data, err := env.ReadFile(ctx, in.Path)
		if err != nil {
			return Output{}, missing(in.Path, err)
		}
		if typ := http.DetectContentType(data); shown[typ] {
			return Output{fmt.Sprintf("%s: %d bytes of %s", in.Path, len(data), typ), &llm.Media{Data: data, Type: typ}}, nil
		}
		if binary(data) || !utf8.Valid(data) {
			return Output{}, fmt.Errorf("%s is a binary file of %d bytes", in.Path, len(data))
		}
		if in.Offset < 0 || in.Limit < 0 {
			return Output{}, errors.New("offset and limit count from 1")
		}
		if len(data) == 0 {
			return Output{Text: in.Path + " is empty"}, nil
		}
		lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		first := max(in.Offset, 1)
		if first > len(lines) {
			return Output{}, fmt.Errorf("%s has %d lines", in.Path, len(lines))
		}
		last := min(len(lines), first-1+cmp.Or(in.Limit, readLines))
		var b strings.Builder
		for i, line := range lines[first-1 : last] {
			fmt.Fprintf(&b, "%d | %s\n", first+i, line)
		}
		if last < len(lines) {
			fmt.Fprintf(&b, "[%d more lines]\n", len(lines)-last)
		}
		return Output{Text: b.String()}, nil
	})

// shown are the types of files that models look at.
var shown = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// missing says that a file is not there in plain words: models act on them.
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("file not found: %s", path)
	}
	return err
}

type writeIn struct {
	Path    string `json:"file_path" jsonschema:"path of the file, absolute or relative to the working directory"`
	Content string `json:"content" jsonschema:"the whole new content"`
}

var writeFile = writing(NewTool("write_file", "Write a whole file. Creates it, and the directories above it, or replaces what it had.",
	func(ctx context.Context, env Environment, in writeIn) (string, error) {
		if err := env.WriteFile(ctx, in.Path, []byte(in.Content)); err != nil {
			return "", err
		}
		return fmt.Sprintf("Wrote %d bytes to %s", len(in.Content), in.Path), nil
	}))

type editIn struct {
	Path string `json:"file_path" jsonschema:"path of the file, absolute or relative to the working directory"`
	Old  string `json:"old_string" jsonschema:"the exact text to replace, with enough around it to occur only once"`
	New  string `json:"new_string" jsonschema:"the text to put in its place"`
	All  bool   `json:"replace_all,omitempty" jsonschema:"replace every occurrence"`
}

var editFile = writing(NewTool("edit_file", "Replace an exact piece of a file's text. The piece must occur once, unless replace_all is set.",
	func(ctx context.Context, env Environment, in editIn) (string, error) {
		data, err := env.ReadFile(ctx, in.Path)
		if err != nil {
			return "", missing(in.Path, err)
		}
		n := strings.Count(string(data), in.Old)
		switch {
		case in.Old == "":
			return "", errors.New("old_string is empty: write a new file with write_file")
		case in.Old == in.New:
			return "", errors.New("old_string and new_string are the same")
		case n == 0:
			return "", fmt.Errorf("old_string was not found in %s: read the file again and copy it exactly", in.Path)
		case n > 1 && !in.All:
			return "", fmt.Errorf("old_string occurs %d times in %s: give more of what is around it, or set replace_all", n, in.Path)
		}
		if err := env.WriteFile(ctx, in.Path, []byte(strings.ReplaceAll(string(data), in.Old, in.New))); err != nil {
			return "", err
		}
		return fmt.Sprintf("Replaced %d in %s", n, in.Path), nil
	}))
