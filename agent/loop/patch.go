package loop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"twinset.dev/agent/loop/v4a"
)

type patchIn struct {
	Patch string `json:"patch" jsonschema:"the patch, from *** Begin Patch to *** End Patch"`
}

var applyPatch = writing(NewTool("apply_patch", `Add, delete, update and rename files by a patch:
*** Begin Patch
*** Add File: PATH        (then every line with + before it)
*** Delete File: PATH
*** Update File: PATH     (then perhaps *** Move to: NEW PATH, then hunks)
@@ a line above the change, such as the function's first
 a line that stays
-a line that goes
+a line that comes
*** End Patch
Either all of a patch is done or nothing.`, func(ctx context.Context, env Environment, in patchIn) (string, error) {
	p, err := v4a.Parse(in.Patch)
	if err != nil {
		return "", err
	}
	return patch(ctx, env, p)
}))

// patch works out every file's new text first, so that a patch that does not fit changes nothing.
func patch(ctx context.Context, env Environment, p v4a.Patch) (string, error) {
	type file struct {
		text string
		gone bool
	}
	after := map[string]file{}
	var order, said []string
	read := func(path string) (file, error) {
		if f, ok := after[path]; ok {
			return f, nil
		}
		data, err := env.ReadFile(ctx, path)
		if errors.Is(err, fs.ErrNotExist) {
			return file{gone: true}, nil
		}
		return file{text: string(data)}, err
	}
	put := func(path string, f file) {
		if _, ok := after[path]; !ok {
			order = append(order, path)
		}
		after[path] = f
	}
	for _, c := range p {
		f, err := read(c.Path)
		switch {
		case err != nil:
			return "", err
		case c.Kind == "add" && !f.gone:
			return "", fmt.Errorf("%s exists: update it", c.Path)
		case c.Kind != "add" && f.gone:
			return "", fmt.Errorf("file not found: %s", c.Path)
		}
		switch c.Kind {
		case "add":
			put(c.Path, file{text: c.Text})
			said = append(said, "A "+c.Path)
		case "delete":
			put(c.Path, file{gone: true})
			said = append(said, "D "+c.Path)
		case "update":
			text, err := v4a.Apply(f.text, c.Hunks)
			if err != nil {
				return "", fmt.Errorf("%s: %w", c.Path, err)
			}
			if c.To == "" || c.To == c.Path {
				put(c.Path, file{text: text})
				said = append(said, "M "+c.Path)
				continue
			}
			if there, err := read(c.To); err != nil {
				return "", err
			} else if !there.gone {
				return "", fmt.Errorf("%s exists: %s cannot take its name", c.To, c.Path)
			}
			put(c.Path, file{gone: true})
			put(c.To, file{text: text})
			said = append(said, "R "+c.Path+" -> "+c.To)
		}
	}
	for _, path := range order {
		f := after[path]
		var err error
		if f.gone {
			if err = env.Remove(ctx, path); errors.Is(err, fs.ErrNotExist) {
				err = nil // it came and went in the same patch
			}
		} else {
			err = env.WriteFile(ctx, path, []byte(f.text))
		}
		if err != nil {
			return "", fmt.Errorf("%w; done so far: %s", err, strings.Join(order[:slices.Index(order, path)], ", "))
		}
	}
	return strings.Join(said, "\n"), nil
}
