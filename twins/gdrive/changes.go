package gdrive

import (
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) changesOperations() {
	d.On(twin.Full, "changes.getStartPageToken", d.changesGetStartPageToken).Answers(api.StartPageToken{}, "")
	d.On(twin.Full, "changes.list", d.changesList).Answers(api.ChangeList{}, "kind,nextPageToken,newStartPageToken,changes(kind,changeType,type,removed,fileId,file("+normal+"),driveId,drive,time,teamDriveId,teamDrive)").
		Noted("a file that moves from somebody's My Drive to a shared drive is not told as removed from their own changes, with includeCorpusRemovals or without")
	d.On(twin.Full, "changes.watch", d.changesWatch).Answers(api.Channel{}, "")
}

// logged is whose changes a call is about: the caller's, or those of a shared drive.
func (d *Drive) logged(c *call) (string, error) {
	id := c.Q("driveId")
	if t := c.Q("teamDriveId"); id == "" {
		id = t
	}
	all := c.QTrue("supportsAllDrives")
	all = c.QTrue("supportsTeamDrives") || all
	switch {
	case id == "":
		return "", nil
	case !all:
		return "", gapi.Because(403, "teamDrivesNotSupported", "The attempted operation requires shared drive support. The query parameter supportsAllDrives must be set to true.").At("supportsAllDrives")
	case d.DriveRole(c, id) == files.None:
		return "", gapi.Because(404, "notFound", "Shared drive not found: %s", id).At("driveId")
	}
	return id, nil
}

// changesGetStartPageToken answers where the changes begin that have not happened yet.
//
// https://developers.google.com/drive/api/reference/rest/v3/changes/getStartPageToken
func (d *Drive) changesGetStartPageToken(c *call) (any, error) {
	if _, err := d.logged(c); err != nil {
		return nil, err
	}
	return obj{"kind": "drive#startPageToken", "startPageToken": decimal(d.Last(c.Tx, files.Changed) + 1)}, nil
}

// from reads the place in the changes at which a caller goes on.
func (d *Drive) from(c *call) (int64, error) {
	s := c.Q("pageToken")
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case s == "":
		return 0, gapi.Because(400, "required", "Required parameter: pageToken").At("pageToken")
	case err != nil || n < 1 || n > d.Last(c.Tx, files.Changed)+1:
		return 0, gapi.Because(400, "invalid", "Invalid Value").At("pageToken")
	}
	return n, nil
}

// changesList lists what has changed since a token was given, each file and drive once and as it is now.
//
// https://developers.google.com/drive/api/reference/rest/v3/changes/list
func (d *Drive) changesList(c *call) (any, error) {
	drive, err := d.logged(c)
	if err != nil {
		return nil, err
	}
	from, err := d.from(c)
	if err != nil {
		return nil, err
	}
	size, err := c.QInt("pageSize", 100, 1, 1000)
	if err != nil {
		return nil, err
	}
	then := c.Past()
	last := d.Last(then.Tx, files.Changed)
	latest := map[string]int64{} // only the latest change of anything is told
	for n, ch := range d.Since(then.Tx, from) {
		latest[ch.File+" "+ch.Drive+ch.Type] = n
	}
	m := c.Mask.Sub("changes")
	out := obj{"kind": "drive#changeList"}
	items := []any{}
	for n, ch := range d.Since(then.Tx, from) {
		if latest[ch.File+" "+ch.Drive+ch.Type] != n {
			continue
		}
		v, ok := d.changeView(c, ch, drive, m)
		if !ok {
			continue
		}
		if len(items) == size {
			out["changes"], out["nextPageToken"] = items, decimal(n)
			return out, nil
		}
		items = append(items, v)
	}
	out["changes"], out["newStartPageToken"] = items, decimal(max(last+1, from)) // a token of now may be ahead of a feed that lags
	return out, nil
}

// changeView is a change as the caller sees it; false if it is none of their business, or not what they ask for.
func (d *Drive) changeView(c *call, ch files.Change, drive string, m *gapi.Mask) (obj, bool) {
	v := obj{"kind": "drive#change", "changeType": ch.Type, "type": ch.Type, "time": stamp(ch.At), "removed": false}
	if ch.Type == "drive" {
		v["driveId"] = ch.Drive
		x, ok := d.Drives.Get(c.Tx, ch.Drive)
		switch {
		case drive != "" && drive != ch.Drive:
			return nil, false
		case !c.QTrue("includeItemsFromAllDrives") && !c.QTrue("includeTeamDriveItems"):
			return nil, false
		case ok && d.DriveRole(c, ch.Drive) != files.None:
			if m.Has("drive") {
				v["drive"] = (&driveView{Drive: x, d: d, c: c, role: d.DriveRole(c, x.ID)}).view()
			}
			return v, true
		}
		v["removed"] = true
		return v, d.lost(c, ch)
	}
	if drive != "" && drive != ch.Drive {
		return nil, false
	}
	if drive == "" && ch.Drive != "" && (!c.QTrue("includeItemsFromAllDrives") && !c.QTrue("includeTeamDriveItems") || c.QTrue("restrictToMyDrive")) {
		return nil, false
	}
	v["fileId"] = ch.File
	f, role := d.Find(c, ch.File)
	if role == files.None {
		v["removed"] = true
		return v, d.lost(c, ch)
	}
	space := f.Space
	if space == "" {
		space = "drive"
	}
	spaces := c.Q("spaces")
	if spaces == "" {
		spaces = "drive"
	}
	if !contains(strings.Split(spaces, ","), space) || c.QTrue("restrictToMyDrive") && !d.under(c, f, c.Who.User.Root) {
		return nil, false
	}
	if m.Has("file") {
		v["file"] = d.view(c, f, m.Sub("file"))
	}
	return v, true
}

// lost reports whether the caller is among those who could see what they cannot see now, and wants to know.
func (d *Drive) lost(c *call, ch files.Change) bool {
	return !strings.EqualFold(c.Q("includeRemoved"), "false") && slices.ContainsFunc(ch.Lost, func(who string) bool { return who == "*" || contains(d.Table.Mine(c), who) })
}

// under reports whether a file is in a folder, or in one that is in it.
func (d *Drive) under(c *call, f files.File, folder string) bool {
	for n := 0; n < 100 && f.Parent != ""; n++ {
		if f.Parent == folder {
			return true
		}
		f, _ = d.Files.Get(c.Tx, f.Parent)
	}
	return false
}
