package gdrive

import (
	"encoding/json"
	"slices"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) approvalsOperations() {
	d.On(twin.Full, "approvals.list", d.approvalsList).Answers(api.ApprovalList{}, "kind,nextPageToken")
	d.On(twin.Full, "approvals.get", d.approvalsGet).Answers(api.Approval{}, "")
	d.On(twin.Full, "approvals.start", d.approvalsStart).Answers(api.Approval{}, "")
	d.On(twin.Full, "approvals.approve", d.approvalsApprove).Answers(api.Approval{}, "")
	d.On(twin.Full, "approvals.decline", d.approvalsDecline).Answers(api.Approval{}, "")
	d.On(twin.Full, "approvals.cancel", d.approvalsCancel).Answers(api.Approval{}, "")
	d.On(twin.Full, "approvals.comment", d.approvalsComment).Answers(api.Approval{}, "")
	d.On(twin.Full, "approvals.reassign", d.approvalsReassign).Answers(api.Approval{}, "")
}

// What an approval and a reviewer's answer can be.
const (
	inProgress = "IN_PROGRESS"
	approved   = "APPROVED"
	declined   = "DECLINED"
	cancelled  = "CANCELLED"
	noResponse = "NO_RESPONSE"
	unsaid     = "FILE_CONTENT_CHANGE_BEHAVIOR_UNSPECIFIED"
	resets     = "RESET_APPROVAL"
	stays      = "NO_APPROVAL_ACTION"
)

var (
	errReviewers     = gapi.Because(400, "badRequest", "The reviewerEmails field is required.")
	errReviewer      = gapi.Because(400, "badRequest", "The reviewer is not a user who can review the file.")
	errBehavior      = gapi.Because(400, "badRequest", "The fileContentChangeBehavior field has an invalid value.")
	errDueTime       = gapi.Because(400, "badRequest", "The dueTime field must be a time in the future.")
	errApprovalOpen  = gapi.Because(400, "failedPrecondition", "An approval is already in progress on the file.")
	errApprovalDone  = gapi.Because(400, "failedPrecondition", "The approval is not in progress.")
	errNotReviewer   = gapi.Because(403, "forbidden", "The user is not a reviewer of the approval.")
	errResponded     = gapi.Because(400, "failedPrecondition", "The reviewer has already responded.")
	errNoMessage     = gapi.Because(400, "badRequest", "The message field is required.")
	errNoReassigning = gapi.Because(400, "badRequest", "Either addReviewers or replaceReviewers is required.")
)

func errNoApproval(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "Approval not found: %s.", id).At("approvalId")
}

// approvalsStart asks reviewers whether a file is good.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/start
func (d *Drive) approvalsStart(c *call) (any, error) {
	var in api.StartApprovalRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f, role := d.Find(c, c.Param("fileId"))
	v := &fileView{File: f, d: d, c: c, role: role, known: true}
	behavior := deref(in.FileContentChangeBehavior)
	due, dated := date(in.DueTime)
	switch {
	case role == files.None:
		return nil, errNoFile(c.Param("fileId"))
	case v.mayNot(modifies):
		return nil, errForbidden(f.ID)
	case len(in.ReviewerEmails) == 0:
		return nil, errReviewers
	case behavior != "" && behavior != unsaid && behavior != resets && behavior != stays:
		return nil, errBehavior
	case in.DueTime != nil && (!dated || due <= c.Now.UnixMilli()):
		return nil, errDueTime
	}
	for a := range d.approvals.All(c.Tx, f.ID+"/") {
		if a.Status == inProgress {
			return nil, errApprovalOpen
		}
	}
	a := Approval{
		ID: c.Rand(20, idAlphabet[:62]), File: f.ID, Initiator: c.Who.User.ID, Status: inProgress, OnChange: behavior, Revision: f.Head, Created: c.Now.UnixMilli(), Due: due,
	}
	if a.OnChange == "" || a.OnChange == unsaid {
		a.OnChange = resets
	}
	for _, email := range in.ReviewerEmails {
		u, err := d.reviewer(c, f, email)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(a.Reviewers, func(r Reviewer) bool { return r.User == u }) {
			a.Reviewers = append(a.Reviewers, Reviewer{u, noResponse})
		}
	}
	if deref(in.LockFile) {
		f.Lock = &files.Lock{By: c.Who.User.ID, At: c.Now.UnixMilli()}
		d.Save(c, f)
	}
	return d.stepped(c, a, f, "start", deref(in.Message)), nil
}

// reviewer is the account that an address is of, which can see the file.
func (d *Drive) reviewer(c *call, f files.File, email string) (string, error) {
	u, ok := d.ByEmail(c.Tx, email)
	if !ok || u.Suspended || d.Role(d.API.By(c.Call, u), f) == files.None {
		return "", errReviewer
	}
	return u.ID, nil
}

// stepped keeps an approval after a step, and tells everybody who has to do with it.
func (d *Drive) stepped(c *call, a Approval, f files.File, what, message string) obj {
	a.Modified = c.Now.UnixMilli()
	a.Log = append(slices.Clone(a.Log), Entry{At: a.Modified, By: c.Who.User.ID, What: what, Message: message})
	if a.Status != inProgress && a.Completed == 0 {
		a.Completed = a.Modified
	}
	d.approvals.Put(c.Tx, a)
	told := map[string]bool{c.Who.User.ID: true}
	for _, id := range append([]string{a.Initiator}, reviewers(a)...) {
		if u, ok := d.Users.Get(c.Tx, id); ok && !told[id] {
			told[id] = true
			m, _ := json.Marshal(obj{"to": u.Email, "from": c.Who.User.Email, "subject": "Approval of \"" + f.Name + "\": " + what, "text": message, "fileId": f.ID, "link": c.Link + pageOf(f)})
			c.Deliver(outbox.Delivery{Twin: "gdrive", Kind: toMailbox, Topic: "approval", Subject: u.Email, Body: string(m)})
		}
	}
	return d.approvalView(c, a)
}

func reviewers(a Approval) (ids []string) {
	for _, r := range a.Reviewers {
		ids = append(ids, r.User)
	}
	return ids
}

// approval is the approval that a call is about, as it is now: one that ends when the file changes has begun anew if it has.
func (d *Drive) approval(c *call) (a Approval, f files.File, role files.Role, err error) {
	f, role = d.Find(c, c.Param("fileId"))
	if role == files.None {
		return a, f, role, errNoFile(c.Param("fileId"))
	}
	a, ok := d.approvals.Get(c.Tx, f.ID+"/"+c.Param("approvalId"))
	if !ok {
		return a, f, role, errNoApproval(c.Param("approvalId"))
	}
	return current(a, f), f, role, nil
}

// current is an approval with the answers forgotten that were given before the file changed, if it is one that does so.
func current(a Approval, f files.File) Approval {
	if a.Status == inProgress && a.OnChange == resets && a.Revision != f.Head {
		a.Revision, a.Reviewers = f.Head, slices.Clone(a.Reviewers)
		for i := range a.Reviewers {
			a.Reviewers[i].Response = noResponse
		}
	}
	return a
}

// approvalsGet answers one approval.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/get
func (d *Drive) approvalsGet(c *call) (any, error) {
	a, _, _, err := d.approval(c)
	if err != nil {
		return nil, err
	}
	return d.approvalView(c, a), nil
}

// approvalsList lists the approvals of a file, the newest first.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/list
func (d *Drive) approvalsList(c *call) (any, error) {
	f, role := d.Find(c, c.Param("fileId"))
	if role == files.None {
		return nil, errNoFile(c.Param("fileId"))
	}
	size, err := pageSize(c, "pageSize", 100, 100)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(d.approvals.All(c.Tx, f.ID+"/"))
	slices.SortStableFunc(all, func(a, b Approval) int { return int(b.Created - a.Created) })
	page, next, err := paged(c, all, size, f.ID, func(a Approval) string { return a.ID })
	if err != nil {
		return nil, err
	}
	list := make([]any, len(page))
	for i, a := range page {
		list[i] = d.approvalView(c, current(a, f))
	}
	out := obj{"kind": "drive#approvalList", "items": list}
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// approvalsApprove says yes. When all reviewers have, the file is approved.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/approve
func (d *Drive) approvalsApprove(c *call) (any, error) {
	var in api.ApproveApprovalRequest
	return d.respond(c, &in, approved, func() string { return deref(in.Message) })
}

// approvalsDecline says no, which ends the approval.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/decline
func (d *Drive) approvalsDecline(c *call) (any, error) {
	var in api.DeclineApprovalRequest
	return d.respond(c, &in, declined, func() string { return deref(in.Message) })
}

func (d *Drive) respond(c *call, in any, response string, message func() string) (any, error) {
	if err := c.Bind(in); err != nil {
		return nil, err
	}
	a, f, _, err := d.approval(c)
	if err != nil {
		return nil, err
	}
	i := slices.Index(reviewers(a), c.Who.User.ID)
	switch {
	case i < 0:
		return nil, errNotReviewer
	case a.Status != inProgress:
		return nil, errApprovalDone
	}
	a.Reviewers = slices.Clone(a.Reviewers)
	a.Reviewers[i].Response = response
	if response == declined || !slices.ContainsFunc(a.Reviewers, func(r Reviewer) bool { return r.Response != approved }) {
		a.Status = response
	}
	return d.stepped(c, a, f, response, message()), nil
}

// approvalsCancel ends an approval without an answer.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/cancel
func (d *Drive) approvalsCancel(c *call) (any, error) {
	var in api.CancelApprovalRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	a, f, role, err := d.approval(c)
	switch {
	case err != nil:
		return nil, err
	case role < files.Writer:
		return nil, errForbidden(f.ID)
	case a.Status != inProgress:
		return nil, errApprovalDone
	}
	a.Status = cancelled
	return d.stepped(c, a, f, cancelled, deref(in.Message)), nil
}

// approvalsComment says something about an approval.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/comment
func (d *Drive) approvalsComment(c *call) (any, error) {
	var in api.CommentApprovalRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	a, f, _, err := d.approval(c)
	switch {
	case err != nil:
		return nil, err
	case deref(in.Message) == "":
		return nil, errNoMessage
	}
	return d.stepped(c, a, f, "comment", *in.Message), nil
}

// approvalsReassign adds reviewers, and puts others in the place of those who have not answered. Who only reads the file may
// put another one in their own place.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/approvals/reassign
func (d *Drive) approvalsReassign(c *call) (any, error) {
	var in api.ReassignApprovalRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	a, f, role, err := d.approval(c)
	switch {
	case err != nil:
		return nil, err
	case a.Status != inProgress:
		return nil, errApprovalDone
	case len(in.AddReviewers)+len(in.ReplaceReviewers) == 0:
		return nil, errNoReassigning
	case len(in.AddReviewers) > 0 && role < files.Writer:
		return nil, errForbidden(f.ID)
	}
	a.Reviewers = slices.Clone(a.Reviewers)
	for _, r := range in.ReplaceReviewers {
		old, _ := d.ByEmail(c.Tx, deref(r.RemovedReviewerEmail))
		i := slices.Index(reviewers(a), old.ID)
		next, err := d.reviewer(c, f, deref(r.AddedReviewerEmail))
		switch {
		case i < 0:
			return nil, errReviewer
		case role < files.Writer && old.ID != c.Who.User.ID:
			return nil, errForbidden(f.ID)
		case a.Reviewers[i].Response != noResponse:
			return nil, errResponded
		case err != nil:
			return nil, err
		}
		a.Reviewers[i].User = next
	}
	for _, r := range in.AddReviewers {
		u, err := d.reviewer(c, f, deref(r.AddedReviewerEmail))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(reviewers(a), u) {
			a.Reviewers = append(a.Reviewers, Reviewer{u, noResponse})
		}
	}
	return d.stepped(c, a, f, "reassign", deref(in.Message)), nil
}

func (d *Drive) approvalView(c *call, a Approval) obj {
	list := make([]any, len(a.Reviewers))
	for i, r := range a.Reviewers {
		list[i] = obj{"kind": "drive#reviewerResponse", "reviewer": d.person(c, r.User), "response": r.Response}
	}
	v := obj{
		"kind": "drive#approval", "approvalId": a.ID, "targetFileId": a.File, "status": a.Status, "initiator": d.person(c, a.Initiator), "reviewerResponses": list,
		"fileContentChangeBehavior": a.OnChange, "createTime": stamp(a.Created), "modifyTime": stamp(a.Modified),
	}
	if a.Due != 0 {
		v["dueTime"] = stamp(a.Due)
	}
	if a.Completed != 0 {
		v["completeTime"] = stamp(a.Completed)
	}
	return v
}
