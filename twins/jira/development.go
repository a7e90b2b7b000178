package jira

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

// developmentOperations are what the development panel of an issue asks, and tools that look at it.
func (j *Jira) developmentOperations() {
	j.beyond(twin.Full, "devStatus.summary", http.MethodGet, "/rest/dev-status/1.0/issue/summary", j.devSummary).public()
	j.beyond(twin.Full, "devStatus.detail", http.MethodGet, "/rest/dev-status/1.0/issue/detail", j.devDetail).public()
}

// A devWork is one thing that a tool has told of an issue, as the panel sees it: what it is, how it stands, and when that was.
type devWork struct {
	Supplied
	kind  string // branch, repository (a commit), pullrequest, build, deployment-environment, featureflag, link
	state string // in capital letters
	at    string
}

// devWorks are what tools have told of an issue, in the order of their keys.
func (c *call) devWorks(issue int64) (all []devWork) {
	for x := range c.j.suppliedOf.All(c.Tx, key(issue)) {
		w := devWork{Supplied: x, state: strings.ToUpper(text(x.Doc["state"])), at: text(x.Doc["lastUpdated"])}
		switch x.Kind {
		case devEntities:
			_, rest, _ := strings.Cut(x.Key, "/")
			kind, _, _ := strings.Cut(rest, "/")
			w.kind = map[string]string{"commit": "repository", "branch": "branch", "pull_request": "pullrequest"}[kind]
			w.state = strings.ToUpper(text(x.Doc["status"]))
			w.at = cmp.Or(text(x.Doc["lastUpdate"]), text(x.Doc["authorTimestamp"]), text(dig(x.Doc, "lastCommit", "authorTimestamp")))
		case builds.kind:
			w.kind = "build"
		case deployments.kind:
			w.kind = "deployment-environment"
		case featureFlags.kind:
			w.kind, w.at = "featureflag", text(dig(x.Doc, "summary", "lastUpdated"))
			if truth(dig(x.Doc, "summary", "status", "enabled")) {
				w.state = "ENABLED"
			}
		default:
			w.kind, w.state = "link", strings.ToUpper(text(dig(x.Doc, "status", "label")))
		}
		all = append(all, w)
	}
	return all
}

// developed reports how the works of a kind stand on the whole: how many there are, when the latest changed, and by tool.
func developed(works []devWork) obj {
	overall, by := obj{"count": len(works), "lastUpdated": nil}, obj{}
	for _, w := range works {
		if w.at > text(overall["lastUpdated"]) {
			overall["lastUpdated"] = w.at
		}
		n, _ := object(by[w.Tool])["count"].(int)
		by[w.Tool] = obj{"count": n + 1, "name": w.Tool}
	}
	return obj{"overall": overall, "byInstanceType": by}
}

// summaryOf is the panel of an issue: what there is of each kind.
func (c *call) summaryOf(issue int64) obj {
	by := map[string][]devWork{}
	for _, w := range c.devWorks(issue) {
		by[w.kind] = append(by[w.kind], w)
	}
	states := func(kind string) map[string]int {
		n := map[string]int{}
		for _, w := range by[kind] {
			n[w.state]++
		}
		return n
	}
	out := obj{}
	for _, kind := range []string{"pullrequest", "build", "review", "deployment-environment", "repository", "branch"} {
		part := developed(by[kind])
		overall := object(part["overall"])
		overall["dataType"] = kind
		switch n := states(kind); kind {
		case "pullrequest":
			overall["state"], overall["stateCount"], overall["open"] = nil, 0, n["OPEN"] > 0
			for _, state := range []string{"DECLINED", "MERGED", "OPEN"} {
				if n[state] > 0 {
					overall["state"], overall["stateCount"] = state, n[state]
				}
			}
		case "build":
			overall["failedBuildCount"], overall["successfulBuildCount"] = n["FAILED"], n["SUCCESSFUL"]
			overall["unknownBuildCount"] = len(by[kind]) - n["FAILED"] - n["SUCCESSFUL"]
		case "deployment-environment":
			overall["topEnvironments"], overall["showProjects"], overall["successfulCount"] = environments(by[kind]), false, n["SUCCESSFUL"]
		case "review":
			overall["state"], overall["stateCount"], overall["dueDate"], overall["overDue"], overall["completed"] = nil, 0, nil, false, false
		case "repository":
			overall["count"] = len(repositoriesOf(by[kind]))
		}
		out[kind] = part
	}
	return out
}

// environments are those that something has been deployed to, each once.
func environments(works []devWork) []any {
	out, had := []any{}, map[string]bool{}
	for _, w := range works {
		e := object(w.Doc["environment"])
		if name := text(e["displayName"]); w.state == "SUCCESSFUL" && !had[name] {
			had[name] = true
			out = append(out, obj{"id": e["id"], "title": name, "type": e["type"]})
		}
	}
	return out
}

// repositoriesOf are the repositories of some works, in order.
func repositoriesOf(works []devWork) []string {
	names := map[string]bool{}
	for _, w := range works {
		name, _, _ := strings.Cut(w.Key, "/")
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// developedIssue finds the issue that the query names by its id, for who may see its panel.
func (c *call) developedIssue() (Issue, error) {
	i, p, err := c.issue(c.q("issueId"))
	if err == nil && !c.may("VIEW_DEV_TOOLS", &p, &i) {
		err = forbidden("You do not have permission to view development information of this issue.")
	}
	return i, err
}

// devSummary returns how much of each kind tools have told of an issue.
func (j *Jira) devSummary(c *call) (any, error) {
	i, err := c.developedIssue()
	if err != nil {
		return nil, err
	}
	return obj{"errors": []any{}, "configErrors": []any{}, "summary": c.summaryOf(i.ID)}, nil
}

// devDetail returns what one tool has told of an issue: its pull requests, its branches, or its commits by repository.
func (j *Jira) devDetail(c *call) (any, error) {
	i, err := c.developedIssue()
	if err != nil {
		return nil, err
	}
	tool, kind := c.q("applicationType"), c.q("dataType")
	if !slices.Contains([]string{"pullrequest", "branch", "repository", "build", "deployment-environment"}, kind) {
		return nil, badRequest("The dataType '%s' is not one of pullrequest, branch, repository, build, deployment-environment.", kind)
	}
	works := slices.DeleteFunc(c.devWorks(i.ID), func(w devWork) bool { return tool != "" && !strings.EqualFold(w.Tool, tool) })
	of := func(kind string) []devWork {
		return slices.DeleteFunc(slices.Clone(works), func(w devWork) bool { return w.kind != kind })
	}
	detail := obj{"_instance": obj{"name": tool, "type": tool, "id": tool, "typeName": tool, "singleInstance": true}}
	branches, requests, repos := []any{}, []any{}, []any{}
	switch kind {
	case "pullrequest", "branch":
		for _, w := range of("branch") {
			name, at := c.repository(w)
			branches = append(branches, obj{"name": w.Doc["name"], "url": w.Doc["url"], "createPullRequestUrl": w.Doc["createPullRequestUrl"], "repository": obj{"name": name, "url": at}})
		}
		for _, w := range of("pullrequest") {
			name, at := c.repository(w)
			requests = append(requests, obj{"id": cmp.Or(text(w.Doc["displayId"]), plainWords(w.Doc["id"])), "name": cmp.Or(text(w.Doc["title"]), text(w.Doc["name"])), "status": w.state, "url": w.Doc["url"], "lastUpdate": w.at, "author": devAuthor(w.Doc), "commentCount": w.Doc["commentCount"],
				"source": obj{"branch": w.Doc["sourceBranch"], "url": w.Doc["sourceBranchUrl"]}, "destination": obj{"branch": w.Doc["destinationBranch"], "url": w.Doc["destinationBranchUrl"]}, "reviewers": rulesShown(list(w.Doc["reviewers"])), "repositoryName": name, "repositoryUrl": at})
		}
	case "repository":
		for _, r := range repositoriesOf(of("repository")) {
			commits := []any{}
			repo := obj{}
			for _, w := range of("repository") {
				if name, at := c.repository(w); strings.HasPrefix(w.Key, r+"/") {
					repo = obj{"name": name, "url": at}
					commits = append(commits, obj{"id": w.Doc["id"], "displayId": w.Doc["displayId"], "message": w.Doc["message"], "url": w.Doc["url"], "authorTimestamp": w.at, "author": devAuthor(w.Doc), "fileCount": w.Doc["fileCount"], "files": rulesShown(list(w.Doc["files"])), "merge": slices.Contains(texts(w.Doc["flags"]), "MERGE_COMMIT")})
				}
			}
			repos = append(repos, with(repo, obj{"commits": commits}))
		}
	default:
		shown := []any{}
		for _, w := range of(kind) {
			shown = append(shown, w.Doc)
		}
		detail[map[string]string{"build": "builds", "deployment-environment": "deployments"}[kind]] = shown
	}
	detail["branches"], detail["pullRequests"], detail["repositories"] = branches, requests, repos
	return obj{"errors": []any{}, "detail": []any{detail}}, nil
}

// repository is where a work is: its name and its address.
func (c *call) repository(w devWork) (name, at string) {
	n, _, _ := strings.Cut(w.Key, "/")
	x, _ := c.j.supplied.Get(c.Tx, repositories+"/"+n)
	return text(x.Doc["name"]), text(x.Doc["url"])
}

func devAuthor(doc obj) obj {
	a := object(doc["author"])
	return obj{"name": a["name"], "avatar": a["avatar"]}
}

// developmentField shows the panel of an issue in one text, as the site itself keeps it; "{}" says that there is none.
var developmentField = &fieldKind{Type: "any", computed: func(c *call, i *Issue) any {
	told := false
	for range c.j.suppliedOf.All(c.Tx, key(i.ID)) {
		told = true
		break
	}
	if !told {
		return "{}"
	}
	summary, parts := c.summaryOf(i.ID), []string{}
	for _, kind := range sorted(summary) {
		overall := object(dig(summary[kind], "overall"))
		switch n, _ := overall["count"].(int); {
		case n == 0:
			delete(summary, kind)
		case kind == "pullrequest":
			parts = append(parts, "pullrequest={dataType=pullrequest, state="+text(overall["state"])+", stateCount="+plainWords(float64(overall["stateCount"].(int)))+"}")
		default:
			parts = append(parts, kind+"={count="+plainWords(float64(n))+", dataType="+kind+"}")
		}
	}
	if len(parts) == 0 {
		return "{}"
	}
	cached, _ := json.Marshal(obj{"cachedValue": obj{"errors": []any{}, "summary": summary}, "isStale": true})
	return "{" + strings.Join(parts, ", ") + ", json=" + string(cached) + "}"
}}

// devCounts are what JQL can count: development[pullrequests].open.
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-fields/#Development
var devCounts = map[string]map[string]func(devWork) bool{
	"branches":     {"all": ofWork("branch")},
	"commits":      {"all": ofWork("repository")},
	"pullrequests": {"all": ofWork("pullrequest"), "open": ofWork("pullrequest", "OPEN"), "merged": ofWork("pullrequest", "MERGED"), "declined": ofWork("pullrequest", "DECLINED")},
	"builds":       {"all": ofWork("build"), "failing": ofWork("build", "FAILED"), "passing": ofWork("build", "SUCCESSFUL")},
	"deployments":  {"all": ofWork("deployment-environment"), "deployed": ofWork("deployment-environment", "SUCCESSFUL")},
	"reviews":      {"all": ofWork("review"), "open": ofWork("review", "OPEN")},
}

func ofWork(kind string, states ...string) func(devWork) bool {
	return func(w devWork) bool {
		return w.kind == kind && (len(states) == 0 || slices.Contains(states, w.state))
	}
}

// developmentClause finds the field of a query that counts what tools have told of an issue.
func developmentClause(name jql.Field) (*jqlField, bool) {
	p := name.Properties[0]
	counts := devCounts[strings.ToLower(p.Key)][strings.ToLower(p.Path)]
	if len(name.Properties) != 1 || counts == nil {
		return nil, false
	}
	return ofNumber(jqlField{id: name.String(), names: []string{name.String()}}, &numeric{parse: parseNumber, bad: "The value '%s' for the field '%s' is not a number.", value: func(f *finder, i *Issue) (float64, bool) {
		n := 0.
		for _, w := range f.devWorks(i.ID) {
			if counts(w) {
				n++
			}
		}
		return n, true
	}}), true
}
