package replay

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// readCassette reads the interactions of the VCR family, which differ in small things:
//
//	go-vcr v1, v2, v3  request {url, method, headers, body, form}; response {code, status: "200 OK", headers, body}
//	VCR.py             request {uri, method, headers, body}; response {status: {code, message}, headers, body: {string}}
//	betamax, Ruby VCR  request {uri, method, headers, body: {encoding, string | base64_string}}; response {status: {code, message}, headers, body: likewise}
func readCassette(interactions any) (Recording, error) {
	var r Recording
	all, err := list(interactions, "interactions")
	if err != nil {
		return r, err
	}
	for i, v := range all {
		s, err := readInteraction(object(v))
		if err != nil {
			return r, fmt.Errorf("interaction %d: %w", i, err)
		}
		r.Steps = append(r.Steps, s)
	}
	return r, nil
}

func readInteraction(m map[string]any) (Step, error) {
	req, res := object(m["request"]), object(m["response"])
	s := Step{Method: text(req["method"]), Sent: headers(req["headers"]), Header: headers(res["headers"])}
	at := text(req["uri"])
	if at == "" {
		at = text(req["url"])
	}
	if err := s.locate(at); err != nil {
		return s, err
	}
	s.Type = s.Sent.Get("Content-Type")
	var err error
	if s.Body, err = bodyOf(req, s.Sent); err != nil {
		return s, err
	}
	if form := manifold(req["form"]); s.Body == "" && len(form) > 0 {
		s.Body = url.Values(form).Encode()
	}
	if s.Response, err = bodyOf(res, s.Header); err != nil {
		return s, err
	}
	switch status := res["status"].(type) {
	case map[string]any:
		s.Status = number(status["code"])
	default:
		if s.Status = number(res["code"]); s.Status == 0 {
			s.Status = number(status) // "200 OK"
		}
	}
	if s.Status == 0 {
		s.Status = number(res["status_code"])
	}
	return s, s.check()
}

// bodyOf reads the body of a request or an answer: text, or {string} or {base64_string}.
func bodyOf(m map[string]any, h http.Header) (any, error) {
	var b []byte
	var err error
	switch v := m["body"].(type) {
	case map[string]any:
		if coded, ok := v["base64_string"]; ok {
			b, err = raw(text(coded), true)
		} else {
			b, err = raw(text(v["string"]), strings.EqualFold(text(v["encoding"]), "base64"))
		}
	default:
		b, err = raw(text(v), false)
	}
	if err != nil {
		return nil, err
	}
	return parseBody(b, h, h.Get("Content-Type")), nil
}
