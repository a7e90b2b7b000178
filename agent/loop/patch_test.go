package loop

import (
	"fmt"
	"strings"
	"testing"
)

const menu = `package menu

func soup() int {
	return 1
}

func salad() int {
	return 1
}
`

func TestPatch(t *testing.T) {
	for _, c := range []struct {
		name, patch string
		files       map[string]string // besides menu.go; an empty one is gone
		said, err   string
	}{
		{"add", "*** Begin Patch\n*** Add File: a/b.txt\n+one\n+\n+two\n*** End Patch", map[string]string{"a/b.txt": "one\n\ntwo\n"}, "A a/b.txt", ""},
		{"delete", "*** Begin Patch\n*** Delete File: menu.go\n*** End Patch\n", map[string]string{"menu.go": ""}, "D menu.go", ""},
		{"hint tells which", "*** Begin Patch\n*** Update File: menu.go\n@@ func salad() int {\n-\treturn 1\n+\treturn 2\n*** End Patch",
			map[string]string{"menu.go": strings.Replace(menu, "salad() int {\n\treturn 1", "salad() int {\n\treturn 2", 1)}, "M menu.go", ""},
		{"hint is the line itself", "*** Begin Patch\n*** Update File: menu.go\n@@ package menu\n-package menu\n+package dinner\n@@ func salad() int {\n func salad() int {\n-\treturn 1\n+\treturn 3\n*** End Patch",
			map[string]string{"menu.go": strings.Replace(strings.Replace(menu, "package menu", "package dinner", 1), "salad() int {\n\treturn 1", "salad() int {\n\treturn 3", 1)}, "M menu.go", ""},
		{"hints one below another", "*** Begin Patch\n*** Update File: menu.go\n@@ func soup() int {\n@@ func salad() int {\n-\treturn 1\n+\treturn 4\n*** End Patch",
			map[string]string{"menu.go": strings.Replace(menu, "salad() int {\n\treturn 1", "salad() int {\n\treturn 4", 1)}, "M menu.go", ""},
		{"rename and change", "*** Begin Patch\n*** Update File: menu.go\n*** Move to: card.go\n@@\n-package menu\n+package card\n*** End Patch",
			map[string]string{"menu.go": "", "card.go": strings.Replace(menu, "package menu", "package card", 1)}, "R menu.go -> card.go", ""},
		{"no @@ at all, blanks differ", "*** Begin Patch\n*** Update File: menu.go\n func soup() int {  \n-    return 1\n+\treturn 5\n*** End Patch",
			map[string]string{"menu.go": strings.Replace(menu, "return 1", "return 5", 1)}, "M menu.go", ""},
		{"at the end of the file", "*** Begin Patch\n*** Update File: menu.go\n@@\n \treturn 1\n }\n+// the end\n*** End of File\n*** End Patch",
			map[string]string{"menu.go": menu + "// the end\n"}, "M menu.go", ""},
		{"additions alone go below their hint", "*** Begin Patch\n*** Update File: menu.go\n@@ package menu\n+\n+import \"fmt\"\n*** End Patch",
			map[string]string{"menu.go": strings.Replace(menu, "package menu\n", "package menu\n\nimport \"fmt\"\n", 1)}, "M menu.go", ""},
		{"additions alone, without hint, go to the end", "*** Begin Patch\n*** Update File: menu.go\n+// end\n*** End Patch",
			map[string]string{"menu.go": menu + "// end\n"}, "M menu.go", ""},
		{"one file twice", "*** Begin Patch\n*** Add File: n.txt\n+a\n*** Update File: n.txt\n-a\n+b\n*** End Patch",
			map[string]string{"n.txt": "b\n"}, "A n.txt\nM n.txt", ""},
		{"context that is nowhere", "*** Begin Patch\n*** Add File: n.txt\n+a\n*** Update File: menu.go\n-\treturn 9\n+\treturn 2\n*** End Patch", nil, "", "not in the file"},
		{"hint that is nowhere", "*** Begin Patch\n*** Update File: menu.go\n@@ func stew()\n-\treturn 1\n+\treturn 2\n*** End Patch", nil, "", `no line is like "func stew()"`},
		{"update of no file", "*** Begin Patch\n*** Update File: nope.go\n-a\n+b\n*** End Patch", nil, "", "file not found: nope.go"},
		{"add of a file", "*** Begin Patch\n*** Add File: menu.go\n+b\n*** End Patch", nil, "", "menu.go exists"},
		{"rename onto a file", "*** Begin Patch\n*** Add File: x\n+b\n*** Update File: menu.go\n*** Move to: x\n*** End Patch", nil, "", "x exists"},
		{"no beginning", "*** Add File: x\n+b\n*** End Patch", nil, "", "line 1: the first line must be *** Begin Patch"},
		{"no end", "*** Begin Patch\n*** Add File: x\n+b", nil, "", "line 4: expected"},
		{"more after the end", "*** Begin Patch\n*** Add File: x\n+b\n*** End Patch\nhm", nil, "", "line 5: there is more"},
		{"nothing", "*** Begin Patch\n*** End Patch", nil, "", "changes nothing"},
		{"a line without sign", "*** Begin Patch\n*** Update File: menu.go\n@@\nreturn\n*** End Patch", nil, "", "line 4: a line of a hunk begins with"},
		{"a hunk of context", "*** Begin Patch\n*** Update File: menu.go\n@@\n package menu\n*** End Patch", nil, "", "changes nothing"},
		{"an update of nothing", "*** Begin Patch\n*** Update File: menu.go\n*** End Patch", nil, "", "needs a hunk"},
		{"no path", "*** Begin Patch\n*** Delete File:\n*** End Patch", nil, "", "line 2: the path is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := folder(t, map[string]string{"menu.go": menu})
			said, err := toolset{applyPatch}.call(t.Context(), env, ask("apply_patch", "patch", c.patch))
			if said.Text != c.said || (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatalf("said %q, %v; want %q, %q", said.Text, err, c.said, c.err)
			}
			want := map[string]string{"menu.go": menu}
			for path, text := range c.files {
				if want[path] = text; text == "" {
					delete(want, path)
				}
			}
			if got := contents(t, env.Dir); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("files are\n%q, want\n%q", got, want)
			}
		})
	}
}
