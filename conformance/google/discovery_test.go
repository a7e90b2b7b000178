package google

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestDiscovery holds the discovery documents of the twins against those that google.golang.org/api is made from: all
// methods, their parameters, scopes and uploads, and all schemas.
func TestDiscovery(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	must(t, err)
	e := world(t)
	for _, name := range []string{"drive/v3", "sheets/v4", "docs/v1", "oauth2/v2"} {
		api, version, _ := strings.Cut(name, "/")
		b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), api, version, api+"-api.json"))
		must(t, err)
		var wanted map[string]any
		must(t, json.Unmarshal(b, &wanted))
		got := document(t, e.url+"/discovery/v1/apis/"+name+"/rest")
		if again := document(t, e.url+"/$discovery/rest?version="+version); !reflect.DeepEqual(got, again) {
			t.Errorf("%s: the two addresses answer two documents", name)
		}
		want(t, name+" rootUrl", got["rootUrl"], any(e.url+"/"))
		want(t, name+" mtlsRootUrl", got["mtlsRootUrl"], any(e.url+"/"))
		want(t, name+" baseUrl", got["baseUrl"], any(e.url+"/"+wanted["servicePath"].(string)))
		// What is the twin's own, or nobody's: addresses, pictures, and the mark of one copy of the document.
		for _, k := range []string{"rootUrl", "mtlsRootUrl", "baseUrl", "icons", "etag"} {
			delete(got, k)
			delete(wanted, k)
		}
		same(t, name, bare(got), bare(wanted))
	}
}

// document is what an address answers to anybody.
func document(t *testing.T, url string) (doc map[string]any) {
	t.Helper()
	res, err := http.Get(url)
	must(t, err)
	defer res.Body.Close()
	want(t, url, res.StatusCode, 200)
	must(t, json.NewDecoder(res.Body).Decode(&doc))
	return doc
}

// bare is a document without its sentences (descriptions that are strings, those of enumerations, annotations) and without
// what stands beside a reference, where OpenAPI, which the twins keep their specifications in, has no room.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		_, refers := v["$ref"].(string)
		for k, x := range v {
			_, sentence := x.(string)
			if k == "description" && sentence || k == "enumDescriptions" || k == "enumDeprecated" || k == "annotations" || refers && k != "$ref" {
				delete(v, k)
			} else {
				v[k] = bare(x)
			}
		}
	case []any:
		for i, x := range v {
			v[i] = bare(x)
		}
	}
	return v
}

// same tells where two trees differ. An empty list or object is as good as none.
func same(t *testing.T, at string, got, wanted any) {
	t.Helper()
	g, ok := got.(map[string]any)
	w, is := wanted.(map[string]any)
	if !ok && !is || ok != is && got != nil && wanted != nil {
		if l, _ := got.([]any); len(l) == 0 && wanted == nil {
			return
		}
		if !reflect.DeepEqual(got, wanted) {
			t.Errorf("%s is %v, want %v", at, got, wanted)
		}
		return
	}
	for k := range w {
		same(t, at+"."+k, g[k], w[k])
	}
	for k := range g {
		if _, known := w[k]; !known {
			same(t, at+"."+k, g[k], nil)
		}
	}
}
