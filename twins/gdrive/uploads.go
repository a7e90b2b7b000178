package gdrive

import "twinset.dev/twins/internal/google/files"

// media is content that has come with a request.
type media struct {
	Content *files.Content
	Type    string
	Bytes   []byte
}
