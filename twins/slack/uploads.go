package slack

import (
	"errors"
	"image"
	_ "image/gif" // images whose size is looked at
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// contents are the bytes of a file, kept apart from it, and what they show at first sight.
type contents struct {
	Blob     string `json:"blob"`
	Size     int64  `json:"size"`
	Name     string `json:"name"` // that the uploader gave it
	Type     string `json:"type"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Animated bool   `json:"animated"`
	Preview  string `json:"preview"`
	Lines    int    `json:"lines"`
}

// keep stores what r yields, which no transaction waits for, and looks at it.
func (s *Slack) keep(r io.Reader, name string) (contents, error) {
	blobs := s.DB.Blobs()
	hash, size, err := blobs.Put(http.MaxBytesReader(nil, io.NopCloser(r), maxFile))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return contents{}, errFileUploadSizeRestricted
		}
		if errors.Is(err, store.ErrFull) {
			return contents{}, errStorageLimitReached
		}
		return contents{}, err
	}
	got := contents{Blob: hash, Size: size, Name: name}
	f, _, err := blobs.Open(hash)
	if err != nil {
		return contents{}, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	t := filetypeOf(name, head[:n])
	got.Type = t.id
	f.Seek(0, io.SeekStart)
	switch {
	case strings.HasPrefix(t.mime, "image/"):
		if cfg, _, err := image.DecodeConfig(f); err == nil {
			got.Width, got.Height, got.Animated = cfg.Width, cfg.Height, t.id == "gif"
		}
	case t.text && size <= maxSnippet:
		b, err := io.ReadAll(f)
		if err != nil {
			return contents{}, err
		}
		got.Preview, got.Lines = preview(b)
	}
	return got, nil
}

// previewLines is how many lines of a text a file shows.
const previewLines = 5

// preview is the beginning of a text, and how many lines it has.
func preview(b []byte) (string, int) {
	text := strings.ToValidUTF8(string(b), "\uFFFD")
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	lines := strings.Split(text, "\n")
	return strings.Join(lines[:min(len(lines), previewLines)], "\n"), len(lines)
}

// text is the text of a snippet.
func (s *Slack) text(f File) string {
	b, _, err := s.DB.Blobs().Open(f.Blob)
	if err != nil {
		return ""
	}
	defer b.Close()
	text, _ := io.ReadAll(io.LimitReader(b, maxSnippet))
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// receive keeps the parts of a call that are files, before its transaction begins; nothing of a call that will be refused
// for its token.
func (s *Slack) receive(r *twin.Request, m *method, a *arguments) error {
	if len(m.receives) == 0 || r.View(func(tc *twin.Call) error { return (&call{Call: tc, s: s, m: m, args: a}).authenticate() }) != nil {
		return nil
	}
	for _, name := range m.receives {
		var r io.Reader
		filename := a.form.Get("filename")
		if part, ok := a.file(name); ok {
			f, err := part.Open()
			if err != nil {
				return err
			}
			defer f.Close()
			r = f
			if filename == "" {
				filename = part.Filename
			}
		} else if text := a.text(name); text != "" && name == "content" {
			if len(text) > maxContent {
				return Error("post_contents_too_large")
			}
			r = strings.NewReader(text)
			if filename = a.text("filename"); filename == "" {
				filename = "-.txt"
			}
		} else {
			continue
		}
		got, err := s.keep(r, filename)
		if err != nil {
			return err
		}
		if a.received == nil {
			a.received = map[string]contents{}
		}
		a.received[name] = got
	}
	return nil
}

// uploadRoutes take the bytes of announced files.
//
// https://docs.slack.dev/messaging/working-with-files#upload
func (s *Slack) uploadRoutes() {
	op := s.Operation(&twin.Operation{ID: "upload", Method: http.MethodPost, Path: "/upload/v1/:ticket", Level: twin.Full})
	serve := func(ec echo.Context) error {
		ticket := ec.Param("ticket")
		return s.Serve(ec, op, ticket, func(r *twin.Request) (twin.Answer, error) {
			key := r.World.Unseal(ticket)
			var u Upload
			known := false
			r.View(func(c *twin.Call) error {
				u, known = s.uploads.Get(c.Tx, key)
				return nil
			})
			if !known {
				return plain(http.StatusNotFound, "Not Found", "upload_not_found"), nil
			}
			r.Actor = u.User
			got, err := s.body(ec.Request(), u.Name)
			switch {
			case errors.Is(err, errFileUploadSizeRestricted):
				return plain(http.StatusRequestEntityTooLarge, "File too large", "file_upload_size_restricted"), nil
			case errors.Is(err, errStorageLimitReached):
				return plain(http.StatusInsufficientStorage, "Storage limit reached", "storage_limit_reached"), nil
			case err != nil:
				return plain(http.StatusBadRequest, "Bad Request", "bad_request"), nil
			}
			err = r.Update(func(c *twin.Call) error {
				u, ok := s.uploads.Get(c.Tx, key)
				if !ok {
					return errFileNotFound // completed in the meantime
				}
				u.Contents = got
				s.uploads.Put(c.Tx, u)
				return nil
			})
			if err != nil {
				return plain(http.StatusNotFound, "Not Found", "upload_not_found"), nil
			}
			return plain(http.StatusOK, "OK - "+strconv.FormatInt(got.Size, 10), ""), nil
		})
	}
	s.Echo.POST("/upload/v1/:ticket", serve)
	s.Echo.PUT("/upload/v1/:ticket", serve)
}

func plain(status int, text, code string) twin.Answer {
	return twin.Answer{Status: status, Type: "text/plain; charset=utf-8", Body: []byte(text), Error: code}
}

var errNoFile = errors.New("the form has no file")

// body keeps what was sent to an upload URL: the whole body, or the file in a form.
func (s *Slack) body(r *http.Request, name string) (contents, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" || params["boundary"] == "" {
		return s.keep(r.Body, name)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return contents{}, err
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return contents{}, errNoFile
		}
		if err != nil {
			return contents{}, err
		}
		if part.FormName() == "file" || part.FormName() == "filename" || part.FileName() != "" {
			return s.keep(part, name)
		}
	}
}
