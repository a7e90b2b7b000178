package gsheets

import (
	"slices"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/internal/google/gapi"
)

// A data source connects a spreadsheet with BigQuery or Looker, which a twin does not reach: whoever asks for a connection
// is refused as somebody is whose token does not have the scope for it, and no spreadsheet has one.
//
// https://developers.google.com/workspace/sheets/api/guides/connected-sheets

const bigQuery = "https://www.googleapis.com/auth/bigquery.readonly"

// errNoScope is for a connection that the token is not good for.
var errNoScope = gapi.Refuse(403, "Request had insufficient authentication scopes.")

// addDataSource connects a data source.
func (b *book) addDataSource(in *api.AddDataSourceRequest) (Obj, error) {
	switch d := in.DataSource; {
	case d == nil || d.Spec == nil || d.Spec.BigQuery == nil && d.Spec.Looker == nil:
		return nil, no("dataSource.spec must be specified.")
	case !slices.Contains(b.c.Who.Scopes, bigQuery):
		return nil, errNoScope
	}
	return nil, gapi.Refuse(501, "This operation is not twinned: a twin does not reach BigQuery or Looker.")
}

// noSource is what is said of a data source, of which no spreadsheet has any.
func noSource(id *string) error { return no("No data source with id: %s", deref(id)) }

// updateDataSource changes a connection.
func (b *book) updateDataSource(in *api.UpdateDataSourceRequest) (Obj, error) {
	if _, err := fields(in.Fields, api.DataSource{}); err != nil {
		return nil, err
	}
	if in.DataSource == nil {
		return nil, no("dataSource must be specified.")
	}
	return nil, noSource(in.DataSource.DataSourceID)
}

// deleteDataSource takes a connection away.
func (b *book) deleteDataSource(in *api.DeleteDataSourceRequest) (Obj, error) {
	return nil, noSource(in.DataSourceID)
}

// refreshDataSource asks for the data of a connection again; of all is of none.
func (b *book) refreshDataSource(in *api.RefreshDataSourceRequest) (Obj, error) {
	if deref(in.IsAll) {
		return Obj{}, nil
	}
	if in.References == nil && in.DataSourceID == nil {
		return nil, no("One of references, dataSourceId or isAll must be set.")
	}
	return nil, noSource(in.DataSourceID)
}

// cancelDataSourceRefresh stops asking; of all is of none.
func (b *book) cancelDataSourceRefresh(in *api.CancelDataSourceRefreshRequest) (Obj, error) {
	if deref(in.IsAll) {
		return Obj{}, nil
	}
	if in.References == nil && in.DataSourceID == nil {
		return nil, no("One of references, dataSourceId or isAll must be set.")
	}
	return nil, noSource(in.DataSourceID)
}
