package gdrive

import (
	"fmt"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) accessproposalsOperations() {
	d.On(twin.Full, "accessproposals.list", d.accessproposalsList).Answers(api.ListAccessProposalsResponse{}, "")
	d.On(twin.Full, "accessproposals.get", d.accessproposalsGet).Answers(api.AccessProposal{}, "")
	d.On(twin.Full, "accessproposals.resolve", d.accessproposalsResolve)
}

var (
	errNoApprover  = gapi.Because(403, "forbidden", "Only approvers of the file can list or resolve access proposals.")
	errActionGiven = gapi.Because(400, "badRequest", "The action field must be ACCEPT or DENY.")
	errRoleGiven   = gapi.Because(400, "badRequest", "The role field is required for the ACCEPT action.")
)

func errNoProposal(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "Access proposal not found: %s.", id).At("proposalId")
}

// approvable is a file of which the caller may decide who is let at it.
func (d *Drive) approvable(c *call) (*fileView, error) {
	id := c.Param("fileId")
	f, role := d.Find(c, id)
	v := &fileView{File: f, d: d, c: c, role: role, known: true}
	switch {
	case role == files.None:
		return nil, errNoFile(id)
	case v.mayNot(shares):
		return nil, errNoApprover
	}
	return v, nil
}

// accessproposalsList lists who wishes to be let at a file.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/accessproposals/list
func (d *Drive) accessproposalsList(c *call) (any, error) {
	v, err := d.approvable(c)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(c, "pageSize", 100, 100)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(d.proposals.All(c.Tx, v.ID+"/"))
	page, next, err := paged(c, all, size, v.ID, func(p Proposal) string { return p.ID })
	if err != nil {
		return nil, err
	}
	list := make([]any, len(page))
	for i, p := range page {
		list[i] = proposalView(p)
	}
	out := obj{"accessProposals": list}
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// accessproposalsGet answers one wish to be let at a file.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/accessproposals/get
func (d *Drive) accessproposalsGet(c *call) (any, error) {
	v, err := d.approvable(c)
	if err != nil {
		return nil, err
	}
	p, ok := d.proposals.Get(c.Tx, v.ID+"/"+c.Param("proposalId"))
	if !ok {
		return nil, errNoProposal(c.Param("proposalId"))
	}
	return proposalView(p), nil
}

// accessproposalsResolve lets somebody at a file, or does not.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/accessproposals/resolve
func (d *Drive) accessproposalsResolve(c *call) (any, error) {
	var in api.ResolveAccessProposalRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	v, err := d.approvable(c)
	if err != nil {
		return nil, err
	}
	p, ok := d.proposals.Get(c.Tx, v.ID+"/"+c.Param("proposalId"))
	action := deref(in.Action)
	switch {
	case !ok:
		return nil, errNoProposal(c.Param("proposalId"))
	case action != "ACCEPT" && action != "DENY":
		return nil, errActionGiven
	case action == "ACCEPT" && len(in.Role) == 0:
		return nil, errRoleGiven
	}
	given := files.Permission{File: v.ID, Type: "user", At: c.Now.UnixMilli(), By: c.Who.User.ID, View: deref(in.View)}
	if action == "ACCEPT" {
		for _, name := range in.Role {
			given.Role = max(given.Role, files.ParseRole(name))
		}
		if given.Role == files.None || given.Role == files.Owner {
			return nil, errRoleInvalid
		}
		if err := d.grantee(c, &given, &api.Permission{EmailAddress: &p.Recipient}); err != nil {
			return nil, err
		}
		if err := v.fits(given); err != nil {
			return nil, err
		}
		if has, ok := d.Permissions.Get(c.Tx, v.ID+"/"+given.ID); !ok || has.Role < given.Role {
			d.Permissions.Put(c.Tx, given)
		}
		d.sharedAgain(c, v)
	}
	if deref(in.SendNotification) {
		d.invite(c, v, files.Permission{Email: p.Requester, Role: given.Role}, action)
	}
	d.proposals.Delete(c.Tx, p.File+"/"+p.ID)
	return obj{}, nil
}

func proposalView(p Proposal) obj {
	roles := make([]any, len(p.Roles))
	for i, r := range p.Roles {
		one := obj{"role": r}
		if p.View != "" {
			one["view"] = p.View
		}
		roles[i] = one
	}
	v := obj{"fileId": p.File, "proposalId": p.ID, "requesterEmailAddress": p.Requester, "recipientEmailAddress": p.Recipient, "rolesAndViews": roles, "createTime": stamp(p.Created)}
	if p.Message != "" {
		v["requestMessage"] = p.Message
	}
	return v
}

// propose makes a wish to be let at a file, as a person does on the page that refuses them.
func (d *Drive) propose(c *call, f files.File, role, message string) (Proposal, error) {
	if f.ID == "" || files.ParseRole(role) == files.None {
		return Proposal{}, fmt.Errorf("a request for access names a file and a role")
	}
	p := Proposal{
		ID: "AP" + c.Rand(20, idAlphabet[:62]), File: f.ID, Requester: c.Who.User.Email, Recipient: c.Who.User.Email, Roles: []string{role}, Message: message, Created: c.Now.UnixMilli(),
	}
	d.proposals.Put(c.Tx, p)
	return p, nil
}
