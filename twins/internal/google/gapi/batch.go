package gapi

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

const (
	maxBatch = 1000 // calls of one batch
	maxInner = 8000 // characters of the address of one of them
)

var (
	errNotInBatch = Because(http.StatusNotFound, "notFound", "Not Found")
	errSoftLimit  = Because(http.StatusForbidden, "forbidden", "Exceeds allowed inner batch requests soft limit. Please retry.")
	errInnerLong  = Because(http.StatusRequestURITooLong, "badRequest", "Request-URI Too Large")
)

// batched is what the context of a call has that is part of a batch: the path of the batch.
type batched struct{}

// Batch serves many calls in one request: each part of the body is a request, and each part of the answer is its answer.
// A call that is refused does not hold up the others; those after the first soft ones are refused. APIs whose batches have
// the same path share them; a call of another API is refused, as are uploads, and batches in batches.
//
// https://developers.google.com/drive/api/guides/performance#batch-requests
func (a *API) Batch(path string, soft int) {
	a.batch = path
	op := a.Operation(&twin.Operation{ID: a.name + ".batch", Method: http.MethodPost, Path: path, Level: twin.Full})
	a.Echo.POST(path, func(ec echo.Context) error {
		return a.Serve(ec, op, ec.QueryParam("key"), func(r *twin.Request) (twin.Answer, error) {
			if ec.Request().Context().Value(batched{}) != nil {
				return a.encode(nil, nil, errNotInBatch)
			}
			kind, params, err := mime.ParseMediaType(ec.Request().Header.Get("Content-Type"))
			if err != nil || !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
				return a.encode(nil, nil, Because(400, "badRequest", "Failed to parse batch request, error: Content-Type of batch request must be multipart/mixed with a boundary."))
			}
			in := multipart.NewReader(io.LimitReader(ec.Request().Body, maxBody), params["boundary"])
			var out bytes.Buffer
			w := multipart.NewWriter(&out)
			w.SetBoundary("batch_" + params["boundary"])
			for n := 0; ; n++ {
				part, err := in.NextRawPart()
				if err == io.EOF {
					if n == 0 {
						return a.encode(nil, nil, Because(400, "badRequest", "Failed to parse batch request, error: 0 items. Received batch body: (0) bytes redacted"))
					}
					break
				}
				if err != nil {
					return a.encode(nil, nil, Because(400, "badRequest", "Failed to parse batch request, error: %v.", err))
				}
				if n == maxBatch {
					return a.encode(nil, nil, Because(400, "badRequest", "The batch request could not be processed; batches may contain at most %d calls.", maxBatch))
				}
				var refused error
				if n >= soft {
					refused = errSoftLimit
				}
				a.one(ec.Request(), r.World, part, w, refused)
			}
			w.Close()
			return twin.Answer{Type: "multipart/mixed; boundary=" + w.Boundary(), Body: out.Bytes()}, nil
		})
	})
}

// one makes the call that a part of a batch holds, unless it is refused.
func (a *API) one(outer *http.Request, w *twin.World, part *multipart.Part, out *multipart.Writer, refused error) {
	header := textproto.MIMEHeader{"Content-Type": {"application/http"}}
	if id, bracket := strings.CutPrefix(part.Header.Get("Content-ID"), "<"); bracket {
		header["Content-ID"] = []string{"<response-" + id}
	} else if id != "" {
		header["Content-ID"] = []string{"response-" + id}
	}
	answer, _ := out.CreatePart(header)
	rec := httptest.NewRecorder()
	r, err := inner(outer, part)
	if refused == nil {
		refused = err
	}
	if refused != nil {
		res, _ := a.encode(nil, nil, refused)
		rec.Header().Set("Content-Type", res.Type)
		rec.WriteHeader(res.Status)
		rec.Write(res.Body)
	} else {
		r.Header.Set(twin.WorldHeader, w.Name())
		a.Echo.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), batched{}, a.batch)))
	}
	fmt.Fprintf(answer, "HTTP/1.1 %d %s\r\n", rec.Code, http.StatusText(rec.Code))
	rec.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
	rec.Header().Write(answer)
	io.WriteString(answer, "\r\n")
	answer.Write(rec.Body.Bytes())
}

// inner is the request that a part of a batch holds. Its address may be a path alone. It has the headers of the batch, but
// for those that it brings itself; its answer is never compressed, for the batch's is.
func inner(outer *http.Request, part *multipart.Part) (*http.Request, error) {
	raw, err := io.ReadAll(part)
	if err != nil {
		return nil, notACall("%v", err)
	}
	lines := bufio.NewReader(bytes.NewReader(raw))
	first, err := lines.ReadString('\n')
	if err != nil && first == "" {
		return nil, notACall("it is empty")
	}
	method, rest, _ := strings.Cut(strings.TrimSpace(first), " ")
	target, _, _ := strings.Cut(rest, " ")
	u, err := url.Parse(target)
	if err != nil || method == "" || !strings.HasPrefix(u.Path, "/") {
		return nil, notACall("%q is not the first line of a request", strings.TrimSpace(first))
	}
	if len(target) > maxInner {
		return nil, errInnerLong
	}
	header, err := textproto.NewReader(lines).ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return nil, notACall("%v", err)
	}
	body, _ := io.ReadAll(lines) // it is in memory
	r, err := http.NewRequestWithContext(outer.Context(), method, u.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, notACall("%v", err)
	}
	r.Host, r.TLS, r.RemoteAddr = outer.Host, outer.TLS, outer.RemoteAddr
	for k, v := range outer.Header {
		if !strings.HasPrefix(k, "Content-") {
			r.Header[k] = v
		}
	}
	for k, v := range header {
		r.Header[k] = v
	}
	r.Header.Del("Accept-Encoding")
	return r, nil
}

func notACall(format string, args ...any) error {
	return Because(http.StatusBadRequest, "badRequest", "Failed to parse the call of a batch: %s.", fmt.Sprintf(format, args...))
}

// Overridden lets a client that cannot send every method say which it means, and send a long query as a form.
func Overridden(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		r := ec.Request()
		method := strings.ToUpper(r.Header.Get("X-HTTP-Method-Override"))
		if method == "" || r.Method != http.MethodPost {
			return next(ec)
		}
		r.Method = method
		if method == http.MethodGet && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			form, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
			if len(form) > 0 {
				r.URL.RawQuery = strings.Trim(r.URL.RawQuery+"&"+string(form), "&")
			}
			r.Body, r.ContentLength = http.NoBody, 0
		}
		return next(ec)
	}
}
