package gapi

import (
	"fmt"
	"net/http"
)

// A Refusal is an error in Google's words. Two dialects write it: the older one of Drive, with a list of errors that
// have a reason and a location, and the newer one, with a status and details.
//
// https://cloud.google.com/apis/design/errors
// https://developers.google.com/drive/api/guides/handle-errors
type Refusal struct {
	Code    int    // HTTP status
	Status  string // INVALID_ARGUMENT
	Message string
	Details []any

	Reason                 string // notFound: of the first of the older dialect's errors
	Domain                 string // global if empty
	Location, LocationType string // fileId, parameter
	Short                  string // the older dialect's message, if it is another one
	Header                 http.Header
	bare                   bool // the older dialect has no list of errors here
}

func (r *Refusal) Error() string { return r.Message }

// code is how the journal calls it.
func (r *Refusal) code() string {
	if r.Reason != "" {
		return r.Reason
	}
	return r.Status
}

var statuses = map[int]string{
	400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED", 412: "FAILED_PRECONDITION",
	413: "INVALID_ARGUMENT", 416: "OUT_OF_RANGE", 429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}

// Refuse is a refusal of the newer dialect.
func Refuse(code int, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Status: statuses[code], Message: fmt.Sprintf(format, args...)}
}

// Invalid is a 400 of the newer dialect.
func Invalid(format string, args ...any) *Refusal {
	return Refuse(http.StatusBadRequest, format, args...)
}

// Because is a refusal of the older dialect.
func Because(code int, reason, format string, args ...any) *Refusal {
	r := Refuse(code, format, args...)
	r.Reason = reason
	return r
}

// At says which parameter a refusal of the older dialect is about.
func (r *Refusal) At(parameter string) *Refusal {
	r.Location, r.LocationType = parameter, "parameter"
	return r
}

// body is the refusal as a dialect writes it.
func (r *Refusal) body(older bool) any {
	e := Obj{"code": r.Code, "message": r.Message}
	if older && !r.bare {
		one := Obj{"message": r.Message, "domain": r.Domain, "reason": r.Reason}
		if r.Short != "" {
			one["message"] = r.Short
		}
		if r.Domain == "" {
			one["domain"] = "global"
		}
		if r.Reason == "" {
			one["reason"] = reasons[r.Code]
		}
		if r.Location != "" {
			one["location"], one["locationType"] = r.Location, r.LocationType
		}
		e["errors"] = []any{one}
	}
	// The older dialect shows a status where the refusal comes from the front that all of Google's APIs share.
	if !older || r.Details != nil || r.Reason == "" || r.bare {
		e["status"] = r.Status
	}
	if r.Details != nil {
		e["details"] = r.Details
	}
	return Obj{"error": e}
}

var reasons = map[int]string{
	400: "badRequest", 401: "authError", 403: "forbidden", 404: "notFound", 409: "conflict", 412: "conditionNotMet", 413: "uploadTooLarge", 429: "rateLimitExceeded",
	500: "backendError", 501: "notImplemented", 503: "backendError",
}

// What every API refuses alike, before it looks at what is asked.
var (
	errUnregistered = &Refusal{Code: 403, Status: "PERMISSION_DENIED", Reason: "forbidden",
		Message: "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."}
	errCredentials = &Refusal{Code: 401, Status: "UNAUTHENTICATED", Reason: "authError", Location: "Authorization", LocationType: "header", Short: "Invalid Credentials",
		Message: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
		Header:  http.Header{"Www-Authenticate": {`Bearer realm="https://accounts.google.com/", error="invalid_token"`}}}
	errNoLogin = &Refusal{Code: 401, Status: "UNAUTHENTICATED", Reason: "required", Location: "Authorization", LocationType: "header", Short: "Login Required.",
		Message: "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal. See https://cloud.google.com/docs/authentication",
		Header:  http.Header{"Www-Authenticate": {`Bearer realm="https://accounts.google.com/"`}}}
	errKey = &Refusal{Code: 400, Status: "INVALID_ARGUMENT", Reason: "badRequest", Message: "API key not valid. Please pass a valid API key.",
		Details: []any{Obj{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}}}
	errNotTwinned = &Refusal{Code: 501, Status: "UNIMPLEMENTED", Reason: "notImplemented", Message: "This operation is not twinned."}
	errParse      = &Refusal{Code: 400, Status: "INVALID_ARGUMENT", Reason: "parseError", Message: "Parse Error"}
	errTooLarge   = &Refusal{Code: 413, Status: "INVALID_ARGUMENT", Reason: "uploadTooLarge", Message: "Request Entity Too Large"}
)

// errScope is for a token that lacks the scopes of an operation.
func errScope(service string, op *Operation) *Refusal {
	scopes := ""
	for i, s := range op.Scopes {
		if i > 0 {
			scopes += " "
		}
		scopes += s
	}
	return &Refusal{
		Code: 403, Status: "PERMISSION_DENIED", Reason: "insufficientPermissions", Short: "Insufficient Permission",
		Message: "Request had insufficient authentication scopes.",
		Details: []any{Obj{
			"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com",
			"metadata": Obj{"service": service + ".googleapis.com", "method": "google.apps." + op.ID},
		}},
		Header: http.Header{"Www-Authenticate": {`Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="` + scopes + `"`}},
	}
}
