package gdrive

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/testbed"
)

// FuzzRequests asks Drive for anything: it never answers with an error of ours.
func FuzzRequests(f *testing.F) {
	for _, s := range [][3]string{
		{"POST", "/drive/v3/files?supportsAllDrives=1", `{"name": "x", "parents": ["root"], "properties": {"a": null}, "contentRestrictions": [{}], "shortcutDetails": {}, "createdTime": "x"}`},
		{"PATCH", "/drive/v3/files/$f?addParents=root,,&removeParents=$f", `{"appProperties": [], "folderColorRgb": "#12", "downloadRestrictions": {"itemDownloadRestriction": null}, "contentHints": {"indexableText": "x"}}`},
		{"PATCH", "/drive/v3/files/$f", `{"properties": {"a": {"b": 1}}, "trashed": "true", "starred": false}`},
		{"GET", "/drive/v3/files?q=not+not+name+contains+'a'+or+labels/x.y+in+'z'&orderBy=name_natural,folder+desc&pageToken=~!!~AAAA&spaces=drive,appDataFolder&pageSize=2", ""},
		{"POST", "/drive/v3/files/$f/copy", `{"id": "1", "parents": []}`},
		{"POST", "/drive/v3/files/$f/permissions?transferOwnership=true", `{"role": "owner", "type": "anyone", "emailAddress": "a@b", "expirationTime": 1}`},
		{"PATCH", "/drive/v3/files/$f/permissions/me?removeExpiration=true", `{"role": "writer", "pendingOwner": true}`},
		{"DELETE", "/drive/v3/files/$f/permissions/x%2Fy", ""},
		{"POST", "/drive/v3/drives?requestId=%00", `{"name": "\u0000", "themeId": ""}`},
		{"PATCH", "/drive/v3/teamdrives/x?useDomainAdminAccess=true", `{"restrictions": null, "backgroundImageFile": {}}`},
		{"POST", "/drive/v3/files/$f/modifyLabels", `{"labelModifications": [{}, {"labelId": "review", "fieldModifications": [{"fieldId": "status"}]}]}`},
		{"POST", "/drive/v3/files/$f/approvals:start", `{"reviewerEmails": [null, "ana@acme.example"], "dueTime": ""}`},
		{"POST", "/drive/v3/files/$f/accessproposals/x:resolve", `{"action": "ACCEPT", "role": [""]}`},
		{"GET", "/drive/v3/about?fields=*", ""},
		{"GET", "/drive/v3/files/$f/export?mimeType=%", ""},
		{"GET", "/drive-storage/$f=s220?t=..", ""},
	} {
		f.Add(s[0], s[1], s[2])
	}
	d, w := world(f)
	h, ana := testbed.Handler(d.API.Base, w), bearer(f, d, w, "ana")
	file := ""
	w.View(func(c *twin.Call) error {
		x, _ := d.ByName.Get(c.Tx, "checklist.txt")
		file = x.ID
		return nil
	})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		target = strings.ReplaceAll(target, "$f", file)
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(u.Path, "/drive") || strings.ContainsAny(method, " \x00\r\n\t/") || method == "" {
			return
		}
		req := httptest.NewRequest("GET", "/", strings.NewReader(body))
		req.Method, req.URL, req.RequestURI = method, u, target
		req.Header.Set("Authorization", "Bearer "+ana)
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code == 500 {
			t.Errorf("%s %s\n%s\n%s", method, target, body, rec.Body)
		}
	})
}
