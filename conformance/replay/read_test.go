package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func packed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// samples say the same in every format: a box is made, then looked at in vain.
var samples = map[string]string{
	"ours": `{"source":"hand","name":"boxes","steps":[
		{"method":"post","host":"api.box.test","path":"/boxes","query":"dry=no","type":"application/json","body":{"size":12345678901234567890},"status":201,"response":{"id":"b1"}},
		{"method":"GET","host":"api.box.test","path":"/boxes/b%2F2","query":"","type":"","body":"","status":404,"response":"gone"}]}`,
	"HAR": `{"log":{"version":"1.2","entries":[
		{"request":{"method":"POST","url":"https://api.box.test/boxes?dry=no","headers":[{"name":"content-type","value":"application/json"}],"postData":{"mimeType":"application/json","text":"{\"size\":12345678901234567890}"}},
		 "response":{"status":201,"headers":[],"content":{"mimeType":"application/json; charset=utf-8","encoding":"base64","text":"eyJpZCI6ImIxIn0="}}},
		{"request":{"method":"GET","url":"https://blocked.test/"},"response":{"status":0}},
		{"request":{"method":"GET","url":"https://api.box.test/boxes/b%2F2"},"response":{"status":404,"content":{"mimeType":"text/plain","text":"gone"}}}]}}`,
	"go-vcr v1": `
version: 1
interactions:
- request: {body: '{"size":12345678901234567890}', form: {}, headers: {Content-Type: [application/json]}, url: 'https://api.box.test/boxes?dry=no', method: POST}
  response: {body: '{"id":"b1"}', headers: {Content-Type: [application/json]}, status: 201 Created, code: 201}
- request: {body: "", form: {}, headers: {}, url: 'https://api.box.test/boxes/b%2F2', method: GET}
  response: {body: gone, headers: {}, status: 404 Not Found, code: 404}
`,
	"go-vcr v2": `
version: 2
interactions:
    - id: 0
      request:
        proto: HTTP/1.1
        host: api.box.test
        body: '{"size":12345678901234567890}'
        headers: {Content-Type: [application/json]}
        url: https://api.box.test/boxes?dry=no
        method: POST
      response:
        body: '{"id":"b1"}'
        headers: {Content-Type: [application/json]}
        status: 201 Created
        code: 201
        duration: 12ms
    - id: 1
      request: {url: 'https://api.box.test/boxes/b%2F2', method: GET}
      response: {body: gone, status: 404 Not Found, code: 404}
`,
	"VCR.py YAML": `
interactions:
- request:
    body: '{"size":12345678901234567890}'
    headers: {Content-Type: [application/json]}
    method: POST
    uri: https://api.box.test/boxes?dry=no
  response:
    body: {string: !!binary ` + packed(`{"id":"b1"}`) + `}
    headers: {Content-Encoding: [gzip], Content-Type: [application/json]}
    status: {code: 201, message: Created}
- request: {body: null, headers: &none {}, method: GET, uri: 'https://api.box.test/boxes/b%2F2'}
  response: {body: {string: gone}, headers: *none, status: {code: 404, message: Not Found}}
version: 1
`,
	"VCR.py JSON": `{"version":1,"interactions":[
		{"request":{"method":"POST","uri":"https://api.box.test/boxes?dry=no","body":"{\"size\":12345678901234567890}","headers":{"Content-Type":["application/json"]}},
		 "response":{"status":{"code":201,"message":"Created"},"headers":{"Content-Type":["application/json"]},"body":{"string":"{\"id\":\"b1\"}"}}},
		{"request":{"method":"GET","uri":"https://api.box.test/boxes/b%2F2","body":null,"headers":{}},
		 "response":{"status":{"code":404},"headers":{},"body":{"string":"gone"}}}]}`,
	"betamax": `{"recorded_with":"betamax/0.8.1","http_interactions":[
		{"request":{"method":"POST","uri":"https://api.box.test/boxes?dry=no","body":{"encoding":"utf-8","string":"{\"size\":12345678901234567890}"},"headers":{"Content-Type":"application/json"}},
		 "response":{"status":{"code":201,"message":"Created"},"headers":{"Content-Encoding":"gzip","Content-Type":"application/json"},"body":{"encoding":null,"base64_string":"` + packed(`{"id":"b1"}`) + `"}}},
		{"request":{"method":"GET","uri":"https://api.box.test/boxes/b%2F2","body":{"encoding":"utf-8","string":""},"headers":{}},
		 "response":{"status":{"code":404},"headers":{},"body":{"encoding":"utf-8","string":"gone"}}}]}`,
	"Ruby VCR": `---
http_interactions:
- request:
    method: post
    uri: https://api.box.test/boxes?dry=no
    body: {encoding: UTF-8, string: '{"size":12345678901234567890}'}
    headers: {Content-Type: [application/json]}
  response:
    status: {code: 201, message: Created}
    headers: {Content-Type: [application/json]}
    body: {encoding: UTF-8, string: '{"id":"b1"}'}
  recorded_at: Sun, 01 Mar 2026 10:00:00 GMT
- request: {method: get, uri: 'https://api.box.test/boxes/b%2F2', body: {encoding: US-ASCII, string: ''}, headers: {}}
  response: {status: {code: 404, message: ''}, headers: {}, body: {encoding: UTF-8, string: gone}}
recorded_with: VCR 6.2.0
`,
}

func TestFormats(t *testing.T) {
	want := []Step{
		{Method: "POST", Host: "api.box.test", Path: "/boxes", Query: "dry=no", Type: "application/json", Body: map[string]any{"size": json.Number("12345678901234567890")}, Status: 201, Response: map[string]any{"id": "b1"}},
		{Method: "GET", Host: "api.box.test", Path: "/boxes/b%2F2", Body: "", Status: 404, Response: "gone"},
	}
	for name, doc := range samples {
		r, err := Parse([]byte(doc))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range r.Steps {
			r.Steps[i].Sent, r.Steps[i].Header = nil, nil
		}
		if !reflect.DeepEqual(r.Steps, want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, r.Steps, want)
		}
	}
}

func TestForms(t *testing.T) {
	for name, doc := range map[string]string{
		"go-vcr": `{"version":1,"interactions":[{"request":{"url":"https://a.test/t","method":"POST","form":{"grant_type":["password"]},"headers":{}},"response":{"code":200,"body":""}}]}`,
		"HAR":    `{"log":{"entries":[{"request":{"url":"https://a.test/t","method":"POST","postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"grant_type","value":"password"}]}},"response":{"status":200}}]}}`,
	} {
		r, err := Parse([]byte(doc))
		if err != nil || r.Steps[0].Body != "grant_type=password" || !r.Steps[0].isForm() {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestBadRecordings(t *testing.T) {
	for doc, want := range map[string]string{
		``:               "no recording",
		`{}`:             "no recording",
		`[1]`:            "cannot unmarshal",
		`{"steps":3}`:    "steps is no list",
		`{"steps":[{}]}`: "step 0: it has no method",
		`{"steps":[{"method":"GET","path":"x","status":200}]}`: `its path is "x"`,
		`{"steps":[{"method":"GET","path":"/x"}]}`:             "its status is 0",
		`{"log":{}}`: "log.entries is no list",
		`{"interactions":[{"request":{"method":"GET","uri":"://"}}]}`:                                                                       "interaction 0:",
		`{"http_interactions":[{"request":{"method":"GET","uri":"/"},"response":{"status":{"code":200},"body":{"base64_string":"!"}}}]}`:    "not base64",
		`{"log":{"entries":[{"request":{"method":"GET","url":"/"},"response":{"status":200,"content":{"encoding":"base64","text":"!"}}}]}}`: "entry 0: its body is not base64",
		"interactions: [":  "yaml:",
		`{"steps": [{"m"`:  "unexpected EOF",
		"interactions: 12": "interactions is no list",
	} {
		if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", doc, err, want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for name, doc := range map[string]string{"b/two.yaml": samples["go-vcr v1"], "a/one.json": samples["ours"], "README.md": "not a recording"} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
		os.WriteFile(filepath.Join(dir, name), []byte(doc), 0o600)
	}
	recs, err := Read(dir)
	if err != nil || len(recs) != 2 || recs[0].Name != "boxes" || recs[0].Source != "hand" || recs[1].Name != "two" || recs[1].Source != "b" {
		t.Errorf("%+v, %v", recs, err)
	}
	os.WriteFile(filepath.Join(dir, "bad.har"), []byte("{"), 0o600)
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "bad.har") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

// FuzzParse holds that no file makes a reader panic, and that what it accepts can be played.
func FuzzParse(f *testing.F) {
	for _, doc := range samples {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b)
		if err != nil {
			return
		}
		o := newOrigin(&r)
		bound := newBindings()
		for i := range r.Steps {
			s := &r.Steps[i]
			if err := s.check(); err != nil {
				t.Fatalf("step %d was accepted although %v", i, err)
			}
			c := comparison{o: o, b: bound, svc: okta, step: i}
			res := Result{Want: s.Status, Got: s.Status, step: *s}
			c.compare(&res, s.Response, s.Header.Get("Content-Type"))
			if !res.Alike {
				t.Fatalf("step %d is not alike itself: %+v", i, res.Diffs)
			}
		}
	})
}
