package check

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Google is the workspace: Drive, Sheets and Docs.
type Google struct {
	Files  []File                                              `expr:"files"`
	Drives []Drive                                             `expr:"drives"`
	File   func(name string) (File, error)                     `expr:"file"`
	Drive  func(name string) (Drive, error)                    `expr:"drive"`
	Doc    func(name string) (string, error)                   `expr:"doc"`  // the text of a document
	Rows   func(book, sheet string) ([][]any, error)           `expr:"rows"` // the cells of a sheet
	Cell   func(book, sheet string, row, col int) (any, error) `expr:"cell"` // both from 1
	Find   func(book, sheet string, first any) ([]any, error)  `expr:"row"`  // the row that begins with something
}

// A File is a file or folder.
type File struct {
	ID       string         `expr:"id"`
	Name     string         `expr:"name"`
	Type     string         `expr:"type"`   // MIME type
	Owner    string         `expr:"owner"`  // handle; nobody's in a shared drive
	Drive    string         `expr:"drive"`  // name of the shared drive that it is in
	Folder   string         `expr:"folder"` // name of what it is in
	Trashed  bool           `expr:"trashed"`
	Text     string         `expr:"text"`   // the beginning of one that is text
	Access   map[string]any `expr:"access"` // role by handle, group:HANDLE, domain or anyone: its own permissions, not those of its folder
	Comments []string       `expr:"comments"`
}

// A Drive is a shared drive.
type Drive struct {
	ID      string         `expr:"id"`
	Name    string         `expr:"name"`
	Members map[string]any `expr:"members"` // role by handle or group:HANDLE
}

// The records as the twins keep them, as far as the views need them.
type (
	googleUser  struct{ ID, Email string }
	googleGroup struct{ ID, Email, Name string }
	driveFile   struct {
		ID, Name, Type, Parent, Drive, Owner string
		Trashed                              int64
		Content                              *struct{ Words string }
	}
	drive      struct{ ID, Name string }
	permission struct {
		File, ID, Type, Email, Domain string
		Role                          int
	}
	driveComment struct {
		File, ID, By, Text string
		Deleted            bool
	}
	sheet struct {
		Book, Title string
		ID, Index   int
		Blocks      []struct{ Block, Rows int }
	}
	block struct {
		Book  string
		Sheet int
		ID    int
		Rows  []json.RawMessage
	}
	document struct {
		ID      string
		Content struct{ Tabs []any }
	}
)

var roles = []string{"", "reader", "commenter", "writer", "fileOrganizer", "organizer", "owner"}

func (st *State) googleUsers() naming {
	return names(st, "google.users", func(u *googleUser) (string, string) { return u.ID, st.handle(u.Email) })
}

func (st *State) files() naming {
	return names(st, "gdrive.files", func(f *driveFile) (string, string) { return f.ID, f.Name })
}

func (st *State) drives() naming {
	return names(st, "gdrive.drives", func(d *drive) (string, string) { return d.ID, d.Name })
}

func (st *State) google() Google {
	return Google{
		File: func(name string) (File, error) {
			f, err := st.fileNamed(name, "")
			if err != nil {
				return File{}, err
			}
			return st.file(f), nil
		},
		Drive: func(name string) (Drive, error) {
			for d := range records[drive](st, "gdrive.drives") {
				if d.Name == name {
					return Drive{d.ID, d.Name, st.access(d.ID)}, nil
				}
			}
			return Drive{}, st.none("there is no shared drive %q", name)
		},
		Doc: func(name string) (string, error) {
			f, err := st.fileNamed(name, "application/vnd.google-apps.document")
			if err != nil {
				return "", err
			}
			for d := range records[document](st, "gdocs.documents") {
				if d.ID == f.ID {
					return docText(d.Content.Tabs), nil
				}
			}
			return "", st.none("the document %q has no text", name)
		},
		Rows: st.rows,
		Cell: func(book, sheet string, row, col int) (any, error) {
			rows, err := st.rows(book, sheet)
			if err != nil || row < 1 || row > len(rows) || col < 1 || col > len(rows[row-1]) {
				return nil, err
			}
			return rows[row-1][col-1], nil
		},
		Find: func(book, sheet string, first any) ([]any, error) {
			rows, err := st.rows(book, sheet)
			for _, r := range rows {
				if len(r) > 0 && fmt.Sprint(r[0]) == fmt.Sprint(first) {
					return r, nil
				}
			}
			if err == nil {
				err = st.none("no row of %s in %q begins with %v", sheet, book, first)
			}
			return nil, err
		},
	}
}

// fileNamed is the newest file of that name, and kind, that is not in the trash.
func (st *State) fileNamed(name, kind string) (*driveFile, error) {
	var found *driveFile
	for f := range records[driveFile](st, "gdrive.files") {
		if f.Name == name && (kind == "" || f.Type == kind) && (found == nil || found.Trashed != 0) {
			found = f
		}
	}
	if found == nil {
		return nil, st.none("there is no file %q", name)
	}
	return found, nil
}

func (st *State) file(f *driveFile) File {
	v := File{ID: f.ID, Name: f.Name, Type: f.Type, Owner: st.googleUsers().of(f.Owner), Drive: st.drives().of(f.Drive), Folder: st.files().of(f.Parent), Trashed: f.Trashed != 0, Access: st.access(f.ID)}
	if f.Content != nil {
		v.Text = f.Content.Words
	}
	for _, c := range grouped(st, "gdrive.comments", "file", func(c *driveComment) string { return c.File })[f.ID] {
		if !c.Deleted {
			v.Comments = append(v.Comments, c.Text)
		}
	}
	return v
}

func (st *State) access(file string) map[string]any {
	m := map[string]any{}
	for _, p := range grouped(st, "gdrive.permissions", "file", func(p *permission) string { return p.File })[file] {
		m[st.holder(p)] = roles[p.Role]
	}
	return m
}

// holder is whom a permission is for.
func (st *State) holder(p *permission) string {
	switch p.Type {
	case "user":
		return st.handle(p.Email)
	case "group":
		return "group:" + st.handle(p.Email)
	}
	return p.Type
}

func (st *State) rows(book, title string) ([][]any, error) {
	f, err := st.fileNamed(book, "application/vnd.google-apps.spreadsheet")
	if err != nil {
		return nil, err
	}
	for s := range records[sheet](st, "gsheets.sheets") {
		if s.Book != f.ID || s.Title != title {
			continue
		}
		blocks := map[int][]json.RawMessage{}
		for b := range records[block](st, "gsheets.blocks") {
			if b.Book == s.Book && b.Sheet == s.ID {
				blocks[b.ID] = b.Rows
			}
		}
		var rows [][]any
		for _, part := range s.Blocks {
			have := blocks[part.Block]
			for i := range part.Rows {
				var row []any
				if part.Block != 0 && i < len(have) {
					row = cells(have[i])
				}
				rows = append(rows, row)
			}
		}
		return rows, nil
	}
	return nil, st.none("the spreadsheet %q has no sheet %q", book, title)
}

// cells are the values of a stored row.
func cells(raw json.RawMessage) []any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	if m, ok := v.(map[string]any); ok {
		v = m["cells"]
	}
	row, _ := v.([]any)
	for i, c := range row {
		if m, ok := c.(map[string]any); ok {
			row[i] = m["v"]
		}
	}
	return row
}

// docText is the text of a document's tabs, without what is only suggested.
func docText(v any) string {
	switch v := v.(type) {
	case []any:
		var b strings.Builder
		for _, x := range v {
			b.WriteString(docText(x))
		}
		return b.String()
	case map[string]any:
		if mark, ok := v["mark"].(map[string]any); ok && mark["insert"] != nil {
			return ""
		}
		if t, ok := v["t"].(string); ok {
			return t
		}
		s := ""
		for _, k := range []string{"p", "e", "table", "rows", "cells", "content", "body", "tabs"} {
			s += docText(v[k])
		}
		return s
	}
	return ""
}
