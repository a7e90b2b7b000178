package gsheets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// section is what a seed says of Sheets: what is in spreadsheets that the seed has put into Drive, or that are made here; and what is in
// BigQuery for Connected Sheets to read.
type section struct {
	BigQuery     warehouse
	Spreadsheets []struct {
		Name, Owner      string // the owner by what stands before the @ of their address
		Locale, TimeZone string
		Sheets           []struct {
			Title string
			Rows  [][]any // as if they were typed
		}
		Requests []json.RawMessage // what else is to be done, as spreadsheets.batchUpdate has it; sheets have the ids 0, 1, 2 …
	}
}

// seed fills spreadsheets.
func (s *Sheets) seed(tc *twin.Call, _, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var se section
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&se); err != nil {
		return err
	}
	if err := s.stock(tc, se.BigQuery); err != nil {
		return err
	}
	ws, _ := s.Workspaces.Get(tc.Tx, "workspace")
	for _, x := range se.Spreadsheets {
		u, ok := s.ByEmail(tc.Tx, x.Owner+"@"+ws.Domain)
		if !ok {
			return fmt.Errorf("%s: there is nobody called %q", x.Name, x.Owner)
		}
		c := s.API.By(tc, u)
		f, ok := s.owned(c, x.Name)
		if !ok {
			var err error
			if f, err = s.Create(c, files.File{ID: identity.FileID(x.Owner+" "+x.Name, 44), Name: x.Name, Type: files.Spreadsheet}); err != nil {
				return err
			}
		}
		s.forget(c, f.ID)
		b := s.make(c, f)
		if x.Locale != "" {
			b.setLocale(x.Locale)
		}
		if x.TimeZone != "" {
			b.TimeZone = x.TimeZone
		}
		for i, sh := range x.Sheets {
			t := b.add(b.newSheet(i, sh.Title))
			for r, row := range sh.Rows {
				for k, v := range row {
					if text := fmt.Sprint(v); v != nil && text != "" {
						t.typed(r, k, text)
					}
				}
			}
		}
		if err := b.create(); err != nil {
			return err
		}
		if err := b.seedRequests(x.Requests); err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
	}
	return nil
}

// owned is the caller's spreadsheet of a name.
func (s *Sheets) owned(c *call, name string) (files.File, bool) {
	for f := range s.ByName.All(c.Tx, strings.ToLower(name)) {
		if f.Type == files.Spreadsheet && f.Owner == c.Who.User.ID {
			return f, true
		}
	}
	return files.File{}, false
}

// seedRequests does what a seed asks for in the words of batchUpdate.
func (b *book) seedRequests(raw []json.RawMessage) error {
	requests := make([]api.Request, len(raw))
	for i := range raw {
		if err := gapi.Bind(raw[i], &requests[i], false); err != nil {
			return err
		}
	}
	if _, err := b.apply(requests); err != nil {
		return err
	}
	return b.commit()
}
