package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// What a device must be like before people may use it to get at an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/DeviceAssurance/
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/DevicePostureCheck/
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/DeviceIntegrations/
var (
	assuranceKind   = &kind{name: "deviceAssurances", noun: "DeviceAssuranceRuleManagerImpl", prefix: "dae", path: "/api/v1/device-assurances/%s", event: "device_assurance.policy"}
	postureKind     = &kind{name: "devicePostureChecks", noun: "DevicePostureCheck", prefix: "dch", path: "/api/v1/device-posture-checks/%s", event: "device_posture_check"}
	integrationKind = &kind{name: "deviceIntegrations", noun: "DeviceIntegration", prefix: "din", path: "/api/v1/device-integrations/%s", event: "device_integration", lifecycle: true}
)

func init() {
	assuranceKind.check, assuranceKind.deletes, assuranceKind.view = checkAssurance, deletesAssurance, viewAssurance
	postureKind.check, postureKind.view = checkPosture, viewDated
	integrationKind.turns, integrationKind.view = turnsIntegration, viewIntegration
}

func (o *Okta) deviceAssuranceOperations() {
	o.serveKind(twin.Full, assuranceKind, crud{list: "listDeviceAssurancePolicies", create: "createDeviceAssurancePolicy", get: "getDeviceAssurancePolicy",
		replace: "replaceDeviceAssurancePolicy", delete: "deleteDeviceAssurancePolicy"}, nil)
	// The checks that Okta brings along stand before those of that path.
	o.on(twin.Partial, "listDefaultDevicePostureChecks", func(*call) (any, error) { return []any{}, nil }).noted("Okta's own checks are not there")
	o.serveKind(twin.Full, postureKind, crud{list: "listDevicePostureChecks", create: "createDevicePostureCheck", get: "getDevicePostureCheck",
		replace: "replaceDevicePostureCheck", delete: "deleteDevicePostureCheck"}, nil)
	o.serveKind(twin.Full, integrationKind, crud{list: "listDeviceIntegrations", get: "getDeviceIntegration", activate: "activateDeviceIntegration", deactivate: "deactivateDeviceIntegration"}, nil)
}

var platforms = []string{"ANDROID", "CHROMEOS", "IOS", "MACOS", "WINDOWS"}

func checkAssurance(c *call, doc obj, was *Record) error {
	name, platform := text(doc["name"]), text(doc["platform"])
	switch {
	case name == "":
		return blank("name")
	case platform == "":
		return blank("platform")
	case !slices.Contains(platforms, platform):
		return invalid("platform", "platform: The field has an invalid value")
	case was != nil && was.Doc["platform"] != platform:
		return readOnly("platform")
	}
	if c.taken(assuranceKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	dated(c, doc, was)
	fill(doc, obj{"displayRemediationMode": "HIDE"})
	return nil
}

// dated notes who made something and who changed it, in the words of devices.
func dated(c *call, doc obj, was *Record) {
	c.authored(doc, was, "createdBy", "lastUpdatedBy")
	delete(doc, "createdDate")
	delete(doc, "lastUpdate")
}

// deletesAssurance keeps what a rule asks for.
func deletesAssurance(c *call, r Record) error {
	for _, p := range c.policies("", "ACCESS_POLICY") {
		for _, rule := range c.rules(p.ID) {
			if slices.Contains(texts(dig(rule.Doc, "conditions", "device", "assurance", "include")), r.ID) {
				return invalid("id", "id: The device assurance policy is used by the authentication policy rule "+rule.Name+".")
			}
		}
	}
	return nil
}

func viewDated(c *call, r Record, v obj) {
	v["createdDate"], v["lastUpdate"] = v["created"], v["lastUpdated"]
	delete(v, "created")
	delete(v, "lastUpdated")
}

// viewAssurance leaves out who made it where it has just been changed.
func viewAssurance(c *call, r Record, v obj) {
	viewDated(c, r, v)
	v["resourceId"], v["resourceType"], v["resourceDisplayName"] = r.ID, "DeviceAssurancePolicyEntity", obj{"value": r.Name, "sensitive": false}
	if c.op.ID == "replaceDeviceAssurancePolicy" {
		delete(v, "createdDate")
		delete(v, "createdBy")
	}
}

func checkPosture(c *call, doc obj, was *Record) error {
	for _, field := range []string{"name", "platform", "query", "variableName"} {
		if text(doc[field]) == "" {
			return blank(field)
		}
	}
	if !slices.Contains([]string{"MACOS", "WINDOWS"}, text(doc["platform"])) {
		return invalid("platform", "platform: The field has an invalid value")
	}
	for other := range c.all(postureKind, "") {
		if was != nil && other.ID == was.ID {
			continue
		}
		for _, field := range []string{"name", "variableName"} {
			if other.Doc[field] == doc[field] {
				return invalid(field, field+": An object with this field already exists")
			}
		}
	}
	dated(c, doc, was)
	doc["type"] = "CUSTOM"
	fill(doc, obj{"mappingType": "CHECKBOX"})
	return nil
}

// turnsIntegration switches others of the same platform off: one tells Okta about a device.
func turnsIntegration(c *call, r *Record, status string) error {
	if status == "INACTIVE" {
		return nil
	}
	for other := range c.all(integrationKind, "") {
		if other.ID != r.ID && other.Status == "ACTIVE" && other.Doc["platform"] == r.Doc["platform"] && other.Name == r.Name {
			other.Status = "INACTIVE"
			c.keep(integrationKind, other)
		}
	}
	return nil
}

func viewIntegration(c *call, r Record, v obj) {
	if r.Status == "INACTIVE" {
		v["status"] = "DEACTIVATED"
	}
	object(v["_links"])["self"] = hints(c.address(integrationKind, r), "GET")
}

// bootstrapIntegrations makes what may tell Okta about devices; all are off.
func (c *call) bootstrapIntegrations() {
	for _, i := range [][3]string{
		{"com.crowdstrike.zta", "CrowdStrike", "WINDOWS"}, {"com.crowdstrike.zta", "CrowdStrike", "MACOS"}, {"com.google.dtc", "Chrome Device Trust", "CHROMEOS"},
		{"com.microsoft.windowssecuritycenter", "Windows Security Center", "WINDOWS"}, {"com.okta.device.osquery", "Osquery", "WINDOWS"}, {"com.okta.device.osquery", "Osquery", "MACOS"},
	} {
		r := c.comes(integrationKind, "", i[0]+"/"+i[2], obj{"displayName": i[1], "platform": i[2]})
		r.Status, r.Doc = "INACTIVE", with(r.Doc, obj{"name": i[0]})
		c.keep(integrationKind, r)
	}
}
