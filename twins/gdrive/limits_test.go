package gdrive

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/testbed"
)

// ask asks a world for something, and returns the status and the body.
func ask(t *testing.T, h http.Handler, token, method, target, body string) (int, string) {
	t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	hearRefusal(rec.Code, rec.Body.Bytes())
	return rec.Code, rec.Body.String()
}

// TestDeepFolders puts folders within folders, in My Drive and in a shared drive, until they are too many.
func TestDeepFolders(t *testing.T) {
	d, w := world(t)
	h, ana := testbed.Handler(d.API.Base, w), bearer(t, d, w, "ana")
	drive := ""
	w.View(func(c *twin.Call) error {
		for dr := range d.Drives.All(c.Tx, "") {
			if dr.Name == "Engineering" {
				drive = dr.ID
			}
		}
		return nil
	})
	for _, x := range []struct{ top, reason string }{{"root", "myDriveHierarchyDepthLimitExceeded"}, {drive, "teamDriveHierarchyTooDeep"}} {
		parent, n := x.top, 0
		for ; n <= deepest; n++ {
			code, body := ask(t, h, ana, "POST", "/drive/v3/files?supportsAllDrives=true&fields=id&prettyPrint=false", fmt.Sprintf(`{"name": "f", "mimeType": "application/vnd.google-apps.folder", "parents": [%q]}`, parent))
			if code != http.StatusOK {
				if !strings.Contains(body, x.reason) {
					t.Errorf("refused with %s", body)
				}
				break
			}
			parent = strings.Split(body, `"`)[3]
		}
		if n != deepest {
			t.Errorf("%s: %d folders within one another", x.top, n)
		}
	}
}

// TestManyProperties gives a file a property too many.
func TestManyProperties(t *testing.T) {
	d, w := world(t)
	h, ana := testbed.Handler(d.API.Base, w), bearer(t, d, w, "ana")
	var all []string
	for i := range mostPublic + 1 {
		all = append(all, fmt.Sprintf(`"k%d": "v"`, i))
	}
	code, body := ask(t, h, ana, "POST", "/drive/v3/files", `{"properties": {`+strings.Join(all, ", ")+`}}`)
	if code != http.StatusForbidden || !strings.Contains(body, "propertyLimitExceeded") {
		t.Errorf("%d %s", code, body)
	}
}

// TestKeptRevisions keeps as many revisions of a file for ever as there may be, and one more.
func TestKeptRevisions(t *testing.T) {
	d, w := world(t)
	h, ana := testbed.Handler(d.API.Base, w), bearer(t, d, w, "ana")
	_, made := ask(t, h, ana, "POST", "/upload/drive/v3/files?uploadType=media&fields=id", "0")
	at := "/upload/drive/v3/files/" + strings.Split(made, `"`)[3] + "?uploadType=media"
	for i := range mostKept {
		if code, body := ask(t, h, ana, "PATCH", at+"&keepRevisionForever=true", fmt.Sprint(i)); code != 200 {
			t.Fatalf("revision %d: %d %s", i, code, body)
		}
	}
	if code, body := ask(t, h, ana, "PATCH", at+"&keepRevisionForever=true", "one more"); code != 403 || !strings.Contains(body, "numKeepForeverLimitExceeded") {
		t.Errorf("one more: %d %s", code, body)
	}
	if code, body := ask(t, h, ana, "PATCH", at, "one that is not kept"); code != 200 {
		t.Errorf("one that is not kept: %d %s", code, body)
	}
}

// TestRateLimits uses up a minute's budget in a world that keeps the vendor's limits; the next minute is another one.
func TestRateLimits(t *testing.T) {
	d, w := world(t)
	h, ana := testbed.Handler(d.API.Base, w), bearer(t, d, w, "ana")
	if code, body := ask(t, h, ana, "POST", "/_twin/worlds/"+w.Name()+"/faults", `{"rate_limits": "vendor"}`); code >= 300 {
		t.Fatal(body)
	}
	err := w.Update(func(c *twin.Call) error {
		u, err := d.account(c, "ana")
		d.budgets.Put(c.Tx, Budget{User: u.ID, Minute: c.Now.Unix() / 60, Used: minuteBudget - costList - costRead})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 200, 403} {
		path := "/drive/v3/files"
		if i > 0 {
			path += "/root"
		}
		if code, body := ask(t, h, ana, "GET", path, ""); code != want || want == 403 && !strings.Contains(body, "userRateLimitExceeded") {
			t.Errorf("call %d: %d %s", i, code, body)
		}
	}
	if err := w.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if code, body := ask(t, h, ana, "GET", "/drive/v3/files/root", ""); code != 200 {
		t.Errorf("the next minute: %d %s", code, body)
	}
}
