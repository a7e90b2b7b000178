package gsheets

import (
	"math"
	"slices"
	"sort"
	"strconv"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// conditionalRule reads a rule, which is kept on the sheet of its first range.
func (b *book) conditionalRule(in *api.ConditionalFormatRule) (*tab, Obj, error) {
	if in == nil {
		return nil, nil, no("rule must be specified.")
	}
	if len(in.Ranges) == 0 {
		return nil, nil, no("At least one range must be specified.")
	}
	o := kept(in)
	var t *tab
	var ranges []any
	for i := range in.Ranges {
		x, a, err := b.area(&in.Ranges[i])
		if err != nil {
			return nil, nil, err
		}
		if t != nil && x != t {
			return nil, nil, no("All ranges of a conditional format rule must be on the same sheet.")
		}
		t = x
		ranges = append(ranges, x.gridRange(a))
	}
	o["ranges"] = ranges
	switch {
	case in.BooleanRule != nil && in.GradientRule != nil:
		return nil, nil, no("Only one of booleanRule or gradientRule can be set.")
	case in.BooleanRule != nil:
		if err := wellFormed(in.BooleanRule.Condition, "ONE_OF_RANGE", "ONE_OF_LIST", "BOOLEAN", "TEXT_IS_EMAIL", "TEXT_IS_URL", "DATE_IS_VALID", "FILTER_EXPRESSION"); err != nil {
			return nil, nil, err
		}
		if !looksOnly(in.BooleanRule.Format) {
			return nil, nil, no("Conditional formats can only set bold, italic, underline, strikethrough, and the colors of text and background.")
		}
	case in.GradientRule != nil:
		if err := gradient(in.GradientRule); err != nil {
			return nil, nil, err
		}
	default:
		return nil, nil, no("One of booleanRule or gradientRule must be set.")
	}
	return t, o, nil
}

// looksOnly reports whether a format has only what a condition can change.
func looksOnly(f *api.CellFormat) bool {
	if f == nil {
		return true
	}
	if f.Borders != nil || f.HorizontalAlignment != nil || f.HyperlinkDisplayType != nil || f.NumberFormat != nil || f.Padding != nil || f.TextDirection != nil || f.TextRotation != nil || f.VerticalAlignment != nil || f.WrapStrategy != nil {
		return false
	}
	x := f.TextFormat
	return x == nil || x.FontFamily == nil && x.FontSize == nil && x.Link == nil
}

// gradient refuses a gradient that has no ends.
func gradient(g *api.GradientRule) error {
	if g.Minpoint == nil || g.Maxpoint == nil {
		return no("Both minpoint and maxpoint must be specified.")
	}
	for name, p := range map[string]*api.InterpolationPoint{"minpoint": g.Minpoint, "midpoint": g.Midpoint, "maxpoint": g.Maxpoint} {
		if p == nil {
			continue
		}
		switch deref(p.Type) {
		case "MIN", "MAX":
			if name == "midpoint" {
				return no("The midpoint cannot be of type %s.", *p.Type)
			}
		case "NUMBER", "PERCENT", "PERCENTILE":
			if p.Value == nil {
				return no("A value must be specified for an interpolation point of type %s.", *p.Type)
			}
		default:
			return no("The type of the %s must be specified.", name)
		}
	}
	return nil
}

// addConditionalFormatRule adds a rule at a place among those of its sheet: the first ones count most.
func (b *book) addConditionalFormatRule(in *api.AddConditionalFormatRuleRequest) (Obj, error) {
	t, o, err := b.conditionalRule(in.Rule)
	if err != nil {
		return nil, err
	}
	i := int(deref(in.Index))
	if i < 0 || i > len(t.Conditional) {
		return nil, no("The index %d is out of bounds: there are %d conditional format rules.", i, len(t.Conditional))
	}
	t.Conditional = slices.Insert(slices.Clone(t.Conditional), i, o)
	t.touch()
	return nil, nil
}

// rule finds a conditional format rule by its place.
func (b *book) rule(sheet, index *int32) (*tab, int, error) {
	t, err := b.grid(sheet)
	if err != nil {
		return nil, 0, err
	}
	if i := int(deref(index)); i < 0 || i >= len(t.Conditional) {
		return nil, 0, no("No conditional format on sheet: %d at index: %d", t.ID, i)
	}
	return t, int(deref(index)), nil
}

// updateConditionalFormatRule puts another rule in the place of one, or moves one.
func (b *book) updateConditionalFormatRule(in *api.UpdateConditionalFormatRuleRequest) (Obj, error) {
	sheet := in.SheetID
	if in.Rule != nil && len(in.Rule.Ranges) > 0 && sheet == nil {
		sheet = in.Rule.Ranges[0].SheetID
	}
	t, i, err := b.rule(sheet, in.Index)
	if err != nil {
		return nil, err
	}
	old := t.Conditional[i]
	t.Conditional = slices.Clone(t.Conditional)
	t.touch()
	switch {
	case in.Rule != nil && in.NewIndex != nil:
		return nil, no("Only one of rule or newIndex can be set.")
	case in.Rule != nil:
		to, o, err := b.conditionalRule(in.Rule)
		if err != nil {
			return nil, err
		}
		if to != t {
			return nil, no("The ranges of a conditional format rule cannot be moved to another sheet.")
		}
		t.Conditional[i] = o
		return Obj{"oldRule": old, "newRule": o, "newIndex": float64(i)}, nil
	case in.NewIndex != nil:
		n := int(*in.NewIndex)
		if n < 0 || n >= len(t.Conditional) {
			return nil, no("The index %d is out of bounds: there are %d conditional format rules.", n, len(t.Conditional))
		}
		t.Conditional = slices.Insert(slices.Delete(t.Conditional, i, i+1), n, old)
		return Obj{"newRule": old, "oldIndex": float64(i), "newIndex": float64(n)}, nil
	}
	return nil, no("One of rule or newIndex must be set.")
}

// deleteConditionalFormatRule takes a rule away.
func (b *book) deleteConditionalFormatRule(in *api.DeleteConditionalFormatRuleRequest) (Obj, error) {
	t, i, err := b.rule(in.SheetID, in.Index)
	if err != nil {
		return nil, err
	}
	old := t.Conditional[i]
	t.Conditional = slices.Delete(slices.Clone(t.Conditional), i, i+1)
	t.touch()
	return Obj{"rule": old}, nil
}

// conditional tells what conditional formats say of cells. Of several that apply the first ones count.
func (t *tab) conditional() func(r, c int, x *Cell) Obj {
	type rule struct {
		areas  []formula.Area
		cond   Obj
		format Obj
		color  func(n float64) Obj
	}
	var rules []rule
	for _, o := range t.Conditional {
		var r rule
		for _, a := range o["ranges"].([]any) {
			r.areas = append(r.areas, areaOf(a.(Obj)).Clip(t.RowCount, t.ColCount))
		}
		if br, ok := o["booleanRule"].(Obj); ok {
			r.cond, _ = br["condition"].(Obj)
			r.format, _ = br["format"].(Obj)
		} else if g, ok := o["gradientRule"].(Obj); ok {
			r.color = t.scale(g, r.areas)
		}
		rules = append(rules, r)
	}
	return func(row, col int, x *Cell) (out Obj) {
		for _, r := range rules {
			if !slices.ContainsFunc(r.areas, func(a formula.Area) bool { return a.Contains(row, col) }) {
				continue
			}
			var says Obj
			switch {
			case r.color != nil && x != nil && x.Value.Kind == calc.KindNumber:
				rgb := r.color(x.Value.Num)
				says = Obj{"backgroundColor": rgb, "backgroundColorStyle": Obj{"rgbColor": rgb}}
			case r.cond != nil && t.b.meets(r.cond, t, row, col, r.areas[0]):
				says = r.format
			}
			if says != nil {
				out = merged(says, out)
			}
		}
		return out
	}
}

// scale is the colours of a gradient over the numbers of its cells.
func (t *tab) scale(g Obj, areas []formula.Area) func(n float64) Obj {
	var all []float64
	for _, a := range areas {
		t.walk(a, func(_, _ int, x *Cell) bool {
			if x.Value.Kind == calc.KindNumber {
				all = append(all, x.Value.Num)
			}
			return true
		})
	}
	sort.Float64s(all)
	type stop struct {
		at  float64
		rgb Obj
	}
	var stops []stop
	for _, name := range []string{"minpoint", "midpoint", "maxpoint"} {
		p, ok := g[name].(Obj)
		if !ok || len(all) == 0 {
			continue
		}
		style, _ := p["colorStyle"].(Obj)
		rgb, _ := style["rgbColor"].(Obj)
		value, _ := p["value"].(string)
		n, _ := strconv.ParseFloat(value, 64)
		lo, hi := all[0], all[len(all)-1]
		switch p["type"] {
		case "MIN":
			n = lo
		case "MAX":
			n = hi
		case "PERCENT":
			n = lo + (hi-lo)*n/100
		case "PERCENTILE":
			at := n / 100 * float64(len(all)-1)
			k := int(math.Min(math.Max(math.Floor(at), 0), float64(len(all)-1)))
			n = all[k] + (all[min(k+1, len(all)-1)]-all[k])*(at-float64(k))
		}
		stops = append(stops, stop{n, rgb})
	}
	return func(n float64) Obj {
		if len(stops) == 0 {
			return Obj{}
		}
		if n <= stops[0].at {
			return stops[0].rgb
		}
		for i := 1; i < len(stops); i++ {
			if a, z := stops[i-1], stops[i]; n <= z.at {
				return between(a.rgb, z.rgb, (n-a.at)/(z.at-a.at))
			}
		}
		return stops[len(stops)-1].rgb
	}
}

// between is the colour at a part of the way from one to another, as there are of eight bits.
func between(a, z Obj, part float64) Obj {
	out := Obj{}
	for _, k := range []string{"red", "green", "blue"} {
		x, _ := a[k].(float64)
		y, _ := z[k].(float64)
		out[k] = math.Round((x+(y-x)*part)*255) / 255
	}
	return single(out)
}

// addBanding gives the rows or columns of a range colours in turn.
func (b *book) addBanding(in *api.AddBandingRequest) (Obj, error) {
	t, o, err := b.banding(in.BandedRange, -1)
	if err != nil {
		return nil, err
	}
	id := in.BandedRange.BandedRangeID
	if id == nil {
		o["bandedRangeId"] = float64(b.number())
	} else if _, _, taken := b.banded(*id); taken {
		return nil, no("Duplicate banded range id: %d", *id)
	}
	t.Banded = append(slices.Clone(t.Banded), o)
	t.touch()
	return Obj{"bandedRange": o}, nil
}

// banding reads a banded range; but is the place of the one that it is to replace.
func (b *book) banding(in *api.BandedRange, but int) (*tab, Obj, error) {
	if in == nil {
		return nil, nil, no("bandedRange must be specified.")
	}
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, nil, err
	}
	if in.RowProperties == nil && in.ColumnProperties == nil {
		return nil, nil, no("At least one of rowProperties or columnProperties must be specified.")
	}
	for _, p := range []*api.BandingProperties{in.RowProperties, in.ColumnProperties} {
		if p == nil {
			continue
		}
		if p.FirstBandColor == nil && p.FirstBandColorStyle == nil || p.SecondBandColor == nil && p.SecondBandColorStyle == nil {
			return nil, nil, no("Both firstBandColor and secondBandColor must be specified.")
		}
	}
	for i, o := range t.Banded {
		if r, _ := o["range"].(Obj); i != but && !areaOf(r).Intersect(a).Empty() {
			return nil, nil, no("You cannot add alternating background colors to a range that already has alternating background colors.")
		}
	}
	o := kept(in)
	o["range"] = t.gridRange(a)
	return t, o, nil
}

func (b *book) banded(id int32) (*tab, int, bool) {
	return b.lying(func(t *tab) []Obj { return t.Banded }, "bandedRangeId", id)
}

// updateBanding changes a banded range.
func (b *book) updateBanding(in *api.UpdateBandingRequest) (Obj, error) {
	m, err := fields(in.Fields, api.BandedRange{})
	if err != nil {
		return nil, err
	}
	if in.BandedRange == nil {
		return nil, no("bandedRange must be specified.")
	}
	t, i, ok := b.banded(deref(in.BandedRange.BandedRangeID))
	if !ok {
		return nil, no("No banded range with id: %d", deref(in.BandedRange.BandedRangeID))
	}
	var full api.BandedRange
	fromTree(updated(t.Banded[i], kept(in.BandedRange), twins(m)), &full)
	_, o, err := b.banding(&full, i)
	if err != nil {
		return nil, err
	}
	o["bandedRangeId"] = t.Banded[i]["bandedRangeId"]
	t.Banded = slices.Clone(t.Banded)
	t.Banded[i] = o
	t.touch()
	return nil, nil
}

// deleteBanding takes the colours of a banded range away.
func (b *book) deleteBanding(in *api.DeleteBandingRequest) (Obj, error) {
	t, i, ok := b.banded(deref(in.BandedRangeID))
	if !ok {
		return nil, no("No banded range with id: %d", deref(in.BandedRangeID))
	}
	t.Banded = slices.Delete(slices.Clone(t.Banded), i, i+1)
	t.touch()
	return nil, nil
}
