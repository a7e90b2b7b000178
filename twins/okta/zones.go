package okta

import "twinset.dev/kit/twin"

// zoneKind is a network zone: addresses and places that policies speak of.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/NetworkZone/
var zoneKind = &kind{name: "zones", noun: "NetworkZone", prefix: "nzo", path: "/api/v1/zones/%s", event: "zone", lifecycle: true, check: checkZone}

func (o *Okta) zonesOperations() {
	o.serveKind(twin.Partial, zoneKind, crud{list: "listNetworkZones", create: "createNetworkZone", get: "getNetworkZone", replace: "replaceNetworkZone",
		delete: "deleteNetworkZone", activate: "activateNetworkZone", deactivate: "deactivateNetworkZone"}, nil)
}

func checkZone(c *call, doc obj, was *Record) error {
	if text(doc["name"]) == "" {
		return blank("name")
	}
	return nil
}
