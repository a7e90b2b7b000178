package okta

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// appConnectionsOperations are what else hangs on an app: groups that are pushed to it, apps that may act at it for people,
// and claims about people.
func (o *Okta) appConnectionsOperations() {
	o.serveKind(twin.Full, pushKind, crud{create: "createGroupPushMapping", get: "getGroupPushMapping"}, withinApp)
	o.on(twin.Full, "listGroupPushMappings", o.listGroupPushMappings)
	o.on(twin.Full, "updateGroupPushMapping", o.updateGroupPushMapping)
	o.on(twin.Full, "deleteGroupPushMapping", o.deleteGroupPushMapping)

	o.serveKind(twin.Full, crossAppKind, crud{list: "getAllCrossAppAccessConnections", create: "createCrossAppAccessConnection", get: "getCrossAppAccessConnection", delete: "deleteCrossAppAccessConnection", made: http.StatusCreated}, withinApp)
	o.on(twin.Full, "updateCrossAppAccessConnection", o.updateCrossAppAccessConnection)

	o.serveKind(twin.Full, federatedClaimKind, crud{list: "listFederatedClaims", create: "createFederatedClaim", get: "getFederatedClaim", delete: "deleteFederatedClaim", made: http.StatusCreated}, withinApp)
	o.on(twin.Full, "replaceFederatedClaim", o.replaceFederatedClaim)
}

// pushKind is a group of Okta that is a group in an app too.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupPushMapping/
var pushKind = &kind{name: "groupPushes", noun: "AppGroupPushMapping", prefix: "gPm", path: "/api/v1/apps/%s/group-push/mappings/%s", title: "sourceGroupId", event: "application.provision.group_push.mapping", past: true, lifecycle: true, view: viewPush}

func init() { pushKind.check, pushKind.turns = checkPush, turnPush }

// turnPush lets the app be told of what has happened in the meantime.
func turnPush(c *call, r *Record, status string) error {
	c.touch("", []target{{r.Name, "UserGroup", ""}})
	return nil
}

var errPushActive = invalid("status", "The group push mapping must be deactivated before deletion.")

func checkPush(c *call, doc obj, was *Record) error {
	app, _ := c.o.apps.Get(c.Tx, c.param("appId"))
	source, into, name := text(doc["sourceGroupId"]), text(doc["targetGroupId"]), text(doc["targetGroupName"])
	g, ok := c.o.groups.Get(c.Tx, source)
	switch {
	case !catalog[app.Name].provides:
		return invalid("app", "Group push is not supported for this application.")
	case source == "":
		return blank("sourceGroupId")
	case !ok:
		return notFound(source, "UserGroup")
	case g.Type == "BUILT_IN":
		return invalid("sourceGroupId", "sourceGroupId: The group cannot be pushed.")
	case (into == "") == (name == ""):
		return invalid("targetGroupId", "Exactly one of targetGroupId and targetGroupName must be provided.")
	}
	if _, taken := c.called(pushKind, app.ID, source); taken {
		return invalid("sourceGroupId", "sourceGroupId: A mapping for the group already exists.")
	}
	if into == "" {
		t := Group{ID: c.id("00g"), Type: "APP_GROUP", Source: app.ID, Created: c.at(), Updated: c.at(), Joined: c.at(), Profile: obj{"name": name, "description": g.Profile["description"]}}
		c.o.groups.Put(c.Tx, t)
		for m := range c.o.members.All(c.Tx, g.ID+"/") {
			c.o.members.Put(c.Tx, Member{Group: t.ID, User: m.User, Manual: true, Since: c.at()})
		}
		into = t.ID
	} else if !c.o.groups.Has(c.Tx, into) {
		return notFound(into, "UserGroup")
	}
	for k := range doc {
		if k != "sourceGroupId" {
			delete(doc, k)
		}
	}
	doc["targetGroupId"] = into
	c.touch("", []target{g.target()})
	return nil
}

func viewPush(c *call, r Record, v obj) {
	v["created"], v["lastUpdated"] = briefStamp(r.Created), briefStamp(r.Updated)
	group := func(name string) obj { return href(c.link("/api/v1/groups/" + text(r.Doc[name]))) }
	v["_links"] = obj{"app": href(c.link("/api/v1/apps/" + r.Parent)), "sourceGroup": group("sourceGroupId"), "targetGroup": group("targetGroupId")}
}

// briefStamp is a time as the younger parts of Okta write it.
func briefStamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

func (o *Okta) listGroupPushMappings(c *call) (any, error) {
	app := c.param("appId")
	if err := withinApp(c, app); err != nil {
		return nil, err
	}
	since, err := c.moment("lastUpdated", time.Time{})
	if err != nil {
		return nil, err
	}
	q := func(name, value string) bool { v := c.query.Get(name); return v == "" || v == value }
	mappings := slices.DeleteFunc(slices.Collect(c.all(pushKind, app)), func(r Record) bool {
		return !q("sourceGroupId", r.Name) || !q("status", r.Status) || r.Updated < since.UnixMilli()
	})
	return paged(c, slices.Values(mappings), func(r Record) string { return r.ID }, 100, 1000, func(r Record) any { return c.shown(pushKind, r) })
}

// updateGroupPushMapping switches a mapping on or off.
func (o *Okta) updateGroupPushMapping(c *call) (any, error) {
	r, err := c.under(pushKind, "mappingId")
	if err != nil {
		return nil, err
	}
	return c.patchStatus(pushKind, r)
}

// deleteGroupPushMapping forgets a mapping that is off, and with it the group in the app if that is asked for.
func (o *Okta) deleteGroupPushMapping(c *call) (any, error) {
	r, err := c.under(pushKind, "mappingId")
	if err != nil {
		return nil, err
	}
	if r.Status == "ACTIVE" {
		return nil, errPushActive
	}
	doom := c.query.Get("deleteTargetGroup")
	if p, ok := o.provisioned.Get(c.Tx, r.Parent+"/"+r.Name); ok && doom != "" {
		p.Doomed = doom == "true"
		if o.provisioned.Put(c.Tx, p); !p.Doomed {
			o.provisioned.Delete(c.Tx, p.key())
		}
		c.touch("", []target{{r.Name, "UserGroup", ""}})
	}
	switch doom {
	case "":
		return nil, blank("deleteTargetGroup")
	case "true":
		target := text(r.Doc["targetGroupId"])
		for _, m := range slices.Collect(o.members.All(c.Tx, target+"/")) {
			o.members.Delete(c.Tx, m.Group+"/"+m.User)
		}
		o.groups.Delete(c.Tx, target)
	}
	return answer{status: http.StatusOK}, c.remove(pushKind, r)
}

// under is the record of an app that the path names.
func (c *call) under(k *kind, param string) (Record, error) {
	app := c.param("appId")
	if err := withinApp(c, app); err != nil {
		return Record{}, err
	}
	return c.fetch(k, app, c.param(param))
}

func (c *call) patchStatus(k *kind, r Record) (any, error) {
	status := text(c.body["status"])
	if status != "ACTIVE" && status != "INACTIVE" {
		return nil, invalid("status", "status: Not one of the allowed values.")
	}
	r, err := c.turn(k, r, status)
	return c.shown(k, r), err
}

// crossAppKind lets an app act at another for the people of both.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationCrossAppAccessConnections/
var crossAppKind = &kind{name: "crossAppConnections", noun: "Connection", prefix: "con", path: "/api/v1/apps/%s/cwo/connections/%s", event: "app.cwo.connection", lifecycle: true,
	view: func(c *call, r Record, v obj) { delete(v, "_links") }}

func init() { crossAppKind.check = checkCrossApp }

func checkCrossApp(c *call, doc obj, was *Record) error {
	app := c.param("appId")
	requesting, resource := text(doc["requestingAppInstanceId"]), text(doc["resourceAppInstanceId"])
	if requesting == "" && resource == "" {
		return invalid("connection", "Either requestingAppInstanceId or resourceAppInstanceId must be provided.")
	}
	if requesting == "" {
		requesting = app
	}
	if resource == "" {
		resource = app
	}
	for _, id := range []string{requesting, resource} {
		if !c.o.apps.Has(c.Tx, id) {
			return notFound(id, "AppInstance")
		}
	}
	for r := range c.all(crossAppKind, app) {
		if r.Doc["requestingAppInstanceId"] == requesting && r.Doc["resourceAppInstanceId"] == resource {
			return invalid("connection", "A connection between these applications already exists.")
		}
	}
	for k := range doc {
		delete(doc, k)
	}
	doc["requestingAppInstanceId"], doc["resourceAppInstanceId"] = requesting, resource
	return nil
}

func (o *Okta) updateCrossAppAccessConnection(c *call) (any, error) {
	r, err := c.under(crossAppKind, "connectionId")
	if err != nil {
		return nil, err
	}
	return c.patchStatus(crossAppKind, r)
}

// federatedClaimKind is a claim about people that an app is told.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOFederatedClaims/
var federatedClaimKind = &kind{name: "federatedClaims", noun: "FederatedClaim", prefix: "ofc", path: "/api/v1/apps/%s/federated-claims/%s", event: "app.federated_claim",
	view: func(c *call, r Record, v obj) { delete(v, "_links") }}

// replaceFederatedClaim answers as if it had made the claim.
func (o *Okta) replaceFederatedClaim(c *call) (any, error) {
	r, err := c.under(federatedClaimKind, "claimId")
	if err != nil {
		return nil, err
	}
	if r, err = c.replace(federatedClaimKind, r, c.body); err != nil {
		return nil, err
	}
	return created(c.shown(federatedClaimKind, r)), nil
}

func init() { federatedClaimKind.check = checkFederatedClaim }

var (
	claimName     = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,255}$`)
	reservedClaim = strings.Fields("active aio amr aud auth_time azp cid exp iat idp iss jti nbf nonce scp sid sub uid ver")
)

func checkFederatedClaim(c *call, doc obj, was *Record) error {
	name, e := text(doc["name"]), text(doc["expression"])
	switch {
	case name == "":
		return blank("name")
	case e == "":
		return blank("expression")
	case !claimName.MatchString(name):
		return invalid("name", "name: The field is not a valid claim name.")
	case slices.Contains(reservedClaim, name):
		return invalid("name", "name: The claim name is reserved.")
	case len(e) > 1024:
		return invalid("expression", "expression: The field is too long")
	}
	if c.taken(federatedClaimKind, c.param("appId"), name, was) {
		return invalid("name", "name: An object with this field already exists in the current organization")
	}
	for k := range doc {
		if k != "name" && k != "expression" {
			delete(doc, k)
		}
	}
	return nil
}
