package okta

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// The fields of policies and of their rules, by the type of the policy.
var (
	allowDeny    = []string{"ALLOW Allow", "DENY Deny"}
	policyFields = map[string][]formField{
		"PASSWORD": {
			{At: "settings.password.complexity.minLength", Label: "Minimum length", Kind: asNumber}, {At: "settings.password.complexity.minLowerCase", Label: "Lower case letters", Kind: asNumber},
			{At: "settings.password.complexity.minUpperCase", Label: "Upper case letters", Kind: asNumber}, {At: "settings.password.complexity.minNumber", Label: "Digits", Kind: asNumber},
			{At: "settings.password.complexity.minSymbol", Label: "Symbols", Kind: asNumber}, {At: "settings.password.complexity.excludeUsername", Label: "Does not contain part of the username", Kind: asCheck},
			{At: "settings.password.complexity.dictionary.common.exclude", Label: "Is none of the common passwords", Kind: asCheck}, {At: "settings.password.age.historyCount", Label: "Passwords remembered", Kind: asNumber},
			{At: "settings.password.age.maxAgeDays", Label: "Expires after days", Kind: asNumber, Hint: "0 is never"}, {At: "settings.password.age.minAgeMinutes", Label: "Minimum age in minutes", Kind: asNumber},
			{At: "settings.password.lockout.maxAttempts", Label: "Locked out after failures", Kind: asNumber}, {At: "settings.password.lockout.autoUnlockMinutes", Label: "Unlocked after minutes", Kind: asNumber, Hint: "0 is by an administrator"},
		},
	}
	ruleFields = map[string][]formField{
		"OKTA_SIGN_ON": {
			{At: "actions.signon.access", Label: "Access is", Kind: asChoice, Of: allowDeny}, {At: "actions.signon.requireFactor", Label: "Ask for a second factor", Kind: asCheck},
			{At: "actions.signon.factorPromptMode", Label: "The second factor is asked for", Kind: asChoice, Of: []string{"ALWAYS At every sign-in", "SESSION Once a session", "DEVICE Once a device"}},
			{At: "actions.signon.session.maxSessionLifetimeMinutes", Label: "Session ends after minutes", Kind: asNumber, Hint: "0 is never"}, {At: "actions.signon.session.maxSessionIdleMinutes", Label: "Session ends when idle for minutes", Kind: asNumber},
		},
		"ACCESS_POLICY": {
			{At: "actions.appSignOn.access", Label: "Access is", Kind: asChoice, Of: allowDeny}, {At: "actions.appSignOn.verificationMethod.factorMode", Label: "People sign in with", Kind: asChoice, Of: []string{"1FA One factor", "2FA Two factors"}},
			{At: "actions.appSignOn.verificationMethod.reauthenticateIn", Label: "Again after", Hint: "A duration as PT12H; PT0S is every time"},
			{At: "conditions.riskScore.level", Label: "Risk is", Kind: asChoice, Of: []string{"ANY Any", "LOW Low", "MEDIUM Medium", "HIGH High"}},
		},
		"PASSWORD": {
			{At: "actions.passwordChange.access", Label: "People change their password", Kind: asChoice, Of: allowDeny}, {At: "actions.selfServicePasswordReset.access", Label: "People reset a forgotten password", Kind: asChoice, Of: allowDeny},
			{At: "actions.selfServiceUnlock.access", Label: "People unlock their account", Kind: asChoice, Of: allowDeny},
		},
		"MFA_ENROLL":         {{At: "actions.enroll.self", Label: "People enroll", Kind: asChoice, Of: []string{"LOGIN When they sign in first", "CHALLENGE When they are first asked for it", "NEVER Never"}}},
		"PROFILE_ENROLLMENT": {{At: "actions.profileEnrollment.unknownUserAction", Label: "Who is not known", Kind: asChoice, Of: []string{"DENY Is refused", "REGISTER May register"}}},
		"OAUTH_AUTHORIZATION_POLICY": {
			{At: "conditions.grantTypes.include", Label: "Grant types", Kind: asMany, Of: []string{"authorization_code", "implicit", "client_credentials", "password", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"}},
			{At: "conditions.scopes.include", Label: "Scopes", Kind: asLines, Hint: "One to a line; * is any"}, {At: "actions.token.accessTokenLifetimeMinutes", Label: "Access tokens live for minutes", Kind: asNumber},
			{At: "actions.token.refreshTokenLifetimeMinutes", Label: "Refresh tokens live for minutes", Kind: asNumber, Hint: "0 is for good"}, {At: "actions.token.refreshTokenWindowMinutes", Label: "unless unused for minutes", Kind: asNumber},
		},
	}
)

var (
	nameField     = formField{At: "name", Label: "Name", Need: true}
	describeField = formField{At: "description", Label: "Description"}
	rankField     = formField{At: "priority", Label: "Priority", Kind: asNumber, Hint: "1 is asked first"}
)

// fieldsOfPolicy are what can be said of a policy of a type.
func (c *call) fieldsOfPolicy(kind string) []formField {
	fields := []formField{nameField, describeField}
	if slices.Contains([]string{"OKTA_SIGN_ON", "PASSWORD", "MFA_ENROLL"}, kind) {
		fields = append(fields, rankField, formField{At: "conditions.people.groups.include", Label: "Groups", Kind: asMany, Of: c.groupOptions()})
	}
	if kind == "MFA_ENROLL" {
		for _, a := range c.authenticators() {
			if a.Status == "ACTIVE" {
				fields = append(fields, formField{At: "enroll." + text(a.Doc["key"]), Label: a.Name, Kind: asChoice, Of: []string{"NOT_ALLOWED Disabled", "OPTIONAL Optional", "REQUIRED Required"}})
			}
		}
	}
	return append(fields, policyFields[kind]...)
}

// fieldsOfRule are what can be said of a rule of a policy of a type. Of a rule that came with it only what it does.
func (c *call) fieldsOfRule(kind string, system bool) []formField {
	if system {
		return slices.DeleteFunc(slices.Clone(ruleFields[kind]), func(f formField) bool { return !strings.HasPrefix(f.At, "actions.") })
	}
	fields := []formField{nameField, rankField, {At: "conditions.people.groups.include", Label: "Groups", Kind: asMany, Of: c.groupOptions(), Hint: "Everybody if none is chosen"}}
	if kind == "OAUTH_AUTHORIZATION_POLICY" {
		fields[2].Of, fields[2].Hint = append([]string{"EVERYONE Everyone"}, c.groupOptions()...), ""
	} else if kind != "PROFILE_ENROLLMENT" {
		fields = append(fields, formField{At: "conditions.network.connection", Label: "From", Kind: asChoice, Of: []string{"ANYWHERE Anywhere", "ZONE Some network zones"}}, formField{At: "conditions.network.include", Label: "Zones", Kind: asMany, Of: c.recordOptions(zoneKind)})
	}
	return append(fields, ruleFields[kind]...)
}

// byKey has what an enrollment policy says of authenticators by their keys, for a form; ofKeys is the other way round.
func byKey(doc obj) obj {
	enroll := obj{}
	for _, a := range list(dig(doc, "settings", "authenticators")) {
		enroll[text(object(a)["key"])] = dig(a, "enroll", "self")
	}
	doc["enroll"] = enroll
	return doc
}

func ofKeys(doc obj) obj {
	rows := []any{}
	for _, key := range sortedKeys(object(doc["enroll"])) {
		rows = append(rows, obj{"key": key, "enroll": obj{"self": object(doc["enroll"])[key]}})
	}
	if delete(doc, "enroll"); len(rows) > 0 {
		doc["settings"] = obj{"type": "AUTHENTICATORS", "authenticators": rows}
	}
	return doc
}

// policyDoc is a policy as the API has it, without what Okta alone says.
func (c *call) policyDoc(p Record) obj {
	return clone(without(object(c.policy(p)), "_links", "_embedded", "id", "created", "lastUpdated", "status", "system"))
}

// newPolicyDoc is what the form for a new policy sends.
func newPolicyDoc(c *call, f url.Values) obj {
	return ofKeys(answered(c.fieldsOfPolicy(f.Get("type")), f, obj{"type": f.Get("type")}))
}

func changedPolicyDoc(c *call, f url.Values) obj {
	p, err := c.policyOf()
	if err != nil {
		return nil
	}
	fields := c.fieldsOfPolicy(p.policyType())
	if p.System {
		fields = slices.DeleteFunc(fields, func(x formField) bool { return x.At == "name" || x.At == "priority" })
	}
	return ofKeys(answered(fields, f, byKey(c.policyDoc(p))))
}

// newRuleDoc is what the form for a new rule sends.
func newRuleDoc(c *call, f url.Values) obj {
	p, err := c.policyOf()
	if err != nil {
		return nil
	}
	return placed(answered(c.fieldsOfRule(p.policyType(), false), f, obj{"type": p.sort().ruleType}))
}

func changedRuleDoc(c *call, f url.Values) obj {
	p, r, err := c.ruleOf()
	if err != nil {
		return nil
	}
	doc := clone(without(object(c.rule(p, r)), "_links", "id", "created", "lastUpdated", "status", "system"))
	if r.System {
		delete(doc, "conditions")
	}
	return placed(answered(c.fieldsOfRule(p.policyType(), r.System), f, doc))
}

// placed leaves out of a rule's conditions what the form leaves open: whom, if that is everybody, and zones, if it is anywhere.
func placed(doc obj) obj {
	conditions := object(doc["conditions"])
	if people := object(conditions["people"]); people != nil && len(list(dig(people, "groups", "include"))) == 0 {
		delete(people, "groups")
	}
	if network := object(conditions["network"]); network != nil && network["connection"] != "ZONE" {
		conditions["network"] = obj{"connection": cmp.Or(text(network["connection"]), "ANYWHERE")}
	}
	return doc
}

// aRule is a rule as a page shows it.
func (c *call) aRule(p, r Record) obj {
	doc := object(c.rule(p, r))
	var says [][2]string
	for _, in := range inputs(c.fieldsOfRule(p.policyType(), r.System), doc) {
		said := in.Value
		for _, o := range in.Options {
			if o.Chosen {
				said = strings.TrimPrefix(said+", "+o.Label, ", ")
			}
		}
		if in.Checked {
			said = "yes"
		}
		if said != "" && in.At != "name" && in.At != "priority" {
			says = append(says, [2]string{in.Label, said})
		}
	}
	return obj{"Rule": r, "Says": says, "Inputs": inputs(c.fieldsOfRule(p.policyType(), r.System), doc)}
}

// policyScreen is a policy with its rules: what they are, and the forms that change them.
func (o *Okta) policyScreen(c *call) (obj, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	kind := p.policyType()
	var rules []obj
	for _, r := range c.rules(p.ID) {
		rules = append(rules, c.aRule(p, r))
	}
	fresh := fill(obj{"priority": float64(len(slices.DeleteFunc(c.rules(p.ID), func(r Record) bool { return r.System }))) + 1}, obj{"conditions": obj{"network": obj{"connection": "ANYWHERE"}, "scopes": obj{"include": []any{"*"}}}})
	p.sort().fillRule(fresh, 1)
	return obj{"Policy": p, "Type": kind, "Title": policyTitle(kind), "Server": c.param("authServerId"), "Single": p.sort().single, "Doc": c.policy(p),
		"Inputs": inputs(c.fieldsOfPolicy(kind), byKey(c.policyDoc(p))), "Rules": rules, "NewRule": inputs(c.fieldsOfRule(kind, false), fresh)}, nil
}

func policyTitle(kind string) string {
	for _, t := range policyTitles {
		if t[0] == kind {
			return t[1]
		}
	}
	return "Access policies"
}

// policyAddress is the page of a policy that an operation has answered.
func policyAddress(out any) string {
	if a, ok := out.(answer); ok {
		out = a.body
	}
	at := text(dig(out, "_links", "self", "href"))
	if _, server, ok := strings.Cut(at, "/authorizationServers/"); ok {
		return "/admin/oauth2/as/" + server
	}
	return "/admin/policy/" + text(object(out)["id"])
}
