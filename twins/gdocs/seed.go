package gdocs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/convert"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// section is what a seed says of Docs: what is in documents that the seed has put into Drive, or that are made here.
type section struct {
	Documents []struct {
		Name, Owner string // the owner by what stands before the @ of their address
		Markdown    string
		Requests    []json.RawMessage // what else is to be done, as documents.batchUpdate has it
		Suggestions []struct {
			By       string
			Requests []json.RawMessage
		}
	}
}

// seed fills documents.
func (s *Docs) seed(tc *twin.Call, _, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var se section
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&se); err != nil {
		return err
	}
	ws, _ := s.Workspaces.Get(tc.Tx, "workspace")
	for _, x := range se.Documents {
		c, err := s.seeding(tc, x.Owner, ws.Domain)
		if err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
		f, ok := s.owned(c, x.Name)
		if !ok {
			if f, err = s.Create(c, files.File{ID: identity.FileID(x.Owner+" "+x.Name, 44), Name: x.Name, Type: files.Document}); err != nil {
				return err
			}
		}
		if x.Markdown != "" {
			if err := s.Import(c, f, convert.Markdown, []byte(x.Markdown)); err != nil {
				return err
			}
		}
		if err := s.seedRequests(c, f, false, x.Requests); err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
		for _, y := range x.Suggestions {
			by, err := s.seeding(tc, y.By, ws.Domain)
			if err == nil {
				err = s.seedRequests(by, f, true, y.Requests)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", x.Name, err)
			}
		}
	}
	return nil
}

// seeding is a call in somebody's name.
func (s *Docs) seeding(tc *twin.Call, who, domain string) (*call, error) {
	u, ok := s.ByEmail(tc.Tx, who+"@"+domain)
	if !ok {
		return nil, fmt.Errorf("there is nobody called %q", who)
	}
	return s.API.By(tc, u), nil
}

// owned is the caller's newest document of a name.
func (s *Docs) owned(c *call, name string) (files.File, bool) {
	for f := range s.ByOwner.All(c.Tx, c.Who.User.ID) {
		if f.Type == files.Document && strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return files.File{}, false
}

// seedRequests does what a seed asks for in the words of batchUpdate.
func (s *Docs) seedRequests(c *call, f files.File, suggest bool, raw []json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	requests := make([]api.Request, len(raw))
	for i := range raw {
		if err := gapi.Bind(raw[i], &requests[i], false); err != nil {
			return err
		}
	}
	d, _ := s.docs.Get(c.Tx, f.ID)
	content, _, err := document.Apply(d.Content, s.context(c, f, files.Writer, suggest, nil), requests)
	if err != nil {
		return err
	}
	d.Content, d.Revision = content, newRevision(c)
	s.docs.Put(c.Tx, d)
	return nil
}
