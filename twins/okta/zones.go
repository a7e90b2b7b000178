package okta

import (
	"net/http"
	"net/netip"
	"strings"

	"twinset.dev/kit/twin"
)

// zoneKind is a network zone: addresses and places that policies speak of.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/NetworkZone/
var zoneKind = &kind{name: "zones", noun: "NetworkZone", prefix: "nzo", path: "/api/v1/zones/%s", event: "zone", lifecycle: true,
	restates: true, deletes: deletesZone}

func init() { zoneKind.check, zoneKind.view = checkZone, viewZone }

func (o *Okta) zonesOperations() {
	o.serveKind(twin.Full, zoneKind, crud{list: "listNetworkZones", create: "createNetworkZone", get: "getNetworkZone", replace: "replaceNetworkZone",
		delete: "deleteNetworkZone", activate: "activateNetworkZone", deactivate: "deactivateNetworkZone"}, nil)
}

// Zones hold so much, those that came with the org a little more.
const (
	mostAddresses = 150
	mostPlaces    = 75
)

// checkZone refuses what is no zone, and writes addresses and places the way Okta does.
func checkZone(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	if err := nameFits(name, 128); err != nil {
		return err
	}
	if c.taken(zoneKind, "", name, was) {
		return invalid("name", "name: There is already an existing network zone in this organization with the same name. The network zone name must be unique.")
	}
	if was != nil && was.System && name != was.Name {
		return invalid("name", "name: The network zone does not allow name changes for "+was.Name+".")
	}
	if was != nil && text(doc["type"]) != text(was.Doc["type"]) {
		return invalid("type", "type: The type of a network zone cannot be changed.")
	}
	fill(doc, obj{"usage": "POLICY"})
	if usage := text(doc["usage"]); usage != "POLICY" && usage != "BLOCKLIST" {
		return invalid("usage", "usage: The usage of a network zone must be either POLICY or BLOCKLIST.")
	}
	if exempt := was != nil && was.System && was.Name == exemptZone; exempt != truth(doc["useAsExemptList"]) {
		return invalid("useAsExemptList", "useAsExemptList: The network zone does not allow usage changes for "+name+".")
	}
	switch text(doc["type"]) {
	case "IP":
		fill(doc, obj{"gateways": nil, "proxies": nil})
		for _, field := range []string{"gateways", "proxies"} {
			if err := checkAddresses(doc, field, was != nil && was.System); err != nil {
				return err
			}
		}
	case "DYNAMIC":
		fill(doc, obj{"locations": nil, "proxyType": nil})
		doc["locations"] = places(doc["locations"])
		if len(list(doc["locations"])) > mostPlaces {
			return invalid("locations", "locations: The network zone has too many locations.")
		}
	case "DYNAMIC_V2":
		for _, field := range []string{"asns", "locations", "ipServiceCategories"} {
			if object(doc[field]) == nil {
				doc[field] = obj{}
			}
			fill(object(doc[field]), obj{"include": []any{}, "exclude": []any{}})
		}
		for _, side := range []string{"include", "exclude"} {
			object(doc["locations"])[side] = places(dig(doc, "locations", side))
		}
	case "":
		return blank("type")
	default:
		return invalid("type", "type: The type of a network zone must be one of IP, DYNAMIC, DYNAMIC_V2.")
	}
	return nil
}

// checkAddresses refuses what is no range of addresses. One address alone is a range from it to itself.
func checkAddresses(doc obj, field string, system bool) error {
	if !system && len(list(doc[field])) > mostAddresses {
		return invalid(field, field+": The network zone has too many IP addresses.")
	}
	for _, a := range list(doc[field]) {
		a := object(a)
		value := text(a["value"])
		bad := func(ip, kind string) error {
			return invalid(field, field+": The IP: "+ip+" in the "+kind+": "+value+" is invalid. Make sure it is a valid IPV4.")
		}
		switch text(a["type"]) {
		case "CIDR":
			ip, _, found := strings.Cut(value, "/")
			if _, err := netip.ParsePrefix(value); err != nil && (found || !isAddress(value)) {
				return bad(ip, "CIDR")
			}
		case "RANGE":
			from, to, found := strings.Cut(value, "-")
			if !found {
				to = from
			}
			for _, ip := range []string{from, to} {
				if !isAddress(ip) {
					return bad(ip, "RANGE")
				}
			}
			a["value"] = from + "-" + to
		default:
			return invalid(field, field+": The type of an IP address must be either CIDR or RANGE.")
		}
	}
	return nil
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// places are locations as Okta keeps them, as a set, each with its region or null.
func places(v any) any {
	if v == nil {
		return nil
	}
	var out []any
	for _, p := range list(v) {
		if m := object(p); m != nil {
			out = append(out, fill(m, obj{"region": nil}))
		}
	}
	if out == nil {
		return []any{}
	}
	return setOrder(out, func(p any) uint32 {
		m := object(p)
		return 31*javaHash(text(m["region"])) + javaHash(text(m["country"]))
	})
}

func deletesZone(c *call, r Record) error {
	switch {
	case r.System:
		return readOnly("system")
	case r.Status == "ACTIVE":
		return invalid("The zone: "+r.Name+" is an active zone. Active zones cannot be deleted.", "id: The zone: "+r.ID+" is an active zone. Active zones cannot be deleted.")
	}
	return nil
}

// viewZone says whether a zone came with the org. What it is exempt from is told to who changes it alone.
func viewZone(c *call, r Record, v obj) {
	v["system"] = r.System
	if c.op.Method == http.MethodPut && r.Name == exemptZone {
		v["useAsBlackList"] = false
		return
	}
	delete(v, "useAsExemptList")
}

const exemptZone = "DefaultExemptIpZone"

// bootstrapZones makes the zones that every org has.
func (c *call) bootstrapZones() {
	ip := func(usage string, more obj) obj {
		return with(obj{"type": "IP", "usage": usage, "gateways": nil, "proxies": nil}, more)
	}
	for _, z := range []struct {
		name string
		doc  obj
	}{
		{"LegacyIpZone", ip("POLICY", nil)},
		{"BlockedIpZone", ip("BLOCKLIST", nil)},
		{exemptZone, ip("POLICY", obj{"useAsExemptList": true})},
		{"DefaultEnhancedDynamicZone", obj{"type": "DYNAMIC_V2", "usage": "BLOCKLIST", "asns": obj{"include": []any{}, "exclude": []any{}},
			"locations": obj{"include": []any{}, "exclude": []any{}}, "ipServiceCategories": obj{"include": []any{"ALL_ANONYMIZERS"}, "exclude": []any{}}}},
	} {
		c.comes(zoneKind, "", z.name, z.doc)
	}
}
