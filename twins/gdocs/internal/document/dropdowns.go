package document

import (
	"regexp"
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

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
	id := val(in.DropdownDefinition.DropdownDefinitionID)
	switch {
	case id == "":
		id = e.ID("kix.")
	case !dropdownID.MatchString(id):
		return nil, bad("The dropdown definition ID %s is invalid.", id)
	case t.has(id):
		return nil, bad("The dropdown definition ID %s is already in use.", id)
	}
	props := *in.DropdownDefinition.DropdownDefinitionProperties
	if props.Options, err = e.options(props.Options); err != nil {
		return nil, err
	}
	d := Dropdown{ID: id, Properties: &props}
	if e.Suggest {
		d.Insert = e.newSuggestion(t)
	}
	t.Dropdowns = append(t.Dropdowns, d)
	return &api.CreateDropdownDefinitionResponse{DropdownDefinition: d.view()}, nil
}

func (d Dropdown) view() *api.DropdownDefinition {
	return &api.DropdownDefinition{
		DropdownDefinitionID: p(d.ID), DropdownDefinitionProperties: d.Properties, SuggestedInsertionID: some(d.Insert), SuggestedDeletionID: some(d.Delete),
		SuggestedDropdownDefinitionPropertiesChanges: seen(d.Changes, definitionChange),
	}
}

// has says whether an id is taken in the tab.
func (t *Tab) has(id string) bool {
	return slices.ContainsFunc(t.Dropdowns, func(d Dropdown) bool { return d.ID == id }) ||
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

func (t *Tab) dropdown(id *string) (*Dropdown, error) {
	for i := range t.Dropdowns {
		if t.Dropdowns[i].ID == val(id) {
			return &t.Dropdowns[i], nil
		}
	}
	return nil, bad("Dropdown definition with ID %s was not found.", val(id))
}

// option is one of a definition's options, or nil.
func option(d *api.DropdownDefinitionProperties, id string) *api.DropdownOption {
	for i := range d.Options {
		if val(d.Options[i].OptionID) == id {
			return &d.Options[i]
		}
	}
	return nil
}

// selected is what a chip says of itself: its words are those of its option, or as they were when there is no such option.
func (t *Tab) selected(chip *api.DropdownProperties) *api.DropdownProperties {
	out := *chip
	if d, err := t.dropdown(out.DropdownDefinitionID); err == nil {
		if o := option(d.Properties, val(out.SelectedOptionID)); o != nil {
			out.DisplayValue = o.DisplayValue
		}
	}
	return &out
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
	props := apply(m, d.Properties, in.DropdownDefinitionProperties)
	if props.Options, err = e.options(props.Options); err != nil {
		return err
	}
	replaced := map[string]string{} // what each option that goes from a chip gives way to
	for _, c := range t.chips(d.ID) {
		was := val(c.DropdownProperties.SelectedOptionID)
		if option(props, was) != nil {
			continue
		}
		with, ok := in.SelectedOptionIDReplacements[was]
		if !ok {
			return bad("A replacement must be provided for the deleted option %s, which is selected.", was)
		}
		if option(props, with) == nil {
			return bad("The replacement option %s was not found in the dropdown definition.", with)
		}
		replaced[was] = with
	}
	suggestion := ""
	switch {
	case !e.Suggest:
		d.Properties = props
	case e.mine(d.Insert):
		suggestion, d.Properties = d.Insert, props
		e.touched[suggestion] = true
	default:
		suggestion = e.newSuggestion(t)
		d.Changes = changed(d.Changes, suggestion, m, props)
	}
	return e.eachDropdown(t, d.ID, func(chip *api.Dropdown, mark *Mark) *Mark {
		if with, ok := replaced[val(chip.DropdownProperties.SelectedOptionID)]; ok {
			return e.selectOption(t, chip, mark, suggestion, &api.DropdownProperties{SelectedOptionID: &with})
		}
		chip.DropdownProperties = t.selected(chip.DropdownProperties)
		return mark
	})
}

// selectOption selects another option of a chip, or makes it part of a suggestion. It answers the chip's mark.
func (e *edit) selectOption(t *Tab, chip *api.Dropdown, mark *Mark, suggestion string, want *api.DropdownProperties) *Mark {
	m := mask{"selectedOptionId"}
	if want.DropdownDefinitionID != nil {
		m = append(m, "dropdownDefinitionId")
	}
	if e.ours(mark) {
		chip.DropdownProperties = t.selected(apply(m, chip.DropdownProperties, want))
		return mark
	}
	out := val(mark)
	out.Options = changed(out.Options, suggestion, m, want)
	return &out
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

// eachDropdown changes a copy of every chip of a definition, and its mark.
func (e *edit) eachDropdown(t *Tab, definition string, change func(*api.Dropdown, *Mark) *Mark) error {
	for _, old := range t.Segments() {
		seg, err := e.segment(t, old.ID)
		if err != nil {
			return err
		}
		e.restyle(stretch{t, seg, 0, seg.Content.Size()}, func(_ *Paragraph, el Element) Element {
			if el.Thing != nil && el.Thing.Dropdown != nil && val(el.Thing.Dropdown.DropdownProperties.DropdownDefinitionID) == definition {
				c := *el.Thing.Dropdown
				el.Mark = change(&c, el.Mark)
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
	d, err := t.dropdown(in.DropdownDefinitionID)
	if err != nil {
		return err
	}
	if len(t.chips(d.ID)) > 0 {
		return bad("The dropdown definition %s is in use and cannot be deleted.", d.ID)
	}
	switch {
	case !e.Suggest || e.mine(d.Insert):
		t.dropDropdown(d.ID)
	case d.Delete == "": // else it has been suggested
		d.Delete = e.newSuggestion(t)
	}
	return nil
}

func (t *Tab) dropDropdown(id string) {
	t.Dropdowns = drop(t.Dropdowns, func(d Dropdown) bool { return d.ID == id })
}

// settleDropdowns makes what a suggestion says of definitions, or forgets it. One that was to go and has come into use stays; the
// chips of one that was not to come keep their words.
func (e *edit) settleDropdowns(t *Tab, id string, accept bool) {
	for _, d := range slices.Clone(t.Dropdowns) {
		if accept && d.Delete == id && len(t.chips(d.ID)) == 0 || !accept && d.Insert == id {
			t.dropDropdown(d.ID)
		}
	}
	for i := range t.Dropdowns {
		d := &t.Dropdowns[i]
		if d.Insert == id {
			d.Insert = ""
		}
		if d.Delete == id {
			d.Delete = ""
		}
		c, ok := d.Changes[id]
		d.Changes = without(d.Changes, id)
		if ok && accept {
			d.Properties = apply(c.Fields, d.Properties, c.Want)
			_ = e.eachDropdown(t, d.ID, func(chip *api.Dropdown, mark *Mark) *Mark {
				chip.DropdownProperties = t.selected(chip.DropdownProperties)
				return mark
			})
		}
	}
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
	o := &d.Properties.Options[0]
	if in.SelectedOptionID != nil {
		if o = option(d.Properties, *in.SelectedOptionID); o == nil {
			return nil, bad("Dropdown option with ID %s was not found.", *in.SelectedOptionID)
		}
	}
	c := &api.Dropdown{DropdownID: p(e.ID("kix.")), DropdownProperties: &api.DropdownProperties{
		DropdownDefinitionID: &d.ID, SelectedOptionID: o.OptionID, DisplayValue: o.DisplayValue,
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
		for _, c := range t.chips(d.ID) {
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
	o := option(d.Properties, val(props.SelectedOptionID))
	if o == nil {
		return bad("Dropdown option with ID %s was not found.", val(props.SelectedOptionID))
	}
	was := val(chip.DropdownProperties.DropdownDefinitionID)
	return e.eachDropdown(t, was, func(c *api.Dropdown, mark *Mark) *Mark {
		if val(c.DropdownID) != val(in.DropdownID) {
			return mark
		}
		want := &api.DropdownProperties{SelectedOptionID: o.OptionID}
		if d.ID != was {
			want.DropdownDefinitionID = &d.ID
		}
		suggestion := ""
		if e.Suggest && e.added(mark) == "" {
			suggestion = e.newSuggestion(t)
		}
		return e.selectOption(t, c, mark, suggestion, want)
	})
}
