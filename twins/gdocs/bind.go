package gdocs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/gapi"
)

// single refuses a request that is two, which the generated types let through.
func single(body []byte, in *api.BatchUpdateDocumentRequest) error {
	for i := range in.Requests {
		v := reflect.ValueOf(&in.Requests[i]).Elem()
		set := 0
		for k := range v.NumField() {
			if !v.Field(k).IsNil() {
				set++
			}
		}
		if set > 1 {
			return gapi.Invalid("Invalid value at 'requests[%d]' (oneof), oneof field 'request' is already set. Cannot set '%s'", i, second(body, i))
		}
	}
	return nil
}

// second is the second name of a request as it was sent.
func second(body []byte, request int) string {
	var in struct{ Requests []json.RawMessage }
	if json.Unmarshal(body, &in) != nil || request >= len(in.Requests) {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(in.Requests[request]))
	_, _ = d.Token()
	for n := 0; d.More(); {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		if n++; string(value) == "null" {
			n--
		}
		if n == 2 {
			return fmt.Sprint(name)
		}
	}
	return ""
}
