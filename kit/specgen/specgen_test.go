package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"twinset.dev/kit/spec"
	"twinset.dev/kit/spec/check"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := workspace()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestGeneratingChangesNothing(t *testing.T) {
	if err := generate(root(t), nil, true); err != nil {
		t.Error(err)
	}
}

func TestGenerateNoticesAnEdit(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"spec/openapi.json", "spec/overlay.yaml"} {
		b, err := os.ReadFile(filepath.Join(root(t), "twins", "gdocs", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "twins", "gdocs", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"gdocs"}
	if err := generate(dir, names, false); err != nil {
		t.Fatal(err)
	}
	if err := generate(dir, names, true); err != nil {
		t.Error(err)
	}
	overlay := filepath.Join(dir, "twins", "gdocs", "spec", "overlay.yaml")
	if err := os.WriteFile(overlay, []byte("components: {schemas: {Document: {properties: {title: {type: integer}}}}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := generate(dir, names, true)
	if err == nil || !strings.Contains(err.Error(), "openapi.json.gz") || !strings.Contains(err.Error(), "types.gen.go") {
		t.Errorf("after an edit of the overlay: got %v", err)
	}
	// A correction that makes the document invalid is refused.
	if err := os.WriteFile(overlay, []byte("components: {schemas: {Document: {type: nonsense}}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := generate(dir, names, false); err == nil {
		t.Error("an invalid document was generated from")
	}
}

// TestEmbedded loads what the twins embed, as their users get it.
func TestEmbedded(t *testing.T) {
	want := map[string]int{
		"okta/openapi":     694,
		"jira/platform-v3": 621,
		"jira/platform-v2": 595,
		"jira/agile":       95,
		"slack/openapi":    292,
		"gdrive/openapi":   66,
		"gsheets/openapi":  17,
		"gdocs/openapi":    3,
	}
	got := map[string]int{}
	for _, twin := range twins {
		ids, served := map[string]bool{}, map[string]bool{}
		for _, d := range twin.docs {
			name := twin.name + "/" + d.file
			gz, err := os.ReadFile(filepath.Join(root(t), "twins", twin.name, "internal", "api", d.file+".json.gz"))
			if err != nil {
				t.Fatal(err)
			}
			embedded := spec.Open(gz)
			doc, err := openapi3.NewLoader().LoadFromData(embedded.JSON())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if err := doc.Validate(context.Background()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			c := check.New(embedded)
			for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
				for method, op := range doc.Paths.Value(path).Operations() {
					got[name]++
					if at := method + " " + template.ReplaceAllString(path, "{}"); served[at] {
						t.Errorf("%s: %s is there twice", name, at)
					} else {
						served[at] = true
					}
					if ids[op.OperationID] {
						t.Errorf("%s: %s is the name of two operations", name, op.OperationID)
					}
					ids[op.OperationID] = true
					if got[name]%10 != 0 {
						continue // to compile them all takes long
					}
					// No operation answers 799, so this is about the operation being found and compiled.
					if errs := c.Response(op.OperationID, 799, "", nil); len(errs) > 0 {
						t.Errorf("%s: %v", name, errs)
					}
				}
			}
		}
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s has %d operations, want %d", name, got[name], n)
		}
	}
}

// TestNoProse looks for what facts leave out: whatever reads as a sentence.
func TestNoProse(t *testing.T) {
	for _, twin := range twins {
		for _, d := range twin.docs {
			if d.derive != nil {
				continue
			}
			b, err := os.ReadFile(filepath.Join(root(t), "twins", twin.name, "spec", d.file+".json"))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := readJSON(b)
			if err != nil {
				t.Fatal(err)
			}
			var look func(v any, at string)
			look = func(v any, at string) {
				switch v := v.(type) {
				case object:
					for k, x := range v {
						look(k, at)
						if k == "enum" || k == "mapping" || k == "title" { // may have spaces: "was not in", "Google Drive API"
							continue
						}
						look(x, at+"/"+k)
					}
				case []any:
					for _, x := range v {
						look(x, at)
					}
				case string:
					if strings.Count(v, " ") > 1 {
						t.Errorf("%s/%s: %s: %q", twin.name, d.file, at, v)
					}
				}
			}
			look(doc, "")
		}
	}
}

func TestSlackMergesTypesAndArchive(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "twins", "slack", "spec", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := readJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	if op := sub(doc, "paths", "/api/conversations.list", "get"); !slices.Contains(texts(op["x-slack-scopes"]), "channels:read") {
		t.Error("conversations.list has not the verb and scopes of the archive")
	}
	if op := sub(doc, "paths", "/api/chat.postMessage", "post"); !slices.Contains(texts(op["x-slack-errors"]), "channel_not_found") {
		t.Error("chat.postMessage has not the errors of the archive")
	}
	if sub(doc, "paths", "/api/files.getUploadURLExternal", "post") == nil {
		t.Error("files.getUploadURLExternal, which only the types have, is missing")
	}
	if sub(doc, "paths", "/api/files.upload", "post") == nil {
		t.Error("files.upload, which only the archive has, is missing")
	}
	if sub(doc, "paths", "/api/files.uploadV2") != nil {
		t.Error("files.uploadV2 is the SDK's own, and no method of Slack's")
	}
}

func TestIdent(t *testing.T) {
	for name, want := range map[string]string{
		"chat.postMessage":           "ChatPostMessage",
		"thread_ts":                  "ThreadTS",
		"files.getUploadURLExternal": "FilesGetUploadURLExternal",
		"dnd.endDnd":                 "DNDEndDND",
		"oauth.v2.access":            "OAuthV2Access",
		"api.test":                   "APITest",
		"channel_ids":                "ChannelIDs",
		"suggestedDeletionIds":       "SuggestedDeletionIDs",
		"imageURLs":                  "ImageURLs",
		"OAuth2Client":               "OAuth2Client",
		"x5t#S256":                   "X5tS256",
		"$.xgafv":                    "Xgafv",
		"256":                        "X256",
	} {
		if got := ident(name); got != want {
			t.Errorf("ident(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestFacts(t *testing.T) {
	doc, err := readJSON([]byte(`{
		"openapi": "3.0.3",
		"info": {"title": "Things", "description": "All about things.", "version": "7"},
		"paths": {
			"/things/{id}": {"get": {"operationId": "getThing", "summary": "Gets a thing.",
				"parameters": [{"in": "path", "name": "id", "schema": {"type": "string"}}],
				"responses": {"200": {"description": "The thing.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}},
			"/things/{thingId}": {"delete": {"operationId": "deleteThing",
				"parameters": [{"in": "path", "name": "thingId", "required": true, "schema": {"type": "string"}}],
				"responses": {"204": {"description": "Gone."}}}}
		},
		"components": {"schemas": {
			"Unused": {"type": "string"},
			"Thing": {"type": "object", "x-internal": true, "properties": {
				"description": {"type": "string", "description": "What it is."},
				"since": {"type": "string", "format": "A date, as they say", "default": "the beginning"},
				"size": {"type": "integer", "default": "small"},
				"kinds": {"type": "array"},
				"state": {"allOf": [{"$ref": "#/components/schemas/State"}, {"description": "How it is."}]},
				"owner": {"$ref": "#/components/schemas/State", "nullable": true},
				"likes": {"type": ["integer", "null"]}
			}},
			"State": {"type": "string", "enum": ["ON", "OFF", "ON"], "example": "ON"}
		}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	got := facts(doc)
	want, err := readJSON([]byte(`{
		"openapi": "3.0.3",
		"info": {"title": "api", "version": "7"},
		"paths": {
			"/things/{id}": {
				"get": {"operationId": "getThing",
					"parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "string"}}],
					"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}},
				"delete": {"operationId": "deleteThing",
					"parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "string"}}],
					"responses": {"204": {"description": ""}}}}
		},
		"components": {"schemas": {
			"Thing": {"type": "object", "properties": {
				"description": {"type": "string"},
				"since": {"type": "string"},
				"size": {"type": "integer"},
				"kinds": {"type": "array", "items": {}},
				"state": {"allOf": [{"$ref": "#/components/schemas/State"}]},
				"owner": {"$ref": "#/components/schemas/State"},
				"likes": {"type": "integer", "nullable": true}
			}},
			"State": {"type": "string", "enum": ["ON", "OFF"]}
		}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	if g, w := string(compact(got)), string(compact(want)); g != w {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

func TestMergePatch(t *testing.T) {
	for _, test := range []struct{ target, patch, want string }{
		{`{"a":"b","c":{"d":"e","f":"g"}}`, `{"a":"z","c":{"f":null}}`, `{"a":"z","c":{"d":"e"}}`},
		{`{"a":["b"]}`, `{"a":["c","d"]}`, `{"a":["c","d"]}`},
		{`{"a":"b"}`, `{"a":{"b":{"c":null}}}`, `{"a":{"b":{}}}`},
	} {
		var target, patch any
		for text, v := range map[string]*any{test.target: &target, test.patch: &patch} {
			if err := json.Unmarshal([]byte(text), v); err != nil {
				t.Fatal(err)
			}
		}
		if got := string(compact(mergePatch(target, patch))); got != test.want {
			t.Errorf("%s patched by %s: got %s, want %s", test.target, test.patch, got, test.want)
		}
	}
}

// TestSources compares the notes of where the specifications are from with what SOURCES.json says now.
func TestSources(t *testing.T) {
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, twin := range twins {
		if len(all[twin.name]) == 0 {
			t.Errorf("SOURCES.json does not have %s", twin.name)
		}
		line, err := os.ReadFile(filepath.Join(root(t), "twins", twin.name, "spec", "SOURCE"))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all[twin.name] {
			if len(s.SHA256) != 64 || s.Licence == "" {
				t.Errorf("%s: %s has no checksum or no licence", twin.name, s.Name)
			}
			if !strings.Contains(string(line), s.Name+"@"+s.Version) {
				t.Errorf("%s/spec/SOURCE does not name %s@%s: fetch again", twin.name, s.Name, s.Version)
			}
		}
	}
}
