package document

import (
	"fmt"
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

const deepest = 8 // a list has nine levels

// symbols are the glyphs of the bulleted presets; the levels of a list go round them.
var symbols = map[string][]string{
	"BULLET_DISC_CIRCLE_SQUARE":            {"●", "○", "■"},
	"BULLET_DIAMONDX_ARROW3D_SQUARE":       {"❖", "➢", "■"},
	"BULLET_ARROW_DIAMOND_DISC":            {"➔", "◆", "●"},
	"BULLET_STAR_CIRCLE_SQUARE":            {"★", "○", "■"},
	"BULLET_ARROW3D_CIRCLE_SQUARE":         {"➢", "○", "■"},
	"BULLET_LEFTTRIANGLE_DIAMOND_DISC":     {"◄", "◆", "●"},
	"BULLET_DIAMONDX_HOLLOWDIAMOND_SQUARE": {"❖", "◇", "■"},
	"BULLET_DIAMOND_CIRCLE_SQUARE":         {"◆", "○", "■"},
}

// numbers are the glyph types of the numbered presets.
var numbers = map[string][]string{
	"NUMBERED_DECIMAL_ALPHA_ROMAN":           {"DECIMAL", "ALPHA", "ROMAN"},
	"NUMBERED_DECIMAL_ALPHA_ROMAN_PARENS":    {"DECIMAL", "ALPHA", "ROMAN"},
	"NUMBERED_DECIMAL_NESTED":                {"DECIMAL"},
	"NUMBERED_UPPERALPHA_ALPHA_ROMAN":        {"UPPER_ALPHA", "ALPHA", "ROMAN"},
	"NUMBERED_UPPERROMAN_UPPERALPHA_DECIMAL": {"UPPER_ROMAN", "UPPER_ALPHA", "DECIMAL"},
	"NUMBERED_ZERODECIMAL_ALPHA_ROMAN":       {"ZERO_DECIMAL", "ALPHA", "ROMAN"},
}

// presetList is the nine levels of a preset.
func presetList(preset string) *api.ListProperties {
	var levels []api.NestingLevel
	nested := ""
	for n := range deepest + 1 {
		level := api.NestingLevel{
			BulletAlignment: p("START"), GlyphFormat: p(fmt.Sprintf("%%%d", n)), StartNumber: p(int32(1)),
			IndentFirstLine: pt(18 + 36*float64(n)), IndentStart: pt(36 + 36*float64(n)), TextStyle: &api.TextStyle{Underline: p(false)},
		}
		switch {
		case symbols[preset] != nil:
			level.GlyphSymbol = p(symbols[preset][n%len(symbols[preset])])
		case numbers[preset] == nil: // a checkbox has no glyph that the API could name
			level.GlyphType = p("GLYPH_TYPE_UNSPECIFIED")
		default:
			level.GlyphType = p(numbers[preset][n%len(numbers[preset])])
			nested += fmt.Sprintf("%%%d.", n)
			switch preset {
			case "NUMBERED_DECIMAL_NESTED":
				level.GlyphFormat = p(nested)
			case "NUMBERED_DECIMAL_ALPHA_ROMAN_PARENS":
				level.GlyphFormat = p(fmt.Sprintf("%%%d)", n))
			default:
				level.GlyphFormat = p(fmt.Sprintf("%%%d.", n))
			}
		}
		levels = append(levels, level)
	}
	return &api.ListProperties{NestingLevels: levels}
}

func (t *Tab) list(id string) *List {
	for i := range t.Lists {
		if t.Lists[i].ID == id {
			return &t.Lists[i]
		}
	}
	return nil
}

// createParagraphBullets puts the paragraphs of a range into a list: that of the paragraph before, if it has the same glyphs.
// Leading tabs say how deep a paragraph is, and go.
func (e *edit) createParagraphBullets(in *api.CreateParagraphBulletsRequest) error {
	preset := val(in.BulletPreset)
	if preset == "" {
		return bad("A bullet preset must be specified.")
	}
	s, err := e.stretch(in.Range)
	if err != nil {
		return err
	}
	sp, _ := e.find(s.seg, s.start)
	list := ""
	if sp.i > 0 {
		if pg := (*sp.in)[sp.i-1].Paragraph; pg != nil && pg.Bullet != nil {
			if l := s.tab.list(pg.Bullet.List); l != nil && l.Preset == preset {
				list = l.ID
			}
		}
	}
	if list == "" {
		list = e.ID("kix.")
		s.tab.Lists = append(s.tab.Lists, List{ID: list, Preset: preset, Properties: presetList(preset)})
	}
	id := ""
	if e.Suggest {
		id = e.suggestion(s.tab, s.seg, s.start, s.end)
	}
	e.eachParagraph(s, func(sp spot, pg *Paragraph) *Paragraph {
		c := *pg
		tabs := leadingTabs(pg)
		bullet := Bullet{List: list, Level: min(tabs, deepest)}
		if pg.Bullet != nil {
			bullet.Level, bullet.Style = min(pg.Bullet.Level+tabs, deepest), pg.Bullet.Style
		} else {
			bullet.Style = lineStyle(pg)
		}
		if e.Suggest {
			c.Bullets = with(c.Bullets, id, bullet)
		} else {
			c.bulleted(s.tab, bullet)
		}
		return &c
	})
	if e.Suggest {
		e.suggestTabs(s, id)
		return nil
	}
	for index := s.start; index < s.end; { // the tabs go last: what follows them moves
		sp, ok := e.find(s.seg, index)
		if !ok {
			break
		}
		b := sp.block()
		if b.Paragraph == nil {
			index++
			continue
		}
		if tabs := leadingTabs(b.Paragraph); tabs > 0 {
			if err := e.delete(stretch{s.tab, s.seg, sp.start, sp.start + tabs}); err != nil {
				return err
			}
			s.end -= tabs
			sp, _ = e.find(s.seg, sp.start)
		}
		index = sp.start + sp.block().size
	}
	return nil
}

// bulleted puts a paragraph into a list, and where the list has its level.
func (pg *Paragraph) bulleted(t *Tab, b Bullet) {
	level, style := t.list(b.List).Properties.NestingLevels[b.Level], *pg.Style
	style.IndentFirstLine, style.IndentStart = level.IndentFirstLine, level.IndentStart
	pg.Bullet, pg.Style = &b, &style
}

// suggestTabs marks the tabs before the paragraphs of a range as to be removed. Those that are only suggested go at once.
func (e *edit) suggestTabs(s stretch, id string) {
	e.eachParagraph(s, func(_ spot, pg *Paragraph) *Paragraph {
		tabs := leadingTabs(pg)
		if tabs == 0 {
			return nil
		}
		c := *pg
		left, right, _ := splitAt(pg.Elements, tabs)
		left = slices.Clone(left)
		for i := range left {
			left[i].Mark = deleting(id)(left[i].Mark)
		}
		c.Elements = join(left, right)
		return &c
	})
	e.withdraw(s.tab, id)
}

func leadingTabs(pg *Paragraph) int {
	n := 0
	for _, el := range pg.Elements {
		rest := strings.TrimLeft(el.Text, "\t")
		n += len(el.Text) - len(rest)
		if rest != "" || el.Thing != nil {
			break
		}
	}
	return n
}

// lineStyle is the looks that all of a paragraph's text shares; its bullet takes them.
func lineStyle(pg *Paragraph) *api.TextStyle {
	style := pg.Elements[0].Style
	for _, el := range pg.Elements {
		if !same(el.Style, style) {
			return nil
		}
	}
	return unlinkedIfAny(style)
}

// deleteParagraphBullets takes paragraphs out of their lists. How deep each was is kept as an indent.
func (e *edit) deleteParagraphBullets(in *api.DeleteParagraphBulletsRequest) error {
	s, err := e.stretch(in.Range)
	if err != nil {
		return err
	}
	id := ""
	e.eachParagraph(s, func(_ spot, pg *Paragraph) *Paragraph {
		if pg.Bullet == nil {
			return nil
		}
		c := *pg
		if e.Suggest {
			if id == "" {
				id = e.suggestion(s.tab, s.seg, s.start, s.end)
			}
			c.Bullets = with(c.Bullets, id, Bullet{})
			return &c
		}
		c.Bullet = nil
		c.Style = unindented(pg)
		return &c
	})
	e.dropLists(s.tab)
	return nil
}

func unindented(pg *Paragraph) *api.ParagraphStyle {
	style := *pg.Style
	style.IndentFirstLine, style.IndentStart = nil, nil
	if n := pg.Bullet.Level; n > 0 {
		style.IndentFirstLine, style.IndentStart = pt(36*float64(n)), pt(36*float64(n))
	}
	return &style
}

// dropLists removes the lists that no paragraph is in any more.
func (e *edit) dropLists(t *Tab) {
	used := map[string]bool{}
	for _, seg := range t.Segments() {
		for pg := range seg.Content.Paragraphs() {
			if pg.Bullet != nil {
				used[pg.Bullet.List] = true
			}
			for _, b := range pg.Bullets {
				used[b.List] = true
			}
		}
	}
	t.Lists = drop(t.Lists, func(l List) bool { return !used[l.ID] })
}

// with is a map with one more entry; the old map stays as it is.
func with[V any](m map[string]V, key string, v V) map[string]V {
	out := make(map[string]V, len(m)+1)
	for k, old := range m {
		out[k] = old
	}
	out[key] = v
	return out
}

// without is a map less one entry, nil when nothing is left.
func without[V any](m map[string]V, key string) map[string]V {
	if _, ok := m[key]; !ok {
		return m
	}
	var out map[string]V
	for k, old := range m {
		if k != key {
			out = with(out, k, old)
		}
	}
	return out
}
