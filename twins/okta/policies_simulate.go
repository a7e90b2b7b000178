package okta

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
)

// A situation is who does something, and where from, as policies look at it.
type situation struct {
	user   User
	groups []string
	zones  []string
	risk   string
	device obj // platform, registered, managed, assuranceId
}

// governing is the first policy of a type that fits a situation, with its first rule that does.
//
// https://developer.okta.com/docs/concepts/policies/#policy-evaluation
func (c *call) governing(parent, kind string, s situation) (p, r Record, ok bool) {
	for _, p := range c.policies(parent, kind) {
		if p.Status != "ACTIVE" || !s.fits(p) {
			continue
		}
		if r, ok := c.governingRule(p, s); ok {
			return p, r, true
		}
	}
	return p, r, false
}

// situationOf is a person who asks from an address.
func (c *call) situationOf(u User, ip string) situation {
	s := situation{user: u, zones: c.zonesOf(ip), risk: "LOW"}
	for g := range c.groupsOf(u) {
		s.groups = append(s.groups, g.ID)
	}
	if everyone, ok := c.o.everyone(c); ok {
		s.groups = append(s.groups, everyone.ID, "EVERYONE") // who is just being made is not in it yet
	}
	return s
}

// governingRule is the first rule of a policy that fits a situation.
func (c *call) governingRule(p Record, s situation) (Record, bool) {
	for _, r := range c.rules(p.ID) {
		if r.Status == "ACTIVE" && s.fits(r) {
			return r, true
		}
	}
	return Record{}, false
}

// fits reports whether a policy's or a rule's conditions hold; what a situation says nothing of, holds.
func (s situation) fits(r Record) bool {
	conditions := object(r.Doc["conditions"])
	users, groups := object(dig(conditions, "people", "users")), object(dig(conditions, "people", "groups"))
	network, device := object(conditions["network"]), object(conditions["device"])
	if slices.Contains(texts(users["exclude"]), s.user.ID) || overlap(texts(groups["exclude"]), s.groups) {
		return false
	}
	if in, of := texts(users["include"]), texts(groups["include"]); len(in)+len(of) > 0 && !slices.Contains(in, s.user.ID) && !overlap(of, s.groups) {
		return false
	}
	if directory := text(dig(conditions, "authProvider", "provider")); directory != "" && (directory == "ACTIVE_DIRECTORY") != (s.user.Provider["type"] == "ACTIVE_DIRECTORY") {
		return false
	}
	if text(network["connection"]) == "ZONE" {
		if in := texts(network["include"]); len(in) > 0 && !inZone(in, s.zones) || inZone(texts(network["exclude"]), s.zones) {
			return false
		}
	}
	if level := text(dig(conditions, "riskScore", "level")); level != "" && level != "ANY" && s.risk != "" && level != s.risk {
		return false
	}
	if in := texts(dig(conditions, "userType", "include")); len(in) > 0 && !slices.Contains(in, s.user.Type) || slices.Contains(texts(dig(conditions, "userType", "exclude")), s.user.Type) {
		return false
	}
	for _, field := range []string{"registered", "managed"} {
		if want, ok := device[field].(bool); ok && want != truth(s.device[field]) {
			return false
		}
	}
	if in := texts(dig(device, "assurance", "include")); len(in) > 0 && !slices.Contains(in, text(s.device["assuranceId"])) {
		return false
	}
	return s.onPlatform(list(dig(conditions, "platform", "include")))
}

// onPlatform reports whether the device is one of those, any if it is not known.
func (s situation) onPlatform(include []any) bool {
	platform := text(s.device["platform"])
	return len(include) == 0 || platform == "" || slices.ContainsFunc(include, func(x any) bool {
		kind, os := text(object(x)["type"]), text(dig(x, "os", "type"))
		return (kind == "ANY" && (os == "" || os == "ANY")) || strings.EqualFold(os, platform) || strings.EqualFold(kind, platform)
	})
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func inZone(want, zones []string) bool {
	return slices.Contains(want, "ALL_ZONES") && len(zones) > 0 || overlap(want, zones)
}

// zonesOf are the zones that an address is in.
func (c *call) zonesOf(ip string) (ids []string) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return nil
	}
	for z := range c.all(zoneKind, "") {
		if z.Status == "ACTIVE" && slices.ContainsFunc(list(z.Doc["gateways"]), func(g any) bool { return covers(text(object(g)["value"]), addr) }) {
			ids = append(ids, z.ID)
		}
	}
	return ids
}

// covers reports whether an address is in a range, as zones write them.
func covers(value string, addr netip.Addr) bool {
	if from, to, ok := strings.Cut(value, "-"); ok {
		a, err1 := netip.ParseAddr(from)
		b, err2 := netip.ParseAddr(to)
		return err1 == nil && err2 == nil && a.Compare(addr) <= 0 && addr.Compare(b) <= 0
	}
	if one, err := netip.ParseAddr(value); err == nil {
		return one == addr
	}
	p, err := netip.ParsePrefix(value)
	return err == nil && p.Contains(addr)
}

// simulated are the types of policies that can be tried out.
var simulated = []string{"ACCESS_POLICY", "MFA_ENROLL", "OKTA_SIGN_ON", "PASSWORD", "PROFILE_ENROLLMENT"}

// createPolicySimulation says which policies would decide about somebody who goes to an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/#tag/Policy/operation/createPolicySimulation
func (o *Okta) createPolicySimulation(c *call) (any, error) {
	var cases []any
	if json.Unmarshal(c.sent, &cases) != nil {
		return nil, errMalformed
	}
	var out []any
	for _, x := range cases {
		evaluations, err := c.simulate(object(x))
		if err != nil {
			return nil, err
		}
		out = append(out, evaluations...)
	}
	return out, nil
}

// simulate tries one case.
func (c *call) simulate(in obj) ([]any, error) {
	a, ok := c.o.apps.Get(c.Tx, text(in["appInstance"]))
	context := object(in["policyContext"])
	switch {
	case text(in["appInstance"]) == "":
		return nil, blank("appInstance")
	case !ok:
		return nil, notFound(text(in["appInstance"]), "AppInstance")
	}
	s := situation{groups: texts(dig(context, "groups", "ids")), zones: texts(dig(context, "zones", "ids")), risk: text(dig(context, "risk", "level")), device: object(context["device"])}
	if id := text(dig(context, "user", "id")); id != "" {
		if s.user, ok = c.o.users.Get(c.Tx, id); !ok {
			return nil, notFound(id, "User")
		}
	}
	if ip := text(context["ip"]); ip != "" {
		s.zones = append(s.zones, c.zonesOf(ip)...)
	}
	kinds := texts(in["policyTypes"])
	if len(kinds) == 0 {
		kinds = simulated
	}
	var out []any
	for _, kind := range kinds {
		if !slices.Contains(simulated, kind) {
			return nil, invalid("policyTypes", "policyTypes: The field has an invalid value")
		}
		out = append(out, c.simulatedType(kind, a, s))
	}
	return out, nil
}

// simulatedType says which policy of a type decides, and what came of those before it.
func (c *call) simulatedType(kind string, a App, s situation) any {
	policies := c.policies("", kind)
	if only := map[string]string{"ACCESS_POLICY": a.Policy, "PROFILE_ENROLLMENT": a.Enrollment}[kind]; only != "" {
		policies = slices.DeleteFunc(policies, func(p Record) bool { return p.ID != only })
	}
	result, evaluated := []any{}, []any{}
	for _, p := range policies {
		r, fits := Record{}, false
		if p.Status == "ACTIVE" && s.fits(p) {
			r, fits = c.governingRule(p, s)
		}
		row := obj{"id": p.ID, "name": p.Name, "status": matchWord(fits), "conditions": matched(p, s), "rules": c.matchedRules(p, r, s)}
		if fits && len(result) == 0 {
			result = append(result, row)
		} else if len(result) == 0 {
			evaluated = append(evaluated, row)
		}
	}
	return obj{"policyType": []any{kind}, "status": matchWord(len(result) > 0), "result": obj{"policies": result},
		"evaluated": obj{"policies": evaluated}, "undefined": obj{"policies": []any{}}}
}

// matchedRules are the rules of a policy that were looked at, up to the one that decides.
func (c *call) matchedRules(p, decides Record, s situation) []any {
	out := []any{}
	for _, r := range c.rules(p.ID) {
		out = append(out, obj{"id": r.ID, "name": r.Name, "status": matchWord(r.Status == "ACTIVE" && s.fits(r)), "conditions": matched(r, s)})
		if r.ID == decides.ID {
			break
		}
	}
	return out
}

// matched says of each condition whether it holds.
func matched(r Record, s situation) []any {
	out := []any{}
	conditions := object(r.Doc["conditions"])
	for _, name := range []string{"people", "network", "riskScore", "userType", "device", "platform"} {
		if x := conditions[name]; x != nil {
			out = append(out, obj{"type": name, "status": matchWord(s.fits(Record{Doc: obj{"conditions": obj{name: x}}}))})
		}
	}
	return out
}

func matchWord(ok bool) string {
	if ok {
		return "MATCH"
	}
	return "UNMATCHED"
}
