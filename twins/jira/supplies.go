package jira

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

// A supply is a kind of thing that tools of developers tell Jira of, many at once, each under a key of its own.
//
// https://developer.atlassian.com/cloud/jira/software/rest/intro/
type supply struct {
	kind, list string   // list: where the body has them
	key        []string // where one has its key; what is nested is pipeline.id
	params     []string // what the path calls the parts of the key
	sequence   string   // updateSequenceNumber or updateSequenceId
	needed     []string // what one has to have
	accepted   string   // what the answer calls those that were taken
	refused    string   // and those that were not
	unknown    string   // and the issues and projects that are not there
	objects    bool     // keys are objects in the answer, and refusals a list
}

var (
	builds = &supply{kind: "build", list: "builds", key: []string{"pipelineId", "buildNumber"}, params: []string{"pipelineId", "buildNumber"}, sequence: "updateSequenceNumber",
		needed: []string{"pipelineId", "buildNumber", "updateSequenceNumber", "displayName", "url", "state", "lastUpdated", "issueKeys"}, accepted: "acceptedBuilds", refused: "rejectedBuilds", unknown: "unknownIssueKeys", objects: true}
	deployments = &supply{kind: "deployment", list: "deployments", key: []string{"pipeline.id", "environment.id", "deploymentSequenceNumber"}, params: []string{"pipelineId", "environmentId", "deploymentSequenceNumber"}, sequence: "updateSequenceNumber",
		needed: []string{"deploymentSequenceNumber", "updateSequenceNumber", "displayName", "url", "description", "lastUpdated", "state", "pipeline", "environment"}, accepted: "acceptedDeployments", refused: "rejectedDeployments", unknown: "unknownIssueKeys", objects: true}
	featureFlags = &supply{kind: "flag", list: "flags", key: []string{"id"}, params: []string{"featureFlagId"}, sequence: "updateSequenceId",
		needed: []string{"id", "key", "updateSequenceId", "issueKeys", "summary", "details"}, accepted: "acceptedFeatureFlags", refused: "failedFeatureFlags", unknown: "unknownIssueKeys"}
	devopsComponents = &supply{kind: "component", list: "components", key: []string{"id"}, params: []string{"componentId"}, sequence: "updateSequenceNumber",
		needed: []string{"schemaVersion", "id", "updateSequenceNumber", "name", "description", "url", "avatarUrl", "tier", "componentType", "lastUpdated"}, accepted: "acceptedComponents", refused: "failedComponents", unknown: "unknownProjectKeys"}
	incidents = &supply{kind: "incident", list: "incidents", key: []string{"id"}, params: []string{"incidentId"}, sequence: "updateSequenceNumber",
		needed: []string{"schemaVersion", "id", "updateSequenceNumber", "affectedComponents", "summary", "description", "url", "createdDate", "lastUpdated", "status"}, accepted: "acceptedIncidents", refused: "failedIncidents", unknown: "unknownProjectKeys"}
	incidentReviews = &supply{kind: "review", list: "reviews", key: []string{"id"}, params: []string{"reviewId"}, sequence: "updateSequenceNumber",
		needed: []string{"schemaVersion", "id", "updateSequenceNumber", "reviews", "summary", "description", "url", "createdDate", "lastUpdated", "status"}, accepted: "acceptedIncidents", refused: "failedIncidents", unknown: "unknownProjectKeys"}
	suppliedLinks = &supply{kind: "remotelink", list: "remoteLinks", key: []string{"id"}, params: []string{"remoteLinkId"}, sequence: "updateSequenceNumber",
		needed: []string{"id", "updateSequenceNumber", "displayName", "url", "type", "lastUpdated"}, accepted: "acceptedRemoteLinks", refused: "rejectedRemoteLinks", unknown: "unknownAssociations"}
	vulnerabilities = &supply{kind: "vulnerability", list: "vulnerabilities", key: []string{"id"}, params: []string{"vulnerabilityId"}, sequence: "updateSequenceNumber",
		needed: []string{"schemaVersion", "id", "updateSequenceNumber", "containerId", "displayName", "description", "url", "type", "introducedDate", "lastUpdated", "severity", "status"}, accepted: "acceptedVulnerabilities", refused: "failedVulnerabilities", unknown: "unknownAssociations"}
)

// suppliesOperations are those of the tools, which apps alone may call.
func (j *Jira) suppliesOperations() {
	on := func(id string, serve func(*call) (any, error)) { j.on(twin.Full, "agile."+id, serve) }
	for _, x := range []struct {
		s                          *supply
		submit, clear, get, remove string
	}{
		{builds, "submitBuilds", "deleteBuildsByProperty", "getBuildByKey", "deleteBuildByKey"},
		{deployments, "submitDeployments", "deleteDeploymentsByProperty", "getDeploymentByKey", "deleteDeploymentByKey"},
		{featureFlags, "submitFeatureFlags", "deleteFeatureFlagsByProperty", "getFeatureFlagById", "deleteFeatureFlagById"},
		{devopsComponents, "submitComponents", "deleteComponentsByProperty", "getComponentById", "deleteComponentById"},
		{suppliedLinks, "submitRemoteLinks", "deleteRemoteLinksByProperty", "getRemoteLinkById", "deleteRemoteLinkById"},
		{vulnerabilities, "submitVulnerabilities", "deleteVulnerabilitiesByProperty", "getVulnerabilityById", "deleteVulnerabilityById"},
	} {
		on(x.submit, func(c *call) (any, error) { return c.submit(x.s) })
		on(x.clear, func(c *call) (any, error) { return c.clearSupplies(x.s) })
		on(x.get, func(c *call) (any, error) { return c.getSupply(x.s) })
		on(x.remove, func(c *call) (any, error) { return c.removeSupply(x.s) })
	}
	on("getDeploymentGatingStatusByKey", j.getDeploymentGatingStatusByKey)
	on("submitEntity", func(c *call) (any, error) {
		if object(c.body)[incidentReviews.list] != nil {
			return c.submit(incidentReviews)
		}
		return c.submit(incidents)
	})
	on("deleteEntityByProperty", func(c *call) (any, error) { return c.clearSupplies(incidents, incidentReviews) })
	on("getIncidentById", func(c *call) (any, error) { return c.getSupply(incidents) })
	on("deleteIncidentById", func(c *call) (any, error) { return c.removeSupply(incidents) })
	on("getReviewById", func(c *call) (any, error) { return c.getSupply(incidentReviews) })
	on("deleteReviewById", func(c *call) (any, error) { return c.removeSupply(incidentReviews) })
}

// toolRefusal is a refusal as the tools' APIs say it.
func toolRefusal(status int, message string) *refusal {
	return &refusal{status: status, messages: []string{message}, body: obj{"errorMessages": []any{obj{"message": message}}}}
}

var (
	errNoTool   = toolRefusal(http.StatusForbidden, "The JWT token does not correspond to an app that can provide this information.")
	errNoSupply = toolRefusal(http.StatusNotFound, "No data found for the given key.")
)

// toolsOnly refuses who is no app.
func (c *call) toolsOnly() error {
	if c.who.Type == "app" {
		return nil
	}
	return errNoTool
}

// keyOf is the key of one that was sent, and its parts as the answer names them.
func (s *supply) keyOf(doc obj) (string, obj) {
	parts, named := []string{}, obj{}
	for n, at := range s.key {
		v := dig(doc, strings.Split(at, ".")...)
		named[s.params[n]] = v
		parts = append(parts, url.PathEscape(plainWords(v)))
	}
	return strings.Join(parts, "/"), named
}

// asked is the key that the path names.
func (s *supply) asked(c *call) string {
	parts := []string{}
	for _, p := range s.params {
		parts = append(parts, url.PathEscape(c.param(p)))
	}
	return strings.Join(parts, "/")
}

// Bounds of the properties by which tools find again what they have supplied.
const (
	maxSupplyProperties = 5
	maxSupplyProperty   = 255
)

// supplyProperties reads {properties}: a few short texts.
func (c *call) supplyProperties() (obj, error) {
	props := object(object(c.body)["properties"])
	if len(props) > maxSupplyProperties {
		return nil, toolRefusal(http.StatusBadRequest, "The number of properties cannot be greater than 5.")
	}
	for _, name := range sorted(props) {
		v, ok := props[name].(string)
		if !ok || name == "" || strings.HasPrefix(name, "_") || strings.Contains(name, ":") || utf8.RuneCountInString(name) > maxSupplyProperty || utf8.RuneCountInString(v) > maxSupplyProperty {
			return nil, toolRefusal(http.StatusBadRequest, "The property '"+name+"' is not valid.")
		}
	}
	return props, nil
}

// submit keeps what a tool has sent, and says of each whether it was taken.
func (c *call) submit(s *supply) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	all, ok := object(c.body)[s.list].([]any)
	if !ok || len(all) == 0 {
		return nil, toolRefusal(http.StatusBadRequest, "The request must have at least one of '"+s.list+"'.")
	}
	props, err := c.supplyProperties()
	if err != nil {
		return nil, err
	}
	taken, refused, failed, unknown := []any{}, []any{}, obj{}, []any{}
	for _, v := range all {
		doc := object(v)
		key, named := s.keyOf(doc)
		if lacks := s.lacks(doc); lacks != "" {
			errs := []any{obj{"message": "The field '" + lacks + "' is required."}}
			refused, failed[plainWords(doc["id"])] = append(refused, obj{"key": named, "errors": errs}), errs
			continue
		}
		strange, lost := c.strangers(doc)
		for _, x := range strange {
			if !slices.Contains(unknown, any(x)) {
				unknown = append(unknown, x)
			}
		}
		if lost {
			continue
		}
		c.supply(Supplied{Kind: s.kind, Key: key, Sequence: int64(whole(doc[s.sequence], 0)), Properties: props, Doc: doc})
		if s.objects {
			taken = append(taken, named)
		} else {
			taken = append(taken, doc["id"])
		}
	}
	out := obj{s.accepted: taken, s.refused: failed, s.unknown: unknown}
	if s.objects {
		out[s.refused] = refused
	}
	if s == suppliedLinks || s == vulnerabilities {
		out[s.unknown] = unknownAssociations(s, unknown)
	}
	return accepted(out), nil
}

// unknownAssociations are issues that are not there as the newer APIs name them.
func unknownAssociations(s *supply, keys []any) []any {
	if s == suppliedLinks {
		return keys
	}
	out := []any{}
	for _, k := range keys {
		out = append(out, obj{"associationType": "issueIdOrKeys", "values": []any{k}})
	}
	return out
}

// lacks is the first field that one has to have and has not.
func (s *supply) lacks(doc obj) string {
	for _, f := range s.needed {
		if v := doc[f]; v == nil || v == "" {
			return f
		}
	}
	for _, at := range s.key {
		if plainWords(dig(doc, strings.Split(at, ".")...)) == "" {
			return at
		}
	}
	return ""
}

// about are the issues that one says it is about, by their keys or ids.
func about(doc obj, fields ...string) []string {
	named := texts(doc["issueKeys"])
	for _, field := range fields {
		for _, a := range list(doc[field]) {
			if strings.HasPrefix(text(object(a)["associationType"]), "issue") {
				named = append(named, texts(object(a)["values"])...)
			}
		}
	}
	return named
}

// strangers are the issues that one is about and that are not there. If it is about no others it is lost.
func (c *call) strangers(doc obj) (strange []string, lost bool) {
	named := about(doc, "associations", "addAssociations")
	for _, k := range named {
		if _, ok := c.findIssue(k); !ok {
			strange = append(strange, k)
		}
	}
	return strange, len(named) > 0 && len(strange) == len(named)
}

// supply keeps one, unless what is there is newer, and returns what was there.
func (c *call) supply(x Supplied) (old, now Supplied) {
	old, ok := c.j.supplied.Get(c.Tx, x.Kind+"/"+x.Key)
	if ok && old.Sequence > x.Sequence {
		return old, old
	}
	x.Updated, x.Doc, x.Properties, x.Tool = c.at(), clone(x.Doc), clone(x.Properties), c.tool()
	gone := about(obj{"removeAssociations": x.Doc["removeAssociations"]}, "removeAssociations")
	if x.Doc["addAssociations"] != nil || gone != nil {
		x.Issues = slices.Clone(old.Issues)
	}
	for _, k := range about(x.Doc, "associations", "addAssociations") {
		if i, ok := c.findIssue(k); ok && !slices.Contains(x.Issues, i.ID) {
			x.Issues = append(x.Issues, i.ID)
		}
	}
	for _, k := range gone {
		i, _ := c.findIssue(k)
		x.Issues = slices.DeleteFunc(x.Issues, func(n int64) bool { return n == i.ID })
	}
	c.j.supplied.Put(c.Tx, x)
	return old, x
}

// tool is who supplies: the product that the request names, or the app.
func (c *call) tool() string {
	return or(text(dig(c.body, "providerMetadata", "product")), c.who.Name)
}

// clearSupplies deletes everything with the properties that the query names, unless it is newer than the query says.
func (c *call) clearSupplies(kinds ...*supply) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	upTo, props, err := c.wantedProperties()
	if err != nil {
		return nil, err
	}
	for _, s := range kinds {
		for x := range c.j.supplied.All(c.Tx, s.kind+"/") {
			if x.matches(props) && (upTo < 0 || x.Sequence <= upTo) {
				c.j.supplied.Delete(c.Tx, x.Kind+"/"+x.Key)
			}
		}
	}
	return accepted(obj{}), nil
}

// wantedProperties reads the properties of the query, and the sequence number up to which they are meant: -1 for all.
func (c *call) wantedProperties() (upTo int64, props map[string]string, err error) {
	props = map[string]string{}
	upTo, err = c.upTo()
	for name := range c.query {
		if !strings.HasPrefix(name, "_") {
			props[name] = c.q(name)
		}
	}
	if err == nil && len(props) == 0 {
		err = toolRefusal(http.StatusBadRequest, "At least one property must be specified.")
	}
	return upTo, props, err
}

// upTo is the sequence number of the query, -1 if there is none.
func (c *call) upTo() (int64, error) {
	for _, name := range []string{"_updateSequenceNumber", "_updateSequenceId"} {
		if s := c.q(name); s != "" {
			n, err := c.qint(name, -1)
			if err != nil {
				return 0, toolRefusal(http.StatusBadRequest, "The value of '"+name+"' is not a number.")
			}
			return int64(n), nil
		}
	}
	return -1, nil
}

// matches reports whether one was supplied with all of some properties.
func (x *Supplied) matches(props map[string]string) bool {
	for name, v := range props {
		if x.Properties[name] != v {
			return false
		}
	}
	return true
}

// getSupply returns the one that the path names.
func (c *call) getSupply(s *supply) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	x, ok := c.j.supplied.Get(c.Tx, s.kind+"/"+s.asked(c))
	if !ok {
		return nil, errNoSupply
	}
	return x.Doc, nil
}

// removeSupply deletes the one that the path names, unless it is newer than the query says. One that is not there is gone.
func (c *call) removeSupply(s *supply) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	upTo, err := c.upTo()
	if err != nil {
		return nil, err
	}
	at := s.kind + "/" + s.asked(c)
	if x, ok := c.j.supplied.Get(c.Tx, at); ok && (upTo < 0 || x.Sequence <= upTo) {
		c.j.supplied.Delete(c.Tx, at)
	}
	return accepted(obj{}), nil
}

// getDeploymentGatingStatusByKey says whether a deployment may go on: one that has asked for a gate waits for it.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-deployments/
func (j *Jira) getDeploymentGatingStatusByKey(c *call) (any, error) {
	if err := c.toolsOnly(); err != nil {
		return nil, err
	}
	x, ok := j.supplied.Get(c.Tx, deployments.kind+"/"+deployments.asked(c))
	if !ok {
		return nil, errNoSupply
	}
	_, named := deployments.keyOf(x.Doc)
	status := "allowed"
	for _, v := range list(x.Doc["commands"]) {
		if object(v)["command"] == "initiate_deployment_gating" {
			status = "awaiting"
		}
	}
	return with(named, obj{"gatingStatus": status, "updatedTimestamp": sprintStamp(x.Updated), "details": []any{}}), nil
}
