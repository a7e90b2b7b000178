package okta

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/twin"
)

// send sends a form of a page, and returns the page that comes of it.
func (b browser) send(page, deed string, fields url.Values) string {
	b.t.Helper()
	_, _, says := b.open(page)
	if m := regexp.MustCompile(`name="form" value="([^"]+)"`).FindStringSubmatch(says); m != nil && !fields.Has("form") {
		fields.Set("form", m[1])
	}
	fields.Set("back", page)
	res, err := b.PostForm(b.base+deed, fields)
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%s answers %d", deed, res.StatusCode)
	}
	_, _, says = b.open(strings.TrimPrefix(res.Header.Get("Location"), strings.TrimSuffix(b.base[strings.Index(b.base, "/w/"):], "/")))
	return says
}

func (b browser) sees(page, text string) {
	b.t.Helper()
	if _, _, says := b.open(page); !strings.Contains(says, text) {
		b.t.Errorf("%s does not say %q", page, text)
	}
}

// personID is somebody's id.
func personID(w *twin.World, o *Okta, login string) (id string) {
	w.View(func(tc *twin.Call) error {
		u, _ := o.usersByLogin.Get(tc.Tx, login)
		id = u.ID
		return nil
	})
	return id
}

// Administrators do on the pages what the API does, and are refused as it refuses.
func TestAdminPages(t *testing.T) {
	o, w := world(t)
	ana := signedIn(t, o, w, "ana@acme.example")
	bo := personID(w, o, "bo@acme.example")
	person := "/admin/user/profile/view/" + bo
	for _, step := range []struct {
		deed, says string
		fields     url.Values
	}{
		{"suspendUser", "Suspended.", url.Values{"userId": {bo}}},
		{"suspendUser", "Cannot suspend a user that is not active", url.Values{"userId": {bo}}},
		{"unsuspendUser", "Unsuspended.", url.Values{"userId": {bo}}},
		{"assignRole", "The role is assigned.", url.Values{"userId": {bo}, "type": {"READ_ONLY_ADMIN"}}},
		{"temporaryPassword", "PASSWORD_EXPIRED", url.Values{"userId": {bo}}},
		{"createUser", "The field cannot be left blank", url.Values{"firstName": {"No"}, "lastName": {"Mail"}}},
		{"deactivateUser", "DEPROVISIONED", url.Values{"userId": {bo}}},
		{"deactivateUser", "Resource not found", url.Values{"userId": {"00unobody"}}},
		{"suspendUser", "Invalid session", url.Values{"userId": {bo}, "form": {"of another site"}}},
	} {
		if says := ana.send(person, "/admin/do/"+step.deed, step.fields); !strings.Contains(says, step.says) {
			t.Errorf("%s does not say %q", step.deed, step.says)
		}
	}
	ana.sees("/report/system_log_2?search=suspend", "user.lifecycle.unsuspend")
	ana.sees("/report/system_log_2?"+url.Values{"search": {`eventType eq "user.lifecycle.suspend"`}}.Encode(), "Bo Lindqvist")
	ana.sees("/admin/users?status=DEPROVISIONED&q=bo", "Lindqvist")
	ana.send(person, "/admin/do/deleteUser", url.Values{"userId": {bo}})
	if status, _, _ := ana.open(person); status != http.StatusNotFound {
		t.Errorf("the page of somebody who is deleted answers %d", status)
	}
}

// Every form of an administrator does what an operation does, with its permission.
func TestAdminDeeds(t *testing.T) {
	o := host()
	for name, d := range o.adminDeeds() {
		if op := o.served[cmp.Or(d.op, name)]; op == nil || d.serve == nil && op.serve == nil {
			t.Errorf("%s is no operation", name)
		}
	}
}

// An administrator of apps sees and does what is about apps.
func TestPagesOfAppAdmin(t *testing.T) {
	o, w := world(t)
	bo, ana := personID(w, o, "bo@acme.example"), personID(w, o, "ana@acme.example")
	if status, _, _ := ask(t, o, w, "POST", "/api/v1/users/"+bo+"/roles", `{"type": "APP_ADMIN"}`); status != http.StatusCreated {
		t.Fatal(status)
	}
	b := signedIn(t, o, w, "bo@acme.example")
	for page, want := range map[string]int{"/admin/apps/active": 200, "/admin/apps/new?sort=saml": 200, "/admin/users": 200, "/admin/oauth2/as": 403} {
		if status, _, _ := b.open(page); status != want {
			t.Errorf("%s answers %d, want %d", page, status, want)
		}
	}
	if says := b.send("/admin/apps/new?sort=bookmark", "/admin/do/createApplication", url.Values{"sort": {"bookmark"}, "label": {"Wiki"}, "settings.app.url": {"https://wiki.example"}}); !strings.Contains(says, "The app is created.") {
		t.Error("no app is made")
	}
	if says := b.send("/admin/user/profile/view/"+ana, "/admin/do/suspendUser", url.Values{"userId": {ana}}); !strings.Contains(says, "do not have permission") {
		t.Error("an administrator of apps suspends somebody")
	}
}

// The pages are for whom they are for.
func TestPagesOfOthers(t *testing.T) {
	o, w := world(t)
	bo := signedIn(t, o, w, "bo@acme.example")
	ana := personID(w, o, "ana@acme.example")
	if status, _, says := bo.open("/admin/users"); status != http.StatusForbidden || strings.Contains(says, "ana@acme.example") {
		t.Errorf("the pages of administrators answer %d", status)
	}
	if _, to, _ := bo.open("/"); !strings.HasSuffix(to, "/app/UserHome") {
		t.Errorf("Bo is sent to %s", to)
	}
	if says := bo.send("/enduser/settings", "/admin/do/suspendUser", url.Values{"userId": {ana}}); !strings.Contains(says, "do not have permission") {
		t.Error("Bo suspends Ana")
	}
	// What is done on one's own pages is done to oneself, whoever the form names.
	bo.send("/enduser/settings", "/enduser/do/enrollFactor", url.Values{"userId": {ana}})
	bo.sees("/enduser/settings", "otpauth://totp/Acme%20Rockets:bo@acme.example?secret=")
	if says := bo.send("/enduser/settings", "/enduser/do/activateFactor", url.Values{"factorId": {"none"}}); !strings.Contains(says, "not found") {
		t.Error("a factor that is not there is set up")
	}
	nobody := browser{t, bo.base, &http.Client{CheckRedirect: bo.CheckRedirect}}
	if status, to, _ := nobody.open("/admin/users?q=a"); status != http.StatusSeeOther || !strings.HasSuffix(to, "/login/login.htm?fromURI=%2Fadmin%2Fusers%3Fq%3Da") {
		t.Errorf("who is not signed in gets %d %s", status, to)
	}
	if status, _, _ := nobody.open("/enduser/events"); status != http.StatusNoContent {
		t.Errorf("who is not signed in may listen: %d", status)
	}
}

// A page is told that something has happened, and not what.
func TestPagesLive(t *testing.T) {
	o, w := world(t)
	bo := signedIn(t, o, w, "bo@acme.example")
	res, err := bo.Get(bo.base + "/enduser/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	go func() {
		time.Sleep(50 * time.Millisecond)
		w.Update(func(tc *twin.Call) error {
			c := &call{Call: tc, o: o}
			c.logged("system.api_token.create", "SUCCESS")
			return nil
		})
	}()
	var heard strings.Builder
	for buf := make([]byte, 256); !strings.Contains(heard.String(), "data:"); {
		n, err := res.Body.Read(buf)
		heard.Write(buf[:n])
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	if !strings.Contains(heard.String(), "data: {}\n") {
		t.Errorf("heard %q", heard.String())
	}
}
