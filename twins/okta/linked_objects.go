package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// linkedObjectsOperations are relations between people, like manager and subordinate.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/LinkedObject/
func (o *Okta) linkedObjectsOperations() {
	o.on(twin.Full, "listLinkedObjectDefinitions", o.listLinkedObjectDefinitions)
	o.on(twin.Full, "createLinkedObjectDefinition", o.createLinkedObjectDefinition)
	o.on(twin.Full, "getLinkedObjectDefinition", o.getLinkedObjectDefinition)
	o.on(twin.Full, "deleteLinkedObjectDefinition", o.deleteLinkedObjectDefinition)
	o.on(twin.Full, "listLinkedObjectsForUser", o.listLinkedObjectsForUser)
	o.on(twin.Full, "assignLinkedObjectValueForPrimary", o.assignLinkedObjectValueForPrimary)
	o.on(twin.Full, "deleteLinkedObjectForUser", o.deleteLinkedObjectForUser)
}

func (o *Okta) listLinkedObjectDefinitions(c *call) (any, error) {
	views := []any{}
	for d := range o.linkDefinitions.All(c.Tx, "") {
		views = append(views, c.linkDefinition(d))
	}
	return views, nil
}

// createLinkedObjectDefinition makes a relation; its two names are nobody else's.
func (o *Okta) createLinkedObjectDefinition(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	side := func(name string) (obj, error) {
		s := object(c.body[name])
		for _, k := range []string{"name", "title", "type"} {
			if text(s[k]) == "" {
				return nil, blank(name + "." + k)
			}
		}
		switch {
		case text(s["type"]) != "USER":
			return nil, invalid(name+".type", name+".type: The field has an invalid value")
		case !propertyName.MatchString(text(s["name"])):
			return nil, invalid(name+".name", name+".name: Does not match required pattern")
		}
		if _, _, taken := c.relationCalled(text(s["name"])); taken {
			return nil, errLinkDefinition.because("Linked object name " + text(s["name"]) + " is already in use.")
		}
		return fill(clone(s), obj{"description": nil}), nil
	}
	primary, err := side("primary")
	if err != nil {
		return nil, err
	}
	associated, err := side("associated")
	if err != nil {
		return nil, err
	}
	if primary["name"] == associated["name"] {
		return nil, errLinkDefinition.because("The primary and the associated name must be different.")
	}
	d := LinkDefinition{Primary: primary, Associated: associated, Created: c.at()}
	o.linkDefinitions.Put(c.Tx, d)
	return created(c.linkDefinition(d)), nil
}

func (o *Okta) getLinkedObjectDefinition(c *call) (any, error) {
	d, _, err := c.relationOf("linkedObjectName")
	if err != nil {
		return nil, err
	}
	return c.linkDefinition(d), nil
}

// deleteLinkedObjectDefinition deletes a relation, and everybody's place in it.
func (o *Okta) deleteLinkedObjectDefinition(c *call) (any, error) {
	d, _, err := c.relationOf("linkedObjectName")
	if err != nil {
		return nil, err
	}
	for l := range o.links.All(c.Tx, text(d.Primary["name"])+"/") {
		o.links.Delete(c.Tx, l.Name+"/"+l.Associated)
	}
	o.linkDefinitions.Delete(c.Tx, text(d.Primary["name"]))
	return nil, nil
}

// relationCalled finds a relation by the name of either side, and says whether it is the primary's.
func (c *call) relationCalled(name string) (d LinkDefinition, primary, ok bool) {
	for d := range c.o.linkDefinitions.All(c.Tx, "") {
		if text(d.Primary["name"]) == name || text(d.Associated["name"]) == name {
			return d, text(d.Primary["name"]) == name, true
		}
	}
	return d, false, false
}

func (c *call) relationOf(param string) (LinkDefinition, bool, error) {
	name := c.param(param)
	d, primary, ok := c.relationCalled(name)
	if !ok {
		return d, false, notFound(name, "LinkedObjectProperty")
	}
	return d, primary, nil
}

func (c *call) linkDefinition(d LinkDefinition) any {
	return obj{"primary": d.Primary, "associated": d.Associated, "_links": obj{"self": href(c.link("/api/v1/meta/schemas/user/linkedObjects/" + text(d.Primary["name"])))}}
}

// listLinkedObjectsForUser returns somebody's primary, or those who are associated with them, by which side is asked for.
func (o *Okta) listLinkedObjectsForUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	d, primary, err := c.relationOf("relationshipName")
	if err != nil {
		return nil, err
	}
	name := text(d.Primary["name"])
	var people []string
	if primary {
		if l, ok := o.links.Get(c.Tx, name+"/"+u.ID); ok {
			people = append(people, l.Primary)
		}
	} else {
		var links []Link
		for l := range o.linksByPrimary.All(c.Tx, name+"/"+u.ID) {
			links = append(links, l)
		}
		for _, l := range inOrder(links, func(l Link) int64 { return l.Order }, func(l Link) string { return l.Associated }) {
			people = append(people, l.Associated)
		}
	}
	return paged(c, slices.Values(people), func(id string) string { return id }, 200, 200, func(id string) any {
		return obj{"_links": obj{"self": href(c.link("/api/v1/users/" + id))}}
	})
}

// assignLinkedObjectValueForPrimary gives somebody a primary, in the place of the one before.
func (o *Okta) assignLinkedObjectValueForPrimary(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	d, primary, err := c.relationOf("primaryRelationshipName")
	switch {
	case err != nil:
		return nil, err
	case !primary:
		return nil, notFound(c.param("primaryRelationshipName"), "LinkedObjectProperty")
	}
	to, ok := c.userCalled(c.param("primaryUserId"))
	switch {
	case !ok:
		return nil, notFound(c.param("primaryUserId"), "User")
	case to.ID == u.ID:
		return nil, invalid("linkedObject", "A user can't be linked to themselves.")
	}
	o.links.Put(c.Tx, Link{Name: text(d.Primary["name"]), Primary: to.ID, Associated: u.ID, Order: c.order(), Created: c.at()})
	return nil, nil
}

func (o *Okta) deleteLinkedObjectForUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	d, primary, err := c.relationOf("relationshipName")
	switch {
	case err != nil:
		return nil, err
	case !primary:
		return nil, notFound(c.param("relationshipName"), "LinkedObjectProperty")
	}
	o.links.Delete(c.Tx, text(d.Primary["name"])+"/"+u.ID)
	return nil, nil
}
