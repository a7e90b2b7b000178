package gsheets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/internal/google/gapi"
)

// A data source connects a spreadsheet with a table of BigQuery, or with what a query gives. Its data source sheet shows the first
// rows; data source tables, pivot tables, charts and formulas read all of them. Each of these reads anew only when it is asked to.
//
// https://developers.google.com/workspace/sheets/api/guides/connected-sheets

// bigQueryScopes are those of which a token needs one for all that reads BigQuery.
var bigQueryScopes = []string{"https://www.googleapis.com/auth/bigquery.readonly", "https://www.googleapis.com/auth/bigquery", "https://www.googleapis.com/auth/cloud-platform"}

// errNoScope is for a connection that the token is not good for.
var errNoScope = gapi.Refuse(403, "Request had insufficient authentication scopes.")

// connects refuses a caller whose token is not good for BigQuery.
func (b *book) connects() error {
	if !slices.ContainsFunc(bigQueryScopes, func(s string) bool { return slices.Contains(b.c.Who.Scopes, s) }) {
		return errNoScope
	}
	return nil
}

// addDataSource connects a data source, and adds the sheet that shows it.
func (b *book) addDataSource(in *api.AddDataSourceRequest) (Obj, error) {
	if in.DataSource == nil {
		return nil, no("dataSource must be specified.")
	}
	o := Obj{"dataSourceId": strconv.Itoa(b.number())}
	if id := deref(in.DataSource.DataSourceID); id != "" {
		if b.sourceAt(id) >= 0 {
			return nil, no("A data source with the id %s already exists.", id)
		}
		o["dataSourceId"] = id
	}
	if err := b.describe(o, in.DataSource); err != nil {
		return nil, err
	}
	sh := Sheet{ID: b.newSheetID(), Title: b.sourceTitle(o), Index: len(b.tabs), Type: "DATA_SOURCE", RowCount: 1, ColCount: 1}
	if in.DataSource.SheetID != nil {
		if sh.ID = int(*in.DataSource.SheetID); sh.ID < 0 {
			return nil, no("Sheet ids must not be negative.")
		} else if _, taken := b.tab(sh.ID); taken {
			return nil, no("A sheet with the id %d already exists.", sh.ID)
		}
	}
	o["sheetId"] = float64(sh.ID)
	sh.DataSource = Obj{"dataSourceId": o["dataSourceId"], "dataExecutionStatus": running}
	b.add(sh)
	b.DataSources = append(slices.Clone(b.DataSources), o)
	b.reading = true
	b.touch()
	return Obj{"dataSource": o, "dataExecutionStatus": running}, nil
}

// describe takes what a data source is to read.
func (b *book) describe(o Obj, in *api.DataSource) error {
	spec := in.Spec
	switch {
	case spec == nil || spec.BigQuery == nil && spec.Looker == nil:
		return no("dataSource.spec must be specified.")
	case spec.BigQuery != nil && spec.Looker != nil:
		return no("Only one of dataSource.spec.bigQuery and dataSource.spec.looker can be set.")
	case spec.Looker != nil:
		return gapi.Refuse(501, "This operation is not twinned: a twin has no Looker.")
	}
	if err := b.connects(); err != nil {
		return err
	}
	switch big := spec.BigQuery; {
	case deref(big.ProjectID) == "":
		return no("dataSource.spec.bigQuery.projectId must be specified.")
	case (big.QuerySpec == nil) == (big.TableSpec == nil):
		return no("Exactly one of dataSource.spec.bigQuery.querySpec and dataSource.spec.bigQuery.tableSpec must be set.")
	case big.QuerySpec != nil && strings.TrimSpace(deref(big.QuerySpec.RawQuery)) == "":
		return no("dataSource.spec.bigQuery.querySpec.rawQuery must be specified.")
	case big.TableSpec != nil && (deref(big.TableSpec.DatasetID) == "" || deref(big.TableSpec.TableID) == ""):
		return no("dataSource.spec.bigQuery.tableSpec must have a datasetId and a tableId.")
	case big.TableSpec != nil && len(spec.Parameters) > 0:
		return no("Parameters are only supported by data sources with a query.")
	}
	o["spec"] = treeOf(spec)
	for _, p := range spec.Parameters {
		if deref(p.Name) == "" {
			return no("A data source parameter must have a name.")
		}
		if _, _, ok := b.parameterCell(treeOf(p)); !ok {
			return no("The data source parameter %s must refer to one cell.", *p.Name)
		}
	}
	delete(o, "calculatedColumns")
	for _, c := range in.CalculatedColumns {
		if columnName(treeOf(c)) == "" || !strings.HasPrefix(deref(c.Formula), "=") {
			return no("A calculated column must have a name, and a formula that starts with an equal sign.")
		}
		appendTo(o, "calculatedColumns", treeOf(c))
	}
	return nil
}

// sourceTitle is what a new data source's sheet is called: as the table, or Connected Sheet.
func (b *book) sourceTitle(source Obj) string {
	big := source["spec"].(Obj)["bigQuery"].(Obj)
	table, _ := big["tableSpec"].(Obj)
	title, _ := table["tableId"].(string)
	if title == "" {
		return b.numbered("Connected Sheet ", 1)
	}
	if _, taken := b.named(title); taken {
		return b.numbered(title+" ", 2)
	}
	return title
}

// sourceAt is the place of a data source; -1 if there is none.
func (b *book) sourceAt(id string) int {
	return slices.IndexFunc(b.DataSources, func(o Obj) bool { return o["dataSourceId"] == id })
}

// noSource is what is said of a data source that there is not.
func noSource(id *string) error { return no("No data source with id: %s", deref(id)) }

// updateDataSource changes what a data source reads, and reads its sheet anew.
func (b *book) updateDataSource(in *api.UpdateDataSourceRequest) (Obj, error) {
	m, err := fields(in.Fields, api.DataSource{})
	if err != nil {
		return nil, err
	}
	if in.DataSource == nil {
		return nil, no("dataSource must be specified.")
	}
	i := b.sourceAt(deref(in.DataSource.DataSourceID))
	if i < 0 {
		return nil, noSource(in.DataSource.DataSourceID)
	}
	was := b.DataSources[i]
	if id := in.DataSource.SheetID; m.Has("sheetId") && id != nil && float64(*id) != was["sheetId"] {
		return nil, no("The sheet of a data source cannot be changed.")
	}
	var full api.DataSource
	fromTree(updated(was, treeOf(in.DataSource), m), &full)
	o := Obj{"dataSourceId": was["dataSourceId"], "sheetId": was["sheetId"]}
	if err := b.describe(o, &full); err != nil {
		return nil, err
	}
	b.DataSources = slices.Clone(b.DataSources)
	b.DataSources[i] = o
	t, _ := b.tab(numberIn(o, "sheetId", 0))
	t.DataSource = with(t.DataSource, "dataExecutionStatus", started(t.DataSource["dataExecutionStatus"]))
	b.reading = true
	t.touch()
	b.touch()
	return Obj{"dataSource": o, "dataExecutionStatus": t.DataSource["dataExecutionStatus"]}, nil
}

// deleteDataSource takes a data source and its sheet away. What was read with it stays as it is.
func (b *book) deleteDataSource(in *api.DeleteDataSourceRequest) (Obj, error) {
	i := b.sourceAt(deref(in.DataSourceID))
	if i < 0 {
		return nil, noSource(in.DataSourceID)
	}
	t, _ := b.tab(numberIn(b.DataSources[i], "sheetId", 0))
	if len(b.tabs) == 1 {
		return nil, no("You can't remove all the sheets in a document.")
	}
	b.dropSheet(t)
	return nil, nil
}

// disconnect takes away the data source that a sheet shows, if it does.
func (b *book) disconnect(t *tab) {
	id, ok := t.DataSource["dataSourceId"].(string)
	if !ok {
		return
	}
	for _, x := range b.sourceObjects(id) {
		x.unlink()
	}
	b.DataSources = slices.DeleteFunc(slices.Clone(b.DataSources), func(o Obj) bool { return o["dataSourceId"] == id })
	b.s.results.Delete(b.c.Tx, resultKey(b.ID, id))
}

// asked are the objects that a request names. Those that there are not have only a reference.
func (b *book) asked(id *string, all bool, references *api.DataSourceObjectReferences) ([]sourceObject, error) {
	switch {
	case all:
		return b.sourceObjects(""), nil
	case id != nil:
		if b.sourceAt(*id) < 0 {
			return nil, noSource(id)
		}
		return b.sourceObjects(*id), nil
	case references == nil:
		return nil, no("One of references, dataSourceId or isAll must be set.")
	}
	there := b.sourceObjects("")
	var out []sourceObject
	for _, r := range references.References {
		ref := Obj{}
		for name, v := range treeOf(r) {
			if cell, ok := v.(Obj); ok { // zeros can be left out
				v = coordinate(numberIn(cell, "sheetId", 0), numberIn(cell, "rowIndex", 0), numberIn(cell, "columnIndex", 0))
			}
			ref[name] = v
		}
		if i := slices.IndexFunc(there, func(x sourceObject) bool { return sameTree(x.ref, ref) }); i >= 0 {
			out = append(out, there[i])
		} else {
			out = append(out, sourceObject{ref: ref})
		}
	}
	return out, nil
}

// refreshDataSource reads objects anew. One that could not be read before is read again only if that is forced.
func (b *book) refreshDataSource(in *api.RefreshDataSourceRequest) (Obj, error) {
	objects, err := b.asked(in.DataSourceID, deref(in.IsAll), in.References)
	if err != nil {
		return nil, err
	}
	if len(objects) > 0 {
		if err := b.connects(); err != nil {
			return nil, err
		}
	}
	out := Obj{}
	for _, x := range objects {
		status := Obj{"state": "FAILED", "errorCode": "OBJECT_NOT_FOUND", "errorMessage": fmt.Sprintf("There is no such data source object: %s", mention(x.ref))}
		switch {
		case x.status == nil:
		case x.status["state"] == "FAILED" && !deref(in.Force):
			status = Obj{"state": "FAILED", "errorCode": "OBJECT_IN_ERROR_STATE", "errorMessage": "The data source object is in an error state. To force a refresh, set force."}
		default:
			status = started(x.status)
			x.set(status)
			b.reading = true
		}
		if !deref(in.IsAll) || status["state"] == "FAILED" {
			appendTo(out, "statuses", Obj{"reference": x.ref, "dataExecutionStatus": status})
		}
	}
	return out, nil
}

// cancelDataSourceRefresh keeps objects from being read that an earlier request of the batch asked for.
func (b *book) cancelDataSourceRefresh(in *api.CancelDataSourceRefreshRequest) (Obj, error) {
	objects, err := b.asked(in.DataSourceID, deref(in.IsAll), in.References)
	if err != nil {
		return nil, err
	}
	if len(objects) > 0 {
		if err := b.connects(); err != nil {
			return nil, err
		}
	}
	out := Obj{}
	for _, x := range objects {
		status := Obj{"state": "CANCEL_FAILED", "errorCode": "EXECUTION_NOT_FOUND"}
		switch {
		case x.status == nil:
		case x.status["state"] == "RUNNING":
			status = Obj{"state": "CANCEL_SUCCEEDED"}
			x.set(ended(x.status, Obj{"state": "FAILED", "errorCode": "DATA_EXECUTION_CANCELLED", "errorMessage": "The data execution has been cancelled."}))
		default:
			status["errorCode"] = "QUERY_EXECUTION_COMPLETED"
		}
		appendTo(out, "statuses", Obj{"reference": x.ref, "refreshCancellationStatus": status})
	}
	return out, nil
}
