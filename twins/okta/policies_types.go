package okta

import "slices"

// A policySort is what is particular to one type of policy.
type policySort struct {
	id, rule string // what ids of policies and of their rules begin with
	ruleType string // the type of its rules
	single   bool   // the org has the one, and nobody makes another
	equal    bool   // policies have no order among themselves; each is of priority 1, and names may be there twice
	gaps     bool   // rules keep the priorities that they are given; else they count from 1 on
	last     obj    // the actions of the last rule of every new policy, that no one can delete; none has it if nil
	fill     func(c *call, doc obj)
	fillRule func(doc obj, priority int) error
}

// policySorts are the types of policies. Only the org's own policies of some have a last rule, see bootstrapPolicies.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
var policySorts = map[string]*policySort{
	"OKTA_SIGN_ON":               {id: "00p", rule: "0pr", ruleType: "SIGN_ON", fillRule: fillSignOnRule},
	"PASSWORD":                   {id: "00p", rule: "0pr", ruleType: "PASSWORD", fill: fillPasswordPolicy, fillRule: fillPasswordRule},
	"MFA_ENROLL":                 {id: "00p", rule: "0pr", ruleType: "MFA_ENROLL", fill: fillEnrollPolicy, fillRule: fillEnrollRule},
	"IDP_DISCOVERY":              {id: "00p", rule: "0pr", ruleType: "IDP_DISCOVERY", single: true, fillRule: fillDiscoveryRule},
	"OAUTH_AUTHORIZATION_POLICY": {id: "00p", rule: "0pr", ruleType: "RESOURCE_ACCESS", fillRule: fillTokenRule},
	"ACCESS_POLICY":              {id: "rst", rule: "rul", ruleType: "ACCESS_POLICY", equal: true, gaps: true, last: boundDevice, fillRule: fillAccessRule},
	"PROFILE_ENROLLMENT":         {id: "rst", rule: "rul", ruleType: "PROFILE_ENROLLMENT", equal: true, gaps: true, last: registration, fillRule: fillProfileRule},
	"DEVICE_SIGNAL_COLLECTION":   {id: "rst", rule: "rul", ruleType: "DEVICE_SIGNAL_COLLECTION", equal: true, gaps: true, last: noSignals, fillRule: fillPlainRule},
	"POST_AUTH_SESSION":          {id: "rst", rule: "rul", ruleType: "POST_AUTH_SESSION", single: true, gaps: true, fillRule: fillPeopleRule},
	"ENTITY_RISK":                {id: "rst", rule: "rul", ruleType: "ENTITY_RISK", single: true, gaps: true, fillRule: fillPeopleRule},
	"SESSION_VIOLATION_DETECTION": {id: "rst", rule: "rul", ruleType: "SESSION_VIOLATION_DETECTION", single: true, gaps: true,
		fillRule: fillNetworkRule},
}

// What last rules do.
var (
	anyTwoFactors = obj{"appSignOn": obj{"access": "ALLOW", "keepMeSignedIn": obj{"postAuth": "NOT_ALLOWED"},
		"verificationMethod": obj{"factorMode": "2FA", "reauthenticateIn": "PT12H", "type": "ASSURANCE"}}}
	boundDevice = obj{"appSignOn": obj{"access": "ALLOW", "keepMeSignedIn": obj{"postAuth": "NOT_ALLOWED"},
		"verificationMethod": obj{"factorMode": "2FA", "reauthenticateIn": "PT12H", "type": "ASSURANCE",
			"constraints": []any{obj{"possession": obj{"deviceBound": "REQUIRED", "required": true}}}}}}
	registration = obj{"profileEnrollment": obj{"access": "ALLOW", "unknownUserAction": "DENY", "activationRequirements": obj{"emailVerification": true},
		"preRegistrationInlineHooks": nil, "targetGroupIds": nil, "uiSchemaId": nil, "progressiveProfilingAction": "DISABLED",
		"allowedIdentifiers": []any{"login"}, "profileAttributes": []any{obj{"name": "email", "label": "Email", "required": true}}}}
	noSignals = obj{"deviceSignalCollection": obj{"deviceSignalCollectionProfiles": []any{}}}
)

// pruned is an object without what is null in it, all the way down.
func pruned(v any) any {
	switch v := v.(type) {
	case obj:
		out := obj{}
		for k, x := range v {
			if x != nil {
				out[k] = pruned(x)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = pruned(x)
		}
		return out
	}
	return v
}

// part is an object inside of another, made if it is not there.
func part(v obj, keys ...string) obj {
	for _, k := range keys {
		m := object(v[k])
		if m == nil {
			m = obj{}
			v[k] = m
		}
		v = m
	}
	return v
}

// fillPeopleRule says who is left out, nobody unless the rule says so.
func fillPeopleRule(doc obj, _ int) error {
	people := part(doc, "conditions", "people")
	if users := object(people["users"]); len(users) == 0 && (users != nil || people["groups"] == nil) {
		people["users"] = obj{"exclude": []any{}}
	}
	return nil
}

// fillNetworkRule says where from: anywhere unless the rule says so.
func fillNetworkRule(doc obj, _ int) error {
	network := part(doc, "conditions", "network")
	fill(network, obj{"connection": "ANYWHERE"})
	if network["connection"] == "ZONE" && (len(list(network["include"])) > 0) == (len(list(network["exclude"])) > 0) {
		return invalid("conditions.network", "conditions.network: You should either include or exclude network zones when you use zones in the policy rule.")
	}
	return nil
}

func fillPlainRule(doc obj, priority int) error {
	if err := fillNetworkRule(doc, priority); err != nil {
		return err
	}
	return fillPeopleRule(doc, priority)
}

func fillSignOnRule(doc obj, priority int) error {
	fill(doc, obj{"conditions": obj{"authContext": obj{"authType": "ANY"}}, "actions": obj{"signon": obj{"access": "ALLOW", "requireFactor": false,
		"primaryFactor": "PASSWORD_IDP", "rememberDeviceByDefault": false,
		"session": obj{"usePersistentCookie": false, "maxSessionIdleMinutes": 120., "maxSessionLifetimeMinutes": 0.}}}})
	if err := oneOf(doc, "ALLOW", "DENY", "actions", "signon", "access"); err != nil {
		return err
	}
	return fillPlainRule(doc, priority)
}

func fillPasswordRule(doc obj, priority int) error {
	fill(doc, obj{"actions": obj{"passwordChange": obj{"access": "DENY"}, "selfServicePasswordReset": obj{"access": "DENY"}, "selfServiceUnlock": obj{"access": "DENY"}}})
	for _, action := range []string{"passwordChange", "selfServicePasswordReset", "selfServiceUnlock"} {
		if err := oneOf(doc, "ALLOW", "DENY", "actions", action, "access"); err != nil {
			return err
		}
	}
	return fillPlainRule(doc, priority)
}

func fillEnrollRule(doc obj, priority int) error {
	fill(doc, obj{"actions": obj{"enroll": obj{"self": "CHALLENGE"}}})
	return fillPlainRule(doc, priority)
}

func fillDiscoveryRule(doc obj, priority int) error {
	conditions := part(doc, "conditions")
	fill(conditions, obj{"platform": obj{"include": []any{obj{"type": "ANY", "os": obj{"type": "ANY"}}}, "exclude": []any{}}, "app": obj{"include": []any{}, "exclude": []any{}}})
	fill(doc, obj{"actions": obj{"idp": obj{"providers": []any{}, "idpSelectionType": "SPECIFIC"}}})
	return fillNetworkRule(doc, priority)
}

// fillAccessRule adds what an app's sign-in asks of everybody: two factors, again after 12 hours.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/#tag/Policy/operation/createPolicyRule
func fillAccessRule(doc obj, priority int) error {
	conditions, sign := part(doc, "conditions"), part(doc, "actions", "appSignOn")
	fill(conditions, obj{"userType": obj{"include": []any{}, "exclude": []any{}}})
	if priority != 0 {
		// Okta says nothing about risk in the rule before all others.
		fill(conditions, obj{"riskScore": obj{"level": "ANY"}})
	}
	if platform := object(conditions["platform"]); len(platform) > 0 {
		fill(platform, obj{"include": []any{}, "exclude": []any{}})
	} else {
		delete(conditions, "platform")
	}
	fill(sign, obj{"access": "ALLOW", "keepMeSignedIn": obj{"postAuth": "NOT_ALLOWED"}, "verificationMethod": obj{"type": "ASSURANCE"}})
	if err := oneOf(doc, "ALLOW", "DENY", "actions", "appSignOn", "access"); err != nil {
		return err
	}
	method := object(sign["verificationMethod"])
	switch text(method["type"]) {
	case "AUTH_METHOD_CHAIN":
		sign["verificationMethod"] = without(method, "factorMode", "inactivityPeriod", "constraints")
	case "ASSURANCE":
		fill(method, obj{"factorMode": "2FA", "reauthenticateIn": "PT12H"})
		if constraints := list(method["constraints"]); constraints != nil {
			known := make([]any, len(constraints))
			for i, x := range constraints {
				known[i] = only(object(x), "knowledge", "possession", "inherence")
			}
			method["constraints"] = known
		}
	}
	return fillPlainRule(doc, priority)
}

func fillProfileRule(doc obj, _ int) error {
	fill(part(doc, "actions", "profileEnrollment"), object(registration["profileEnrollment"]))
	return nil
}

// fillTokenRule adds how long tokens live.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerRules/
func fillTokenRule(doc obj, priority int) error {
	if dig(doc, "actions", "scopes") != nil {
		return invalid("actions.scopes", "actions.scopes: Cannot add scopes to 'action.scopes', add to 'conditions.scopes.include' instead.")
	}
	token, conditions := part(doc, "actions", "token"), part(doc, "conditions")
	fill(token, obj{"accessTokenLifetimeMinutes": 60., "refreshTokenLifetimeMinutes": 0., "refreshTokenWindowMinutes": 10080.})
	if n := number(token["accessTokenLifetimeMinutes"]); n < 5 || n > 1440 {
		return invalid("actions.token.accessTokenLifetimeMinutes", "actions.token.accessTokenLifetimeMinutes: The access token lifetime must be between 5 minutes and 1440 minutes.")
	}
	for _, field := range []string{"grantTypes", "scopes"} {
		part(conditions, field)["include"] = setOfTexts(dig(conditions, field, "include"))
	}
	person := slices.ContainsFunc(texts(dig(conditions, "grantTypes", "include")), func(grant string) bool {
		return grant == "authorization_code" || grant == "implicit" || grant == "password"
	})
	if person && len(list(dig(conditions, "people", "users", "include")))+len(list(dig(conditions, "people", "groups", "include"))) == 0 {
		return invalid("conditions.people", "conditions.people: At least one of ''conditions.people.users.include'' or ''conditions.people.groups.include'' must contain a valid user or group when ''conditions.grantTypes'' contains one or more of [authorization_code, implicit, password].")
	}
	return fillPeopleRule(doc, priority)
}

// oneOf refuses a value that is neither of two.
func oneOf(doc obj, a, b string, path ...string) error {
	if s := text(dig(doc, path...)); s != a && s != b {
		field := path[len(path)-1]
		return invalid(field, field+": The field must be one of "+a+", "+b+".")
	}
	return nil
}

// only is an object with some of its members alone.
func only(v obj, keys ...string) obj {
	out := obj{}
	for _, k := range keys {
		if x, ok := v[k]; ok {
			out[k] = x
		}
	}
	return out
}

func number(v any) float64 { n, _ := v.(float64); return n }

// fillPasswordPolicy adds what passwords must be like unless the policy says so.
func fillPasswordPolicy(_ *call, doc obj) {
	fill(doc, obj{"conditions": obj{"authProvider": obj{"provider": "OKTA"}}, "settings": obj{
		"password": obj{
			"complexity": obj{"minLength": 8., "minLowerCase": 1., "minUpperCase": 1., "minNumber": 1., "minSymbol": 0., "excludeUsername": true,
				"dictionary": obj{"common": obj{"exclude": false}}, "excludeAttributes": []any{}},
			"age":                obj{"maxAgeDays": 0., "expireWarnDays": 0., "minAgeMinutes": 0., "historyCount": 4.},
			"lockout":            obj{"maxAttempts": 10., "autoUnlockMinutes": 0., "userLockoutNotificationChannels": []any{}, "showLockoutFailures": false},
			"breachedProtection": obj{"expireAfterDays": nil, "logoutEnabled": false, "delegatedWorkflowId": nil},
		},
		"recovery": obj{"factors": obj{
			"recovery_question": obj{"status": "ACTIVE", "properties": obj{"complexity": obj{"minLength": 4.}}},
			"okta_email":        obj{"status": "ACTIVE", "properties": obj{"recoveryToken": obj{"tokenLifetimeMinutes": 60.}}},
			"okta_sms":          obj{"status": "INACTIVE"},
			"okta_call":         obj{"status": "INACTIVE"},
		}},
		"delegation": obj{"options": obj{"skipUnlock": false}},
	}})
}

// fillEnrollPolicy says of each authenticator that is on whether people may enroll it: those that the policy does not
// mention they may not.
func fillEnrollPolicy(c *call, doc obj) {
	settings := part(doc, "settings")
	if settings["factors"] != nil {
		fill(settings, obj{"type": "FACTORS"})
		return
	}
	said := list(settings["authenticators"])
	var all []any
	for _, a := range c.authenticators() {
		if a.Status != "ACTIVE" {
			continue
		}
		key := text(a.Doc["key"])
		row := obj{"key": key, "enroll": obj{"self": "NOT_ALLOWED"}}
		if multiple(key) {
			row["id"] = a.ID
		}
		for _, s := range said {
			if s := object(s); s["key"] == key && (s["id"] == nil || s["id"] == a.ID) {
				row = with(row, without(s, "id"))
			}
		}
		all = append(all, row)
	}
	settings["type"], settings["authenticators"] = "AUTHENTICATORS", all
}
