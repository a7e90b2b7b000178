package universe

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
)

// A company is a universe that listens, as somebody with everybody's credentials sees it.
type company struct {
	t     *testing.T
	u     *Universe
	world string // "" is the default one
	at    map[string]string
	env   map[string]string
	stop  func()
}

func start(t *testing.T, o twin.Options) *company {
	t.Helper()
	o.WorldSeed = 1
	u, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Listen("127.0.0.1", 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); u.Serve(ctx) }()
	c := &company{t: t, u: u, at: map[string]string{"twinset": u.URL()}}
	c.stop = func() { cancel(); <-done }
	t.Cleanup(c.stop)
	w, _ := u.World(twin.DefaultWorld)
	for _, b := range u.Twins {
		c.at[b.Service] = b.URLIn(w, nil)
	}
	c.login()
	return c
}

func (c *company) login() {
	var creds struct{ Env map[string]string }
	c.get("twinset", "/_twin/credentials", "", &creds)
	c.env = creds.Env
	c.env["SLACK_USER_TOKEN"] = c.slackToken("ana")
}

// in is the same company in another world.
func (c *company) in(world string) *company {
	d := *c
	d.world = world
	d.login()
	return &d
}

// call sends a request as the holder of auth, the whole header, and returns the answer.
func (c *company) call(method, service, path, auth string, body any) (int, []byte) {
	c.t.Helper()
	var b []byte
	if body != nil {
		b, _ = json.Marshal(body)
	}
	r, err := http.NewRequest(method, c.at[service]+path, bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	if c.world != "" {
		r.Header.Set("Twin-World", c.world)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, got
}

// get reads something into a value, nil if the status is enough.
func (c *company) get(service, path, auth string, into any) int {
	c.t.Helper()
	status, got := c.call(http.MethodGet, service, path, auth, nil)
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			c.t.Fatalf("%s: %d %s", path, status, got)
		}
	}
	return status
}

// okta does something as an administrator of the org, and wants it done.
func (c *company) okta(method, path string, body any) (out map[string]any) {
	c.t.Helper()
	status, got := c.call(method, "okta", path, "SSWS "+c.env["OKTA_CLIENT_TOKEN"], body)
	if status >= 300 {
		c.t.Fatalf("okta %s %s: %d %s", method, path, status, got)
	}
	json.Unmarshal(got, &out) // what is a list, or nothing, is of no interest
	return out
}

// twinset does something on the control plane, and wants it done.
func (c *company) twinset(method, path string, body any) {
	c.t.Helper()
	if status, got := c.call(method, "twinset", path, "", body); status >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, status, got)
	}
}

func (c *company) oktaID(handle string) string {
	return c.okta(http.MethodGet, "/api/v1/users/"+handle+"@acme.example", nil)["id"].(string)
}

func (c *company) slackUser(email string) map[string]any {
	var out struct{ Members []map[string]any }
	c.get("slack", "/api/users.list", "Bearer "+c.env["SLACK_USER_TOKEN"], &out)
	for _, m := range out.Members {
		if p := m["profile"].(map[string]any); p["email"] == email {
			return m
		}
	}
	return nil
}

func (c *company) slack(method string, form url.Values) (out map[string]any) {
	c.get("slack", "/api/"+method+"?"+form.Encode(), "Bearer "+c.env["SLACK_USER_TOKEN"], &out)
	if out["ok"] != true {
		c.t.Errorf("slack %s: %v", method, out)
	}
	return out
}

// slackGroup are the names of the people in a user group, nil if there is none.
func (c *company) slackGroup(name string) []string {
	groups, _ := c.slack("usergroups.list", url.Values{"include_users": {"true"}})["usergroups"].([]any)
	for _, g := range groups {
		if g := g.(map[string]any); g["name"] == name {
			who := []string{}
			for _, id := range g["users"].([]any) {
				who = append(who, c.slack("users.info", url.Values{"user": {id.(string)}})["user"].(map[string]any)["name"].(string))
			}
			slices.Sort(who)
			return who
		}
	}
	return nil
}

func (c *company) jiraAuth() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.env["JIRA_USER"]+":"+c.env["JIRA_TOKEN"]))
}

func (c *company) jira(path string, into any) int { return c.get("jira", path, c.jiraAuth(), into) }

func (c *company) jiraUser(email string) map[string]any {
	var all []map[string]any
	c.jira("/rest/api/3/users/search?maxResults=200", &all)
	for _, u := range all {
		if u["emailAddress"] == email {
			return u
		}
	}
	return nil
}

func (c *company) jiraGroup(name string) (who []string) {
	var out struct{ Values []map[string]any }
	if c.jira("/rest/api/3/group/member?includeInactiveUsers=true&groupname="+url.QueryEscape(name), &out) != http.StatusOK {
		return nil
	}
	for _, u := range out.Values {
		email, _, _ := strings.Cut(fmt.Sprint(u["emailAddress"]), "@")
		who = append(who, email)
	}
	slices.Sort(who)
	return who
}

// google returns an access token of somebody's, who let the installed app in before the test begins.
func (c *company) google(handle string) string {
	user := ""
	for _, u := range c.records("google.users") {
		if u["email"] == handle+"@acme.example" {
			user = u["id"].(string)
		}
	}
	for _, k := range c.records("google.access_tokens") {
		if k["user"] == user {
			return "Bearer " + c.opened().Reveal(k["secret"].(string))
		}
	}
	c.t.Fatalf("%s has no token", handle)
	return ""
}

// file is a file of a name as the holder of a token sees it, nil if they do not.
func (c *company) file(auth, name string) map[string]any {
	var out struct{ Files []map[string]any }
	q := url.Values{"q": {"name = '" + name + "'"}, "fields": {"files(id,name,owners,parents,ownedByMe)"}, "supportsAllDrives": {"true"}, "includeItemsFromAllDrives": {"true"}}
	c.get("google", "/drive/v3/files?"+q.Encode(), auth, &out)
	if len(out.Files) == 0 {
		return nil
	}
	return out.Files[0]
}

func owner(f map[string]any) string {
	if o, _ := f["owners"].([]any); len(o) > 0 {
		return o[0].(map[string]any)["emailAddress"].(string)
	}
	return ""
}

func (c *company) links(links map[string]any) {
	c.t.Helper()
	c.twinset(http.MethodPut, "/_twin/links", map[string]any{"links": links})
}

// followed are the steps of those that follow, as twin, operation, status and cause, since an entry of the journal.
func (c *company) followed() (steps []string) {
	c.t.Helper()
	w := c.opened()
	for _, e := range w.Journal.Since(0, 0) {
		if e.Cause != "" && e.Actor == "okta" {
			cause, version, _ := strings.Cut(e.Cause, " v")
			found := false
			for _, d := range w.Journal.Since(0, 0) {
				found = found || d.Twin == "okta" && fmt.Sprint(d.Version) == version && "okta "+d.Operation == cause
			}
			if !found {
				c.t.Errorf("%s %s: no entry of the journal is its cause, %s", e.Twin, e.Operation, e.Cause)
			}
			steps = append(steps, strings.TrimSpace(fmt.Sprintf("%s %s %d %s < %s", e.Twin, e.Operation, e.Status, e.Error, cause)))
		}
	}
	return steps
}

func TestLeaver(t *testing.T) {
	c := start(t, twin.Options{})
	bo, token := c.oktaID("bo"), c.google("bo")
	var was struct{ OK bool }
	slackToken := "Bearer " + c.slackToken("bo")
	if c.get("slack", "/api/auth.test", slackToken, &was); !was.OK {
		t.Fatal("Bo's token is not good to begin with")
	}
	c.okta(http.MethodPost, "/api/v1/users/"+bo+"/lifecycle/deactivate", nil)

	if u := c.slackUser("bo@acme.example"); u["deleted"] != true {
		t.Error("Slack: Bo is not deleted")
	}
	var auth struct{ Error string }
	if c.get("slack", "/api/auth.test", slackToken, &auth); auth.Error != "token_revoked" && auth.Error != "account_inactive" {
		t.Errorf("Slack: Bo's token: %q", auth.Error)
	}
	if u := c.jiraUser("bo@acme.example"); u["active"] != false {
		t.Error("Jira: Bo is active")
	}
	if got := c.get("google", "/drive/v3/about?fields=user", token, nil); got != http.StatusUnauthorized {
		t.Errorf("Google: Bo's token: %d", got)
	}
	if f := c.file(c.google("ana"), "telemetry.csv"); owner(f) != "bo@acme.example" {
		t.Errorf("Google: kept files are %v's", owner(f))
	}
	for name, want := range map[string][]string{"Engineering": {"ana", "chidi"}, "On call": {"chidi"}} {
		if got := c.slackGroup(name); !slices.Equal(got, want) {
			t.Errorf("Slack: %s is %v, want %v", name, got, want)
		}
	}
	if got, want := c.jiraGroup("engineering"), []string{"ana", "chidi"}; !slices.Equal(got, want) {
		t.Errorf("Jira: engineering is %v, want %v", got, want)
	}

	c.okta(http.MethodPost, "/api/v1/users/"+bo+"/lifecycle/activate?sendEmail=false", nil)
	if u := c.slackUser("bo@acme.example"); u["deleted"] == true {
		t.Error("Slack: Bo is deleted still")
	}
	if u := c.jiraUser("bo@acme.example"); u["active"] != true {
		t.Error("Jira: Bo is inactive still")
	}
	if got, want := c.slackGroup("On call"), []string{"bo", "chidi"}; !slices.Equal(got, want) {
		t.Errorf("Slack: On call is %v again, want %v", got, want)
	}
	want := []string{
		"google directory.users.update 200  < okta deactivateUser", "jira scim.users.deactivate 200  < okta deactivateUser", "slack scim.users.deactivate 200  < okta deactivateUser",
	}
	if got := c.followed(); len(got) < 3 || !slices.Equal(got[:3], want) {
		t.Errorf("the journal begins\n%s", strings.Join(got, "\n"))
	}
}

// records are what a world has in a collection.
func (c *company) records(collection string) []map[string]any {
	var seed struct {
		Records map[string][]map[string]any
	}
	c.get("twinset", "/_twin/seed", "", &seed)
	return seed.Records[collection]
}

// slackToken is a token that somebody has given an app.
func (c *company) slackToken(handle string) string {
	c.t.Helper()
	id := ""
	for _, u := range c.records("slack.users") {
		if u["name"] == handle {
			id = u["id"].(string)
		}
	}
	for _, k := range c.records("slack.tokens") {
		if k["user"] == id && k["kind"] == "user" {
			return c.opened().Reveal(k["key"].(string))
		}
	}
	c.t.Fatalf("%s has no token", handle)
	return ""
}

func (c *company) opened() *twin.World {
	w, ok := c.u.World(cmp.Or(c.world, twin.DefaultWorld))
	if !ok {
		c.t.Fatalf("there is no world %s", c.world)
	}
	return w
}

func TestMover(t *testing.T) {
	c := start(t, twin.Options{})
	made := c.okta(http.MethodPost, "/api/v1/users?activate=true", map[string]any{"profile": map[string]any{"firstName": "Jo", "lastName": "Quist", "login": "jo@acme.example", "email": "jo@acme.example", "title": "Pilot"}})
	id := made["id"].(string)
	if u := c.slackUser("jo@acme.example"); u == nil || u["deleted"] == true || u["profile"].(map[string]any)["title"] != "Pilot" {
		t.Errorf("Slack: Jo is %v", u)
	}
	if u := c.jiraUser("jo@acme.example"); u["active"] != true {
		t.Errorf("Jira: Jo is %v", u)
	}
	if got := c.account("jo@acme.example"); got == nil {
		t.Error("Google: there is no Jo")
	}

	// Into a group, which in turn is in a shared drive.
	engineering := ""
	for _, g := range c.list("/api/v1/groups?q=Engineering") {
		engineering = g["id"].(string)
	}
	drive, valve := c.drive("Engineering"), "Valve specification.txt"
	c.share(drive, "engineering@acme.example", "reader")
	dara := c.google("dara")
	if status, got := c.call(http.MethodDelete, "google", "/drive/v3/files/"+drive+"/permissions/"+c.account("dara@acme.example")["id"].(string)+"?supportsAllDrives=true", c.google("ana"), nil); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, got)
	}
	if f := c.file(dara, valve); f != nil {
		t.Fatal("Dara sees the shared drive without the group")
	}
	daraID := c.oktaID("dara")
	c.okta(http.MethodPut, "/api/v1/groups/"+engineering+"/users/"+daraID, nil)
	c.okta(http.MethodPut, "/api/v1/groups/"+engineering+"/users/"+id, nil)
	if f := c.file(dara, valve); f == nil {
		t.Error("Google: Dara does not see the shared drive of the group")
	}
	want := []string{"ana", "bo", "chidi", "dara", "jo"}
	if got := c.slackGroup("Engineering"); !slices.Equal(got, want) {
		t.Errorf("Slack: Engineering is %v, want %v", got, want)
	}
	if got := c.jiraGroup("engineering"); !slices.Equal(got, want) {
		t.Errorf("Jira: engineering is %v, want %v", got, want)
	}
	c.okta(http.MethodDelete, "/api/v1/groups/"+engineering+"/users/"+daraID, nil)
	if f := c.file(dara, valve); f != nil {
		t.Error("Google: Dara sees the shared drive still")
	}

	// Called otherwise, at another address, and with another title.
	c.okta(http.MethodPost, "/api/v1/users/"+c.oktaID("bo"), map[string]any{"profile": map[string]any{"lastName": "Berg", "displayName": "Bo Berg", "email": "bo.berg@acme.example", "login": "bo.berg@acme.example", "title": "Lead", "mobilePhone": "+46 8 555 0101"}})
	p, _ := c.slackUser("bo.berg@acme.example")["profile"].(map[string]any)
	if p["real_name"] != "Bo Berg" || p["title"] != "Lead" || p["phone"] != "+46 8 555 0101" {
		t.Errorf("Slack: Bo is %v", p)
	}
	if u := c.jiraUser("bo.berg@acme.example"); u["displayName"] != "Bo Berg" {
		t.Errorf("Jira: Bo is %v", u)
	}
	if f := c.file(c.google("ana"), "telemetry.csv"); owner(f) != "bo.berg@acme.example" {
		t.Errorf("Google: what was Bo's is %v's", owner(f))
	}
	if got := c.jiraGroup("oncall"); !slices.Equal(got, []string{"bo.berg", "chidi"}) {
		t.Errorf("Jira: oncall is %v", got)
	}

	// Groups that come, are renamed, and go.
	g := c.okta(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Launch crew"}})["id"].(string)
	c.okta(http.MethodPut, "/api/v1/groups/"+g+"/users/"+id, nil)
	if got := c.slackGroup("Launch crew"); !slices.Equal(got, []string{"jo"}) {
		t.Errorf("Slack: Launch crew is %v", got)
	}
	c.okta(http.MethodPut, "/api/v1/groups/"+g, map[string]any{"profile": map[string]any{"name": "Landing crew"}})
	if got := c.jiraGroup("Landing crew"); !slices.Equal(got, []string{"jo"}) {
		t.Errorf("Jira: Landing crew is %v", got)
	}
	c.okta(http.MethodDelete, "/api/v1/groups/"+g, nil)
	if s, j := c.slackGroup("Landing crew"), c.jiraGroup("Landing crew"); s != nil || j != nil {
		t.Errorf("Landing crew is there still: %v, %v", s, j)
	}
	for _, s := range c.followed() {
		if !strings.Contains(s, " 200  < ") {
			t.Errorf("refused: %s", s)
		}
	}

	// Deleted for good.
	c.okta(http.MethodDelete, "/api/v1/users/"+id, nil)
	c.okta(http.MethodDelete, "/api/v1/users/"+id, nil)
	if u := c.account("jo@acme.example"); u["deleted"] != true {
		t.Errorf("Google: Jo is %v", u)
	}
}

func TestFiles(t *testing.T) {
	for _, x := range []struct{ files, to, owner string }{{"keep", "", "bo@acme.example"}, {"transfer", "", "ana@acme.example"}, {"transfer", "gus", "gus@acme.example"}, {"orphan", "", ""}} {
		t.Run(x.files+x.to, func(t *testing.T) {
			c := start(t, twin.Options{})
			ana := c.google("ana")
			var made map[string]any
			_, b := c.call(http.MethodPost, "google", "/drive/v3/files", c.google("bo"), map[string]any{"name": "Notes of Bo", "mimeType": "text/plain"})
			json.Unmarshal(b, &made)
			c.links(map[string]any{"google": map[string]any{"files": x.files, "to": x.to}})
			c.okta(http.MethodPost, "/api/v1/users/"+c.oktaID("bo")+"/lifecycle/deactivate", nil)
			if f := c.file(ana, "telemetry.csv"); f == nil || owner(f) != x.owner {
				t.Errorf("telemetry.csv is %v, want it to be %q's", f, x.owner)
			}
			if x.files == "transfer" {
				auth := c.google(strings.TrimSuffix(x.owner, "@acme.example"))
				if f := c.file(auth, "Notes of Bo"); owner(f) != x.owner {
					t.Errorf("Bo's notes are %q's", owner(f))
				}
				if f := c.file(auth, "bo@acme.example"); f == nil {
					t.Error("there is no folder of what was Bo's")
				}
			}
			c.okta(http.MethodPost, "/api/v1/users/"+c.oktaID("bo")+"/lifecycle/activate?sendEmail=false", nil)
			want := x.owner
			if x.files == "orphan" {
				want = "bo@acme.example"
			}
			if f := c.file(ana, "telemetry.csv"); owner(f) != want {
				t.Errorf("when Bo is back, telemetry.csv is %q's, want %q", owner(f), want)
			}
		})
	}
}

func TestSwitches(t *testing.T) {
	c := start(t, twin.Options{})
	off := map[string]any{"create": false, "deactivate": false, "profile": false, "groups": false}
	c.links(map[string]any{"slack": off, "jira": off, "google": off})
	bo := c.oktaID("bo")
	g := c.okta(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Launch crew"}})["id"].(string)
	c.okta(http.MethodPut, "/api/v1/groups/"+g+"/users/"+bo, nil)
	c.okta(http.MethodPost, "/api/v1/users?activate=true", map[string]any{"profile": map[string]any{"firstName": "Jo", "lastName": "Quist", "login": "jo@acme.example", "email": "jo@acme.example"}})
	c.okta(http.MethodPost, "/api/v1/users/"+bo, map[string]any{"profile": map[string]any{"title": "Lead", "email": "b@acme.example"}})
	c.okta(http.MethodPost, "/api/v1/users/"+bo+"/lifecycle/deactivate", nil)
	if got := c.followed(); got != nil {
		t.Errorf("followed although all is off: %v", got)
	}
	if u := c.slackUser("bo@acme.example"); u["deleted"] == true || u["profile"].(map[string]any)["title"] != "Software Engineer" {
		t.Errorf("Slack: Bo is %v", u)
	}
	// What a link did not follow does not keep it from following the rest later.
	c.links(map[string]any{"slack": map[string]any{"profile": false}, "jira": off, "google": off})
	c.okta(http.MethodPost, "/api/v1/users/"+bo+"/lifecycle/activate?sendEmail=false", nil)
	c.okta(http.MethodPost, "/api/v1/users/"+bo+"/lifecycle/deactivate", nil)
	if u := c.slackUser("bo@acme.example"); u["deleted"] != true || u["profile"].(map[string]any)["title"] != "Software Engineer" {
		t.Errorf("Slack: Bo is %v", u)
	}
	for _, bad := range []string{`{"links":{"slack":{"lagg":"1h"}}}`, `{"links":{"okta":{}}}`, `{"links":{"google":{"files":"burn"}}}`, `{"links":{"slack":{"lag":"soon"}}}`, `{}`, `{"linx":{}}`, `{"links":{"teams":{}}}`} {
		if status, got := c.call(http.MethodPut, "twinset", "/_twin/links", "", json.RawMessage(bad)); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, status, got)
		}
	}
}

func TestLag(t *testing.T) {
	c := start(t, twin.Options{})
	c.twinset(http.MethodPut, "/_twin/clock", map[string]any{"mode": "frozen"})
	c.links(map[string]any{"slack": map[string]any{"lag": "15m"}})
	c.okta(http.MethodPost, "/api/v1/users/"+c.oktaID("bo")+"/lifecycle/deactivate", nil)
	deleted := func() bool { return c.slackUser("bo@acme.example")["deleted"] == true }
	if c.jiraUser("bo@acme.example")["active"] != false || deleted() {
		t.Error("Jira does not follow at once, or Slack does")
	}
	c.twinset(http.MethodPost, "/_twin/clock/advance", map[string]any{"by": "14m59s"})
	if deleted() {
		t.Error("Slack follows too early")
	}
	c.twinset(http.MethodPost, "/_twin/worlds", map[string]any{"name": "fork"})
	c.twinset(http.MethodPost, "/_twin/clock/advance", map[string]any{"by": "1s"})
	if !deleted() {
		t.Error("Slack does not follow")
	}
	if f := c.in("fork"); f.slackUser("bo@acme.example")["deleted"] == true {
		t.Error("the fork, whose clock stands still, has followed")
	}
	c.twinset(http.MethodPost, "/_twin/worlds/fork/clock/advance", map[string]any{"by": "1s"})
	if f := c.in("fork"); f.slackUser("bo@acme.example")["deleted"] != true {
		t.Error("the fork does not follow")
	}
}

func TestForksFollowAlone(t *testing.T) {
	c := start(t, twin.Options{})
	c.twinset(http.MethodPost, "/_twin/worlds", map[string]any{"name": "fork"})
	f := c.in("fork")
	f.okta(http.MethodPost, "/api/v1/users/"+f.oktaID("bo")+"/lifecycle/suspend", nil)
	if f.slackUser("bo@acme.example")["deleted"] != true || c.slackUser("bo@acme.example")["deleted"] == true {
		t.Error("what happens in a fork happens in the fork, and nowhere else")
	}
	if got := c.followed(); got != nil {
		t.Errorf("the default world's journal: %v", got)
	}
	// A seed that was exported makes the same world again, links and all.
	f.links(map[string]any{"jira": map[string]any{"lag": "1h"}})
	_, seed := f.call(http.MethodGet, "twinset", "/_twin/seed", "", nil)
	f.twinset(http.MethodPost, "/_twin/seed", json.RawMessage(seed))
	_, again := f.call(http.MethodGet, "twinset", "/_twin/seed", "", nil)
	var was, is any
	json.Unmarshal(seed, &was)
	json.Unmarshal(again, &is)
	if !reflect.DeepEqual(was, is) {
		t.Error("the seed is another after import")
	}
	if !strings.Contains(string(seed), "1h") {
		t.Error("the export has no links")
	}
}

func TestAssigned(t *testing.T) {
	c := start(t, twin.Options{})
	c.links(map[string]any{"slack": map[string]any{"assigned": true}})
	app := c.okta(http.MethodPost, "/api/v1/apps", map[string]any{"name": "slack", "label": "Slack", "signOnMode": "SAML_2_0", "settings": map[string]any{"app": map[string]any{"domain": "acme-rockets"}}})["id"].(string)
	id := c.okta(http.MethodPost, "/api/v1/users?activate=true", map[string]any{"profile": map[string]any{"firstName": "Jo", "lastName": "Quist", "login": "jo@acme.example", "email": "jo@acme.example"}})["id"].(string)
	if c.slackUser("jo@acme.example") != nil || c.jiraUser("jo@acme.example") == nil {
		t.Error("Jo is in Slack without having been assigned it, or not in Jira")
	}
	c.okta(http.MethodPost, "/api/v1/apps/"+app+"/users", map[string]any{"id": id, "scope": "USER", "credentials": map[string]any{"userName": "jo"}})
	if u := c.slackUser("jo@acme.example"); u == nil || u["deleted"] == true {
		t.Errorf("assigned, Jo is %v", u)
	}
	c.okta(http.MethodDelete, "/api/v1/apps/"+app+"/users/"+id, nil)
	if u := c.slackUser("jo@acme.example"); u["deleted"] != true {
		t.Errorf("not assigned any more, Jo is %v", u)
	}
	// By way of a group.
	g := c.okta(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Pilots"}})["id"].(string)
	c.okta(http.MethodPut, "/api/v1/groups/"+g+"/users/"+id, nil)
	c.okta(http.MethodPut, "/api/v1/apps/"+app+"/groups/"+g, map[string]any{})
	if u := c.slackUser("jo@acme.example"); u["deleted"] == true {
		t.Errorf("assigned by a group, Jo is %v", u)
	}
	if got := c.slackGroup("Pilots"); !slices.Equal(got, []string{"jo"}) {
		t.Errorf("Pilots are %v", got)
	}
}

// list reads a list of Okta's.
func (c *company) list(path string) (out []map[string]any) {
	c.get("okta", path, "SSWS "+c.env["OKTA_CLIENT_TOKEN"], &out)
	return out
}

func (c *company) account(email string) map[string]any {
	for _, u := range c.records("google.users") {
		if u["email"] == email {
			return u
		}
	}
	return nil
}

// drive is the id of a shared drive.
func (c *company) drive(name string) string {
	for _, d := range c.records("gdrive.drives") {
		if d["name"] == name {
			return d["id"].(string)
		}
	}
	return ""
}

// share lets a group into a file or a shared drive.
func (c *company) share(file, group, role string) {
	c.t.Helper()
	status, got := c.call(http.MethodPost, "google", "/drive/v3/files/"+file+"/permissions?supportsAllDrives=true", c.google("ana"), map[string]any{"type": "group", "role": role, "emailAddress": group})
	if status != http.StatusOK {
		c.t.Fatalf("%d %s", status, got)
	}
}
