package document

import (
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

// uses are who refers to a tab's images and lists, as far as suggestions count: an image or a list is only suggested while
// nothing but a suggestion has it.
type uses struct {
	images  map[string]*Mark
	members map[string]int            // paragraphs of a list
	joining map[string]string         // a suggestion that would put a paragraph into a list
	leaving map[string]map[string]int // paragraphs of a list that a suggestion would take out of it
}

func (t *Tab) uses() uses {
	u := uses{map[string]*Mark{}, map[string]int{}, map[string]string{}, map[string]map[string]int{}}
	for _, seg := range t.Segments() {
		for pg := range seg.Content.Paragraphs() {
			for i := range pg.Elements {
				if el := &pg.Elements[i]; el.Thing != nil && el.Thing.Image != "" {
					u.images[el.Thing.Image] = el.Mark
				}
			}
			was := ""
			if pg.Bullet != nil {
				was = pg.Bullet.List
				u.members[was]++
			}
			for id, b := range pg.Bullets {
				if first := u.joining[b.List]; first == "" || id < first {
					u.joining[b.List] = id
				}
				if b.List != was {
					if u.leaving[was] == nil {
						u.leaving[was] = map[string]int{}
					}
					u.leaving[was][id]++
				}
			}
		}
	}
	return u
}

func (u uses) list(l List) api.List {
	out := api.List{ListProperties: l.Properties}
	if u.members[l.ID] == 0 {
		out.SuggestedInsertionID = some(u.joining[l.ID])
	}
	for id, n := range u.leaving[l.ID] {
		if n == u.members[l.ID] {
			out.SuggestedDeletionIDs = append(out.SuggestedDeletionIDs, id)
		}
	}
	slices.Sort(out.SuggestedDeletionIDs)
	return out
}

// inline is an image that stands in the text; what is suggested of its place is suggested of it.
func (v *viewer) inline(o Object, m *Mark) api.InlineObject {
	out := api.InlineObject{
		ObjectID: p(o.ID), InlineObjectProperties: &api.InlineObjectProperties{EmbeddedObject: v.embedded(o.Embedded())},
		SuggestedInlineObjectPropertiesChanges: seen(o.Changes, func(c Change[api.EmbeddedObject]) api.SuggestedInlineObjectProperties {
			return api.SuggestedInlineObjectProperties{
				InlineObjectProperties:                &api.InlineObjectProperties{EmbeddedObject: v.embedded(c.Want)},
				InlineObjectPropertiesSuggestionState: &api.InlineObjectPropertiesSuggestionState{EmbeddedObjectSuggestionState: state[api.EmbeddedObjectSuggestionState](c.Fields)},
			}
		}),
	}
	if m != nil {
		out.SuggestedDeletionIDs = m.Delete
		if len(m.Insert) > 0 {
			out.SuggestedInsertionID = &m.Insert[0]
		}
	}
	return out
}

// positioned is an object that stands beside a paragraph.
func (v *viewer) positioned(o Object) api.PositionedObject {
	props := *o.Positioned
	props.EmbeddedObject = v.embedded(o.Embedded())
	return api.PositionedObject{
		ObjectID: p(o.ID), PositionedObjectProperties: &props, SuggestedDeletionIDs: o.Delete,
		SuggestedPositionedObjectPropertiesChanges: seen(o.Changes, func(c Change[api.EmbeddedObject]) api.SuggestedPositionedObjectProperties {
			return api.SuggestedPositionedObjectProperties{
				PositionedObjectProperties:                &api.PositionedObjectProperties{EmbeddedObject: v.embedded(c.Want)},
				PositionedObjectPropertiesSuggestionState: &api.PositionedObjectPropertiesSuggestionState{EmbeddedObjectSuggestionState: state[api.EmbeddedObjectSuggestionState](c.Fields)},
			}
		}),
	}
}

// embedded is what an object shows, with the whole address of its image.
func (v *viewer) embedded(o *api.EmbeddedObject) *api.EmbeddedObject {
	if v.base == "" || !strings.HasPrefix(contentURI(o), "/") {
		return o
	}
	out, image := *o, *o.ImageProperties
	image.ContentURI = p(v.base + *image.ContentURI)
	out.ImageProperties = &image
	return &out
}

func contentURI(o *api.EmbeddedObject) string {
	if o.ImageProperties == nil {
		return ""
	}
	return val(o.ImageProperties.ContentURI)
}

// ContentURI is where the image of an object is.
func (o Object) ContentURI() string { return contentURI(o.Embedded()) }

// ContentURIs are where its image is and where those are that suggestions would put in its place.
func (o Object) ContentURIs() []string {
	out := []string{o.ContentURI()}
	for _, c := range o.Changes {
		out = append(out, contentURI(c.Want))
	}
	return out
}

// showing is an object with something else in it.
func (o Object) showing(embedded *api.EmbeddedObject) Object {
	if o.Inline != nil {
		o.Inline = &api.InlineObjectProperties{EmbeddedObject: embedded}
		return o
	}
	positioned := *o.Positioned
	positioned.EmbeddedObject = embedded
	o.Positioned = &positioned
	return o
}
