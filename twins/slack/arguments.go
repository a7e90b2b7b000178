package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxBody bounds a request body that is not an upload.
const maxBody = 8 << 20

// arguments are what a caller sent, wherever it was: the query, a form, JSON or a multipart body.
type arguments struct {
	token    string
	form     url.Values
	json     map[string]json.RawMessage
	parts    *multipart.Form
	received map[string]contents // files that came with the call, by argument
	warning  []string
}

// decode reads the arguments of a call and its token, which may be in the header, the body or the query.
//
// https://docs.slack.dev/apis/web-api/#basics
func decode(ec echo.Context) (*arguments, error) {
	r := ec.Request()
	a := &arguments{form: url.Values{}}
	if r.URL.RawQuery != "" {
		a.form, _ = url.ParseQuery(r.URL.RawQuery)
	}
	err := a.body(r)
	if h := r.Header.Get("Authorization"); len(h) > 7 && strings.EqualFold(h[:7], "Bearer ") {
		a.token = strings.TrimSpace(h[7:])
	}
	if t := a.form.Get("token"); t != "" {
		a.token = t
	}
	delete(a.form, "token")
	if j, ok := a.json["token"]; ok {
		if a.token == "" {
			json.Unmarshal(j, &a.token)
		}
		delete(a.json, "token")
	}
	if a.token == "" {
		if id, secret, ok := r.BasicAuth(); ok { // OAuth methods take the client's credentials this way
			a.form.Set("client_id", id)
			a.form.Set("client_secret", secret)
		}
	}
	return a, err
}

func (a *arguments) body(r *http.Request) error {
	if r.Method != http.MethodPost || r.Body == nil || r.ContentLength == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return errInvalidPostType
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "utf8") && !strings.EqualFold(cs, "iso-8859-1") {
		return errInvalidCharset
	}
	if kind == "multipart/form-data" {
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return errInvalidFormData
		}
		a.parts = r.MultipartForm
		maps.Copy(a.form, r.MultipartForm.Value)
		return nil
	}
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return Error("request_too_large")
	}
	switch kind {
	case "application/json":
		if params["charset"] == "" {
			a.warning = append(a.warning, "missing_charset")
		}
		if len(bytes.TrimSpace(b)) == 0 {
			return nil
		}
		if !json.Valid(b) {
			return errInvalidJSON
		}
		if json.Unmarshal(b, &a.json) != nil || a.json == nil {
			return errJSONNotObject
		}
	case "application/x-www-form-urlencoded":
		if params["charset"] != "" {
			a.warning = append(a.warning, "superfluous_charset")
		}
		form, err := url.ParseQuery(string(b))
		if err != nil {
			return errInvalidFormData
		}
		maps.Copy(a.form, form)
	case "":
		if len(b) > 0 {
			return errMissingPostType
		}
	default:
		return errInvalidPostType
	}
	return nil
}

// given reports whether the caller sent the argument at all, even empty.
func (a *arguments) given(name string) bool {
	_, j := a.json[name]
	_, f := a.form[name]
	return j || f
}

// text returns an argument that is text, "" if it is not there.
func (a *arguments) text(name string) string {
	if j, ok := a.json[name]; ok {
		var text string
		json.Unmarshal(j, &text)
		return text
	}
	return a.form.Get(name)
}

// file returns the first uploaded file of that name.
func (a *arguments) file(name string) (*multipart.FileHeader, bool) {
	if a.parts == nil || len(a.parts.File[name]) == 0 {
		return nil, false
	}
	return a.parts.File[name][0], true
}

func (a *arguments) ignored(m *method) (names []string) {
	for k := range a.form {
		if !m.takes[k] {
			names = append(names, k)
		}
	}
	for k := range a.json {
		if !m.takes[k] {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	return names
}

// binder returns what fills a *t, a struct, from arguments, and the names it takes. Slack is lenient about types:
// a number may come as a string, a list as one string with commas, an object as a string of JSON.
func binder(t reflect.Type) (bind func(a *arguments, in any) error, takes map[string]bool) {
	type field struct {
		name  string
		index int
		kind  reflect.Kind
		raw   bool
	}
	var fields []field
	takes = map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, field{name, i, f.Type.Kind(), f.Type == reflect.TypeFor[json.RawMessage]()})
		takes[name] = true
	}
	return func(a *arguments, in any) error {
		v := reflect.ValueOf(in).Elem()
		for _, f := range fields {
			text, j := "", a.json[f.name]
			if j == nil {
				got, ok := a.form[f.name]
				if !ok || len(got) == 0 {
					continue
				}
				if text = got[len(got)-1]; f.kind == reflect.Slice && !f.raw && len(got) > 1 {
					text = strings.Join(got, ",")
				}
			} else if string(j) == "null" {
				continue
			} else if j[0] == '"' {
				json.Unmarshal(j, &text)
				j = nil
			} else if f.kind != reflect.Slice || !f.raw {
				text = string(j)
			}
			text = strings.ToValidUTF8(text, "\uFFFD")
			dst := v.Field(f.index)
			switch {
			case f.raw:
				if j == nil {
					j = json.RawMessage(text)
				}
				dst.SetBytes(j)
			case f.kind == reflect.String:
				dst.SetString(text)
			case f.kind == reflect.Bool:
				dst.SetBool(truthy(text))
			case f.kind == reflect.Int64:
				if text == "" {
					continue
				}
				n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
				if err != nil {
					fl, ferr := strconv.ParseFloat(strings.TrimSpace(text), 64)
					if ferr != nil || fl != float64(int64(fl)) {
						return invalid("[ERROR] must be an integer [json-pointer:/" + f.name + "]")
					}
					n = int64(fl)
				}
				dst.SetInt(n)
			case f.kind == reflect.Float64:
				if text == "" {
					continue
				}
				n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
				if err != nil {
					return invalid("[ERROR] must be a number [json-pointer:/" + f.name + "]")
				}
				dst.SetFloat(n)
			case f.kind == reflect.Slice:
				dst.Set(reflect.ValueOf(list(text)))
			}
		}
		return nil
	}, takes
}

func truthy(s string) bool {
	switch strings.ToLower(s) {
	case "1", "true", "t", "yes", "on":
		return true
	}
	return false
}

// list reads a list that is an array of JSON or separated by commas.
func list(text string) (out []string) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		var items []any
		if json.Unmarshal([]byte(text), &items) == nil {
			for _, v := range items {
				switch v := v.(type) {
				case string:
					out = append(out, v)
				case float64:
					out = append(out, strconv.FormatFloat(v, 'f', -1, 64))
				}
			}
			return out
		}
	}
	for p := range strings.SplitSeq(text, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
