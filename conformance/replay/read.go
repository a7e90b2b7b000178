package replay

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxBody bounds what a compressed body may grow to.
const maxBody = 64 << 20

// extensions are what may be a recording in a folder.
var extensions = map[string]bool{".json": true, ".yaml": true, ".yml": true, ".har": true}

var errUnknownFormat = errors.New("this is no recording: not HAR, go-vcr, VCR.py, betamax, Ruby VCR or our own JSON")

// Read returns the recordings in files and, recursively, folders, in the order of their paths. In a folder, what is
// plainly something else (no .json, .yaml, .yml or .har) is passed over. An error names the file.
func Read(paths ...string) ([]Recording, error) {
	var all []Recording
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir():
				return nil
			case path != root && !extensions[strings.ToLower(filepath.Ext(path))]:
				return nil
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			r, err := Parse(b)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if r.Name == "" {
				r.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
			}
			if r.Source == "" {
				r.Source = filepath.Base(filepath.Dir(path))
			}
			all = append(all, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Parse reads one recording, of whichever format its content shows.
func Parse(b []byte) (Recording, error) {
	var doc map[string]any
	var err error
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if isJSON := bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")); isJSON {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		err = d.Decode(&doc)
	} else {
		err = yaml.Unmarshal(b, &doc)
	}
	switch {
	case err != nil:
		return Recording{}, err
	case doc["log"] != nil:
		return readHAR(doc)
	case doc["steps"] != nil:
		return readSteps(doc)
	case doc["interactions"] != nil:
		return readCassette(doc["interactions"])
	case doc["http_interactions"] != nil:
		return readCassette(doc["http_interactions"])
	}
	return Recording{}, errUnknownFormat
}

// readSteps reads our own format: {"source","name","steps":[{"method","host"?,"path","query","type","body","status","response"}]}.
func readSteps(doc map[string]any) (Recording, error) {
	r := Recording{Source: text(doc["source"]), Name: text(doc["name"])}
	steps, err := list(doc["steps"], "steps")
	if err != nil {
		return r, err
	}
	for i, v := range steps {
		m := object(v)
		s := Step{
			Method: text(m["method"]), Host: text(m["host"]), Path: text(m["path"]), Query: text(m["query"]), Type: text(m["type"]),
			Body: m["body"], Status: number(m["status"]), Response: m["response"],
			Sent: headers(m["header"]), Header: headers(m["responseHeader"]),
		}
		if s.Body == nil {
			s.Body = ""
		}
		if err := s.check(); err != nil {
			return r, fmt.Errorf("step %d: %w", i, err)
		}
		r.Steps = append(r.Steps, s)
	}
	return r, nil
}

func (s *Step) check() error {
	switch {
	case s.Method == "":
		return errors.New("it has no method")
	case !strings.HasPrefix(s.Path, "/"):
		return fmt.Errorf("its path is %q; it begins with /", s.Path)
	case s.Status < 100 || s.Status > 599:
		return fmt.Errorf("its status is %d", s.Status)
	}
	s.Method = strings.ToUpper(s.Method)
	return nil
}

// locate takes host, path and query from a URL.
func (s *Step) locate(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return err
	}
	s.Host, s.Path, s.Query = u.Host, u.EscapedPath(), u.RawQuery
	if s.Path == "" {
		s.Path = "/"
	}
	return nil
}

// parseBody returns a body as it was meant: unpacked, and a JSON value if it is one.
func parseBody(raw []byte, h http.Header, contentType string) any {
	raw = unpack(raw, h.Get("Content-Encoding"))
	t, _, _ := mime.ParseMediaType(contentType)
	if looksJSON := bytes.IndexByte([]byte("{["), first(raw)) >= 0; strings.HasSuffix(t, "json") || looksJSON && t == "" {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil && !d.More() {
			return v
		}
	}
	return string(raw)
}

func first(b []byte) byte {
	if b = bytes.TrimSpace(b); len(b) > 0 {
		return b[0]
	}
	return 0
}

// unpack undoes gzip and deflate. Recorders differ in whether they did already, so the bytes decide; what does not open stays as it is.
func unpack(b []byte, encoding string) []byte {
	var r io.Reader
	var err error
	switch {
	case bytes.HasPrefix(b, []byte("\x1f\x8b")):
		r, err = gzip.NewReader(bytes.NewReader(b))
	case strings.EqualFold(encoding, "deflate"):
		r, err = zlib.NewReader(bytes.NewReader(b))
	default:
		return b
	}
	if err != nil {
		return b
	}
	if plain, err := io.ReadAll(io.LimitReader(r, maxBody)); err == nil {
		return plain
	}
	return b
}

// raw is the bytes of a body that says it is base64.
func raw(s string, isBase64 bool) ([]byte, error) {
	if !isBase64 {
		return []byte(s), nil
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return nil, fmt.Errorf("its body is not base64: %w", err)
	}
	return b, nil
}

// manifold reads {"name": "value"} and {"name": ["value"]}.
func manifold(v any) map[string][]string {
	m := map[string][]string{}
	for k, v := range object(v) {
		if l, ok := v.([]any); ok {
			for _, one := range l {
				m[k] = append(m[k], text(one))
			}
		} else {
			m[k] = []string{text(v)}
		}
	}
	return m
}

func headers(v any) http.Header {
	h := http.Header{}
	for k, vs := range manifold(v) {
		for _, one := range vs {
			h.Add(k, one)
		}
	}
	return h
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func list(v any, name string) ([]any, error) {
	l, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is no list", name)
	}
	return l, nil
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	}
	s := fmt.Sprint(v)
	if !utf8.ValidString(s) {
		return ""
	}
	return s
}

func number(v any) int {
	var n int
	fmt.Sscan(text(v), &n)
	return n
}
