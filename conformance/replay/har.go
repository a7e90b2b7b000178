package replay

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// readHAR reads an HTTP Archive 1.2, as browsers and proxies write it. Entries that were never answered are left out.
//
// http://www.softwareishard.com/blog/har-12-spec/
func readHAR(doc map[string]any) (Recording, error) {
	var r Recording
	entries, err := list(object(doc["log"])["entries"], "log.entries")
	if err != nil {
		return r, err
	}
	for i, v := range entries {
		req, res := object(object(v)["request"]), object(object(v)["response"])
		if number(res["status"]) == 0 {
			continue
		}
		s := Step{Method: text(req["method"]), Status: number(res["status"]), Sent: pairs(req["headers"], http.CanonicalHeaderKey), Header: pairs(res["headers"], http.CanonicalHeaderKey)}
		post, content := object(req["postData"]), object(res["content"])
		if err := s.locate(text(req["url"])); err != nil {
			return r, fmt.Errorf("entry %d: %w", i, err)
		}
		if s.Type = text(post["mimeType"]); s.Type == "" {
			s.Type = s.Sent.Get("Content-Type")
		}
		s.Body = parseBody([]byte(text(post["text"])), nil, s.Type)
		if form := pairs(post["params"], asIs); s.Body == "" && len(form) > 0 {
			s.Body = url.Values(form).Encode()
		}
		answer, err := raw(text(content["text"]), strings.EqualFold(text(content["encoding"]), "base64"))
		if err != nil {
			return r, fmt.Errorf("entry %d: %w", i, err)
		}
		s.Response = parseBody(answer, s.Header, text(content["mimeType"]))
		if err := s.check(); err != nil {
			return r, fmt.Errorf("entry %d: %w", i, err)
		}
		r.Steps = append(r.Steps, s)
	}
	return r, nil
}

// pairs reads [{"name","value"}].
func pairs(v any, canonical func(string) string) map[string][]string {
	m := map[string][]string{}
	l, _ := v.([]any)
	for _, one := range l {
		name := canonical(text(object(one)["name"]))
		m[name] = append(m[name], text(object(one)["value"]))
	}
	return m
}

func asIs(name string) string { return name }
