package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// behaviorKind is a rule by which Okta finds that people behave otherwise than they used to.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Behavior/
var behaviorKind = &kind{name: "behaviors", noun: "BehaviorDetectionRule", prefix: "bhv", path: "/api/v1/behaviors/%s", event: "security.behavior.settings", lifecycle: true}

func init() { behaviorKind.check, behaviorKind.view = checkBehavior, viewBehavior }

func (o *Okta) behaviorsOperations() {
	o.serveKind(twin.Full, behaviorKind, crud{list: "listBehaviorDetectionRules", create: "createBehaviorDetectionRule", get: "getBehaviorDetectionRule", replace: "replaceBehaviorDetectionRule",
		delete: "deleteBehaviorDetectionRule", activate: "activateBehaviorDetectionRule", deactivate: "deactivateBehaviorDetectionRule"}, nil)
}

// history is how much of the past is looked at, by type of rule.
var history = map[string]obj{
	"ANOMALOUS_LOCATION": {"maxEventsUsedForEvaluation": 20., "minEventsNeededForEvaluation": 0.},
	"ANOMALOUS_DEVICE":   {"maxEventsUsedForEvaluation": 20., "minEventsNeededForEvaluation": 0.},
	"ANOMALOUS_IP":       {"maxEventsUsedForEvaluation": 50., "minEventsNeededForEvaluation": 0.},
	"ANOMALOUS_ASN":      {"maxEventsUsedForEvaluation": 20., "minEventsNeededForEvaluation": 0.},
	"VELOCITY":           {"velocityKph": 805.},
}

func checkBehavior(c *call, doc obj, was *Record) error {
	name, kind := text(doc["name"]), text(doc["type"])
	if err := nameFits(name, 128); err != nil {
		return err
	}
	switch {
	case kind == "":
		return blank("type")
	case history[kind] == nil:
		return invalid("type", "type: The field has an invalid value")
	case was != nil && was.Doc["type"] != kind:
		return readOnly("type")
	}
	if c.taken(behaviorKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	settings := fill(part(doc, "settings"), history[kind])
	if kind == "ANOMALOUS_LOCATION" {
		switch granularity := text(settings["granularity"]); {
		case granularity == "":
			return blank("settings.granularity")
		case !slices.Contains([]string{"CITY", "COUNTRY", "LAT_LONG", "SUBDIVISION"}, granularity):
			return invalid("settings.granularity", "settings.granularity: The field has an invalid value")
		case granularity == "LAT_LONG" && number(settings["radiusKilometers"]) <= 0:
			return blank("settings.radiusKilometers")
		}
	}
	for _, limit := range []struct {
		field       string
		least, most float64
	}{{"maxEventsUsedForEvaluation", 0, 100}, {"minEventsNeededForEvaluation", 0, 10}, {"velocityKph", 1, 1e9}} {
		if n, ok := settings[limit.field].(float64); ok && (n < limit.least || n > limit.most) {
			return invalid("settings."+limit.field, "settings."+limit.field+": The field is out of range")
		}
	}
	return nil
}

// viewBehavior calls the links also what the specification calls them here alone.
func viewBehavior(c *call, r Record, v obj) { v["_link"] = v["_links"] }

// bootstrapBehaviors makes the rules that every org has.
func (c *call) bootstrapBehaviors() {
	location := func(granularity string) obj {
		return with(history["ANOMALOUS_LOCATION"], obj{"granularity": granularity})
	}
	for _, b := range []struct {
		name, kind string
		settings   obj
	}{
		{"New City", "ANOMALOUS_LOCATION", location("CITY")},
		{"New Country", "ANOMALOUS_LOCATION", location("COUNTRY")},
		{"New Device", "ANOMALOUS_DEVICE", history["ANOMALOUS_DEVICE"]},
		{"New Geo-Location", "ANOMALOUS_LOCATION", with(location("LAT_LONG"), obj{"radiusKilometers": 20.})},
		{"New IP", "ANOMALOUS_IP", history["ANOMALOUS_IP"]},
		{"New State", "ANOMALOUS_LOCATION", location("SUBDIVISION")},
		{"Velocity", "VELOCITY", history["VELOCITY"]},
	} {
		c.comes(behaviorKind, "", b.name, obj{"type": b.kind, "settings": b.settings})
	}
}
