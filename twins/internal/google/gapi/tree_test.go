package gapi

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestTree holds trees against what encoding/json makes of the same values.
func TestTree(t *testing.T) {
	type leaf struct {
		Text *string  `json:"text,omitempty"`
		On   *bool    `json:"on,omitempty"`
		N    *int32   `json:"n,omitempty"`
		Big  *int64   `json:"big,omitempty"`
		F    *float64 `json:"f,omitempty"`
	}
	type node struct {
		Leaf  *leaf               `json:"leaf,omitempty"`
		All   []leaf              `json:"all,omitempty"`
		By    map[string]leaf     `json:"by,omitempty"`
		Names []string            `json:"names,omitempty"`
		Any   any                 `json:"any,omitempty"`
		Rows  [][]json.RawMessage `json:"rows,omitempty"`
	}
	for _, text := range []string{
		`{}`, `{"leaf":{}}`, `{"leaf":{"text":"","on":false,"n":0,"big":0,"f":0}}`, `{"leaf":{"text":"é<&>","on":true,"n":-7,"big":4503599627370496,"f":0.1}}`,
		`{"all":[],"by":{},"names":[]}`, `{"all":[{},{"n":1}],"by":{"":{},"b":{"f":-2.5}},"names":["","x"]}`,
		`{"any":{"a":[1,null,"x",{"b":true}]}}`, `{"any":"x"}`, `{"rows":[[1,"x",null,{"a":[]}],[]]}`,
	} {
		var in node
		if err := json.Unmarshal([]byte(text), &in); err != nil {
			t.Fatal(err)
		}
		j, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(j, &want); err != nil {
			t.Fatal(err)
		}
		if got := Tree(&in); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", text, got, want)
		}
	}
}
