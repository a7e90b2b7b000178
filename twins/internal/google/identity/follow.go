package identity

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A Keeper keeps what is in somebody's name, and is told when they come, go, or are called otherwise.
type Keeper interface {
	Arrived(c *twin.Call, u User)
	Renamed(c *twin.Call, was, u User)
	// Departed gives what they have to another, or to nobody if there is none.
	Departed(c *twin.Call, u, to User)
	Returned(c *twin.Call, u User)
}

// follow does what the company's directory has done, over the Directory API and the Data Transfer API.
//
// https://developers.google.com/workspace/admin/directory/v1/guides/manage-users
func (i *Identity) follow(c *twin.Call, ch twin.Change) error {
	if ch.Group != nil {
		i.followGroup(c, ch)
		return nil
	}
	u, there := i.ByEmail(c.Tx, cmp.Or(ch.Was.Email, ch.Is.Email))
	if !there {
		u, there = i.ByEmail(c.Tx, ch.Is.Email)
	}
	if !there {
		if ch.Is.Standing == twin.Active && ch.Link.Create {
			c.Did("directory.users.insert", http.MethodPost, usersAt)
			_, domain, _ := strings.Cut(ch.Is.Email, "@")
			u = i.AddUser(c, User{Email: ch.Is.Email, Name: ch.Is.Name, Domain: domain})
			i.Keeper.Arrived(c, u)
		}
		return nil
	}
	if err := i.rename(c, &u, ch); err != nil {
		return err
	}
	return i.stand(c, u, ch)
}

const usersAt, groupsAt = "/admin/directory/v1/users", "/admin/directory/v1/groups"

// rename follows names and addresses.
func (i *Identity) rename(c *twin.Call, u *User, ch twin.Change) error {
	was := *u
	if ch.Is.Email != "" && ch.Was.Email != ch.Is.Email {
		u.Email = ch.Is.Email
	}
	if ch.Is.Name != "" && (ch.Was.Name != ch.Is.Name || ch.Was.Given != ch.Is.Given || ch.Was.Family != ch.Is.Family) {
		u.Name, u.Given, u.Family = ch.Is.Name, ch.Is.Given, ch.Is.Family
	}
	if was.Email == u.Email && was.Name == u.Name && was.Given == u.Given && was.Family == u.Family {
		return nil
	}
	c.Did("directory.users.update", http.MethodPut, usersAt+"/"+u.Sub)
	if other, taken := i.ByEmail(c.Tx, u.Email); taken && other.ID != u.ID {
		return twin.Refusal{Status: http.StatusConflict, Code: "duplicate"}
	}
	i.Users.Put(c.Tx, *u)
	i.replaceMember(c, was.Email, u.Email)
	i.Keeper.Renamed(c, was, *u)
	return nil
}

// replaceMember puts another address in the place of one in all groups; "" takes it out.
func (i *Identity) replaceMember(c *twin.Call, from, to string) {
	from, to = strings.ToLower(from), strings.ToLower(to)
	if from == to {
		return
	}
	for g := range i.groupsOf.All(c.Tx, from) {
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == from })
		if to != "" {
			g.Members = append(g.Members, to)
		}
		i.Groups.Put(c.Tx, g)
	}
}

// stand follows who may come in. What somebody leaves behind goes where the link says when they are out of service; one who
// is only suspended keeps it.
func (i *Identity) stand(c *twin.Call, u User, ch twin.Change) error {
	at := usersAt + "/" + u.Sub
	out := func(s twin.Standing) bool { return s == twin.Deactivated || s == twin.Deleted }
	switch {
	case ch.Is.Standing == twin.Active && u.Suspended:
		c.Did("directory.users.update", http.MethodPut, at)
		u.Suspended = false
		i.Users.Put(c.Tx, u)
		i.Keeper.Returned(c, u)
	case ch.Is.Standing != twin.Active && !u.Suspended:
		c.Did("directory.users.update", http.MethodPut, at)
		u.Suspended = true
		i.Users.Put(c.Tx, u)
		i.lockOut(c, u)
	}
	if out(ch.Is.Standing) && !out(ch.Was.Standing) {
		i.handOver(c, u, ch)
	}
	if ch.Is.Standing == twin.Deleted {
		c.Did("directory.users.delete", http.MethodDelete, at)
		i.replaceMember(c, u.Email, "")
		u.Deleted = true
		i.Users.Put(c.Tx, u)
	}
	return nil
}

// handOver does with what somebody has what the link says. What nobody can be found for stays.
func (i *Identity) handOver(c *twin.Call, u User, ch twin.Change) {
	const transfers = "/admin/datatransfer/v1/transfers"
	switch ch.Link.Files {
	case "orphan":
		c.Did("drive.files.orphan", http.MethodPost, usersAt+"/"+u.Sub+"/files")
		i.Keeper.Departed(c, u, User{})
	case "transfer":
		address := cmp.Or(ch.Link.To, ch.Is.Manager)
		if ws, _ := i.Workspaces.Get(c.Tx, "workspace"); address != "" && !strings.Contains(address, "@") {
			address += "@" + ws.Domain
		}
		to, ok := i.ByEmail(c.Tx, address)
		if !ok || to.Suspended || to.ID == u.ID {
			c.DidNot("datatransfer.transfers.insert", http.MethodPost, transfers, twin.Refusal{Status: http.StatusBadRequest, Code: "no new owner: " + cmp.Or(address, "there is no manager")})
			return
		}
		c.Did("datatransfer.transfers.insert", http.MethodPost, transfers)
		i.Keeper.Departed(c, u, to)
	}
}

// lockOut ends all that somebody could still come in with.
func (i *Identity) lockOut(c *twin.Call, u User) {
	mine := store.Range{Prefix: u.ID + "/"}
	for _, t := range slices.Collect(i.accessOf.Range(c.Tx, mine)) {
		i.Access.Delete(c.Tx, t.Secret)
	}
	for _, t := range slices.Collect(i.refreshOf.Range(c.Tx, mine)) {
		i.Refresh.Delete(c.Tx, t.Secret)
	}
	for s := range i.sessions.All(c.Tx, "") {
		if s.User == u.ID {
			i.sessions.Delete(c.Tx, s.Secret)
		}
	}
	for code := range i.codes.All(c.Tx, "") {
		if code.User == u.ID {
			i.codes.Delete(c.Tx, code.Secret)
		}
	}
}

func (i *Identity) followGroup(c *twin.Call, ch twin.Change) {
	g, there := Group{}, false
	for x := range i.Groups.All(c.Tx, "") {
		name, _, _ := strings.Cut(x.Email, "@")
		if there = ch.Named(x.Name) || ch.Named(name); there {
			g = x
			break
		}
	}
	at := groupsAt + "/" + g.ID
	switch {
	case !there && ch.Group.Deleted:
		return
	case !there:
		ws, _ := i.Workspaces.Get(c.Tx, "workspace")
		email := ch.Group.Handle() + "@" + ws.Domain
		g = Group{ID: number("group "+email, 20), Email: email, Name: ch.Group.Name}
		c.Did("directory.groups.insert", http.MethodPost, groupsAt)
		at = groupsAt + "/" + g.ID
		ch.In, ch.OldName = ch.Group.Members, g.Name
	case ch.Group.Deleted:
		c.Did("directory.groups.delete", http.MethodDelete, at)
		i.replaceMember(c, g.Email, "")
		i.Groups.Delete(c.Tx, g.ID)
		return
	}
	if ch.OldName != "" && ch.OldName != ch.Group.Name {
		c.Did("directory.groups.update", http.MethodPut, at)
		g.Name = ch.Group.Name
	}
	g.Members = slices.Clone(g.Members)
	for _, a := range ch.Left {
		if n := slices.Index(g.Members, strings.ToLower(a)); n >= 0 {
			c.Did("directory.members.delete", http.MethodDelete, at+"/members/"+a)
			g.Members = slices.Delete(g.Members, n, n+1)
		}
	}
	for _, a := range ch.In {
		if a = strings.ToLower(a); !slices.Contains(g.Members, a) {
			c.Did("directory.members.insert", http.MethodPost, at+"/members")
			g.Members = append(g.Members, a)
		}
	}
	i.Groups.Put(c.Tx, g)
}
