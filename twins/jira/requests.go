package jira

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// requestsOperations are about what customers ask for.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/
func (j *Jira) requestsOperations() {
	on := func(id, method, path string, serve func(*call) (any, error)) {
		j.beyond(twin.Full, "servicedesk."+id, method, "/rest/servicedeskapi/request"+path, serve)
	}
	on("getCustomerRequests", http.MethodGet, "", j.getCustomerRequests)
	on("createCustomerRequest", http.MethodPost, "", j.createCustomerRequest)
	on("getCustomerRequestByIdOrKey", http.MethodGet, "/{issueIdOrKey}", j.getCustomerRequest)
	on("getRequestComments", http.MethodGet, "/{issueIdOrKey}/comment", j.getRequestComments)
	on("createRequestComment", http.MethodPost, "/{issueIdOrKey}/comment", j.createRequestComment)
	on("getRequestCommentById", http.MethodGet, "/{issueIdOrKey}/comment/{commentId}", j.getRequestComment)
}

var errNoRequest = deskRefusal(http.StatusNotFound, "sd.customerview.error.issue.not.found", "The request you are trying to view does not exist or you do not have permission to see it.")

// request finds a request that the caller sees: an agent, who asked for it, and who takes part in it.
func (c *call) request(idOrKey string) (r Request, i Issue, p Project, err error) {
	i, ok := c.findIssue(idOrKey)
	r, asked := c.j.requests.Get(c.Tx, key(i.ID))
	p, _ = c.j.projects.Get(c.Tx, key(i.Project))
	if !ok || !asked || !c.isAgent(p) && i.Fields["reporter"] != c.who.ID && !slices.Contains(r.Participants, c.who.ID) {
		return r, i, p, errNoRequest
	}
	return r, i, p, nil
}

// createCustomerRequest asks for something: {serviceDeskId, requestTypeId, requestFieldValues, requestParticipants, raiseOnBehalfOf}.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-post
func (j *Jira) createCustomerRequest(c *call) (any, error) {
	doc := object(c.body)
	d, p, err := c.desk(plainWords(doc["serviceDeskId"]))
	if err != nil {
		return nil, err
	}
	t, ok := j.requestTypes.Get(c.Tx, key(d.ID)+"/"+key(number(doc["requestTypeId"])))
	if !ok {
		return nil, deskRefusal(http.StatusBadRequest, "sd.request.type.not.found", "The request type '"+plainWords(doc["requestTypeId"])+"' does not exist at this service desk.")
	}
	who := c.who
	if other := text(doc["raiseOnBehalfOf"]); other != "" && other != who.ID {
		if !c.isAgent(p) {
			return nil, errNotAgent
		}
		if who, ok = j.users.Get(c.Tx, other); !ok {
			return nil, deskRefusal(http.StatusBadRequest, "sd.user.not.found", "The user '"+other+"' does not exist.", other)
		}
	}
	participants := texts(doc["requestParticipants"])
	for _, x := range participants {
		if !j.users.Has(c.Tx, x) {
			return nil, deskRefusal(http.StatusBadRequest, "sd.user.not.found", "The user '"+x+"' does not exist.", x)
		}
	}
	fields := with(object(doc["requestFieldValues"]), obj{"project": obj{"id": id(p.ID)}, "issuetype": obj{"id": id(t.IssueType)}})
	caller := c.who
	if !c.isAgent(p) { // a customer cannot create issues: the project does it for them
		c.who, _ = j.users.Get(c.Tx, p.Lead)
	}
	i, err := c.create(obj{"fields": fields})
	c.who = caller
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return nil, deskRefusal(refused.status, "sd.request.invalid.fields", refused.code())
	}
	i.Fields = with(i.Fields, obj{"reporter": who.ID, "creator": caller.ID})
	j.issues.Put(c.Tx, i)
	r := Request{Issue: i.ID, Type: t.ID, Participants: participants}
	j.requests.Put(c.Tx, r)
	if !c.isCustomer(d, who.ID) {
		d.Customers = joined(d.Customers, who.ID)
		j.desks.Put(c.Tx, d)
	}
	return created(c.requestShown(r, i, p)), nil
}

// deskTime is a time as the service desk API shows it.
func (c *call) deskTime(ms int64) obj {
	return obj{"iso8601": stamp(ms), "jira": stamp(ms), "friendly": msTime(ms).Format("02/Jan/06 3:04 PM"), "epochMillis": ms}
}

func (c *call) requestShown(r Request, i Issue, p Project) obj {
	d, _ := c.j.desksOf.Get(c.Tx, key(p.ID))
	s, _ := c.status(i.Fields["status"])
	values := []any{obj{"fieldId": "summary", "label": "What do you need?", "value": i.Fields["summary"]}}
	if said := c.wordsIn(i.Fields["description"]); said != "" {
		values = append(values, obj{"fieldId": "description", "label": "Why do you need this?", "value": said})
	}
	at := c.keyOf(&i)
	return obj{"_expands": []any{"participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"}, "issueId": id(i.ID), "issueKey": at, "summary": i.Fields["summary"], "requestTypeId": id(r.Type), "serviceDeskId": id(d.ID),
		"createdDate": c.deskTime(i.Created), "reporter": c.customerShown(text(i.Fields["reporter"])), "requestFieldValues": values,
		"currentStatus": obj{"status": s.Name, "statusCategory": deskCategories[s.Category], "statusDate": c.deskTime(i.StatusChanged)},
		"_links":        obj{"jiraRest": c.api("/issue/" + id(i.ID)), "web": c.base + "/browse/" + at, "self": c.sd("/request/" + id(i.ID))}}
}

// deskCategories are what the service desk API calls status categories.
var deskCategories = map[int]string{categoryNone: "UNDEFINED", categoryToDo: "NEW", categoryDoing: "INDETERMINATE", categoryDone: "DONE"}

// getCustomerRequests lists the requests that the caller has made or takes part in, the newest first.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-get
func (j *Jira) getCustomerRequests(c *call) (any, error) {
	words, desk := strings.ToLower(c.q("searchTerm")), c.q("serviceDeskId")
	var mine []Request
	for r := range j.requests.All(c.Tx, "") {
		i, _ := j.issues.Get(c.Tx, key(r.Issue))
		d, _ := j.desksOf.Get(c.Tx, key(i.Project))
		if (i.Fields["reporter"] == c.who.ID || slices.Contains(r.Participants, c.who.ID)) && strings.Contains(strings.ToLower(text(i.Fields["summary"])), words) && (desk == "" || desk == id(d.ID)) {
			mine = append(mine, r)
		}
	}
	slices.Reverse(mine)
	return deskPage(c, mine, func(r Request) any {
		i, _ := j.issues.Get(c.Tx, key(r.Issue))
		p, _ := j.projects.Get(c.Tx, key(i.Project))
		return c.requestShown(r, i, p)
	})
}

// getCustomerRequest returns a request.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-get
func (j *Jira) getCustomerRequest(c *call) (any, error) {
	r, i, p, err := c.request(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.requestShown(r, i, p), nil
}

func (c *call) requestCommentShown(x Comment) obj {
	return obj{"_expands": []any{"attachment", "renderedBody"}, "id": id(x.ID), "body": c.wiki(x.Body), "public": !x.Internal, "author": c.customerShown(x.Author), "created": c.deskTime(x.Created),
		"_links": obj{"self": c.sd("/request/" + id(x.Issue) + "/comment/" + id(x.ID))}}
}

// seesRequestComment reports whether the caller sees a comment: customers see those that are for them.
func (c *call) seesRequestComment(x Comment, p Project) bool { return !x.Internal || c.isAgent(p) }

// getRequestComments lists the comments of a request, the newest first.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-get
func (j *Jira) getRequestComments(c *call) (any, error) {
	_, i, p, err := c.request(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	public, internal := c.qtrue("public", true), c.qtrue("internal", true)
	var all []Comment
	for x := range j.comments.All(c.Tx, key(i.ID)+"/") {
		if c.seesRequestComment(x, p) && (x.Internal && internal || !x.Internal && public) {
			all = append(all, x)
		}
	}
	slices.Reverse(all)
	return deskPage(c, all, func(x Comment) any { return c.requestCommentShown(x) })
}

// getRequestComment returns a comment of a request.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-commentid-get
func (j *Jira) getRequestComment(c *call) (any, error) {
	_, i, p, err := c.request(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	x, ok := j.comments.Get(c.Tx, key(i.ID)+"/"+key(number(c.param("commentId"))))
	if !ok || !c.seesRequestComment(x, p) {
		return nil, deskRefusal(http.StatusNotFound, "sd.customerview.error.comment.not.found", "The comment does not exist or you do not have permission to see it.")
	}
	return c.requestCommentShown(x), nil
}

// createRequestComment comments on a request: {body, public}. Only agents can keep a comment to themselves.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-post
func (j *Jira) createRequestComment(c *call) (any, error) {
	_, i, p, err := c.request(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	body := strings.TrimSpace(text(doc["body"]))
	public, said := doc["public"].(bool)
	switch {
	case body == "":
		return nil, deskRefusal(http.StatusBadRequest, "sd.request.comment.body.empty", "The comment body cannot be empty.")
	case said && !public && !c.isAgent(p):
		return nil, errNotAgent
	}
	x := c.addedComment(i, Comment{Issue: i.ID, Author: c.who.ID, Editor: c.who.ID, Created: c.at(), Updated: c.at(), Body: body, Internal: said && !public}, nil)
	return created(c.requestCommentShown(x)), nil
}
