package okta

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// deviceKind is a phone or a computer that people have registered.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Device/
var deviceKind = &kind{name: "devices", noun: "Device", prefix: "guo", path: "/api/v1/devices/%s", event: "device"}

func init() { deviceKind.view = viewDevice }

func (o *Okta) devicesOperations() {
	o.on(twin.Full, "listDevices", o.listDevices)
	o.on(twin.Full, "getDevice", o.getDevice)
	o.on(twin.Full, "deleteDevice", o.deleteDevice)
	o.on(twin.Full, "activateDevice", o.turnDevice("ACTIVE", "CREATED", "DEACTIVATED"))
	o.on(twin.Full, "deactivateDevice", o.turnDevice("DEACTIVATED", "ACTIVE", "SUSPENDED"))
	o.on(twin.Full, "suspendDevice", o.turnDevice("SUSPENDED", "ACTIVE"))
	o.on(twin.Full, "unsuspendDevice", o.turnDevice("ACTIVE", "SUSPENDED"))
	o.on(twin.Full, "listDeviceUsers", o.listDeviceUsers)
	o.on(twin.Full, "listUserDevices", o.listUserDevices)
}

func (o *Okta) listDevices(c *call) (any, error) {
	match, err := c.filtered("search")
	if err != nil {
		return nil, err
	}
	var devices []Record
	for r := range c.all(deviceKind, "") {
		if match(c.shown(deviceKind, r).(obj)) {
			devices = append(devices, r)
		}
	}
	return paged(c, slices.Values(devices), func(r Record) string { return r.ID }, 200, 200, func(r Record) any {
		v := c.shown(deviceKind, r).(obj)
		switch c.query.Get("expand") {
		case "user":
			v["_embedded"] = obj{"users": c.usersOfDevice(r, c.person)}
		case "userSummary":
			v["_embedded"] = obj{"users": c.usersOfDevice(r, func(u User) any {
				return obj{"id": u.ID, "realmId": u.Realm, "profile": obj{"login": u.login(), "firstName": u.Profile["firstName"], "lastName": u.Profile["lastName"]}, "_links": obj{"self": hints(c.link("/api/v1/users/"+u.ID), "GET")}}
			})}
		}
		return v
	})
}

func (o *Okta) getDevice(c *call) (any, error) {
	r, err := c.fetch(deviceKind, "", c.param("deviceId"))
	if err != nil {
		return nil, err
	}
	return c.shown(deviceKind, r), nil
}

// deleteDevice deletes a device that is deactivated.
func (o *Okta) deleteDevice(c *call) (any, error) {
	r, err := c.fetch(deviceKind, "", c.param("deviceId"))
	switch {
	case err != nil:
		return nil, err
	case r.Status != "DEACTIVATED":
		return nil, errTransition
	}
	for d := range o.deviceUsers.All(c.Tx, r.ID+"/") {
		o.deviceUsers.Delete(c.Tx, d.Device+"/"+d.User)
	}
	return nil, c.remove(deviceKind, r)
}

func (o *Okta) turnDevice(to string, from ...string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		r, err := c.fetch(deviceKind, "", c.param("deviceId"))
		switch {
		case err != nil:
			return nil, err
		case r.Status == to:
			return nil, nil
		case !slices.Contains(from, r.Status):
			return nil, errTransition
		}
		r.Status, r.Updated = to, c.at()
		c.keep(deviceKind, r)
		verb := c.op.Path[strings.LastIndexByte(c.op.Path, '/')+1:]
		c.logged("device.lifecycle."+verb, "SUCCESS", deviceKind.target(r))
		return nil, nil
	}
}

func viewDevice(c *call, r Record, v obj) {
	at := c.address(deviceKind, r)
	links := obj{"self": hints(at, "GET", "PATCH", "PUT"), "users": hints(at+"/users", "GET")}
	can := map[string][]string{"CREATED": {"activate"}, "ACTIVE": {"suspend", "deactivate"}, "SUSPENDED": {"unsuspend", "deactivate"}, "DEACTIVATED": {"activate"}}
	for _, verb := range can[r.Status] {
		links[verb] = hints(at+"/lifecycle/"+verb, "POST")
	}
	if r.Status == "DEACTIVATED" {
		links["delete"] = hints(at, "DELETE")
	}
	v["status"], v["_links"] = r.Status, links
	v["resourceType"], v["resourceId"], v["resourceAlternateId"] = "UDDevice", r.ID, nil
	v["resourceDisplayName"] = obj{"value": text(dig(r.Doc, "profile", "displayName")), "sensitive": false}
}

func (c *call) usersOfDevice(r Record, view func(User) any) []any {
	users := []any{}
	for d := range c.o.deviceUsers.All(c.Tx, r.ID+"/") {
		if u, ok := c.o.users.Get(c.Tx, d.User); ok {
			users = append(users, obj{"created": stamp(d.Created), "managementStatus": d.Management, "user": view(u)})
		}
	}
	return users
}

func (o *Okta) listDeviceUsers(c *call) (any, error) {
	r, err := c.fetch(deviceKind, "", c.param("deviceId"))
	if err != nil {
		return nil, err
	}
	return c.usersOfDevice(r, c.person), nil
}

func (o *Okta) listUserDevices(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for d := range o.devicesOf.All(c.Tx, u.ID) {
		if r, err := c.fetch(deviceKind, "", d.Device); err == nil {
			views = append(views, obj{"created": stamp(d.Created), "deviceUserId": d.ID, "device": c.shown(deviceKind, r)})
		}
	}
	return views, nil
}

// seedDevice gives somebody of the demo company a device.
func (c *call) seedDevice(name string, u User, profile obj) {
	r := c.keep(deviceKind, Record{ID: seedID("guo", name), Status: "ACTIVE", Created: u.Created, Updated: u.Created, Doc: obj{"profile": profile}})
	c.o.deviceUsers.Put(c.Tx, DeviceUser{ID: seedID("dur", name), Device: r.ID, User: u.ID, Management: "NOT_MANAGED", Created: u.Created})
}
