package gapi

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// maxBatch is how many calls a batch may hold.
const maxBatch = 100

// Batch serves many calls in one request: each part of the body is a request, and each part of the answer is its answer.
// A call that is refused does not hold up the others.
//
// https://developers.google.com/drive/api/guides/performance#batch-requests
func (a *API) Batch(path string) {
	op := a.Operation(&twin.Operation{ID: a.name + ".batch", Method: http.MethodPost, Path: path, Level: twin.Full})
	a.Echo.POST(path, func(ec echo.Context) error {
		return a.Serve(ec, op, ec.QueryParam("key"), func(r *twin.Request) (twin.Answer, error) {
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
				a.one(ec.Request(), r.World, part, w)
			}
			w.Close()
			return twin.Answer{Type: "multipart/mixed; boundary=" + w.Boundary(), Body: out.Bytes()}, nil
		})
	})
}

// one makes the call that a part of a batch holds. It has the headers of the batch, but for those that it brings itself.
func (a *API) one(outer *http.Request, w *twin.World, part *multipart.Part, out *multipart.Writer) {
	header := textproto.MIMEHeader{"Content-Type": {"application/http"}}
	if id := part.Header.Get("Content-ID"); id != "" {
		header.Set("Content-ID", "<response-"+strings.TrimPrefix(id, "<"))
	}
	answer, _ := out.CreatePart(header)
	rec := httptest.NewRecorder()
	if r, err := inner(outer, part); err != nil {
		res, _ := a.encode(nil, nil, Because(400, "badRequest", "Failed to parse the call of a batch: %v.", err))
		rec.Header().Set("Content-Type", res.Type)
		rec.WriteHeader(res.Status)
		rec.Write(res.Body)
	} else {
		r.Header.Set(twin.WorldHeader, w.Name())
		a.Echo.ServeHTTP(rec, r)
	}
	fmt.Fprintf(answer, "HTTP/1.1 %d %s\r\n", rec.Code, http.StatusText(rec.Code))
	rec.Header().Write(answer)
	fmt.Fprintf(answer, "Content-Length: %d\r\n\r\n", rec.Body.Len())
	answer.Write(rec.Body.Bytes())
}

// inner is the request that a part of a batch holds. Its address may be a path alone.
func inner(outer *http.Request, part *multipart.Part) (*http.Request, error) {
	raw, err := io.ReadAll(part)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewReader(bytes.NewReader(raw))
	first, err := lines.ReadString('\n')
	if err != nil && first == "" {
		return nil, fmt.Errorf("it is empty")
	}
	method, rest, _ := strings.Cut(strings.TrimSpace(first), " ")
	target, _, _ := strings.Cut(rest, " ")
	u, err := url.Parse(target)
	if err != nil || method == "" || !strings.HasPrefix(u.Path, "/") {
		return nil, fmt.Errorf("%q is not the first line of a request", strings.TrimSpace(first))
	}
	header, err := textproto.NewReader(lines).ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return nil, err
	}
	body, err := io.ReadAll(lines)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(outer.Context(), method, u.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Host, r.TLS, r.RemoteAddr = outer.Host, outer.TLS, outer.RemoteAddr
	for k, v := range outer.Header {
		if !strings.HasPrefix(k, "Content-") && k != "Accept-Encoding" {
			r.Header[k] = v
		}
	}
	for k, v := range header {
		r.Header[k] = v
	}
	return r, nil
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
