package gsheets

import (
	"slices"
	"strconv"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (s *Sheets) dataFilterOperations() {
	s.On(twin.Full, "spreadsheets.getByDataFilter", s.spreadsheetsGetByDataFilter).Answers(api.Spreadsheet{}, "").ReadsOnly()
	s.On(twin.Full, "spreadsheets.values.batchGetByDataFilter", s.valuesBatchGetByDataFilter).Answers(api.BatchGetValuesByDataFilterResponse{}, "").ReadsOnly()
	s.On(twin.Full, "spreadsheets.values.batchUpdateByDataFilter", s.valuesBatchUpdateByDataFilter).Answers(api.BatchUpdateValuesByDataFilterResponse{}, "")
	s.On(twin.Full, "spreadsheets.values.batchClearByDataFilter", s.valuesBatchClearByDataFilter).Answers(api.BatchClearValuesByDataFilterResponse{}, "")
	s.On(twin.Full, "spreadsheets.developerMetadata.get", s.developerMetadataGet).Answers(api.DeveloperMetadata{}, "")
	s.On(twin.Full, "spreadsheets.developerMetadata.search", s.developerMetadataSearch).Answers(api.SearchDeveloperMetadataResponse{}, "").ReadsOnly()
}

// spans are the cells that a data filter selects.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/DataFilter
func (b *book) spans(f api.DataFilter) ([]span, error) {
	switch {
	case f.A1Range != nil:
		r, err := b.span(*f.A1Range)
		return []span{r}, err
	case f.GridRange != nil:
		t, ok := b.tab(int(deref(f.GridRange.SheetID)))
		if !ok {
			return nil, gapi.Invalid("No grid with id: %d", deref(f.GridRange.SheetID))
		}
		r := span{tab: t, asked: areaOf(treeOf(f.GridRange))}
		return []span{r}, r.inGrid()
	case f.DeveloperMetadataLookup != nil:
		var out []span
		for _, m := range b.Metadata {
			if m.seen(b.c) && m.matches(*f.DeveloperMetadataLookup) {
				out = append(out, b.placeOf(m)...)
			}
		}
		return out, nil
	}
	return nil, gapi.Invalid("One of a1Range, gridRange or developerMetadataLookup must be set.")
}

// placeOf is the cells that metadata is on.
func (b *book) placeOf(m Metadata) (out []span) {
	for _, t := range b.tabs {
		r := t.whole()
		switch {
		case m.Where == "SPREADSHEET":
		case m.Sheet != t.ID:
			continue
		case m.Where == "ROW":
			r.asked.Row0, r.asked.Row1 = m.At, m.At+1
		case m.Where == "COLUMN":
			r.asked.Col0, r.asked.Col1 = m.At, m.At+1
		}
		out = append(out, r)
	}
	return out
}

// matches reports whether metadata is as a lookup describes it.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/DataFilter#DeveloperMetadataLookup
func (m Metadata) matches(l api.DeveloperMetadataLookup) bool {
	switch {
	case l.MetadataID != nil && int(*l.MetadataID) != m.ID, l.MetadataKey != nil && *l.MetadataKey != m.Key, l.MetadataValue != nil && *l.MetadataValue != m.Value,
		given(l.Visibility) && *l.Visibility != m.Visibility, given(l.LocationType) && *l.LocationType != m.Where:
		return false
	case l.MetadataLocation == nil:
		return true
	}
	at := *l.MetadataLocation
	if deref(l.LocationMatchingStrategy) == "INTERSECTING_LOCATION" {
		switch {
		case deref(at.Spreadsheet):
			return true
		case at.SheetID != nil:
			return m.Where != "SPREADSHEET" && m.Sheet == int(*at.SheetID)
		case at.DimensionRange != nil:
			d := at.DimensionRange
			return m.Where == "SHEET" && m.Sheet == int(deref(d.SheetID)) || m.within(d)
		}
		return true
	}
	switch {
	case deref(at.Spreadsheet):
		return m.Where == "SPREADSHEET"
	case at.SheetID != nil:
		return m.Where == "SHEET" && m.Sheet == int(*at.SheetID)
	case at.DimensionRange != nil:
		return m.within(at.DimensionRange)
	}
	return true
}

// given reports whether one of an enumeration is named.
func given(s *string) bool {
	return s != nil && *s != "" && !slices.Contains([]string{"DEVELOPER_METADATA_VISIBILITY_UNSPECIFIED", "DEVELOPER_METADATA_LOCATION_TYPE_UNSPECIFIED"}, *s)
}

// within reports whether metadata is on a row or column of a range.
func (m Metadata) within(d *api.DimensionRange) bool {
	end := formula.Open
	if d.EndIndex != nil {
		end = int(*d.EndIndex)
	}
	return m.Where+"S" == deref(d.Dimension) && m.Sheet == int(deref(d.SheetID)) && m.At >= int(deref(d.StartIndex)) && m.At < end
}

func inFilters(i int, err error) error {
	if r, ok := err.(*gapi.Refusal); ok && r.Status == "INVALID_ARGUMENT" {
		return gapi.Invalid("Invalid dataFilters[%d]: %s", i, r.Message)
	}
	return err
}

// spreadsheetsGetByDataFilter answers a spreadsheet, with the cells that filters select.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/getByDataFilter
func (s *Sheets) spreadsheetsGetByDataFilter(c *call) (any, error) {
	var in api.GetSpreadsheetByDataFilterRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	var spans []span
	for i, f := range in.DataFilters {
		more, err := b.spans(f)
		if err != nil {
			return nil, inFilters(i, err)
		}
		spans = append(spans, more...)
	}
	if len(in.DataFilters) > 0 && spans == nil {
		spans = []span{}
	}
	b.noTables = deref(in.ExcludeTablesInBandedRanges)
	b.comments = deref(in.CommentsViewMode)
	return b.view(c.Mask, b.chosen(spans, withCells(c.Mask, deref(in.IncludeGridData)))), nil
}

// valuesBatchGetByDataFilter answers the values that filters select.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchGetByDataFilter
func (s *Sheets) valuesBatchGetByDataFilter(c *call) (any, error) {
	var in api.BatchGetValuesByDataFilterRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	how, major := readOptions(deref(in.ValueRenderOption), deref(in.DateTimeRenderOption), deref(in.MajorDimension))
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	out := Obj{"spreadsheetId": b.ID}
	for i, f := range in.DataFilters {
		spans, err := b.spans(f)
		if err != nil {
			return nil, inFilters(i, err)
		}
		for _, r := range spans {
			appendTo(out, "valueRanges", Obj{"valueRange": r.values(how, major), "dataFilters": []any{treeOf(f)}})
		}
	}
	return out, nil
}

// valuesBatchUpdateByDataFilter writes values where filters select.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchUpdateByDataFilter
func (s *Sheets) valuesBatchUpdateByDataFilter(c *call) (any, error) {
	var in api.BatchUpdateValuesByDataFilterRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	w, err := newWriteOptions(deref(in.ValueInputOption), deref(in.IncludeValuesInResponse), deref(in.ResponseValueRenderOption), deref(in.ResponseDateTimeRenderOption))
	if err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	var all []written
	var filters []any
	for i, data := range in.Data {
		spans, err := b.spans(deref(data.DataFilter))
		if err != nil {
			return nil, inData(i, err)
		}
		for _, r := range spans {
			done, err := r.write(api.ValueRange{MajorDimension: data.MajorDimension, Values: data.Values}, w)
			if err != nil {
				return nil, inData(i, err)
			}
			all, filters = append(all, done), append(filters, treeOf(data.DataFilter))
		}
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	out := b.totals(all)
	for i, done := range all {
		one := with(done.view(w), "dataFilter", filters[i])
		delete(one, "spreadsheetId")
		appendTo(out, "responses", one)
	}
	return out, nil
}

// valuesBatchClearByDataFilter clears the values that filters select.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchClearByDataFilter
func (s *Sheets) valuesBatchClearByDataFilter(c *call) (any, error) {
	var in api.BatchClearValuesByDataFilterRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	out := Obj{"spreadsheetId": b.ID}
	for i, f := range in.DataFilters {
		spans, err := b.spans(f)
		if err != nil {
			return nil, inFilters(i, err)
		}
		for _, r := range spans {
			if err := r.clear(); err != nil {
				return nil, inFilters(i, err)
			}
			appendTo(out, "clearedRanges", r.a1(r.area()))
		}
	}
	return out, b.commit()
}

// developerMetadataGet answers what an app keeps at a place of a spreadsheet.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.developerMetadata/get
func (s *Sheets) developerMetadataGet(c *call) (any, error) {
	id, err := strconv.ParseInt(c.Param("metadataId"), 10, 32)
	if err != nil {
		return nil, errNumber("metadata_id", c.Param("metadataId"))
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	for _, m := range b.Metadata {
		if m.ID == int(id) && m.seen(c) {
			return m.view(), nil
		}
	}
	return nil, gapi.Refuse(404, "No developer metadata with id %d found.", id)
}

// developerMetadataSearch answers the metadata that filters describe, or that are where they point.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.developerMetadata/search
func (s *Sheets) developerMetadataSearch(c *call) (any, error) {
	var in api.SearchDeveloperMetadataRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	found := map[int][]any{}
	for i, f := range in.DataFilters {
		match, err := b.selects(f)
		if err != nil {
			return nil, inFilters(i, err)
		}
		for _, m := range b.Metadata {
			if m.seen(c) && match(m) {
				found[m.ID] = append(found[m.ID], treeOf(f))
			}
		}
	}
	out := Obj{}
	for _, m := range b.Metadata {
		if filters := found[m.ID]; filters != nil {
			appendTo(out, "matchedDeveloperMetadata", Obj{"developerMetadata": m.view(), "dataFilters": filters})
		}
	}
	return out, nil
}

// selects tells which metadata a filter means: as a lookup describes, or on a place that meets a range.
func (b *book) selects(f api.DataFilter) (func(Metadata) bool, error) {
	if l := f.DeveloperMetadataLookup; l != nil {
		return func(m Metadata) bool { return m.matches(*l) }, nil
	}
	spans, err := b.spans(f)
	if err != nil {
		return nil, err
	}
	at := spans[0]
	return func(m Metadata) bool {
		for _, r := range b.placeOf(m) {
			a, z := r.area(), at.area()
			if m.Where != "SPREADSHEET" && r.tab == at.tab && a.Row0 < z.Row1 && z.Row0 < a.Row1 && a.Col0 < z.Col1 && z.Col0 < a.Col1 {
				return true
			}
		}
		return false
	}, nil
}
