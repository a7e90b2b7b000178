package files

import (
	"cmp"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/internal/google/gapi"
)

// Grants are the permissions that a file has: its own and, but for a file whose folder's do not reach it, those that it
// inherits. from is the file, folder or drive that a permission is of.
func (t *Table) Grants(r store.Reader, f File, yield func(p Permission, from string) bool) {
	at := f
	for range depth {
		for p := range t.Permissions.All(r, at.ID+"/") {
			if at.ID != f.ID && p.Role == Owner {
				p.Role = Writer // who owns a folder writes to what others keep in it
				if f.Owner != "" && p.ID == f.Owner {
					continue
				}
			}
			if !yield(p, at.ID) {
				return
			}
		}
		if at.Limited {
			break
		}
		parent, ok := t.Files.Get(r, at.Parent)
		if !ok {
			break
		}
		at = parent
	}
	if f.Drive == "" || at.ID == f.Drive {
		return
	}
	for p := range t.Permissions.All(r, f.Drive+"/") {
		if at.Limited && p.Role < Organizer {
			continue
		}
		if !yield(p, f.Drive) {
			return
		}
	}
}

// An Access is what one permission comes to on a file: what was given on the file itself, and what comes from above.
type Access struct {
	Permission             // with the highest of the roles
	Direct     Role        // what was given on the file itself, if anything
	Above      []Inherited // the nearest first
}

// Inherited is a role that comes from a folder or a shared drive.
type Inherited struct {
	Role Role
	From string
}

// Accesses are all permissions that a file has, the newest first and the owner's last.
func (t *Table) Accesses(r store.Reader, f File, now int64) (all []Access) {
	t.Grants(r, f, func(p Permission, from string) bool {
		if p.Expires != 0 && p.Expires <= now {
			return true
		}
		i := slices.IndexFunc(all, func(a Access) bool { return a.ID == p.ID })
		if i < 0 {
			i, all = len(all), append(all, Access{Permission: p})
		}
		a := &all[i]
		if from == f.ID {
			a.Direct = p.Role
		} else {
			a.Above = append(a.Above, Inherited{p.Role, from})
		}
		a.Role = max(a.Role, p.Role)
		return true
	})
	slices.SortStableFunc(all, func(a, b Access) int {
		if (a.Role == Owner) != (b.Role == Owner) {
			return cmp.Compare(a.Role, b.Role)
		}
		return cmp.Compare(b.At, a.At)
	})
	return all
}

// Role is the most that somebody may do with a file.
func (t *Table) Role(c *gapi.Call, f File) Role {
	if f.Owner != "" && f.Owner == c.Who.User.ID {
		return Owner
	}
	role := None
	var addresses []string
	if c.Who.Known() {
		addresses = t.Mine(c)
	}
	now := c.Now.UnixMilli()
	t.Grants(c.Tx, f, func(p Permission, _ string) bool {
		if p.Role > role && (p.Expires == 0 || p.Expires > now) && p.View == "" {
			if g := p.Grantee(); g == "*" || slices.Contains(addresses, g) {
				role = p.Role
			}
		}
		return true
	})
	return role
}

// Mine are all under which things may be shared with the caller.
func (t *Table) Mine(c *gapi.Call) []string {
	if c.Addresses == nil {
		c.Addresses = t.Addresses(c.Tx, c.Who.User)
		if d := c.Who.User.Domain; d != "" {
			c.Addresses = append(c.Addresses, "@"+strings.ToLower(d))
		}
	}
	return c.Addresses
}

// DriveRole is the most that somebody may do with a shared drive.
func (t *Table) DriveRole(c *gapi.Call, id string) Role {
	role := None
	for p := range t.Permissions.All(c.Tx, id+"/") {
		if p.Role > role && slices.Contains(t.Mine(c), p.Grantee()) {
			role = p.Role
		}
	}
	return role
}

// Audience are the addresses of those who have been let at a file.
func (t *Table) Audience(r store.Reader, f File) (who []string) {
	t.Grants(r, f, func(p Permission, _ string) bool {
		who = append(who, p.Grantee())
		return true
	})
	return who
}
