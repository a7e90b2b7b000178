package technique

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// free are licences (SPDX ids) whose patterns may be carried over with no more than a notice.
var free = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "PostgreSQL", "Unlicense", "Zlib"}

var licenceLine = regexp.MustCompile(`(?im)^[ \t>*_-]*licen[cs]e[ \t*_]*:[ \t*_]*([A-Za-z0-9.+() -]+?)[ \t*_\r]*$`)

// Licence finds the licence that a Markdown file states on a line `Licence: SPDX-EXPRESSION`, and says whether it is allowed.
//
// https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/
func Licence(text string, allowed []string) (string, bool, error) {
	m := licenceLine.FindAllStringSubmatch(text, -1)
	switch {
	case len(m) == 0:
		return "", false, errors.New("no line says Licence: and an SPDX expression")
	case len(m) > 1:
		return "", false, fmt.Errorf("%d lines state a licence", len(m))
	}
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(m[0][1]))
	p := &spdx{words: words, allowed: allowed}
	ok := p.or()
	if p.err == nil && len(p.words) > 0 {
		p.err = fmt.Errorf("%q is no SPDX expression", m[0][1])
	}
	return m[0][1], ok && p.err == nil, p.err
}

// spdx reads an expression: OR needs one side allowed, AND both; an exception (WITH) only ever allows more.
type spdx struct {
	words   []string
	allowed []string
	err     error
}

func (p *spdx) accept(word string) bool {
	if len(p.words) > 0 && p.words[0] == word {
		p.words = p.words[1:]
		return true
	}
	return false
}

func (p *spdx) or() bool {
	ok := p.and()
	for p.accept("OR") {
		right := p.and()
		ok = ok || right
	}
	return ok
}

func (p *spdx) and() bool {
	ok := p.one()
	for p.accept("AND") {
		right := p.one()
		ok = ok && right
	}
	return ok
}

func (p *spdx) one() bool {
	if p.accept("(") {
		ok := p.or()
		if !p.accept(")") && p.err == nil {
			p.err = errors.New("a bracket is not closed")
		}
		return ok
	}
	if len(p.words) == 0 || slices.Contains([]string{"OR", "AND", "WITH", ")"}, p.words[0]) {
		p.err = errors.New("a licence is missing in the expression")
		return false
	}
	id := p.words[0]
	p.words = p.words[1:]
	if p.accept("WITH") && len(p.words) > 0 {
		p.words = p.words[1:]
	}
	return slices.ContainsFunc(p.allowed, func(a string) bool { return strings.EqualFold(a, id) })
}

// pair is one recorded answer that a faithful copy must give: of a program (input, output) or of a service (request, response).
type pair struct {
	Name     string          `json:"name"`
	Input    json.RawMessage `json:"input"`
	Output   json.RawMessage `json:"output"`
	Request  *httpRequest    `json:"request"`
	Response *httpResponse   `json:"response"`
}

type httpRequest struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

type httpResponse struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// pairs reads a contract: every .json file of a directory, each one pair or a list of them.
func pairs(dir string) (out []pair, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		list := []pair{{}}
		if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
			err = json.Unmarshal(b, &list)
		} else {
			err = json.Unmarshal(b, &list[0])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for i, p := range list {
			if (p.Input == nil || p.Output == nil) == (p.Request == nil || p.Response == nil) {
				return nil, fmt.Errorf("%s: pair %d must have input and output, or request and response", file, i+1)
			}
			if p.Name == "" {
				p.Name = fmt.Sprintf("%s/%d", filepath.Base(file), i+1)
			}
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no pairs", dir)
	}
	return out, nil
}

// plain is a JSON text's content, or the JSON itself: what a program reads or prints.
func plain(raw json.RawMessage) []byte {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return []byte(s)
	}
	return raw
}

// same compares as JSON where both are, else as text without white space at the end.
func same(got, want []byte) bool {
	var a, b any
	if json.Unmarshal(got, &a) == nil && json.Unmarshal(want, &b) == nil {
		return reflect.DeepEqual(a, b)
	}
	return strings.TrimRight(string(got), " \n\t") == strings.TrimRight(string(want), " \n\t")
}

// replay asks the copy and says what is wrong with its answer; "" is nothing.
func (p pair) replay(ctx context.Context, command, url string) (string, error) {
	if p.Request == nil {
		res, err := play(ctx, ".", command, plain(p.Input))
		switch {
		case err != nil:
			return "", err
		case res.code != 0:
			return fmt.Sprintf("exits with %d", res.code), nil
		case !same([]byte(res.out), plain(p.Output)):
			return fmt.Sprintf("answers %.200q, should answer %.200q", res.out, plain(p.Output)), nil
		}
		return "", nil
	}
	if url == "" {
		return "", fmt.Errorf("pair %s is a request: say where with --url", p.Name)
	}
	req, err := http.NewRequestWithContext(ctx, p.Request.Method, strings.TrimSuffix(url, "/")+p.Request.Path, bytes.NewReader(plain(p.Request.Body)))
	if err != nil {
		return "", err
	}
	for k, v := range p.Request.Headers {
		req.Header.Set(k, v)
	}
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	switch {
	case err != nil:
		return "", err
	case res.StatusCode != p.Response.Status:
		return fmt.Sprintf("answers with status %d, should with %d", res.StatusCode, p.Response.Status), nil
	case p.Response.Body != nil && !same(body, plain(p.Response.Body)):
		return fmt.Sprintf("answers %.200q, should answer %.200q", body, plain(p.Response.Body)), nil
	}
	return "", nil
}

// Gene is a pattern in the bank.
type Gene struct {
	ID     string            `json:"id"` // SHA-256 of its files' names and hashes
	Title  string            `json:"title"`
	Tags   []string          `json:"tags"`
	Reused int               `json:"times_reused"`
	Files  map[string]string `json:"files"` // path -> SHA-256 of the content, a file in blobs/
}

var (
	tagsLine  = regexp.MustCompile(`(?im)^tags:\s*(.+)$`)
	titleLine = regexp.MustCompile(`(?m)^#\s+(.+)$`)
)

// longCode finds a code block of more than ten lines: a gene is a pattern, not a copy.
func longCode(text string) bool {
	lines, in := 0, false
	for _, l := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(strings.TrimSpace(l), "```"):
			in, lines = !in, 0
		case in:
			if lines++; lines > 10 {
				return true
			}
		}
	}
	return false
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// addGene puts a directory with a gene.md and its contract into the bank. The same gene again is the same entry.
func addGene(bank, dir string) (*Gene, error) {
	text, err := os.ReadFile(filepath.Join(dir, "gene.md"))
	if err != nil {
		return nil, err
	}
	if longCode(string(text)) {
		return nil, not("gene.md holds more than ten lines of code: describe the pattern instead")
	}
	if _, err := pairs(filepath.Join(dir, "contract")); err != nil {
		return nil, err
	}
	g := &Gene{Title: filepath.Base(dir), Tags: []string{}, Files: map[string]string{}}
	if m := titleLine.FindSubmatch(text); m != nil {
		g.Title = string(m[1])
	}
	if m := tagsLine.FindSubmatch(text); m != nil {
		g.Tags = strings.FieldsFunc(string(m[1]), func(r rune) bool { return r == ',' || r == ' ' || r == '\r' })
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		g.Files[filepath.ToSlash(rel)] = sum(b)
		return replace(filepath.Join(bank, "blobs", sum(b)), b)
	})
	if err != nil {
		return nil, err
	}
	var listing strings.Builder
	for _, name := range slices.Sorted(maps.Keys(g.Files)) {
		fmt.Fprintf(&listing, "%s %s\n", g.Files[name], name)
	}
	g.ID = sum([]byte(listing.String()))[:16]
	if old, err := readGene(bank, g.ID); err == nil {
		return old, nil
	}
	return g, g.save(bank)
}

func (g *Gene) save(bank string) error {
	b, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return err
	}
	return replace(filepath.Join(bank, g.ID+".json"), append(b, '\n'))
}

func readGene(bank, id string) (*Gene, error) {
	b, err := os.ReadFile(filepath.Join(bank, filepath.Base(id)+".json"))
	if err != nil {
		return nil, err
	}
	g := &Gene{}
	return g, json.Unmarshal(b, g)
}

// getGene writes a gene's files into a directory, each checked against its hash, and counts the use.
func getGene(bank, id, dir string) (*Gene, error) {
	g, err := readGene(bank, id)
	if err != nil {
		return nil, err
	}
	for name, h := range g.Files {
		b, err := os.ReadFile(filepath.Join(bank, "blobs", h))
		if err != nil {
			return nil, err
		}
		if sum(b) != h {
			return nil, fmt.Errorf("gene %s: %s is damaged in the bank", id, name)
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("gene %s: %q leads out of its directory", id, name)
		}
		if err := replace(filepath.Join(dir, filepath.FromSlash(name)), b); err != nil {
			return nil, err
		}
	}
	g.Reused++
	return g, g.save(bank)
}

func geneCommand() *cobra.Command {
	var bank, command, url string
	var allowed []string
	c := &cobra.Command{Use: "gene", Short: "Carry a pattern from one code base to another, and keep it"}
	licence := &cobra.Command{
		Use: "licence FILE.md", Short: "May the exemplar's pattern be carried over? Exits with 1 when its licence does not say so", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			stated, ok, err := Licence(string(b), append(allowed, free...))
			switch {
			case err != nil:
				return not("%s: %v", args[0], err)
			case !ok:
				return not("%s: the licence %s is not among those that are free to follow", args[0], stated)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: allowed\n", stated)
			return nil
		},
	}
	licence.Flags().StringArrayVar(&allowed, "allow", nil, "an SPDX id to allow besides the free ones (may be repeated)")

	replayed := &cobra.Command{
		Use: "replay CONTRACT", Short: "Ask the copy what the exemplar was asked; exits with 1 when an answer differs", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			list, err := pairs(args[0])
			if err != nil {
				return err
			}
			wrong := 0
			for _, p := range list {
				why, err := p.replay(c.Context(), command, url)
				if err != nil {
					return err
				}
				if why != "" {
					wrong++
					fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", p.Name, why)
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "%d of %d alike\n", len(list)-wrong, len(list))
			if wrong > 0 {
				return not("%d of %d pairs differ", wrong, len(list))
			}
			return nil
		},
	}
	replayed.Flags().StringVar(&command, "command", "sh .factory/gene/replay.sh", "what answers an input: from standard input to standard output")
	replayed.Flags().StringVar(&url, "url", "", "where the copy answers requests")

	add := &cobra.Command{
		Use: "add DIR", Short: "Put a gene (gene.md and contract/) into the bank", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := addGene(bank, args[0])
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "%s %s\n", g.ID, g.Title)
			}
			return err
		},
	}
	get := &cobra.Command{
		Use: "get ID DIR", Short: "Take a gene out of the bank, to use it again", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := getGene(bank, args[0], args[1])
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "%s %s, used %d times\n", g.ID, g.Title, g.Reused)
			}
			return err
		},
	}
	c.PersistentFlags().StringVar(&bank, "bank", ".factory/genes", "the bank's directory")
	c.AddCommand(licence, replayed, add, get)
	return c
}
