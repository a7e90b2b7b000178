package gsheets

import "twinset.dev/twins/internal/google/gapi"

// What Sheets refuses, in its words.
var (
	errNotFound  = gapi.Refuse(404, "Requested entity was not found.")
	errForbidden = gapi.Refuse(403, "The caller does not have permission")
	// errNoSheet is for a file that is no spreadsheet.
	errNoSheet   = &gapi.Refusal{Code: 400, Status: "FAILED_PRECONDITION", Message: "This operation is not supported for this document"}
	errProtected = gapi.Invalid("You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if you need to edit.")
	// errDataSheet is for cells that a data source gives.
	errDataSheet = gapi.Invalid("This operation is not supported on a data source sheet.")
	errTooMany   = gapi.Invalid("This action would increase the number of cells in the workbook above the limit of %d cells.", maxCells)
)

var (
	errNoInputOption = gapi.Invalid("'valueInputOption' is required but not specified")
	errTooLong       = gapi.Invalid("Your input contains more than the maximum of %d characters in a single cell.", maxText)
)
