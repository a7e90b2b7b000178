package okta

import "twinset.dev/kit/twin"

// userRiskOperations are how dangerous a person's account is held to be, and how an org's bill counts them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserRisk/
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserClassification/
func (o *Okta) userRiskOperations() {
	o.on(twin.Full, "getUserRisk", o.getUserRisk)
	o.on(twin.Full, "upsertUserRisk", o.upsertUserRisk)
	o.on(twin.Full, "getUserClassification", o.getUserClassification)
	o.on(twin.Full, "replaceUserClassification", o.replaceUserClassification)
}

func (o *Okta) getUserRisk(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return c.risk(u), nil
}

// upsertUserRisk sets a risk by hand.
func (o *Okta) upsertUserRisk(c *call) (any, error) {
	u, err := c.user()
	level := text(c.body["riskLevel"])
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case level == "":
		return nil, blank("riskLevel")
	case level != "HIGH" && level != "LOW":
		return nil, invalid("riskLevel", "riskLevel: The field has an invalid value")
	}
	first := u.Risk == ""
	u.Risk = level
	o.users.Put(c.Tx, u)
	c.logged("user.risk.change", "SUCCESS", u.target())
	if first {
		return created(c.risk(u)), nil
	}
	return c.risk(u), nil
}

func (c *call) risk(u User) any {
	at := c.link("/api/v1/users/" + u.ID)
	v := obj{"riskLevel": "NONE", "_links": obj{"self": hints(at+"/risk", "GET", "PUT"), "user": hints(at, "GET")}}
	if u.Risk != "" {
		v["riskLevel"], v["reason"] = u.Risk, "Admin override risk"
	}
	return v
}

func (o *Okta) getUserClassification(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return classification(u), nil
}

func (o *Okta) replaceUserClassification(c *call) (any, error) {
	u, err := c.user()
	kind := text(c.body["type"])
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case kind != "LITE" && kind != "STANDARD":
		return nil, invalid("type", "type: The field has an invalid value")
	}
	u.Classification, u.Classified = kind, c.at()
	o.users.Put(c.Tx, u)
	return classification(u), nil
}

func classification(u User) any {
	return obj{"type": otherwise(u.Classification, "STANDARD"), "lastUpdated": stamp(max(u.Classified, u.Created))}
}
