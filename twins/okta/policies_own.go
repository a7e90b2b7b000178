package okta

// bootstrapPolicies makes the policies that every org has, with their last rules.
//
// https://developer.okta.com/docs/concepts/policies/
func (c *call) bootstrapPolicies() {
	everyone, _ := c.o.everyone(c)
	people := obj{"people": obj{"groups": obj{"include": []any{everyone.ID}}}}
	nobodyLeftOut := obj{"people": obj{"users": obj{"exclude": []any{}}}, "network": obj{"connection": "ANYWHERE"}}

	p := c.ownPolicy("OKTA_SIGN_ON", "Default Policy", obj{"description": defaultPolicy, "conditions": people})
	c.ownRule(p, "Default Rule", 1, with(nobodyLeftOut, obj{"authContext": obj{"authType": "ANY"}}), obj{"signon": obj{"access": "ALLOW", "requireFactor": false,
		"primaryFactor": "PASSWORD_IDP_ANY_FACTOR", "rememberDeviceByDefault": false,
		"session": obj{"usePersistentCookie": false, "maxSessionIdleMinutes": 120., "maxSessionLifetimeMinutes": 0.}}})

	passwords := obj{"description": defaultPolicy, "conditions": clone(people)}
	fillPasswordPolicy(c, passwords)
	object(dig(passwords, "settings", "password"))["breachedProtection"] = obj{"expireAfterDays": 0., "logoutEnabled": true, "delegatedWorkflowId": nil}
	p = c.ownPolicy("PASSWORD", "Default Policy", passwords)
	c.ownRule(p, "Default Rule", 1, nobodyLeftOut, obj{"passwordChange": obj{"access": "ALLOW"}, "selfServiceUnlock": obj{"access": "DENY"},
		"selfServicePasswordReset": obj{"access": "ALLOW", "requirement": obj{"accessControl": "LEGACY", "primary": obj{"methods": []any{"email"}}, "stepUp": obj{"required": false}}}})

	p = c.ownPolicy("MFA_ENROLL", "Default Policy", obj{"description": defaultPolicy, "conditions": people, "settings": obj{"type": "AUTHENTICATORS", "authenticators": []any{
		obj{"key": "okta_email", "enroll": obj{"self": "REQUIRED"}}, obj{"key": "okta_verify", "enroll": obj{"self": "OPTIONAL"}},
		obj{"key": "okta_password", "enroll": obj{"self": "REQUIRED"}}, obj{"key": "security_question", "enroll": obj{"self": "OPTIONAL"}}}}})
	c.ownRule(p, "Default Rule", 1, nobodyLeftOut, obj{"enroll": obj{"self": "CHALLENGE"}})

	p = c.ownPolicy("IDP_DISCOVERY", "Idp Discovery Policy", obj{"description": "The Idp Discovery Policy.", "conditions": nil})
	c.ownRule(p, "Default Rule", 1, obj{"network": obj{"connection": "ANYWHERE"}, "platform": obj{"include": []any{obj{"type": "ANY", "os": obj{"type": "ANY"}}}, "exclude": []any{}},
		"app": obj{"include": []any{}, "exclude": []any{}}}, obj{"idp": obj{"providers": []any{obj{"type": "OKTA"}}, "idpSelectionType": "SPECIFIC"}})

	for _, app := range []string{"Okta Admin Console", "Okta Dashboard", "Okta Browser Plugin"} {
		c.ownRule(c.othersPolicy("ACCESS_POLICY", app, obj{"conditions": nil}), "Catch-all Rule", 99, nil, anyTwoFactors)
	}
	p = c.ownPolicy("ACCESS_POLICY", "Any two factors", obj{"description": "Require two factors to access.", "conditions": nil})
	c.ownRule(p, "Catch-all Rule", 99, nil, anyTwoFactors)
	p = c.othersPolicy("ACCESS_POLICY", "Okta Account Management Policy", obj{"conditions": nil, "resourceType": "END_USER_ACCOUNT_MANAGEMENT",
		"description": "This policy defines how users must authenticate for authenticator enrollment, password reset, or unlock account. Password policy rules control whether to enforce this policy for password reset and unlock account."})
	c.ownRule(p, "Catch-all Rule", 99, nil, anyTwoFactors)

	p = c.ownPolicy("PROFILE_ENROLLMENT", "Default Policy", obj{"description": "Default policy for all apps", "conditions": nil})
	actions := clone(registration)
	object(actions["profileEnrollment"])["profileAttributes"] = []any{obj{"name": "email", "label": "Email", "required": true},
		obj{"name": "firstName", "label": "First name", "required": true}, obj{"name": "lastName", "label": "Last name", "required": true}}
	c.ownRule(p, "Catch-all Rule", 99, nil, actions)

	p = c.ownPolicy("POST_AUTH_SESSION", "Post Auth Policy", obj{"description": "Enables post auth policy evaluation for the org.", "conditions": nil})
	r := c.ownRule(p, "Post Auth Rule", 10, obj{"people": obj{"users": obj{"exclude": []any{}}}}, obj{"postAuthSession": obj{}})
	r.System = false
	c.keep(ruleKind, r)
	c.ownRule(p, "Catch-all Rule", 99, nil, obj{"postAuthSession": obj{"failureActions": []any{}}})

	p = c.ownPolicy("ENTITY_RISK", "Entity Risk Policy", obj{"description": "Enables entity risk policy evaluation for the org.", "conditions": nil})
	c.ownRule(p, "Catch-all Rule", 99, nil, obj{"entityRisk": obj{"actions": []any{}}})

	p = c.ownPolicy("SESSION_VIOLATION_DETECTION", "Session Violation Detection Policy", obj{"description": "Enables session violation detection policy evaluation for the org.", "conditions": nil})
	r = c.ownRule(p, "Session Violation Policy Risk Rule", 1, obj{"network": obj{"connection": "ANYWHERE"}, "riskScore": obj{"minRiskLevel": "LOW"}},
		obj{"sessionViolationDetection": obj{"policyEvaluation": obj{"enabled": true}}})
	r.System = false
	c.keep(ruleKind, r)
	c.ownRule(p, "Catch-all Rule", 99, nil, obj{"sessionViolationDetection": obj{"policyEvaluation": obj{"enabled": false}}})
}

const defaultPolicy = "The default policy applies in all situations if no other policy applies."

// ownPolicy is a policy that comes with the org and stays.
func (c *call) ownPolicy(kind, name string, doc obj) Record {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	at := org.Created + int64(len(c.policies("", kind)))*1000 // in the order in which they are made
	return c.keep(policyKind, Record{ID: seedID(policySorts[kind].id, kind+"/"+name), Status: "ACTIVE", System: true, Priority: 1, Created: at, Updated: at,
		Doc: with(doc, obj{"type": kind, "name": name})})
}

// othersPolicy is a policy that comes with the org, though people may do with it what they like.
func (c *call) othersPolicy(kind, name string, doc obj) Record {
	p := c.ownPolicy(kind, name, doc)
	p.System = false
	return c.keep(policyKind, p)
}

// ownRule is a rule that comes with the org and stays.
func (c *call) ownRule(p Record, name string, priority int, conditions, actions obj) Record {
	doc := obj{"name": name, "type": p.sort().ruleType, "conditions": nil, "actions": actions}
	if conditions != nil {
		doc["conditions"] = conditions
	}
	r := Record{ID: seedID(p.sort().rule, p.ID+"/"+name), Parent: p.ID, Status: "ACTIVE", System: true, Priority: priority, Created: p.Created, Updated: p.Created, Doc: doc}
	return c.keep(ruleKind, r)
}
