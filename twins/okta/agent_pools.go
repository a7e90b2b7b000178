package okta

import (
	"slices"
	"time"

	"twinset.dev/kit/twin"
)

// agentPoolKind is the agents of one directory or app on the customer's own machines. Agents register themselves, so an
// org has the pools that its seed gives it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AgentPools/
var agentPoolKind = &kind{name: "agent_pools", noun: "AppInstance", prefix: "0oa", path: "/api/v1/agentPools/%s"}

// agentUpdateKind is an update of a pool's agents, below the pool.
var agentUpdateKind = &kind{name: "agent_updates", noun: "AgentPoolUpdate", prefix: "awu", path: "/api/v1/agentPools/%s/updates/%s", event: "system.agent.auto_update", drops: []string{"agents"}}

func init() {
	agentUpdateKind.check, agentUpdateKind.view = checkAgentUpdate, viewAgentUpdate
}

// agentTypes are the kinds of agents.
var agentTypes = []string{"AD", "IWA", "LDAP", "MFA", "OPP", "RUM", "Radius"}

// latestAgent is the newest version of every agent.
const latestAgent = "3.22.0"

// A seededPool is what a seed says of agents.
type seededPool struct {
	Name, Type string
	Agents     []string
}

func (c *call) seedAgentPools(pools []seededPool, born int64) {
	for _, p := range pools {
		id, agents := seedID("0oa", "agents "+p.Name), []any{}
		for _, name := range p.Agents {
			agents = append(agents, obj{"id": seedID("a53", p.Name+" "+name), "poolId": id, "name": name, "type": p.Type, "operationalStatus": "OPERATIONAL", "updateStatus": "Success", "version": "3.20.0",
				"isHidden": false, "isLatestGAedVersion": false, "lastConnection": float64(born)})
		}
		c.keep(agentPoolKind, Record{ID: id, Created: born, Updated: born, Order: c.order(), Doc: obj{"name": p.Name, "type": p.Type, "operationalStatus": "OPERATIONAL", "agents": agents}})
	}
}

func (o *Okta) agentPoolsOperations() {
	o.on(twin.Full, "listAgentPools", o.listAgentPools)
	o.on(twin.Full, "listAgentPoolsUpdates", o.listAgentPoolsUpdates)
	o.on(twin.Full, "createAgentPoolsUpdate", o.createAgentPoolsUpdate)
	o.on(twin.Full, "getAgentPoolsUpdateInstance", o.getAgentPoolsUpdateInstance)
	o.on(twin.Full, "updateAgentPoolsUpdate", o.updateAgentPoolsUpdate)
	o.on(twin.Full, "deleteAgentPoolsUpdate", o.deleteAgentPoolsUpdate)
	o.on(twin.Full, "getAgentPoolsUpdateSettings", o.getAgentPoolsUpdateSettings)
	o.on(twin.Full, "updateAgentPoolsUpdateSettings", o.updateAgentPoolsUpdateSettings)
	for id, t := range map[string]struct{ from, to string }{
		"activateAgentPoolsUpdate":   {"", "Scheduled"},
		"deactivateAgentPoolsUpdate": {"", "Cancelled"},
		"pauseAgentPoolsUpdate":      {"InProgress", "Paused"},
		"resumeAgentPoolsUpdate":     {"Paused", "InProgress"},
		"retryAgentPoolsUpdate":      {"Failed", "InProgress"},
		"stopAgentPoolsUpdate":       {"InProgress", "Cancelled"},
	} {
		o.on(twin.Full, id, func(c *call) (any, error) { return c.turnAgentUpdate(t.from, t.to) })
	}
}

func (o *Okta) listAgentPools(c *call) (any, error) {
	kind := c.query.Get("poolType")
	if kind != "" && !slices.Contains(agentTypes, kind) {
		return nil, errMalformed
	}
	out := []any{}
	for r := range c.all(agentPoolKind, "") {
		if kind == "" || kind == text(r.Doc["type"]) {
			out = append(out, with(r.Doc, obj{"id": r.ID, "disruptedAgents": 0, "inactiveAgents": 0, "_links": obj{"self": hints(c.address(agentPoolKind, r), "GET")}}))
		}
	}
	return out, nil
}

// listAgentPoolsUpdates returns the updates of a pool; of one that is not there, none.
func (o *Okta) listAgentPoolsUpdates(c *call) (any, error) {
	out := []any{}
	for r := range c.all(agentUpdateKind, c.param("poolId")) {
		if c.query.Get("scheduled") != "true" || object(r.Doc["schedule"]) != nil {
			out = append(out, c.shown(agentUpdateKind, r))
		}
	}
	return out, nil
}

// createAgentPoolsUpdate plans an update of a pool's agents.
func (o *Okta) createAgentPoolsUpdate(c *call) (any, error) {
	if err := agentUpdateFields(c.body); err != nil {
		return nil, err
	}
	p, err := c.fetch(agentPoolKind, "", c.param("poolId"))
	if err != nil {
		return nil, err
	}
	doc := with(c.body, obj{"agentIds": agentIDs(c.body)})
	r, err := c.make(agentUpdateKind, p.ID, doc)
	if err != nil {
		return nil, err
	}
	return created(c.shown(agentUpdateKind, r)), nil
}

// agentUpdateFields refuses an update that does not say what it is.
func agentUpdateFields(body obj) error {
	var missing []string
	for _, f := range []struct {
		name  string
		there bool
	}{{"name", text(body["name"]) != ""}, {"agentType", slices.Contains(agentTypes, text(body["agentType"]))}, {"agentList", len(list(body["agents"])) > 0}} {
		if !f.there {
			missing = append(missing, f.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	first := missing[0]
	for i, f := range missing {
		missing[i] = "errors in the field: " + f
	}
	return invalid(first, missing...)
}

func agentIDs(body obj) []any {
	ids := []any{}
	for _, a := range list(body["agents"]) {
		ids = append(ids, object(a)["id"])
	}
	return ids
}

func checkAgentUpdate(c *call, doc obj, was *Record) error {
	fill(doc, obj{"enabled": true, "notifyAdmin": false, "reason": "", "sortOrder": 0.0, "targetVersion": latestAgent, "state": "Scheduled"})
	if was != nil {
		doc["state"] = was.Doc["state"]
		fill(doc, obj{"agentIds": was.Doc["agentIds"]})
	}
	return nil
}

// viewAgentUpdate shows the agents that an update is about as they are now.
func viewAgentUpdate(c *call, r Record, v obj) {
	v["status"] = r.Doc["state"]
	agents := []any{}
	if p, err := c.fetch(agentPoolKind, "", r.Parent); err == nil {
		for _, a := range list(p.Doc["agents"]) {
			if slices.Contains(texts(r.Doc["agentIds"]), text(object(a)["id"])) {
				agents = append(agents, a)
			}
		}
	}
	v["agents"] = agents
	for _, k := range []string{"state", "agentIds", "created", "lastUpdated"} {
		delete(v, k)
	}
}

func (c *call) agentUpdate() (Record, error) {
	if _, err := c.fetch(agentPoolKind, "", c.param("poolId")); err != nil {
		return Record{}, err
	}
	return c.fetch(agentUpdateKind, c.param("poolId"), c.param("updateId"))
}

func (o *Okta) getAgentPoolsUpdateInstance(c *call) (any, error) {
	r, err := c.agentUpdate()
	if err != nil {
		return nil, err
	}
	return c.shown(agentUpdateKind, r), nil
}

func (o *Okta) updateAgentPoolsUpdate(c *call) (any, error) {
	r, err := c.agentUpdate()
	if err != nil {
		return nil, err
	}
	if err := agentUpdateFields(c.body); err != nil {
		return nil, err
	}
	if r, err = c.replace(agentUpdateKind, r, with(c.body, obj{"agentIds": agentIDs(c.body)})); err != nil {
		return nil, err
	}
	return created(c.shown(agentUpdateKind, r)), nil
}

func (o *Okta) deleteAgentPoolsUpdate(c *call) (any, error) {
	r, err := c.agentUpdate()
	if err != nil {
		return nil, err
	}
	return nil, c.remove(agentUpdateKind, r)
}

// afterAgentUpdate is the timer that ends an update.
const afterAgentUpdate = "agent_update"

// agentUpdateTakes is how long an update takes.
const agentUpdateTakes = 5 * time.Minute

// turnAgentUpdate moves an update on. One that is activated and has no schedule begins at once.
func (c *call) turnAgentUpdate(from, to string) (any, error) {
	r, err := c.agentUpdate()
	switch {
	case err != nil:
		return nil, err
	case from != "" && text(r.Doc["state"]) != from:
		return nil, invalid("updateId", "The update is not in the status "+from+".")
	}
	if to == "Scheduled" && object(r.Doc["schedule"]) == nil {
		to = "InProgress"
	}
	if c.Cancel("okta", afterAgentUpdate, r.ID); to == "InProgress" {
		c.At(c.Now.Add(agentUpdateTakes), "okta", afterAgentUpdate, r.ID)
	}
	r.Doc, r.Updated = with(r.Doc, obj{"state": to, "enabled": to != "Cancelled"}), c.at()
	c.keep(agentUpdateKind, r)
	return created(c.shown(agentUpdateKind, r)), nil
}

// endAgentUpdate gives the agents of an update their new version.
func (c *call) endAgentUpdate(id string) error {
	r, ok := c.o.tables[agentUpdateKind].records.Get(c.Tx, id)
	if !ok {
		return nil
	}
	p, err := c.fetch(agentPoolKind, "", r.Parent)
	if err != nil {
		return nil // its agents are gone
	}
	p.Doc = clone(p.Doc)
	for _, a := range list(p.Doc["agents"]) {
		if slices.Contains(texts(r.Doc["agentIds"]), text(object(a)["id"])) {
			object(a)["version"], object(a)["isLatestGAedVersion"] = r.Doc["targetVersion"], r.Doc["targetVersion"] == latestAgent
		}
	}
	c.keep(agentPoolKind, p)
	r.Doc, r.Updated = with(r.Doc, obj{"state": "Success"}), c.at()
	c.keep(agentUpdateKind, r)
	c.logged("system.agent.auto_update", "SUCCESS", agentUpdateKind.target(r))
	return nil
}

func (o *Okta) getAgentPoolsUpdateSettings(c *call) (any, error) {
	p, err := c.fetch(agentPoolKind, "", c.param("poolId"))
	if err != nil {
		return nil, err
	}
	return c.agentSettings(p), nil
}

func (c *call) agentSettings(p Record) obj {
	return with(obj{"agentType": p.Doc["type"], "continueOnError": false, "latestVersion": latestAgent, "minimalSupportedVersion": "3.0.0", "poolId": p.ID, "poolName": p.Name, "releaseChannel": "GA"}, object(p.Doc["settings"]))
}

func (o *Okta) updateAgentPoolsUpdateSettings(c *call) (any, error) {
	p, err := c.fetch(agentPoolKind, "", c.param("poolId"))
	if err != nil {
		return nil, err
	}
	settings := clone(object(p.Doc["settings"]))
	if settings == nil {
		settings = obj{}
	}
	if v, ok := c.body["continueOnError"].(bool); ok {
		settings["continueOnError"] = v
	}
	if v := text(c.body["releaseChannel"]); v != "" {
		if !slices.Contains([]string{"BETA", "EA", "GA", "TEST"}, v) {
			return nil, errMalformed
		}
		settings["releaseChannel"] = v
	}
	p.Doc = with(p.Doc, obj{"settings": settings})
	return created(c.agentSettings(c.keep(agentPoolKind, p))), nil
}

// updateADGroupMembership asks the agents of a directory to add people to a group of it, or to take them out.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/DirectoriesIntegration/
func (o *Okta) updateADGroupMembership(c *call) (any, error) {
	p, err := c.fetch(agentPoolKind, "", c.param("appInstanceId"))
	if err != nil {
		return nil, err
	}
	id, how := text(c.body["id"]), object(c.body["parameters"])
	g, ok := o.groups.Get(c.Tx, id)
	switch {
	case id == "":
		return nil, blank("id")
	case !ok:
		return nil, notFound(id, "UserGroup")
	case g.Source != p.ID:
		return nil, invalid("id", "The group is not a group of this directory.")
	case !slices.Contains([]string{"ADD", "REMOVE"}, text(how["action"])):
		return nil, invalid("parameters.action", "parameters.action: The field must be one of ADD, REMOVE.")
	case len(list(how["values"])) == 0:
		return nil, blank("parameters.values")
	}
	for _, v := range texts(how["values"]) {
		u, ok := o.users.Get(c.Tx, v)
		switch {
		case !ok:
			return nil, notFound(v, "User")
		case text(how["action"]) == "ADD":
			c.join(g, u)
		default:
			c.leave(g, u)
		}
	}
	return answer{body: []byte{}}, nil
}
