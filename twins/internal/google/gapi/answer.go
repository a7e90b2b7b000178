package gapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// An Answer is what goes back when it is not 200 and JSON.
type Answer struct {
	Status int // 200 if zero
	Type   string
	Body   []byte
	Header http.Header
	Stream func(echo.Context) error
}

// encode writes an answer the way Google does.
func (a *API) encode(c *Call, out any, err error) (twin.Answer, error) {
	res := twin.Answer{Type: "application/json; charset=UTF-8", Header: http.Header{
		"Vary": {"Origin, X-Origin, Referer"}, "Cache-Control": {"private"}, "X-Content-Type-Options": {"nosniff"}, "X-Frame-Options": {"SAMEORIGIN"}, "X-Xss-Protection": {"0"}, "Server": {"ESF"},
	}}
	if c != nil {
		for k, v := range c.More {
			res.Header[k] = v
		}
	}
	if refused := (*Refusal)(nil); errors.As(err, &refused) {
		res.Status, res.Error = refused.Code, refused.code()
		for k, v := range refused.Header {
			res.Header[k] = v
		}
		out = refused.body(a.older)
	} else if x, ok := out.(Answer); ok {
		for k, v := range x.Header {
			res.Header[k] = v
		}
		res.Status, res.Type, res.Body, res.Stream = x.Status, x.Type, x.Body, x.Stream
		return res, nil
	} else if out == nil {
		res.Status, res.Type = http.StatusNoContent, ""
		return res, nil
	}
	var m *Mask // of what is no refusal
	if c != nil && err == nil {
		m = c.Mask
	}
	if res.Body, err = m.Append(make([]byte, 0, 2048), out); err != nil {
		return res, err
	}
	if c != nil && !strings.EqualFold(c.Query.Get("prettyPrint"), "false") {
		res.Body = pretty(res.Body)
	}
	if c != nil && compresses(c.R.Echo.Request()) {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		z.Write(res.Body)
		z.Close()
		res.Body, res.Header["Content-Encoding"] = b.Bytes(), []string{"gzip"}
	}
	return res, nil
}

// compresses reports whether a client wants its answer compressed, which Google believes of one that says so twice.
//
// https://developers.google.com/drive/api/guides/performance#gzip
func compresses(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && strings.Contains(r.Header.Get("User-Agent"), "gzip")
}

// refuseFault is how Google says what a fault asks for.
func (a *API) refuseFault(r *twin.Request, f twin.Fault) twin.Answer {
	code := f.Status
	if code == 0 {
		code = http.StatusServiceUnavailable
	}
	refused := Refuse(code, "%s", map[int]string{
		403: "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota, you may consider re-evaluating expected per-user traffic to the API and adjust project quota limits accordingly.",
		429: "Quota exceeded.", 500: "Internal error encountered.", 503: "The service is currently unavailable.",
	}[code])
	if refused.Message == "" {
		refused.Message = http.StatusText(code)
	}
	if code == 403 && a.older {
		refused.Reason, refused.Domain = "userRateLimitExceeded", "usageLimits"
	}
	if f.Error != "" {
		refused.Reason, refused.Status = f.Error, f.Error
	}
	out, _ := a.encode(nil, nil, refused)
	return out
}
