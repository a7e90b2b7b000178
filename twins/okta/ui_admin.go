package okta

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/store"
)

// overviewScreen is what the org has, and what has happened last.
func (o *Okta) overviewScreen(c *call) (obj, error) {
	org, _ := o.orgs.Get(c.Tx, "org")
	statuses := map[string]int{}
	people := 0
	for u := range o.users.All(c.Tx, "") {
		statuses[u.Status]++
		people++
	}
	log, err := c.list(o.listLogEvents, url.Values{"sortOrder": {"DESCENDING"}, "limit": {"10"}})
	groups := slices.Collect(o.groups.All(c.Tx, ""))
	return obj{"Org": org, "URL": c.base, "Statuses": statuses, "People": people, "Groups": len(groups), "Apps": len(c.allApps()), "Log": log.items}, err
}

// userStatuses are those that people are sought by.
var userStatuses = []string{statusActive, statusStaged, statusProvisioned, statusRecovery, statusExpired, statusLocked, statusSuspended, statusDeprovisioned}

// peopleScreen finds people, by the beginning of a name or mail address and by status.
func (o *Okta) peopleScreen(c *call) (obj, error) {
	q, status := c.query.Get("q"), c.query.Get("status")
	ask := url.Values{"limit": {"200"}, "after": {c.query.Get("after")}}
	if q != "" {
		ask.Set("q", q)
	}
	if slices.Contains(userStatuses, status) {
		ask.Set("filter", `status eq "`+status+`"`)
	}
	p, err := c.list(o.listUsers, ask)
	next := ""
	if p.after != "" {
		next = c.root() + "/admin/users?" + url.Values{"q": {q}, "status": {status}, "after": {p.after}}.Encode()
	}
	return obj{"Q": q, "Status": status, "Statuses": userStatuses, "People": p.items, "Next": next}, err
}

// lifecycle is what may be done to somebody in each status.
var lifecycle = map[string][][2]string{
	statusStaged:        {{"activateUser", "Activate"}, {"deactivateUser", "Deactivate"}},
	statusProvisioned:   {{"reactivateUser", "Resend activation"}, {"resetPassword", "Reset password"}, {"deactivateUser", "Deactivate"}},
	statusActive:        {{"resetPassword", "Reset password"}, {"temporaryPassword", "Temporary password"}, {"suspendUser", "Suspend"}, {"deactivateUser", "Deactivate"}},
	statusRecovery:      {{"resetPassword", "Reset password"}, {"deactivateUser", "Deactivate"}},
	statusExpired:       {{"resetPassword", "Reset password"}, {"temporaryPassword", "Temporary password"}, {"deactivateUser", "Deactivate"}},
	statusLocked:        {{"unlockUser", "Unlock"}, {"resetPassword", "Reset password"}, {"deactivateUser", "Deactivate"}},
	statusSuspended:     {{"unsuspendUser", "Unsuspend"}, {"deactivateUser", "Deactivate"}},
	statusDeprovisioned: {{"activateUser", "Activate"}, {"deleteUser", "Delete"}},
}

// personScreen is one person: who they are, what they have, and what can be done to them.
func (o *Okta) personScreen(c *call) (obj, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	roles, err := c.list(adminUsers.list, url.Values{})
	if err != nil {
		return nil, err
	}
	in := slices.Collect(c.groupsOf(u))
	var factors []obj
	for _, f := range c.factorsOf(u) {
		factors = append(factors, c.factor(f))
	}
	v := obj{"ID": u.ID, "Name": u.display(), "Status": u.Status, "User": c.person(u), "Groups": c.groupRows(in), "Apps": slices.Collect(c.appsIn(u.ID)), "Factors": factors, "Roles": roles.items, "Lifecycle": lifecycle[u.Status]}
	var profile [][2]string
	for _, k := range slices.Sorted(maps.Keys(u.Profile)) {
		if s := strings.Join(inText(u.Profile[k]), ", "); s != "" {
			profile = append(profile, [2]string{k, s})
		}
	}
	v["Profile"] = profile
	var others []Group
	for _, g := range c.allGroups() {
		if g.Type == "OKTA_GROUP" && !o.members.Has(c.Tx, g.ID+"/"+u.ID) {
			others = append(others, g)
		}
	}
	v["Others"] = c.groupRows(others)
	return v, nil
}

func (c *call) allGroups() []Group {
	return inOrder(slices.Collect(c.o.groups.All(c.Tx, "")), func(g Group) int64 { return g.Order }, func(g Group) string { return g.ID })
}

// groupRows are groups as lists of them show them.
func (c *call) groupRows(groups []Group) []obj {
	rows := make([]obj, len(groups))
	for i, g := range groups {
		rows[i] = obj{"ID": g.ID, "Name": g.name(), "Type": g.Type, "Own": g.Type == "OKTA_GROUP", "Description": g.Profile["description"], "Stats": c.groupStats(g)}
	}
	return rows
}

func (o *Okta) groupsScreen(c *call) (obj, error) {
	q := c.query.Get("q")
	var found []Group
	for _, g := range c.allGroups() {
		if strings.Contains(strings.ToLower(g.name()), strings.ToLower(q)) {
			found = append(found, g)
		}
	}
	return obj{"Q": q, "Groups": c.groupRows(found)}, nil
}

// choices are the people that can be chosen, but for some.
func (c *call) choices(without map[string]bool) (rows []obj) {
	for u := range c.o.usersInOrder.Range(c.Tx, store.Range{}) {
		if !without[u.ID] && u.Status != statusDeprovisioned && len(rows) < 500 {
			rows = append(rows, obj{"ID": u.ID, "Name": u.display(), "Login": u.login()})
		}
	}
	return rows
}

func (o *Okta) groupScreen(c *call) (obj, error) {
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	p, err := c.list(o.listGroupUsers, url.Values{})
	in := map[string]bool{}
	for m := range o.members.All(c.Tx, g.ID+"/") {
		in[m.User] = true
	}
	return obj{"Group": c.groupRows([]Group{g})[0], "ID": g.ID, "Members": p.items, "Others": c.choices(in), "Apps": c.appsOfGroup(g)}, err
}

func (o *Okta) appsScreen(c *call) (obj, error) {
	q := c.query.Get("q")
	var found []obj
	for _, a := range c.allApps() {
		if strings.Contains(strings.ToLower(a.Label), strings.ToLower(q)) {
			found = append(found, obj{"ID": a.ID, "Name": a.Name, "Label": a.Label, "Status": a.Status, "Mode": a.SignOnMode, "Users": len(c.appUsersOf(a)), "Groups": len(c.appGroupsOf(a))})
		}
	}
	return obj{"Q": q, "Apps": found}, nil
}

// appScreen is one app: how it signs people in, with what secrets, and who has it.
func (o *Okta) appScreen(c *call) (obj, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	if a.Name != c.param("appName") {
		return nil, notFound(a.ID, "AppInstance")
	}
	v := obj{"App": a, "View": c.app(a), "Opens": a.opens()}
	if a.SignOnMode == modeSAML20 {
		v["SSO"] = c.link("/app/" + a.Name + "/" + a.Key + "/sso/saml")
	}
	var secrets []obj
	for r := range c.all(appSecretKind, a.ID) {
		secrets = append(secrets, obj{"Status": r.Status, "Secret": c.World.Reveal(text(r.Doc["client_secret"]))})
	}
	has := map[string]bool{}
	var people, groups []obj
	for _, au := range c.appUsersOf(a) {
		u, _ := o.users.Get(c.Tx, au.User)
		g, _ := o.groups.Get(c.Tx, au.Group)
		people = append(people, obj{"ID": u.ID, "Name": u.display(), "Login": c.userNameAt(a, u), "Scope": au.Scope, "Through": g.name()})
		has[u.ID] = au.Scope == "USER"
	}
	var given, others []Group
	for _, g := range c.allGroups() {
		if o.appGroups.Has(c.Tx, a.ID+"/"+g.ID) {
			given = append(given, g)
		} else {
			others = append(others, g)
		}
	}
	groups = c.groupRows(given)
	v["Secrets"], v["People"], v["Groups"], v["OtherPeople"], v["OtherGroups"] = secrets, people, groups, c.choices(has), c.groupRows(others)
	return v, nil
}

// policyTitles are what the console calls the types of policies, in its order.
var policyTitles = [][2]string{{"OKTA_SIGN_ON", "Global session policies"}, {"ACCESS_POLICY", "App sign-in policies"}, {"PASSWORD", "Password policies"}, {"MFA_ENROLL", "Authenticator enrollment"},
	{"IDP_DISCOVERY", "Identity provider routing"}, {"PROFILE_ENROLLMENT", "User profile policies"}, {"POST_AUTH_SESSION", "Session protection"}, {"ENTITY_RISK", "Entity risk policy"}, {"SESSION_VIOLATION_DETECTION", "Session violation detection"}, {"DEVICE_SIGNAL_COLLECTION", "Device signal collection"}}

// policiesScreen is every policy of the org with its rules, in the order in which they are asked.
func (o *Okta) policiesScreen(c *call) (obj, error) {
	var types []obj
	for _, t := range policyTitles {
		var policies []obj
		for _, p := range c.policies("", t[0]) {
			policies = append(policies, obj{"Policy": p, "Rules": c.rules(p.ID)})
		}
		types = append(types, obj{"Type": t[0], "Title": t[1], "Policies": policies})
	}
	return obj{"Types": types}, nil
}

// logScreen is the log, the newest first. What is typed into its box is a filter if it reads as one, and words if not.
func (o *Okta) logScreen(c *call) (obj, error) {
	search := strings.TrimSpace(c.query.Get("search"))
	ask := url.Values{"sortOrder": {"DESCENDING"}, "after": {c.query.Get("after")}}
	if _, ok := parseFilter(search); ok {
		ask.Set("filter", search)
	} else {
		ask.Set("q", search)
	}
	p, err := c.list(o.listLogEvents, ask)
	next := ""
	if p.after != "" {
		next = c.root() + "/report/system_log_2?" + url.Values{"search": {search}, "after": {p.after}}.Encode()
	}
	return obj{"Search": search, "Log": p.items, "Next": next}, err
}

// adminDeeds are what administrators do on the pages.
func (o *Okta) adminDeeds() map[string]deed {
	to := func(path string) func(any) string { return func(any) string { return path } }
	return map[string]deed{
		"createUser": {serve: o.createUser, said: saying("The person is created."), body: newPerson, to: func(out any) string { return "/admin/user/profile/view/" + text(object(out)["id"]) }},
		"updateUser": {serve: o.updateUser, said: saying("The profile is saved."), body: func(f url.Values) obj {
			return obj{"profile": obj{"firstName": f.Get("firstName"), "lastName": f.Get("lastName"), "email": f.Get("email"), "login": f.Get("login")}}
		}},
		"activateUser":   {serve: o.activateUser, said: saying("Activated. The mail with the link is in the outbox.")},
		"reactivateUser": {serve: o.reactivateUser, query: url.Values{"sendEmail": {"true"}}, said: saying("The mail with the link is in the outbox.")},
		"deactivateUser": {serve: o.deactivateUser, said: saying("Deactivated.")},
		"suspendUser":    {serve: o.suspendUser, said: saying("Suspended.")},
		"unsuspendUser":  {serve: o.unsuspendUser, said: saying("Unsuspended.")},
		"unlockUser":     {serve: o.unlockUser, said: saying("Unlocked.")},
		"resetPassword":  {serve: o.resetPassword, said: saying("The password is reset. The mail with the link is in the outbox.")},
		"temporaryPassword": {serve: o.expirePasswordWithTempPassword, said: func(out any) string {
			return "The temporary password is " + text(object(out)["tempPassword"])
		}},
		"deleteUser":     {serve: o.deleteUser, said: saying("The person is deleted."), to: to("/admin/users")},
		"unenrollFactor": {serve: o.unenrollFactor, said: saying("The factor is removed.")},
		"resetFactors":   {serve: o.resetFactors, said: saying("All factors are removed.")},
		"assignRole":     {serve: adminUsers.assign, said: saying("The role is assigned."), body: func(f url.Values) obj { return obj{"type": f.Get("type")} }},
		"unassignRole":   {serve: adminUsers.remove, said: saying("The role is taken away.")},

		"addGroup": {serve: o.addGroup, said: saying("The group is created."), to: func(out any) string { return "/admin/group/" + text(object(out)["id"]) }, body: func(f url.Values) obj {
			return obj{"profile": obj{"name": f.Get("name"), "description": f.Get("description")}}
		}},
		"deleteGroup":           {serve: o.deleteGroup, said: saying("The group is deleted."), to: to("/admin/groups")},
		"assignUserToGroup":     {serve: o.assignUserToGroup, said: saying("Added to the group.")},
		"unassignUserFromGroup": {serve: o.unassignUserFromGroup, said: saying("Removed from the group.")},

		"activateApplication":          {serve: o.activateApplication, said: saying("The app is active.")},
		"deactivateApplication":        {serve: o.deactivateApplication, said: saying("The app is inactive.")},
		"assignUserToApplication":      {serve: o.assignUserToApplication, said: saying("The app is assigned."), body: func(f url.Values) obj { return obj{"id": f.Get("userId"), "scope": "USER"} }},
		"unassignUserFromApplication":  {serve: o.unassignUserFromApplication, said: saying("The app is taken away.")},
		"assignGroupToApplication":     {serve: o.assignGroupToApplication, said: saying("The app is assigned to the group."), body: func(url.Values) obj { return obj{} }},
		"unassignApplicationFromGroup": {serve: o.unassignApplicationFromGroup, said: saying("The app is taken away from the group.")},
		"activatePolicy":               {serve: o.activatePolicy, said: saying("The policy is active.")},
		"deactivatePolicy":             {serve: o.deactivatePolicy, said: saying("The policy is inactive.")},
		"activatePolicyRule":           {serve: o.activatePolicyRule, said: saying("The rule is active.")},
		"deactivatePolicyRule":         {serve: o.deactivatePolicyRule, said: saying("The rule is inactive.")},
	}
}

// newPerson is what the form for a new person sends. Who is given a password can sign in at once.
func newPerson(f url.Values) obj {
	login := f.Get("login")
	if login == "" {
		login = f.Get("email")
	}
	v := obj{"profile": obj{"firstName": f.Get("firstName"), "lastName": f.Get("lastName"), "email": f.Get("email"), "login": login}}
	if p := f.Get("password"); p != "" {
		v["credentials"] = obj{"password": obj{"value": p}}
	}
	return v
}
