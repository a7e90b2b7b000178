package jira

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// devinfoOperations are about repositories, with their commits, branches and pull requests.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/
func (j *Jira) devinfoOperations() {
	on := func(id string, serve func(*call) (any, error)) { j.on(twin.Full, "agile."+id, serve) }
	on("storeDevelopmentInformation", j.storeDevelopmentInformation)
	on("getRepository", j.getRepository)
	on("deleteRepository", j.deleteRepository)
	on("deleteEntity", j.deleteDevinfoEntity)
	on("deleteByProperties", j.deleteDevinfoByProperties)
	on("existsByProperties", j.existsByProperties)
}

// Kinds of what is supplied of repositories: they themselves, and what they have, under "repository id/kind/id".
const (
	repositories = "repository"
	devEntities  = "devinfo"
)

// devKinds are what a repository has, by where the body has them.
var devKinds = map[string]string{"commits": "commit", "branches": "branch", "pullRequests": "pull_request"}

// storeDevelopmentInformation keeps repositories and what they have: {repositories, properties}.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/#api-rest-devinfo-0-10-bulk-post
func (j *Jira) storeDevelopmentInformation(c *call) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	all, ok := object(c.body)["repositories"].([]any)
	if !ok {
		return nil, toolRefusal(http.StatusBadRequest, "The request must have at least one of 'repositories'.")
	}
	props, err := c.supplyProperties()
	if err != nil {
		return nil, err
	}
	stored, failed, unknown := obj{}, obj{}, []any{}
	for _, v := range all {
		repo := object(v)
		name := plainWords(repo["id"])
		if name == "" || plainWords(repo["name"]) == "" || plainWords(repo["url"]) == "" {
			failed[name] = obj{"errorMessages": []any{obj{"message": "A repository must have an id, a name and a url."}}}
			continue
		}
		own := clone(repo)
		taken, left := obj{}, obj{}
		for _, where := range sorted(devKinds) {
			delete(own, where)
			took, lost := []any{}, []any{}
			for _, v := range list(repo[where]) {
				e := object(v)
				strange, nothing := c.strangers(e)
				for _, k := range strange {
					if !slices.Contains(unknown, any(k)) {
						unknown = append(unknown, k)
					}
				}
				switch n := plainWords(e["id"]); {
				case n == "" || e["updateSequenceId"] == nil || len(texts(e["issueKeys"])) == 0:
					lost = append(lost, obj{"id": n, "errorMessages": []any{obj{"message": "An id, an updateSequenceId and issueKeys are required."}}})
				case !nothing:
					took = append(took, n)
					was, now := c.supply(Supplied{Kind: devEntities, Key: url.PathEscape(name) + "/" + devKinds[where] + "/" + url.PathEscape(n), Sequence: int64(whole(e["updateSequenceId"], 0)), Properties: props, Doc: e})
					if err := c.happened(devKinds[where], was, now); err != nil {
						return nil, err
					}
				}
			}
			if len(took) > 0 {
				taken[where] = took
			}
			if len(lost) > 0 {
				left[where] = lost
			}
		}
		c.supply(Supplied{Kind: repositories, Key: url.PathEscape(name), Sequence: int64(whole(repo["updateSequenceId"], 0)), Properties: props, Doc: own})
		stored[name] = taken
		if len(left) > 0 {
			failed[name] = left
		}
	}
	return accepted(obj{"acceptedDevinfoEntities": stored, "failedDevinfoEntities": failed, "unknownIssueKeys": unknown}), nil
}

// happened does what a commit asks for and what a change in a repository triggers, unless the request says that nothing is to come of it.
func (c *call) happened(kind string, was, now Supplied) error {
	if truth(object(c.body)["preventTransitions"]) {
		return nil
	}
	if kind == "commit" && was.Doc == nil {
		if err := c.smartCommit(now); err != nil {
			return err
		}
	}
	c.triggered(developmentTrigger(kind, was, now), now.Issues)
	return nil
}

// getRepository returns a repository with what it has.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/#api-rest-devinfo-0-10-repository-repositoryid-get
func (j *Jira) getRepository(c *call) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	at := url.PathEscape(c.param("repositoryId"))
	x, ok := j.supplied.Get(c.Tx, repositories+"/"+at)
	if !ok {
		return nil, errNoSupply
	}
	v := clone(x.Doc)
	for list, kind := range devKinds {
		all := []any{}
		for e := range j.supplied.All(c.Tx, devEntities+"/"+at+"/"+kind+"/") {
			all = append(all, e.Doc)
		}
		v[list] = all
	}
	return v, nil
}

// deleteRepository deletes a repository and what it has.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/#api-rest-devinfo-0-10-repository-repositoryid-delete
func (j *Jira) deleteRepository(c *call) (any, error) {
	at := url.PathEscape(c.param("repositoryId"))
	return c.dropSupplied(repositories+"/"+at, devEntities+"/"+at+"/")
}

// deleteDevinfoEntity deletes one commit, branch or pull request.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/
func (j *Jira) deleteDevinfoEntity(c *call) (any, error) {
	kind := c.param("entityType")
	if kind != "commit" && kind != "branch" && kind != "pull_request" {
		return nil, toolRefusal(http.StatusBadRequest, "The entity type must be commit, branch or pull_request.")
	}
	return c.dropSupplied(devEntities + "/" + url.PathEscape(c.param("repositoryId")) + "/" + kind + "/" + url.PathEscape(c.param("entityId")))
}

// dropSupplied deletes what is under some keys, or below them if they end in a slash, unless it is newer than the query says.
func (c *call) dropSupplied(under ...string) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	upTo, err := c.upTo()
	if err != nil {
		return nil, err
	}
	for _, at := range under {
		for x := range c.j.supplied.All(c.Tx, at) {
			k := x.Kind + "/" + x.Key
			if (k == at || strings.HasSuffix(at, "/")) && (upTo < 0 || x.Sequence <= upTo) {
				c.j.supplied.Delete(c.Tx, k)
			}
		}
	}
	return accepted(obj{}), nil
}

// deleteDevinfoByProperties deletes what was supplied with the properties of the query.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/#api-rest-devinfo-0-10-bulkbyproperties-delete
func (j *Jira) deleteDevinfoByProperties(c *call) (any, error) {
	return c.clearSupplies(&supply{kind: repositories}, &supply{kind: devEntities})
}

// existsByProperties reports whether something was supplied with the properties of the query.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/#api-rest-devinfo-0-10-existsbyproperties-get
func (j *Jira) existsByProperties(c *call) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	upTo, props, err := c.wantedProperties()
	if err != nil {
		return nil, err
	}
	found := false
	for _, kind := range []string{repositories, devEntities} {
		for x := range j.supplied.All(c.Tx, kind+"/") {
			found = found || x.matches(props) && (upTo < 0 || x.Sequence <= upTo)
		}
	}
	return obj{"hasDataMatchingProperties": found}, nil
}
