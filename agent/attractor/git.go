package attractor

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// refUnsafe is what a ref's name must not hold.
var refUnsafe = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// worktree is a git work tree that stages write into. The engine photographs it with every checkpoint, ignored files aside,
// so that a resumed stage starts from the files it started from before.
type worktree struct{ dir string }

// photo is a work tree at one moment: the files, what is staged, and the commit and branch it stands on.
type photo struct {
	Head   string `json:"head"`
	Branch string `json:"branch,omitempty"` // "" is a detached head
	Index  string `json:"index"`
	Tree   string `json:"tree"`
}

// openWorktree is nil unless the directory is the top of a git work tree with a commit.
func openWorktree(dir string) *worktree {
	w := &worktree{dir}
	real, err := filepath.EvalSymlinks(dir)
	if top, _, _, _, err2 := w.where(); err != nil || err2 != nil || top != real {
		return nil
	}
	return w
}

// where asks git in one go for the work tree's top, its commit, its branch ("" on a detached head) and its index file.
func (w *worktree) where() (top, head, branch, index string, err error) {
	out, err := w.git(nil, "rev-parse", "--path-format=absolute", "--show-toplevel", "HEAD^{commit}", "--git-path", "index", "--symbolic-full-name", "HEAD")
	lines := strings.Split(out, "\n")
	if err == nil && len(lines) != 4 {
		err = fmt.Errorf("git rev-parse: %q", out)
	}
	if err != nil {
		return "", "", "", "", err
	}
	return lines[0], lines[1], strings.TrimSuffix(lines[3], "HEAD"), lines[2], nil
}

// git runs one command and returns what it prints, trimmed.
func (w *worktree) git(env []string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", w.dir}, args...)...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "GIT_") }),
		"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
	cmd.Env = append(cmd.Env, env...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// steps runs git commands one after another, remembering the first error.
type steps struct {
	w   *worktree
	env []string
	err error
}

func (s *steps) git(args ...string) string {
	if s.err != nil {
		return ""
	}
	var out string
	out, s.err = s.w.git(s.env, args...)
	return out
}

// scratch lends a private index that knows all files as they are now.
func (w *worktree) scratch(index string, use func(*steps)) error {
	dir, err := os.MkdirTemp("", "attractor-index-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own := filepath.Join(dir, "index")
	b, err := os.ReadFile(index) // what it knows of unchanged files saves reading them
	if err == nil {
		err = os.WriteFile(own, b, 0o644)
	}
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	s := &steps{w: w, env: []string{"GIT_INDEX_FILE=" + own}}
	s.git("add", "-A")
	use(s)
	return s.err
}

func (w *worktree) photograph() (photo, error) {
	_, head, branch, index, err := w.where()
	if err != nil {
		return photo{}, err
	}
	p := photo{Head: head, Branch: branch}
	err = w.scratch(index, func(s *steps) { p.Tree = s.git("write-tree") })
	var unmerged error
	if p.Index, unmerged = w.git(nil, "write-tree"); unmerged != nil { // a merge in progress has no tree
		p.Index = p.Tree
	}
	return p, err
}

// keep gives a photo a commit and a ref, so that git does not collect it.
func (w *worktree) keep(p photo, ref string) (string, error) {
	commit, err := w.commit(p.Tree, p.Head, "state of the work tree")
	if err == nil {
		_, err = w.git(nil, "update-ref", ref, commit)
	}
	return commit, err
}

// commit makes a commit of a tree. Its time is its parent's, so that the same work always has the same hash.
func (w *worktree) commit(tree, parent, message string) (string, error) {
	when, err := w.git(nil, "show", "-s", "--format=%ct", parent)
	if err != nil {
		return "", err
	}
	var env []string
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		env = append(env, "GIT_"+who+"_NAME=attractor", "GIT_"+who+"_EMAIL=attractor@localhost", "GIT_"+who+"_DATE="+when+" +0000")
	}
	return w.git(env, "commit-tree", tree, "-p", parent, "-m", message)
}

// restore brings the work tree back to a photo and says whether it had changed; what was there is kept under the ref.
func (w *worktree) restore(to photo, ref string) (bool, error) {
	now, err := w.photograph()
	if err != nil || now == to {
		return false, err
	}
	if _, err := w.keep(now, ref); err != nil {
		return false, err
	}
	_, _, _, index, err := w.where()
	if err == nil {
		err = w.scratch(index, func(s *steps) { s.git("read-tree", "--reset", "-u", to.Tree) })
	}
	if err != nil {
		return false, err
	}
	s := &steps{w: w}
	if to.Branch != "" {
		s.git("symbolic-ref", "HEAD", to.Branch)
		s.git("update-ref", "HEAD", to.Head)
	} else {
		s.git("update-ref", "--no-deref", "HEAD", to.Head)
	}
	s.git("read-tree", to.Index)
	return true, s.err
}

// base is the commit that branches start from: the head, or, when files have changed since, a commit on top of it.
func (w *worktree) base() (string, error) {
	p, err := w.photograph()
	if err != nil {
		return "", err
	}
	if tree, err := w.git(nil, "rev-parse", p.Head+"^{tree}"); err != nil || tree == p.Tree {
		return p.Head, err
	}
	return w.commit(p.Tree, p.Head, "work before the branches")
}

// branch makes a work tree of its own at a commit.
func (w *worktree) branch(dir, commit string) (*worktree, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	s := &steps{w: w}
	s.git("worktree", "prune")
	s.git("worktree", "add", "--detach", dir, commit)
	return &worktree{dir}, s.err
}

// finish commits what a branch did, under a ref, and returns the commit; "" when it changed nothing.
func (w *worktree) finish(base, ref, message string) (string, error) {
	p, err := w.photograph()
	if err != nil {
		return "", err
	}
	s := &steps{w: w}
	if s.git("rev-parse", base+"^{tree}") == p.Tree || s.err != nil {
		return "", s.err
	}
	commit := p.Head
	if s.git("rev-parse", p.Head+"^{tree}") != p.Tree && s.err == nil {
		commit, s.err = w.commit(p.Tree, p.Head, message)
	}
	s.git("update-ref", ref, commit)
	return commit, s.err
}

// discard removes a branch's work tree.
func (w *worktree) discard(b *worktree) error {
	_, err := w.git(nil, "worktree", "remove", "--force", b.dir)
	return err
}

// land moves the work tree forward from the base to a branch's commit. It refuses when the files are no longer the base's.
func (w *worktree) land(base, commit string) error {
	p, err := w.photograph()
	if err != nil {
		return err
	}
	s := &steps{w: w}
	if tree := s.git("rev-parse", base+"^{tree}"); s.err == nil && tree != p.Tree {
		return fmt.Errorf("the work tree has changed since the branches began: %s is not landed", commit)
	}
	s.git("merge-base", "--is-ancestor", p.Head, commit)
	s.git("read-tree", base) // so that files the base took in unstaged can also be removed
	s.git("reset", "--hard", commit)
	return s.err
}
