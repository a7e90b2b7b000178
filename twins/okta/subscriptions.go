package okta

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// subscriptionsOperations are what administrators are told of by mail.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Subscription/
func (o *Okta) subscriptionsOperations() {
	for _, x := range []struct {
		of                 func(*call) (string, string, error)
		list, get, on, off string
	}{
		{ofRole, "listSubscriptionsRole", "getSubscriptionsNotificationTypeRole", "subscribeByNotificationTypeRole", "unsubscribeByNotificationTypeRole"},
		{ofUser, "listSubscriptionsUser", "getSubscriptionsNotificationTypeUser", "subscribeByNotificationTypeUser", "unsubscribeByNotificationTypeUser"},
	} {
		o.on(twin.Full, x.list, func(c *call) (any, error) {
			of, at, err := x.of(c)
			if err != nil {
				return nil, err
			}
			views := []any{}
			for _, kind := range notificationTypes {
				views = append(views, c.subscription(of, at, kind))
			}
			return views, nil
		})
		o.on(twin.Full, x.get, func(c *call) (any, error) {
			of, at, err := x.of(c)
			kind := c.param("notificationType")
			switch {
			case err != nil:
				return nil, err
			case !slices.Contains(notificationTypes, kind):
				return nil, notFound(kind, "NotificationType")
			}
			return c.subscription(of, at, kind), nil
		})
		o.on(twin.Full, x.on, subscribe(x.of, true))
		o.on(twin.Full, x.off, subscribe(x.of, false))
	}
}

func subscribe(whose func(*call) (string, string, error), on bool) func(*call) (any, error) {
	return func(c *call) (any, error) {
		of, _, err := whose(c)
		kind := c.param("notificationType")
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(notificationTypes, kind):
			return nil, notFound(kind, "NotificationType")
		}
		c.o.notifications.Put(c.Tx, Notification{Of: of, Type: kind, On: on})
		return answer{status: 200}, nil
	}
}

var (
	notificationTypes = []string{"IWA_AGENT", "CONNECTOR_AGENT", "USER_LOCKED_OUT", "APP_IMPORT", "AD_AGENT", "LDAP_AGENT", "RATELIMIT_NOTIFICATION", "OKTA_ANNOUNCEMENT", "OKTA_ISSUE", "OKTA_UPDATE", "USER_DEPROVISION",
		"REPORT_SUSPICIOUS_ACTIVITY", "AGENT_AUTO_UPDATE_NOTIFICATION"}
	// unasked are those that nobody is told of unless they want to be.
	unasked = []string{"USER_LOCKED_OUT", "APP_IMPORT", "OKTA_UPDATE", "USER_DEPROVISION"}
)

// ofRole is whose subscriptions a path names: a role's, and where they are.
func ofRole(c *call) (of, at string, err error) {
	role := c.param("roleRef")
	if roleLabels[role] == "" && !strings.HasPrefix(role, "cr0") {
		return "", "", notFound(role, "Role")
	}
	return "role/" + role, "/api/v1/roles/" + role, nil
}

// ofUser is the same of a person, who may look at their own alone.
func ofUser(c *call) (of, at string, err error) {
	u, err := c.user()
	if err != nil {
		return "", "", err
	}
	if u.ID != c.who.user.ID {
		return "", "", errForbidden
	}
	return "user/" + u.ID, "/api/v1/users/" + u.ID, nil
}

func (c *call) subscription(of, at, kind string) any {
	n, ok := c.o.notifications.Get(c.Tx, of+"/"+kind)
	on := n.On || !ok && !slices.Contains(unasked, kind)
	self := c.link(at + "/subscriptions/" + kind)
	status, verb := "unsubscribed", "subscribe"
	if on {
		status, verb = "subscribed", "unsubscribe"
	}
	return obj{"notificationType": kind, "channels": []any{"email"}, "status": status, "_links": obj{"self": href(self), verb: hints(self+"/"+verb, "POST")}}
}
