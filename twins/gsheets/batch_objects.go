package gsheets

import (
	"slices"

	"twinset.dev/twins/gsheets/internal/api"
)

// Charts and slicers lie over the cells of a sheet; a chart can have a sheet of its own.

// The size of an object that says none.
const (
	objectWidth, objectHeight = 600, 371
	slicerWidth, slicerHeight = 200, 43
)

// position reads where an object lies.
func (b *book) position(in *api.EmbeddedObjectPosition, width, height int) (*tab, Obj, error) {
	switch {
	case in == nil:
		return nil, nil, no("position must be specified.")
	case deref(in.NewSheet):
		sh := Sheet{ID: b.newSheetID(), Title: b.numbered("Chart", 1), Index: len(b.tabs), Type: "OBJECT"}
		t := b.add(sh)
		return t, Obj{"sheetId": float64(t.ID)}, nil
	case in.OverlayPosition != nil:
		p := kept(in.OverlayPosition)
		cell := in.OverlayPosition.AnchorCell
		if cell == nil {
			cell = &api.GridCoordinate{}
		}
		t, err := b.grid(cell.SheetID)
		if err != nil {
			return nil, nil, err
		}
		row, col, err := t.place(cell)
		if err != nil {
			return nil, nil, err
		}
		at := Obj{}
		for name, n := range map[string]int{"sheetId": t.ID, "rowIndex": row, "columnIndex": col} {
			if n != 0 {
				at[name] = float64(n)
			}
		}
		p["anchorCell"] = at
		for name, n := range map[string]int{"widthPixels": width, "heightPixels": height} {
			if p[name] == nil {
				p[name] = float64(n)
			}
		}
		for _, name := range []string{"offsetXPixels", "offsetYPixels"} {
			if p[name] == 0.0 {
				delete(p, name)
			}
		}
		return t, Obj{"overlayPosition": p}, nil
	case in.SheetID != nil:
		t, ok := b.tab(int(*in.SheetID))
		if !ok || t.Type != "OBJECT" {
			return nil, nil, no("No object sheet with id: %d", *in.SheetID)
		}
		return t, Obj{"sheetId": float64(t.ID)}, nil
	}
	return nil, nil, no("One of sheetId, overlayPosition or newSheet must be set.")
}

// sourced refuses what reads cells of sheets that are not there.
func (b *book) sourced(v any) error {
	switch v := v.(type) {
	case Obj:
		if isRange(v) {
			if _, ok := b.tab(numberIn(v, "sheetId", 0)); !ok {
				return no("No grid with id: %d", numberIn(v, "sheetId", 0))
			}
		}
		for _, x := range v {
			if err := b.sourced(x); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := b.sourced(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// chartSpec reads what a chart shows.
func (b *book) chartSpec(in *api.ChartSpec) (Obj, error) {
	if in == nil {
		return nil, no("spec must be specified.")
	}
	kinds := 0
	for _, is := range []bool{in.BasicChart != nil, in.PieChart != nil, in.BubbleChart != nil, in.CandlestickChart != nil, in.OrgChart != nil, in.HistogramChart != nil, in.WaterfallChart != nil, in.TreemapChart != nil, in.ScorecardChart != nil} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return nil, no("A chart spec must be specified.")
	case kinds > 1:
		return nil, no("Only one chart spec can be specified.")
	case in.DataSourceChartProperties != nil && b.sourceAt(deref(in.DataSourceChartProperties.DataSourceID)) < 0:
		return nil, noSource(in.DataSourceChartProperties.DataSourceID)
	case in.BasicChart != nil && deref(in.BasicChart.ChartType) == "":
		return nil, no("The chart type must be specified.")
	}
	o := kept(in)
	if err := b.sourced(o); err != nil {
		return nil, err
	}
	if p, ok := o["dataSourceChartProperties"].(Obj); ok {
		if err := b.connects(); err != nil {
			return nil, err
		}
		o["dataSourceChartProperties"] = with(p, "dataExecutionStatus", running)
		b.reading = true
	}
	if o["hiddenDimensionStrategy"] == nil {
		o["hiddenDimensionStrategy"] = "SKIP_HIDDEN_ROWS_AND_COLUMNS"
	}
	if o["fontName"] == nil {
		o["fontName"] = "Roboto"
	}
	return o, nil
}

// addChart puts a chart on a sheet, or on one of its own.
func (b *book) addChart(in *api.AddChartRequest) (Obj, error) {
	if in.Chart == nil {
		return nil, no("chart must be specified.")
	}
	spec, err := b.chartSpec(in.Chart.Spec)
	if err != nil {
		return nil, err
	}
	o := Obj{"spec": spec}
	if o["chartId"], err = b.objectID(in.Chart.ChartID); err != nil {
		return nil, err
	}
	t, at, err := b.position(in.Chart.Position, objectWidth, objectHeight)
	if err != nil {
		return nil, err
	}
	o["position"] = at
	if in.Chart.Border != nil {
		o["border"] = kept(in.Chart.Border)
	}
	t.Charts = append(slices.Clone(t.Charts), o)
	t.touch()
	return Obj{"chart": o}, nil
}

// objectID is the id that an object is given, or a new one.
func (b *book) objectID(given *int32) (float64, error) {
	if given == nil {
		return float64(b.number()), nil
	}
	if _, _, _, taken := b.object(*given); taken {
		return 0, no("Duplicate object id: %d", *given)
	}
	return float64(*given), nil
}

// object finds a chart or a slicer by its id: its sheet, the list that it is in, and its place in there.
func (b *book) object(id int32) (t *tab, list *[]Obj, i int, ok bool) {
	if t, i, ok := b.chart(id); ok {
		return t, &t.Charts, i, true
	}
	if t, i, ok := b.slicer(id); ok {
		return t, &t.Slicers, i, true
	}
	return nil, nil, 0, false
}

func (b *book) chart(id int32) (*tab, int, bool) {
	return b.lying(func(t *tab) []Obj { return t.Charts }, "chartId", id)
}

func (b *book) slicer(id int32) (*tab, int, bool) {
	return b.lying(func(t *tab) []Obj { return t.Slicers }, "slicerId", id)
}

// replace puts another thing in the place of one on a sheet.
func (t *tab) replace(list *[]Obj, i int, o Obj) {
	*list = slices.Clone(*list)
	(*list)[i] = o
	t.touch()
}

// updateChartSpec changes what a chart shows.
func (b *book) updateChartSpec(in *api.UpdateChartSpecRequest) (Obj, error) {
	t, i, ok := b.chart(deref(in.ChartID))
	if !ok {
		return nil, no("No chart with id: %d", deref(in.ChartID))
	}
	spec, err := b.chartSpec(in.Spec)
	if err != nil {
		return nil, err
	}
	t.replace(&t.Charts, i, with(t.Charts[i], "spec", spec))
	return nil, nil
}

// updateEmbeddedObjectPosition moves a chart or a slicer, or makes it larger or smaller.
func (b *book) updateEmbeddedObjectPosition(in *api.UpdateEmbeddedObjectPositionRequest) (Obj, error) {
	t, list, i, ok := b.object(deref(in.ObjectID))
	switch {
	case !ok:
		return nil, no("No object with id: %d", deref(in.ObjectID))
	case in.NewPosition == nil:
		return nil, no("newPosition must be specified.")
	}
	given := in.NewPosition
	o := (*list)[i]
	if given.OverlayPosition != nil { // only then there are parts to choose
		m, err := fields(in.Fields, api.OverlayPosition{})
		if err != nil {
			return nil, err
		}
		was, _ := o["position"].(Obj)["overlayPosition"].(Obj)
		var full api.OverlayPosition
		fromTree(updated(was, kept(given.OverlayPosition), m), &full)
		given = &api.EmbeddedObjectPosition{OverlayPosition: &full}
	} else if list == &t.Slicers {
		return nil, no("A slicer cannot have a sheet of its own.")
	}
	to, at, err := b.position(given, objectWidth, objectHeight)
	if err != nil {
		return nil, err
	}
	slicers := list == &t.Slicers
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	t.touch()
	if o = with(o, "position", at); slicers {
		to.Slicers = append(slices.Clone(to.Slicers), o)
	} else {
		to.Charts = append(slices.Clone(to.Charts), o)
	}
	to.touch()
	if t != to && t.Type == "OBJECT" {
		b.dropSheet(t) // a chart's own sheet goes with it
	}
	return Obj{"position": at}, nil
}

// updateEmbeddedObjectBorder changes the border of a chart.
func (b *book) updateEmbeddedObjectBorder(in *api.UpdateEmbeddedObjectBorderRequest) (Obj, error) {
	m, err := fields(in.Fields, api.EmbeddedObjectBorder{})
	if err != nil {
		return nil, err
	}
	t, i, ok := b.chart(deref(in.ObjectID))
	if !ok {
		return nil, no("No object with id: %d", deref(in.ObjectID))
	}
	border := in.Border
	if border == nil {
		border = &api.EmbeddedObjectBorder{}
	}
	was, _ := t.Charts[i]["border"].(Obj)
	t.replace(&t.Charts, i, with(t.Charts[i], "border", updated(was, kept(border), twins(m))))
	return nil, nil
}

// deleteEmbeddedObject takes a chart or a slicer away.
func (b *book) deleteEmbeddedObject(in *api.DeleteEmbeddedObjectRequest) (Obj, error) {
	t, list, i, ok := b.object(deref(in.ObjectID))
	if !ok {
		return nil, no("No object with id: %d", deref(in.ObjectID))
	}
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	t.touch()
	if t.Type == "OBJECT" && len(b.tabs) > 1 {
		b.dropSheet(t)
	} else if list == &t.Slicers {
		b.sliced()
	}
	return nil, nil
}

// slicerSpec reads what a slicer filters.
func (b *book) slicerSpec(in *api.SlicerSpec) (Obj, error) {
	if in == nil || in.DataRange == nil {
		return nil, no("spec.dataRange must be specified.")
	}
	t, a, err := b.area(in.DataRange)
	if err != nil {
		return nil, err
	}
	if n := int(deref(in.ColumnIndex)); n < 0 || n >= a.Cols() {
		return nil, no("spec.columnIndex[%d] is outside of the data range.", n)
	}
	if c := in.FilterCriteria; c != nil && c.Condition != nil {
		if err := wellFormed(c.Condition, notInFilters...); err != nil {
			return nil, err
		}
	}
	o := kept(in)
	o["dataRange"] = t.gridRange(a)
	return o, nil
}

// addSlicer puts a slicer on a sheet.
func (b *book) addSlicer(in *api.AddSlicerRequest) (Obj, error) {
	if in.Slicer == nil {
		return nil, no("slicer must be specified.")
	}
	spec, err := b.slicerSpec(in.Slicer.Spec)
	if err != nil {
		return nil, err
	}
	o := Obj{"spec": spec}
	if o["slicerId"], err = b.objectID(in.Slicer.SlicerID); err != nil {
		return nil, err
	}
	if p := in.Slicer.Position; p == nil || p.OverlayPosition == nil {
		return nil, no("A slicer must have an overlay position.")
	}
	t, at, err := b.position(in.Slicer.Position, slicerWidth, slicerHeight)
	if err != nil {
		return nil, err
	}
	o["position"] = at
	t.Slicers = append(slices.Clone(t.Slicers), o)
	t.touch()
	b.sliced()
	return Obj{"slicer": o}, nil
}

// updateSlicerSpec changes what a slicer filters.
func (b *book) updateSlicerSpec(in *api.UpdateSlicerSpecRequest) (Obj, error) {
	m, err := fields(in.Fields, api.SlicerSpec{})
	if err != nil {
		return nil, err
	}
	t, i, ok := b.slicer(deref(in.SlicerID))
	if !ok {
		return nil, no("No slicer with id: %d", deref(in.SlicerID))
	}
	given := in.Spec
	if given == nil {
		given = &api.SlicerSpec{}
	}
	was, _ := t.Slicers[i]["spec"].(Obj)
	var full api.SlicerSpec
	fromTree(updated(was, kept(given), twins(m)), &full)
	spec, err := b.slicerSpec(&full)
	if err != nil {
		return nil, err
	}
	t.replace(&t.Slicers, i, with(t.Slicers[i], "spec", spec))
	b.sliced()
	return nil, nil
}
