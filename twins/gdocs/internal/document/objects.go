package document

import (
	"reflect"
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

const longestURI = 2048

// insertInlineImage fetches an image and puts it into the text, scaled to fit what the request and the page allow.
func (e *edit) insertInlineImage(in *api.InsertInlineImageRequest) (*api.InsertInlineImageResponse, error) {
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return nil, err
	}
	if pl.footnote() {
		return nil, bad("Inline images cannot be inserted inside a footnote.")
	}
	pic, err := e.picture(val(in.URI))
	if err != nil {
		return nil, err
	}
	id := e.ID("kix.")
	embedded := &api.EmbeddedObject{
		ImageProperties: &api.ImageProperties{ContentURI: p(pic.ContentURI), SourceURI: in.URI, CropProperties: &api.CropProperties{}},
		EmbeddedObjectBorder: &api.EmbeddedObjectBorder{
			Color: &api.OptionalColor{Color: &api.Color{RGBColor: &api.RGBColor{}}}, Width: pt(0), DashStyle: p("SOLID"), PropertyState: p("NOT_RENDERED"),
		},
		Size:      fit(pic, in.ObjectSize, pl.tab.textWidth()),
		MarginTop: pt(9), MarginBottom: pt(9), MarginRight: pt(9), MarginLeft: pt(9),
	}
	pl.tab.Objects = append(pl.tab.Objects, Object{ID: id, Inline: &api.InlineObjectProperties{EmbeddedObject: embedded}})
	e.write(pl, thing(Thing{Image: id}, styleAt(pl.block().Paragraph, pl.index-pl.start)))
	return &api.InsertInlineImageResponse{ObjectID: &id}, nil
}

func (e *edit) picture(uri string) (Picture, error) {
	if uri == "" {
		return Picture{}, bad("The image URI must be specified.")
	}
	if len(uri) > longestURI {
		return Picture{}, bad("The provided image URI is too long.")
	}
	return e.Picture(uri)
}

// textWidth is the room between a page's margins, in points.
func (t *Tab) textWidth() float64 {
	s := t.Style
	w := 612.0
	if s.PageSize != nil {
		w = points(s.PageSize.Width)
		if val(s.FlipPageOrientation) {
			w = points(s.PageSize.Height)
		}
	}
	return max(1, w-points(s.MarginLeft)-points(s.MarginRight))
}

// fit is the size of a picture in points: as wished, its proportions kept, and no wider than the text.
func fit(pic Picture, want *api.Size, room float64) *api.Size {
	w, h := float64(max(1, pic.Width))*0.75, float64(max(1, pic.Height))*0.75
	scale := min(1, room/w)
	if want != nil {
		ww, wh := points(want.Width), points(want.Height)
		switch {
		case ww > 0 && wh > 0:
			scale = min(ww/w, wh/h)
		case ww > 0:
			scale = ww / w
		case wh > 0:
			scale = wh / h
		}
	}
	return &api.Size{Width: pt(w * scale), Height: pt(h * scale)}
}

// replaceImage shows another picture in the frame of an image, centred and cropped.
func (e *edit) replaceImage(in *api.ReplaceImageRequest) error {
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t.Objects, func(o Object) bool { return o.ID == val(in.ImageObjectID) })
	if i < 0 || t.Objects[i].Embedded().ImageProperties == nil {
		return bad("Image with ID %s was not found.", val(in.ImageObjectID))
	}
	pic, err := e.picture(val(in.URI))
	if err != nil {
		return err
	}
	o := &t.Objects[i]
	embedded := *o.Embedded()
	w, h := points(embedded.Size.Width), points(embedded.Size.Height)
	crop := &api.CropProperties{}
	if w > 0 && h > 0 && pic.Width > 0 && pic.Height > 0 {
		if have, frame := float64(pic.Width)/float64(pic.Height), w/h; have > frame {
			crop.OffsetLeft = some((1 - frame/have) / 2)
			crop.OffsetRight = crop.OffsetLeft
		} else {
			crop.OffsetTop = some((1 - have/frame) / 2)
			crop.OffsetBottom = crop.OffsetTop
		}
	}
	embedded.ImageProperties = &api.ImageProperties{ContentURI: p(pic.ContentURI), SourceURI: in.URI, CropProperties: crop}
	if e.ours(t.imageMark(o.ID)) {
		*o = o.showing(&embedded)
		return nil
	}
	m := differing("imageProperties.", reflect.ValueOf(o.Embedded().ImageProperties).Elem(), reflect.ValueOf(embedded.ImageProperties).Elem())
	if len(m) > 0 {
		o.Changes = changed(o.Changes, e.newSuggestion(t), m, &embedded)
	}
	return nil
}

// imageMark is what suggestions say of the place in the text where an image stands.
func (t *Tab) imageMark(id string) *Mark {
	for _, seg := range t.Segments() {
		for pg := range seg.Content.Paragraphs() {
			for _, el := range pg.Elements {
				if el.Thing != nil && el.Thing.Image == id {
					return el.Mark
				}
			}
		}
	}
	return nil
}

// Embedded is what an object shows.
func (o Object) Embedded() *api.EmbeddedObject {
	if o.Inline != nil && o.Inline.EmbeddedObject != nil {
		return o.Inline.EmbeddedObject
	}
	if o.Positioned != nil && o.Positioned.EmbeddedObject != nil {
		return o.Positioned.EmbeddedObject
	}
	return &api.EmbeddedObject{}
}

// deletePositionedObject removes an object that stands beside a paragraph.
func (e *edit) deletePositionedObject(in *api.DeletePositionedObjectRequest) error {
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	id := val(in.ObjectID)
	i := slices.IndexFunc(t.Objects, func(o Object) bool { return o.ID == id && o.Positioned != nil })
	if i < 0 {
		return bad("Positioned object with ID %s was not found.", id)
	}
	if e.Suggest {
		t.Objects[i].Delete = listed(t.Objects[i].Delete, e.newSuggestion(t))
		return nil
	}
	e.dropObject(t, id)
	return nil
}

// dropObject removes an object from beside its paragraph.
func (e *edit) dropObject(t *Tab, id string) {
	t.Objects = drop(t.Objects, func(o Object) bool { return o.ID == id })
	for _, old := range t.Segments() {
		seg, err := e.segment(t, old.ID)
		if err != nil {
			continue
		}
		e.eachParagraph(stretch{t, seg, 0, seg.Content.Size()}, func(_ spot, pg *Paragraph) *Paragraph {
			if !slices.Contains(pg.Positioned, id) {
				return nil
			}
			c := *pg
			c.Positioned = drop(slices.Clone(pg.Positioned), func(x string) bool { return x == id })
			return &c
		})
	}
}

// settleObjects makes what a suggestion says of images, or forgets it.
func (e *edit) settleObjects(t *Tab, id string, accept bool) {
	for _, o := range slices.Clone(t.Objects) {
		if accept && slices.Contains(o.Delete, id) {
			e.dropObject(t, o.ID)
		}
	}
	for i := range t.Objects {
		o := &t.Objects[i]
		if c, ok := o.Changes[id]; ok && accept {
			*o = o.showing(apply(c.Fields, o.Embedded(), c.Want))
		}
		o.Changes = without(o.Changes, id)
		o.Delete = drop(slices.Clone(o.Delete), func(x string) bool { return x == id })
	}
}
