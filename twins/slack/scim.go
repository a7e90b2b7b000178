package slack

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// A scimError is a refusal of the SCIM API: an HTTP status and a word.
//
// https://docs.slack.dev/reference/scim-api/errors
type scimError struct {
	status int
	word   string
}

func (e scimError) Error() string { return e.word }

// A scimCall is one request to the SCIM API, which speaks of the workspace's people and of the user groups that an
// identity provider keeps.
//
// https://docs.slack.dev/reference/scim-api
type scimCall struct {
	*call
	v2    bool
	id    string
	query map[string][]string
	body  map[string]any
}

// scimMethod asks for the token that SCIM wants: that of an admin who has let the app administer.
var scimMethod = &method{name: "scim", user: []string{"admin"}, bot: []string{"-"}}

// scim serves versions 1.1 and 2.0 of the SCIM API.
func (s *Slack) scim() {
	for _, v := range []string{"v1", "v2"} {
		route := func(verb, path, id string, h func(*scimCall) (int, reply, error)) {
			op := s.Operation(&twin.Operation{ID: "scim." + v + "." + id, Method: verb, Path: "/scim/" + v + path, Level: twin.Full})
			s.Echo.Add(verb, op.Path, func(ec echo.Context) error { return s.serveSCIM(ec, op, v == "v2", h) })
		}
		route(http.MethodGet, "/ServiceProviderConfigs", "serviceProviderConfigs", scimConfig)
		route(http.MethodGet, "/ServiceProviderConfig", "serviceProviderConfig", scimConfig)
		route(http.MethodGet, "/Schemas", "schemas.list", scimSchemas)
		route(http.MethodGet, "/Schemas/:id", "schemas.read", scimSchema)
		if v == "v2" {
			route(http.MethodGet, "/ResourceTypes", "resourceTypes", scimResourceTypes)
		}
		route(http.MethodGet, "/Users", "users.search", s.scimUsers)
		route(http.MethodPost, "/Users", "users.create", s.scimCreateUser)
		route(http.MethodGet, "/Users/:id", "users.read", s.scimUser)
		route(http.MethodPatch, "/Users/:id", "users.patch", s.scimPatchUser)
		route(http.MethodPut, "/Users/:id", "users.update", s.scimPutUser)
		route(http.MethodDelete, "/Users/:id", "users.delete", s.scimDeleteUser)
		route(http.MethodGet, "/Groups", "groups.search", s.scimGroups)
		route(http.MethodPost, "/Groups", "groups.create", s.scimCreateGroup)
		route(http.MethodGet, "/Groups/:id", "groups.read", s.scimGroup)
		route(http.MethodPatch, "/Groups/:id", "groups.patch", s.scimPatchGroup)
		route(http.MethodPut, "/Groups/:id", "groups.update", s.scimPutGroup)
		route(http.MethodDelete, "/Groups/:id", "groups.delete", s.scimDeleteGroup)
	}
}

// serveSCIM runs one request as one transaction.
func (s *Slack) serveSCIM(ec echo.Context, op *twin.Operation, v2 bool, h func(*scimCall) (int, reply, error)) error {
	_, token, _ := strings.Cut(ec.Request().Header.Get("Authorization"), " ")
	return s.Serve(ec, op, token, func(r *twin.Request) (twin.Answer, error) {
		body := map[string]any{}
		var bad error
		if verb := ec.Request().Method; verb == http.MethodPost || verb == http.MethodPut || verb == http.MethodPatch {
			b, err := io.ReadAll(io.LimitReader(ec.Request().Body, maxBody))
			if err != nil || json.Unmarshal(b, &body) != nil {
				bad = scimError{http.StatusBadRequest, "invalid_body"}
			}
		}
		transaction := r.Update
		if ec.Request().Method == http.MethodGet {
			transaction = r.View
		}
		var c *scimCall
		var status int
		var out reply
		err := transaction(func(tc *twin.Call) error {
			c = &scimCall{&call{Call: tc, s: s, m: scimMethod, args: &arguments{token: token}, base: s.URL(tc)}, v2, ec.Param("id"), ec.QueryParams(), body}
			err := c.authenticate()
			r.Permit("admin")
			switch {
			case err != nil:
			case bad != nil:
				err = bad
			case !c.user.Admin:
				err = errNotAdmin
			default:
				status, out, err = h(c)
			}
			return err
		})
		r.Actor = c.token.User
		kind := "application/json; charset=utf-8"
		if v2 {
			kind = "application/scim+json; charset=utf-8"
		}
		if err != nil {
			refused, ok := scimRefusal(err)
			if !ok {
				return twin.Answer{}, err
			}
			return twin.Answer{Status: refused.status, Type: kind, Body: encode(c.refused(refused)), Error: refused.word}, nil
		}
		if out == nil {
			return twin.Answer{Status: status}, nil
		}
		a := twin.Answer{Status: status, Type: kind, Body: encode(out)}
		if meta, ok := out["meta"].(reply); ok && status == http.StatusCreated {
			a.Header = http.Header{"Location": {meta["location"].(string)}}
		}
		return a, nil
	})
}

// scimRefusal is how SCIM says an error of the Web API.
func scimRefusal(err error) (scimError, bool) {
	if e, ok := errors.AsType[scimError](err); ok {
		return e, true
	}
	code := Error("")
	if !errors.As(err, &code) {
		return scimError{}, false
	}
	switch code {
	case errMissingScope, errNotAllowedTokenType, errNotAdmin, errCannotUpdateAdminUser:
		return scimError{http.StatusForbidden, "not_authorized"}, true
	}
	return scimError{http.StatusUnauthorized, "invalid_authentication"}, true
}

func (c *scimCall) refused(e scimError) reply {
	if c.v2 {
		return reply{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "detail": e.word, "status": e.status}
	}
	return reply{"Errors": reply{"description": e.word, "code": e.status}}
}

// Schemas of SCIM's two versions.
const (
	scimCore1       = "urn:scim:schemas:core:1.0"
	scimEnterprise1 = "urn:scim:schemas:extension:enterprise:1.0"
	scimGuest1      = "urn:scim:schemas:extension:slack:guest:1.0"
	scimProfile1    = "urn:scim:schemas:extension:slack:profile:1.0"
	scimUser2       = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimGroup2      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	scimEnterprise2 = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	scimGuest2      = "urn:ietf:params:scim:schemas:extension:slack:guest:2.0:User"
	scimProfile2    = "urn:ietf:params:scim:schemas:extension:slack:profile:2.0:User"
)

// name picks the name of a schema in the version that is spoken.
func (c *scimCall) name(v1, v2 string) string {
	if c.v2 {
		return v2
	}
	return v1
}

func (c *scimCall) location(kind, id string) string {
	return c.base + "/scim/" + c.name("v1", "v2") + "/" + kind + "/" + id
}

func scimTime(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }

// scimConfig says what this SCIM API can do.
func scimConfig(c *scimCall) (int, reply, error) {
	yes, no := reply{"supported": true}, reply{"supported": false}
	v := reply{
		"documentationUrl":      "https://docs.slack.dev/reference/scim-api",
		"schemas":               []string{c.name(scimCore1, "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")},
		"patch":                 yes,
		"bulk":                  reply{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter":                reply{"supported": true, "maxResults": 1000},
		"changePassword":        no,
		"sort":                  no,
		"etag":                  no,
		"authenticationSchemes": []reply{{"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "A token with the scope admin", "primary": true}},
	}
	if !c.v2 {
		v["xmlDataFormat"] = no
	}
	return http.StatusOK, v, nil
}

// scimAttributes are the attributes of the two kinds of resource, with their types.
var scimAttributes = map[string][][2]string{
	"User": {{"userName", "string"}, {"nickName", "string"}, {"name", "complex"}, {"displayName", "string"}, {"profileUrl", "string"}, {"emails", "complex"},
		{"phoneNumbers", "complex"}, {"photos", "complex"}, {"title", "string"}, {"timezone", "string"}, {"active", "boolean"}, {"groups", "complex"}, {"externalId", "string"}},
	"Group": {{"displayName", "string"}, {"members", "complex"}},
}

func (c *scimCall) schema(kind string) reply {
	attributes := []reply{}
	for _, a := range scimAttributes[kind] {
		many := slices.Contains([]string{"emails", "phoneNumbers", "photos", "groups", "members"}, a[0])
		attributes = append(attributes, reply{"name": a[0], "type": a[1], "multiValued": many, "required": a[0] == "userName" || a[0] == "emails" || kind == "Group" && a[0] == "displayName"})
	}
	id := c.name("urn:scim:schemas:core:1.0:"+kind, "urn:ietf:params:scim:schemas:core:2.0:"+kind)
	return reply{"id": id, "name": kind, "description": kind, "schema": c.name(scimCore1, id), "endpoint": "/" + kind + "s", "attributes": attributes}
}

func scimSchemas(c *scimCall) (int, reply, error) {
	return http.StatusOK, c.list([]reply{c.schema("User"), c.schema("Group")}), nil
}

// scimSchema says how users or groups are written.
func scimSchema(c *scimCall) (int, reply, error) {
	for _, kind := range []string{"User", "Group"} {
		if v := c.schema(kind); c.id == kind+"s" || c.id == v["id"] {
			return http.StatusOK, v, nil
		}
	}
	return 0, nil, scimError{http.StatusNotFound, "schema_not_found"}
}

func scimResourceTypes(c *scimCall) (int, reply, error) {
	kind := func(name, schema string) reply {
		return reply{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": name, "name": name, "endpoint": "/" + name + "s", "schema": schema,
			"meta": reply{"resourceType": "ResourceType", "location": c.location("ResourceTypes", name)}}
	}
	return http.StatusOK, c.list([]reply{kind("User", scimUser2), kind("Group", scimGroup2)}), nil
}

// list is a page of resources: count of them from startIndex on, which begins at one.
func (c *scimCall) list(all []reply) reply {
	number := func(name string, otherwise int) int {
		if v := c.query[name]; len(v) > 0 {
			if n, err := strconv.Atoi(v[0]); err == nil {
				return n
			}
		}
		return otherwise
	}
	start := max(number("startIndex", 1), 1)
	count := min(max(number("count", 100), 0), 1000)
	from := min(start-1, len(all))
	page := all[from:min(from+count, len(all))]
	return reply{"schemas": []string{c.name(scimCore1, "urn:ietf:params:scim:api:messages:2.0:ListResponse")}, "totalResults": len(all), "itemsPerPage": len(page),
		"startIndex": start, "Resources": page}
}

// matching returns those resources that the filter lets through.
func (c *scimCall) matching(all []reply) ([]reply, error) {
	f := c.query["filter"]
	if len(f) == 0 || strings.TrimSpace(f[0]) == "" {
		return all, nil
	}
	test, err := parseFilter(f[0])
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(r reply) bool { return !test(r) }), nil
}

// userResource is a user as SCIM shows it.
func (c *scimCall) userResource(u User) reply {
	groups := []reply{}
	for g := range c.s.usergroupsByUser.All(c.Tx, u.ID) {
		if g.IDP {
			groups = append(groups, reply{"value": g.ID, "display": g.Name})
		}
	}
	schemas := []string{c.name(scimCore1, scimUser2), c.name(scimEnterprise1, scimEnterprise2), c.name(scimProfile1, scimProfile2)}
	v := reply{
		"id": u.ID, "externalId": u.External, "userName": u.Name, "nickName": u.Name, "name": reply{"givenName": u.FirstName, "familyName": u.LastName},
		"displayName": or(u.DisplayName, u.RealName), "profileUrl": c.base + "/team/" + u.ID, "title": u.Title, "timezone": u.TZ, "active": !u.Deleted,
		"emails": []reply{{"value": u.Email, "primary": true}}, "photos": []reply{{"value": c.avatar(u.ID, "192"), "type": "photo"}}, "groups": groups,
		"meta": reply{"created": scimTime(u.Created), "location": c.location("Users", u.ID)},
	}
	if u.Phone != "" {
		v["phoneNumbers"] = []reply{{"value": u.Phone, "primary": true}}
	}
	if c.v2 {
		v["meta"].(reply)["resourceType"] = "User"
		v["meta"].(reply)["lastModified"] = scimTime(u.Updated)
	}
	if len(u.Work) > 0 {
		v[schemas[1]] = u.Work
	}
	v[schemas[2]] = reply{"startDate": u.StartDate}
	if u.Restricted {
		kind := "multi"
		if u.UltraRestricted {
			kind = "single"
		}
		guest := c.name(scimGuest1, scimGuest2)
		schemas = append(schemas, guest)
		x := reply{"type": kind}
		if u.GuestUntil != 0 {
			x["expiration"] = scimTime(u.GuestUntil)
		}
		v[guest] = x
	}
	v["schemas"] = schemas
	return v
}

// person finds somebody whom SCIM knows: apps and Slackbot are nobody.
func (c *scimCall) person() (User, error) {
	u, ok := c.s.users.Get(c.Tx, c.id)
	if !ok || !c.provisioned(u) {
		return u, scimError{http.StatusNotFound, "user_not_found"}
	}
	return u, nil
}

func (c *scimCall) provisioned(u User) bool {
	return !u.Bot && u.ID != slackbot && (c.token.Org || u.Team == c.token.Team || slices.Contains(u.Teams, c.token.Team))
}

func (s *Slack) scimUsers(c *scimCall) (int, reply, error) {
	all := []reply{}
	for u := range s.users.All(c.Tx, "") {
		if c.provisioned(u) {
			all = append(all, c.userResource(u))
		}
	}
	all, err := c.matching(all)
	return http.StatusOK, c.list(all), err
}

func (s *Slack) scimUser(c *scimCall) (int, reply, error) {
	u, err := c.person()
	return http.StatusOK, c.userResource(u), err
}

// scimCreateUser makes an account, which is good at once: whoever has it signs in through the identity provider.
func (s *Slack) scimCreateUser(c *scimCall) (int, reply, error) {
	u, err := c.describe(User{}, c.body)
	switch {
	case err != nil:
		return 0, nil, err
	case u.Name == "":
		return 0, nil, scimError{http.StatusBadRequest, "username_required"}
	case u.Email == "":
		return 0, nil, scimError{http.StatusBadRequest, "email_required"}
	}
	if u.RealName == "" {
		u.RealName = or(u.DisplayName, u.Name)
		u.FirstName, u.LastName, _ = strings.Cut(u.RealName, " ")
	}
	u = c.newUser(u)
	if active, ok := c.body["active"].(bool); ok && !active {
		u = c.deactivate(u)
	}
	return http.StatusCreated, c.userResource(u), nil
}

func (s *Slack) scimPatchUser(c *scimCall) (int, reply, error) {
	u, err := c.person()
	if err != nil {
		return 0, nil, err
	}
	doc, err := c.patch()
	if err != nil {
		return 0, nil, err
	}
	return c.change(u, u, doc)
}

func (s *Slack) scimPutUser(c *scimCall) (int, reply, error) {
	u, err := c.person()
	if err != nil {
		return 0, nil, err
	}
	bare := u
	bare.Title, bare.Phone, bare.DisplayName, bare.Work, bare.External, bare.StartDate = "", "", "", nil, "", ""
	return c.change(u, bare, c.body)
}

// change stores what a document says of a user.
func (c *scimCall) change(before, u User, doc map[string]any) (int, reply, error) {
	u, err := c.describe(u, doc)
	if err != nil {
		return 0, nil, err
	}
	u.Updated = c.Now.Unix()
	active, given := doc["active"].(bool)
	switch {
	case given && !active && !u.Deleted:
		if u.PrimaryOwner {
			return 0, nil, scimError{http.StatusForbidden, "not_authorized"}
		}
		u = c.deactivate(u)
	case given && active && u.Deleted:
		u = c.reactivate(u)
	default:
		c.keepProfile(before, u)
	}
	return http.StatusOK, c.userResource(u), nil
}

func (s *Slack) scimDeleteUser(c *scimCall) (int, reply, error) {
	u, err := c.person()
	if err != nil {
		return 0, nil, err
	}
	if u.PrimaryOwner {
		return 0, nil, scimError{http.StatusForbidden, "not_authorized"}
	}
	c.deactivate(u)
	return http.StatusNoContent, nil, nil
}

// describe returns u with what a document says of it.
func (c *scimCall) describe(u User, doc map[string]any) (User, error) {
	for key, to := range map[string]*string{"displayName": &u.DisplayName, "title": &u.Title, "externalId": &u.External} {
		if v, ok := doc[key].(string); ok {
			*to = v
		}
	}
	if v, ok := doc["userName"].(string); ok && v != "" {
		v = strings.ToLower(v)
		if other, taken := c.userByName(v); taken && other.ID != u.ID {
			return u, scimError{http.StatusConflict, "username_taken"}
		}
		u.Name = v
	}
	if v, ok := doc["timezone"].(string); ok && v != "" {
		zone, err := time.LoadLocation(v)
		if err != nil {
			return u, scimError{http.StatusBadRequest, "invalid_timezone"}
		}
		label, offset := c.Now.In(zone).Zone()
		u.TZ, u.TZLabel, u.TZOffset = v, label, int64(offset)
	}
	if v, ok := doc["name"].(map[string]any); ok {
		if s, ok := v["givenName"].(string); ok {
			u.FirstName = s
		}
		if s, ok := v["familyName"].(string); ok {
			u.LastName = s
		}
		u.RealName = strings.TrimSpace(u.FirstName + " " + u.LastName)
	}
	if v := primary(doc["emails"]); v != "" {
		if !validEmail(v) {
			return u, scimError{http.StatusBadRequest, "invalid_email"}
		}
		if other, taken := c.userByEmail(v); taken && other.ID != u.ID {
			return u, scimError{http.StatusConflict, "email_taken"}
		}
		u.Email = strings.ToLower(v)
	}
	if v := primary(doc["phoneNumbers"]); v != "" {
		u.Phone = v
	}
	for _, schema := range []string{scimEnterprise1, scimEnterprise2} {
		if v, ok := doc[schema].(map[string]any); ok {
			work := map[string]any{}
			json.Unmarshal(u.Work, &work)
			for k, x := range v {
				work[k] = x
			}
			u.Work = encode(work)
		}
	}
	for _, schema := range []string{scimProfile1, scimProfile2} {
		if v, ok := doc[schema].(map[string]any); ok {
			if s, ok := v["startDate"].(string); ok {
				u.StartDate, _, _ = strings.Cut(s, "T")
			}
		}
	}
	for _, schema := range []string{scimGuest1, scimGuest2} {
		v, ok := doc[schema].(map[string]any)
		if !ok {
			continue
		}
		u.Restricted, u.UltraRestricted = v["type"] == "multi" || v["type"] == "single", v["type"] == "single"
		if s, ok := v["expiration"].(string); ok {
			t, err := time.Parse(time.RFC3339, s)
			if err != nil {
				return u, scimError{http.StatusBadRequest, "invalid_expiration"}
			}
			u.GuestUntil = t.Unix()
		}
	}
	return u, nil
}

// primary is the value of the primary entry of a list, or of its first.
func primary(v any) string {
	items, _ := v.([]any)
	first := ""
	for _, it := range items {
		m, _ := it.(map[string]any)
		s, _ := m["value"].(string)
		if m["primary"] == true && s != "" {
			return s
		}
		first = or(first, s)
	}
	return first
}

// patch is the document of changes that a PATCH asks for: in 1.1 it is the body, in 2.0 what its operations say.
func (c *scimCall) patch() (map[string]any, error) {
	ops, ok := c.body["Operations"].([]any)
	if !ok {
		return c.body, nil
	}
	doc := map[string]any{}
	for _, o := range ops {
		op, _ := o.(map[string]any)
		verb, _ := op["op"].(string)
		path, _ := op["path"].(string)
		value := op["value"]
		switch strings.ToLower(verb) {
		case "add", "replace":
		case "remove":
			value = removed{value}
		default:
			return nil, scimError{http.StatusBadRequest, "invalid_operation"}
		}
		if path == "" {
			whole, ok := value.(map[string]any)
			if !ok {
				return nil, scimError{http.StatusBadRequest, "invalid_value"}
			}
			for k, v := range whole {
				assign(doc, k, v)
			}
			continue
		}
		if strings.HasPrefix(path, "members") {
			doc["members"] = append(memberOps(doc["members"]), memberOp{strings.ToLower(verb), path, op["value"]})
			continue
		}
		assign(doc, path, value)
	}
	return doc, nil
}

// removed marks an attribute that a PATCH takes away.
type removed struct{ value any }

// A memberOp is one change of a group's members.
type memberOp struct {
	verb, path string
	value      any
}

func memberOps(v any) []memberOp {
	ops, _ := v.([]memberOp)
	return ops
}

// assign puts a value where a path of SCIM 2.0 says: active, name.givenName, emails[type eq "work"].value, or within
// an extension: its schema, a colon and an attribute.
func assign(doc map[string]any, path string, value any) {
	if _, gone := value.(removed); gone {
		value = ""
	}
	if s, ok := value.(string); ok && path == "active" {
		value = strings.EqualFold(s, "true")
	}
	for _, schema := range []string{scimEnterprise1, scimEnterprise2, scimProfile1, scimProfile2, scimGuest1, scimGuest2} {
		if rest, ok := strings.CutPrefix(path, schema+":"); ok {
			sub, _ := doc[schema].(map[string]any)
			if sub == nil {
				sub = map[string]any{}
			}
			sub[rest] = value
			doc[schema] = sub
			return
		}
	}
	if strings.HasPrefix(path, "urn:") {
		doc[path] = value
		return
	}
	if list, _, ok := strings.Cut(path, "["); ok {
		doc[list] = []any{map[string]any{"value": value, "primary": true}}
		return
	}
	if outer, inner, ok := strings.Cut(path, "."); ok {
		sub, _ := doc[outer].(map[string]any)
		if sub == nil {
			sub = map[string]any{}
		}
		sub[inner] = value
		doc[outer] = sub
		return
	}
	doc[path] = value
}
