package gdocs

import (
	"errors"

	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/gapi"
)

// Refusals in Google's words.
var (
	errNotFound    = gapi.Refuse(404, "Requested entity was not found.")
	errForbidden   = gapi.Refuse(403, "The caller does not have permission")
	errNotDocument = gapi.Invalid("Request contains an invalid argument.")
	errNoRequests  = gapi.Invalid("Must specify at least one request.")
	errTwoControls = gapi.Invalid("Only one of required revision ID or target revision ID may be specified.")
	errOldTarget   = gapi.Invalid("The target revision ID is too old. Retrieve the latest version of the document and try again.")

	errCommentsNeedTabs        = gapi.Invalid("Comments view mode may only be specified if tabs content is also requested.")
	errCommentsNeedSuggestions = gapi.Invalid("Comments may only be explicitly included if inline suggestions are also explicitly requested.")
	errOffice                  = &gapi.Refusal{Code: 400, Status: "FAILED_PRECONDITION", Message: "This operation is not supported for this document"}
)

func errRevision(id string) error {
	return &gapi.Refusal{Code: 400, Status: "FAILED_PRECONDITION", Message: "The required revision ID '" + id + "' does not match the latest revision."}
}

// refused is what a request's refusal is to the caller.
func refused(err error) error {
	var e *document.Error
	if errors.As(err, &e) {
		return gapi.Refuse(e.Status, "%s", e.Message)
	}
	return err
}
