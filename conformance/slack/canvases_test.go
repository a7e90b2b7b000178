package slack

import (
	"testing"

	"github.com/slack-go/slack"
)

func init() {
	text := func(s string) slack.DocumentContent { return slack.DocumentContent{Type: "markdown", Markdown: s} }
	canvas := func(t *testing.T, e *env) string {
		t.Helper()
		id, err := e.bot().CreateCanvasContext(t.Context(), "Plan", text("# One\n\nbody\n\n## Two"))
		must(t, err)
		return id
	}
	says := func(t *testing.T, api *slack.Client, id, markdown string) {
		t.Helper()
		got, err := api.GetCanvasContentContext(t.Context(), id)
		must(t, err)
		want(t, "the canvas", got, markdown)
	}
	section := func(t *testing.T, e *env, id, contains string) string {
		t.Helper()
		found, err := e.bot().LookupCanvasSectionsContext(t.Context(), slack.LookupCanvasSectionsParams{CanvasID: id,
			Criteria: slack.LookupCanvasSectionsCriteria{ContainsText: contains}})
		must(t, err)
		want(t, "sections that say "+contains, len(found), 1)
		return found[0].ID
	}
	row("CreateCanvasContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		says(t, e.bot(), id, "# One\n\nbody\n\n## Two")
		f := fileInfo(t, e.bot(), id)
		want(t, "file", f.Title+" "+f.Filetype+" "+f.PrettyType, "Plan quip Canvas")
		tab, err := e.bot().CreateCanvasContext(t.Context(), "Tab", text("x"), slack.CreateCanvasOptionChannelID(e.channel("engineering")))
		must(t, err)
		says(t, e.user("bo"), tab, "x")
		_, err = e.bot().CreateCanvas("x", slack.DocumentContent{Type: "html"})
		refused(t, err, "canvas_creation_failed")
	})
	row("CreateChannelCanvasContext", func(t *testing.T) {
		e := world(t)
		engineering := e.channel("engineering")
		id, err := e.bot().CreateChannelCanvasContext(t.Context(), engineering, text("Welcome"))
		must(t, err)
		says(t, e.user("bo"), id, "Welcome")
		ch, err := e.bot().GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: engineering})
		must(t, err)
		want(t, "the channel's canvas", ch.Properties.Canvas.FileId, id)
		_, err = e.bot().CreateChannelCanvas(engineering, text("x"))
		refused(t, err, "channel_canvas_already_exists")
	})
	row("GetCanvasContentContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		one := section(t, e, id, "One")
		got, err := e.bot().GetCanvasContentContext(t.Context(), id, slack.GetCanvasContentOptionContentType("html"))
		must(t, err)
		two := section(t, e, id, "Two")
		body := section(t, e, id, "body")
		want(t, "the canvas as HTML", got, "<h1 id='"+one+"'>One</h1>\n<p id='"+body+"' class='line'>body</p>\n<h2 id='"+two+"'>Two</h2>\n")
		_, err = e.user("bo").GetCanvasContent(id)
		refused(t, err, "canvas_not_found")
	})
	row("LookupCanvasSectionsContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		found, err := e.bot().LookupCanvasSectionsContext(t.Context(), slack.LookupCanvasSectionsParams{CanvasID: id,
			Criteria: slack.LookupCanvasSectionsCriteria{SectionTypes: []string{"any_header"}}})
		must(t, err)
		want(t, "headings", len(found), 2)
		found, err = e.bot().LookupCanvasSections(slack.LookupCanvasSectionsParams{CanvasID: id,
			Criteria: slack.LookupCanvasSectionsCriteria{SectionTypes: []string{"h2"}, ContainsText: "One"}})
		must(t, err)
		want(t, "headings of the second order that say One", len(found), 0)
	})
	row("EditCanvasContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		edit := func(op, section, markdown string) error {
			return e.bot().EditCanvasContext(t.Context(), slack.EditCanvasParams{CanvasID: id, Changes: []slack.CanvasChange{{Operation: op, SectionID: section, DocumentContent: text(markdown)}}})
		}
		body := section(t, e, id, "body")
		must(t, edit("insert_at_start", "", "start"))
		must(t, edit("insert_at_end", "", "end"))
		must(t, edit("insert_after", body, "after"))
		must(t, edit("insert_before", body, "before"))
		must(t, edit("replace", body, "new body"))
		says(t, e.bot(), id, "start\n\n# One\n\nbefore\n\nnew body\n\nafter\n\n## Two\n\nend")
		refused(t, edit("delete", body, ""), "canvas_editing_failed")
		must(t, edit("delete", section(t, e, id, "Two"), ""))
		must(t, edit("replace", "", "all new"))
		says(t, e.bot(), id, "all new")
	})
	row("DeleteCanvasContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		must(t, e.bot().DeleteCanvasContext(t.Context(), id))
		_, err := e.bot().GetCanvasContent(id)
		refused(t, err, "canvas_not_found")
		refused(t, e.bot().DeleteCanvas(id), "canvas_not_found")
	})
	row("SetCanvasAccessContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		must(t, e.bot().SetCanvasAccessContext(t.Context(), slack.SetCanvasAccessParams{CanvasID: id, AccessLevel: "read", UserIDs: []string{e.person("bo")}}))
		says(t, e.user("bo"), id, "# One\n\nbody\n\n## Two")
		change := slack.EditCanvasParams{CanvasID: id, Changes: []slack.CanvasChange{{Operation: "insert_at_end", DocumentContent: text("bo was here")}}}
		refused(t, e.user("bo").EditCanvas(change), "restricted_action")
		must(t, e.bot().SetCanvasAccess(slack.SetCanvasAccessParams{CanvasID: id, AccessLevel: "write", ChannelIDs: []string{e.channel("engineering")}}))
		must(t, e.user("bo").EditCanvas(change))
		refused(t, e.bot().SetCanvasAccess(slack.SetCanvasAccessParams{CanvasID: id, AccessLevel: "read", ChannelIDs: []string{"C1"}, UserIDs: []string{"U1"}}), "invalid_parameters")
	})
	row("DeleteCanvasAccessContext", func(t *testing.T) {
		e := world(t)
		id := canvas(t, e)
		must(t, e.bot().SetCanvasAccess(slack.SetCanvasAccessParams{CanvasID: id, AccessLevel: "read", UserIDs: []string{e.person("bo")}}))
		must(t, e.bot().DeleteCanvasAccessContext(t.Context(), slack.DeleteCanvasAccessParams{CanvasID: id, UserIDs: []string{e.person("bo")}}))
		_, err := e.user("bo").GetCanvasContent(id)
		refused(t, err, "canvas_not_found")
	})
}
