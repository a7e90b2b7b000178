package document

import "fmt"

// An Error is a refusal in Google's words. Status is the HTTP status; a 400 is an INVALID_ARGUMENT, a 404 a NOT_FOUND, a 403 a PERMISSION_DENIED.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string { return e.Message }

func bad(format string, args ...any) *Error { return &Error{400, fmt.Sprintf(format, args...)} }

// missing is the answer for a thread that is not there. It does not name the request.
func missing(what, id string) *Error {
	return &Error{404, fmt.Sprintf("%s with ID %s does not exist.", what, id)}
}

var errNoSuggestion = bad("Request does not support application as suggestion.")

var errForbidden = &Error{403, "The caller does not have permission"}
