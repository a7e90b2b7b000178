package document

import (
	"net/url"
	"strings"
	"time"

	"twinset.dev/twins/gdocs/internal/api"
)

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
