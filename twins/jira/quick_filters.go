package jira

import (
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// quickFiltersOperations are about what a board can be narrowed down with. Boards' own pages make them, by an older API.
func (j *Jira) quickFiltersOperations() {
	j.on(twin.Full, "agile.getAllQuickFilters", j.getAllQuickFilters).public()
	j.on(twin.Full, "agile.getQuickFilter", j.getQuickFilter).public()
	j.beyond(twin.Full, "quickfilters.create", http.MethodPost, "/rest/greenhopper/1.0/quickfilters/{boardId}", j.createQuickFilter)
	j.beyond(twin.Full, "quickfilters.update", http.MethodPut, "/rest/greenhopper/1.0/quickfilters/{boardId}/{quickFilterId}", j.updateQuickFilter)
	j.beyond(twin.Full, "quickfilters.delete", http.MethodDelete, "/rest/greenhopper/1.0/quickfilters/{boardId}/{quickFilterId}", j.deleteQuickFilter)
}

var errNoQuickFilter = notFound("The quick filter does not exist or you do not have permission to view it.")

// getAllQuickFilters lists what a board can be narrowed down with.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-quickfilter-get
func (j *Jira) getAllQuickFilters(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	return agilePage(c, b.QuickFilters, func(q QuickFilter) any { return quickFilterShown(b, q) })
}

// getQuickFilter returns one of them.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-quickfilter-quickfilterid-get
func (j *Jira) getQuickFilter(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	at, err := c.quickFilter(b)
	if err != nil {
		return nil, err
	}
	return quickFilterShown(b, b.QuickFilters[at]), nil
}

func quickFilterShown(b Board, q QuickFilter) obj {
	at := slices.IndexFunc(b.QuickFilters, func(x QuickFilter) bool { return x.ID == q.ID })
	return obj{"id": q.ID, "boardId": b.ID, "name": q.Name, "jql": q.JQL, "description": q.Description, "position": at}
}

// quickFilter is where a board has the quick filter that the path names.
func (c *call) quickFilter(b Board) (int, error) {
	at := slices.IndexFunc(b.QuickFilters, func(q QuickFilter) bool { return id(q.ID) == c.param("quickFilterId") })
	if at < 0 {
		return at, errNoQuickFilter
	}
	return at, nil
}

// readQuickFilter reads a quick filter of a board, whose name none of the others has.
func (c *call) readQuickFilter(b Board, q QuickFilter) (QuickFilter, error) {
	q.Name = strings.TrimSpace(q.Name)
	switch {
	case q.Name == "":
		return q, wrong("name", "You must specify a name for the quick filter.")
	case slices.ContainsFunc(b.QuickFilters, func(x QuickFilter) bool { return x.ID != q.ID && strings.EqualFold(x.Name, q.Name) }):
		return q, wrong("name", "A quick filter with this name already exists.")
	}
	_, _, err := c.searchedFor(q.JQL, "")
	return q, err
}

// addQuickFilter lets a board be narrowed down with a query.
func (c *call) addQuickFilter(b *Board, q QuickFilter) error {
	q, err := c.readQuickFilter(*b, q)
	if err == nil {
		q.ID = c.next("quickFilter", 1)
		b.QuickFilters = append(slices.Clone(b.QuickFilters), q)
	}
	return err
}

// createQuickFilter lets a board be narrowed down with a query: {name, query, description}.
func (j *Jira) createQuickFilter(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	if err := c.addQuickFilter(&b, QuickFilter{Name: text(doc["name"]), JQL: text(doc["query"]), Description: text(doc["description"])}); err != nil {
		return nil, err
	}
	j.boards.Put(c.Tx, b)
	return configuredQuickFilter(b.QuickFilters[len(b.QuickFilters)-1]), nil
}

// updateQuickFilter changes one. What the body leaves out stays as it is.
func (j *Jira) updateQuickFilter(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	at, err := c.quickFilter(b)
	if err != nil {
		return nil, err
	}
	b.QuickFilters = slices.Clone(b.QuickFilters)
	q := &b.QuickFilters[at]
	for name, to := range map[string]*string{"name": &q.Name, "query": &q.JQL, "description": &q.Description} {
		if s, ok := object(c.body)[name].(string); ok {
			*to = s
		}
	}
	if *q, err = c.readQuickFilter(b, *q); err != nil {
		return nil, err
	}
	j.boards.Put(c.Tx, b)
	return configuredQuickFilter(*q), nil
}

// deleteQuickFilter deletes one.
func (j *Jira) deleteQuickFilter(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	at, err := c.quickFilter(b)
	if err != nil {
		return nil, err
	}
	b.QuickFilters = slices.Delete(slices.Clone(b.QuickFilters), at, at+1)
	j.boards.Put(c.Tx, b)
	return nil, nil
}

// configuredQuickFilter is a quick filter as the board's own pages have it.
func configuredQuickFilter(q QuickFilter) obj {
	return obj{"id": q.ID, "name": q.Name, "query": q.JQL, "description": q.Description}
}
