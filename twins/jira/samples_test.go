package jira

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"

	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// samples is the folder with the example answers of the public documentation, which a user's clone has not.
const samples = "../../../shared/samples/jira"

// shape is where in an answer there is something, and of what type: {"issues[].id string": true}.
type shape map[string]bool

// examples are the shapes of the public example answers, by operation.
var examples = sync.OnceValues(func() (map[string]shape, error) {
	all := map[string]shape{}
	for _, file := range []string{"jira-platform-v3-examples.json", "jira-software-examples.json"} {
		b, err := os.ReadFile(filepath.Join(samples, file))
		if err != nil {
			return nil, err
		}
		var doc map[string]struct {
			Method, Path string
			Answers      map[string]any
		}
		if err := json.Unmarshal(b, &doc); err != nil {
			return nil, err
		}
		for _, op := range doc {
			s := shape{}
			for status, answer := range op.Answers {
				if _, text := answer.(string); strings.HasPrefix(status, "2") && !text {
					s.add("", answer)
				}
			}
			if len(s) > 0 {
				all[route(op.Method, op.Path)] = s
			}
		}
	}
	return all, nil
})

// dataKey matches the keys that are somebody's data: ids, fields, roles, permissions.
var dataKey = regexp.MustCompile(`^\d+L?$|^[A-Z]|^customfield_\d+$|^[0-9a-f]{8}-`)

// add notes what is at a path and below it. Lists are as one element, maps by id as one value; null and empty lists say nothing,
// and what is below the value of a property, the configuration of an app or a document in rich text is up to who wrote it.
func (s shape) add(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		s[path+" object"] = true
		if anybodys.MatchString(path) || v["type"] == "doc" {
			return
		}
		_, account := v["accountId"]
		for k, member := range v {
			if account && member == "" && (k == "key" || k == "name") {
				continue // which accounts no longer have
			}
			if dataKey.MatchString(k) {
				k = "*"
			}
			s.add(strings.TrimPrefix(path+"."+k, "."), member)
		}
	case []any:
		for _, one := range v {
			s[path+" array"] = true
			s.add(path+"[]", one)
		}
	case nil:
	default:
		s[fmt.Sprintf("%s %T", path, v)] = true
	}
}

// anybodys matches what is not Jira's but its users'.
var anybodys = regexp.MustCompile(`^value$|configuration$|schema\.properties$`)

// seenShapes are the shapes of what the scripts have drawn, by operation.
var seenShapes = struct {
	sync.Mutex
	answers map[string]shape
}{answers: map[string]shape{}}

// route names an operation whatever its parameters are called, and version 2 of the API as version 3.
func route(method, path string) string {
	return method + " " + strings.Replace(parameter.ReplaceAllString(path, "{}"), "/api/2/", "/api/3/", 1)
}

var parameter = regexp.MustCompile(`\{\w+\}`)

// noteAnswer notes a good answer.
func noteAnswer(method, path string, body []byte) {
	id := route(method, path)
	var v any
	if json.Unmarshal(body, &v) != nil {
		return
	}
	seenShapes.Lock()
	defer seenShapes.Unlock()
	if seenShapes.answers[id] == nil {
		seenShapes.answers[id] = shape{}
	}
	seenShapes.answers[id].add("", v)
}

// unlikeExamples are what the scripts' answers have otherwise than the public examples, by operation, and how many
// keys and types agree of how many.
func unlikeExamples(t *testing.T) (diffs map[string][]string, agree, of int) {
	t.Helper()
	all, err := examples()
	if err != nil {
		t.Log("SKIPPED: no examples of the public documentation beside this clone; answers are not held against them")
		return nil, 0, 0
	}
	diffs = map[string][]string{}
	served := map[string]bool{}
	for _, op := range host().Operations() {
		served[route(op.Method, op.Path)] = true
	}
	for id, want := range all {
		if !served[id] {
			t.Logf("%s is in the public examples, but not in the specification", id)
			continue
		}
		for _, at := range slices.Sorted(maps.Keys(want)) {
			if excepted(id, at) {
				continue
			}
			of++
			if seenShapes.answers[id][at] {
				agree++
			} else {
				diffs[id] = append(diffs[id], at)
			}
		}
	}
	return diffs, agree, of
}

// floor is the share in percent of the public examples' keys and types that the answers must have.
const floor = 95

// holdExamples fails if the answers that the scripts drew are not like the public examples.
func holdExamples(t *testing.T) (agree, of int) {
	t.Helper()
	diffs, agree, of := unlikeExamples(t)
	for _, id := range slices.Sorted(maps.Keys(diffs)) {
		t.Logf("%s has not: %s", id, strings.Join(diffs[id], ", "))
	}
	t.Logf("jira: %d of %d keys and types of the public examples", agree, of)
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return agree, of // one script alone says nothing of the rest
	}
	if agree*100 < of*floor {
		t.Errorf("less than %d %% of the keys and types of the public examples", floor)
	}
	return agree, of
}

// An exception is what the examples show and the twin rightly has not.
type exception struct{ why, what string }

// exceptions are matched with "operation path type".
var exceptions = []exception{
	{"the example's issue is of no site: these fields are called watches and subtasks, have pages of comments and worklogs, and a time", `fields\.(watcher|sub-tasks|comment|worklog)\b|fields\.updated float64`},
	{"an issue shows the brief form of its project", `fields\.project\.(insight|style)\b`},
	{"the id of an attachment is a string in an issue, as the field's own schema says", `fields\.attachment\[\]\.id float64`},
	{"the summary is text, which has no allowed values and is no custom field", `fields\.summary\.(allowedValues|defaultValue|hasDefaultValue|schema\.(items|custom|customId))`},
	{"a field of the example's own", `transitions\[\]\.fields\.colour\b`},
	{"the example shows one of the list in the place of the list", `^GET /rest/agile/1.0/sprint/\{\}/issue |^GET /rest/api/3/user/assignable/search `},
	{"the example shows one of the list in the place of the list", `^GET /rest/api/3/(config/fieldschemes|config/fieldschemes/\{\}/fields|issuesecurityschemes/search) (allowed|fieldId|parameters|restricted|workType|description|fieldsCount|id|isDefault|links|matched|name|default|projectIds)`},
	{"a project shows the brief form of its components", `/project/\{\}(/restore)? components\[\]\.`},
	{"an issue that has no epic, or no sprint", `epic/none/issue issues\[\]\.fields\.epic\b|/backlog issues\[\]\.fields\.sprint\b`},
	{"no issue of the demo comes near a limit", `^GET /rest/api/3/issue/limit/report `},
	{"failures of the service itself", `^POST /rest/agile/1.0/(backlog|board)/\{\}/issue `},
	{"projects without a licence", `issuesInUnlicensedProjects`},
	{"components of Compass, which no site of the demo has", `\b(ari|metadata)\b`},
	{"a project that is deleted has nothing shared with it", `roject\.(deleted|deletedBy|deletedDate|retentionTillDate)\b`},
	{"events of a site's own cannot be made in the cloud", `templateEvent`},
	{"functions of queries come with Forge apps, of which the demo's site has none", `jql/function/computation`},
	{"what an app keeps of an option is its own", `properties\.(description|founded|leader|members)\b|properties\.propertyKey`},
	{"the older name of a scope's projects, which the documentation no longer has", `scope\.projects2`},
	{"the roles of a project that its team manages alone", `(role|/role/\{\}|^GET /rest/api/3/role|actors|role) .*scope\b|role\.scope\b`},
	{"the schema calls the scheme priorityScheme, and says that the task goes on", `^PUT /rest/api/3/priorityscheme/\{\} updated\b|/priorityscheme(/\{\})? task\.(finished|started|result)\b`},
	{"a share shows the brief form of its project, and so does an answer that nobody can expand", `ermission(s)?(\[\])? .*insight\b|ermissions\[\]\.project\.insight\b|^POST /rest/api/3/project/\{\}/restore insight\b`},
	{"the latest change of a project's issues is a text in some of the examples, as it is in the schema", `insight\.lastIssueUpdateTime float64`},
	{"names of accounts from before they had ids", `(users\[\]|owner)\.(key|name) string|actors\[\]\.user string|^GET /rest/api/3/user/bulk/migration `},
	{"dates of versions are days, as the schema says", `/versions \[\]\.(releaseDate|releaseDateSet|startDateSet)\b`},
	{"the example shows one of the list in the place of the list", `^GET /rest/agile/1.0/board/filter/\{\} (id|name|self)\b`},
	{"no Forge app is on the demo's site", `forgeRules`},
	{"pages of a thousand, which no script fills", `^GET /rest/api/3/worklog/(deleted|updated) nextPage`},
	{"an account is shown with its groups and applications only to who expands them", `lastModifiedUser\.(groups|applicationRoles)`},
}

var exceptional = sync.OnceValue(func() []*regexp.Regexp {
	var list []*regexp.Regexp
	for _, x := range exceptions {
		list = append(list, regexp.MustCompile(x.what))
	}
	return list
})

func excepted(id, at string) bool {
	return slices.ContainsFunc(exceptional(), func(x *regexp.Regexp) bool { return x.MatchString(id + " " + at) })
}
