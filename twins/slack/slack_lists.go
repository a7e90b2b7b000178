package slack

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// A List is what a file of mode list has beside what all files have.
//
// https://docs.slack.dev/surfaces/lists
type List struct {
	File        string          `json:"file"`
	Columns     []Column        `json:"columns"`
	Subtasks    []Column        `json:"subtasks"` // of items below other items
	View        string          `json:"view"`
	Description json.RawMessage `json:"description"`
	Todo        bool            `json:"todo"`
	CopiedFrom  string          `json:"copied_from"`
	Items       int64           `json:"items"` // given out so far, which orders them
}

// A Column of a list.
type Column struct {
	ID      string          `json:"id"`
	Key     string          `json:"key"`
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Primary bool            `json:"primary"`
	Options json.RawMessage `json:"options"`
}

// A ListItem is a row of a list.
type ListItem struct {
	List        string          `json:"list"`
	ID          string          `json:"id"`
	Parent      string          `json:"parent"`
	Position    int64           `json:"position"`
	Cells       map[string]Cell `json:"cells"` // by column
	Created     int64           `json:"created"`
	Updated     int64           `json:"updated"`
	CreatedBy   string          `json:"created_by"`
	UpdatedBy   string          `json:"updated_by"`
	Archived    bool            `json:"archived"`
	Subscribers []string        `json:"subscribers"`
}

// A Cell is a value and the key it is given and shown by: rich_text, user, select and so on.
type Cell struct {
	Kind  string          `json:"kind"`
	Value json.RawMessage `json:"value"`
}

// A ListExport is a job that makes a file of a list.
type ListExport struct {
	List     string `json:"list"`
	ID       string `json:"id"`
	Format   string `json:"format"`
	Archived bool   `json:"archived"`
}

// slackListsMethods are the slackLists.* methods. A list is a file.
//
// https://docs.slack.dev/reference/methods?family=slackLists
func (s *Slack) slackListsMethods() {
	write(s, "slackLists.create", about{twin.Full, tier2, "lists:write", "lists:write"}, s.slackListsCreate)
	write(s, "slackLists.update", about{twin.Full, tier2, "lists:write", "lists:write"}, s.slackListsUpdate)
	write(s, "slackLists.access.set", about{twin.Full, tier3, "lists:write", "lists:write"}, s.slackListsAccessSet)
	write(s, "slackLists.access.delete", about{twin.Full, tier3, "lists:write", "lists:write"}, s.slackListsAccessDelete)
	write(s, "slackLists.items.create", about{twin.Full, tier3, "lists:write", "lists:write"}, s.slackListsItemsCreate)
	write(s, "slackLists.items.update", about{twin.Full, tier3, "lists:write", "lists:write"}, s.slackListsItemsUpdate)
	write(s, "slackLists.items.delete", about{twin.Full, tier2, "lists:write", "lists:write"}, s.slackListsItemsDelete)
	write(s, "slackLists.items.deleteMultiple", about{twin.Full, tier2, "lists:write", "lists:write"}, s.slackListsItemsDeleteMultiple)
	read(s, "slackLists.items.info", about{twin.Full, tier2, "lists:read", "lists:read"}, s.slackListsItemsInfo)
	read(s, "slackLists.items.list", about{twin.Full, tier2, "lists:read", "lists:read"}, s.slackListsItemsList)
	write(s, "slackLists.download.start", about{twin.Full, tier2, "lists:read", "lists:read"}, s.slackListsDownloadStart)
	read(s, "slackLists.download.get", about{twin.Full, tier4, "lists:read", "lists:read"}, s.slackListsDownloadGet)
}

// Limits of a list.
const (
	maxListTitle   = 255
	maxColumns     = 100
	maxRows        = 10000
	maxViews       = 50
	maxAttachments = 10
)

// columnKinds is the key by which the cells of each type of column are given; "-" is for those that Slack fills in.
var columnKinds = map[string]string{
	"text": "rich_text", "rich_text": "rich_text", "message": "message", "number": "number", "select": "select", "multi_select": "select",
	"date": "date", "user": "user", "attachment": "attachment", "checkbox": "checkbox", "email": "email", "phone": "phone", "channel": "channel",
	"rating": "rating", "vote": "vote", "canvas": "attachment", "reference": "reference", "link": "link",
	"assignee": "user", "due_date": "date", "completed": "checkbox", "todo_assignee": "user", "todo_due_date": "date", "todo_completed": "checkbox",
	"created_by": "-", "last_edited_by": "-", "created_time": "-", "last_edited_time": "-",
}

// columnOptions are those options of a column that matter to its cells.
type columnOptions struct {
	Choices []struct {
		Value string `json:"value"`
		Label string `json:"label"`
		Color string `json:"color"`
	} `json:"choices"`
	Format    string `json:"format"`
	Precision *int   `json:"precision"`
	Max       int64  `json:"max"`
}

func (col Column) options() (o columnOptions) {
	json.Unmarshal(col.Options, &o)
	return o
}

// slackListsCreate makes a list: of one column, or with a schema, or like another list.
//
// https://docs.slack.dev/reference/methods/slackLists.create
func (s *Slack) slackListsCreate(c *call, in *api.SlackListsCreateRequest) (any, error) {
	switch {
	case in.Name == "" && in.CopyFromListID == "":
		return nil, missing("name")
	case utf8.RuneCountInString(in.Name) > maxListTitle:
		return nil, Error("over_title_length_maximum")
	case in.CopyFromListID != "" && present(in.Schema) != nil:
		return nil, Error("invalid_copy_and_schema_args")
	case in.IncludeCopiedListRecords && in.CopyFromListID == "":
		return nil, Error("missing_arg_copy_from_list_id")
	case c.user.Restricted || c.user.UltraRestricted:
		return nil, errPermissionDenied
	}
	var source List
	l := List{Todo: in.TodoMode, Description: present(in.DescriptionBlocks)}
	name := in.Name
	if in.CopyFromListID != "" {
		f, from, err := c.list(in.CopyFromListID)
		if err != nil {
			return nil, err
		}
		source, name = from, or(name, f.Title)
		l.CopiedFrom, l.Columns, l.Subtasks = f.ID, from.Columns, from.Subtasks
		if l.Description == nil {
			l.Description = from.Description
		}
		l.Todo = l.Todo || from.Todo
	} else {
		var err error
		if l.Columns, err = c.columns(in.Schema); err != nil {
			return nil, err
		}
	}
	if l.Todo {
		l.Columns = c.todoColumns(l.Columns)
	}
	if l.Subtasks == nil {
		l.Subtasks = c.todoColumns([]Column{{ID: c.id("Col"), Key: "name", Name: "Name", Type: "text", Primary: true}})
	}
	f := c.addFile(File{Name: name, Title: name, Mode: modeList, Type: "list", LastEditor: c.user.ID, Editors: []string{c.user.ID}}, contents{})
	l.File, l.View = f.ID, c.id("View")
	if in.IncludeCopiedListRecords {
		copies := map[string]string{}
		for _, it := range s.items(c, source.File) { // a row comes before its subtasks
			copies[it.ID] = c.id("Rec")
			it.List, it.ID, it.Parent, it.Position = f.ID, copies[it.ID], copies[it.Parent], l.Items
			it.Created, it.Updated, it.CreatedBy, it.UpdatedBy = c.Now.Unix(), c.Now.Unix(), c.user.ID, c.user.ID
			l.Items++
			s.listItems.Put(c.Tx, it)
		}
	}
	s.lists.Put(c.Tx, l)
	view := reply{"id": l.View, "name": "All items", "type": "table", "is_locked": false, "position": strconv.FormatInt(f.Created, 10)}
	return reply{"list_id": f.ID, "list_metadata": reply{
		"schema": columnViews(l.Columns), "subtask_schema": columnViews(l.Subtasks), "views": []reply{view}, "integrations": []string{},
	}}, nil
}

// columns reads a schema; none is one column of text.
func (c *call) columns(schema json.RawMessage) ([]Column, error) {
	if present(schema) == nil {
		return []Column{{ID: c.id("Col"), Key: "name", Name: "Name", Type: "text", Primary: true}}, nil
	}
	var asked []struct {
		Key     string          `json:"key"`
		Name    string          `json:"name"`
		Type    string          `json:"type"`
		Primary bool            `json:"is_primary_column"`
		Options json.RawMessage `json:"options"`
	}
	if json.Unmarshal(schema, &asked) != nil {
		return nil, Error("invalid_schema")
	}
	if len(asked) > maxColumns {
		return nil, Error("over_column_maximum")
	}
	var cols []Column
	keys := map[string]bool{}
	primaries := 0
	for _, a := range asked {
		switch {
		case a.Key == "" || a.Name == "" || a.Type == "" || keys[a.Key]:
			return nil, Error("invalid_schema")
		case columnKinds[a.Type] == "" || strings.HasPrefix(a.Type, "todo_"):
			return nil, Error("invalid_column_type")
		}
		keys[a.Key] = true
		if a.Primary {
			if primaries++; a.Type != "text" {
				return nil, Error("invalid_primary_column")
			}
		}
		col := Column{ID: c.id("Col"), Key: a.Key, Name: a.Name, Type: a.Type, Primary: a.Primary, Options: present(a.Options)}
		if strings.HasSuffix(a.Type, "select") {
			choices := col.options().Choices
			for _, ch := range choices {
				if ch.Value == "" || ch.Label == "" {
					return nil, Error("invalid_schema")
				}
			}
		}
		cols = append(cols, col)
	}
	if primaries != 1 {
		return nil, Error("invalid_primary_column")
	}
	return cols, nil
}

// todoColumns adds the columns that tasks are tracked with, where they are missing.
func (c *call) todoColumns(cols []Column) []Column {
	cols = slices.Clone(cols)
	for _, t := range []Column{
		{Key: "todo_completed", Name: "Completed", Type: "todo_completed"},
		{Key: "todo_assignee", Name: "Assignee", Type: "todo_assignee", Options: json.RawMessage(`{"format":"single_entity","show_member_name":true}`)},
		{Key: "todo_due_date", Name: "Due Date", Type: "todo_due_date"},
	} {
		if !slices.ContainsFunc(cols, func(col Column) bool { return col.Type == t.Type }) {
			t.ID = c.id("Col")
			cols = append(cols, t)
		}
	}
	return cols
}

// list finds a list that the caller may see.
func (c *call) list(id string) (File, List, error) {
	f, ok := c.s.files.Get(c.Tx, id)
	if !ok || f.Deleted || f.Mode != modeList || !c.seesFile(f) {
		return f, List{}, errListNotFound
	}
	l, _ := c.s.lists.Get(c.Tx, id)
	return f, l, nil
}

// editedList finds a list that the caller may change.
func (c *call) editedList(id string) (File, List, error) {
	f, l, err := c.list(id)
	if err == nil && !c.writes(f) {
		err = errPermissionDenied
	}
	return f, l, err
}

// touchList notes that the caller has changed a list.
func (c *call) touchList(f File) {
	f.Updated, f.LastEditor = c.Now.Unix(), c.user.ID
	if !slices.Contains(f.Editors, c.user.ID) {
		f.Editors = append(slices.Clone(f.Editors), c.user.ID)
	}
	c.s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
}

// slackListsUpdate changes a list's name, description or use.
//
// https://docs.slack.dev/reference/methods/slackLists.update
func (s *Slack) slackListsUpdate(c *call, in *api.SlackListsUpdateRequest) (any, error) {
	f, l, err := c.editedList(in.ID)
	switch {
	case err != nil:
		return nil, err
	case !c.args.given("name") && !c.args.given("description_blocks") && !c.args.given("todo_mode"):
		return nil, Error("missing_arguments")
	case utf8.RuneCountInString(in.Name) > maxListTitle:
		return nil, Error("over_title_length_maximum")
	}
	if c.args.given("description_blocks") {
		var blocks []map[string]any
		if len(in.DescriptionBlocks) > 0 && json.Unmarshal(in.DescriptionBlocks, &blocks) != nil {
			return nil, Error("unexpected_description_blocks_arg")
		}
		l.Description = present(in.DescriptionBlocks)
	}
	if in.Name != "" {
		f.Name, f.Title = in.Name, in.Name
	}
	if c.args.given("todo_mode") {
		if l.Todo = in.TodoMode; l.Todo {
			l.Columns = c.todoColumns(l.Columns)
		}
	}
	s.lists.Put(c.Tx, l)
	c.touchList(f)
	return nil, nil
}

// slackListsAccessSet says what people, or the members of channels, may do with a list.
//
// https://docs.slack.dev/reference/methods/slackLists.access.set
func (s *Slack) slackListsAccessSet(c *call, in *api.SlackListsAccessSetRequest) (any, error) {
	f, _, err := c.list(in.ListID)
	if err != nil {
		return nil, err
	}
	return c.grantAccess(f, in.AccessLevel, in.ChannelIDs, in.UserIDs)
}

// slackListsAccessDelete takes access to a list from people, or the members of channels.
//
// https://docs.slack.dev/reference/methods/slackLists.access.delete
func (s *Slack) slackListsAccessDelete(c *call, in *api.SlackListsAccessDeleteRequest) (any, error) {
	f, _, err := c.list(in.ListID)
	if err != nil {
		return nil, err
	}
	if len(in.ChannelIDs) > 0 && len(in.UserIDs) > 0 {
		return nil, errInvalidParameters
	}
	return c.revokeAccess(f, in.ChannelIDs, in.UserIDs)
}

// items are the rows of a list, in order.
func (s *Slack) items(c *call, list string) []ListItem {
	its := slices.Collect(s.listItems.All(c.Tx, list+"/"))
	slices.SortFunc(its, func(a, b ListItem) int { return int(a.Position - b.Position) })
	return its
}

// slackListsItemsCreate adds a row to a list, a subtask to a row, or a copy of a row.
//
// https://docs.slack.dev/reference/methods/slackLists.items.create
func (s *Slack) slackListsItemsCreate(c *call, in *api.SlackListsItemsCreateRequest) (any, error) {
	f, l, err := c.editedList(in.ListID)
	if err != nil {
		return nil, err
	}
	it := ListItem{List: f.ID, Parent: in.ParentItemID, Cells: map[string]Cell{}, Subscribers: []string{c.user.ID}}
	if in.ParentItemID != "" {
		if parent, ok := s.listItems.Get(c.Tx, f.ID+"/"+in.ParentItemID); !ok || parent.Parent != "" {
			return nil, Error("invalid_args")
		}
	}
	if in.DuplicatedItemID != "" {
		other, ok := s.listItems.Get(c.Tx, f.ID+"/"+in.DuplicatedItemID)
		if !ok {
			return nil, Error("duplicated_item_not_found")
		}
		it.Cells, it.Parent = maps.Clone(other.Cells), or(it.Parent, other.Parent)
	}
	if err := c.room(f); err != nil {
		return nil, err
	}
	var fields []map[string]json.RawMessage
	if present(in.InitialFields) != nil && json.Unmarshal(in.InitialFields, &fields) != nil {
		return nil, Error("invalid_args")
	}
	it.ID, it.Position = c.id("Rec"), l.Items
	l.Items++
	it.Created, it.CreatedBy = c.Now.Unix(), c.user.ID
	for _, field := range fields {
		if err := c.setCell(&it, l, field); err != nil {
			return nil, err
		}
	}
	it.Updated, it.UpdatedBy = c.Now.Unix(), c.user.ID
	s.listItems.Put(c.Tx, it)
	s.lists.Put(c.Tx, l)
	c.touchList(f)
	return reply{"item": c.itemView(l, it)}, nil
}

// room refuses another row of a list that has as many as it may.
func (c *call) room(f File) error {
	rows := 0
	for range c.s.listItems.Rows(c.Tx, prefix(f.ID+"/")) {
		rows++
	}
	if rows >= maxRows {
		return Error("over_row_maximum")
	}
	return nil
}

// setCell writes a field that a caller gave into a row: column_id and one key with the value.
func (c *call) setCell(it *ListItem, l List, field map[string]json.RawMessage) error {
	var id string
	json.Unmarshal(field["column_id"], &id)
	cols := l.Columns
	if it.Parent != "" {
		cols = slices.Concat(l.Subtasks, l.Columns)
	}
	i := slices.IndexFunc(cols, func(col Column) bool { return col.ID == id })
	if i < 0 {
		return Error("invalid_column_id")
	}
	col := cols[i]
	kind := columnKinds[col.Type]
	if kind == "-" {
		return Error("uneditable_column")
	}
	given := ""
	for _, key := range slices.Sorted(maps.Keys(field)) {
		if !slices.Contains([]string{"column_id", "row_id", "row_id_to_create", "key"}, key) {
			given = key
		}
	}
	if given != kind && !(kind == "date" && given == "timestamp") {
		return Error("invalid_input_type")
	}
	value, err := c.cellValue(col, given, field[given], it.Cells[id])
	if err != nil {
		return err
	}
	if value == nil {
		delete(it.Cells, id)
	} else {
		it.Cells[id] = Cell{given, value}
	}
	return nil
}

var (
	phoneNumber = regexp.MustCompile(`^[+]?[0-9 ().\-/x]{3,32}$`)
	archiveLink = regexp.MustCompile(`/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(?:\?thread_ts=([\d.]+))?`)
)

// cellValue checks a value for a column and returns it as it is kept; nil clears the cell.
func (c *call) cellValue(col Column, kind string, j json.RawMessage, old Cell) (json.RawMessage, error) {
	o := col.options()
	single := o.Format == "single_select" || o.Format == "single_entity"
	switch kind {
	case "checkbox":
		var b bool
		if json.Unmarshal(j, &b) != nil {
			return nil, Error("invalid_input_type")
		}
		return encode(b), nil
	case "rich_text":
		var blocks []struct {
			Type     string            `json:"type"`
			BlockID  string            `json:"block_id,omitempty"`
			Elements []json.RawMessage `json:"elements"`
		}
		if json.Unmarshal(j, &blocks) != nil {
			return nil, Error("invalid_input_type")
		}
		for i, b := range blocks {
			if b.Type != "rich_text" || b.Elements == nil {
				return nil, Error("invalid_text_block")
			}
			blocks[i].BlockID = or(b.BlockID, c.Rand(5, secretAlphabet))
		}
		if len(blocks) == 0 {
			return nil, nil
		}
		return encode(blocks), nil
	case "vote":
		var up bool
		if json.Unmarshal(j, &up) != nil {
			return nil, Error("invalid_vote_value")
		}
		var voters []string
		json.Unmarshal(old.Value, &voters)
		voters = slices.DeleteFunc(voters, func(u string) bool { return u == c.user.ID })
		if up {
			voters = append(voters, c.user.ID)
		}
		if len(voters) == 0 {
			return nil, nil
		}
		return encode(voters), nil
	case "number", "rating", "timestamp":
		var numbers []float64
		if json.Unmarshal(j, &numbers) != nil {
			return nil, Error("invalid_input_type")
		}
		if len(numbers) > 1 {
			return nil, Error("over_cell_fields_limit")
		}
		for _, n := range numbers {
			if kind == "rating" && (n < 0 || n != float64(int64(n)) || n > float64(cmp.Or(o.Max, 5))) {
				return nil, Error("invalid_input_type")
			}
		}
		if len(numbers) == 0 {
			return nil, nil
		}
		return encode(numbers), nil
	case "link":
		var links []struct {
			OriginalURL  string `json:"original_url"`
			DisplayAsURL bool   `json:"display_as_url"`
			DisplayName  string `json:"display_name"`
		}
		if json.Unmarshal(j, &links) != nil {
			return nil, Error("invalid_input_type")
		}
		var kept []reply
		for _, k := range links {
			if !isURL(k.OriginalURL) {
				return nil, errInvalidLink
			}
			kept = append(kept, reply{"originalUrl": k.OriginalURL, "displayAsUrl": k.DisplayAsURL, "displayName": k.DisplayName})
		}
		if len(kept) == 0 {
			return nil, nil
		}
		return encode(kept), nil
	case "reference":
		var refs []struct {
			File *struct {
				FileID string `json:"file_id"`
			} `json:"file"`
		}
		if json.Unmarshal(j, &refs) != nil {
			return nil, Error("invalid_input_type")
		}
		for _, ref := range refs {
			if ref.File == nil {
				return nil, Error("invalid_input_type")
			}
			if _, err := c.file(ref.File.FileID); err != nil {
				return nil, errFileNotFound
			}
		}
		if len(refs) == 0 {
			return nil, nil
		}
		return encode(refs), nil
	}
	var words []string
	if json.Unmarshal(j, &words) != nil {
		return nil, Error("invalid_input_type")
	}
	if len(words) == 0 {
		return nil, nil
	}
	if len(words) > 1 && (single || kind == "date" || kind == "email" || kind == "phone" || col.Type == "select" && o.Format == "") || len(words) > maxAttachments && kind == "attachment" {
		return nil, Error("over_cell_fields_limit")
	}
	var messages []reply
	for _, w := range words {
		switch kind {
		case "user":
			if !c.s.users.Has(c.Tx, w) {
				return nil, errUserNotFound
			}
		case "channel":
			if _, ok := c.channel(w); !ok {
				return nil, errChannelNotFound
			}
		case "select":
			known := false
			for _, ch := range o.Choices {
				known = known || ch.Value == w
			}
			if !known {
				return nil, Error("invalid_option_id")
			}
		case "date":
			if _, err := time.Parse(time.DateOnly, w); err != nil {
				return nil, errInvalidDate
			}
		case "email":
			if _, err := mail.ParseAddress(w); err != nil || strings.ContainsAny(w, "<> ") {
				return nil, errInvalidEmail
			}
		case "phone":
			if !phoneNumber.MatchString(w) {
				return nil, Error("invalid_phone_number")
			}
		case "attachment":
			if _, err := c.file(w); err != nil {
				return nil, errFileNotFound
			}
		case "message":
			p := archiveLink.FindStringSubmatch(w)
			if p == nil {
				return nil, errInvalidLink
			}
			ts := p[2] + "." + p[3]
			if ch, ok := c.channel(p[1]); !ok || !c.s.messages.Has(c.Tx, messageKey(ch.ID, ts)) {
				return nil, Error("invalid_message")
			}
			m := reply{"value": w, "channel_id": p[1], "ts": ts}
			if p[4] != "" {
				m["thread_ts"] = p[4]
			}
			messages = append(messages, m)
		}
	}
	if messages != nil {
		return encode(messages), nil
	}
	return encode(words), nil
}

// slackListsItemsUpdate writes cells of a list, all of them or none.
//
// https://docs.slack.dev/reference/methods/slackLists.items.update
func (s *Slack) slackListsItemsUpdate(c *call, in *api.SlackListsItemsUpdateRequest) (any, error) {
	f, l, err := c.editedList(in.ListID)
	if err != nil {
		return nil, err
	}
	if present(in.Cells) == nil {
		return nil, missing("cells")
	}
	var cells []map[string]json.RawMessage
	if json.Unmarshal(in.Cells, &cells) != nil {
		return nil, invalid("[ERROR] must be a valid json array [json-pointer:/cells]")
	}
	var created *ListItem
	for _, cell := range cells {
		var row, column string
		var create bool
		json.Unmarshal(cell["row_id"], &row)
		json.Unmarshal(cell["column_id"], &column)
		json.Unmarshal(cell["row_id_to_create"], &create)
		switch {
		case row == "" && !create:
			return nil, Error("row_id_not_provided")
		case column == "":
			return nil, Error("column_id_not_provided")
		}
		it, ok := s.listItems.Get(c.Tx, f.ID+"/"+row)
		if create && row == "" {
			if created == nil { // the cells of one call that create a row create one
				created = &ListItem{List: f.ID, ID: c.id("Rec"), Position: l.Items, Cells: map[string]Cell{}, Created: c.Now.Unix(), CreatedBy: c.user.ID, Subscribers: []string{c.user.ID}}
				l.Items++
				s.listItems.Put(c.Tx, *created)
				s.lists.Put(c.Tx, l)
			}
			it, ok = s.listItems.Get(c.Tx, f.ID+"/"+created.ID)
		}
		if !ok {
			if !strings.HasPrefix(row, "Rec") {
				return nil, Error("invalid_row_id")
			}
			return nil, Error("row_not_found")
		}
		it.Cells = maps.Clone(it.Cells)
		if it.Cells == nil {
			it.Cells = map[string]Cell{}
		}
		if err := c.setCell(&it, l, cell); err != nil {
			return nil, err
		}
		it.Updated, it.UpdatedBy = c.Now.Unix(), c.user.ID
		s.listItems.Put(c.Tx, it)
	}
	c.touchList(f)
	return nil, nil
}

// slackListsItemsDelete takes a row out of a list, with its subtasks.
//
// https://docs.slack.dev/reference/methods/slackLists.items.delete
func (s *Slack) slackListsItemsDelete(c *call, in *api.SlackListsItemsDeleteRequest) (any, error) {
	f, _, err := c.editedList(in.ListID)
	if err != nil {
		return nil, err
	}
	if !s.listItems.Has(c.Tx, f.ID+"/"+in.ID) {
		return nil, Error("record_not_found")
	}
	c.deleteItem(f, in.ID)
	c.touchList(f)
	return nil, nil
}

func (c *call) deleteItem(f File, id string) {
	c.s.listItems.Delete(c.Tx, f.ID+"/"+id)
	for _, it := range c.s.items(c, f.ID) {
		if it.Parent == id {
			c.s.listItems.Delete(c.Tx, f.ID+"/"+it.ID)
		}
	}
}

// slackListsItemsDeleteMultiple takes rows out of a list. Those that are not there are passed over.
//
// https://docs.slack.dev/reference/methods/slackLists.items.deleteMultiple
func (s *Slack) slackListsItemsDeleteMultiple(c *call, in *api.SlackListsItemsDeleteMultipleRequest) (any, error) {
	f, _, err := c.editedList(in.ListID)
	if err != nil {
		return nil, err
	}
	if len(in.IDs) == 0 {
		return nil, missing("ids")
	}
	for _, id := range in.IDs {
		c.deleteItem(f, id)
	}
	c.touchList(f)
	return nil, nil
}

// slackListsItemsInfo returns a row with its subtasks and its list.
//
// https://docs.slack.dev/reference/methods/slackLists.items.info
func (s *Slack) slackListsItemsInfo(c *call, in *api.SlackListsItemsInfoRequest) (any, error) {
	f, l, err := c.list(in.ListID)
	if err != nil {
		return nil, err
	}
	it, ok := s.listItems.Get(c.Tx, f.ID+"/"+in.ID)
	if !ok {
		return nil, Error("record_not_found")
	}
	view := func(it ListItem) reply {
		v := c.itemView(l, it)
		if in.IncludeIsSubscribed {
			v["is_subscribed"] = slices.Contains(it.Subscribers, c.user.ID)
		}
		return v
	}
	subtasks := []reply{}
	for _, sub := range s.items(c, f.ID) {
		if sub.Parent == it.ID {
			subtasks = append(subtasks, view(sub))
		}
	}
	return reply{"list": c.listView(f), "record": view(it), "subtasks": subtasks}, nil
}

// slackListsItemsListRequest are the arguments of slackLists.items.list.
type slackListsItemsListRequest struct {
	ListID      string `json:"list_id"`
	Limit       int64  `json:"limit"`
	Cursor      string `json:"cursor"`
	Archived    bool   `json:"archived"`
	IncludeList bool   `json:"include_list"`
}

// slackListsItemsList returns the rows of a list, subtasks among them.
//
// https://docs.slack.dev/reference/methods/slackLists.items.list
func (s *Slack) slackListsItemsList(c *call, in *slackListsItemsListRequest) (any, error) {
	f, l, err := c.list(in.ListID)
	if err != nil {
		return nil, err
	}
	its := slices.DeleteFunc(s.items(c, f.ID), func(it ListItem) bool { return it.Archived != in.Archived })
	cut, next, err := page(its, "list_item", in.Cursor, limit(in.Limit, 100, 1000), func(it ListItem) string { return it.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, it := range cut {
		views = append(views, c.itemView(l, it))
	}
	v := reply{"items": views, "response_metadata": reply{"next_cursor": next}}
	if in.IncludeList {
		v["list"] = c.listView(f)
	}
	return v, nil
}

// slackListsDownloadStartRequest are the arguments of slackLists.download.start.
type slackListsDownloadStartRequest struct {
	ListID             string `json:"list_id"`
	IncludeArchived    bool   `json:"include_archived"`
	Format             string `json:"format"`
	IncludeThreads     bool   `json:"include_threads"`
	IncludeAttachments bool   `json:"include_attachments"`
}

// slackListsDownloadStart begins to make a file of a list.
//
// https://docs.slack.dev/reference/methods/slackLists.download.start
func (s *Slack) slackListsDownloadStart(c *call, in *slackListsDownloadStartRequest) (any, error) {
	f, _, err := c.list(in.ListID)
	if err != nil {
		return nil, err
	}
	if in.Format != "" && in.Format != "csv" && in.Format != "json" {
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/format]")
	}
	x := ListExport{List: f.ID, ID: "Le" + c.id("")[1:], Format: or(in.Format, "csv"), Archived: in.IncludeArchived}
	s.listExports.Put(c.Tx, x)
	return reply{"job_id": x.ID}, nil
}

// slackListsDownloadGetRequest are the arguments of slackLists.download.get.
type slackListsDownloadGetRequest struct {
	ListID             string `json:"list_id"`
	JobID              string `json:"job_id"`
	Format             string `json:"format"`
	IncludeThreads     bool   `json:"include_threads"`
	IncludeAttachments bool   `json:"include_attachments"`
}

// slackListsDownloadGet returns where the file that was made of a list is.
//
// https://docs.slack.dev/reference/methods/slackLists.download.get
func (s *Slack) slackListsDownloadGet(c *call, in *slackListsDownloadGetRequest) (any, error) {
	f, _, err := c.list(in.ListID)
	if err != nil {
		return nil, err
	}
	x, ok := s.listExports.Get(c.Tx, f.ID+"/"+in.JobID)
	if !ok || x.Format != or(in.Format, "csv") {
		return nil, Error("job_not_found")
	}
	return reply{"status": "COMPLETED", "download_url": c.base + "/files-pri/" + f.Team + "-" + f.ID + "/download/" + slug(f.Title) + "." + x.Format + "?job=" + x.ID}, nil
}

// itemView is a row of a list as Slack shows it.
func (c *call) itemView(l List, it ListItem) reply {
	v := reply{"id": it.ID, "list_id": it.List, "date_created": it.Created, "created_by": it.CreatedBy, "updated_by": it.UpdatedBy,
		"updated_timestamp": strconv.FormatInt(it.Updated, 10), "fields": c.fieldViews(l, it)}
	if it.Parent != "" {
		v["parent_record_id"] = it.Parent
	}
	if it.Archived {
		v["archived"] = true
	}
	return v
}

// fieldViews are the cells of a row, in the order of their columns: those that are filled.
func (c *call) fieldViews(l List, it ListItem) []reply {
	cols := l.Columns
	if it.Parent != "" {
		cols = slices.Concat(l.Subtasks, l.Columns)
	}
	fields := []reply{}
	for _, col := range cols {
		f := reply{"key": col.Key, "column_id": col.ID}
		cell, filled := it.Cells[col.ID]
		switch col.Type {
		case "created_by":
			f["user"], f["value"] = []string{it.CreatedBy}, it.CreatedBy
		case "last_edited_by":
			f["user"], f["value"] = []string{it.UpdatedBy}, it.UpdatedBy
		case "created_time":
			f["timestamp"], f["value"] = []int64{it.Created}, it.Created
		case "last_edited_time":
			f["timestamp"], f["value"] = []int64{it.Updated}, it.Updated
		default:
			if !filled {
				continue
			}
			f[cell.Kind], f["value"] = cell.Value, cell.scalar()
			if cell.Kind == "rich_text" {
				f["text"] = cell.plain()
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// scalar is a cell's value as it was shown before cells had more than one.
func (cell Cell) scalar() any {
	switch cell.Kind {
	case "checkbox":
		return cell.Value
	case "number", "rating", "timestamp":
		var n []json.RawMessage
		json.Unmarshal(cell.Value, &n)
		return n[0]
	}
	return cell.plain()
}

// plain is a cell as text, as an export has it.
func (cell Cell) plain() string {
	switch cell.Kind {
	case "rich_text":
		return richPlain(cell.Value)
	case "checkbox":
		return string(cell.Value)
	case "link":
		var links []struct{ OriginalURL string }
		json.Unmarshal(cell.Value, &links)
		var urls []string
		for _, k := range links {
			urls = append(urls, k.OriginalURL)
		}
		return strings.Join(urls, ",")
	case "message":
		var messages []struct{ Value string }
		json.Unmarshal(cell.Value, &messages)
		var links []string
		for _, m := range messages {
			links = append(links, m.Value)
		}
		return strings.Join(links, ",")
	case "reference":
		var refs []struct {
			File struct {
				FileID string `json:"file_id"`
			}
		}
		json.Unmarshal(cell.Value, &refs)
		var files []string
		for _, ref := range refs {
			files = append(files, ref.File.FileID)
		}
		return strings.Join(files, ",")
	}
	var values []json.RawMessage
	json.Unmarshal(cell.Value, &values)
	var words []string
	for _, v := range values {
		words = append(words, strings.Trim(string(v), `"`))
	}
	return strings.Join(words, ",")
}

// richPlain is the text of rich text blocks.
func richPlain(blocks json.RawMessage) string {
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			switch v["type"] {
			case "text":
				b.WriteString(fmt.Sprint(v["text"]))
			case "link":
				if t, ok := v["text"].(string); ok {
					b.WriteString(t)
				} else {
					b.WriteString(fmt.Sprint(v["url"]))
				}
			case "emoji":
				b.WriteString(":" + fmt.Sprint(v["name"]) + ":")
			case "user":
				b.WriteString("<@" + fmt.Sprint(v["user_id"]) + ">")
			case "channel":
				b.WriteString("<#" + fmt.Sprint(v["channel_id"]) + ">")
			}
			walk(v["elements"])
		}
	}
	var v any
	json.Unmarshal(blocks, &v)
	walk(v)
	return mrkdwn.Unescape(b.String())
}

// columnViews are a list's columns as Slack shows them.
func columnViews(cols []Column) []reply {
	views := []reply{}
	for _, col := range cols {
		v := reply{"id": col.ID, "key": col.Key, "name": col.Name, "type": col.Type, "is_primary_column": col.Primary}
		if col.Options != nil {
			v["options"] = col.Options
		}
		views = append(views, v)
	}
	return views
}

// listMetadata is what a list says of its columns and views.
func (c *call) listMetadata(f File, l List) reply {
	columns := []reply{}
	for i, col := range l.Columns {
		columns = append(columns, reply{"visible": true, "key": col.Key, "id": col.ID, "position": strconv.Itoa((i + 1) * 1000)})
	}
	v := reply{
		"schema": columnViews(l.Columns), "subtask_schema": columnViews(l.Subtasks), "integrations": []string{}, "icon": "", "description": "",
		"is_trial": false, "todo_mode": l.Todo, "default_view": l.View,
		"views": []reply{{
			"id": l.View, "name": "All items", "type": "table", "is_locked": false, "position": strconv.FormatInt(f.Created, 10), "columns": columns,
			"date_created": f.Created, "created_by": f.User, "stick_column_left": false, "is_all_items_view": true, "default_view_key": "all_items",
			"show_completed_items": true,
		}},
	}
	if l.Description != nil {
		v["description_blocks"], v["description"] = l.Description, richPlain(l.Description)
	}
	if l.CopiedFrom != "" {
		v["creation_source"] = reply{"type": "copy_from_list", "reference_id": l.CopiedFrom}
	}
	return v
}

// listFacts adds the keys that a list has beside those of every file.
func (c *call) listFacts(v reply, f File) {
	l, _ := c.s.lists.Get(c.Tx, f.ID)
	delete(v, "permalink_public")
	rows, archived := 0, 0
	for it := range c.s.listItems.All(c.Tx, f.ID+"/") {
		if it.Archived {
			archived++
		} else {
			rows++
		}
	}
	merge(v, reply{
		"editable": true, "permalink": c.base + "/lists/" + f.Team + "/" + f.ID, "list_metadata": c.listMetadata(f, l),
		"list_limits": reply{"over_row_maximum": rows > maxRows, "row_count_limit": maxRows, "row_count": rows, "archived_row_count": archived,
			"over_column_maximum": len(l.Columns) > maxColumns, "column_count": len(l.Columns), "column_count_limit": maxColumns,
			"over_view_maximum": false, "view_count": 1, "view_count_limit": maxViews, "max_attachments_per_cell": maxAttachments},
		"list_csv_download_url": c.base + "/files-pri/" + f.Team + "-" + f.ID + "/download/" + slug(f.Title) + ".csv",
		"last_editor":           f.LastEditor, "updated": f.Updated, "access": c.access(f), "org_or_workspace_access": "none",
		"teams_shared_with": []string{}, "is_restricted_sharing_enabled": false,
	})
}

// listView is a list as slackLists.items.info shows it.
func (c *call) listView(f File) reply {
	v := c.fileFacts(f)
	merge(v, reply{"skipped_shares": true, "is_ai_suggested": false, "is_modified_by_ai": false})
	delete(v, "alt_txt")
	return v
}

// listCSV is a list as comma-separated values, the names of its columns first.
func (c *call) listCSV(l List, archived bool) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var head []string
	for _, col := range l.Columns {
		head = append(head, col.Name)
	}
	w.Write(head)
	for _, it := range c.s.items(c, l.File) {
		if it.Archived && !archived || it.Parent != "" {
			continue
		}
		fields := map[string]string{}
		for _, f := range c.fieldViews(l, it) {
			fields[f["column_id"].(string)] = fmt.Sprint(f["value"])
		}
		var row []string
		for _, col := range l.Columns {
			text := fields[col.ID]
			if cell, ok := it.Cells[col.ID]; ok {
				text = cell.label(col)
			}
			row = append(row, text)
		}
		w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// label is a cell as people read it: of a choice, what it is called.
func (cell Cell) label(col Column) string {
	if cell.Kind != "select" {
		return cell.plain()
	}
	var words []string
	json.Unmarshal(cell.Value, &words)
	for i, w := range words {
		for _, ch := range col.options().Choices {
			if ch.Value == w {
				words[i] = ch.Label
			}
		}
	}
	return strings.Join(words, ",")
}

// listJSON is a list as its export in JSON has it.
func (c *call) listJSON(f File, l List, archived bool) []byte {
	rows := []reply{}
	for _, it := range c.s.items(c, l.File) {
		if !it.Archived || archived {
			rows = append(rows, c.itemView(l, it))
		}
	}
	return encode(reply{"list": reply{"id": f.ID, "title": f.Title, "list_metadata": c.listMetadata(f, l)}, "items": rows})
}
