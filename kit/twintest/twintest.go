// Package twintest plays conversation scripts at a twin, and holds its answers against samples.
package twintest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// A Stage is where a script is played: a twin in a world of its own.
type Stage struct {
	Handler http.Handler
	// Token returns what goes into the Authorization header for as=NAME; "Bearer" is put before it unless it names a scheme.
	Token func(t *testing.T, as string) string
	// Seen is told every answer; nil is nobody.
	Seen func(t *testing.T, x Exchange)
	// Vars are what $name stands for from the start.
	Vars map[string]string
}

// An Exchange is one request of a script and its answer.
type Exchange struct {
	Script, Method, Path string
	Status               int
	Type                 string
	Body                 []byte
}

// Play runs every script that matches the glob, each on a stage of its own. A step is a request and the answer to it:
//
//	# Bo can see #random but is not in it.
//	POST /api/chat.postMessage as=bo
//	{"channel": "C4", "text": "hi"}
//	----
//	200
//	{"ok": false, "error": "not_in_channel"}
//
// The arguments of a step:
//
//	as=NAME           who asks; without it nobody does
//	form              the body is lines of key=value, sent as a form; multipart sends them as parts, where @name=text is
//	                  a file, and @name=base64:… one that is no text
//	base64            the body is the bytes that this spells
//	type=TYPE         the body's content type, application/json otherwise
//	header=(K: V,…)   further headers
//	save=(name:path)  what $name stands for from here on: a value of the answer
//	pick=(path,…)     print these values of the answer alone
//	quiet             print the status alone
//
// A path is keys and indexes with dots between: channel.id, messages.0.ts. Running the tests with -rewrite records what the twin says now.
func Play(t *testing.T, glob string, stage func(t *testing.T) Stage) {
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts match %s (%v)", glob, err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			st := stage(t)
			vars := map[string]string{}
			for k, v := range st.Vars {
				vars[k] = v
			}
			datadriven.RunTest(t, f, func(t *testing.T, d *datadriven.TestData) string {
				return st.step(t, d, vars)
			})
		})
	}
}

func (st Stage) step(t *testing.T, d *datadriven.TestData, vars map[string]string) string {
	t.Helper()
	if len(d.CmdArgs) == 0 {
		d.Fatalf(t, "a step is METHOD /path")
	}
	target := d.CmdArgs[0].Key
	if vals := d.CmdArgs[0].Vals; len(vals) > 0 {
		target += "=" + strings.Join(vals, ",")
	}
	target = expand(target, vars)
	body, kind := encodeBody(t, d, expand(d.Input, vars))
	req := httptest.NewRequest(d.Cmd, target, bytes.NewReader(body))
	req.Host = "slack.test"
	if len(body) > 0 {
		req.Header.Set("Content-Type", kind)
	}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "as":
			token := st.Token(t, expand(strings.Join(a.Vals, ","), vars))
			if !strings.Contains(token, " ") {
				token = "Bearer " + token
			}
			req.Header.Set("Authorization", token)
		case "header":
			for _, h := range a.Vals {
				k, v, _ := strings.Cut(expand(h, vars), ":")
				req.Header.Set(k, strings.TrimSpace(v))
			}
		}
	}
	rec := httptest.NewRecorder()
	st.Handler.ServeHTTP(rec, req)
	out := rec.Body.Bytes()
	path, _, _ := strings.Cut(target, "?")
	if st.Seen != nil {
		st.Seen(t, Exchange{d.Pos, d.Cmd, path, rec.Code, rec.Header().Get("Content-Type"), out})
	}
	var v any
	isJSON := json.Unmarshal(out, &v) == nil
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", rec.Code)
	picked := false
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "save":
			for _, p := range a.Vals {
				name, path, _ := strings.Cut(p, ":")
				got, ok := Find(v, path)
				if !ok {
					d.Fatalf(t, "the answer has no %s: %s", path, out)
				}
				vars[name] = fmt.Sprint(text(got))
			}
		case "quiet":
			picked = true
		case "pick":
			picked = true
			for _, p := range a.Vals {
				got, ok := Find(v, p)
				if !ok {
					fmt.Fprintf(&b, "%s: -\n", p)
					continue
				}
				j, _ := marshal(got, "")
				fmt.Fprintf(&b, "%s: %s\n", p, j)
			}
		}
	}
	if !picked {
		if isJSON {
			if out, _ = marshal(v, ""); len(out) > 120 {
				out, _ = marshal(v, "  ")
			}
		}
		b.Write(bytes.TrimSpace(out))
		b.WriteByte('\n')
	}
	return b.String()
}

func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if indent != "" {
		e.SetIndent("", indent)
	}
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func encodeBody(t *testing.T, d *datadriven.TestData, in string) (body []byte, kind string) {
	kind = "application/json; charset=utf-8"
	d.MaybeScanArgs(t, "type", &kind)
	if d.HasArg("base64") {
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(in))
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		return b, kind
	}
	if !d.HasArg("form") && !d.HasArg("multipart") {
		return []byte(in), kind
	}
	form := url.Values{}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.SetBoundary("twintest-boundary")
	for line := range strings.Lines(in) {
		k, v, ok := strings.Cut(strings.TrimRight(line, "\n"), "=")
		if !ok {
			continue
		}
		form.Add(k, v)
		if name, isFile := strings.CutPrefix(k, "@"); isFile {
			p, err := w.CreateFormFile(name, name+".txt")
			if err != nil {
				t.Fatal(err)
			}
			if coded, ok := strings.CutPrefix(v, "base64:"); ok {
				b, err := base64.StdEncoding.DecodeString(coded)
				if err != nil {
					t.Fatal(err)
				}
				v = string(b)
			}
			io.WriteString(p, v)
		} else {
			w.WriteField(k, v)
		}
	}
	if d.HasArg("form") {
		return []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	w.Close()
	return b.Bytes(), w.FormDataContentType()
}

var variable = regexp.MustCompile(`\$[A-Za-z_][A-Za-z_0-9]*`)

func expand(s string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := vars[m[1:]]; ok {
			return v
		}
		return m
	})
}

func text(v any) any {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return v
}

// Find returns the value at a path of keys and indexes with dots between. A * stands for every element of a list.
func Find(v any, path string) (any, bool) {
	if path == "" {
		return v, true
	}
	head, rest, _ := strings.Cut(path, ".")
	switch x := v.(type) {
	case map[string]any:
		next, ok := x[head]
		if !ok {
			return nil, false
		}
		return Find(next, rest)
	case []any:
		if head == "*" {
			all := []any{}
			for _, e := range x {
				got, _ := Find(e, rest)
				all = append(all, got)
			}
			return all, true
		}
		if head == "#" {
			return float64(len(x)), true
		}
		i, err := strconv.Atoi(head)
		if err != nil || i < 0 || i >= len(x) {
			return nil, false
		}
		return Find(x[i], rest)
	}
	return nil, false
}

// Unlike lists where an answer has a key that the sample has not, or another type than it. A sample's empty list or
// null says nothing of what may be in it, and neither do the paths that open lets through.
func Unlike(answer, sample any, open func(path string) bool) (diffs []string) {
	unlike("", answer, sample, open, &diffs)
	slices.Sort(diffs)
	return slices.Compact(diffs)
}

func unlike(path string, a, s any, open func(string) bool, diffs *[]string) {
	if a == nil || s == nil || open != nil && open(path) {
		return
	}
	switch a := a.(type) {
	case map[string]any:
		m, ok := s.(map[string]any)
		if !ok {
			*diffs = append(*diffs, fmt.Sprintf("%s is an object, the sample has %T", path, s))
			return
		}
		if len(m) == 0 {
			return
		}
		for k, v := range a {
			sv, ok := m[k]
			p := strings.TrimPrefix(path+"."+k, ".")
			if !ok {
				if open == nil || !open(p) {
					*diffs = append(*diffs, p+" is in no sample")
				}
				continue
			}
			unlike(p, v, sv, open, diffs)
		}
	case []any:
		l, ok := s.([]any)
		if !ok {
			*diffs = append(*diffs, fmt.Sprintf("%s is a list, the sample has %T", path, s))
			return
		}
		if len(l) == 0 {
			return
		}
		for _, v := range a {
			best := []string(nil)
			for i, one := range l {
				var d []string
				unlike(path+"[]", v, one, open, &d)
				if i == 0 || len(d) < len(best) {
					best = d
				}
			}
			*diffs = append(*diffs, best...)
		}
	default:
		if fmt.Sprintf("%T", a) != fmt.Sprintf("%T", s) {
			*diffs = append(*diffs, fmt.Sprintf("%s is %T, the sample has %T", path, a, s))
		}
	}
}
