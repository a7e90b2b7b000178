package jira

import (
	"bytes"
	"image"
	"net/http"
	"path"
	"slices"
	"strings"

	"golang.org/x/image/draw"

	"twinset.dev/kit/twin"
)

func (j *Jira) avatarsOperations() {
	j.on(twin.Full, "getAllSystemAvatars", j.getAllSystemAvatars).public()
	j.on(twin.Full, "getAvatars", j.getAvatars).public()
	j.on(twin.Full, "storeAvatar", j.storeAvatar).bytes()
	j.on(twin.Full, "deleteAvatar", j.deleteAvatar)
	j.on(twin.Full, "getAvatarImageByType", j.getAvatarImageByType).public()
	j.on(twin.Full, "getAvatarImageByID", j.getAvatarImageByID).public()
	j.on(twin.Full, "getAvatarImageByOwner", j.getAvatarImageByOwner).public()
	j.on(twin.Full, "getAllProjectAvatars", j.getAllProjectAvatars)
	j.on(twin.Full, "createProjectAvatar", j.createProjectAvatar).bytes()
	j.on(twin.Full, "updateProjectAvatar", j.updateProjectAvatar)
	j.on(twin.Full, "deleteProjectAvatar", j.deleteProjectAvatar)
	j.beyond(twin.Full, "secure.useravatar", http.MethodGet, "/secure/useravatar", j.secureAvatar("user")).public()
	j.beyond(twin.Full, "secure.projectavatar", http.MethodGet, "/secure/projectavatar", j.secureAvatar("project")).public()
	j.beyond(twin.Full, "secure.viewavatar", http.MethodGet, "/secure/viewavatar", j.secureAvatar("")).public()
	j.beyond(twin.Full, "images.icons", http.MethodGet, "/images/icons/*", j.imagesIcons).public()
}

// systemAvatars are the pictures that every site has, by what they are of: the first and the last.
var systemAvatars = map[string][2]int64{"project": {10400, 10423}, "issuetype": {10300, 10323}, "priority": {10350, 10359}, "user": {10500, 10511}}

// firstProjectAvatar is that of a project that nobody has chosen one for.
const firstProjectAvatar = 10400

// sizes are the sides of avatars in points.
var sizes = map[string]int{"xsmall": 16, "small": 24, "medium": 32, "": 48, "large": 48, "xlarge": 96}

func systemAvatar(kind string, n int64) bool {
	r, ok := systemAvatars[kind]
	return ok && n >= r[0] && n <= r[1]
}

// avatarFor reports whether something can have a picture: one that every site has, or one that was uploaded for it.
func (c *call) avatarFor(kind, owner string, n int64) bool {
	a, ok := c.j.avatars.Get(c.Tx, key(n))
	return systemAvatar(kind, n) || ok && a.Type == kind && a.Owner == owner
}

func (c *call) avatarAt(kind string, n int64) string {
	return "/rest/api/" + c.version + "/universal_avatar/view/type/" + kind + "/avatar/" + id(n)
}

func (c *call) avatarShown(kind string, n int64, system bool, chosen int64) obj {
	return obj{"id": id(n), "isSystemAvatar": system, "isSelected": n == chosen, "isDeletable": !system, "urls": c.avatars(c.avatarAt(kind, n))}
}

func (c *call) systemAvatarsShown(kind string, chosen int64) []any {
	out := []any{}
	for n := systemAvatars[kind][0]; n <= systemAvatars[kind][1]; n++ {
		out = append(out, c.avatarShown(kind, n, true, chosen))
	}
	return out
}

func (c *call) avatarsShown(kind, owner string, chosen int64) obj {
	custom := []any{}
	for a := range c.j.avatars.All(c.Tx, "") {
		if a.Type == kind && a.Owner == owner {
			custom = append(custom, c.avatarShown(kind, a.ID, false, chosen))
		}
	}
	return obj{"system": c.systemAvatarsShown(kind, chosen), "custom": custom}
}

// getAllSystemAvatars returns the pictures that every site has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-avatar-type-system-get
func (j *Jira) getAllSystemAvatars(c *call) (any, error) {
	if _, ok := systemAvatars[c.param("type")]; !ok {
		return nil, notFound("The avatar type '%s' does not exist.", c.param("type"))
	}
	return obj{"system": c.systemAvatarsShown(c.param("type"), 0)}, nil
}

// avatarOwner is whose picture it is, which of them is chosen, and whether the caller may change that.
func (c *call) avatarOwner(kind, owner string) (chosen int64, manages bool, err error) {
	switch kind {
	case "project":
		p, err := c.seenProject(owner)
		return p.Avatar, err == nil && c.may("ADMINISTER_PROJECTS", &p, nil), err
	case "issuetype":
		t, ok := c.j.issueTypes.Get(c.Tx, key(number(owner)))
		if !ok {
			return 0, false, notFound("The issue type with id '%s' does not exist.", owner)
		}
		return t.Avatar, c.isAdmin(), nil
	case "priority":
		if !c.j.priorities.Has(c.Tx, key(number(owner))) {
			return 0, false, notFound("The priority with id '%s' does not exist.", owner)
		}
		return 0, c.isAdmin(), nil
	}
	return 0, false, notFound("The avatar type '%s' does not exist.", kind)
}

// getAvatars returns the pictures that something can have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-universal-avatar-type-type-owner-entityid-get
func (j *Jira) getAvatars(c *call) (any, error) {
	chosen, _, err := c.avatarOwner(c.param("type"), c.param("entityId"))
	if err != nil {
		return nil, err
	}
	return c.avatarsShown(c.param("type"), c.param("entityId"), chosen), nil
}

// storeAvatar keeps a picture for something.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-universal-avatar-type-type-owner-entityid-post
func (j *Jira) storeAvatar(c *call) (any, error) {
	return c.keepAvatar(c.param("type"), c.param("entityId"))
}

// keepAvatar keeps the body as a picture of something: the square that the query cuts out, or the largest one from the top left.
func (c *call) keepAvatar(kind, owner string) (any, error) {
	_, manages, err := c.avatarOwner(kind, owner)
	switch {
	case err != nil:
		return nil, err
	case !manages:
		return nil, forbidden("You do not have permission to change the avatars of this %s.", kind)
	case !strings.EqualFold(c.r.Echo.Request().Header.Get("X-Atlassian-Token"), "no-check"):
		return nil, errXSRF
	}
	m, _, err := image.Decode(bytes.NewReader(c.sent))
	if err != nil {
		return nil, badRequest("The image could not be read. Use a JPEG, GIF or PNG.")
	}
	var at [3]int
	for n, name := range []string{"x", "y", "size"} {
		if at[n], err = c.qint(name, 0); err != nil {
			return nil, err
		}
	}
	part := image.Rect(at[0], at[1], at[0]+at[2], at[1]+at[2])
	if at[2] == 0 {
		side := min(m.Bounds().Dx(), m.Bounds().Dy())
		part = image.Rect(0, 0, side, side)
	}
	if part = part.Add(m.Bounds().Min); part.Empty() || !part.In(m.Bounds()) {
		return nil, badRequest("The cropped area is outside the image.")
	}
	a := Avatar{ID: c.next("avatar", 11000), Type: kind, Owner: owner, Picture: square(m, part, sizes["xlarge"], draw.CatmullRom)}
	c.j.avatars.Put(c.Tx, a)
	return created(c.avatarShown(kind, a.ID, false, 0)), nil
}

// errXSRF refuses an upload from a page that Jira has not made.
var errXSRF = &refusal{status: http.StatusForbidden, messages: []string{"XSRF check failed"}, body: answer{status: http.StatusForbidden, body: []byte("XSRF check failed"), kind: "text/html;charset=UTF-8"}}

// deleteAvatar deletes a picture that was uploaded.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-universal-avatar-type-type-owner-owningobjectid-avatar-id-delete
func (j *Jira) deleteAvatar(c *call) (any, error) {
	return nil, c.dropAvatar(c.param("type"), c.param("owningObjectId"))
}

// dropAvatar deletes the picture that the path names, if it is one of something's own.
func (c *call) dropAvatar(kind, owner string) error {
	chosen, manages, err := c.avatarOwner(kind, owner)
	n := number(c.param("id"))
	a, ok := c.j.avatars.Get(c.Tx, key(n))
	switch {
	case err != nil:
		return err
	case !manages:
		return forbidden("You do not have permission to change the avatars of this %s.", kind)
	case systemAvatar(kind, n):
		return forbidden("A system avatar cannot be deleted.")
	case !ok || a.Type != kind || a.Owner != owner:
		return notFound("The avatar with id '%s' does not exist.", c.param("id"))
	}
	c.j.avatars.Delete(c.Tx, key(n))
	if n != chosen {
		return nil
	}
	switch kind {
	case "project":
		p, _ := c.project(owner)
		p.Avatar = firstProjectAvatar
		c.j.projects.Put(c.Tx, p)
	case "issuetype":
		t, _ := c.j.issueTypes.Get(c.Tx, key(number(owner)))
		t.Avatar = standardAvatar
		c.j.issueTypes.Put(c.Tx, t)
	}
	return nil
}

// avatarPicture answers with a picture: one that was uploaded, or one that is drawn.
func (c *call) avatarPicture(kind string, n int64) (any, error) {
	size, ok := sizes[c.q("size")]
	format := c.q("format")
	switch {
	case !ok:
		return nil, badRequest("The size has to be one of xsmall, small, medium, large, xlarge.")
	case format != "" && format != "png" && format != "svg":
		return nil, badRequest("The format has to be one of png, svg.")
	}
	if a, ok := c.j.avatars.Get(c.Tx, key(n)); ok && a.Type == kind {
		return answer{body: resized(a.Picture, size), kind: "image/png"}, nil
	}
	if !systemAvatar(kind, n) {
		return nil, notFound("The avatar with id '%d' does not exist.", n)
	}
	return drawn(kind+" "+id(n), format, size), nil
}

// drawn answers with the picture that stands for something.
func drawn(what, format string, size int) answer {
	if format == "png" {
		return answer{body: pictureOf(what).png(size), kind: "image/png"}
	}
	return answer{body: pictureOf(what).svg(), kind: "image/svg+xml;charset=UTF-8"}
}

// getAvatarImageByType returns the picture that things of a kind have unless they have another.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-universal-avatar-view-type-type-get
func (j *Jira) getAvatarImageByType(c *call) (any, error) {
	r, ok := systemAvatars[c.param("type")]
	if !ok {
		return nil, notFound("The avatar type '%s' does not exist.", c.param("type"))
	}
	return c.avatarPicture(c.param("type"), r[0])
}

// getAvatarImageByID returns a picture.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-universal-avatar-view-type-type-avatar-id-get
func (j *Jira) getAvatarImageByID(c *call) (any, error) {
	n := number(c.param("id"))
	if n == 0 {
		return nil, badRequest("The avatar id '%s' is not valid.", c.param("id"))
	}
	return c.avatarPicture(c.param("type"), n)
}

// getAvatarImageByOwner returns the picture of something.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-avatars/#api-rest-api-3-universal-avatar-view-type-type-owner-entityid-get
func (j *Jira) getAvatarImageByOwner(c *call) (any, error) {
	kind := c.param("type")
	chosen, _, err := c.avatarOwner(kind, c.param("entityId"))
	if err != nil {
		return nil, err
	}
	if chosen == 0 {
		chosen = systemAvatars[kind][0]
	}
	return c.avatarPicture(kind, chosen)
}

// secureAvatar answers at the addresses that pages have for pictures.
func (j *Jira) secureAvatar(kind string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		kind, n := kind, number(c.q("avatarId"))
		if kind == "" {
			kind = c.q("avatarType")
		}
		owner := c.q("ownerId") + c.q("pid")
		size, ok := sizes[c.q("size")]
		if !ok {
			size = sizes[""]
		}
		if kind == "user" && n == 0 {
			return drawn("user "+owner, c.q("format"), size), nil
		}
		if p, ok := c.project(owner); kind == "project" && n == 0 && ok {
			n = p.Avatar
		}
		return c.avatarPicture(kind, n)
	}
}

// imagesIcons answers with the small pictures that pages and answers link to.
func (j *Jira) imagesIcons(c *call) (any, error) {
	name := c.param("*")
	ext := path.Ext(name)
	if !slices.Contains([]string{".svg", ".png", ".gif"}, ext) {
		return nil, notFound("The icon '%s' does not exist.", name)
	}
	if b, ok := priorityIcon(strings.TrimSuffix(path.Base(name), ext)); ok && strings.HasPrefix(name, "priorities/") && ext == ".svg" {
		return answer{body: b, kind: "image/svg+xml;charset=UTF-8"}, nil
	}
	if ext == ".svg" {
		return drawn(strings.TrimSuffix(name, ext), "svg", 16), nil
	}
	return drawn(strings.TrimSuffix(name, ext), "png", 16), nil
}

// getAllProjectAvatars returns the pictures that a project can have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-avatars/#api-rest-api-3-project-projectidorkey-avatars-get
func (j *Jira) getAllProjectAvatars(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.avatarsShown("project", id(p.ID), p.Avatar), nil
}

// createProjectAvatar keeps a picture for a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-avatars/#api-rest-api-3-project-projectidorkey-avatar2-post
func (j *Jira) createProjectAvatar(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.keepAvatar("project", id(p.ID))
}

// updateProjectAvatar chooses the picture of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-avatars/#api-rest-api-3-project-projectidorkey-avatar-put
func (j *Jira) updateProjectAvatar(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	n := number(object(c.body)["id"])
	if !c.avatarFor("project", id(p.ID), n) {
		return nil, notFound("The avatar with id '%s' does not exist.", plainWords(object(c.body)["id"]))
	}
	p.Avatar = n
	j.projects.Put(c.Tx, p)
	c.audited("Project avatar changed", "projects", projectItem(p))
	return nil, nil
}

// deleteProjectAvatar deletes a picture of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-avatars/#api-rest-api-3-project-projectidorkey-avatar-id-delete
func (j *Jira) deleteProjectAvatar(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return nil, c.dropAvatar("project", id(p.ID))
}
