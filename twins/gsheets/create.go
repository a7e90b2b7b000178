package gsheets

import (
	"errors"
	"slices"
	"time"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/internal/google/gapi"
)

// setProperties takes what a new spreadsheet's properties say.
func (b *book) setProperties(p *api.SpreadsheetProperties) error {
	if p.Locale != nil && *p.Locale != "" {
		if !format.Known(*p.Locale) {
			return gapi.Invalid("Invalid spreadsheet.properties: Unsupported locale: %s", *p.Locale)
		}
		b.setLocale(*p.Locale)
	}
	if p.TimeZone != nil && *p.TimeZone != "" {
		if !knownZone(*p.TimeZone) {
			return gapi.Invalid("Invalid spreadsheet.properties: Invalid time zone: %s", *p.TimeZone)
		}
		b.TimeZone = *p.TimeZone
	}
	if r := p.AutoRecalc; r != nil && slices.Contains([]string{"ON_CHANGE", "MINUTE", "HOUR"}, *r) {
		b.Recalc = *r
	}
	if p.IterativeCalculationSettings != nil {
		b.Iterate = treeOf(p.IterativeCalculationSettings)
	}
	if p.ImportFunctionsExternalURLAccessAllowed != nil {
		b.Imports = *p.ImportFunctionsExternalURLAccessAllowed
	}
	if p.SpreadsheetTheme != nil {
		b.Theme = treeOf(p.SpreadsheetTheme)
	}
	b.touch()
	return nil
}

// knownZone reports whether a name is a time zone's.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// give does one thing that a new spreadsheet asks for, in the words of batchUpdate.
func (b *book) give(path string, r api.Request) error {
	_, do, given, err := kindOf(&r, 0)
	if err != nil {
		return err
	}
	_, err = do(b, given)
	if said := sentence(""); errors.As(err, &said) {
		return gapi.Invalid("Invalid %s: %s", path, said)
	}
	return err
}

// giveSheet adds a sheet with everything that a new spreadsheet says of it.
func (b *book) giveSheet(path string, in *api.Sheet) error {
	if err := b.give(path, api.Request{AddSheet: &api.AddSheetRequest{Properties: in.Properties}}); err != nil {
		return err
	}
	id := int32(b.tabs[len(b.tabs)-1].ID)
	if p := in.Properties; p != nil && p.Index != nil && int(*p.Index) < len(b.tabs) {
		id = int32(b.tabs[max(0, *p.Index)].ID)
	}
	var all []api.Request
	for _, d := range in.Data {
		all = append(all, dataRequests(id, d)...)
	}
	for i := range in.Merges {
		all = append(all, api.Request{MergeCells: &api.MergeCellsRequest{MergeType: ptr("MERGE_ALL"), Range: &in.Merges[i]}})
	}
	for i := range in.ConditionalFormats {
		all = append(all, api.Request{AddConditionalFormatRule: &api.AddConditionalFormatRuleRequest{Index: ptr(int32(i)), Rule: &in.ConditionalFormats[i]}})
	}
	if in.BasicFilter != nil {
		all = append(all, api.Request{SetBasicFilter: &api.SetBasicFilterRequest{Filter: in.BasicFilter}})
	}
	for i := range in.FilterViews {
		all = append(all, api.Request{AddFilterView: &api.AddFilterViewRequest{Filter: &in.FilterViews[i]}})
	}
	for i := range in.ProtectedRanges {
		all = append(all, api.Request{AddProtectedRange: &api.AddProtectedRangeRequest{ProtectedRange: &in.ProtectedRanges[i]}})
	}
	for i := range in.BandedRanges {
		all = append(all, api.Request{AddBanding: &api.AddBandingRequest{BandedRange: &in.BandedRanges[i]}})
	}
	for _, g := range append(in.RowGroups, in.ColumnGroups...) {
		all = append(all, api.Request{AddDimensionGroup: &api.AddDimensionGroupRequest{Range: g.Range}})
	}
	for i := range in.Charts {
		all = append(all, api.Request{AddChart: &api.AddChartRequest{Chart: &in.Charts[i]}})
	}
	for i := range in.Slicers {
		all = append(all, api.Request{AddSlicer: &api.AddSlicerRequest{Slicer: &in.Slicers[i]}})
	}
	for i := range in.Tables {
		all = append(all, api.Request{AddTable: &api.AddTableRequest{Table: &in.Tables[i]}})
	}
	for i := range in.DeveloperMetadata {
		all = append(all, api.Request{CreateDeveloperMetadata: &api.CreateDeveloperMetadataRequest{DeveloperMetadata: &in.DeveloperMetadata[i]}})
	}
	for _, r := range all {
		if err := b.give(path, r); err != nil {
			return err
		}
	}
	return nil
}

// dataRequests write cells, and the sizes of their rows and columns.
func dataRequests(sheet int32, d api.GridData) (all []api.Request) {
	if len(d.RowData) > 0 {
		all = append(all, api.Request{UpdateCells: &api.UpdateCellsRequest{
			Start: &api.GridCoordinate{SheetID: &sheet, RowIndex: d.StartRow, ColumnIndex: d.StartColumn}, Rows: d.RowData, Fields: ptr("*")}})
	}
	size := func(dimension string, start *int32, of []api.DimensionProperties) {
		for i := range of {
			at, fields := deref(start)+int32(i), "hiddenByUser"
			if of[i].PixelSize != nil {
				fields += ",pixelSize"
			}
			all = append(all, api.Request{UpdateDimensionProperties: &api.UpdateDimensionPropertiesRequest{
				Range: &api.DimensionRange{SheetID: &sheet, Dimension: &dimension, StartIndex: &at, EndIndex: ptr(at + 1)}, Properties: &of[i], Fields: &fields}})
		}
	}
	size("ROWS", d.StartRow, d.RowMetadata)
	size("COLUMNS", d.StartColumn, d.ColumnMetadata)
	return all
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
