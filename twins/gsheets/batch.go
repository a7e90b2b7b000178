package gsheets

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (s *Sheets) batchOperations() {
	s.On(twin.Full, "spreadsheets.batchUpdate", s.spreadsheetsBatchUpdate).Answers(api.BatchUpdateSpreadsheetResponse{}, "")
}

// A kind is one kind of request of a batchUpdate: it changes the book, and returns what there is to reply.
type kind func(b *book, in any) (Obj, error)

// does makes a kind of a function of the request's own type.
func does[T any](f func(b *book, in *T) (Obj, error)) kind {
	return func(b *book, in any) (Obj, error) { return f(b, in.(*T)) }
}

// kinds are all that a batchUpdate can be asked for, by the field of Request.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request
var kinds = map[string]kind{
	// Sheets and the spreadsheet.
	"addSheet":                    does((*book).addSheet),
	"deleteSheet":                 does((*book).deleteSheet),
	"duplicateSheet":              does((*book).duplicateSheet),
	"updateSheetProperties":       does((*book).updateSheetProperties),
	"updateSpreadsheetProperties": does((*book).updateSpreadsheetProperties),

	// Rows and columns.
	"appendDimension":           does((*book).appendDimension),
	"insertDimension":           does((*book).insertDimension),
	"deleteDimension":           does((*book).deleteDimension),
	"moveDimension":             does((*book).moveDimension),
	"updateDimensionProperties": does((*book).updateDimensionProperties),
	"autoResizeDimensions":      does((*book).autoResizeDimensions),
	"addDimensionGroup":         does((*book).addDimensionGroup),
	"deleteDimensionGroup":      does((*book).deleteDimensionGroup),
	"updateDimensionGroup":      does((*book).updateDimensionGroup),

	// Names, metadata, protection.
	"addNamedRange":           does((*book).addNamedRange),
	"updateNamedRange":        does((*book).updateNamedRange),
	"deleteNamedRange":        does((*book).deleteNamedRange),
	"createDeveloperMetadata": does((*book).createDeveloperMetadata),
	"updateDeveloperMetadata": does((*book).updateDeveloperMetadata),
	"deleteDeveloperMetadata": does((*book).deleteDeveloperMetadata),
	"addProtectedRange":       does((*book).addProtectedRange),
	"updateProtectedRange":    does((*book).updateProtectedRange),
	"deleteProtectedRange":    does((*book).deleteProtectedRange),

	// Cells.
	"updateCells":       does((*book).updateCells),
	"repeatCell":        does((*book).repeatCell),
	"appendCells":       does((*book).appendCells),
	"insertRange":       does((*book).insertRange),
	"deleteRange":       does((*book).deleteRange),
	"mergeCells":        does((*book).mergeCells),
	"unmergeCells":      does((*book).unmergeCells),
	"updateBorders":     does((*book).updateBorders),
	"setDataValidation": does((*book).setDataValidation),
	"findReplace":       does((*book).findReplace),
	"textToColumns":     does((*book).textToColumns),
	"trimWhitespace":    does((*book).trimWhitespace),
	"deleteDuplicates":  does((*book).deleteDuplicates),
	"randomizeRange":    does((*book).randomizeRange),
	"sortRange":         does((*book).sortRange),
	"copyPaste":         does((*book).copyPaste),
	"cutPaste":          does((*book).cutPaste),
	"pasteData":         does((*book).pasteData),
	"autoFill":          does((*book).autoFill),

	// Filters.
	"setBasicFilter":      does((*book).setBasicFilter),
	"clearBasicFilter":    does((*book).clearBasicFilter),
	"addFilterView":       does((*book).addFilterView),
	"updateFilterView":    does((*book).updateFilterView),
	"duplicateFilterView": does((*book).duplicateFilterView),
	"deleteFilterView":    does((*book).deleteFilterView),

	// What cells look like.
	"addConditionalFormatRule":    does((*book).addConditionalFormatRule),
	"updateConditionalFormatRule": does((*book).updateConditionalFormatRule),
	"deleteConditionalFormatRule": does((*book).deleteConditionalFormatRule),
	"addBanding":                  does((*book).addBanding),
	"updateBanding":               does((*book).updateBanding),
	"deleteBanding":               does((*book).deleteBanding),

	// What lies on a sheet.
	"addChart":                     does((*book).addChart),
	"updateChartSpec":              does((*book).updateChartSpec),
	"addSlicer":                    does((*book).addSlicer),
	"updateSlicerSpec":             does((*book).updateSlicerSpec),
	"updateEmbeddedObjectPosition": does((*book).updateEmbeddedObjectPosition),
	"updateEmbeddedObjectBorder":   does((*book).updateEmbeddedObjectBorder),
	"deleteEmbeddedObject":         does((*book).deleteEmbeddedObject),
	"addTable":                     does((*book).addTable),
	"updateTable":                  does((*book).updateTable),
	"deleteTable":                  does((*book).deleteTable),
	"insertComment":                does((*book).insertComment),
	"addCommentReply":              does((*book).addCommentReply),
	"updateCommentPost":            does((*book).updateCommentPost),
	"deleteComment":                does((*book).deleteComment),
	"deleteCommentReply":           does((*book).deleteCommentReply),

	// Data from elsewhere.
	"addDataSource":           does((*book).addDataSource),
	"updateDataSource":        does((*book).updateDataSource),
	"deleteDataSource":        does((*book).deleteDataSource),
	"refreshDataSource":       does((*book).refreshDataSource),
	"cancelDataSourceRefresh": does((*book).cancelDataSourceRefresh),
}

// A sentence is what is wrong with one request of a batchUpdate.
type sentence string

func (s sentence) Error() string { return string(s) }

func no(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

// spreadsheetsBatchUpdate changes a spreadsheet, by all of the requests in their order or by none.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/batchUpdate
func (s *Sheets) spreadsheetsBatchUpdate(c *call) (any, error) {
	var in api.BatchUpdateSpreadsheetRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	if len(in.Requests) == 0 {
		return nil, gapi.Invalid("Must specify at least one request.")
	}
	replies, err := b.apply(in.Requests)
	if err != nil {
		return nil, err
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	out := Obj{"spreadsheetId": b.ID, "replies": replies}
	if deref(in.IncludeSpreadsheetInResponse) {
		var spans []span
		for _, text := range in.ResponseRanges {
			r, err := b.span(text)
			if err != nil {
				return nil, err
			}
			spans = append(spans, r)
		}
		m := c.Mask.Sub("updatedSpreadsheet")
		out["updatedSpreadsheet"] = b.view(m, b.chosen(spans, withCells(m, deref(in.ResponseIncludeGridData))))
	}
	return out, nil
}

// apply does requests one after the other.
func (b *book) apply(requests []api.Request) ([]any, error) {
	replies := make([]any, len(requests))
	for i := range requests {
		name, do, given, err := kindOf(&requests[i], i)
		if err != nil {
			return nil, err
		}
		reply, err := do(b, given)
		if said := sentence(""); errors.As(err, &said) {
			return nil, gapi.Invalid("Invalid requests[%d].%s: %s", i, name, said)
		} else if err != nil {
			return nil, err
		}
		replies[i] = Obj{}
		if reply != nil {
			replies[i] = Obj{name: reply}
		}
	}
	return replies, nil
}

// kindOf is which kind a request is of, and what it says.
func kindOf(r *api.Request, i int) (name string, do kind, given any, err error) {
	v := reflect.ValueOf(r).Elem()
	for k := range v.NumField() {
		if v.Field(k).IsNil() {
			continue
		}
		field, _, _ := strings.Cut(v.Type().Field(k).Tag.Get("json"), ",")
		if given != nil {
			return "", nil, nil, gapi.Invalid("Invalid value at 'requests[%d]' (oneof), oneof field 'kind' is already set. Cannot set '%s'", i, field)
		}
		name, given = field, v.Field(k).Interface()
	}
	if given == nil {
		return "", nil, nil, gapi.Invalid("Invalid requests[%d]: No request set.", i)
	}
	if do = kinds[name]; do == nil {
		return "", nil, nil, gapi.Refuse(501, "This operation is not twinned: %s.", name)
	}
	return name, do, given, nil
}

// fields reads the mask of an update and holds it against the type of what is updated.
func fields(mask *string, of any) (*gapi.Mask, error) {
	if mask == nil || strings.TrimSpace(*mask) == "" {
		return nil, no("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
	}
	m, ok := gapi.ParseMask(*mask)
	if !ok {
		return nil, no("Invalid field mask: %s", *mask)
	}
	var bad string
	m.Names(func(path []string) bool {
		if !gapi.HasField(reflect.TypeOf(of), path) {
			bad = strings.Join(path, ".")
		}
		return bad == ""
	})
	if bad != "" {
		return nil, no("Invalid field: %s", bad)
	}
	return m, nil
}

// updated is a tree with what a mask names taken from another, or taken away where that has nothing.
func updated(was, is Obj, m *gapi.Mask) Obj {
	if m == nil {
		return is
	}
	out := Obj{}
	for k, v := range was {
		out[k] = v
	}
	for name, part := range m.Parts() {
		v := is[name]
		if part != nil {
			from, _ := was[name].(Obj)
			to, _ := is[name].(Obj)
			if t := updated(from, to, part); len(t) > 0 {
				v = t
			} else {
				v = nil
			}
		}
		if v == nil {
			delete(out, name)
		} else {
			out[name] = v
		}
	}
	return out
}

// grid finds the sheet that a request names, if it is a grid.
func (b *book) grid(id *int32) (*tab, error) {
	t, ok := b.tab(int(deref(id)))
	if !ok || t.Type == "OBJECT" {
		return nil, no("No grid with id: %d", deref(id))
	}
	return t, nil
}

// area finds the cells that a request names. Open sides end with the sheet.
func (b *book) area(r *api.GridRange) (*tab, formula.Area, error) {
	if r == nil {
		return nil, formula.Area{}, no("A range is required.")
	}
	t, err := b.grid(r.SheetID)
	if err != nil {
		return nil, formula.Area{}, err
	}
	a, err := t.clipped(r)
	return t, a, err
}

// place is the cell that a request names, in a sheet that has it.
func (t *tab) place(at *api.GridCoordinate) (row, col int, err error) {
	row, col = int(deref(at.RowIndex)), int(deref(at.ColumnIndex))
	switch {
	case row < 0 || col < 0:
		err = no("GridCoordinate indexes must be >= 0")
	case row >= t.RowCount:
		err = no("GridCoordinate.rowIndex[%d] is after last row in grid[%d]", row, t.RowCount-1)
	case col >= t.ColCount:
		err = no("GridCoordinate.columnIndex[%d] is after last column in grid[%d]", col, t.ColCount-1)
	}
	return row, col, err
}

// clipped is a range of a sheet with the sides that it leaves open at the sheet's ends.
func (t *tab) clipped(r *api.GridRange) (formula.Area, error) {
	a := rangeOf(r)
	switch {
	case a.Row0 < 0 || a.Col0 < 0 || a.Row1 < 0 || a.Col1 < 0:
		return a, no("GridRange indexes must be >= 0")
	case a.Row0 >= a.Row1 && r.EndRowIndex != nil, a.Col0 >= a.Col1 && r.EndColumnIndex != nil:
		return a, no("range must not be empty.")
	}
	c := a.Clip(t.RowCount, t.ColCount)
	if c.Empty() {
		return a, no("Range (%s) exceeds grid limits. Max rows: %d, max columns: %d", t.a1(a), t.RowCount, t.ColCount)
	}
	return c, nil
}

// rangeOf is a range as it is written: an open side is formula.Open.
func rangeOf(r *api.GridRange) formula.Area {
	end := func(i *int32) int {
		if i == nil {
			return formula.Open
		}
		return int(*i)
	}
	return formula.Area{Row0: int(deref(r.StartRowIndex)), Col0: int(deref(r.StartColumnIndex)), Row1: end(r.EndRowIndex), Col1: end(r.EndColumnIndex)}
}

// kept is a value of a generated type as the store keeps it: colours as Google keeps them.
func kept(v any) Obj { return colored(treeOf(v)) }

// fromTree reads a tree into a generated type.
func fromTree(o Obj, into any) {
	j, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(j, into)
	}
	if err != nil {
		panic(err)
	}
}

// indexOf finds the tree that has a number under a name.
func indexOf(list []Obj, name string, id int) int {
	return slices.IndexFunc(list, func(o Obj) bool { return o[name] == float64(id) })
}

// sameTree reports whether two trees say the same.
func sameTree(a, b Obj) bool { return reflect.DeepEqual(a, b) }
