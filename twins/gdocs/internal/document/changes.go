package document

import (
	"reflect"
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

// A Change is what a suggestion would make of a style, or of other properties: each field named takes the value it has in Want.
type Change[S any] struct {
	Fields mask `json:"fields"`
	Want   *S   `json:"want"`
}

// changed is the changes with more fields in that of a suggestion.
func changed[S any](all map[string]Change[S], id string, m mask, want *S) map[string]Change[S] {
	was := all[id]
	fields := slices.Clone(was.Fields)
	for _, f := range m {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return with(all, id, Change[S]{fields, apply(m, was.Want, want)})
}

// seen is all changes as the API shows each.
func seen[S, V any](all map[string]Change[S], show func(Change[S]) V) map[string]V {
	if len(all) == 0 {
		return nil
	}
	out := make(map[string]V, len(all))
	for id, c := range all {
		out[id] = show(c)
	}
	return out
}

// state is the API's message that says which of a style's fields a suggestion changes. A field that it has no word for is left out.
func state[State any](m mask) *State {
	var s State
	note(reflect.ValueOf(&s).Elem(), m)
	return &s
}

func note(state reflect.Value, m mask) {
	for _, f := range m {
		head, rest, _ := strings.Cut(f, ".")
		if i := fieldIndex(state.Type(), head+"Suggested"); i >= 0 {
			state.Field(i).Set(reflect.ValueOf(p(true)))
		} else if i := fieldIndex(state.Type(), head+"SuggestionState"); i >= 0 && state.Field(i).Type().Elem().Kind() == reflect.Struct {
			if state.Field(i).IsNil() {
				state.Field(i).Set(reflect.New(state.Field(i).Type().Elem()))
			}
			inner := state.Field(i).Elem()
			if rest != "" {
				note(inner, mask{rest})
				continue
			}
			for k := range inner.NumField() { // the whole of it
				name := jsonName(inner.Type().Field(k))
				note(inner, mask{strings.TrimSuffix(strings.TrimSuffix(name, "Suggested"), "SuggestionState")})
			}
		}
	}
}

// differing is the mask of the fields in which two values differ, below prefix.
func differing(prefix string, a, b reflect.Value) (m mask) {
	for i := range a.NumField() {
		x, y, name := a.Field(i), b.Field(i), prefix+jsonName(a.Type().Field(i))
		switch {
		case reflect.DeepEqual(x.Interface(), y.Interface()):
		case x.Kind() == reflect.Pointer && x.Type().Elem().Kind() == reflect.Struct && !x.IsNil() && !y.IsNil():
			m = append(m, differing(name+".", x.Elem(), y.Elem())...)
		default:
			m = append(m, name)
		}
	}
	return m
}

// How the API shows each kind of change.

func textChange(c Change[api.TextStyle]) api.SuggestedTextStyle {
	return api.SuggestedTextStyle{TextStyle: c.Want, TextStyleSuggestionState: state[api.TextStyleSuggestionState](c.Fields)}
}

func paragraphChange(c Change[api.ParagraphStyle]) api.SuggestedParagraphStyle {
	return api.SuggestedParagraphStyle{ParagraphStyle: c.Want, ParagraphStyleSuggestionState: state[api.ParagraphStyleSuggestionState](c.Fields)}
}

func rowChange(c Change[api.TableRowStyle]) api.SuggestedTableRowStyle {
	return api.SuggestedTableRowStyle{TableRowStyle: c.Want, TableRowStyleSuggestionState: state[api.TableRowStyleSuggestionState](c.Fields)}
}

func cellChange(c Change[api.TableCellStyle]) api.SuggestedTableCellStyle {
	return api.SuggestedTableCellStyle{TableCellStyle: c.Want, TableCellStyleSuggestionState: state[api.TableCellStyleSuggestionState](c.Fields)}
}

func documentChange(c Change[api.DocumentStyle]) api.SuggestedDocumentStyle {
	return api.SuggestedDocumentStyle{DocumentStyle: c.Want, DocumentStyleSuggestionState: state[api.DocumentStyleSuggestionState](c.Fields)}
}

func dropdownChange(c Change[api.DropdownProperties]) api.SuggestedDropdownProperties {
	return api.SuggestedDropdownProperties{DropdownProperties: c.Want, DropdownPropertiesSuggestionState: state[api.DropdownPropertiesSuggestionState](c.Fields)}
}

func definitionChange(c Change[api.DropdownDefinitionProperties]) api.SuggestedDropdownDefinitionProperties {
	return api.SuggestedDropdownDefinitionProperties{
		DropdownDefinitionProperties: c.Want, DropdownDefinitionPropertiesSuggestionState: state[api.DropdownDefinitionPropertiesSuggestionState](c.Fields),
	}
}

// namedChanges is all that suggestions would change of named styles.
func namedChanges(all map[string]NamedChanges) map[string]api.SuggestedNamedStyles {
	if len(all) == 0 {
		return nil
	}
	out := make(map[string]api.SuggestedNamedStyles, len(all))
	for id, changes := range all {
		shown := api.SuggestedNamedStyles{NamedStyles: &api.NamedStyles{}, NamedStylesSuggestionState: &api.NamedStylesSuggestionState{}}
		for _, c := range changes {
			mark := state[api.NamedStyleSuggestionState](c.Fields)
			mark.NamedStyleType = c.Want.NamedStyleType
			shown.NamedStyles.Styles = append(shown.NamedStyles.Styles, *c.Want)
			shown.NamedStylesSuggestionState.StylesSuggestionStates = append(shown.NamedStylesSuggestionState.StylesSuggestionStates, *mark)
		}
		out[id] = shown
	}
	return out
}

// bulletChanges is what suggestions would make of a paragraph's bullet.
func bulletChanges(pg *Paragraph) map[string]api.SuggestedBullet {
	if len(pg.Bullets) == 0 {
		return nil
	}
	out := make(map[string]api.SuggestedBullet, len(pg.Bullets))
	for id, b := range pg.Bullets {
		changed, was := &api.BulletSuggestionState{ListIDSuggested: p(true)}, Bullet{}
		if pg.Bullet != nil {
			was = *pg.Bullet
		}
		if b.Level != was.Level {
			changed.NestingLevelSuggested = p(true)
		}
		shown := &api.Bullet{} // it would leave its list
		if b.List != "" {
			shown = bulletView(&b)
		}
		out[id] = api.SuggestedBullet{Bullet: shown, BulletSuggestionState: changed}
	}
	return out
}
