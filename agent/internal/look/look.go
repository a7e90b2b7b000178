// Package look is how the pages of the agent look: one style sheet and one frame, without anything from the network.
package look

import (
	_ "embed"
	"html/template"
	"io"
)

// CSS is the style sheet.
//
//go:embed look.css
var CSS string

var frame = template.Must(template.New("frame").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>{{.CSS}}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<main id="main" class="page">
{{.Body}}
</main>
</body>
</html>
`))

// Page writes a page that stands alone.
func Page(w io.Writer, title string, body template.HTML) error {
	return frame.Execute(w, map[string]any{"Title": title, "CSS": template.CSS(CSS), "Body": body})
}
