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
	seen := c.seen(u)
	for _, k := range slices.Sorted(maps.Keys(seen)) {
		if s := strings.Join(inText(seen[k]), ", "); s != "" {
			profile = append(profile, [2]string{k, s})
		}
	}
	v["Profile"], v["Inputs"] = profile, inputs(c.personFields(u.Type), obj{"profile": c.seen(u)})
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
	var others []App
	for _, a := range c.allApps() {
		if !a.System && !o.appGroups.Has(c.Tx, a.ID+"/"+g.ID) {
			others = append(others, a)
		}
	}
	return obj{"Group": c.groupRows([]Group{g})[0], "ID": g.ID, "Members": p.items, "Others": c.choices(in), "Apps": c.appsOfGroup(g), "OtherApps": others, "Inputs": inputs(groupFields, obj{"profile": g.Profile})}, err
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
		secrets = append(secrets, obj{"ID": r.ID, "Status": r.Status, "Secret": c.World.Reveal(text(r.Doc["client_secret"])), "Created": stamp(r.Created)})
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
	if sort, ok := a.sort(); ok {
		v["Inputs"] = inputs(sort.fields, c.app(a))
	}
	if p, err := c.fetch(policyKind, "", a.Policy); err == nil {
		v["Policy"] = p
	}
	v["Policies"], v["Provisioning"] = c.policies("", "ACCESS_POLICY"), c.provisioningOf(a)
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
		sort := policySorts[t[0]]
		types = append(types, obj{"Type": t[0], "Title": t[1], "Policies": policies, "Makes": !sort.single && ruleFields[t[0]] != nil, "Inputs": inputs(c.fieldsOfPolicy(t[0]), newPolicyOf(c, t[0]))})
	}
	return obj{"Types": types}, nil
}

// newPolicyOf is what a new policy of a type is if nobody says otherwise.
func newPolicyOf(c *call, kind string) obj {
	doc := obj{"type": kind}
	if fill := policySorts[kind].fill; fill != nil {
		fill(c, doc)
	}
	return byKey(doc)
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
	app := func(out any) string { return appAddress(out) }
	return map[string]deed{
		"createUser":         {said: saying("The person is created."), body: newPerson, to: func(out any) string { return "/admin/user/profile/view/" + text(object(out)["id"]) }},
		"updateUser":         {said: saying("The profile is saved."), body: changedPerson},
		"activateUser":       {said: saying("Activated. The mail with the link is in the outbox.")},
		"reactivateUser":     {query: url.Values{"sendEmail": {"true"}}, said: saying("The mail with the link is in the outbox.")},
		"deactivateUser":     {said: saying("Deactivated.")},
		"suspendUser":        {said: saying("Suspended.")},
		"unsuspendUser":      {said: saying("Unsuspended.")},
		"unlockUser":         {said: saying("Unlocked.")},
		"resetPassword":      {said: saying("The password is reset. The mail with the link is in the outbox.")},
		"temporaryPassword":  {op: "expirePasswordWithTempPassword", said: func(out any) string { return "The temporary password is " + text(object(out)["tempPassword"]) }},
		"revokeUserSessions": {said: saying("Their sessions are over.")},
		"deleteUser":         {said: saying("The person is deleted."), to: to("/admin/users")},
		"unenrollFactor":     {said: saying("The factor is removed.")},
		"resetFactors":       {said: saying("All factors are removed.")},
		"assignRole":         {op: "assignRoleToUser", said: saying("The role is assigned."), body: func(_ *call, f url.Values) obj { return obj{"type": f.Get("type")} }},
		"unassignRole":       {op: "unassignRoleFromUser", said: saying("The role is taken away.")},

		"addGroup":              {said: saying("The group is created."), to: func(out any) string { return "/admin/group/" + text(object(out)["id"]) }, body: form(groupFields, obj{})},
		"replaceGroup":          {said: saying("The group is saved."), body: form(groupFields, obj{})},
		"deleteGroup":           {said: saying("The group is deleted."), to: to("/admin/groups")},
		"assignUserToGroup":     {said: saying("Added to the group.")},
		"unassignUserFromGroup": {said: saying("Removed from the group.")},
		"createGroupRule":       {said: saying("The rule is created. It applies once it is active."), body: form(groupRuleFields, obj{"type": "group_rule", "conditions": obj{"expression": obj{"type": "urn:okta:expression:1.0"}}})},
		"activateGroupRule":     {said: saying("The rule applies.")},
		"deactivateGroupRule":   {said: saying("The rule is off.")},
		"deleteGroupRule":       {said: saying("The rule is deleted.")},

		"createApplication":            {said: saidOfNewApp, body: newApp, to: app},
		"replaceApplication":           {said: saying("The app is saved."), body: changedApp},
		"activateApplication":          {said: saying("The app is active.")},
		"deactivateApplication":        {said: saying("The app is inactive.")},
		"deleteApplication":            {said: saying("The app is deleted."), to: to("/admin/apps/active")},
		"assignApplicationPolicy":      {said: saying("The app has the policy.")},
		"createOAuth2ClientSecret":     {said: func(out any) string { return "The new secret is " + text(dig(bodyOf(out), "client_secret")) }, body: func(*call, url.Values) obj { return obj{} }},
		"activateOAuth2ClientSecret":   {said: saying("The secret is good.")},
		"deactivateOAuth2ClientSecret": {said: saying("The secret is good no more.")},
		"deleteOAuth2ClientSecret":     {said: saying("The secret is deleted.")},
		"assignUserToApplication":      {said: saying("The app is assigned."), body: func(_ *call, f url.Values) obj { return obj{"id": f.Get("userId"), "scope": "USER"} }},
		"unassignUserFromApplication":  {said: saying("The app is taken away.")},
		"assignGroupToApplication":     {said: saying("The app is assigned to the group."), body: func(*call, url.Values) obj { return obj{} }},
		"unassignApplicationFromGroup": {said: saying("The app is taken away from the group.")},
		"connectApplication": {op: "updateDefaultProvisioningConnectionForApplication", query: url.Values{"activate": {"true"}}, said: saying("Provisioning is on."), body: func(_ *call, f url.Values) obj {
			return obj{"baseUrl": f.Get("baseUrl"), "profile": obj{"authScheme": "TOKEN", "token": f.Get("token")}}
		}},
		"deactivateDefaultProvisioningConnectionForApplication": {said: saying("Provisioning is off.")},
		"updateFeatureForApplication":                           {said: saying("Saved."), body: changedFeature},
		"importFromApp":                                         {op: "updateFeatureForApplication", serve: o.importFromApp, said: saying("The app is asked for its people.")},
		"retryProvisioning":                                     {op: "updateFeatureForApplication", serve: o.retryProvisioning, said: saying("The app is told once more.")},

		"createPolicy":         {said: saying("The policy is created."), body: newPolicyDoc, to: policyAddress},
		"replacePolicy":        {said: saying("The policy is saved."), body: changedPolicyDoc},
		"deletePolicy":         {said: saying("The policy is deleted."), to: to("/admin/policies")},
		"activatePolicy":       {said: saying("The policy is active.")},
		"deactivatePolicy":     {said: saying("The policy is inactive.")},
		"createPolicyRule":     {said: saying("The rule is added."), body: newRuleDoc},
		"replacePolicyRule":    {said: saying("The rule is saved."), body: changedRuleDoc},
		"deletePolicyRule":     {said: saying("The rule is deleted.")},
		"activatePolicyRule":   {said: saying("The rule is active.")},
		"deactivatePolicyRule": {said: saying("The rule is inactive.")},

		"createAuthorizationServer":     {said: saying("The server is created."), body: form(authServerFields, obj{}), to: func(out any) string { return "/admin/oauth2/as/" + text(bodyOf(out)["id"]) }},
		"replaceAuthorizationServer":    {said: saying("The server is saved."), body: changedServer},
		"activateAuthorizationServer":   {said: saying("The server is active.")},
		"deactivateAuthorizationServer": {said: saying("The server is inactive.")},
		"deleteAuthorizationServer":     {said: saying("The server is deleted."), to: to("/admin/oauth2/as")},
		"createOAuth2Scope":             {said: saying("The scope is added."), body: form(scopeFields, obj{})},
		"deleteOAuth2Scope":             {said: saying("The scope is deleted.")},
		"createOAuth2Claim":             {said: saying("The claim is added."), body: newClaim},
		"deleteOAuth2Claim":             {said: saying("The claim is deleted.")},
		"createAuthorizationServerPolicy": {said: saying("The policy is created."), to: policyAddress,
			body: form([]formField{nameField, describeField}, obj{"type": "OAUTH_AUTHORIZATION_POLICY", "conditions": obj{"clients": obj{"include": []any{"ALL_CLIENTS"}}}})},
		"replaceAuthorizationServerPolicy":        {said: saying("The policy is saved."), body: changedPolicyDoc},
		"deleteAuthorizationServerPolicy":         {said: saying("The policy is deleted."), to: to("/admin/oauth2/as")},
		"activateAuthorizationServerPolicy":       {said: saying("The policy is active.")},
		"deactivateAuthorizationServerPolicy":     {said: saying("The policy is inactive.")},
		"createAuthorizationServerPolicyRule":     {said: saying("The rule is added."), body: newRuleDoc},
		"replaceAuthorizationServerPolicyRule":    {said: saying("The rule is saved."), body: changedRuleDoc},
		"deleteAuthorizationServerPolicyRule":     {said: saying("The rule is deleted.")},
		"activateAuthorizationServerPolicyRule":   {said: saying("The rule is active.")},
		"deactivateAuthorizationServerPolicyRule": {said: saying("The rule is inactive.")},
	}
}

// bodyOf is what an operation has answered, whatever the status.
func bodyOf(out any) obj {
	if a, ok := out.(answer); ok {
		out = a.body
	}
	return object(out)
}

// The fields of groups and of their rules.
var (
	groupFields     = []formField{{At: "profile.name", Label: "Name", Need: true}, {At: "profile.description", Label: "Description"}}
	groupRuleFields = []formField{nameField, {At: "conditions.expression.value", Label: "If", Need: true, Hint: `As user.department=="Engineering"`}, {At: "actions.assignUserToGroups.groupIds", Label: "Then put into", Kind: asMany}}
)

// groupRulesScreen is the rules by which people come into groups.
func (o *Okta) groupRulesScreen(c *call) (obj, error) {
	var rules []obj
	for r := range c.all(groupRuleKind, "") {
		var into []string
		for _, id := range ruleGroups(r) {
			g, _ := o.groups.Get(c.Tx, id)
			into = append(into, g.name())
		}
		rules = append(rules, obj{"Rule": r, "If": dig(r.Doc, "conditions", "expression", "value"), "Into": strings.Join(into, ", ")})
	}
	fields := slices.Clone(groupRuleFields)
	for _, g := range c.allGroups() {
		if g.Type == "OKTA_GROUP" {
			fields[2].Of = append(fields[2].Of, g.ID+" "+g.name())
		}
	}
	return obj{"Rules": rules, "Inputs": inputs(fields, obj{})}, nil
}

// personFields are what can be said of somebody: all that is text in the profile of their type.
func (c *call) personFields(userType string) (fields []formField) {
	s := c.schema(userType)
	for _, name := range s.names() {
		if p := s.property(name); p["type"] == "string" {
			fields = append(fields, formField{At: "profile." + name, Label: text(p["title"]), Need: truth(p["required"])})
		}
	}
	return fields
}

// changedPerson is what the form of a profile sends; what is left empty is taken away.
func changedPerson(c *call, f url.Values) obj {
	u, err := c.user()
	if err != nil {
		return nil
	}
	doc := obj{"profile": obj{}}
	for _, x := range c.personFields(u.Type) {
		if f.Has(x.At) {
			object(doc["profile"])[strings.TrimPrefix(x.At, "profile.")] = orNull(strings.TrimSpace(f.Get(x.At)))
		}
	}
	return doc
}

// newPerson is what the form for a new person sends. Who is given a password can sign in at once.
func newPerson(_ *call, f url.Values) obj {
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
