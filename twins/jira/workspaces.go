package jira

import (
	"net/http"

	"twinset.dev/kit/twin"
)

// workspacesOperations link workspaces of tools for operations and for security with the site.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-security-information/
func (j *Jira) workspacesOperations() {
	on := func(id, kind string, serve func(c *call, kind string) (any, error)) {
		j.on(twin.Full, "agile."+id, func(c *call) (any, error) {
			if err := c.toolsOnly(); err != nil {
				return nil, err
			}
			return serve(c, kind)
		})
	}
	on("getWorkspaces", "operationsWorkspace", (*call).getWorkspaces)
	on("submitOperationsWorkspaces", "operationsWorkspace", (*call).linkWorkspaces)
	on("deleteWorkspaces", "operationsWorkspace", (*call).unlinkWorkspaces)
	on("getLinkedWorkspaces", "securityWorkspace", (*call).getWorkspaces)
	on("submitWorkspaces", "securityWorkspace", (*call).linkWorkspaces)
	on("deleteLinkedWorkspaces", "securityWorkspace", (*call).unlinkWorkspaces)
	on("getLinkedWorkspaceById", "securityWorkspace", (*call).getWorkspace)
}

var errNoWorkspaces = toolRefusal(http.StatusBadRequest, "At least one of 'workspaceIds' must be specified.")

// getWorkspaces lists the ids of the workspaces that are linked: all, or the one that the query names.
func (c *call) getWorkspaces(kind string) (any, error) {
	one, ids := c.q("workspaceId"), []any{}
	for x := range c.j.supplied.All(c.Tx, kind+"/") {
		if one == "" || one == x.Key {
			ids = append(ids, x.Key)
		}
	}
	if one != "" && len(ids) == 0 {
		return nil, errNoSupply
	}
	return obj{"workspaceIds": ids}, nil
}

// getWorkspace returns one.
func (c *call) getWorkspace(kind string) (any, error) {
	x, ok := c.j.supplied.Get(c.Tx, kind+"/"+c.param("workspaceId"))
	if !ok {
		return nil, errNoSupply
	}
	return obj{"workspaceId": x.Key, "updatedAt": sprintStamp(x.Updated)}, nil
}

// linkWorkspaces links workspaces: {workspaceIds}.
func (c *call) linkWorkspaces(kind string) (any, error) {
	ids := texts(object(c.body)["workspaceIds"])
	if len(ids) == 0 {
		return nil, errNoWorkspaces
	}
	for _, n := range ids {
		c.supply(Supplied{Kind: kind, Key: n})
	}
	return accepted(obj{"acceptedWorkspaceIds": anys(ids)}), nil
}

// unlinkWorkspaces takes the link from the workspaces that the query names, and deletes what they have supplied.
func (c *call) unlinkWorkspaces(kind string) (any, error) {
	ids := c.qs("workspaceIds")
	if len(ids) == 0 {
		return nil, errNoWorkspaces
	}
	for _, n := range ids {
		c.j.supplied.Delete(c.Tx, kind+"/"+n)
	}
	return accepted(obj{}), nil
}
