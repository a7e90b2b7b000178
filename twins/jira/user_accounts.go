package jira

import (
	"bytes"
	"encoding/json"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) userAccountsOperations() {
	j.on(twin.Full, "createUser", j.createUser)
	j.on(twin.Full, "removeUser", j.removeUser)
	j.on(twin.Full, "bulkGetUsers", j.bulkGetUsers).public()
	j.on(twin.Full, "bulkGetUsersMigration", j.bulkGetUsersMigration)
	j.on(twin.Full, "getAllUsers", j.getAllUsers)
	j.on(twin.Full, "getAllUsersDefault", j.getAllUsers)
	j.on(twin.Full, "getUserGroups", j.getUserGroups)
	j.on(twin.Full, "getUserEmail", j.getUserEmail)
	j.on(twin.Full, "getUserEmailBulk", j.getUserEmailBulk)
	j.on(twin.Full, "getUserDefaultColumns", j.getUserDefaultColumns)
	j.on(twin.Full, "setUserColumns", j.setUserColumns).bytes()
	j.on(twin.Full, "resetUserColumns", j.resetUserColumns)
	j.on(twin.Full, "getUserPropertyKeys", j.getUserPropertyKeys)
	j.on(twin.Full, "getUserProperty", j.getUserProperty)
	j.on(twin.Full, "setUserProperty", j.setUserProperty)
	j.on(twin.Full, "deleteUserProperty", j.deleteUserProperty)
	j.on(twin.Full, "getUserNavProperty", j.getUserNavProperty)
	j.on(twin.Full, "setUserNavProperty", j.setUserNavProperty)
	j.on(twin.Full, "getPreference", j.getPreference)
	j.on(twin.Full, "setPreference", j.setPreference).bytes()
	j.on(twin.Full, "removePreference", j.removePreference)
	j.on(twin.Full, "getLocale", j.getLocale).public()
	j.on(twin.Full, "setLocale", j.setLocale)
	j.on(twin.Full, "deleteLocale", j.deleteLocale)
}

// products are those that a site gives access to, by their keys.
var products = []string{"jira-core", "jira-servicedesk", "jira-product-discovery", "jira-software"}

// createUser makes an account, or gives an account that is there access again.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-post
func (j *Jira) createUser(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	address := strings.TrimSpace(text(doc["emailAddress"]))
	wanted, said := doc["products"].([]any)
	if doc["products"] == nil && (doc["name"] != nil || doc["displayName"] != nil) { // as clients write it that know of no products
		wanted, said = []any{products[0]}, true
	}
	bad := problems{}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
		bad.add(wrong("emailAddress", "You must specify a valid email address."))
	}
	if !said {
		bad.add(wrong("products", "The products the new user has access to must be specified."))
	}
	for _, p := range texts(wanted) {
		if !slices.Contains(products, p) {
			bad.add(wrong("products", "The product '%s' is not valid.", p))
		}
	}
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	u, ok := j.usersByEmail.Get(c.Tx, strings.ToLower(address))
	if ok && u.Active && c.hasProduct(u.ID) {
		return created(c.userWhole(u)), nil
	}
	if ok {
		return nil, wrong("emailAddress", "The user with this email address exists but does not have access to Jira.")
	}
	name, _, _ := strings.Cut(address, "@")
	u = User{ID: "712020:" + c.uuid(), Type: "atlassian", Name: name, Email: address, TimeZone: "UTC", Locale: "en_US", Active: true, Created: c.at()}
	if s := strings.TrimSpace(text(doc["displayName"])); s != "" {
		u.Name = s
	}
	j.users.Put(c.Tx, u)
	if ids := texts(c.site.Settings["productGroups"]); len(wanted) > 0 && len(ids) > 0 {
		j.members.Put(c.Tx, Member{ids[0], u.ID})
	}
	c.audited("User created", "user management", accountItem(u))
	c.told(event{Name: "user_created", More: obj{"user": c.user(u)}})
	return created(c.userWhole(u)), nil
}

// removeUser takes an account out of the site. What it has done stays.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-delete
func (j *Jira) removeUser(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	who := c.q("accountId")
	u, ok := j.users.Get(c.Tx, who)
	switch {
	case who == "":
		return nil, badRequest("The 'accountId' query parameter must be provided.")
	case !ok:
		return nil, errNoUser
	case u.ID == c.who.ID:
		return nil, badRequest("You cannot delete yourself.")
	}
	for p := range j.projects.All(c.Tx, "") {
		if p.Lead == u.ID {
			return nil, badRequest("Cannot delete user '%s' because they lead the project %s.", u.Name, p.Key)
		}
	}
	for m := range j.groupsOf.All(c.Tx, u.ID) {
		j.members.Delete(c.Tx, m.Group+"/"+m.User)
	}
	for a := range j.actors.All(c.Tx, "") {
		if a.User == u.ID {
			j.actors.Delete(c.Tx, key(a.ID))
		}
	}
	for t := range j.tokens.All(c.Tx, "") {
		if t.User == u.ID {
			j.tokens.Delete(c.Tx, t.Secret)
		}
	}
	u.Active = false
	j.users.Put(c.Tx, u)
	c.audited("User deleted", "user management", accountItem(u))
	c.told(event{Name: "user_deleted", More: obj{"user": c.user(u)}})
	return nil, nil
}

var errNoUser = notFound("Specified user does not exist or you do not have required permissions")

// bulkGetUsers returns accounts by their ids, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-bulk-get
func (j *Jira) bulkGetUsers(c *call) (any, error) {
	ids := c.qs("accountId")
	switch {
	case len(ids) == 0:
		return nil, badRequest("The 'accountId' query parameter must be provided.")
	case len(ids) > 200:
		return nil, badRequest("The number of account IDs exceeds the maximum of 200.")
	}
	var us []User
	for _, who := range ids {
		if u, ok := j.users.Get(c.Tx, who); ok {
			us = append(us, u)
		}
	}
	return pageOf(c, slices.Values(us), 10, 200, func(u User) any { return c.user(u) })
}

// bulkGetUsersMigration returns the ids of accounts by the names and the keys that they had before ids; accounts that are newer
// have their ids in the place of both.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-bulk-migration-get
func (j *Jira) bulkGetUsersMigration(c *call) (any, error) {
	names, keys := c.qs("username"), c.qs("key")
	if len(names)+len(keys) == 0 {
		return nil, badRequest("Either the 'username' or the 'key' query parameter must be provided.")
	}
	out := []any{}
	for _, x := range []struct {
		as   string
		list []string
	}{{"username", names}, {"key", keys}} {
		for _, s := range x.list {
			if u, ok := j.users.Get(c.Tx, s); ok {
				out = append(out, obj{x.as: s, "accountId": u.ID})
			}
		}
	}
	return out, nil
}

// getAllUsers returns all accounts, those that are not active too.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-users-search-get
func (j *Jira) getAllUsers(c *call) (any, error) {
	if err := c.browsesUsers("You do not have permission to browse users and groups."); err != nil {
		return nil, err
	}
	return c.usersListed(c.people(func(User) bool { return true }), usualPage)
}

// getUserGroups returns the groups that an account is in.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-groups-get
func (j *Jira) getUserGroups(c *call) (any, error) {
	who := c.q("accountId")
	if err := c.browsesUsers("You do not have permission to browse users and groups."); err != nil {
		return nil, err
	}
	if !j.users.Has(c.Tx, who) {
		return nil, errNoUser
	}
	out := []any{}
	for g := range c.groupsByName() {
		if c.inGroup(who, g.ID) {
			out = append(out, c.groupShown(g))
		}
	}
	return out, nil
}

// getUserEmail returns the address of an account, whoever may see it elsewhere.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-email-get
func (j *Jira) getUserEmail(c *call) (any, error) {
	u, ok := j.users.Get(c.Tx, c.q("accountId"))
	switch {
	case c.q("accountId") == "":
		return nil, badRequest("The 'accountId' query parameter must be provided.")
	case !ok:
		return nil, errNoUser
	}
	return obj{"accountId": u.ID, "email": u.Email}, nil
}

// getUserEmailBulk returns the addresses of accounts.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-email-bulk-get
func (j *Jira) getUserEmailBulk(c *call) (any, error) {
	if len(c.qs("accountId")) == 0 {
		return nil, badRequest("The 'accountId' query parameter must be provided.")
	}
	out := []any{}
	for _, who := range c.qs("accountId") {
		if u, ok := j.users.Get(c.Tx, who); ok {
			out = append(out, obj{"accountId": u.ID, "email": u.Email})
		}
	}
	return out, nil
}

// defaultColumns are those of lists of issues, until somebody has others.
var defaultColumns = []string{"issuetype", "issuekey", "summary", "assignee", "reporter", "priority", "status", "resolution", "created", "updated", "duedate"}

// siteColumns are those of everybody who has no others.
func (c *call) siteColumns() []string {
	if names := texts(c.site.Settings["columns"]); names != nil {
		return names
	}
	return defaultColumns
}

func (c *call) columnsShown(names []string) []any {
	out := []any{}
	for _, name := range names {
		if f, ok := c.field(name); ok {
			out = append(out, obj{"label": f.Name, "value": f.ID})
		}
	}
	return out
}

// readColumns reads which columns a list has: a form or a list of names.
func (c *call) readColumns() ([]string, error) {
	var names []string
	kind, params, _ := mime.ParseMediaType(c.r.Echo.Request().Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(c.sent))
		if err != nil {
			return nil, badRequest("The columns could not be read.")
		}
		names = form["columns"]
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(c.sent), params["boundary"]).ReadForm(maxBody)
		if err != nil {
			return nil, badRequest("The columns could not be read.")
		}
		names = form.Value["columns"]
	default:
		var v any
		if len(c.sent) > 0 && json.Unmarshal(c.sent, &v) != nil {
			return nil, badRequest("The columns could not be read.")
		}
		if doc, ok := v.(obj); ok {
			v = doc["columns"]
		}
		if _, ok := v.([]any); v != nil && !ok {
			return nil, badRequest("The columns could not be read.")
		}
		names = texts(v)
	}
	for _, name := range names {
		if _, ok := c.field(name); !ok {
			return nil, badRequest("The field '%s' does not exist or cannot be shown as a column.", name)
		}
	}
	return names, nil
}

// userOfQuery finds the account that the query names, the caller if it names none. Others are for administrators.
func (c *call) userOfQuery() (User, error) {
	who := c.q("accountId")
	if who == "" {
		who = c.q("userKey") + c.q("username")
	}
	if who == "" || who == c.who.ID {
		return c.who, nil
	}
	u, ok := c.j.users.Get(c.Tx, who)
	switch {
	case !c.isAdmin():
		return u, forbidden("You do not have permission to view or edit another user.")
	case !ok:
		return u, errNoUser
	}
	return u, nil
}

// getUserDefaultColumns returns the columns of an account's lists of issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-columns-get
func (j *Jira) getUserDefaultColumns(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	if u.Columns == nil {
		return c.columnsShown(c.siteColumns()), nil
	}
	return c.columnsShown(u.Columns), nil
}

// setUserColumns sets the columns of an account's lists of issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-columns-put
func (j *Jira) setUserColumns(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	if u.Columns, err = c.readColumns(); err != nil {
		return nil, err
	}
	j.users.Put(c.Tx, u)
	return answer{status: http.StatusOK, body: obj{}}, nil
}

// resetUserColumns gives an account the columns of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-columns-delete
func (j *Jira) resetUserColumns(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	u.Columns = nil
	j.users.Put(c.Tx, u)
	return nil, nil
}

// getUserPropertyKeys returns the keys of an account's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-properties/#api-rest-api-3-user-properties-get
func (j *Jira) getUserPropertyKeys(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	return c.propertyKeys("user/"+u.ID, "/user")
}

// getUserProperty returns a property of an account.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-properties/#api-rest-api-3-user-properties-propertykey-get
func (j *Jira) getUserProperty(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	return c.getProperty("user/" + u.ID)
}

// setUserProperty keeps a property of an account.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-properties/#api-rest-api-3-user-properties-propertykey-put
func (j *Jira) setUserProperty(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	return c.putProperty("user/" + u.ID)
}

// deleteUserProperty deletes a property of an account.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-properties/#api-rest-api-3-user-properties-propertykey-delete
func (j *Jira) deleteUserProperty(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("user/" + u.ID)
}

// getUserNavProperty returns whether an account has chosen the new navigation.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-nav-properties/#api-rest-api-3-user-nav4-opt-property-propertykey-get
func (j *Jira) getUserNavProperty(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	x, ok := j.properties.Get(c.Tx, "nav4/"+u.ID+"/"+c.param("propertyKey"))
	if !ok {
		return nil, notFound("The property with key '%s' does not exist.", c.param("propertyKey"))
	}
	return obj{"key": x.Key, "value": plainWords(x.Value)}, nil
}

// setUserNavProperty says whether an account has chosen the new navigation.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-nav-properties/#api-rest-api-3-user-nav4-opt-property-propertykey-put
func (j *Jira) setUserNavProperty(c *call) (any, error) {
	u, err := c.userOfQuery()
	if err != nil {
		return nil, err
	}
	return c.putProperty("nav4/" + u.ID)
}

// Preferences that are kept as something else: the language and the time zone.
const (
	localePreference = "jira.user.locale"
	zonePreference   = "jira.user.timezone"
)

// usualPreferences are what everybody has until they choose otherwise.
var usualPreferences = map[string]string{"user.notifications.mimetype": "html", "user.default.share.private": "false", "user.keyboard.shortcuts.disabled": "false", "user.autowatch.disabled": "false", "user.notifiy.own.changes": "false"}

// getPreference returns a preference of the caller.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-mypreferences-get
func (j *Jira) getPreference(c *call) (any, error) {
	name := c.q("key")
	switch name {
	case "":
		return nil, notFound("The 'key' query parameter must be provided.")
	case localePreference:
		return c.who.Locale, nil
	case zonePreference:
		return c.who.TimeZone, nil
	}
	if v, ok := c.who.Preferences[name]; ok {
		return v, nil
	}
	if v, ok := usualPreferences[name]; ok {
		return v, nil
	}
	return nil, notFound("key not found: '%s'", name)
}

// setPreference sets a preference of the caller: the body is what it is to be, as text or as JSON.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-mypreferences-put
func (j *Jira) setPreference(c *call) (any, error) {
	name := c.q("key")
	if name == "" {
		return nil, notFound("The 'key' query parameter must be provided.")
	}
	value := string(c.sent)
	var quoted string
	if json.Unmarshal(c.sent, &quoted) == nil {
		value = quoted
	}
	c.prefer(name, value)
	return nil, nil
}

// prefer keeps a preference of the caller; an empty one is none.
func (c *call) prefer(name, value string) {
	u := c.who
	switch name {
	case localePreference:
		u.Locale = value
	case zonePreference:
		u.TimeZone = value
	default:
		all := map[string]string{}
		for k, v := range u.Preferences {
			all[k] = v
		}
		if all[name] = value; value == "" {
			delete(all, name)
		}
		u.Preferences = all
	}
	c.j.users.Put(c.Tx, u)
}

// removePreference makes a preference of the caller what it was at first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-mypreferences-delete
func (j *Jira) removePreference(c *call) (any, error) {
	name := c.q("key")
	usual := map[string]string{localePreference: "en_US", zonePreference: "UTC"}[name]
	switch {
	case name == "":
		return nil, notFound("The 'key' query parameter must be provided.")
	case c.who.Preferences[name] == "" && usual == "":
		return nil, notFound("key not found: '%s'", name)
	}
	c.prefer(name, usual)
	return nil, nil
}

// locales are the languages that people can choose.
var locales = []string{"cs_CZ", "da_DK", "de_DE", "en_GB", "en_UK", "en_US", "es_ES", "et_EE", "fi_FI", "fr_FR", "hu_HU", "is_IS", "it_IT", "ja_JP", "ko_KR", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT", "ro_RO", "ru_RU", "sk_SK", "sv_SE", "th_TH", "tr_TR", "uk_UA", "vi_VN", "zh_CN", "zh_TW"}

// getLocale returns the language of the caller, or of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-mypreferences-locale-get
func (j *Jira) getLocale(c *call) (any, error) {
	if c.who.Locale == "" {
		return obj{"locale": "en_US"}, nil
	}
	return obj{"locale": c.who.Locale}, nil
}

// setLocale sets the language of the caller.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-mypreferences-locale-put
func (j *Jira) setLocale(c *call) (any, error) {
	s := text(object(c.body)["locale"])
	if !slices.Contains(locales, s) {
		return nil, badRequest("The locale '%s' is not valid.", s)
	}
	c.prefer(localePreference, s)
	return nil, nil
}

// deleteLocale gives the caller the language of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-mypreferences-locale-delete
func (j *Jira) deleteLocale(c *call) (any, error) {
	c.prefer(localePreference, "en_US")
	return nil, nil
}
