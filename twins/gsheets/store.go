package gsheets

import (
	"strconv"

	"twinset.dev/kit/store"
	"twinset.dev/twins/gsheets/internal/bigquery"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A Book is what a spreadsheet has beside its sheets. Its title is the name of the file whose id it has.
//
// Trees in records are as the API writes them, with numbers as float64; they are shared and never changed in place.
type Book struct {
	ID       string `json:"id"`
	Version  int64  `json:"version"` // counts the changes
	Locale   string `json:"locale"`
	TimeZone string `json:"time_zone"`
	Recalc   string `json:"recalc"`             // ON_CHANGE, MINUTE, HOUR
	Iterate  Obj    `json:"iterate,omitempty"`  // iterativeCalculationSettings
	Format   Obj    `json:"format,omitempty"`   // defaultFormat, where it is not as in a new spreadsheet
	Theme    Obj    `json:"theme,omitempty"`    // likewise
	Volatile bool   `json:"volatile,omitempty"` // some formula has another value whenever it is looked at
	Imports  bool   `json:"imports,omitempty"`  // importFunctionsExternalUrlAccessAllowed

	Names       []NamedRange `json:"names,omitempty"`
	Metadata    []Metadata   `json:"metadata,omitempty"` // of the spreadsheet, its sheets, rows and columns
	DataSources []Obj        `json:"data_sources,omitempty"`
	Schedules   []Obj        `json:"schedules,omitempty"` // dataSourceSchedules
	Comments    []Obj        `json:"comments,omitempty"`
	Pivots      bool         `json:"pivots,omitempty"` // there is, or was, a pivot table
}

// A NamedRange is a name for cells. An open side of the area goes on to the sheet's end.
type NamedRange struct {
	ID    string       `json:"id"`
	Name  string       `json:"name"`
	Sheet int          `json:"sheet"`
	Area  formula.Area `json:"area"`
}

// Metadata is what an app keeps at a place of a spreadsheet.
type Metadata struct {
	ID         int    `json:"id"`
	Key        string `json:"key"`
	Value      string `json:"value,omitempty"`
	Visibility string `json:"visibility"` // DOCUMENT, PROJECT
	Client     string `json:"client"`     // whose it is if it is its project's alone
	Where      string `json:"where"`      // SPREADSHEET, SHEET, ROW, COLUMN
	Sheet      int    `json:"sheet,omitempty"`
	At         int    `json:"at,omitempty"` // the row or column
}

// A Sheet is one sheet of a spreadsheet, without its cells.
type Sheet struct {
	Book   string `json:"book"`
	ID     int    `json:"id"`
	Title  string `json:"title"`
	Index  int    `json:"index"`
	Type   string `json:"type"` // GRID, OBJECT, DATA_SOURCE
	Hidden bool   `json:"hidden,omitempty"`
	Right  bool   `json:"right,omitempty"` // rightToLeft
	Color  Obj    `json:"color,omitempty"` // tabColorStyle

	RowCount   int  `json:"rows"` // both 0 if it is no grid
	ColCount   int  `json:"cols"`
	FrozenRows int  `json:"frozen_rows,omitempty"`
	FrozenCols int  `json:"frozen_cols,omitempty"`
	NoLines    bool `json:"no_lines,omitempty"`    // hideGridlines
	RowsAfter  bool `json:"row_toggle,omitempty"`  // rowGroupControlAfter
	ColsAfter  bool `json:"col_toggle,omitempty"`  // columnGroupControlAfter
	DataSource Obj  `json:"data_source,omitempty"` // dataSourceSheetProperties

	Columns []Dimension `json:"columns,omitempty"` // of the first columns; the others are as in a new sheet
	Blocks  []Stretch   `json:"blocks,omitempty"`  // its rows from the top; those after the last are empty
	Last    int         `json:"last,omitempty"`    // the newest block's id

	Merges []formula.Area `json:"merges,omitempty"`
	// What lies on it, as the API shows it.
	Conditional  []Obj `json:"conditional,omitempty"`
	Filter       Obj   `json:"filter,omitempty"`
	FilterViews  []Obj `json:"filter_views,omitempty"`
	Protected    []Obj `json:"protected,omitempty"`
	Banded       []Obj `json:"banded,omitempty"`
	RowGroups    []Obj `json:"row_groups,omitempty"`
	ColumnGroups []Obj `json:"column_groups,omitempty"`
	Charts       []Obj `json:"charts,omitempty"`
	Slicers      []Obj `json:"slicers,omitempty"`
	Tables       []Obj `json:"tables,omitempty"`
	Anchors      []Obj `json:"anchors,omitempty"` // of comments
}

// A Dimension is how a row or a column is shown.
type Dimension struct {
	Size     int  `json:"size,omitempty"` // pixels; 0 is as in a new sheet
	Hidden   bool `json:"hidden,omitempty"`
	Filtered bool `json:"filtered,omitempty"` // hidden by a filter
	Source   Obj  `json:"source,omitempty"`   // dataSourceColumnReference
}

// A Stretch is so many rows that are in a block, or in none if they are empty.
type Stretch struct {
	Block int `json:"block,omitempty"`
	Rows  int `json:"rows"`
}

// A Block is some tens of rows of a sheet; the last ones may be missing if they are empty.
type Block struct {
	Book  string
	Sheet int
	ID    int
	Rows  []Row
}

// A Row is a row's cells up to the last that has something.
type Row struct {
	Dimension
	Cells []Cell
}

// A Cell is what a cell has. What was entered is the formula, or else the value unless that is spilled.
type Cell struct {
	Value   calc.Value // number, text, truth value, error or empty; of a formula, what it gave
	Formula string     // with its =
	Spilled bool       // another cell's formula gave the value
	Rows    int32      // that the formula fills with what it gave, 0 if only its own cell
	Cols    int32
	Format  *Format // userEnteredFormat; nil is none
	Rest    *Rest
}

// A Format is a CellFormat as the API writes it. Cells that look alike share one.
type Format struct {
	Tree    Obj
	Type    format.Type // of numberFormat
	Pattern string      // of numberFormat; the locale's own if it is empty

	shown *format.Pattern // the pattern; nil if it is empty
}

// Rest is what few cells have. It is shared and never changed in place.
type Rest struct {
	Note       string `json:"note,omitempty"`
	Link       string `json:"link,omitempty"` // where a typed address leads
	Runs       []any  `json:"runs,omitempty"` // textFormatRuns
	Chips      []any  `json:"chips,omitempty"`
	Validation Obj    `json:"validation,omitempty"`
	Pivot      Obj    `json:"pivot,omitempty"`
	PivotRows  int    `json:"pivot_rows,omitempty"` // that it, or the data source table, fills
	PivotCols  int    `json:"pivot_cols,omitempty"`
	Source     Obj    `json:"source,omitempty"`  // dataSourceTable
	Sourced    Obj    `json:"sourced,omitempty"` // dataSourceFormula
}

// state is every collection that Sheets keeps; the files are in the table that all Google twins share.
type state struct {
	books  *store.Collection[Book]
	sheets *store.Collection[Sheet]
	blocks *store.Collection[Block]

	warehouse *store.Collection[bigquery.Table]
	results   *store.Collection[Result]

	graphs graphs
}

func newState(s *store.Schema) *state {
	return &state{
		books:  store.NewCollection(s, "gsheets.books", func(b *Book) string { return b.ID }),
		sheets: store.NewCollection(s, "gsheets.sheets", func(s *Sheet) string { return sheetKey(s.Book, s.ID) }),
		blocks: store.NewCollection(s, "gsheets.blocks", func(b *Block) string { return blockKey(b.Book, b.Sheet, b.ID) }),

		warehouse: store.NewCollection(s, "gsheets.warehouse", func(t *bigquery.Table) string { return tableKey(t.Project, t.Dataset, t.Name) }),
		results:   store.NewCollection(s, "gsheets.results", func(r *Result) string { return resultKey(r.Book, r.Source) }),
	}
}

func tableKey(project, dataset, name string) string { return project + "/" + dataset + "/" + name }

func resultKey(book, source string) string { return book + "/" + source }

func sheetKey(book string, sheet int) string { return book + "/" + strconv.Itoa(sheet) }

func blockKey(book string, sheet, block int) string {
	return book + "/" + strconv.Itoa(sheet) + "/" + strconv.Itoa(block)
}
