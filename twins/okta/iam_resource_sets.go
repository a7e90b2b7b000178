package okta

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// resourceSetKind is a set of things that administrators of a role may see to.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleCResourceSet/
var resourceSetKind = &kind{name: "resource_sets", noun: "IAMPolicy", prefix: "iam", title: "label", path: "/api/v1/iam/resource-sets/%s", event: "iam.resourceset", drops: []string{"resources"}}

func init() {
	resourceSetKind.check, resourceSetKind.links, resourceSetKind.deletes = checkResourceSet, linksOfResourceSet, deleteResourceSet
}

// resourceKind is a thing in a resource set, by the name that Okta has for everything, an ORN.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleCResourceSetResource/
var resourceKind = &kind{name: "resources", noun: "IAMResource", prefix: "ire", title: "orn"}

func (o *Okta) resourceSetsOperations() {
	o.on(twin.Full, "listResourceSets", o.listResourceSets)
	o.on(twin.Full, "createResourceSet", o.createResourceSet)
	o.on(twin.Full, "getResourceSet", o.getResourceSet)
	o.on(twin.Full, "replaceResourceSet", o.replaceResourceSet)
	o.on(twin.Full, "deleteResourceSet", o.deleteResourceSet)
	o.on(twin.Full, "listResourceSetResources", o.listResourceSetResources)
	o.on(twin.Full, "addResourceSetResources", o.addResourceSetResources)
	o.on(twin.Full, "addResourceSetResource", o.addResourceSetResource)
	o.on(twin.Full, "getResourceSetResource", o.getResourceSetResource)
	o.on(twin.Full, "replaceResourceSetResource", o.replaceResourceSetResource)
	o.on(twin.Full, "deleteResourceSetResource", o.deleteResourceSetResource)
	o.on(twin.Full, "listBindings", o.listBindings)
	o.on(twin.Full, "createResourceSetBinding", o.createResourceSetBinding)
	o.on(twin.Full, "getBinding", o.getBinding)
	o.on(twin.Full, "deleteBinding", o.deleteBinding)
	o.on(twin.Full, "listMembersOfBinding", o.listMembersOfBinding)
	o.on(twin.Full, "addMembersToBinding", o.addMembersToBinding)
	o.on(twin.Full, "getMemberOfBinding", o.getMemberOfBinding)
	o.on(twin.Full, "unassignMemberFromBinding", o.unassignMemberFromBinding)
}

func (o *Okta) listResourceSets(c *call) (any, error) {
	return boxed(c, "resource-sets", c.all(resourceSetKind, ""), idOf, nil, func(r Record) any { return c.shown(resourceSetKind, r) })
}

// resourceSet is the set that the path names, by id or label.
func (c *call) resourceSet() (Record, error) {
	ref := c.param("resourceSetIdOrLabel")
	if r, ok := c.called(resourceSetKind, "", ref); ok {
		return r, nil
	}
	return c.fetch(resourceSetKind, "", ref)
}

// createResourceSet makes a set of what was sent.
func (o *Okta) createResourceSet(c *call) (any, error) {
	orns, err := c.orns(c.body["resources"])
	if err != nil {
		return nil, err
	}
	set, err := c.make(resourceSetKind, "", c.body)
	if err != nil {
		return nil, err
	}
	for _, orn := range orns {
		c.addResource(set, orn, nil)
	}
	return c.shown(resourceSetKind, set), nil
}

func (o *Okta) getResourceSet(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	return c.shown(resourceSetKind, set), nil
}

func (o *Okta) replaceResourceSet(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	if set, err = c.replace(resourceSetKind, set, c.body); err != nil {
		return nil, err
	}
	return c.shown(resourceSetKind, set), nil
}

func (o *Okta) deleteResourceSet(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	return nil, c.remove(resourceSetKind, set)
}

func checkResourceSet(c *call, doc obj, was *Record) error {
	return c.labelled(resourceSetKind, doc, was)
}

func linksOfResourceSet(c *call, r Record, links obj) {
	at := c.address(resourceSetKind, r)
	links["self"], links["resources"], links["bindings"] = href(at), href(at+"/resources"), href(at+"/bindings")
}

func deleteResourceSet(c *call, set Record) error {
	for r := range c.all(resourceKind, set.ID) {
		c.o.tables[resourceKind].records.Delete(c.Tx, r.ID)
	}
	for _, a := range slices.Collect(c.o.bindings.All(c.Tx, set.ID)) {
		c.o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
	}
	return nil
}

// orns are the names of things that were sent by name or by address.
func (c *call) orns(v any) (out []string, err error) {
	for _, s := range texts(v) {
		orn, ok := c.ornAt(s)
		if !ok {
			return nil, invalid("resources", "resources: The resource is not valid: "+s)
		}
		out = append(out, orn)
	}
	return out, nil
}

// ornServices are the services that things belong to in their names.
var ornServices = map[string]string{"users": "directory", "groups": "directory", "realms": "directory", "apps": "idp", "authorizationServers": "idp", "idps": "idp", "policies": "idp", "devices": "directory", "customizations": "idp"}

// ornAt is the name of the thing at an address of this org; a name is itself.
//
// https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/#okta-resource-name-orn
func (c *call) ornAt(s string) (string, bool) {
	if strings.HasPrefix(s, "orn:") {
		return s, strings.Count(s, ":") >= 4
	}
	_, path, ok := strings.Cut(s, "/api/v1/")
	kind, rest, _ := strings.Cut(path, "/")
	service := ornServices[kind]
	if !ok || service == "" {
		return "", false
	}
	org, _ := c.o.orgs.Get(c.Tx, "org")
	name := "orn:okta:" + service + ":" + org.ID + ":" + kind
	if rest != "" {
		name += ":" + strings.ReplaceAll(rest, "/", ":")
	}
	return name, true
}

// ornAddress is the address of what it names.
func (c *call) ornAddress(orn string) string {
	parts := strings.Split(orn, ":")
	if len(parts) < 5 {
		return ""
	}
	at := c.link("/api/v1/" + parts[4])
	switch rest := parts[5:]; {
	case len(rest) == 0:
		return at
	case parts[4] == "apps" && len(rest) == 1:
		return at + "?filter=name+eq+%22" + rest[0] + "%22"
	case parts[4] == "apps":
		return at + "/" + rest[1]
	default:
		return at + "/" + strings.Join(rest, "/")
	}
}

func (c *call) addResource(set Record, orn string, conditions any) Record {
	r, ok := c.called(resourceKind, set.ID, orn)
	if ok && conditions == nil {
		return r
	}
	if !ok {
		r = Record{ID: c.id(resourceKind.prefix), Parent: set.ID, Created: c.at(), Order: c.order()}
	}
	r.Updated, r.Doc = c.at(), obj{"orn": orn}
	if conditions != nil {
		r.Doc["conditions"] = copied(conditions)
	}
	c.logged("iam.resourceset.resources.add", "SUCCESS", resourceSetKind.target(set))
	return c.keep(resourceKind, r)
}

func (c *call) resource(set, r Record) any {
	return with(r.Doc, obj{"id": r.ID, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated),
		"_links": obj{"self": href(c.ornAddress(r.Name)), "resource": href(c.address(resourceSetKind, set) + "/resources/" + r.ID)}})
}

func (o *Okta) listResourceSetResources(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	at := c.address(resourceSetKind, set)
	return boxed(c, "resources", c.all(resourceKind, set.ID), idOf, obj{"resource-set": href(at), "self": href(at + "/resources")}, func(r Record) any { return c.resource(set, r) })
}

// addResourceSetResources adds several things, and answers the set.
func (o *Okta) addResourceSetResources(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	if len(texts(c.body["additions"])) == 0 {
		return nil, blank("additions")
	}
	orns, err := c.orns(c.body["additions"])
	if err != nil {
		return nil, err
	}
	for _, orn := range orns {
		c.addResource(set, orn, nil)
	}
	return c.shown(resourceSetKind, set), nil
}

// addResourceSetResource adds one thing, perhaps without some of what is below it.
func (o *Okta) addResourceSetResource(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	s := text(c.body["resourceOrnOrUrl"])
	if s == "" {
		return nil, blank("resourceOrnOrUrl")
	}
	orn, ok := c.ornAt(s)
	if !ok {
		return nil, invalid("resourceOrnOrUrl", "resourceOrnOrUrl: The resource is not valid: "+s)
	}
	return c.resource(set, c.addResource(set, orn, c.body["conditions"])), nil
}

func (c *call) setAndResource() (set, r Record, err error) {
	if set, err = c.resourceSet(); err != nil {
		return set, r, err
	}
	r, err = c.fetch(resourceKind, set.ID, c.param("resourceId"))
	return set, r, err
}

func (o *Okta) getResourceSetResource(c *call) (any, error) {
	set, r, err := c.setAndResource()
	if err != nil {
		return nil, err
	}
	return c.resource(set, r), nil
}

// replaceResourceSetResource changes what is left out of a thing.
func (o *Okta) replaceResourceSetResource(c *call) (any, error) {
	set, r, err := c.setAndResource()
	if err != nil {
		return nil, err
	}
	r.Doc, r.Updated = obj{"orn": r.Name}, c.at()
	if conditions := c.body["conditions"]; conditions != nil {
		r.Doc["conditions"] = copied(conditions)
	}
	return c.resource(set, c.keep(resourceKind, r)), nil
}

func (o *Okta) deleteResourceSetResource(c *call) (any, error) {
	set, r, err := c.setAndResource()
	if err != nil {
		return nil, err
	}
	o.tables[resourceKind].records.Delete(c.Tx, r.ID)
	c.logged("iam.resourceset.resources.delete", "SUCCESS", resourceSetKind.target(set))
	return nil, nil
}

// bound are those who have a role on a set, in the order in which they got it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleDResourceSetBindingMember/
func (c *call) bound(set, role Record) []RoleAssignment {
	return inOrder(slices.Collect(c.o.bindings.All(c.Tx, set.ID+"/"+role.ID)), func(a RoleAssignment) int64 { return a.Created }, func(a RoleAssignment) string { return a.ID })
}

// boundRoles are the roles that somebody has on a set, by id.
func (c *call) boundRoles(set Record) (out []string) {
	for r := range c.all(roleKind, "") {
		if len(c.bound(set, r)) > 0 {
			out = append(out, r.ID)
		}
	}
	return out
}

func (o *Okta) listBindings(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	at := c.address(resourceSetKind, set)
	return boxed(c, "roles", slices.Values(c.boundRoles(set)), func(id string) string { return id }, obj{"resource-set": href(at), "self": href(at + "/bindings")}, func(id string) any {
		return obj{"id": id, "_links": obj{"self": href(at + "/bindings/" + id), "members": href(at + "/bindings/" + id + "/members")}}
	})
}

// createResourceSetBinding gives people, groups or apps a role on a set.
func (o *Okta) createResourceSetBinding(c *call) (any, error) {
	set, err := c.resourceSet()
	if err != nil {
		return nil, err
	}
	if text(c.body["role"]) == "" {
		return nil, blank("role")
	}
	role, err := c.role(text(c.body["role"]))
	if err != nil {
		return nil, err
	}
	return c.bindAll(set, role, "members")
}

// bindAll adds the members that were sent in a field.
func (c *call) bindAll(set, role Record, field string) (any, error) {
	members := texts(c.body[field])
	if len(members) == 0 {
		return nil, blank(field)
	}
	for _, m := range members {
		of, id, ok := c.assignee(m)
		if !ok {
			return nil, invalid("members", "members: The member is not valid: "+m)
		}
		if slices.ContainsFunc(c.bound(set, role), func(a RoleAssignment) bool { return a.Assignee == id }) {
			continue
		}
		c.o.assignments.Put(c.Tx, RoleAssignment{ID: c.id("irb"), Kind: of.kind, Assignee: id, Type: "CUSTOM", Role: role.ID, ResourceSet: set.ID, Created: c.at(), Updated: c.at()})
		c.logged("iam.resourceset.bindings.add", "SUCCESS", resourceSetKind.target(set), roleKind.target(role))
	}
	at := c.address(resourceSetKind, set)
	return obj{"id": role.ID, "_links": obj{"self": href(at + "/bindings/" + role.ID), "bindings": href(at + "/bindings"), "resource-set": href(at)}}, nil
}

// assignee is who may have a role, by their address or their name among all orgs.
func (c *call) assignee(s string) (of *administered, id string, ok bool) {
	if strings.HasPrefix(s, "orn:") {
		s = c.ornAddress(s)
	}
	for _, d := range []*administered{adminUsers, adminGroups, adminClients} {
		if _, rest, is := strings.Cut(s, d.path); is {
			of, id = d, rest
		}
	}
	if _, rest, is := strings.Cut(s, "/api/v1/apps/"); is {
		of, id = adminClients, rest
	}
	switch of {
	case adminUsers:
		_, ok = c.o.users.Get(c.Tx, id)
	case adminGroups:
		_, ok = c.o.groups.Get(c.Tx, id)
	default:
		_, ok = c.o.apps.Get(c.Tx, id)
	}
	return of, id, ok
}

// binding is the set and the role that the path names, if anybody has it there.
func (c *call) binding() (set, role Record, err error) {
	if set, err = c.resourceSet(); err != nil {
		return set, role, err
	}
	if role, err = c.role(c.param("roleIdOrLabel")); err != nil {
		return set, role, err
	}
	if !slices.Contains(c.boundRoles(set), role.ID) {
		return set, role, notFound(c.param("roleIdOrLabel"), "IAMBinding")
	}
	return set, role, nil
}

func (o *Okta) getBinding(c *call) (any, error) {
	set, role, err := c.binding()
	if err != nil {
		return nil, err
	}
	at := c.address(resourceSetKind, set)
	return obj{"id": role.ID, "_links": obj{"self": href(at + "/bindings/" + role.ID), "members": href(at + "/bindings/" + role.ID + "/members"), "resource-set": href(at)}}, nil
}

func (o *Okta) deleteBinding(c *call) (any, error) {
	set, role, err := c.binding()
	if err != nil {
		return nil, err
	}
	for _, a := range c.bound(set, role) {
		c.unbind(set, role, a)
	}
	return nil, nil
}

func (c *call) unbind(set, role Record, a RoleAssignment) {
	c.o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
	c.logged("iam.resourceset.bindings.delete", "SUCCESS", resourceSetKind.target(set), roleKind.target(role))
}

func (c *call) bindingMember(a RoleAssignment) any {
	d := map[string]*administered{"USER": adminUsers, "GROUP": adminGroups, "CLIENT": adminClients}[a.Kind]
	return obj{"id": a.ID, "created": stamp(a.Created), "lastUpdated": stamp(a.Updated), "_links": obj{"self": href(c.link(d.path + a.Assignee))}}
}

func (o *Okta) listMembersOfBinding(c *call) (any, error) {
	set, role, err := c.binding()
	if err != nil {
		return nil, err
	}
	at := c.address(resourceSetKind, set) + "/bindings/" + role.ID
	return boxed(c, "members", slices.Values(c.bound(set, role)), func(a RoleAssignment) string { return a.ID }, obj{"binding": href(at), "self": href(at + "/members")}, c.bindingMember)
}

func (o *Okta) addMembersToBinding(c *call) (any, error) {
	set, role, err := c.binding()
	if err != nil {
		return nil, err
	}
	return c.bindAll(set, role, "additions")
}

// memberOfBinding is who the path names.
func (c *call) memberOfBinding() (set, role Record, a RoleAssignment, err error) {
	if set, role, err = c.binding(); err != nil {
		return set, role, a, err
	}
	for _, a := range c.bound(set, role) {
		if a.ID == c.param("memberId") {
			return set, role, a, nil
		}
	}
	return set, role, a, notFound(c.param("memberId"), "IAMBindingMember")
}

func (o *Okta) getMemberOfBinding(c *call) (any, error) {
	_, _, a, err := c.memberOfBinding()
	if err != nil {
		return nil, err
	}
	return c.bindingMember(a), nil
}

func (o *Okta) unassignMemberFromBinding(c *call) (any, error) {
	set, role, a, err := c.memberOfBinding()
	if err != nil {
		return nil, err
	}
	c.unbind(set, role, a)
	return nil, nil
}
