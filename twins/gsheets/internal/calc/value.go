// Package calc computes the formulas of a spreadsheet as Google Sheets does: its values and coercions, its functions, and the book
// that knows which formulas a change of cells reaches. It knows no HTTP, no store, no clock and no chance: these are given to it.
package calc

import (
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// Kind is what a value is.
type Kind uint8

// A cell holds one of the first five; the others live within a formula.
const (
	KindEmpty Kind = iota
	KindNumber
	KindText
	KindBool
	KindError
	KindArray
	KindRef
	KindLambda
)

// Code is an error's type.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ErrorType
type Code uint8

// The error types, in the order that ERROR.TYPE numbers them.
const (
	CodeNull  Code = iota + 1 // #NULL!
	CodeDiv                   // #DIV/0!
	CodeValue                 // #VALUE!
	CodeRef                   // #REF!
	CodeName                  // #NAME?
	CodeNum                   // #NUM!
	CodeNA                    // #N/A
	CodeError                 // #ERROR!
	CodeLoading
)

// String is the error as a cell shows it.
func (c Code) String() string {
	return [...]string{"", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "Loading..."}[c]
}

// Type is the error's type as the API names it.
func (c Code) Type() string {
	return [...]string{"", "NULL_VALUE", "DIVIDE_BY_ZERO", "VALUE", "REF", "NAME", "NUM", "N_A", "ERROR", "LOADING"}[c]
}

// Hint is how a number is shown in a cell that has no number format of its own.
type Hint uint8

// HintNone is a plain number. A Duration is a time that counts hours beyond 24.
const (
	HintNone Hint = iota
	HintNumber
	HintPercent
	HintCurrency
	HintDate
	HintTime
	HintDateTime
	HintDuration
	HintScientific
	HintText
)

// Type is the number format type that the hint stands for.
func (h Hint) Type() format.Type {
	return [...]format.Type{format.Automatic, format.Number, format.Percent, format.Currency, format.Date, format.Time, format.DateTime, format.Time, format.Scientific, format.Text}[h]
}

// HintOf is the hint of a cell's number format.
func HintOf(t format.Type) Hint {
	switch t {
	case format.Number:
		return HintNumber
	case format.Percent:
		return HintPercent
	case format.Currency:
		return HintCurrency
	case format.Date:
		return HintDate
	case format.Time:
		return HintTime
	case format.DateTime:
		return HintDateTime
	case format.Scientific:
		return HintScientific
	case format.Text:
		return HintText
	}
	return HintNone
}

// Value is what a cell or an expression has.
type Value struct {
	Kind Kind
	Code Code    // of an error
	Hint Hint    // of a number
	Num  float64 // a number; 1 or 0 for TRUE or FALSE
	Text string  // a text; an error's sentence; the pattern of a number's hint, "" for the locale's own
	more any     // *Array, *Ref or *Lambda
}

// Empty is the value of a cell without one.
var Empty Value

// Number is a plain number.
func Number(x float64) Value { return Value{Kind: KindNumber, Num: x} }

// Date is a serial number that is shown as the hint says.
func Date(serial float64, h Hint) Value { return Value{Kind: KindNumber, Num: serial, Hint: h} }

// Text is a text.
func Text(s string) Value { return Value{Kind: KindText, Text: s} }

// Bool is TRUE or FALSE.
func Bool(b bool) Value {
	v := Value{Kind: KindBool}
	if b {
		v.Num = 1
	}
	return v
}

// Fail is an error with its sentence.
func Fail(c Code, sentence string) Value { return Value{Kind: KindError, Code: c, Text: sentence} }

// Like is the number with the hint of another value.
func (v Value) Like(w Value) Value {
	if w.Kind == KindNumber {
		v.Hint, v.Text = w.Hint, w.Text
	}
	return v
}

// IsError says if the value is an error.
func (v Value) IsError() bool { return v.Kind == KindError }

// True says if the value is TRUE.
func (v Value) True() bool { return v.Kind == KindBool && v.Num != 0 }

// Blank says if the value is empty or an empty text.
func (v Value) Blank() bool { return v.Kind == KindEmpty || v.Kind == KindText && v.Text == "" }

// Array is a block of values, row by row. No value in it is an array, a reference or a lambda.
type Array struct {
	Rows, Cols int
	Cells      []Value
}

// NewArray is a block of empty values.
func NewArray(rows, cols int) *Array {
	return &Array{Rows: rows, Cols: cols, Cells: make([]Value, rows*cols)}
}

// At is the value in a row and column, counted from 0.
func (a *Array) At(row, col int) Value { return a.Cells[row*a.Cols+col] }

// Set puts a value in a row and column.
func (a *Array) Set(row, col int, v Value) { a.Cells[row*a.Cols+col] = v }

// Row is one row's values; they are the array's own.
func (a *Array) Row(row int) []Value { return a.Cells[row*a.Cols : (row+1)*a.Cols] }

// Value is the array as a value.
func (a *Array) Value() Value { return Value{Kind: KindArray, more: a} }

// Column is an array of one column.
func Column(cells []Value) Value { return (&Array{len(cells), 1, cells}).Value() }

// Row is an array of one row.
func Row(cells []Value) Value { return (&Array{1, len(cells), cells}).Value() }

// Area is a block of cells of a sheet.
type Area = formula.Area

func area(row0, col0, row1, col1 int) Area {
	return Area{Row0: row0, Col0: col0, Row1: row1, Col1: col1}
}

// Ref is a reference to cells.
type Ref struct {
	Sheet int
	Area  Area
}

// Reference is a reference as a value.
func Reference(r Ref) Value { return Value{Kind: KindRef, more: &r} }

// Ref is the reference that a value of that kind is.
func (v Value) Ref() Ref { return *v.more.(*Ref) }

func (v Value) array() *Array { return v.more.(*Array) }

// Lambda is what LAMBDA gives: the names of its parameters, its body, and the names that it saw when it was made.
type Lambda struct {
	params []string
	body   formula.Expr
	scope  *scope
}

// scope is a name and its value, and the names around it.
type scope struct {
	name  string
	value Value
	outer *scope
}
