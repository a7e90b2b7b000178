package slack

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

// slackbotMethods are the slackbot.skills.* methods and their counterparts for admins.
//
// https://docs.slack.dev/reference/methods?family=slackbot.skills
func (s *Slack) slackbotMethods() {
	write(s, "slackbot.skills.create", about{twin.Full, tier2, "-", "skills:write"}, s.slackbotSkillsCreate)
	write(s, "slackbot.skills.update", about{twin.Full, tier2, "-", "skills:write"}, s.slackbotSkillsUpdate)
	write(s, "slackbot.skills.delete", about{twin.Full, tier2, "-", "skills:write"}, s.slackbotSkillsDelete)
	read(s, "slackbot.skills.info", about{twin.Full, tier3, "-", "skills:read"}, s.slackbotSkillsInfo)
	read(s, "slackbot.skills.list", about{twin.Full, tier2, "-", "skills:read"}, s.slackbotSkillsList)
	write(s, "slackbot.skills.library.add", about{twin.Full, tier2, "-", "skills:write"}, s.slackbotSkillsLibraryAdd)
	write(s, "slackbot.skills.library.remove", about{twin.Full, tier2, "-", "skills:write"}, s.slackbotSkillsLibraryRemove)
	read(s, "admin.slackbot.skills.list", about{twin.Full, tier2, "-", "admin.skills:read"}, s.adminSlackbotSkillsList)
	write(s, "admin.slackbot.skills.publish", about{twin.Full, tier2, "-", "admin.skills:write"}, s.adminSlackbotSkillsPublish)
	write(s, "admin.slackbot.skills.unpublish", about{twin.Full, tier2, "-", "admin.skills:write"}, s.adminSlackbotSkillsUnpublish)
	write(s, "admin.slackbot.skills.setAutoEnabled", about{twin.Full, tier2, "-", "admin.skills:write"}, s.adminSlackbotSkillsSetAutoEnabled)
}

// A Skill is something that Slackbot knows how to do: a canvas with instructions, which has the skill's id and access.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.create
type Skill struct {
	ID          string        `json:"id"`
	Team        string        `json:"team"`
	Creator     string        `json:"creator"`
	Name        string        `json:"name"`
	Description string        `json:"description"` // the name as it is shown
	Category    string        `json:"category"`
	Prompt      string        `json:"prompt"`
	Servers     []SkillServer `json:"servers"`
	Shared      bool          `json:"shared"` // with the organisation, not with those alone who have access to the canvas
	Published   bool          `json:"published"`
	Audience    string        `json:"audience"` // whom it is on for without their doing: everyone, named_entities or no_one
	Groups      []string      `json:"groups"`   // of named_entities
	Created     int64         `json:"created"`
	Updated     int64         `json:"updated"`
}

// A SkillServer is an app that a skill needs.
type SkillServer struct {
	App    string `json:"app_id"`
	Server string `json:"server_id"`
}

// A SkillChoice is somebody having turned a skill on or off.
type SkillChoice struct {
	User  string `json:"user"`
	Skill string `json:"skill"`
	On    bool   `json:"on"`
}

var skillCategories = []string{"communication", "customer_support", "data_and_analytics", "engineering", "other", "product_management", "productivity",
	"professional_development", "project_management", "sales", "system", "team_management"}

// builtinSkills are those that Slack ships.
var builtinSkills = []Skill{
	{ID: "builtin:catch-up", Name: "Catch up", Description: "What happened while somebody was away", Category: "productivity", Published: true, Shared: true},
	{ID: "builtin:draft-reply", Name: "Draft a reply", Description: "A first version of an answer", Category: "communication", Published: true, Shared: true},
}

// Whether somebody may see a skill or change it.
const (
	accessNone  = ""
	accessRead  = "read"
	accessWrite = "write"
)

func (c *call) skillAccess(sk Skill) string {
	f, err := c.canvas(sk.ID)
	switch {
	case err == nil && c.writes(f):
		return accessWrite
	case err == nil, sk.Shared:
		return accessRead
	}
	return accessNone
}

// skill finds a skill that the caller may see.
func (c *call) skill(id string) (Skill, error) {
	if i := slices.IndexFunc(builtinSkills, func(sk Skill) bool { return sk.ID == id }); i >= 0 {
		return builtinSkills[i], nil
	}
	sk, ok := c.s.skills.Get(c.Tx, id)
	if f, _ := c.s.files.Get(c.Tx, id); !ok || f.Deleted || c.skillAccess(sk) == accessNone {
		return sk, errSkillNotFound
	}
	return sk, nil
}

// ownSkill finds a skill that the caller may change.
func (c *call) ownSkill(id string) (Skill, error) {
	sk, err := c.skill(id)
	switch {
	case err != nil:
		return sk, err
	case strings.HasPrefix(id, "builtin:"):
		return sk, errUnsupportedSkillType
	case c.skillAccess(sk) != accessWrite:
		return sk, errRestrictedAction
	}
	return sk, nil
}

// skillOn reports whether a skill is on for a user: by choice, or because it is on for everyone or for a group of theirs.
func (c *call) skillOn(sk Skill, user string) bool {
	if ch, ok := c.s.skillChoices.Get(c.Tx, user+"/"+sk.ID); ok {
		return ch.On
	}
	if sk.Audience == "everyone" {
		return true
	}
	for _, id := range sk.Groups {
		if g, ok := c.s.usergroups.Get(c.Tx, id); ok && g.Deleted == 0 && slices.Contains(g.Users, user) {
			return true
		}
	}
	return false
}

func (c *call) skillView(sk Skill, instructions bool) reply {
	v := reply{"id": sk.ID, "type": "canvas", "display_name": sk.Name, "name": nil, "description": sk.Description, "category": sk.Category, "example_prompt": sk.Prompt,
		"instructions": nil, "visibility": visibility(sk), "is_official": sk.Published, "access": c.skillAccess(sk), "usage_count": 0, "library_count": c.libraries(sk),
		"creator_id": sk.Creator, "date_created": sk.Created, "date_updated": nil, "permalink": c.base + "/docs/" + sk.Team + "/" + sk.ID}
	if name, ok := strings.CutPrefix(sk.ID, "builtin:"); ok {
		v["type"], v["name"], v["permalink"], v["instructions"] = "builtin", name, "", sk.Description
	}
	if f, ok := c.s.files.Get(c.Tx, sk.ID); ok && instructions {
		v["instructions"] = markdown(f.Sections)
	}
	if sk.Updated != 0 {
		v["date_updated"] = sk.Updated
	}
	servers := []reply{}
	for _, x := range sk.Servers {
		app, _ := c.s.apps.Get(c.Tx, x.App)
		servers = append(servers, reply{"service_type": "app", "app_id": x.App, "server_id": x.Server, "display_name": app.Name, "is_available": c.s.installs.Has(c.Tx, x.App+"/"+c.token.Team)})
	}
	v["mcp_servers"] = servers
	return v
}

func visibility(sk Skill) string {
	if sk.Shared {
		return "organization"
	}
	return "invite_only"
}

// libraries counts who has turned a skill on.
func (c *call) libraries(sk Skill) (n int) {
	for ch := range c.s.skillChoices.All(c.Tx, "") {
		if ch.Skill == sk.ID && ch.On {
			n++
		}
	}
	return n
}

type slackbotSkillRequest struct {
	SkillID      string          `json:"skill_id"`
	DisplayName  string          `json:"display_name"`
	Instructions string          `json:"instructions"`
	CanvasID     string          `json:"canvas_id"`
	Description  string          `json:"description"`
	Category     string          `json:"category"`
	Prompt       string          `json:"example_prompt"`
	Servers      json.RawMessage `json:"mcp_servers"`
}

// setSkill returns sk with what the caller has given; only what is given changes.
func (c *call) setSkill(sk Skill, in *slackbotSkillRequest) (Skill, error) {
	for _, f := range []struct {
		arg, value string
		to         *string
		most       int
	}{
		{"display_name", in.DisplayName, &sk.Name, 255},
		{"description", in.Description, &sk.Description, 400}, {"example_prompt", in.Prompt, &sk.Prompt, 200}, {"category", in.Category, &sk.Category, 255},
	} {
		if !c.args.given(f.arg) {
			continue
		}
		if utf8.RuneCountInString(f.value) > f.most {
			return sk, invalid("[ERROR] must be less than " + strconv.Itoa(f.most+1) + " characters [json-pointer:/" + f.arg + "]")
		}
		*f.to = f.value
	}
	if sk.Category != "" && !slices.Contains(skillCategories, sk.Category) {
		return sk, invalid("[ERROR] invalid category [json-pointer:/category]")
	}
	if strings.TrimSpace(sk.Name) == "" {
		return sk, missing("display_name")
	}
	if len(in.Instructions) > 500_000 {
		return sk, invalid("[ERROR] must be less than 500001 bytes [json-pointer:/instructions]")
	}
	if len(in.Servers) == 0 {
		return sk, nil
	}
	sk.Servers = nil
	var bad []SkillServer
	if json.Unmarshal(in.Servers, &sk.Servers) != nil {
		return sk, invalid("[ERROR] must be an array [json-pointer:/mcp_servers]")
	}
	for _, x := range sk.Servers {
		if !c.s.apps.Has(c.Tx, x.App) {
			bad = append(bad, x)
		}
	}
	if bad != nil {
		return sk, Error("mcp_server_not_found").with(reply{"invalid_mcp_servers": bad})
	}
	return sk, nil
}

// slackbotSkillsCreate makes a skill of instructions, or of a canvas; it is on for whoever makes it.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.create
func (s *Slack) slackbotSkillsCreate(c *call, in *slackbotSkillRequest) (any, error) {
	if c.user.Restricted || c.user.UltraRestricted {
		return nil, errRestrictedAction
	}
	if (in.Instructions == "") == (in.CanvasID == "") {
		return nil, invalid("[ERROR] exactly one of instructions and canvas_id is required")
	}
	sk, err := c.setSkill(Skill{ID: in.CanvasID, Team: c.token.Team, Creator: c.user.ID, Audience: "no_one", Created: c.Now.Unix()}, in)
	if err != nil {
		return nil, err
	}
	if sk.ID == "" {
		sk.ID = c.addCanvas(File{Name: sk.Name, Title: sk.Name, Sections: c.sections(in.Instructions)}).ID
	} else if f, err := c.canvas(sk.ID); err != nil || f.User != c.user.ID || s.skills.Has(c.Tx, f.ID) {
		return nil, errCanvasNotFound
	}
	s.skills.Put(c.Tx, sk)
	s.skillChoices.Put(c.Tx, SkillChoice{User: c.user.ID, Skill: sk.ID, On: true})
	return reply{"skill": c.skillView(sk, false)}, nil
}

// slackbotSkillsUpdate changes what is given of a skill.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.update
func (s *Slack) slackbotSkillsUpdate(c *call, in *slackbotSkillRequest) (any, error) {
	sk, err := c.ownSkill(in.SkillID)
	if err != nil {
		return nil, err
	}
	if sk, err = c.setSkill(sk, in); err != nil {
		return nil, err
	}
	if f, err := c.canvas(sk.ID); err == nil && c.args.given("instructions") {
		c.rewriteCanvas(f, in.Instructions)
	}
	sk.Updated = c.Now.Unix()
	s.skills.Put(c.Tx, sk)
	return reply{"skill": c.skillView(sk, false)}, nil
}

// slackbotSkillsDelete deletes a skill; nobody has it any more.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.delete
func (s *Slack) slackbotSkillsDelete(c *call, in *slackbotSkillRequest) (any, error) {
	sk, err := c.ownSkill(in.SkillID)
	if err != nil {
		return nil, err
	}
	if f, err := c.canvas(sk.ID); err == nil {
		c.deleteFile(f)
	}
	s.skills.Delete(c.Tx, sk.ID)
	for ch := range s.skillChoices.All(c.Tx, "") {
		if ch.Skill == sk.ID {
			s.skillChoices.Delete(c.Tx, ch.User+"/"+ch.Skill)
		}
	}
	return nil, nil
}

// slackbotSkillsInfo returns a skill with its instructions.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.info
func (s *Slack) slackbotSkillsInfo(c *call, in *slackbotSkillRequest) (any, error) {
	sk, err := c.skill(in.SkillID)
	if err != nil {
		return nil, err
	}
	return reply{"skill": c.skillView(sk, true)}, nil
}

type slackbotSkillsListRequest struct {
	Filter   string `json:"filter"`
	Category string `json:"category"`
	Cursor   string `json:"cursor"`
	Limit    int64  `json:"limit"`
}

// slackbotSkillsList returns the skills that are on for the caller, those the caller made, or the organisation's catalog.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.list
func (s *Slack) slackbotSkillsList(c *call, in *slackbotSkillsListRequest) (any, error) {
	filter := or(in.Filter, "library")
	if !slices.Contains([]string{"library", "owned", "catalog"}, filter) {
		return nil, invalid("[ERROR] invalid filter [json-pointer:/filter]")
	}
	found := []Skill{}
	for _, sk := range append(slices.Clone(builtinSkills), slices.Collect(s.skills.All(c.Tx, ""))...) {
		in := in.Category == "" || sk.Category == in.Category
		switch {
		case !in || c.skillAccess(sk) == accessNone:
		case filter == "library" && c.skillOn(sk, c.user.ID), filter == "owned" && sk.Creator == c.user.ID, filter == "catalog" && sk.Published:
			found = append(found, sk)
		}
	}
	cut, next, err := page(found, "skill", in.Cursor, limit(in.Limit, 100, 200), func(sk Skill) string { return sk.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, sk := range cut {
		list = append(list, c.skillView(sk, false))
	}
	return reply{"skills": list, "response_metadata": reply{"next_cursor": next}}, nil
}

// slackbotSkillsLibraryAdd turns a skill on for the caller.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.library.add
func (s *Slack) slackbotSkillsLibraryAdd(c *call, in *slackbotSkillRequest) (any, error) {
	sk, err := c.skill(in.SkillID)
	if err != nil {
		return nil, err
	}
	s.skillChoices.Put(c.Tx, SkillChoice{User: c.user.ID, Skill: sk.ID, On: true})
	return nil, nil
}

// slackbotSkillsLibraryRemove turns a skill off for the caller.
//
// https://docs.slack.dev/reference/methods/slackbot.skills.library.remove
func (s *Slack) slackbotSkillsLibraryRemove(c *call, in *slackbotSkillRequest) (any, error) {
	sk, err := c.skill(in.SkillID)
	if err != nil {
		return nil, err
	}
	s.skillChoices.Put(c.Tx, SkillChoice{User: c.user.ID, Skill: sk.ID, On: false})
	return nil, nil
}

// skillsAdmin refuses who may not manage the organisation's skills.
func (c *call) skillsAdmin() error {
	if t, _ := c.s.teams.Get(c.Tx, c.token.Team); t.Enterprise == "" && !t.Org {
		return errNotAnEnterprise
	}
	if !c.user.Owner {
		return errNotAllowed
	}
	return nil
}

type adminSlackbotSkillsListRequest struct {
	Category string   `json:"category"`
	Creators []string `json:"creator_ids"`
	Publish  string   `json:"publish_status"`
	Auto     string   `json:"auto_enabled_status"`
	Sort     string   `json:"sort"`
	SortDir  string   `json:"sort_dir"`
	Cursor   string   `json:"cursor"`
	Limit    int64    `json:"limit"`
}

// adminSlackbotSkillsList returns all skills that people of the organisation have made, whoever may see them.
//
// https://docs.slack.dev/reference/methods/admin.slackbot.skills.list
func (s *Slack) adminSlackbotSkillsList(c *call, in *adminSlackbotSkillsListRequest) (any, error) {
	if err := c.skillsAdmin(); err != nil {
		return nil, err
	}
	if !among(in.Publish, "", "all", "published", "unpublished") || !among(in.Auto, "", "all", "enabled", "disabled") ||
		!among(in.Sort, "", "name", "usage_count", "date_updated") || !among(in.SortDir, "", "asc", "desc") || in.Limit < 0 || in.Limit > 200 || len(in.Creators) > 100 {
		return nil, errInvalidArguments
	}
	found := []Skill{}
	for sk := range s.skills.All(c.Tx, "") {
		on := sk.Audience != "no_one"
		if (in.Category == "" || sk.Category == in.Category) && (len(in.Creators) == 0 || slices.Contains(in.Creators, sk.Creator)) &&
			(among(in.Publish, "", "all") || sk.Published == (in.Publish == "published")) && (among(in.Auto, "", "all") || on == (in.Auto == "enabled")) {
			found = append(found, sk)
		}
	}
	slices.SortFunc(found, func(a, b Skill) int {
		by := cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		switch in.Sort {
		case "usage_count":
			by = 0
		case "date_updated":
			by = cmp.Compare(max(a.Updated, a.Created), max(b.Updated, b.Created))
		}
		by = cmp.Or(by, cmp.Compare(a.ID, b.ID))
		if in.SortDir == "desc" {
			return -by
		}
		return by
	})
	cut, next, err := page(found, "skill", in.Cursor, limit(in.Limit, 100, 200), func(sk Skill) string { return sk.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, sk := range cut {
		v := c.skillView(sk, false)
		for _, key := range []string{"type", "name", "example_prompt", "instructions", "access", "mcp_servers", "permalink"} {
			delete(v, key)
		}
		v["auto_enabled"] = reply{"permission_type": sk.Audience, "usergroup_ids": ids(sk.Groups)}
		list = append(list, v)
	}
	return reply{"skills": list, "response_metadata": reply{"next_cursor": next}}, nil
}

// among reports whether s is one of the others.
func among(s string, others ...string) bool { return slices.Contains(others, s) }

type adminSlackbotSkillsRequest struct {
	SkillIDs []string `json:"skill_ids"`
}

// adminSlackbotSkillsPublish puts skills into the organisation's catalog, which shares them with everyone in it.
//
// https://docs.slack.dev/reference/methods/admin.slackbot.skills.publish
func (s *Slack) adminSlackbotSkillsPublish(c *call, in *adminSlackbotSkillsRequest) (any, error) {
	return c.eachSkill(in.SkillIDs, func(sk *Skill) { sk.Published, sk.Shared = true, true })
}

// adminSlackbotSkillsUnpublish takes skills out of the organisation's catalog; whoever may see them still may.
//
// https://docs.slack.dev/reference/methods/admin.slackbot.skills.unpublish
func (s *Slack) adminSlackbotSkillsUnpublish(c *call, in *adminSlackbotSkillsRequest) (any, error) {
	return c.eachSkill(in.SkillIDs, func(sk *Skill) { sk.Published = false })
}

// eachSkill changes up to fifty skills. Those that cannot be changed do not keep the others from it.
func (c *call) eachSkill(skills []string, change func(*Skill)) (any, error) {
	if err := c.skillsAdmin(); err != nil {
		return nil, err
	}
	if len(skills) == 0 || len(skills) > 50 {
		return nil, errInvalidArguments
	}
	failed := []reply{}
	for i, id := range skills {
		sk, ok := c.s.skills.Get(c.Tx, id)
		switch {
		case slices.Index(skills, id) < i:
		case strings.HasPrefix(id, "builtin:"):
			failed = append(failed, reply{"skill_id": id, "error": errUnsupportedSkillType})
		case !ok:
			failed = append(failed, reply{"skill_id": id, "error": errSkillNotFound})
		default:
			change(&sk)
			c.s.skills.Put(c.Tx, sk)
		}
	}
	if len(failed) > 0 {
		return nil, twin.Keep(Error("failed_for_some_skills").with(reply{"failed_skills": failed}))
	}
	return nil, nil
}

type adminSlackbotSkillsSetAutoEnabledRequest struct {
	SkillID    string   `json:"skill_id"`
	Permission string   `json:"permission_type"`
	Usergroups []string `json:"usergroup_ids"`
}

// adminSlackbotSkillsSetAutoEnabled turns a skill on for everyone, for user groups or for nobody.
//
// https://docs.slack.dev/reference/methods/admin.slackbot.skills.setAutoEnabled
func (s *Slack) adminSlackbotSkillsSetAutoEnabled(c *call, in *adminSlackbotSkillsSetAutoEnabledRequest) (any, error) {
	if err := c.skillsAdmin(); err != nil {
		return nil, err
	}
	sk, ok := s.skills.Get(c.Tx, in.SkillID)
	switch {
	case strings.HasPrefix(in.SkillID, "builtin:"):
		return nil, errUnsupportedSkillType
	case !ok:
		return nil, errSkillNotFound
	case !among(in.Permission, "everyone", "named_entities", "no_one"), (in.Permission == "named_entities") != (len(in.Usergroups) > 0), len(in.Usergroups) > 100:
		return nil, errInvalidArguments
	}
	groups, unknown := []string{}, []string{}
	for _, id := range in.Usergroups {
		if g, ok := s.usergroups.Get(c.Tx, id); !ok || g.Deleted != 0 {
			unknown = append(unknown, id)
		}
		groups = append(groups, id)
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	switch {
	case len(unknown) > 0:
		return nil, Error("usergroup_not_found").with(reply{"invalid_usergroup_ids": unknown})
	case !sk.Shared && in.Permission != "no_one":
		return nil, Error("skill_not_visible_to_audience").with(reply{"usergroup_ids": groups})
	}
	sk.Audience, sk.Groups = in.Permission, groups
	s.skills.Put(c.Tx, sk)
	return reply{"skill_id": sk.ID, "permission_type": sk.Audience, "usergroup_ids": groups}, nil
}
