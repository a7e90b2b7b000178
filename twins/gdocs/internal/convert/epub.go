package convert

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// epub writes a book of one chapter, with its headings as contents.
//
// https://www.w3.org/TR/epub-33/
func (o *outline) epub() ([]byte, error) {
	p := o.render(true)
	title := html.EscapeString(o.Title)
	if title == "" {
		title = "Untitled"
	}
	var nav, items strings.Builder
	all(o.blocks, func(x *par) {
		if x.level() > 0 && x.id != "" {
			var words strings.Builder
			x.plain(&words)
			fmt.Fprintf(&nav, `<li><a href="document.xhtml#%s">%s</a></li>`, html.EscapeString(x.id), html.EscapeString(words.String()))
		}
	})
	if nav.Len() == 0 {
		nav.WriteString(`<li><a href="document.xhtml">` + title + `</a></li>`)
	}
	files := []file{
		{"mimetype", []byte(EPUB)},
		{"META-INF/container.xml", []byte(`<?xml version="1.0" encoding="UTF-8"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="GoogleDoc/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`)},
	}
	for _, pic := range o.pictures() {
		name := fmt.Sprintf("images/image%d.%s", pic.n, pic.ext)
		files = append(files, file{"GoogleDoc/" + name, pic.data})
		fmt.Fprintf(&items, `<item id="image%d" href="%s" media-type="%s"/>`, pic.n, name, pic.mime)
	}
	head := `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>` + title + `</title>`
	files = append(files,
		file{"GoogleDoc/document.xhtml", []byte(head + `<style type="text/css">` + p.sheet.String() + `</style></head>` + p.b.String() + `</html>`)},
		file{"GoogleDoc/nav.xhtml", []byte(head + `</head><body><nav epub:type="toc"><ol>` + nav.String() + `</ol></nav></body></html>`)},
		file{"GoogleDoc/package.opf", []byte(`<?xml version="1.0" encoding="UTF-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">` + title + `</dc:identifier><dc:title>` + title + `</dc:title><dc:language>en</dc:language><meta property="dcterms:modified">` + o.Now.UTC().Format(time.RFC3339) +
			`</meta></metadata><manifest><item id="document" href="document.xhtml" media-type="application/xhtml+xml"/><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>` + items.String() + `</manifest><spine><itemref idref="document"/></spine></package>`)},
	)
	return o.archive(files)
}
