package gdrive

import (
	"net/url"
	"strings"

	"twinset.dev/twins/internal/google/files"
)

// listed is what a list shows of a file.
const listed = "id,name,mimeType,modifiedTime,size,starred,shared,trashed,folderColorRgb,driveId,owners(displayName,me,emailAddress),shortcutDetails,capabilities(canEdit,canTrash)"

// list shows the files that a search finds.
func (v *visit) list(nav, heading, q, order string) (screen, error) {
	s := screen{Nav: nav, Heading: heading}
	query := url.Values{"q": {q}, "pageSize": {"100"}, "fields": {"nextPageToken,files(" + listed + ")"}, "includeItemsFromAllDrives": {"true"}}
	if order != "" {
		query.Set("orderBy", order)
	}
	if nav != "shared" && nav != "starred" && nav != "recent" {
		query.Set("corpora", "allDrives")
	}
	here := v.r.Echo.Request().URL
	if page := here.Query().Get("page"); page != "" {
		query.Set("pageToken", page)
	}
	out, err := v.do("files.list", nil, query, nil)
	if err != nil {
		return s, err
	}
	s.Files, _ = out["files"].([]any)
	if next := text(out["nextPageToken"]); next != "" {
		more := here.Query()
		more.Set("page", next)
		s.More = v.root + here.Path + "?" + more.Encode()
	}
	return s, nil
}

// listing makes a page of a search.
func listing(nav, heading, q, order string) func(*visit) (screen, error) {
	return func(v *visit) (screen, error) { return v.list(nav, heading, q, order) }
}

func text(v any) string { s, _ := v.(string); return s }

// quoted is a text as it stands in a search.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// folder shows what is in a folder, with the way to it.
func (v *visit) folder(id string) (screen, error) {
	at, err := v.do("files.get", []string{id}, url.Values{"fields": {"id,name,mimeType,parents,driveId,trashed"}}, nil)
	if err != nil {
		return screen{}, err
	}
	if text(at["mimeType"]) != files.Folder {
		return screen{}, movedTo(href("", at))
	}
	s, err := v.list("", text(at["name"]), quoted(text(at["id"]))+" in parents and trashed = false", "folder,name_natural")
	if err != nil {
		return s, err
	}
	s.Folder = text(at["id"])
	for range 20 {
		s.Crumbs = append([]obj{at}, s.Crumbs...)
		parents, _ := at["parents"].([]any)
		if len(parents) == 0 {
			break
		}
		if at, err = v.do("files.get", []string{text(parents[0])}, url.Values{"fields": {"id,name,parents,driveId"}}, nil); err != nil {
			break // it is in a folder that the visitor cannot see
		}
	}
	s.Nav = "shared"
	switch first := s.Crumbs[0]; {
	case text(first["id"]) == v.me.Root:
		s.Nav = "my-drive"
	case text(first["driveId"]) != "":
		s.Nav = "drives"
	}
	return s, nil
}

// found shows what a search finds.
func (v *visit) found() (screen, error) {
	asked := strings.TrimSpace(v.r.Echo.QueryParam("q"))
	if asked == "" {
		return screen{}, movedTo("/drive/my-drive")
	}
	s, err := v.list("search", "Search results", "(fullText contains "+quoted(asked)+" or name contains "+quoted(asked)+") and trashed = false", "")
	s.Query = asked
	return s, err
}

// sharedDrives shows the shared drives that the visitor is a member of.
func (v *visit) sharedDrives() (screen, error) {
	s := screen{Nav: "drives", Heading: "Shared drives"}
	out, err := v.do("drives.list", nil, url.Values{"pageSize": {"100"}, "fields": {"drives(id,name,createdTime)"}}, nil)
	drives, _ := out["drives"].([]any)
	for _, d := range drives {
		m, _ := d.(map[string]any)
		s.Files = append(s.Files, map[string]any{"id": m["id"], "name": m["name"], "mimeType": files.Folder, "modifiedTime": m["createdTime"], "drive": true})
	}
	return s, err
}

// details shows more of the file that is picked, and the dialog that is open.
func (v *visit) details(s *screen, id, dialog string) error {
	about, err := v.do("about.get", nil, url.Values{"fields": {"storageQuota(usage,limit)"}}, nil)
	if err == nil {
		s.Used = about["storageQuota"]
	}
	s.Dialog = dialog
	if id == "" {
		return nil
	}
	s.Picked, err = v.do("files.get", []string{id}, url.Values{"fields": {listed + ",description,createdTime,viewedByMeTime,parents,webViewLink,webContentLink,version,md5Checksum,headRevisionId,lastModifyingUser(displayName),capabilities(canEdit,canTrash,canShare,canRename,canCopy,canDelete,canDownload,canUntrash,canMoveItemWithinDrive,canReadRevisions)"}}, nil)
	if err != nil {
		s.Picked = nil // it is gone, or has never been there
		return nil
	}
	if out, err := v.do("permissions.list", []string{id}, url.Values{"fields": {"permissions(id,type,role,emailAddress,domain,displayName,expirationTime,pendingOwner)"}, "pageSize": {"100"}}, nil); err == nil {
		s.Access, _ = out["permissions"].([]any)
	}
	if out, err := v.do("revisions.list", []string{id}, url.Values{"fields": {"revisions(id,modifiedTime,size,keepForever,originalFilename,lastModifyingUser(displayName))"}, "pageSize": {"100"}}, nil); err == nil {
		revs, _ := out["revisions"].([]any)
		for _, r := range revs { // the newest first
			s.Versions = append([]any{r}, s.Versions...)
		}
	}
	if dialog == "move" {
		out, err := v.do("files.list", nil, url.Values{"q": {"mimeType = " + quoted(files.Folder) + " and trashed = false"}, "orderBy": {"name_natural"}, "pageSize": {"200"}, "fields": {"files(id,name)"}, "corpora": {"allDrives"}, "includeItemsFromAllDrives": {"true"}}, nil)
		if err == nil {
			s.Folders, _ = out["files"].([]any)
		}
	}
	return nil
}

// preview shows a file by itself.
func (v *visit) preview() (screen, error) {
	id := v.r.Echo.Param("id")
	f, err := v.do("files.get", []string{id}, url.Values{"fields": {listed + ",capabilities(canShare,canDownload,canEdit),headRevisionId"}}, nil)
	if err != nil {
		return screen{}, err
	}
	if to := href("", f); !strings.HasPrefix(to, "/file/") {
		return screen{}, movedTo(to)
	}
	return screen{Nav: "preview", Heading: text(f["name"]), Picked: f}, nil
}

// open leads to where a file opens.
func (v *visit) open() (screen, error) {
	id := v.r.Echo.QueryParam("id")
	f, err := v.do("files.get", []string{id}, url.Values{"fields": {"id,mimeType,shortcutDetails"}}, nil)
	if err != nil {
		return screen{}, err
	}
	return screen{}, movedTo(href("", f))
}

// What has come of a form.
type outcome struct{ said, to string }

// deeds are what the forms of the pages do.
var deeds = map[string]func(v *visit, f url.Values) (outcome, error){
	"token": func(*visit, url.Values) (outcome, error) { return outcome{}, nil },
	"new": func(v *visit, f url.Values) (outcome, error) {
		out, err := v.do("files.create", nil, nil, obj{"name": f.Get("name"), "mimeType": f.Get("type"), "parents": []string{cmpOr(f.Get("folder"), "root")}})
		if f.Get("type") != files.Folder {
			return outcome{to: href("", out)}, err
		}
		return outcome{said: "Folder created"}, err
	},
	"edit": func(v *visit, f url.Values) (outcome, error) {
		changed, said := obj{}, "Saved"
		for _, k := range []string{"name", "description"} {
			if f.Has(k) {
				changed[k] = f.Get(k)
			}
		}
		for _, k := range []string{"starred", "trashed"} {
			if f.Has(k) {
				changed[k] = f.Get(k) == "true"
				said = map[string]string{"starredtrue": "Added to starred", "starredfalse": "Removed from starred", "trashedtrue": "Moved to trash", "trashedfalse": "Restored"}[k+f.Get(k)]
			}
		}
		_, err := v.do("files.update", []string{f.Get("id")}, nil, changed)
		return outcome{said: said}, err
	},
	"move": func(v *visit, f url.Values) (outcome, error) {
		at, err := v.do("files.get", []string{f.Get("id")}, url.Values{"fields": {"parents"}}, nil)
		if err != nil {
			return outcome{}, err
		}
		q := url.Values{"addParents": {f.Get("folder")}}
		if parents, _ := at["parents"].([]any); len(parents) > 0 {
			q.Set("removeParents", text(parents[0]))
		}
		_, err = v.do("files.update", []string{f.Get("id")}, q, obj{})
		return outcome{said: "Moved"}, err
	},
	"copy": func(v *visit, f url.Values) (outcome, error) {
		_, err := v.do("files.copy", []string{f.Get("id")}, nil, obj{})
		return outcome{said: "Copied"}, err
	},
	"delete": func(v *visit, f url.Values) (outcome, error) {
		_, err := v.do("files.delete", []string{f.Get("id")}, nil, nil)
		return outcome{said: "Deleted forever"}, err
	},
	"empty": func(v *visit, f url.Values) (outcome, error) {
		_, err := v.do("files.emptyTrash", nil, nil, nil)
		return outcome{said: "Trash is empty"}, err
	},
	"share": func(v *visit, f url.Values) (outcome, error) {
		q := url.Values{"sendNotificationEmail": {"false"}}
		if f.Get("notify") != "" {
			q.Set("sendNotificationEmail", "true")
			if m := f.Get("message"); m != "" {
				q.Set("emailMessage", m)
			}
		}
		kind := "user"
		if _, group := v.d.GroupByEmail(v.tc.Tx, f.Get("email")); group {
			kind = "group"
		}
		_, err := v.do("permissions.create", []string{f.Get("id")}, q, obj{"type": kind, "role": f.Get("role"), "emailAddress": strings.TrimSpace(f.Get("email"))})
		return outcome{said: "Access updated"}, err
	},
	"role": func(v *visit, f url.Values) (outcome, error) {
		if f.Get("role") == "none" {
			_, err := v.do("permissions.delete", []string{f.Get("id"), f.Get("permission")}, nil, nil)
			return outcome{said: "Access removed"}, err
		}
		q := url.Values{}
		if f.Get("role") == "owner" {
			q.Set("transferOwnership", "true")
		}
		_, err := v.do("permissions.update", []string{f.Get("id"), f.Get("permission")}, q, obj{"role": f.Get("role")})
		return outcome{said: "Access updated"}, err
	},
	"link": (*visit).link,
	"request": func(v *visit, f url.Values) (outcome, error) {
		file, ok := v.d.Files.Get(v.tc.Tx, f.Get("id"))
		if !ok {
			return outcome{}, errNoFile(f.Get("id"))
		}
		_, err := v.d.propose(v.d.API.By(v.tc, v.me), file, "reader", f.Get("message"))
		return outcome{said: "Request sent"}, err
	},
	"keep": func(v *visit, f url.Values) (outcome, error) {
		_, err := v.do("revisions.update", []string{f.Get("id"), f.Get("revision")}, nil, obj{"keepForever": f.Get("keep") == "true"})
		return outcome{said: "Version kept"}, err
	},
}

// link says whom the address of a file lets in: those it is shared with, the company, or everybody.
func (v *visit) link(f url.Values) (outcome, error) {
	id, kind, role := f.Get("id"), f.Get("access"), f.Get("role")
	out, err := v.do("permissions.list", []string{id}, url.Values{"fields": {"permissions(id,type,role)"}, "pageSize": {"100"}}, nil)
	if err != nil {
		return outcome{}, err
	}
	there := false
	all, _ := out["permissions"].([]any)
	for _, one := range all {
		p, _ := one.(map[string]any)
		switch t := text(p["type"]); {
		case t == kind:
			there = true
			if text(p["role"]) != role {
				if _, err := v.do("permissions.update", []string{id, text(p["id"])}, nil, obj{"role": role}); err != nil {
					return outcome{}, err
				}
			}
		case t == "anyone" || t == "domain":
			if _, err := v.do("permissions.delete", []string{id, text(p["id"])}, nil, nil); err != nil {
				return outcome{}, err
			}
		}
	}
	if kind == "restricted" || there {
		return outcome{said: "Access updated"}, nil
	}
	body := obj{"type": kind, "role": role}
	if kind == "domain" {
		body["domain"] = v.me.Domain
	}
	_, err = v.do("permissions.create", []string{id}, url.Values{"sendNotificationEmail": {"false"}}, body)
	return outcome{said: "Access updated"}, err
}
