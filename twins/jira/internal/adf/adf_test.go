package adf

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// company is the site that the scripts are played at.
var company = Site{
	Base: "https://acme.example/w/one",
	Key:  "ACME-1",
	User: func(id string) string {
		return map[string]string{"557057:f9c4": "Mia Krystof", "5b10": `Bo "B" <Olsen>`}[id]
	},
	File: func(ref string) (File, bool) {
		for _, f := range []File{
			{ID: "10000", Media: "3d7f2a10-0000-4000-8000-000000000001", Name: "plan (4).png", Image: true},
			{ID: "10001", Media: "3d7f2a10-0000-4000-8000-000000000002", Name: "figures.xlsx"},
		} {
			if ref == f.Media || ref == f.Name {
				return f, true
			}
		}
		return File{Media: ref, Name: ref, Image: true}, false
	},
	Issue: func(key string) (string, bool) { return `Fix "it"`, key == "ACME-2" },
}

// TestScripts plays what people write at the package: wiki markup or, when it begins with a brace and a quote, a document.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var doc Node
			if strings.HasPrefix(d.Input, `{"`) {
				if err := json.Unmarshal([]byte(d.Input), &doc); err != nil {
					d.Fatalf(t, "%v", err)
				}
				if doc["type"] != "doc" {
					doc = Node{"type": "doc", "version": 1.0, "content": []any{doc}}
				}
				if err := Check(doc); err != nil {
					d.Fatalf(t, "%v", err)
				}
			} else {
				doc = FromWiki(d.Input, company)
			}
			switch d.Cmd {
			case "doc":
				if err := Check(doc); err != nil {
					d.Fatalf(t, "%v", err)
				}
				var lines []string
				for n := range kids(doc) {
					lines = append(lines, encode(n))
				}
				return strings.Join(lines, "\n") + "\n"
			case "wiki":
				return ToWiki(doc, company) + "\n"
			case "html":
				if !strings.HasPrefix(d.Input, `{"`) {
					return WikiToHTML(d.Input, company) + "\n"
				}
				return ToHTML(doc, company) + "\n"
			case "text":
				return ToText(doc) + "\n"
			case "mentions":
				return strings.Join(Mentions(doc), " ") + "\n"
			}
			d.Fatalf(t, "no such command")
			return ""
		})
	})
}
