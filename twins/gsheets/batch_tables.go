package gsheets

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A table is a range with a header, whose columns have names and types.
//
// https://developers.google.com/workspace/sheets/api/guides/tables

// tableID finds a table by its id.
func (b *book) tableID(id string) (*tab, int, bool) {
	for _, t := range b.tabs {
		if i := slices.IndexFunc(t.Tables, func(o Obj) bool { return o["tableId"] == id }); i >= 0 {
			return t, i, true
		}
	}
	return nil, 0, false
}

var tableName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// table_ reads a table; but is the id of the one that it is to replace.
func (b *book) tableOf(in *api.Table, but string) (*tab, formula.Area, Obj, error) {
	var a formula.Area
	if in == nil {
		return nil, a, nil, no("table must be specified.")
	}
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, a, nil, err
	}
	if a.Rows() < 2 && but == "" {
		return nil, a, nil, no("A table must have at least a header row and one other row.")
	}
	o := kept(in)
	o["range"] = t.gridRange(a)
	name := deref(in.Name)
	if name == "" {
		name = b.freeTable()
	} else if !tableName.MatchString(name) || likeCell.MatchString(name) {
		return nil, a, nil, no("The name of the table is invalid: %s", name)
	}
	o["name"] = name
	for _, x := range b.tabs {
		for _, other := range x.Tables {
			if other["tableId"] == but {
				continue
			}
			if s, _ := other["name"].(string); strings.EqualFold(s, name) {
				return nil, a, nil, no("A table with the name %s already exists.", name)
			}
			if r, _ := other["range"].(Obj); x == t && !areaOf(r).Intersect(a).Empty() {
				return nil, a, nil, no("A table cannot overlap another table.")
			}
		}
	}
	for _, m := range t.Merges {
		if !m.Intersect(a).Empty() {
			return nil, a, nil, no("A table cannot have merged cells.")
		}
	}
	columns, err := t.tableColumns(a, in.ColumnProperties)
	if err != nil {
		return nil, a, nil, err
	}
	o["columnProperties"] = columns
	return t, a, o, nil
}

// freeTable is the name of a table that is given none.
func (b *book) freeTable() string {
	for n := 1; ; n++ {
		name := "Table" + strconv.Itoa(n)
		if _, _, taken := b.table(name); !taken {
			return name
		}
	}
}

// tableColumns are the columns of a table: named as it says, or else as its header row does.
func (t *tab) tableColumns(a formula.Area, in []api.TableColumnProperties) ([]any, error) {
	given := map[int]api.TableColumnProperties{}
	for i, p := range in {
		n := i
		if p.ColumnIndex != nil {
			n = int(*p.ColumnIndex)
		}
		if n < 0 || n >= a.Cols() {
			return nil, no("columnProperties.columnIndex[%d] is outside of the table.", n)
		}
		if kind := deref(p.ColumnType); kind == "DROPDOWN" && (p.DataValidationRule == nil || p.DataValidationRule.Condition == nil) {
			return nil, no("A dropdown column must have a data validation rule.")
		} else if kind != "DROPDOWN" && p.DataValidationRule != nil {
			return nil, no("Only dropdown columns can have a data validation rule.")
		}
		given[n] = p
	}
	taken := map[string]bool{}
	var out []any
	for i := range a.Cols() {
		p := given[i]
		o := kept(p)
		name := deref(p.ColumnName)
		if name == "" {
			if x := t.cell(a.Row0, a.Col0+i); x != nil {
				name = t.b.shown(x)
			}
		}
		if name == "" {
			name = "Column " + strconv.Itoa(i+1)
		}
		if taken[strings.ToLower(name)] {
			return nil, no("The name of a column must be unique in its table: %s", name)
		}
		taken[strings.ToLower(name)] = true
		if o["columnName"] = name; i > 0 {
			o["columnIndex"] = float64(i)
		} else {
			delete(o, "columnIndex")
		}
		out = append(out, o)
	}
	return out, nil
}

// head writes the names of a table's columns into its header row.
func (t *tab) head(a formula.Area, o Obj) {
	for i, p := range o["columnProperties"].([]any) {
		name, _ := p.(Obj)["columnName"].(string)
		if x := t.cell(a.Row0, a.Col0+i); x == nil || t.b.shown(x) != name {
			t.enter(a.Row0, a.Col0+i, "", calc.Text(name))
		}
	}
}

// addTable makes a table of a range.
func (b *book) addTable(in *api.AddTableRequest) (Obj, error) {
	t, a, o, err := b.tableOf(in.Table, "")
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	if id := deref(in.Table.TableID); id == "" {
		o["tableId"] = strconv.Itoa(b.number())
	} else if _, _, taken := b.tableID(id); taken {
		return nil, no("Duplicate table id: %s", id)
	}
	t.head(a, o)
	t.Tables = append(slices.Clone(t.Tables), o)
	b.rebuilt = true
	t.touch()
	return Obj{"table": o}, nil
}

// updateTable changes a table's name, range, columns or colours.
func (b *book) updateTable(in *api.UpdateTableRequest) (Obj, error) {
	m, err := fields(in.Fields, api.Table{})
	if err != nil {
		return nil, err
	}
	if in.Table == nil {
		return nil, no("table must be specified.")
	}
	id := deref(in.Table.TableID)
	t, i, ok := b.tableID(id)
	if !ok {
		return nil, no("No table with id: %s", id)
	}
	was := t.Tables[i]
	var full api.Table
	now := updated(was, kept(in.Table), m)
	if m.Has("range") && !(m != nil && m.Has("columnProperties")) && in.Table.ColumnProperties == nil {
		// Another width leaves the columns that are still there.
		columns, _ := now["columnProperties"].([]any)
		fromTree(now, &full)
		if _, a, err := b.area(full.Range); err == nil && len(columns) > a.Cols() {
			now["columnProperties"] = columns[:a.Cols()]
		}
		full = api.Table{}
	}
	fromTree(now, &full)
	to, a, o, err := b.tableOf(&full, id)
	switch {
	case err != nil:
		return nil, err
	case to != t:
		return nil, no("A table cannot be moved to another sheet.")
	}
	o["tableId"] = id
	if a, z := was["name"].(string), o["name"].(string); a != z {
		b.formulas(func(_ *tab, src string) string { return formula.RenameTable(src, b.syntax(), a, z) })
	}
	t.head(a, o)
	t.replace(&t.Tables, i, o)
	b.rebuilt = true
	return nil, nil
}

// deleteTable takes a table away with all that is in it.
func (b *book) deleteTable(in *api.DeleteTableRequest) (Obj, error) {
	t, i, ok := b.tableID(deref(in.TableID))
	if !ok {
		return nil, no("No table with id: %s", deref(in.TableID))
	}
	a := areaOf(t.Tables[i]["range"].(Obj))
	if err := t.guard(a); err != nil {
		return nil, err
	}
	t.Tables = slices.Delete(slices.Clone(t.Tables), i, i+1)
	b.wipe(t, a)
	b.rebuilt = true
	t.touch()
	return nil, nil
}
