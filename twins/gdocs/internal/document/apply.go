package document

import (
	"errors"
	"reflect"
	"time"

	"twinset.dev/twins/gdocs/internal/api"
)

// A Context is what a batch needs to know of the world around the document.
type Context struct {
	Now     time.Time
	ID      func(prefix string) string // a fresh id, like "kix.1a2b3c4d5e6f"
	Author  string                     // who writes, as suggestions name them
	Editor  bool                       // who writes may decide about others' suggestions
	Suggest bool                       // every change is a suggestion

	Picture  func(uri string) (Picture, error)   // fetches an image; its errors are refusals
	Name     func(email string) string           // the name of a person, if known
	Resource func(uri string) (Resource, error)  // what a rich link shows; its errors are refusals
	Since    []Shift                             // what others have moved since the writer looked
	Who      func(author string) *api.PostAuthor // an author as the API shows one
	Comments Comments                            // the threads of the document's comments
}

// A Picture is an image as it was fetched: where the document's copy is, and its size in pixels.
type Picture struct {
	ContentURI    string
	Width, Height int
}

// A Resource is what a rich link leads to.
type Resource struct{ Title, MimeType string }

// Comments keeps the threads; the document keeps only where they are anchored.
type Comments interface {
	Insert(anchor, quote, content, assignee string) (*api.CommentThread, error)
	Reply(comment string, post *api.Post) (*api.Post, error)
	Update(comment, post, content string) error
	Delete(comment string) (anchor string, err error)
	DeleteReply(comment, post string) error
}

// A Result is what a batch answers, one entry for each request.
type Result struct {
	Replies     []api.Response
	Suggestions []api.SuggestionResponse
	Comments    bool    // a comment was written
	Shifts      []Shift // what has moved, for those who write at what they have seen before
}

// Apply does the requests in their order and answers the new document, or the refusal of the first that cannot be done:
// then nothing has changed. The old document is never written to.
//
// https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/batchUpdate
func Apply(d *Document, c Context, requests []api.Request) (*Document, Result, error) {
	e := &edit{Context: c, doc: copyOf(d), owned: map[any]bool{}}
	var res Result
	merge := merge{theirs: c.Since}
	for i := range requests {
		r := &requests[i]
		normalize(reflect.ValueOf(r))
		request := kind(r)
		if request == "" {
			return nil, res, bad("Invalid requests[%d]: No request set.", i)
		}
		if len(c.Since) > 0 {
			merge.move(reflect.ValueOf(r), e.doc.Tabs[0].ID)
		}
		var reply api.Response
		e.answer, e.touched = &api.SuggestionResponse{}, map[string]bool{}
		var err error = errNoSuggestion
		if !c.Suggest || !plain[request] {
			reply, err = e.do(r)
		}
		if err != nil {
			var refusal *Error
			if errors.As(err, &refusal) && refusal.Status == 400 {
				return nil, res, bad("Invalid requests[%d].%s: %s", i, request, refusal.Message)
			}
			return nil, res, err
		}
		merge.did(e.shifts[len(res.Shifts):])
		res.Shifts = e.shifts
		e.summarize()
		res.Replies = append(res.Replies, reply)
		res.Suggestions = append(res.Suggestions, *e.answer)
		res.Comments = res.Comments || commentRequests[request]
	}
	return e.doc, res, nil
}

// kind is the JSON name of the field that a request sets.
func kind(r *api.Request) string {
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			return jsonName(v.Type().Field(i))
		}
	}
	return ""
}

// plain are the requests that a batch of suggestions may not have. Threads are written at once.
//
// https://developers.google.com/workspace/docs/api/how-tos/suggestions
var plain = map[string]bool{
	"addDocumentTab": true, "updateDocumentTabProperties": true, "deleteTab": true, "createNamedRange": true, "deleteNamedRange": true,
	"deleteHeader": true, "deleteFooter": true, "updateTableColumnProperties": true,
}

var commentRequests = map[string]bool{
	"insertComment": true, "addCommentReply": true, "updateCommentPost": true, "deleteComment": true, "deleteCommentReply": true,
}

func (e *edit) do(r *api.Request) (reply api.Response, err error) {
	switch {
	case r.InsertText != nil:
		err = e.insertText(r.InsertText)
	case r.DeleteContentRange != nil:
		err = e.deleteContentRange(r.DeleteContentRange)
	case r.ReplaceAllText != nil:
		reply.ReplaceAllText, err = e.replaceAllText(r.ReplaceAllText)
	case r.UpdateTextStyle != nil:
		err = e.updateTextStyle(r.UpdateTextStyle)
	case r.UpdateParagraphStyle != nil:
		err = e.updateParagraphStyle(r.UpdateParagraphStyle)
	case r.CreateParagraphBullets != nil:
		err = e.createParagraphBullets(r.CreateParagraphBullets)
	case r.DeleteParagraphBullets != nil:
		err = e.deleteParagraphBullets(r.DeleteParagraphBullets)

	case r.InsertTable != nil:
		err = e.insertTable(r.InsertTable)
	case r.InsertTableRow != nil:
		err = e.insertTableRow(r.InsertTableRow)
	case r.InsertTableColumn != nil:
		err = e.insertTableColumn(r.InsertTableColumn)
	case r.DeleteTableRow != nil:
		err = e.deleteTableRow(r.DeleteTableRow)
	case r.DeleteTableColumn != nil:
		err = e.deleteTableColumn(r.DeleteTableColumn)
	case r.MergeTableCells != nil:
		err = e.mergeTableCells(r.MergeTableCells)
	case r.UnmergeTableCells != nil:
		err = e.unmergeTableCells(r.UnmergeTableCells)
	case r.UpdateTableColumnProperties != nil:
		err = e.updateTableColumnProperties(r.UpdateTableColumnProperties)
	case r.UpdateTableRowStyle != nil:
		err = e.updateTableRowStyle(r.UpdateTableRowStyle)
	case r.UpdateTableCellStyle != nil:
		err = e.updateTableCellStyle(r.UpdateTableCellStyle)
	case r.PinTableHeaderRows != nil:
		err = e.pinTableHeaderRows(r.PinTableHeaderRows)

	case r.InsertPageBreak != nil:
		err = e.insertPageBreak(r.InsertPageBreak)
	case r.InsertSectionBreak != nil:
		err = e.insertSectionBreak(r.InsertSectionBreak)
	case r.UpdateSectionStyle != nil:
		err = e.updateSectionStyle(r.UpdateSectionStyle)
	case r.UpdateDocumentStyle != nil:
		err = e.updateDocumentStyle(r.UpdateDocumentStyle)
	case r.UpdateNamedStyle != nil:
		err = e.updateNamedStyle(r.UpdateNamedStyle)
	case r.CreateHeader != nil:
		reply.CreateHeader, err = e.createHeader(r.CreateHeader)
	case r.CreateFooter != nil:
		reply.CreateFooter, err = e.createFooter(r.CreateFooter)
	case r.CreateFootnote != nil:
		reply.CreateFootnote, err = e.createFootnote(r.CreateFootnote)
	case r.DeleteHeader != nil:
		err = e.deleteHeader(r.DeleteHeader)
	case r.DeleteFooter != nil:
		err = e.deleteFooter(r.DeleteFooter)

	case r.InsertInlineImage != nil:
		reply.InsertInlineImage, err = e.insertInlineImage(r.InsertInlineImage)
	case r.ReplaceImage != nil:
		err = e.replaceImage(r.ReplaceImage)
	case r.DeletePositionedObject != nil:
		err = e.deletePositionedObject(r.DeletePositionedObject)
	case r.InsertPerson != nil:
		err = e.insertPerson(r.InsertPerson)
	case r.InsertDate != nil:
		err = e.insertDate(r.InsertDate)
	case r.InsertRichLink != nil:
		err = e.insertRichLink(r.InsertRichLink)
	case r.CreateDropdownDefinition != nil:
		reply.CreateDropdownDefinition, err = e.createDropdownDefinition(r.CreateDropdownDefinition)
	case r.UpdateDropdownDefinitionProperties != nil:
		err = e.updateDropdownDefinitionProperties(r.UpdateDropdownDefinitionProperties)
	case r.DeleteDropdownDefinition != nil:
		err = e.deleteDropdownDefinition(r.DeleteDropdownDefinition)
	case r.InsertDropdown != nil:
		reply.InsertDropdown, err = e.insertDropdown(r.InsertDropdown)
	case r.UpdateDropdownProperties != nil:
		err = e.updateDropdownProperties(r.UpdateDropdownProperties)

	case r.CreateNamedRange != nil:
		reply.CreateNamedRange, err = e.createNamedRange(r.CreateNamedRange)
	case r.DeleteNamedRange != nil:
		err = e.deleteNamedRange(r.DeleteNamedRange)
	case r.ReplaceNamedRangeContent != nil:
		err = e.replaceNamedRangeContent(r.ReplaceNamedRangeContent)

	case r.AddDocumentTab != nil:
		reply.AddDocumentTab, err = e.addDocumentTab(r.AddDocumentTab)
	case r.UpdateDocumentTabProperties != nil:
		err = e.updateDocumentTabProperties(r.UpdateDocumentTabProperties)
	case r.DeleteTab != nil:
		err = e.deleteTab(r.DeleteTab)

	case r.InsertComment != nil:
		reply.InsertComment, err = e.insertComment(r.InsertComment)
	case r.AddCommentReply != nil:
		reply.AddCommentReply, err = e.addCommentReply(r.AddCommentReply)
	case r.UpdateCommentPost != nil:
		err = e.updateCommentPost(r.UpdateCommentPost)
	case r.DeleteComment != nil:
		err = e.deleteComment(r.DeleteComment)
	case r.DeleteCommentReply != nil:
		err = e.deleteCommentReply(r.DeleteCommentReply)

	case r.AcceptSuggestion != nil:
		err = e.acceptSuggestion(r.AcceptSuggestion)
	case r.RejectSuggestion != nil:
		err = e.rejectSuggestion(r.RejectSuggestion)
	case r.DeleteSuggestion != nil:
		err = e.deleteSuggestion(r.DeleteSuggestion)
	}
	return reply, err
}
