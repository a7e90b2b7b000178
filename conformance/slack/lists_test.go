package slack

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"testing"

	"github.com/slack-go/slack"
)

func init() {
	type list struct {
		id, name, status string // the list, and its columns
	}
	words := func(s string) []slack.RichTextBlock {
		return []slack.RichTextBlock{*slack.NewRichTextBlock("", slack.NewRichTextSection(slack.NewRichTextSectionTextElement(s, nil)))}
	}
	create := func(t *testing.T, e *env) list {
		t.Helper()
		yes := true
		made, err := e.bot().CreateListContext(t.Context(), "Tasks", slack.CreateListOptionDescriptionBlocks(words("What is to be done")), slack.CreateListOptionSchema([]slack.ListColumn{
			{Key: "name", Name: "Task", Type: slack.ListColumnText, IsPrimaryColumn: &yes},
			{Key: "status", Name: "Status", Type: slack.ListColumnSelect, Options: &slack.ListColumnOptions{Format: slack.ListColumnFormatSingleSelect,
				Choices: []slack.ListColumnChoice{{Value: "todo", Label: "To do", Color: slack.ListChoiceRed}, {Value: "done", Label: "Done", Color: slack.ListChoiceGreen}}}},
		}))
		must(t, err)
		return list{made.ListID, made.ListMetadata.Schema[0].ID, made.ListMetadata.Schema[1].ID}
	}
	item := func(t *testing.T, e *env, l list, name string) string {
		t.Helper()
		made, err := e.bot().CreateListItemContext(t.Context(), l.id, slack.CreateListItemOptionInitialFields([]slack.ListItemField{
			{ColumnID: l.name, RichText: words(name)}, {ColumnID: l.status, Select: []string{"todo"}}}))
		must(t, err)
		return made.Item.ID
	}
	items := func(t *testing.T, e *env, l list) []slack.ListItem {
		t.Helper()
		got, err := e.bot().GetListItemsContext(t.Context(), l.id)
		must(t, err)
		return got.Items
	}
	row("CreateListContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		item(t, e, l, "Fuel")
		f := fileInfo(t, e.bot(), l.id)
		want(t, "file", f.Title+" "+f.Filetype+" "+f.ListMetadata.Description, "Tasks list What is to be done")
		same, err := e.bot().CreateListContext(t.Context(), "Copy", slack.CreateListOptionCopyFromListID(l.id), slack.CreateListOptionIncludeCopiedListRecords(true), slack.CreateListOptionTodoMode(true))
		must(t, err)
		want(t, "columns of the copy", len(same.ListMetadata.Schema), 5)
		want(t, "rows of the copy", len(items(t, e, list{id: same.ListID})), 1)
		_, err = e.bot().CreateList("x", slack.CreateListOptionSchema([]slack.ListColumn{{Key: "a", Name: "A", Type: "hologram"}}))
		refused(t, err, "invalid_column_type")
	})
	row("UpdateListContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		must(t, e.bot().UpdateListContext(t.Context(), l.id, slack.UpdateListOptionName("Chores"), slack.UpdateListOptionTodoMode(true)))
		f := fileInfo(t, e.bot(), l.id)
		want(t, "list", fmt.Sprint(f.Title, f.ListMetadata.TodoMode, len(f.ListMetadata.Schema)), "Chorestrue 5")
		refused(t, e.bot().UpdateList(l.id), "missing_arguments")
	})
	row("SetListAccessContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		must(t, e.bot().SetListAccessContext(t.Context(), l.id, slack.ListAccessRead, slack.SetListAccessOptionChannelIDs([]string{e.channel("engineering")})))
		_, err := e.user("bo").GetListItems(l.id)
		must(t, err)
		_, err = e.user("bo").CreateListItem(l.id)
		refused(t, err, "permission_denied")
		must(t, e.bot().SetListAccess(l.id, slack.ListAccessWrite, slack.SetListAccessOptionUserIDs([]string{e.person("bo")})))
		_, err = e.user("bo").CreateListItem(l.id)
		must(t, err)
	})
	row("DeleteListAccessContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		bo := []string{e.person("bo")}
		must(t, e.bot().SetListAccess(l.id, slack.ListAccessRead, slack.SetListAccessOptionUserIDs(bo)))
		must(t, e.bot().DeleteListAccessContext(t.Context(), l.id, slack.DeleteListAccessOptionUserIDs(bo)))
		_, err := e.user("bo").GetListItems(l.id)
		refused(t, err, "list_not_found")
	})
	row("CreateListItemContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		id := item(t, e, l, "Fuel")
		sub, err := e.bot().CreateListItemContext(t.Context(), l.id, slack.CreateListItemOptionParentItemID(id))
		must(t, err)
		want(t, "parent", sub.Item.ParentRecordID, id)
		same, err := e.bot().CreateListItem(l.id, slack.CreateListItemOptionDuplicatedItemID(id))
		must(t, err)
		want(t, "text of the copy", same.Item.Fields[0].Text, "Fuel")
		want(t, "rows", len(items(t, e, l)), 3)
		_, err = e.bot().CreateListItem(l.id, slack.CreateListItemOptionInitialFields([]slack.ListItemField{{ColumnID: l.status, Select: []string{"never"}}}))
		refused(t, err, "invalid_option_id")
	})
	row("UpdateListItemsContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		id := item(t, e, l, "Fuel")
		must(t, e.bot().UpdateListItemsContext(t.Context(), l.id, []slack.ListItemCell{
			{RowID: id, ListItemField: slack.ListItemField{ColumnID: l.status, Select: []string{"done"}}},
			{RowID: id, ListItemField: slack.ListItemField{ColumnID: l.name, RichText: words("Fuelled")}},
		}))
		got := items(t, e, l)[0]
		want(t, "row", got.Fields[0].Text+" "+got.Fields[1].Select[0], "Fuelled done")
		err := e.bot().UpdateListItems(l.id, []slack.ListItemCell{{RowID: id, ListItemField: slack.ListItemField{ColumnID: "Col0NONE000", Select: []string{"done"}}}})
		refused(t, err, "invalid_column_id")
	})
	row("GetListItemsContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		for i := range 3 {
			item(t, e, l, fmt.Sprint("Task ", i))
		}
		first, err := e.bot().GetListItemsContext(t.Context(), l.id, slack.GetListItemsOptionLimit(2), slack.GetListItemsOptionIncludeList(true))
		must(t, err)
		want(t, "rows", len(first.Items), 2)
		want(t, "the list", first.List.Title, "Tasks")
		next, err := e.bot().GetListItems(l.id, slack.GetListItemsOptionLimit(2), slack.GetListItemsOptionCursor(first.ResponseMetadata.Cursor))
		must(t, err)
		want(t, "rows left", len(next.Items), 1)
		want(t, "the last", next.Items[0].Fields[0].Text, "Task 2")
		want(t, "the next cursor", next.ResponseMetadata.Cursor, "")
	})
	row("GetListItemInfoContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		id := item(t, e, l, "Fuel")
		_, err := e.bot().CreateListItem(l.id, slack.CreateListItemOptionParentItemID(id))
		must(t, err)
		got, err := e.bot().GetListItemInfoContext(t.Context(), l.id, id, slack.GetListItemInfoOptionIncludeIsSubscribed(true))
		must(t, err)
		want(t, "text", got.Record.Fields[0].Text, "Fuel")
		want(t, "subscribed", *got.Record.IsSubscribed, true)
		want(t, "subtasks", len(got.Subtasks), 1)
		want(t, "rows of the list", got.List.ListLimits.RowCount, 2)
		_, err = e.bot().GetListItemInfo(l.id, "Rec0NONE000")
		refused(t, err, "record_not_found")
	})
	row("DeleteListItemContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		id := item(t, e, l, "Fuel")
		must(t, e.bot().DeleteListItemContext(t.Context(), l.id, id))
		want(t, "rows", len(items(t, e, l)), 0)
		refused(t, e.bot().DeleteListItem(l.id, id), "record_not_found")
	})
	row("DeleteListItemsContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		ids := []string{item(t, e, l, "a"), item(t, e, l, "b")}
		item(t, e, l, "c")
		must(t, e.bot().DeleteListItemsContext(t.Context(), l.id, ids))
		left := items(t, e, l)
		want(t, "rows", len(left), 1)
		want(t, "the one left", left[0].Fields[0].Text, "c")
	})
	row("StartListDownloadContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		job, err := e.bot().StartListDownloadContext(t.Context(), l.id, slack.StartListDownloadOptionFormat(slack.ListDownloadJSON))
		must(t, err)
		got, err := e.bot().GetListDownload(l.id, job.JobID, slack.GetListDownloadOptionFormat(slack.ListDownloadJSON))
		must(t, err)
		var b bytes.Buffer
		must(t, e.bot().GetFile(got.DownloadURL, &b))
		if !bytes.Contains(b.Bytes(), []byte(`"title":"Tasks"`)) {
			t.Fatalf("the export says %s", b.String())
		}
		_, err = e.bot().StartListDownload("F0NONE00000")
		refused(t, err, "list_not_found")
	})
	row("GetListDownloadContext", func(t *testing.T) {
		e := world(t)
		l := create(t, e)
		item(t, e, l, `Fuel, "all" of it`)
		job, err := e.bot().StartListDownload(l.id)
		must(t, err)
		got, err := e.bot().GetListDownloadContext(t.Context(), l.id, job.JobID)
		must(t, err)
		want(t, "status", got.Status, "COMPLETED")
		var b bytes.Buffer
		must(t, e.bot().GetFile(got.DownloadURL, &b))
		rows, err := csv.NewReader(&b).ReadAll()
		must(t, err)
		want(t, "the export", fmt.Sprint(rows), `[[Task Status] [Fuel, "all" of it To do]]`)
		_, err = e.bot().GetListDownload(l.id, "Le0NONE0000")
		refused(t, err, "job_not_found")
	})
}
