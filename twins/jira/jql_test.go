package jira

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

// TestQueries asks the demo site every query of testdata/queries.jql. There, a query begins a line; what follows it, set in, is the answer:
// the keys of the issues in their order, after "!" a sentence with which it is refused, after "~" one that comes beside
// the issues. "as bo" changes who asks, from ana at first, "as nobody" to nobody; "visit KEY" has them look at an issue.
func TestQueries(t *testing.T) {
	const file = "testdata/queries.jql"
	j, w := world(t)
	server := httptest.NewServer(j.Echo)
	defer server.Close()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	auth, queries, refused := basic(t, j, w, "ana"), 0, 0
	var out strings.Builder
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	for n := 0; n < len(lines); n++ {
		line := lines[n]
		fmt.Fprintln(&out, line)
		name, visits := strings.CutPrefix(line, "visit ")
		switch {
		case line == "" || line[0] == '#':
			continue
		case strings.HasPrefix(line, "as "):
			if auth = ""; line != "as nobody" {
				auth = basic(t, j, w, line[3:])
			}
			continue
		case visits:
			ask(t, server.URL+"/w/"+w.Name(), http.MethodGet, "/rest/api/3/issue/"+name+"?updateHistory=true", auth, nil)
			continue
		}
		var want []string
		for n+1 < len(lines) && strings.HasPrefix(lines[n+1], "  ") {
			n++
			want = append(want, strings.TrimSpace(lines[n]))
		}
		var query any
		if json.Unmarshal([]byte(line), &query) != nil { // one with characters that a line cannot have is a JSON string
			query = line
		}
		got := answered(ask(t, server.URL+"/w/"+w.Name(), http.MethodPost, "/rest/api/3/search", auth, map[string]any{"jql": query, "fields": []string{"summary"}, "maxResults": 1000}))
		for _, s := range got {
			fmt.Fprintln(&out, "  "+s)
		}
		if strings.HasPrefix(got[0], "!") {
			refused++
		}
		queries++
		if strings.Join(got, "\n") != strings.Join(want, "\n") && !rewriting() {
			t.Errorf("line %d: %s\n got %q\nwant %q", n+1, line, got, want)
		}
	}
	t.Logf("%d queries, %d of them refused", queries, refused)
	if rewriting() {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func rewriting() bool { f := flag.Lookup("rewrite"); return f != nil && f.Value.String() == "true" }

// ask makes a request and returns its answer, which must be JSON and no fault of ours.
func ask(t *testing.T, base, method, path, as string, body any) map[string]any {
	t.Helper()
	b, _ := json.Marshal(body)
	r, err := http.NewRequest(method, base+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if as != "" {
		r.Header.Set("Authorization", as)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode >= 500 {
		t.Fatalf("%s %s %s: %d %v %v", method, path, b, res.StatusCode, out, err)
	}
	return out
}

// answered is the answer to a search as testdata/queries.jql has it.
func answered(out map[string]any) (lines []string) {
	for _, s := range list(out["errorMessages"]) {
		lines = append(lines, "! "+text(s))
	}
	for _, s := range list(out["warningMessages"]) {
		lines = append(lines, "~ "+text(s))
	}
	if out["issues"] != nil {
		var keys []string
		for _, i := range list(out["issues"]) {
			keys = append(keys, text(object(i)["key"]))
		}
		if keys == nil {
			keys = []string{"nothing"}
		}
		lines = append(lines, strings.Join(keys, " "))
	}
	return lines
}

// as runs f as somebody in a world, with what it writes.
func as(t testing.TB, j *Jira, w *twin.World, who string, f func(c *call)) {
	t.Helper()
	if err := w.Update(func(tc *twin.Call) error {
		c := j.newCall(tc)
		for u := range j.usersByEmail.All(tc.Tx, who+"@acme.example") {
			c.who = u
		}
		f(c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// keysFound are the keys of what a query finds for a call, and what is wrong with it.
func keysFound(c *call, query string) string {
	q, err := jql.Parse(query)
	if err != nil {
		return err.Error()
	}
	f := c.find(q)
	keys := slices.Concat(f.errors, f.warnings)
	for _, i := range f.found() {
		keys = append(keys, c.keyOf(i))
	}
	return strings.Join(keys, " ")
}

// The sources that a query chooses leave no issue out: what it finds is what it holds of among all issues, and so is its first page.
func TestSources(t *testing.T) {
	j, w := world(t)
	b, err := os.ReadFile("testdata/queries.jql")
	if err != nil {
		t.Fatal(err)
	}
	as(t, j, w, "ana", func(c *call) {
		for line := range strings.SplitSeq(string(b), "\n") {
			q, err := jql.Parse(line)
			if err != nil || strings.HasPrefix(line, " ") {
				continue
			}
			f := c.find(q)
			var got, want, first []int64
			for _, i := range f.found() {
				got = append(got, i.ID)
			}
			f.few = 0 // think about all
			for _, i := range f.first(7) {
				first = append(first, i.ID)
			}
			for i := range j.issues.All(c.Tx, "") {
				if f.where.holds(&i) && f.sees(&i) {
					want = append(want, i.ID)
				}
			}
			if !slices.Equal(first, got[:min(7, len(got))]) {
				t.Errorf("%s: first %v of %v", line, first, got)
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: found %v of %v", line, got, want)
			}
		}
	})
}

// However the beginning of what is found is had, it is what all of it begins with.
func TestOrders(t *testing.T) {
	j, w := world(t)
	fill(t, j, w, 700)
	as(t, j, w, "ana", func(c *call) {
		for _, where := range []string{"", "project = P1", "status = Done AND project in (P1, P2, ROCK)", "assignee is EMPTY"} {
			for _, order := range []string{"", "created", "created DESC", "updated ASC, key", "rank", "rank DESC", "key", "key DESC", "priority", "priority ASC", "priority, updated", "assignee DESC, status, rank", "assignee", "statusCategory",
				"resolution DESC, project, key", "project DESC, created", "summary", "labels, priority", "duedate, issuetype"} {
				query := where
				if order != "" {
					query += " ORDER BY " + order
				}
				q, err := jql.Parse(query)
				if err != nil {
					t.Fatal(query, err)
				}
				f := c.find(q)
				all := f.found()
				for _, f.few = range []int{0, 100} {
					for _, n := range []int{1, 50} {
						if got := f.first(n); !slices.Equal(got, all[:min(n, len(all))]) {
							t.Errorf("%s: the first %d are not those of all", query, n)
						}
					}
				}
			}
		}
	})
}

// Custom fields of every kind, by number, by name and by name and type.
func TestCustomFields(t *testing.T) {
	j, w := world(t)
	bo, chidi, engineering := "", "", ""
	as(t, j, w, "ana", func(c *call) {
		for u := range j.users.All(c.Tx, "") {
			switch u.Email {
			case "bo@acme.example":
				bo = u.ID
			case "chidi@acme.example":
				chidi = u.ID
			}
		}
		for g := range j.groups.All(c.Tx, "") {
			if strings.EqualFold(g.Name, "engineering") {
				engineering = g.ID
			}
		}
		options := []Option{{ID: 1, Value: "Red"}, {ID: 2, Value: "Blue"}, {ID: 3, Value: "Dark", Parent: 1}, {ID: 4, Value: "Light", Parent: 1}}
		for n, x := range []struct {
			name, kind   string
			ops, peoples any // of OPS-1 and of PEOPLE-1
		}{
			{"Line", "textfield", "A short line about pumps", nil},
			{"Story", "textarea", "A long story of valves", "Another one"},
			{"Page", "url", "https://acme.example/a", nil},
			{"Weight", "float", 12.5, -3.0},
			{"Day", "datepicker", "2026-03-05", nil},
			{"Moment", "datetime", 1772443800000.0, nil}, // half past nine
			{"Tags", "labels", []any{"North", "South"}, []any{"east"}},
			{"Colour", "select", "1", "2"},
			{"Button", "radiobuttons", "2", nil},
			{"Colours", "multiselect", []any{"1", "2"}, nil},
			{"Boxes", "multicheckboxes", []any{"2"}, []any{"1"}},
			{"Shade", "cascadingselect", []any{"1", "3"}, []any{"1"}},
			{"Owner", "userpicker", bo, nil},
			{"Owners", "multiuserpicker", []any{bo, chidi}, []any{chidi}},
			{"Crowd", "grouppicker", engineering, nil},
			{"Home", "project", "10000", nil},
			{"Since", "version", "10001", nil},
			{"Seen in", "multiversion", []any{"10000", "10001"}, nil},
		} {
			field := CustomField{ID: int64(11000 + n), Name: x.name, Type: customTypes + x.kind, Searcher: customTypes + x.kind + "searcher"}
			if x.kind == "url" {
				field.Searcher = customTypes + "exacttextsearcher"
			}
			j.customFields.Put(c.Tx, field)
			ctx := Context{ID: 21000 + field.ID, Field: customPrefix + id(field.ID)}
			if strings.Contains(x.kind, "select") || strings.Contains(x.kind, "boxes") || strings.Contains(x.kind, "buttons") {
				ctx.Options = options
			}
			j.contexts.Put(c.Tx, ctx)
			for k, v := range map[string]any{"OPS-1": x.ops, "PEOPLE-1": x.peoples} {
				i, _ := c.findIssue(k)
				i.Fields = with(i.Fields, obj{ctx.Field: v})
				if v != nil {
					j.issues.Put(c.Tx, i)
				}
			}
		}
		for _, x := range []struct{ query, want string }{
			{`Line ~ pump`, "OPS-1"},
			{`"line[Short text]" ~ "short pumps"`, "OPS-1"},
			{`cf[11000] is not EMPTY`, "OPS-1"},
			{`Line = x`, "The operator '=' is not supported by the 'Line' field."},
			{`Story ~ valve`, "OPS-1"},
			{`"Story[Paragraph]" !~ valve`, "PEOPLE-1"},
			{`text ~ valves and project = OPS`, "OPS-1"},
			{`Page = "https://acme.example/a"`, "OPS-1"},
			{`Page ~ acme`, "The operator '~' is not supported by the 'Page' field."},
			{`Weight > 12`, "OPS-1"},
			{`Weight = -3`, "PEOPLE-1"},
			{`Weight in (12.5, 1) order by Weight`, "OPS-1"},
			{`Weight is not EMPTY order by Weight desc`, "OPS-1 PEOPLE-1"},
			{`"Weight[Number]" < 0`, "PEOPLE-1"},
			{`Weight = heavy`, "Value 'heavy' for the 'Weight' field is not a valid number."},
			{`Day = 2026-03-05`, "OPS-1"},
			{`Day > now() and "Day[Date]" <= endOfWeek()`, "OPS-1"},
			{`Day = soon`, "Date value 'soon' for field 'Day' is invalid. Valid formats include: 'YYYY/MM/DD', 'YYYY-MM-DD', or a period format e.g. '-5d', '4w 2d'."},
			{`Moment >= "2026/03/02 09:30" and Moment < "2026/03/02 09:31"`, "OPS-1"},
			{`Tags = north`, "OPS-1"},
			{`Tags in (EAST, West)`, "PEOPLE-1"},
			{`Tags != south`, "PEOPLE-1"},
			{`Colour = red`, "OPS-1"},
			{`Colour in (Blue, 1) order by Colour`, "PEOPLE-1 OPS-1"},
			{`Colour = Green`, "The option 'Green' for field 'Colour' does not exist."},
			{`"Colour[Dropdown]" != Red`, "PEOPLE-1"},
			{`Colour in choiceOption(Red)`, "OPS-1"},
			{`"Button[Radio Buttons]" = Blue`, "OPS-1"},
			{`Colours = Red and "Colours[Select List (multiple choices)]" = Blue`, "OPS-1"},
			{`"Boxes[Checkboxes]" not in (Red)`, "OPS-1"},
			{`Shade = Red`, "PEOPLE-1 OPS-1"},
			{`Shade = Dark`, "OPS-1"},
			{`Shade in cascadeOption(Red)`, "PEOPLE-1 OPS-1"},
			{`Shade in cascadeOption(Red, Dark)`, "OPS-1"},
			{`Shade in cascadeOption(Red, None)`, "PEOPLE-1"},
			{`Shade in cascadeOption(Green)`, "The option 'Green' specified in function 'cascadeOption' is not a valid parent option."},
			{`Shade in cascadeOption(Red, Pink)`, "The option 'Pink' is not a child of option 'Red' in function 'cascadeOption'."},
			{`Shade in cascadeOption()`, `Incorrect number of arguments specified for the function 'cascadeOption'. Usages: cascadeOption(parentOption), cascadeOption(parentOption, childOption), cascadeOption(parentOption, "None").`},
			{`Owner = "Bo Lindqvist"`, "OPS-1"},
			{`Owner in membersOf(Engineering)`, "OPS-1"},
			{`Owner = nobody`, "The value 'nobody' does not exist for the field 'Owner'."},
			{`Owners = "Chidi Okafor" order by key`, "OPS-1 PEOPLE-1"},
			{`Crowd = Engineering`, "OPS-1"},
			{`Crowd = Nobodies`, "The group 'Nobodies' for field 'Crowd' does not exist."},
			{`Home = ROCK`, "OPS-1"},
			{`Home in projectsLeadByUser()`, "OPS-1"},
			{`Since = "Launch 7"`, "OPS-1"},
			{`Since > "Launch 6"`, "OPS-1"},
			{`"Seen in" = "Launch 6" and "Seen in" in unreleasedVersions()`, "OPS-1"},
			{`Owner was bo`, "History searches do not support the 'Owner' field."},
			{`issue.property[review].state = open`, ""},
		} {
			if got := keysFound(c, x.query); got != x.want {
				t.Errorf("%s: got %q, want %q", x.query, got, x.want)
			}
		}

		// What apps keep with issues.
		for k, v := range map[string]any{"OPS-1": obj{"state": "Open", "votes": 3.0, "who": []any{"ana", "bo"}, "done": true, "at": "2026-03-01T10:00:00.000+0000"}, "OPS-2": obj{"state": "closed"}} {
			i, _ := c.findIssue(k)
			c.setProperty("issue/"+id(i.ID), "review", v)
		}
		for _, x := range []struct{ query, want string }{
			{`issue.property[review].state = open`, "OPS-1"},
			{`issue.property["review"].state != open`, "OPS-2"},
			{`issue.property[review].votes >= 3`, "OPS-1"},
			{`issue.property[review].votes < 3`, ""},
			{`issue.property[review].who = bo`, "OPS-1"},
			{`issue.property[review].who in (chidi, ana)`, "OPS-1"},
			{`issue.property[review].done = true`, "Error in the JQL Query: 'true' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 31)"},
			{`issue.property[review].done = "true"`, "OPS-1"},
			{`issue.property[review].at > "2026-03-01"`, "OPS-1"},
			{`issue.property[review].at > startOfDay()`, ""},
			{`issue.property[review].state ~ clos`, ""},
			{`issue.property[review].state ~ "clos*"`, "OPS-2"},
			{`issue.property[review].votes is EMPTY and project = OPS and key <= OPS-2`, "OPS-2"},
			{`issue.property[review] is not EMPTY order by issue.property[review].state`, "OPS-2 OPS-1"},
			{`comment.property[review].state = open`, "Field 'comment.property' does not exist or you do not have permission to view it."},
		} {
			if got := keysFound(c, x.query); got != x.want {
				t.Errorf("%s: got %q, want %q", x.query, got, x.want)
			}
		}
	})
}

// A search finds what the caller may browse, by the project, by being who an issue is about, and by its security level.
func TestQueriesAndPermissions(t *testing.T) {
	j, w := world(t)
	expect := func(who, query, want string) {
		t.Helper()
		as(t, j, w, who, func(c *call) {
			if got := keysFound(c, query); got != want {
				t.Errorf("%s, %s: got %q, want %q", who, query, got, want)
			}
		})
	}
	expect("dara", "project = PEOPLE", "PEOPLE-2 PEOPLE-1")
	expect("dara", "comment ~ disks", "OPS-2")
	as(t, j, w, "ana", func(c *call) {
		p, _ := c.project("PEOPLE")
		p.Permissions = 777
		j.projects.Put(c.Tx, p)
		j.permissionSchemes.Put(c.Tx, PermissionScheme{ID: 777, Grants: []Grant{{1, "BROWSE_PROJECTS", Holder{"projectLead", ""}}, {2, "BROWSE_PROJECTS", Holder{"assignee", ""}}}})
		ops, _ := c.project("OPS")
		ops.Security = 5
		j.projects.Put(c.Tx, ops)
		j.securityLevels.Put(c.Tx, SecurityLevel{ID: 6, Scheme: 5, Name: "Secret", Members: []LevelMember{{1, Holder{"user", ops.Lead}}}})
		i, _ := c.findIssue("OPS-1")
		i.Fields = with(i.Fields, obj{"security": "6"})
		j.issues.Put(c.Tx, i)
		x, _ := c.findIssue("OPS-2")
		for y := range j.comments.All(c.Tx, key(x.ID)+"/") {
			y.Visibility = obj{"type": "role", "identifier": id(administratorsRole)}
			j.comments.Put(c.Tx, y)
		}
		gone, _ := c.findIssue("OPS-4")
		gone.Archived = c.at()
		j.issues.Put(c.Tx, gone)
	})
	expect("dara", "project = PEOPLE", "PEOPLE-2 PEOPLE-1")
	expect("ana", "project = PEOPLE", "The value 'PEOPLE' does not exist for the field 'project'.")
	expect("emre", "category = Company", "PEOPLE-2") // his own
	expect("emre", "key = PEOPLE-2", "PEOPLE-2")
	expect("emre", "key = PEOPLE-1", "An issue with key 'PEOPLE-1' does not exist for field 'key'.")
	expect("chidi", "project = OPS", "OPS-3 OPS-2 OPS-1")
	expect("ana", "project = OPS", "OPS-3 OPS-2")
	expect("chidi", "level = Secret", "OPS-1")
	expect("ana", "level = Secret", "")
	expect("ana", "issue in linkedIssues(OPS-1)", "Issue 'OPS-1' could not be found in function 'linkedIssues'.")
	expect("dara", "comment ~ disks", "")
	expect("dara", "text ~ disks", "")
	expect("ana", "text ~ disks", "OPS-2") // an administrator
	as(t, j, w, "ana", func(c *call) {
		p, _ := c.project("ROCK")
		p.Archived = c.at()
		j.projects.Put(c.Tx, p)
	})
	expect("ana", "type = Epic", "")
	expect("ana", "project = ROCK", "The value 'ROCK' does not exist for the field 'project'.")
}

// What a saved filter finds is found through it, unless it asks for itself.
func TestFilterClause(t *testing.T) {
	j, w := world(t)
	as(t, j, w, "ana", func(c *call) {
		for _, x := range []Filter{
			{ID: 1, Name: "Bugs", JQL: "type = Bug and project = ROCK order by key", Owner: c.who.ID},
			{ID: 2, Name: "Bad bugs", JQL: "filter = Bugs and priority = Highest", Owner: c.who.ID},
			{ID: 3, Name: "Everything", JQL: "order by key", Owner: c.who.ID},
			{ID: 4, Name: "Round", JQL: "filter = Around", Owner: c.who.ID},
			{ID: 5, Name: "Around", JQL: "filter = Round", Owner: c.who.ID},
			{ID: 6, Name: "Somebody's", JQL: "type = Epic"},
			{ID: 7, Name: "Broken", JQL: "type =", Owner: c.who.ID},
		} {
			j.filters.Put(c.Tx, x)
		}
		for _, x := range []struct{ query, want string }{
			{"filter = Bugs and status = Done", "ROCK-5 ROCK-4"},
			{"filter = 2", "ROCK-11 ROCK-4"},
			{"savedFilter in (2, Bugs) and priority = High", "ROCK-15"},
			{"filter != Bugs and type = Bug", "OPS-2"},
			{"filter not in (Bugs, \"Bad bugs\") and type = Bug", "OPS-2"},
			{"filter = Everything and project = PEOPLE", "PEOPLE-2 PEOPLE-1"},
			{"filter != Everything", ""},
			{"filter = Round", "Field 'filter' with value 'Round' matches filter 'Round' and causes a cyclical reference, this query can not be executed and should be edited."},
			{"filter = Nothing", "The value 'Nothing' does not exist for the field 'filter'."},
			{"filter = 99", "A value with ID '99' does not exist for the field 'filter'."},
			{"filter = \"Somebody's\"", "The value 'Somebody's' does not exist for the field 'filter'."},
			{"filter = Broken", "Error in JQL Query: Expecting either a value, list or function before the end of the query."},
			{"filter is EMPTY", "The operator 'is' is not supported by the 'filter' field."},
			{"filter = EMPTY", "The field 'filter' does not support searching for EMPTY values."},
		} {
			if got := keysFound(c, x.query); got != x.want {
				t.Errorf("%s: got %q, want %q", x.query, got, x.want)
			}
		}
	})
}

// No text makes a search fail otherwise than in Jira's words.
func FuzzFind(f *testing.F) {
	b, err := os.ReadFile("testdata/queries.jql")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		f.Add(line)
	}
	j := host()
	w, _ := j.World(twin.DefaultWorld)
	f.Fuzz(func(t *testing.T, query string) {
		q, err := jql.Parse(query)
		if err != nil {
			return
		}
		w.View(func(tc *twin.Call) error {
			c := j.newCall(tc)
			for u := range j.users.All(tc.Tx, "") {
				c.who = u
			}
			x := c.find(q)
			if n := x.count(); n > j.issues.Len(tc.Tx) {
				t.Errorf("%q finds %d issues", query, n)
			}
			x.found()
			return nil
		})
	})
}
