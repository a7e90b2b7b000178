package jira

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) filtersOperations() {
	j.on(twin.Full, "createFilter", j.createFilter)
	j.on(twin.Full, "getFavouriteFilters", j.getFavouriteFilters).public()
	j.beyond(twin.Full, "getFilters", http.MethodGet, "/rest/api/2/filter", j.getFilters).noted("which Jira Cloud has no more, and older clients ask for")
	j.on(twin.Full, "getMyFilters", j.getMyFilters)
	j.on(twin.Full, "getFiltersPaginated", j.getFiltersPaginated).public()
	j.on(twin.Full, "getFilter", j.getFilter).public()
	j.on(twin.Full, "updateFilter", j.updateFilter)
	j.on(twin.Full, "deleteFilter", j.deleteFilter)
	j.on(twin.Full, "getColumns", j.getColumns)
	j.on(twin.Full, "setColumns", j.setColumns).bytes()
	j.on(twin.Full, "resetColumns", j.resetColumns)
	j.on(twin.Full, "setFavouriteForFilter", j.setFavouriteForFilter)
	j.on(twin.Full, "deleteFavouriteForFilter", j.deleteFavouriteForFilter)
	j.on(twin.Full, "changeFilterOwner", j.changeFilterOwner)
	j.on(twin.Full, "getDefaultShareScope", j.getDefaultShareScope)
	j.on(twin.Full, "setDefaultShareScope", j.setDefaultShareScope)
	j.on(twin.Full, "getSharePermissions", j.getSharePermissions).public()
	j.on(twin.Full, "addSharePermission", j.addSharePermission)
	j.on(twin.Full, "getSharePermission", j.getSharePermission).public()
	j.on(twin.Full, "deleteSharePermission", j.deleteSharePermission)
}

var errNoFilter = badRequest("The selected filter is not available to you, perhaps it has been deleted or had its permissions changed.")

// seesFilter reports whether the caller may use a filter.
func (c *call) seesFilter(f Filter) bool {
	return f.Owner == c.who.ID && f.Owner != "" || c.sharedWith(c.who.ID, f.Shares) || c.editsFilter(f)
}

// editsFilter reports whether the caller may change a filter.
func (c *call) editsFilter(f Filter) bool {
	return f.Owner == c.who.ID && f.Owner != "" || c.who.ID != "" && c.sharedWith(c.who.ID, f.Editors)
}

// filterSeen finds a filter that the caller may use. An administrator can ask for that of others.
func (c *call) filterSeen(written string) (Filter, error) {
	f, ok := c.j.filters.Get(c.Tx, key(number(written)))
	if !ok || !c.seesFilter(f) && !(c.qtrue("overrideSharePermissions", false) && c.isAdmin()) {
		return f, errNoFilter
	}
	return f, nil
}

// filterEdited finds the filter that the path names, if the caller may change it.
func (c *call) filterEdited() (Filter, error) {
	f, err := c.filterSeen(c.param("id"))
	if err == nil && !c.editsFilter(f) && !(c.qtrue("overrideSharePermissions", false) && c.isAdmin()) {
		err = badRequest("You do not have permission to edit this filter. Only its owner and editors have.")
	}
	return f, err
}

func (f Filter) of() string { return "filter/" + id(f.ID) }

// filterShown is a filter, all of it.
func (c *call) filterShown(f Filter) obj {
	none := func(items []any) obj {
		return obj{"size": len(items), "items": items, "max-results": 1000, "start-index": 0, "end-index": max(len(items)-1, 0)}
	}
	return obj{"self": c.api("/filter/" + id(f.ID)), "id": id(f.ID), "name": f.Name, "description": f.Description, "owner": c.userShown(f.Owner), "jql": f.JQL,
		"viewUrl": c.base + "/issues/?filter=" + id(f.ID), "searchUrl": c.api("/search?jql=" + url.QueryEscape(f.JQL)), "favourite": c.isFavourite(f.of()), "favouritedCount": c.popularity(f.of()),
		"sharePermissions": c.sharesShown(f.Shares), "editPermissions": c.sharesShown(f.Editors), "isWritable": c.editsFilter(f), "sharedUsers": none([]any{}), "subscriptions": none(c.subscriptionsShown(f))}
}

func (c *call) subscriptionsShown(f Filter) []any {
	out := []any{}
	for _, s := range f.Subscriptions {
		v := obj{"id": s.ID, "user": c.userShown(s.User)}
		if g, ok := c.j.groups.Get(c.Tx, s.Group); ok {
			v["group"] = c.groupShown(g)
		}
		out = append(out, v)
	}
	return out
}

// filterDetails reads what a caller says of a filter.
func (c *call) filterDetails(f *Filter, doc obj) error {
	bad := problems{}
	if v, ok := doc["name"]; ok || f.ID == 0 {
		f.Name = strings.TrimSpace(text(v))
		switch {
		case f.Name == "":
			bad.add(wrong("filterName", "You must specify a name to save this filter as."))
		case utf8.RuneCountInString(f.Name) > 255:
			bad.add(wrong("filterName", "The filter name must not exceed 255 characters in length."))
		}
	}
	for other := range c.j.filters.All(c.Tx, "") {
		if other.ID != f.ID && other.Owner == f.Owner && strings.EqualFold(other.Name, f.Name) {
			bad.add(wrong("filterName", "Filter with same name already exists."))
		}
	}
	if v, ok := doc["description"]; ok {
		f.Description = text(v)
	}
	if v, ok := doc["jql"]; ok {
		f.JQL = text(v)
		if _, _, err := c.searchedFor(f.JQL, ""); err != nil {
			bad.add(err)
		}
	}
	for name, shares := range map[string]*[]Share{"sharePermissions": &f.Shares, "editPermissions": &f.Editors} {
		read, err := c.readShares(doc[name], *shares)
		if err != nil {
			bad.add(err)
			continue
		}
		*shares = read
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	f.Updated = c.at()
	return nil
}

// mark says whether something is a favourite of the caller.
func (c *call) mark(of string, v any) {
	switch v {
	case true:
		c.j.favourites.Put(c.Tx, Favourite{of, c.who.ID})
	case false:
		c.j.favourites.Delete(c.Tx, of+"/"+c.who.ID)
	}
}

// createFilter keeps a query. It is for those for whom the caller's filters usually are, unless they say otherwise.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-post
func (j *Jira) createFilter(c *call) (any, error) {
	doc := object(c.body)
	f := Filter{Owner: c.who.ID}
	if c.shareScope() != "PRIVATE" && c.hasGlobal(c.who.ID, "CREATE_SHARED_OBJECTS") {
		f.Shares = []Share{{ID: c.next("share", firstID), Type: map[string]string{"GLOBAL": "global", "AUTHENTICATED": "loggedin"}[c.shareScope()]}}
	}
	if err := c.filterDetails(&f, doc); err != nil {
		return nil, err
	}
	f.ID = c.next("filter", firstID)
	j.filters.Put(c.Tx, f)
	c.mark(f.of(), doc["favourite"])
	return c.filterShown(f), nil
}

// getFavouriteFilters returns the filters that the caller has marked.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-favourite-get
func (j *Jira) getFavouriteFilters(c *call) (any, error) {
	return c.filtersWhere(func(f Filter) bool { return c.isFavourite(f.of()) && c.seesFilter(f) }), nil
}

func (c *call) filtersWhere(fits func(Filter) bool) []any {
	fs := slices.SortedFunc(filtered(c.j.filters.All(c.Tx, ""), fits), func(a, b Filter) int { return inOrder(a.Name, b.Name) })
	out := []any{}
	for _, f := range fs {
		out = append(out, c.filterShown(f))
	}
	return out
}

// getMyFilters returns the caller's own filters, and those they have marked if they ask for them.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-my-get
func (j *Jira) getMyFilters(c *call) (any, error) {
	marked := c.qtrue("includeFavourites", false)
	return c.filtersWhere(func(f Filter) bool {
		return f.Owner == c.who.ID || marked && c.isFavourite(f.of()) && c.seesFilter(f)
	}), nil
}

// getFilters returns every filter that the caller may use.
func (j *Jira) getFilters(c *call) (any, error) {
	return c.filtersWhere(c.seesFilter), nil
}

// filterExpand is what the answer of a search says can be had besides.
const filterExpand = "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,approximateLastUsed,subscriptions"

// getFiltersPaginated returns the filters that the caller may use and that fit, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-search-get
func (j *Jira) getFiltersPaginated(c *call) (any, error) {
	asked, err := c.askedSharing()
	if err != nil {
		return nil, err
	}
	name, whole, byID := strings.ToLower(c.q("filterName")), c.qtrue("isSubstringMatch", false), c.chosenIDs("id")
	if len(c.qs("id")) > 200 {
		return nil, badRequest("The number of filter ids exceeds the maximum of 200.")
	}
	all := c.qtrue("overrideSharePermissions", false) && c.isAdmin()
	fit := filtered(j.filters.All(c.Tx, ""), func(f Filter) bool {
		fits := nameHas(f.Name, name)
		if whole {
			fits = holding(f.Name, name)
		}
		return fits && byID(f.ID) && asked.fits(f.Owner, f.Shares) && (all || c.seesFilter(f))
	})
	fs, err := byOrder(c, fit, "name", map[string]func(a, b Filter) int{
		"name":            func(a, b Filter) int { return inOrder(a.Name, b.Name) },
		"id":              func(a, b Filter) int { return cmp.Compare(a.ID, b.ID) },
		"description":     func(a, b Filter) int { return inOrder(a.Description, b.Description) },
		"owner":           func(a, b Filter) int { return inOrder(c.nameOf(a.Owner), c.nameOf(b.Owner)) },
		"favourite_count": func(a, b Filter) int { return cmp.Compare(c.popularity(a.of()), c.popularity(b.of())) },
		"is_favourite":    func(a, b Filter) int { return compareBools(c.isFavourite(a.of()), c.isFavourite(b.of())) },
		"is_shared":       func(a, b Filter) int { return compareBools(len(a.Shares) > 0, len(b.Shares) > 0) },
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, fs, 100, func(f Filter) any {
		v := obj{"expand": filterExpand, "self": c.api("/filter/" + id(f.ID)), "id": id(f.ID), "name": f.Name}
		whole := c.filterShown(f)
		whole["subscriptions"] = c.subscriptionsShown(f)
		for n := range strings.SplitSeq(filterExpand, ",") {
			if x, ok := whole[n]; ok && c.expands(n) {
				v[n] = x
			}
		}
		return v
	})
}

// nameHas reports whether a name has all the words that somebody searches for, each at the beginning of one of its own.
func nameHas(name, words string) bool {
	own := strings.Fields(strings.ToLower(name))
	for w := range strings.FieldsSeq(words) {
		if !slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(o, w) }) {
			return false
		}
	}
	return true
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// getFilter returns a filter.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-get
func (j *Jira) getFilter(c *call) (any, error) {
	f, err := c.filterSeen(c.param("id"))
	if err != nil {
		return nil, err
	}
	return c.filterShown(f), nil
}

// updateFilter changes a filter.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-put
func (j *Jira) updateFilter(c *call) (any, error) {
	f, err := c.filterEdited()
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	if err := c.filterDetails(&f, doc); err != nil {
		return nil, err
	}
	j.filters.Put(c.Tx, f)
	c.mark(f.of(), doc["favourite"])
	return c.filterShown(f), nil
}

// deleteFilter deletes a filter.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-delete
func (j *Jira) deleteFilter(c *call) (any, error) {
	f, ok := j.filters.Get(c.Tx, key(number(c.param("id"))))
	switch {
	case !ok || !c.seesFilter(f) && !c.isAdmin():
		return nil, errNoFilter
	case f.Owner != c.who.ID && !c.isAdmin():
		return nil, badRequest("You do not have permission to delete this filter. Only its owner has.")
	}
	for b := range j.boards.All(c.Tx, "") {
		if b.Filter == f.ID {
			return nil, badRequest("The filter '%s' cannot be deleted because the board '%s' uses it.", f.Name, b.Name)
		}
	}
	c.dropFavourites(f.of())
	j.filters.Delete(c.Tx, key(f.ID))
	return nil, nil
}

// getColumns returns the columns of a filter's list of issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-columns-get
func (j *Jira) getColumns(c *call) (any, error) {
	f, err := c.filterSeen(c.param("id"))
	switch {
	case err != nil:
		return nil, err
	case f.Columns == nil:
		return nil, notFound("The filter with id '%d' has no columns of its own.", f.ID)
	}
	return c.columnsShown(f.Columns), nil
}

// setColumns sets the columns of a filter's list of issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-columns-put
func (j *Jira) setColumns(c *call) (any, error) {
	f, err := c.filterEdited()
	if err != nil {
		return nil, err
	}
	if f.Columns, err = c.readColumns(); err != nil {
		return nil, err
	}
	j.filters.Put(c.Tx, f)
	return answer{status: http.StatusOK, body: obj{}}, nil
}

// resetColumns gives a filter's list the columns of whoever looks at it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-columns-delete
func (j *Jira) resetColumns(c *call) (any, error) {
	f, err := c.filterEdited()
	if err != nil {
		return nil, err
	}
	f.Columns = nil
	j.filters.Put(c.Tx, f)
	return nil, nil
}

// setFavouriteForFilter marks a filter.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-favourite-put
func (j *Jira) setFavouriteForFilter(c *call) (any, error) { return c.markFilter(true) }

// deleteFavouriteForFilter takes the mark from a filter.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-favourite-delete
func (j *Jira) deleteFavouriteForFilter(c *call) (any, error) { return c.markFilter(false) }

func (c *call) markFilter(on bool) (any, error) {
	f, err := c.filterSeen(c.param("id"))
	if err != nil {
		return nil, err
	}
	c.mark(f.of(), on)
	return c.filterShown(f), nil
}

// changeFilterOwner gives a filter to somebody else.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/#api-rest-api-3-filter-id-owner-put
func (j *Jira) changeFilterOwner(c *call) (any, error) {
	f, ok := j.filters.Get(c.Tx, key(number(c.param("id"))))
	to := text(object(c.body)["accountId"])
	switch {
	case !ok || !c.seesFilter(f) && !c.isAdmin():
		return nil, notFound("%s", errNoFilter.messages[0])
	case f.Owner != c.who.ID && !c.isAdmin():
		return nil, forbidden("Only the owner of the filter or a Jira administrator can change its owner.")
	case !j.users.Has(c.Tx, to):
		return nil, badRequest("The user '%s' does not exist.", to)
	case to == f.Owner:
		return nil, badRequest("The user is already the owner of the filter.")
	}
	for other := range j.filters.All(c.Tx, "") {
		if other.Owner == to && strings.EqualFold(other.Name, f.Name) {
			return nil, badRequest("The new owner already has a filter with the same name.")
		}
	}
	f.Owner = to
	j.filters.Put(c.Tx, f)
	return nil, nil
}

// shareScope is for whom the caller's new filters usually are.
func (c *call) shareScope() string { return cmp.Or(c.who.Preferences["filter.share.scope"], "PRIVATE") }

// getDefaultShareScope returns for whom the caller's new filters usually are.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/#api-rest-api-3-filter-defaultsharescope-get
func (j *Jira) getDefaultShareScope(c *call) (any, error) { return obj{"scope": c.shareScope()}, nil }

// setDefaultShareScope says for whom the caller's new filters usually are.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/#api-rest-api-3-filter-defaultsharescope-put
func (j *Jira) setDefaultShareScope(c *call) (any, error) {
	scope := text(object(c.body)["scope"])
	if !slices.Contains([]string{"GLOBAL", "AUTHENTICATED", "PRIVATE"}, scope) {
		return nil, badRequest("The scope has to be one of GLOBAL, AUTHENTICATED, PRIVATE.")
	}
	c.prefer("filter.share.scope", scope)
	return obj{"scope": scope}, nil
}

// sharedFilter finds the filter that the path names for who asks about its shares.
func (c *call) sharedFilter() (Filter, error) {
	f, err := c.filterSeen(c.param("id"))
	if err != nil {
		return f, notFound("%s", errNoFilter.messages[0])
	}
	return f, nil
}

// getSharePermissions returns for whom a filter is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/#api-rest-api-3-filter-id-permission-get
func (j *Jira) getSharePermissions(c *call) (any, error) {
	f, err := c.sharedFilter()
	if err != nil {
		return nil, err
	}
	return c.sharesShown(f.Shares), nil
}

// addSharePermission lets more people use a filter. One that is for everybody is for nobody else.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/#api-rest-api-3-filter-id-permission-post
func (j *Jira) addSharePermission(c *call) (any, error) {
	f, err := c.sharedFilter()
	switch {
	case err != nil:
		return nil, err
	case !c.editsFilter(f):
		return nil, notFound("%s", errNoFilter.messages[0])
	}
	s, err := c.readShare(object(c.body))
	if err != nil {
		return nil, err
	}
	f.Shares = slices.Clone(f.Shares)
	if s.Type == "global" || s.Type == "loggedin" {
		f.Shares = nil
	}
	f.Shares = append(f.Shares, s)
	if rights, ok := object(c.body)["rights"].(float64); ok && rights > 1 {
		f.Editors = append(slices.Clone(f.Editors), s)
	}
	j.filters.Put(c.Tx, f)
	return created(c.sharesShown(f.Shares)), nil
}

// shareOf is where a filter has the share that the path names.
func (c *call) shareOf(f Filter) (int, error) {
	at := slices.IndexFunc(f.Shares, func(s Share) bool { return id(s.ID) == c.param("permissionId") })
	if at < 0 {
		return at, notFound("The share permission with id '%s' does not exist.", c.param("permissionId"))
	}
	return at, nil
}

// getSharePermission returns one of those for whom a filter is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/#api-rest-api-3-filter-id-permission-permissionid-get
func (j *Jira) getSharePermission(c *call) (any, error) {
	f, err := c.sharedFilter()
	if err != nil {
		return nil, err
	}
	at, err := c.shareOf(f)
	if err != nil {
		return nil, err
	}
	return c.shareShown(f.Shares[at]), nil
}

// deleteSharePermission lets fewer people use a filter.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filter-sharing/#api-rest-api-3-filter-id-permission-permissionid-delete
func (j *Jira) deleteSharePermission(c *call) (any, error) {
	f, err := c.sharedFilter()
	switch {
	case err != nil:
		return nil, err
	case !c.editsFilter(f):
		return nil, notFound("%s", errNoFilter.messages[0])
	}
	at, err := c.shareOf(f)
	if err != nil {
		return nil, err
	}
	f.Shares = slices.Delete(slices.Clone(f.Shares), at, at+1)
	j.filters.Put(c.Tx, f)
	return nil, nil
}
