package gdrive

import (
	"bytes"
	"encoding/json"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/gapi"
)

// section is what a seed says of Drive.
type section struct{}

// seed gives every account its My Drive, and fills them with what the seed says.
func (d *Drive) seed(tc *twin.Call, _, raw json.RawMessage) error {
	var se section
	if len(raw) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&se); err != nil {
			return err
		}
	}
	for u := range d.Users.All(tc.Tx, "") {
		d.Roots(gapi.By(tc, u), u)
	}
	return nil
}
