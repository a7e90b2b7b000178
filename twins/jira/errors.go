package jira

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// A refusal is how Jira says no: sentences about the whole, and sentences about fields.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes
type refusal struct {
	status   int
	messages []string
	fields   map[string]string
	header   http.Header
	body     any    // in the place of the usual one
	text     string // or that, which is no JSON
}

func (r *refusal) Error() string { return r.code() }

// code is the refusal in one line, for the journal.
func (r *refusal) code() string {
	if len(r.messages) > 0 {
		return r.messages[0]
	}
	for _, s := range sorted(r.fields) {
		return s + ": " + r.fields[s]
	}
	return strconv.Itoa(r.status)
}

func (r *refusal) said() any {
	if r.body != nil {
		return r.body
	}
	fields := obj{}
	for k, v := range r.fields {
		fields[k] = v
	}
	return obj{"errorMessages": anys(r.messages), "errors": fields}
}

func refuse(status int, format string, args ...any) *refusal {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &refusal{status: status, messages: []string{format}}
}

func badRequest(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, format, args...)
}

func forbidden(format string, args ...any) *refusal {
	return refuse(http.StatusForbidden, format, args...)
}

func notFound(format string, args ...any) *refusal {
	return refuse(http.StatusNotFound, format, args...)
}

// wrong refuses one field.
func wrong(field, format string, args ...any) *refusal {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &refusal{status: http.StatusBadRequest, fields: map[string]string{field: format}}
}

// plain is a refusal of the gateway, which speaks otherwise than Jira itself.
func plain(status int, message string) *refusal {
	return &refusal{status: status, messages: []string{message}, body: obj{"message": message, "status-code": status}}
}

var (
	errNotTwinned = refuse(http.StatusNotImplemented, "This operation is not twinned.")
	errInternal   = refuse(http.StatusInternalServerError, "Internal server error")
	errMediaType  = plain(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	errTooLarge   = plain(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	errAnonymous  = plain(http.StatusUnauthorized, "Client must be authenticated to access this resource.")
	errNoSite     = &refusal{status: http.StatusNotFound, messages: []string{"Not Found"}, body: obj{"code": 404, "message": "Not Found"}}
	errNoIssue    = notFound("Issue does not exist or you do not have permission to see it.")
	errAdminOnly  = forbidden("You do not have permission to administer Jira.")
)

// badCredentials refuses credentials that nobody has.
var badCredentials = &refusal{status: http.StatusUnauthorized, messages: errAnonymous.messages, body: errAnonymous.body,
	header: http.Header{"X-Seraph-Loginreason": {"AUTHENTICATED_FAILED"}, "Www-Authenticate": {`OAuth realm="https%3A%2F%2Ftwin"`}}}

// tooMany refuses for the rate of calls.
//
// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
func tooMany(seconds int) *refusal {
	r := refuse(http.StatusTooManyRequests, "Rate limit exceeded.")
	r.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}, "X-Ratelimit-Limit": {strconv.Itoa(rateLimit)}, "X-Ratelimit-Remaining": {"0"}, "Ratelimit-Reason": {"jira-burst-based"}}
	return r
}

// jsonProblem says what is wrong with a body that is no JSON.
func jsonProblem(err error) string {
	if s := (*json.SyntaxError)(nil); errors.As(err, &s) {
		return "There was an error parsing JSON. Check that your request body is valid."
	}
	return "Invalid request payload. Refer to the REST API documentation and try again."
}

func requestID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
