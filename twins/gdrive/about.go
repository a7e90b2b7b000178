package gdrive

import (
	"slices"
	"strconv"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) aboutOperations() {
	d.On(twin.Full, "about.get", d.aboutGet).Answers(api.About{}, "")
}

var errFieldsRequired = gapi.Because(400, "required", "The 'fields' parameter is required for this method.").At("fields")

// Limits of uploads and of storage, in bytes.
const (
	maxUpload    = 5 << 40
	storageLimit = 30 << 30
)

// maxImports are how large what is converted may be.
var maxImports = obj{
	files.Document: "10485760", files.Spreadsheet: "104857600", "application/vnd.google-apps.presentation": "104857600", "application/vnd.google-apps.drawing": "2097152",
}

// aboutGet answers who the caller is, what they have and what Drive can do.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/about/get
func (d *Drive) aboutGet(c *call) (any, error) {
	if c.Q("fields") == "" {
		return nil, errFieldsRequired
	}
	out := obj{"kind": "drive#about", "maxImportSizes": maxImports, "maxUploadSize": strconv.Itoa(maxUpload), "appInstalled": false}
	member := c.Who.User.Domain != ""
	out["canCreateDrives"], out["canCreateTeamDrives"] = member, member
	palette := make([]any, len(colors))
	for i, c := range colors {
		palette[i] = c
	}
	out["folderColorPalette"] = palette
	list := make([]any, len(themes))
	for i, t := range themes {
		list[i] = obj{"id": t.id, "colorRgb": t.color, "backgroundImageLink": c.Link + "/drive-themes/" + t.id}
	}
	out["driveThemes"], out["teamDriveThemes"] = list, list
	if c.Mask.Has("user") {
		out["user"] = d.person(c, c.Who.User.ID)
	}
	if c.Mask.Has("storageQuota") {
		out["storageQuota"] = d.quota(c)
	}
	out["importFormats"], out["exportFormats"] = d.formats()
	return out, nil
}

// quota is what the caller's files take.
func (d *Drive) quota(c *call) obj {
	var used, trashed int64
	for row := range d.ByOwner.Rows(c.Tx, within(c.Who.User.ID)) {
		n := d.quotaOf(c, *row.Value())
		if used += n; n > 0 && d.Trashed(c.Tx, *row.Value()) {
			trashed += n
		}
	}
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	return obj{"limit": text(storageLimit), "usage": text(used), "usageInDrive": text(used), "usageInDriveTrash": text(trashed)}
}

// formats are the types that files of Google's own can be made of, and that they can be written as.
func (d *Drive) formats() (imports, exports obj) {
	imports, exports = obj{}, obj{}
	natives := make([]string, 0, len(d.Editors))
	for native := range d.Editors {
		natives = append(natives, native)
	}
	slices.Sort(natives)
	for _, native := range natives {
		e := d.Editors[native]
		for _, from := range e.Imports() {
			l, _ := imports[from].([]any)
			imports[from] = append(l, native)
		}
		to := []any{}
		for _, mime := range e.Exports() {
			to = append(to, mime)
		}
		exports[native] = to
	}
	return imports, exports
}
