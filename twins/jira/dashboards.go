package jira

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) dashboardsOperations() {
	j.on(twin.Full, "getAllDashboards", j.getAllDashboards).public()
	j.on(twin.Full, "createDashboard", j.createDashboard)
	j.on(twin.Full, "bulkEditDashboards", j.bulkEditDashboards)
	j.on(twin.Full, "getDashboardsPaginated", j.getDashboardsPaginated).public()
	j.on(twin.Full, "getDashboard", j.getDashboard).public()
	j.on(twin.Full, "updateDashboard", j.updateDashboard)
	j.on(twin.Full, "deleteDashboard", j.deleteDashboard)
	j.on(twin.Full, "copyDashboard", j.copyDashboard)
	j.on(twin.Full, "getAllAvailableDashboardGadgets", j.getAllAvailableDashboardGadgets)
	j.on(twin.Full, "getAllGadgets", j.getAllGadgets).public()
	j.on(twin.Full, "addGadget", j.addGadget)
	j.on(twin.Full, "updateGadget", j.updateGadget)
	j.on(twin.Full, "removeGadget", j.removeGadget)
	j.on(twin.Full, "getDashboardItemPropertyKeys", j.getDashboardItemPropertyKeys).public()
	j.on(twin.Full, "getDashboardItemProperty", j.getDashboardItemProperty).public()
	j.on(twin.Full, "setDashboardItemProperty", j.setDashboardItemProperty)
	j.on(twin.Full, "deleteDashboardItemProperty", j.deleteDashboardItemProperty)
}

func (d Dashboard) of() string { return "dashboard/" + id(d.ID) }

// seesDashboard reports whether the caller may look at a dashboard.
func (c *call) seesDashboard(d Dashboard) bool {
	return c.sharedWith(c.who.ID, d.Shares) || c.editsDashboard(d)
}

// editsDashboard reports whether the caller may change a dashboard.
func (c *call) editsDashboard(d Dashboard) bool {
	return c.who.ID != "" && (d.Owner == c.who.ID || c.sharedWith(c.who.ID, d.Editors))
}

// forOwner reports whether the caller is an administrator who wants to act for the owner.
func (c *call) forOwner() bool { return c.qtrue("extendAdminPermissions", false) && c.isAdmin() }

// dashboard finds the dashboard that the path names, if the caller may look at it.
func (c *call) dashboard() (Dashboard, error) {
	n := number(c.param("id"))
	d, ok := c.j.dashboards.Get(c.Tx, key(n))
	switch {
	case n == 0:
		return d, badRequest("The dashboard id '%s' is not valid.", c.param("id"))
	case !ok || !c.seesDashboard(d) && !c.forOwner():
		return d, notFound("The dashboard with id '%d' does not exist.", n)
	}
	return d, nil
}

func (c *call) dashboardShown(d Dashboard) obj {
	v := obj{"id": id(d.ID), "isFavourite": c.isFavourite(d.of()), "name": d.Name, "popularity": c.popularity(d.of()), "self": c.api("/dashboard/" + id(d.ID)), "sharePermissions": c.sharesShown(d.Shares), "editPermissions": c.sharesShown(d.Editors),
		"view": c.base + "/jira/dashboards/" + id(d.ID), "isWritable": c.editsDashboard(d), "systemDashboard": d.Owner == ""}
	if d.Description != "" {
		v["description"] = d.Description
	}
	if d.Owner != "" {
		v["owner"] = c.userBrief(d.Owner)
	}
	return v
}

// dashboardDetails reads what a caller says of a dashboard.
func (c *call) dashboardDetails(d *Dashboard, doc obj) error {
	bad := problems{}
	d.Name = strings.TrimSpace(text(doc["name"]))
	switch {
	case d.Name == "":
		bad.add(wrong("name", "You must specify a name to save the dashboard as."))
	case utf8.RuneCountInString(d.Name) > 255:
		bad.add(wrong("name", "The dashboard name must not exceed 255 characters in length."))
	}
	for other := range c.j.dashboards.All(c.Tx, "") {
		if other.ID != d.ID && other.Owner == d.Owner && strings.EqualFold(other.Name, d.Name) {
			bad.add(wrong("name", "Dashboard with same name already exists."))
		}
	}
	if v, ok := doc["description"]; ok {
		d.Description = text(v)
	}
	for _, x := range []struct {
		name   string
		shares *[]Share
	}{{"sharePermissions", &d.Shares}, {"editPermissions", &d.Editors}} {
		if doc[x.name] == nil {
			bad.add(wrong(x.name, "The share permissions must be specified."))
			continue
		}
		read, err := c.readShares(doc[x.name], nil)
		if err != nil {
			bad.add(err)
			continue
		}
		*x.shares = read
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}

// getAllDashboards returns the dashboards that the caller may look at: all, their own, or those they have marked.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-get
func (j *Jira) getAllDashboards(c *call) (any, error) {
	which := c.q("filter")
	if which != "" && which != "my" && which != "favourite" {
		return nil, badRequest("The filter has to be one of my, favourite.")
	}
	w, err := c.window(20, 1000)
	if err != nil {
		return nil, err
	}
	var ds []Dashboard
	for d := range j.dashboards.All(c.Tx, "") {
		if c.seesDashboard(d) && (which != "my" || d.Owner == c.who.ID) && (which != "favourite" || c.isFavourite(d.of())) {
			ds = append(ds, d)
		}
	}
	out := []any{}
	for n := w.start; n < min(w.start+w.max, len(ds)); n++ {
		out = append(out, c.dashboardShown(ds[n]))
	}
	v := obj{"startAt": w.start, "maxResults": w.max, "total": len(ds), "dashboards": out}
	at := func(start int) string {
		q := url.Values{"startAt": {strconv.Itoa(start)}}
		if which != "" {
			q.Set("filter", which)
		}
		if c.query.Has("maxResults") {
			q.Set("maxResults", strconv.Itoa(w.max))
		}
		return c.self() + "?" + q.Encode()
	}
	if w.start > 0 {
		v["prev"] = at(max(w.start-w.max, 0))
	}
	if w.start+w.max < len(ds) {
		v["next"] = at(w.start + w.max)
	}
	return v, nil
}

// createDashboard makes a dashboard.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-post
func (j *Jira) createDashboard(c *call) (any, error) {
	c.q("extendAdminPermissions")
	d := Dashboard{Owner: c.who.ID}
	if err := c.dashboardDetails(&d, object(c.body)); err != nil {
		return nil, err
	}
	d.ID = c.next("dashboard", firstID)
	j.dashboards.Put(c.Tx, d)
	return c.dashboardShown(d), nil
}

// bulkEditDashboards changes the owner or the shares of some dashboards, and says which could not be changed.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-bulk-edit-put
func (j *Jira) bulkEditDashboards(c *call) (any, error) {
	doc := object(c.body)
	action, ids := text(doc["action"]), numbers(doc["entityIds"])
	if !slices.Contains([]string{"changeOwner", "changePermission", "addPermission", "removePermission"}, action) {
		return nil, badRequest("The action has to be one of changeOwner, changePermission, addPermission, removePermission.")
	}
	switch {
	case len(ids) == 0:
		return nil, badRequest("At least one dashboard has to be specified.")
	case len(ids) > 100:
		return nil, badRequest("The number of dashboards exceeds the maximum of 100.")
	}
	admin := truth(doc["extendAdminPermissions"]) && c.isAdmin()
	failed := obj{}
	for _, n := range ids {
		err := c.bulkEdited(n, action, doc, admin)
		if r, ok := err.(*refusal); ok {
			failed[id(n)] = r.said()
		}
	}
	return obj{"action": action, "entityErrors": failed}, nil
}

func (c *call) bulkEdited(n int64, action string, doc obj, admin bool) error {
	d, ok := c.j.dashboards.Get(c.Tx, key(n))
	switch {
	case !ok || !c.seesDashboard(d) && !admin:
		return notFound("The dashboard with id '%d' does not exist.", n)
	case action == "changeOwner" && d.Owner != c.who.ID && !admin:
		return forbidden("Only owner of the dashboard can change the owner.")
	case !c.editsDashboard(d) && !admin:
		return forbidden("Only owner or editors of the dashboard can change permissions.")
	}
	if action == "changeOwner" {
		to := text(dig(doc, "changeOwnerDetails", "newOwner"))
		if !c.j.users.Has(c.Tx, to) {
			return badRequest("The user '%s' does not exist.", to)
		}
		name := d.Name
		for other := range c.j.dashboards.All(c.Tx, "") {
			if other.ID != d.ID && other.Owner == to && strings.EqualFold(other.Name, d.Name) {
				if !truth(dig(doc, "changeOwnerDetails", "autofixName")) {
					return badRequest("The new owner already has a dashboard with the same name.")
				}
				name = d.Name + " - " + c.nameOf(d.Owner)
			}
		}
		d.Owner, d.Name = to, name
		c.j.dashboards.Put(c.Tx, d)
		return nil
	}
	for name, shares := range map[string]*[]Share{"sharePermissions": &d.Shares, "editPermissions": &d.Editors} {
		read, err := c.readShares(dig(doc, "permissionDetails", name), nil)
		if err != nil {
			return err
		}
		same := func(a, b Share) bool { a.ID = b.ID; return a == b }
		switch action {
		case "changePermission":
			*shares = read
		case "addPermission":
			for _, s := range read {
				if !slices.ContainsFunc(*shares, func(x Share) bool { return same(x, s) }) {
					*shares = append(slices.Clone(*shares), s)
				}
			}
		case "removePermission":
			*shares = slices.DeleteFunc(slices.Clone(*shares), func(x Share) bool {
				return slices.ContainsFunc(read, func(s Share) bool { return same(x, s) })
			})
		}
	}
	c.j.dashboards.Put(c.Tx, d)
	return nil
}

// getDashboardsPaginated returns the dashboards that the caller may look at and that fit, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-search-get
func (j *Jira) getDashboardsPaginated(c *call) (any, error) {
	asked, err := c.askedSharing()
	if err != nil {
		return nil, err
	}
	status := cmp.Or(c.q("status"), "active")
	if !slices.Contains([]string{"active", "archived", "deleted"}, status) {
		return nil, badRequest("The status has to be one of active, archived, deleted.")
	}
	name := strings.ToLower(c.q("dashboardName"))
	fit := filtered(j.dashboards.All(c.Tx, ""), func(d Dashboard) bool {
		return status == "active" && nameHas(d.Name, name) && asked.fits(d.Owner, d.Shares) && c.seesDashboard(d)
	})
	ds, err := byOrder(c, fit, "name", map[string]func(a, b Dashboard) int{
		"name":           func(a, b Dashboard) int { return inOrder(a.Name, b.Name) },
		"id":             func(a, b Dashboard) int { return cmp.Compare(a.ID, b.ID) },
		"description":    func(a, b Dashboard) int { return inOrder(a.Description, b.Description) },
		"owner":          func(a, b Dashboard) int { return inOrder(c.nameOf(a.Owner), c.nameOf(b.Owner)) },
		"favorite_count": func(a, b Dashboard) int { return cmp.Compare(c.popularity(a.of()), c.popularity(b.of())) },
		"is_favorite":    func(a, b Dashboard) int { return compareBools(c.isFavourite(a.of()), c.isFavourite(b.of())) },
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, ds, 100, func(d Dashboard) any {
		whole := c.dashboardShown(d)
		v := obj{}
		for _, n := range []string{"id", "isFavourite", "name", "self"} {
			v[n] = whole[n]
		}
		for n, as := range map[string]string{"description": "description", "owner": "owner", "view": "viewUrl", "popularity": "favouritedCount", "sharePermissions": "sharePermissions", "editPermissions": "editPermissions", "isWritable": "isWritable"} {
			if x, ok := whole[n]; ok && c.expands(as) {
				v[n] = x
			}
		}
		return v
	})
}

// getDashboard returns a dashboard.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-id-get
func (j *Jira) getDashboard(c *call) (any, error) {
	d, err := c.dashboard()
	if err != nil {
		return nil, err
	}
	return c.dashboardShown(d), nil
}

// updateDashboard changes a dashboard, all of it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-id-put
func (j *Jira) updateDashboard(c *call) (any, error) {
	d, err := c.dashboard()
	switch {
	case err != nil:
		return nil, err
	case !c.editsDashboard(d) && !c.forOwner():
		return nil, badRequest("You do not have permission to edit this dashboard. Only its owner and editors have.")
	}
	if err := c.dashboardDetails(&d, object(c.body)); err != nil {
		return nil, err
	}
	j.dashboards.Put(c.Tx, d)
	return c.dashboardShown(d), nil
}

// deleteDashboard deletes a dashboard.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-id-delete
func (j *Jira) deleteDashboard(c *call) (any, error) {
	d, ok := j.dashboards.Get(c.Tx, key(number(c.param("id"))))
	switch {
	case !ok || !c.seesDashboard(d):
		return nil, badRequest("The dashboard with id '%s' does not exist.", c.param("id"))
	case d.Owner == "":
		return nil, badRequest("The system dashboard cannot be deleted.")
	case d.Owner != c.who.ID:
		return nil, badRequest("You do not have permission to delete this dashboard. Only its owner has.")
	}
	for _, g := range d.Gadgets {
		c.dropProperties(itemOf(d, g.ID))
	}
	c.dropFavourites(d.of())
	j.dashboards.Delete(c.Tx, key(d.ID))
	return nil, nil
}

// copyDashboard makes a dashboard that has the gadgets of another.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-id-copy-post
func (j *Jira) copyDashboard(c *call) (any, error) {
	from, err := c.dashboard()
	if err != nil {
		return nil, err
	}
	d := Dashboard{Owner: c.who.ID, Description: from.Description}
	if err := c.dashboardDetails(&d, object(c.body)); err != nil {
		return nil, err
	}
	d.ID = c.next("dashboard", firstID)
	for _, g := range from.Gadgets {
		was := g.ID
		g.ID = c.next("gadget", firstID)
		d.Gadgets = append(d.Gadgets, g)
		for x := range j.properties.All(c.Tx, itemOf(from, was)+"/") {
			c.setProperty(itemOf(d, g.ID), x.Key, x.Value)
		}
	}
	j.dashboards.Put(c.Tx, d)
	return c.dashboardShown(d), nil
}

// availableGadgets are those that a site has.
var availableGadgets = []struct{ module, uri, title string }{
	{"com.atlassian.jira.gadgets:assigned-to-me-gadget", "", "Assigned to Me"}, {"com.atlassian.jira.gadgets:filter-results-dashboard-item", "", "Filter Results"},
	{"com.atlassian.jira.gadgets:stats-gadget", "", "Issue Statistics"}, {"com.atlassian.jira.gadgets:two-dimensional-stats-gadget", "", "Two Dimensional Filter Statistics"},
	{"com.atlassian.jira.gadgets:introduction-dashboard-item", "", "Introduction"}, {"com.atlassian.jira.gadgets:created-vs-resolved-gadget", "", "Created vs. Resolved Chart"},
	{"com.atlassian.jira.gadgets:pie-chart-gadget", "", "Pie Chart"}, {"com.atlassian.jira.gadgets:watched-gadget", "", "Watched Issues"},
	{"", "rest/gadgets/1.0/g/com.atlassian.streams.streams-jira-plugin:activitystream-gadget/gadgets/activitystream-gadget.xml", "Activity Stream"},
	{"", "rest/gadgets/1.0/g/com.pyxis.greenhopper.jira:greenhopper-sprint-health-gadget/gadgets/sprint-health.xml", "Sprint Health Gadget"},
}

// getAllAvailableDashboardGadgets returns the gadgets that dashboards can have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-gadgets-get
func (j *Jira) getAllAvailableDashboardGadgets(*call) (any, error) {
	out := []any{}
	for _, g := range availableGadgets {
		v := obj{"title": g.title}
		if g.module != "" {
			v["moduleKey"] = g.module
		} else {
			v["uri"] = g.uri
		}
		out = append(out, v)
	}
	return obj{"gadgets": out}, nil
}

var errNoDashboard = notFound("The dashboard you requested either does not exist or you don't have the required permissions to perform this action.")

// gadgetsOf finds the dashboard whose gadgets the path names, if the caller may look at it, or change it.
func (c *call) gadgetsOf(change bool) (Dashboard, error) {
	d, ok := c.j.dashboards.Get(c.Tx, key(number(c.param("dashboardId"))))
	if !ok || !c.seesDashboard(d) || change && !c.editsDashboard(d) {
		return d, errNoDashboard
	}
	return d, nil
}

func (g Gadget) shown() obj {
	v := obj{"id": g.ID, "color": g.Color, "title": g.Title, "position": obj{"row": g.Row, "column": g.Column}}
	if g.Module != "" {
		v["moduleKey"] = g.Module
	}
	if g.URI != "" {
		v["uri"] = g.URI
	}
	return v
}

// getAllGadgets returns the gadgets of a dashboard.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-gadget-get
func (j *Jira) getAllGadgets(c *call) (any, error) {
	d, err := c.gadgetsOf(false)
	if err != nil {
		return nil, err
	}
	modules, uris, byID := c.qs("moduleKey"), c.qs("uri"), c.chosenIDs("gadgetId")
	out := []any{}
	for _, g := range d.Gadgets {
		if byID(g.ID) && (len(modules)+len(uris) == 0 || slices.Contains(modules, g.Module) || slices.Contains(uris, g.URI)) {
			out = append(out, g.shown())
		}
	}
	return obj{"gadgets": out}, nil
}

// Bounds of a dashboard.
const (
	mostGadgets      = 20
	dashboardColumns = 3
)

var gadgetColors = []string{"blue", "red", "yellow", "green", "cyan", "purple", "gray", "white"}

// gadgetDetails reads the title, the color and the place of a gadget.
func (c *call) gadgetDetails(d Dashboard, g *Gadget, doc obj) error {
	if v, ok := doc["title"]; ok {
		g.Title = text(v)
	}
	if v, ok := doc["color"]; ok {
		if g.Color = text(v); !slices.Contains(gadgetColors, g.Color) {
			return badRequest("The color has to be one of %s.", strings.Join(gadgetColors, ", "))
		}
	}
	position := object(doc["position"])
	if position == nil {
		return nil
	}
	column, row := whole(position["column"], 0), whole(position["row"], 0)
	below := 0
	for _, x := range d.Gadgets {
		if x.Column == column && x.ID != g.ID {
			below++
		}
	}
	switch {
	case column < 0 || column >= dashboardColumns:
		return badRequest("The gadget cannot be placed in the selected column. The selected column does not exist on the dashboard.")
	case row < 0 || row > below:
		return badRequest("The gadget cannot be placed in the selected row. The selected row does not exist on the dashboard.")
	}
	g.Column, g.Row = column, row
	return nil
}

// placed puts a gadget into its place, and moves those below it down.
func (d *Dashboard) placed(g Gadget) {
	others := slices.DeleteFunc(slices.Clone(d.Gadgets), func(x Gadget) bool { return x.ID == g.ID })
	d.Gadgets = nil
	rows := map[int]int{}
	add := func(x Gadget) {
		x.Row = rows[x.Column]
		rows[x.Column]++
		d.Gadgets = append(d.Gadgets, x)
	}
	slices.SortStableFunc(others, func(a, b Gadget) int { return cmp.Compare(a.Row, b.Row) })
	for _, x := range others {
		if x.Column == g.Column && rows[g.Column] == g.Row && g.ID != 0 {
			add(g)
			g.ID = 0
		}
		add(x)
	}
	if g.ID != 0 {
		add(g)
	}
	slices.SortFunc(d.Gadgets, func(a, b Gadget) int { return cmp.Compare(a.ID, b.ID) })
}

// addGadget puts a gadget on a dashboard: at the top of the first column unless the caller says where.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-gadget-post
func (j *Jira) addGadget(c *call) (any, error) {
	d, err := c.gadgetsOf(true)
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	g := Gadget{Module: text(doc["moduleKey"]), URI: text(doc["uri"]), Color: "blue"}
	switch {
	case len(d.Gadgets) >= mostGadgets:
		return nil, badRequest("Cannot add another gadget. The maximum number of gadgets the dashboard can hold has been reached.")
	case (g.Module == "") == (g.URI == ""):
		return nil, badRequest("Either the module key or the URI of the gadget has to be specified.")
	}
	known := truth(doc["ignoreUriAndModuleKeyValidation"])
	for _, x := range availableGadgets {
		if x.module == g.Module && x.uri == g.URI {
			known, g.Title = true, x.title
		}
	}
	if !known {
		return nil, badRequest("The gadget '%s' does not exist.", g.Module+g.URI)
	}
	if err := c.gadgetDetails(d, &g, doc); err != nil {
		return nil, err
	}
	g.ID = c.next("gadget", firstID)
	d.placed(g)
	j.dashboards.Put(c.Tx, d)
	return g.shown(), nil
}

// gadget is where a dashboard has the gadget that the path names.
func (c *call) gadget(d Dashboard, name string) (int, error) {
	at := slices.IndexFunc(d.Gadgets, func(g Gadget) bool { return id(g.ID) == c.param(name) })
	if at < 0 {
		return at, notFound("The dashboard gadget was not found.")
	}
	return at, nil
}

// updateGadget changes the title, the color or the place of a gadget.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-gadget-gadgetid-put
func (j *Jira) updateGadget(c *call) (any, error) {
	d, err := c.gadgetsOf(true)
	if err != nil {
		return nil, err
	}
	at, err := c.gadget(d, "gadgetId")
	if err != nil {
		return nil, err
	}
	g := d.Gadgets[at]
	if err := c.gadgetDetails(d, &g, object(c.body)); err != nil {
		return nil, err
	}
	d.placed(g)
	j.dashboards.Put(c.Tx, d)
	return nil, nil
}

// removeGadget takes a gadget from a dashboard. Those below it move up.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-gadget-gadgetid-delete
func (j *Jira) removeGadget(c *call) (any, error) {
	d, err := c.gadgetsOf(true)
	if err != nil {
		return nil, err
	}
	at, err := c.gadget(d, "gadgetId")
	if err != nil {
		return nil, err
	}
	c.dropProperties(itemOf(d, d.Gadgets[at].ID))
	d.Gadgets = slices.Delete(slices.Clone(d.Gadgets), at, at+1)
	d.placed(Gadget{})
	j.dashboards.Put(c.Tx, d)
	return nil, nil
}

// itemOf is what the properties of a gadget are kept with.
func itemOf(d Dashboard, gadget int64) string { return d.of() + "/item/" + id(gadget) }

// dashboardItem is the gadget whose properties the path names.
func (c *call) dashboardItem(change bool) (string, error) {
	d, err := c.gadgetsOf(change)
	if err != nil {
		return "", err
	}
	at, err := c.gadget(d, "itemId")
	if err != nil {
		return "", err
	}
	return itemOf(d, d.Gadgets[at].ID), nil
}

// getDashboardItemPropertyKeys returns the keys of a gadget's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-items-itemid-properties-get
func (j *Jira) getDashboardItemPropertyKeys(c *call) (any, error) {
	of, err := c.dashboardItem(false)
	if err != nil {
		return nil, err
	}
	return c.propertyKeys(of, "/dashboard/"+c.param("dashboardId")+"/items/"+c.param("itemId"))
}

// getDashboardItemProperty returns a property of a gadget.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-items-itemid-properties-propertykey-get
func (j *Jira) getDashboardItemProperty(c *call) (any, error) {
	of, err := c.dashboardItem(false)
	if err != nil {
		return nil, err
	}
	return c.getProperty(of)
}

// setDashboardItemProperty keeps a property of a gadget. What a gadget is configured with has texts alone.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-items-itemid-properties-propertykey-put
func (j *Jira) setDashboardItemProperty(c *call) (any, error) {
	of, err := c.dashboardItem(true)
	if err != nil {
		return nil, err
	}
	if c.param("propertyKey") == "config" {
		for _, v := range object(c.body) {
			if _, ok := v.(string); !ok {
				return nil, badRequest("The JSON data provided for the property has too many levels. It must be an object with all keys and values as strings.")
			}
		}
	}
	return c.putProperty(of)
}

// deleteDashboardItemProperty deletes a property of a gadget.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dashboards/#api-rest-api-3-dashboard-dashboardid-items-itemid-properties-propertykey-delete
func (j *Jira) deleteDashboardItemProperty(c *call) (any, error) {
	of, err := c.dashboardItem(true)
	if err != nil {
		return nil, err
	}
	return c.deleteProperty(of)
}
