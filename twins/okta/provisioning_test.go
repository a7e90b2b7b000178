package okta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/kit/twin"
)

// A scimApp is an app that people and groups are brought to, with the little of SCIM that Okta asks for.
type scimApp struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string]obj // by path: /Users/1
	order   []string
	heard   []string // the requests, as "POST /Users"
	bodies  []obj
	refuse  int // the status of all answers, if not zero
}

var scimFilter = regexp.MustCompile(`userName eq "([^"]+)"`)

func newSCIMApp(t *testing.T) *scimApp {
	s := &scimApp{objects: map[string]obj{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		body := obj{}
		json.NewDecoder(r.Body).Decode(&body)
		s.heard, s.bodies = append(s.heard, r.Method+" "+r.URL.RequestURI()), append(s.bodies, body)
		path, status := r.URL.Path, http.StatusOK
		var out any
		switch {
		case r.Header.Get("Authorization") != "Bearer of-the-app" || r.Header.Get("User-Agent") != "Okta SCIM Client 1.0.0":
			status, out = http.StatusUnauthorized, obj{"detail": "who are you?"}
		case s.refuse != 0:
			status, out = s.refuse, obj{"detail": "not today"}
		case r.Method == http.MethodPost:
			id := fmt.Sprint(len(s.order) + 1)
			body["id"], status, out = id, http.StatusCreated, body
			s.objects[path+"/"+id], s.order = body, append(s.order, path+"/"+id)
		case strings.Count(path, "/") == 1:
			var found []any
			m := scimFilter.FindStringSubmatch(r.URL.Query().Get("filter"))
			for _, p := range s.order {
				if strings.HasPrefix(p, path+"/") && (m == nil || s.objects[p]["userName"] == m[1]) {
					found = append(found, s.objects[p])
				}
			}
			var from, count int
			fmt.Sscan(r.URL.Query().Get("startIndex"), &from)
			fmt.Sscan(r.URL.Query().Get("count"), &count)
			out = obj{"totalResults": len(found), "startIndex": from, "Resources": found[min(from-1, len(found)):min(from-1+count, len(found))]}
		case s.objects[path] == nil:
			status, out = http.StatusNotFound, obj{"detail": "nobody is there"}
		case r.Method == http.MethodPut:
			s.objects[path], out = body, body
		case r.Method == http.MethodDelete:
			delete(s.objects, path)
			status = http.StatusNoContent
		case r.Method == http.MethodPatch:
			for _, x := range list(body["Operations"]) {
				op := object(x)
				members := list(s.objects[path]["members"])
				switch p := text(op["path"]); {
				case p == "members":
					members = append(members, list(op["value"])...)
				case p != "":
					members = slices.DeleteFunc(members, func(m any) bool { return strings.Contains(p, `"`+text(object(m)["value"])+`"`) })
				}
				s.objects[path] = with(with(s.objects[path], object(op["value"])), obj{"members": members})
			}
			out = s.objects[path]
		default:
			out = s.objects[path]
		}
		w.WriteHeader(status)
		if out != nil {
			json.NewEncoder(w).Encode(out)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// next returns the requests since the last call, once the last of them is the one that is waited for.
func (s *scimApp) next(t *testing.T, last string) (heard []string, bodies []obj) {
	t.Helper()
	for range 300 {
		s.mu.Lock()
		if n := len(s.heard); n > 0 && strings.HasPrefix(s.heard[n-1], last) {
			heard, bodies, s.heard, s.bodies = s.heard, s.bodies, nil, nil
			s.mu.Unlock()
			return heard, bodies
		}
		s.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited for %s, heard %q", last, s.heard)
	return nil, nil
}

// quiet fails if the app hears anything.
func (s *scimApp) quiet(t *testing.T) {
	t.Helper()
	time.Sleep(50 * time.Millisecond)
	if s.mu.Lock(); len(s.heard) > 0 {
		t.Errorf("heard %q", s.heard)
	}
	s.mu.Unlock()
}

// People who are given an app come to be in it, are kept up to date there, and are out of it again.
func TestProvisioning(t *testing.T) {
	o, w := world(t)
	s := newSCIMApp(t)
	do := func(method, path, body string) obj {
		t.Helper()
		status, _, out := ask(t, o, w, method, path, body)
		if status >= 300 {
			t.Fatalf("%s %s: %d %v", method, path, status, out)
		}
		return object(out)
	}
	id := text(do("POST", "/api/v1/apps", `{"name": "zendesk", "label": "Desk", "signOnMode": "SAML_2_0"}`)["id"])
	app := "/api/v1/apps/" + id
	do("POST", app+"/connections/default?activate=true", `{"baseUrl": "`+s.URL+`", "profile": {"authScheme": "TOKEN", "token": "of-the-app"}}`)
	s.next(t, "GET /Users?startIndex=1&count=2")
	do("PUT", app+"/features/USER_PROVISIONING", `{"create": {"lifecycleCreate": {"status": "ENABLED"}}, "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}}}`)
	if got := texts(do("GET", app, "")["features"]); !slices.Contains(got, "PUSH_NEW_USERS") || !slices.Contains(got, "GROUP_PUSH") {
		t.Errorf("features are %v", got)
	}
	bo, emre, product := personID(w, o, "bo@acme.example"), personID(w, o, "emre@acme.example"), seedID("00g", "product")

	first := do("POST", app+"/users", `{"id": "`+bo+`", "scope": "USER"}`)
	if first["externalId"] != nil {
		t.Errorf("known before it was told: %v", first)
	}
	heard, bodies := s.next(t, "POST /Users")
	if heard[0] != "GET /Users?count=100&filter=userName%20eq%20%22bo%40acme.example%22&startIndex=1" {
		t.Errorf("heard %q", heard)
	}
	if got := bodies[1]; got["userName"] != "bo@acme.example" || dig(got, "name", "familyName") != "Lindqvist" || got["active"] != true || got["externalId"] != bo || dig(list(got["emails"])[0], "value") != "bo@acme.example" {
		t.Errorf("made %v", got)
	}
	stands := func(user, state string) obj {
		t.Helper()
		var v obj
		for range 300 {
			if v = do("GET", app+"/users/"+user, ""); v["syncState"] == state {
				return v
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("it is %v, not %s", v, state)
		return nil
	}
	if v := stands(bo, "SYNCHRONIZED"); v["externalId"] != "1" || v["status"] != "PROVISIONED" || v["lastSync"] == nil {
		t.Errorf("%v", v)
	}

	// A change is written over what the app has.
	s.mu.Lock()
	s.objects["/Users/1"]["desk"] = "B-217"
	s.mu.Unlock()
	do("POST", "/api/v1/users/"+bo, `{"profile": {"lastName": "Berg"}}`)
	if heard, bodies = s.next(t, "PUT /Users/1"); heard[0] != "GET /Users/1" || dig(bodies[1], "name", "familyName") != "Berg" || bodies[1]["desk"] != "B-217" {
		t.Errorf("heard %q, %v", heard, bodies)
	}
	do("POST", "/api/v1/users/"+bo, `{"profile": {"mobilePhone": null}}`)
	s.quiet(t)

	// Who is there already is not made again, and who is in a group that has the app has it.
	s.mu.Lock()
	s.objects["/Users/e"], s.order = obj{"id": "e", "userName": "emre@acme.example", "active": false}, append(s.order, "/Users/e")
	s.mu.Unlock()
	do("PUT", app+"/groups/"+product, `{}`)
	for range 300 {
		if v := do("GET", app+"/users/"+emre, ""); v["syncState"] == "SYNCHRONIZED" && v["externalId"] == "e" && s.is("/Users/e", "active", true) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !s.is("/Users/e", "active", true) || !s.is("/Users/e", "externalId", emre) {
		t.Errorf("Emre is %v", s.objects["/Users/e"])
	}

	// The group itself is pushed with those of its people who are in the app.
	push := do("POST", app+"/group-push/mappings", `{"sourceGroupId": "`+product+`", "targetGroupName": "Product team"}`)
	_, bodies = s.next(t, "PATCH /Groups/")
	if ops := list(bodies[len(bodies)-1]["Operations"]); len(list(dig(ops[1], "value"))) != 3 {
		t.Errorf("members are %v", ops)
	}
	do("DELETE", "/api/v1/groups/"+product+"/users/"+emre, "")
	s.next(t, "PATCH /") // Emre, or the group without him
	for range 300 {
		if s.is("/Users/e", "active", false) && len(s.members("Product team")) == 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := s.members("Product team"); len(got) != 2 {
		t.Errorf("members are %v", got)
	}
	do("PATCH", app+"/group-push/mappings/"+text(push["id"]), `{"status": "INACTIVE"}`)
	do("DELETE", app+"/group-push/mappings/"+text(push["id"])+"?deleteTargetGroup=true", "")
	s.next(t, "DELETE /Groups/")

	// Who may not sign in is not active in the app either; a failure is told, and tried again when there is something new.
	do("POST", "/api/v1/users/"+bo+"/lifecycle/suspend", "")
	if _, bodies = s.next(t, "PATCH /Users/1"); dig(list(bodies[0]["Operations"])[0], "value", "active") != false {
		t.Errorf("%v", bodies)
	}
	do("POST", "/api/v1/users/"+bo+"/lifecycle/unsuspend", "")
	s.next(t, "PUT /Users/1")
	stands(bo, "SYNCHRONIZED")
	s.mu.Lock()
	s.refuse = http.StatusConflict
	s.mu.Unlock()
	do("POST", "/api/v1/users/"+bo, `{"profile": {"title": "Pilot"}}`)
	s.next(t, "GET /Users/1")
	stands(bo, "ERROR")
	_, _, log := ask(t, o, w, "GET", "/api/v1/logs?sortOrder=DESCENDING&limit=1", "")
	if e := object(list(log)[0]); e["eventType"] != "application.provision.user.push_profile" || dig(e, "outcome", "result") != "FAILURE" || !strings.Contains(text(dig(e, "outcome", "reason")), "Automatic provisioning of user Bo Lindqvist to app Desk failed") {
		t.Errorf("the log says %v", e)
	}
	s.mu.Lock()
	s.refuse = 0
	s.mu.Unlock()
	do("POST", "/api/v1/users/"+bo, `{"profile": {"title": "Captain"}}`)
	if _, bodies = s.next(t, "PUT /Users/1"); bodies[1]["title"] != "Captain" {
		t.Errorf("%v", bodies)
	}

	// A server that fails is asked again, in the world's own time.
	s.mu.Lock()
	s.refuse = http.StatusBadGateway
	s.mu.Unlock()
	do("DELETE", app+"/users/"+bo, "")
	s.next(t, "PATCH /Users/1")
	s.mu.Lock()
	s.refuse = 0
	s.mu.Unlock()
	s.quiet(t)
	if err := w.Advance(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	s.next(t, "PATCH /Users/1")
	if !s.is("/Users/1", "active", false) {
		t.Errorf("Bo is %v", s.objects["/Users/1"])
	}
}

func (s *scimApp) is(path, name string, want any) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[path][name] == want
}

func (s *scimApp) members(group string) []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.objects {
		if v["displayName"] == group {
			return list(v["members"])
		}
	}
	return nil
}

// The people of an app are brought in page by page, as far as its rules confirm them.
func TestImport(t *testing.T) {
	o, w := world(t)
	s := newSCIMApp(t)
	for i := range 150 {
		p := fmt.Sprintf("/Users/%d", i+1)
		name := fmt.Sprintf("new%d@acme.example", i)
		if i == 0 {
			name = "bo@acme.example"
		}
		s.objects[p], s.order = obj{"id": fmt.Sprint(i + 1), "userName": name, "name": obj{"givenName": "New", "familyName": fmt.Sprint("Person ", i)}, "emails": []any{obj{"value": name, "primary": true}}, "active": true}, append(s.order, p)
	}
	_, _, made := ask(t, o, w, "POST", "/api/v1/apps", `{"name": "zendesk", "label": "Desk", "signOnMode": "SAML_2_0"}`)
	app := "/api/v1/apps/" + text(object(made)["id"])
	ask(t, o, w, "POST", app+"/connections/default?activate=true", `{"baseUrl": "`+s.URL+`/", "profile": {"authScheme": "TOKEN", "token": "of-the-app"}}`)
	ask(t, o, w, "PUT", app+"/features/INBOUND_PROVISIONING", `{"importRules": {"userCreateAndMatch": {"exactMatchCriteria": "USERNAME", "autoConfirmExactMatch": true, "autoConfirmNewUsers": true, "autoActivateNewUsers": true}}}`)
	s.next(t, "GET /Users?startIndex=1&count=2")
	if _, err := o.Actions["import_people"](t.Context(), w, nil, []byte(`{"app": "`+text(object(made)["id"])+`"}`)); err != nil {
		t.Fatal(err)
	}
	heard, _ := s.next(t, "GET /Users?count=100&startIndex=101")
	if heard[0] != "GET /Users?startIndex=1&count=100" {
		t.Errorf("heard %q", heard)
	}
	var people []any
	for range 300 {
		if _, _, out := ask(t, o, w, "GET", app+"/users?limit=500", ""); len(list(out)) == 150 {
			people = list(out)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(people) != 150 {
		t.Fatal("not all are there")
	}
	bo := personID(w, o, "bo@acme.example")
	if i := slices.IndexFunc(people, func(p any) bool { return object(p)["id"] == bo }); i < 0 || object(people[i])["externalId"] != "1" {
		t.Errorf("Bo is not among them")
	}
	w.View(func(tc *twin.Call) error {
		if u, ok := o.usersByLogin.Get(tc.Tx, "new149@acme.example"); !ok || u.Status != statusProvisioned {
			t.Errorf("the last one is %v", u.Status)
		}
		return nil
	})
	s.quiet(t)
}
