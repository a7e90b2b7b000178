package gapi

import "slices"

// perFile is the scope that reaches only files which the app itself has made or opened.
const perFile = "https://www.googleapis.com/auth/drive.file"

// widths are the scopes of the Workspace, the least first. What is not among them is least: it is for one purpose.
//
// https://developers.google.com/workspace/drive/api/guides/api-specific-auth
var widths = []string{
	perFile, "https://www.googleapis.com/auth/drive.metadata.readonly", "https://www.googleapis.com/auth/spreadsheets.readonly", "https://www.googleapis.com/auth/documents.readonly",
	"https://www.googleapis.com/auth/drive.readonly", "https://www.googleapis.com/auth/drive.metadata", "https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/documents",
	"https://www.googleapis.com/auth/drive",
}

// special are scopes that open a part of what an operation does, which nobody can tell from the operation.
var special = []string{"https://www.googleapis.com/auth/drive.appdata", "https://www.googleapis.com/auth/drive.apps.readonly", "https://www.googleapis.com/auth/drive.scripts",
	"https://www.googleapis.com/auth/drive.meet.readonly", "https://www.googleapis.com/auth/drive.photos.readonly"}

// measure orders an operation's scopes: all of them, and those that reach files of others.
func (op *Operation) measure() {
	op.near = slices.DeleteFunc(slices.Clone(op.Scopes), func(s string) bool { return len(op.Scopes) > 1 && slices.Contains(special, s) })
	slices.SortStableFunc(op.near, func(a, b string) int { return slices.Index(widths, a) - slices.Index(widths, b) })
	op.far = slices.DeleteFunc(slices.Clone(op.near), func(s string) bool { return len(op.near) > 1 && s == perFile })
}

// needs notes which scopes the call has taken.
func (c *Call) needs() {
	if c.Far || c.Op.lists {
		c.R.Need(c.Op.far)
	} else {
		c.R.Need(c.Op.near)
	}
}
