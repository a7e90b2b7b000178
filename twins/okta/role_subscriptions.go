package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// A notification is something that administrators are sent an email of, and whether they are without asking for it.
type notification struct {
	kind string
	sent bool
}

var notifications = []notification{
	{"IWA_AGENT", true}, {"CONNECTOR_AGENT", true}, {"USER_LOCKED_OUT", false}, {"APP_IMPORT", false}, {"AD_AGENT", true}, {"LDAP_AGENT", true}, {"RATELIMIT_NOTIFICATION", true},
	{"OKTA_ANNOUNCEMENT", true}, {"OKTA_ISSUE", true}, {"OKTA_UPDATE", false}, {"USER_DEPROVISION", false}, {"REPORT_SUSPICIOUS_ACTIVITY", true},
}

// standardRoles are the administrators' roles that every org has, and what they are called.
//
// https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/#standard-roles
var standardRoles = map[string]string{"SUPER_ADMIN": "Super Administrator", "ORG_ADMIN": "Organizational Administrator", "APP_ADMIN": "Application Administrator",
	"USER_ADMIN": "Group Administrator", "HELP_DESK_ADMIN": "Help Desk Administrator", "READ_ONLY_ADMIN": "Read-Only Administrator", "MOBILE_ADMIN": "Mobile Administrator",
	"API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator", "REPORT_ADMIN": "Report Administrator", "GROUP_MEMBERSHIP_ADMIN": "Group Membership Administrator",
	"ACCESS_CERTIFICATIONS_ADMIN": "Access Certifications Administrator", "ACCESS_REQUESTS_ADMIN": "Access Requests Administrator", "WORKFLOWS_ADMIN": "Workflows Administrator"}

// subscriptionsOperations are what the administrators of a role are sent emails of.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Subscription/
func (o *Okta) subscriptionsOperations() {
	o.on(twin.Full, "listSubscriptionsRole", o.listSubscriptionsRole)
	o.on(twin.Full, "getSubscriptionsNotificationTypeRole", o.getSubscriptionsNotificationTypeRole)
	o.on(twin.Full, "subscribeByNotificationTypeRole", func(c *call) (any, error) { return c.subscribeRole("subscribed") })
	o.on(twin.Full, "unsubscribeByNotificationTypeRole", func(c *call) (any, error) { return c.subscribeRole("unsubscribed") })
}

// roleRef is the role that the path names: a standard one by its type, one of the org's by id or label.
func (c *call) roleRef() (string, error) {
	ref := c.param("roleRef")
	if standardRoles[ref] != "" {
		return ref, nil
	}
	r, err := c.role(ref)
	return r.ID, err
}

func (c *call) notification() (notification, error) {
	i := slices.IndexFunc(notifications, func(n notification) bool { return n.kind == c.param("notificationType") })
	if i < 0 {
		return notification{}, errMalformed
	}
	return notifications[i], nil
}

func (c *call) roleSubscription(role string, n notification) any {
	status, turn := "unsubscribed", "subscribe"
	said, ok := object(c.settingOf("subscriptions", obj{})[role])[n.kind].(string)
	if ok && said == "subscribed" || !ok && n.sent {
		status, turn = "subscribed", "unsubscribe"
	}
	at := c.link("/api/v1/roles/" + role + "/subscriptions/" + n.kind)
	return obj{"notificationType": n.kind, "channels": []any{"email"}, "status": status, "_links": obj{"self": href(at), turn: hints(at+"/"+turn, "POST")}}
}

func (o *Okta) listSubscriptionsRole(c *call) (any, error) {
	role, err := c.roleRef()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, n := range notifications {
		out = append(out, c.roleSubscription(role, n))
	}
	return out, nil
}

func (o *Okta) getSubscriptionsNotificationTypeRole(c *call) (any, error) {
	role, err := c.roleRef()
	if err != nil {
		return nil, err
	}
	n, err := c.notification()
	if err != nil {
		return nil, err
	}
	return c.roleSubscription(role, n), nil
}

func (c *call) subscribeRole(status string) (any, error) {
	role, err := c.roleRef()
	if err != nil {
		return nil, err
	}
	n, err := c.notification()
	if err != nil {
		return nil, err
	}
	all := c.settingOf("subscriptions", obj{})
	c.setting("subscriptions", with(all, obj{role: with(object(all[role]), obj{n.kind: status})}))
	return answer{body: []byte{}}, nil
}
