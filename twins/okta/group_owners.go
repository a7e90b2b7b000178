package okta

import (
	"slices"
	"time"
)

// listGroupOwners returns who is responsible for a group.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/
func (o *Okta) listGroupOwners(c *call) (any, error) {
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	match, err := c.filtered("search")
	if err != nil {
		return nil, err
	}
	var owners []GroupOwner
	for w := range o.owners.All(c.Tx, g.ID+"/") {
		if match(c.groupOwner(w, "2006-01-02 15:04:05.0")) {
			owners = append(owners, w)
		}
	}
	return paged(c, slices.Values(owners), func(w GroupOwner) string { return w.ID }, 1000, 1000, func(w GroupOwner) any { return c.groupOwner(w, "2006-01-02 15:04:05.0") })
}

// assignGroupOwner makes a person or a group responsible.
func (o *Okta) assignGroupOwner(c *call) (any, error) {
	g, err := c.groupOf()
	w := GroupOwner{Group: g.ID, ID: text(c.body["id"]), Type: text(c.body["type"]), Created: c.at()}
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case w.ID == "":
		return nil, blank("id")
	case w.Type == "":
		return nil, blank("type")
	case w.Type != "USER" && w.Type != "GROUP":
		return nil, invalid("type", "type: The field has an invalid value")
	case w.Type == "USER" && !o.users.Has(c.Tx, w.ID):
		return nil, notFound(w.ID, "User")
	case w.Type == "GROUP" && !o.groups.Has(c.Tx, w.ID):
		return nil, notFound(w.ID, "UserGroup")
	case o.owners.Has(c.Tx, g.ID+"/"+w.ID):
		return nil, invalid("owner", "Provided owner is already assigned to this group")
	}
	o.owners.Put(c.Tx, w)
	c.logged("group.owner.add", "SUCCESS", g.target(), target{w.ID, w.Type, text(c.groupOwner(w, "")["displayName"])})
	return created(c.groupOwner(w, "Mon Jan 02 15:04:05 UTC 2006")), nil
}

func (o *Okta) deleteGroupOwner(c *call) (any, error) {
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	id := c.param("ownerId")
	if !o.owners.Delete(c.Tx, g.ID+"/"+id) {
		return nil, notFound(id, "LinkedObject")
	}
	c.logged("group.owner.remove", "SUCCESS", g.target(), target{id, "Owner", ""})
	return nil, nil
}

// groupOwner is an owner as the caller sees them. Okta writes the time in one way when it makes one, and in another when it lists them.
func (c *call) groupOwner(w GroupOwner, layout string) obj {
	name := ""
	if u, ok := c.o.users.Get(c.Tx, w.ID); ok {
		name = u.display()
	} else if g, ok := c.o.groups.Get(c.Tx, w.ID); ok {
		name = g.name()
	}
	return obj{"id": w.ID, "type": w.Type, "resolved": true, "originId": nil, "originType": "OKTA_DIRECTORY", "displayName": name, "lastUpdated": time.UnixMilli(w.Created).UTC().Format(layout)}
}
