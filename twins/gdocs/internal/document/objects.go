package document

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

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
	o := Object{ID: id, Inline: &api.InlineObjectProperties{EmbeddedObject: embedded}}
	if e.Suggest {
		o.Insert = e.suggestion(pl.tab, pl.seg, pl.index, pl.index)
	}
	pl.tab.Objects = append(pl.tab.Objects, o)
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
	o := t.Objects[i]
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
	t.Objects[i] = o.showing(&embedded)
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
	t.Objects = slices.Delete(t.Objects, i, i+1)
	for _, old := range t.Segments() {
		seg, err := e.segment(t, old.ID)
		if err != nil {
			return err
		}
		e.eachParagraph(stretch{t, seg, 0, seg.Content.Size()}, func(_ spot, pg *Paragraph) *Paragraph {
			if !slices.Contains(pg.Positioned, id) {
				return nil
			}
			c := *pg
			c.Positioned = slices.DeleteFunc(slices.Clone(pg.Positioned), func(x string) bool { return x == id })
			return &c
		})
	}
	return nil
}

// insertPerson mentions a person by email.
func (e *edit) insertPerson(in *api.InsertPersonRequest) error {
	if in.PersonProperties == nil || val(in.PersonProperties.Email) == "" {
		return bad("The email of the person must be specified.")
	}
	props := *in.PersonProperties
	if props.Name == nil && e.Name != nil {
		props.Name = some(e.Name(*props.Email))
	}
	return e.insertThing(in.Location, in.EndOfSegmentLocation, Thing{Person: &api.Person{PersonID: p(e.ID("kix.")), PersonProperties: &props}})
}

// insertThing puts a chip into the text.
func (e *edit) insertThing(l *api.Location, end *api.EndOfSegmentLocation, t Thing) error {
	pl, err := e.insertion(l, end)
	if err != nil {
		return err
	}
	e.write(pl, thing(t, styleAt(pl.block().Paragraph, pl.index-pl.start)))
	return nil
}

// insertRichLink shows a file of Drive, by its title.
func (e *edit) insertRichLink(in *api.InsertRichLinkRequest) error {
	if in.RichLinkProperties == nil || val(in.RichLinkProperties.URI) == "" {
		return bad("The URI of the rich link must be specified.")
	}
	if u, err := url.Parse(*in.RichLinkProperties.URI); err != nil || u.Host == "" {
		return bad("The URI of the rich link is invalid.")
	}
	props := *in.RichLinkProperties
	res, err := e.Resource(*props.URI)
	if err != nil {
		return err
	}
	props.Title, props.MimeType = some(res.Title), some(res.MimeType)
	return e.insertThing(in.Location, in.EndOfSegmentLocation, Thing{Link: &api.RichLink{RichLinkID: p(e.ID("kix.")), RichLinkProperties: &props}})
}

// insertDate shows a moment in a format of Docs.
func (e *edit) insertDate(in *api.InsertDateRequest) error {
	if in.DateElementProperties == nil || val(in.DateElementProperties.Timestamp) == "" {
		return bad("The timestamp of the date must be specified.")
	}
	props, err := dated(*in.DateElementProperties)
	if err != nil {
		return err
	}
	return e.insertThing(in.Location, in.EndOfSegmentLocation, Thing{Date: &api.DateElement{DateID: p(e.ID("kix.")), DateElementProperties: props}})
}

// dated fills in the defaults of a date and what it shows. Months are written in English; other languages show ISO dates' digits alike.
func dated(d api.DateElementProperties) (*api.DateElementProperties, error) {
	t, err := time.Parse(time.RFC3339Nano, *d.Timestamp)
	if err != nil {
		return nil, bad("The timestamp of the date is invalid.")
	}
	if d.DateFormat == nil {
		d.DateFormat = p("DATE_FORMAT_MONTH_DAY_YEAR_ABBREVIATED")
	}
	if d.TimeFormat == nil {
		d.TimeFormat = p("TIME_FORMAT_DISABLED")
	}
	if d.Locale == nil {
		d.Locale = p("en")
	}
	if *d.DateFormat == "DATE_FORMAT_CUSTOM" {
		return nil, bad("The date format cannot be DATE_FORMAT_CUSTOM.")
	}
	zone := time.UTC
	if d.TimeZoneID == nil {
		d.TimeZoneID = p("etc/UTC")
	} else if !strings.EqualFold(*d.TimeZoneID, "etc/UTC") {
		if zone, err = time.LoadLocation(*d.TimeZoneID); err != nil {
			return nil, bad("The time zone ID is invalid.")
		}
	}
	layout := map[string]string{
		"DATE_FORMAT_MONTH_DAY_ABBREVIATED":      "Jan 2",
		"DATE_FORMAT_MONTH_DAY_FULL":             "January 2",
		"DATE_FORMAT_MONTH_DAY_YEAR_ABBREVIATED": "Jan 2, 2006",
		"DATE_FORMAT_ISO8601":                    "2006-01-02",
	}[*d.DateFormat]
	gap := ", "
	if *d.DateFormat == "DATE_FORMAT_ISO8601" {
		gap = " "
	}
	switch *d.TimeFormat {
	case "TIME_FORMAT_HOUR_MINUTE":
		layout += gap + "3:04 PM"
	case "TIME_FORMAT_HOUR_MINUTE_TIMEZONE":
		layout += gap + "3:04 PM MST"
	}
	d.DisplayText = p(t.In(zone).Format(layout))
	return &d, nil
}

var (
	dropdownID = regexp.MustCompile(`^kix\.[a-zA-Z0-9_-]{2,14}$`)
	optionID   = regexp.MustCompile(`^dropdownItem\.[a-zA-Z0-9_-]{2,14}$`)
)

// createDropdownDefinition makes a list of options that chips can offer.
func (e *edit) createDropdownDefinition(in *api.CreateDropdownDefinitionRequest) (*api.CreateDropdownDefinitionResponse, error) {
	t, err := e.tab(in.TabID)
	if err != nil {
		return nil, err
	}
	if in.DropdownDefinition == nil || in.DropdownDefinition.DropdownDefinitionProperties == nil {
		return nil, bad("The dropdown definition must be specified.")
	}
	d := *in.DropdownDefinition
	switch {
	case d.DropdownDefinitionID == nil:
		d.DropdownDefinitionID = p(e.ID("kix."))
	case !dropdownID.MatchString(*d.DropdownDefinitionID):
		return nil, bad("The dropdown definition ID %s is invalid.", *d.DropdownDefinitionID)
	case t.has(*d.DropdownDefinitionID):
		return nil, bad("The dropdown definition ID %s is already in use.", *d.DropdownDefinitionID)
	}
	props := *d.DropdownDefinitionProperties
	if props.Options, err = e.options(props.Options); err != nil {
		return nil, err
	}
	d.DropdownDefinitionProperties = &props
	t.Dropdowns = append(t.Dropdowns, d)
	return &api.CreateDropdownDefinitionResponse{DropdownDefinition: &d}, nil
}

// has says whether an id is taken in the tab.
func (t *Tab) has(id string) bool {
	return slices.ContainsFunc(t.Dropdowns, func(d api.DropdownDefinition) bool { return val(d.DropdownDefinitionID) == id }) ||
		slices.ContainsFunc(t.Objects, func(o Object) bool { return o.ID == id }) ||
		slices.ContainsFunc(t.Names, func(n Name) bool { return n.ID == id }) ||
		slices.ContainsFunc(t.Segments(), func(s *Segment) bool { return s.ID == id }) || t.list(id) != nil
}

// options checks the options of a definition and gives each an id.
func (e *edit) options(in []api.DropdownOption) ([]api.DropdownOption, error) {
	if len(in) < 2 || len(in) > 50 {
		return nil, bad("A dropdown definition must have at least 2 options and at most 50 options.")
	}
	out := slices.Clone(in)
	seen := map[string]bool{}
	for i := range out {
		o := &out[i]
		if o.OptionID == nil {
			o.OptionID = p(e.ID("dropdownItem."))
		}
		if s := o.TextStyle; s != nil {
			plain := *s
			plain.ForegroundColor, plain.BackgroundColor = nil, nil
			if plain != (api.TextStyle{}) {
				return nil, bad("Only the foreground color and background color of a dropdown option can be set.")
			}
			if err := checkColors(s.ForegroundColor, s.BackgroundColor); err != nil {
				return nil, err
			}
		}
		switch {
		case val(o.DisplayValue) == "":
			return nil, bad("The display value of a dropdown option must not be empty.")
		case !optionID.MatchString(*o.OptionID):
			return nil, bad("The dropdown option ID %s is invalid.", *o.OptionID)
		case seen[*o.OptionID]:
			return nil, bad("The dropdown option ID %s is already in use.", *o.OptionID)
		}
		seen[*o.OptionID] = true
	}
	return out, nil
}

func (t *Tab) dropdown(id *string) (*api.DropdownDefinition, error) {
	for i := range t.Dropdowns {
		if val(t.Dropdowns[i].DropdownDefinitionID) == val(id) {
			return &t.Dropdowns[i], nil
		}
	}
	return nil, bad("Dropdown definition with ID %s was not found.", val(id))
}

func option(d *api.DropdownDefinition, id *string) *api.DropdownOption {
	for i := range d.DropdownDefinitionProperties.Options {
		if o := &d.DropdownDefinitionProperties.Options[i]; val(o.OptionID) == val(id) {
			return o
		}
	}
	return nil
}

// updateDropdownDefinitionProperties changes a definition; chips whose option goes take its replacement.
func (e *edit) updateDropdownDefinitionProperties(in *api.UpdateDropdownDefinitionPropertiesRequest) error {
	m, err := parseMask[api.DropdownDefinitionProperties](in.Fields)
	if err != nil {
		return err
	}
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	d, err := t.dropdown(in.DropdownDefinitionID)
	if err != nil {
		return err
	}
	props := apply(m, d.DropdownDefinitionProperties, in.DropdownDefinitionProperties)
	if props.Options, err = e.options(props.Options); err != nil {
		return err
	}
	next := *d
	next.DropdownDefinitionProperties = props
	chips := map[string]*api.DropdownOption{} // the option each chip has now
	for _, c := range t.chips(val(in.DropdownDefinitionID)) {
		was := val(c.DropdownProperties.SelectedOptionID)
		o := option(&next, &was)
		if o == nil {
			with, ok := in.SelectedOptionIDReplacements[was]
			if !ok {
				return bad("A replacement must be provided for the deleted option %s, which is selected.", was)
			}
			if o = option(&next, &with); o == nil {
				return bad("The replacement option %s was not found in the dropdown definition.", with)
			}
		}
		chips[val(c.DropdownID)] = o
	}
	*d = next
	return e.eachDropdown(t, func(c *api.Dropdown) {
		if o := chips[val(c.DropdownID)]; o != nil {
			c.DropdownProperties = &api.DropdownProperties{DropdownDefinitionID: next.DropdownDefinitionID, SelectedOptionID: o.OptionID, DisplayValue: o.DisplayValue}
		}
	})
}

// chips are the dropdowns of a definition in the tab.
func (t *Tab) chips(definition string) []*api.Dropdown {
	var out []*api.Dropdown
	for _, seg := range t.Segments() {
		for pg := range seg.Content.Paragraphs() {
			for _, el := range pg.Elements {
				if el.Thing != nil && el.Thing.Dropdown != nil && val(el.Thing.Dropdown.DropdownProperties.DropdownDefinitionID) == definition {
					out = append(out, el.Thing.Dropdown)
				}
			}
		}
	}
	return out
}

// eachDropdown changes a copy of every dropdown of the tab.
func (e *edit) eachDropdown(t *Tab, change func(*api.Dropdown)) error {
	for _, old := range t.Segments() {
		seg, err := e.segment(t, old.ID)
		if err != nil {
			return err
		}
		e.restyle(stretch{t, seg, 0, seg.Content.Size()}, func(_ *Paragraph, el Element) Element {
			if el.Thing != nil && el.Thing.Dropdown != nil {
				c := *el.Thing.Dropdown
				change(&c)
				el.Thing = &Thing{Dropdown: &c}
			}
			return el
		})
	}
	return nil
}

// deleteDropdownDefinition removes a definition that no chip uses.
func (e *edit) deleteDropdownDefinition(in *api.DeleteDropdownDefinitionRequest) error {
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	if _, err := t.dropdown(in.DropdownDefinitionID); err != nil {
		return err
	}
	if len(t.chips(val(in.DropdownDefinitionID))) > 0 {
		return bad("The dropdown definition %s is in use and cannot be deleted.", val(in.DropdownDefinitionID))
	}
	t.Dropdowns = slices.DeleteFunc(t.Dropdowns, func(d api.DropdownDefinition) bool {
		return val(d.DropdownDefinitionID) == val(in.DropdownDefinitionID)
	})
	return nil
}

// insertDropdown puts a chip that offers a definition's options into the text.
func (e *edit) insertDropdown(in *api.InsertDropdownRequest) (*api.InsertDropdownResponse, error) {
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return nil, err
	}
	d, err := pl.tab.dropdown(in.DropdownDefinitionID)
	if err != nil {
		return nil, err
	}
	o := &d.DropdownDefinitionProperties.Options[0]
	if in.SelectedOptionID != nil {
		if o = option(d, in.SelectedOptionID); o == nil {
			return nil, bad("Dropdown option with ID %s was not found.", *in.SelectedOptionID)
		}
	}
	c := &api.Dropdown{DropdownID: p(e.ID("kix.")), DropdownProperties: &api.DropdownProperties{
		DropdownDefinitionID: d.DropdownDefinitionID, SelectedOptionID: o.OptionID, DisplayValue: o.DisplayValue,
	}}
	e.write(pl, thing(Thing{Dropdown: c}, styleAt(pl.block().Paragraph, pl.index-pl.start)))
	return &api.InsertDropdownResponse{Dropdown: c}, nil
}

// updateDropdownProperties selects another option of a chip.
func (e *edit) updateDropdownProperties(in *api.UpdateDropdownPropertiesRequest) error {
	m, err := parseMask[api.DropdownProperties](in.Fields)
	if err != nil {
		return err
	}
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	var chip *api.Dropdown
	for _, d := range t.Dropdowns {
		for _, c := range t.chips(val(d.DropdownDefinitionID)) {
			if val(c.DropdownID) == val(in.DropdownID) {
				chip = c
			}
		}
	}
	if chip == nil {
		return bad("Dropdown with ID %s was not found.", val(in.DropdownID))
	}
	if m.has("displayValue") && val(in.Fields) != "*" {
		return bad("Cannot update read-only field: displayValue")
	}
	props := apply(m, chip.DropdownProperties, in.DropdownProperties)
	d, err := t.dropdown(props.DropdownDefinitionID)
	if err != nil {
		return err
	}
	o := option(d, props.SelectedOptionID)
	if o == nil {
		return bad("Dropdown option with ID %s was not found.", val(props.SelectedOptionID))
	}
	props.DisplayValue = o.DisplayValue
	return e.eachDropdown(t, func(c *api.Dropdown) {
		if val(c.DropdownID) == val(in.DropdownID) {
			c.DropdownProperties = props
		}
	})
}
