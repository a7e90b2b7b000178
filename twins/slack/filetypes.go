package slack

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// A filetype is one of the types that Slack tells files apart by.
//
// https://docs.slack.dev/reference/objects/file-object#types
type filetype struct {
	id, pretty, mime string
	text             bool   // shown with a preview, and edited as a snippet
	extensions       string // separated by spaces; the id is one unless this starts with -
}

// filetypes are Slack's types. What it does not know is binary, or text if it reads like text.
var filetypes = []filetype{
	{"text", "Plain Text", "text/plain", true, "txt log conf ini cfg env"},
	{"ai", "Illustrator File", "application/postscript", false, ""},
	{"apk", "APK", "application/vnd.android.package-archive", false, ""},
	{"applescript", "AppleScript", "text/plain", true, "scpt"},
	{"binary", "Binary", "application/octet-stream", false, "bin exe dll so"},
	{"bmp", "Bitmap", "image/bmp", false, ""},
	{"boxnote", "BoxNote", "text/plain", true, ""},
	{"c", "C", "text/plain", true, "h"},
	{"csharp", "C#", "text/plain", true, "cs"},
	{"cpp", "C++", "text/plain", true, "cc cxx hpp hh"},
	{"css", "CSS", "text/css", true, ""},
	{"csv", "CSV", "text/csv", true, ""},
	{"clojure", "Clojure", "text/plain", true, "clj cljs"},
	{"coffeescript", "CoffeeScript", "text/plain", true, "coffee"},
	{"cfm", "ColdFusion", "text/plain", true, ""},
	{"d", "D", "text/plain", true, ""},
	{"dart", "Dart", "text/plain", true, ""},
	{"diff", "Diff", "text/plain", true, "patch"},
	{"doc", "Word Document", "application/msword", false, ""},
	{"docx", "Word Document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", false, ""},
	{"dockerfile", "Docker", "text/plain", true, ""},
	{"dotx", "Word template", "application/vnd.openxmlformats-officedocument.wordprocessingml.template", false, ""},
	{"email", "Email", "text/html", false, "eml"},
	{"eps", "EPS", "application/postscript", false, ""},
	{"epub", "EPUB", "application/epub+zip", false, ""},
	{"erlang", "Erlang", "text/plain", true, "erl"},
	{"fla", "Flash FLA", "application/octet-stream", false, ""},
	{"flv", "Flash Video", "video/x-flv", false, ""},
	{"fsharp", "F#", "text/plain", true, "fs fsx"},
	{"fortran", "Fortran", "text/plain", true, "f f90 f95"},
	{"gdoc", "Google Docs", "application/vnd.google-apps.document", false, ""},
	{"gdraw", "Google Drawing", "application/vnd.google-apps.drawing", false, ""},
	{"gif", "GIF", "image/gif", false, ""},
	{"go", "Go", "text/plain", true, ""},
	{"gpres", "Google Slides", "application/vnd.google-apps.presentation", false, ""},
	{"groovy", "Groovy", "text/plain", true, ""},
	{"gsheet", "Google Sheets", "application/vnd.google-apps.spreadsheet", false, ""},
	{"gzip", "Gzip", "application/gzip", false, "gz tgz"},
	{"html", "HTML", "text/html", true, "htm xhtml"},
	{"handlebars", "Handlebars", "text/plain", true, "hbs"},
	{"haskell", "Haskell", "text/plain", true, "hs"},
	{"haxe", "Haxe", "text/plain", true, "hx"},
	{"heic", "HEIC", "image/heic", false, "heif"},
	{"indd", "InDesign Document", "application/octet-stream", false, ""},
	{"java", "Java", "text/plain", true, ""},
	{"javascript", "JavaScript", "text/javascript", true, "js mjs cjs"},
	{"jpg", "JPEG", "image/jpeg", false, "jpeg jpe"},
	{"json", "JSON", "application/json", true, ""},
	{"keynote", "Keynote Document", "application/vnd.apple.keynote", false, "key"},
	{"kotlin", "Kotlin", "text/plain", true, "kt kts"},
	{"latex", "LaTeX/sTeX", "text/plain", true, "tex sty"},
	{"lisp", "Lisp", "text/plain", true, "lsp el"},
	{"lua", "Lua", "text/plain", true, ""},
	{"m4a", "MPEG 4 Audio", "audio/mp4", false, ""},
	{"markdown", "Markdown (raw)", "text/markdown", true, "md mkd"},
	{"matlab", "MATLAB", "text/plain", true, "m"},
	{"mhtml", "MHTML", "multipart/related", false, "mht"},
	{"mkv", "Matroska Video", "video/x-matroska", false, ""},
	{"mov", "QuickTime Movie", "video/quicktime", false, "qt"},
	{"mp3", "MP3", "audio/mpeg", false, ""},
	{"mp4", "MPEG 4 Video", "video/mp4", false, "m4v"},
	{"mpg", "MPEG Video", "video/mpeg", false, "mpeg"},
	{"mumps", "MUMPS", "text/plain", true, "mps"},
	{"numbers", "Numbers Document", "application/vnd.apple.numbers", false, ""},
	{"nzb", "NZB", "application/x-nzb", false, ""},
	{"objc", "Objective-C", "text/plain", true, "mm"},
	{"ocaml", "OCaml", "text/plain", true, "ml mli"},
	{"odg", "OpenDocument Drawing", "application/vnd.oasis.opendocument.graphics", false, ""},
	{"odi", "OpenDocument Image", "application/vnd.oasis.opendocument.image", false, ""},
	{"odp", "OpenDocument Presentation", "application/vnd.oasis.opendocument.presentation", false, ""},
	{"ods", "OpenDocument Spreadsheet", "application/vnd.oasis.opendocument.spreadsheet", false, ""},
	{"odt", "OpenDocument Text", "application/vnd.oasis.opendocument.text", false, ""},
	{"ogg", "Ogg Vorbis", "audio/ogg", false, "oga"},
	{"ogv", "Ogg Video", "video/ogg", false, ""},
	{"pages", "Pages Document", "application/vnd.apple.pages", false, ""},
	{"pascal", "Pascal", "text/plain", true, "pas pp"},
	{"pdf", "PDF", "application/pdf", false, ""},
	{"perl", "Perl", "text/plain", true, "pl pm"},
	{"php", "PHP", "text/plain", true, ""},
	{"pig", "Pig", "text/plain", true, ""},
	{"png", "PNG", "image/png", false, ""},
	{"powershell", "PowerShell", "text/plain", true, "ps1 psm1"},
	{"ppt", "PowerPoint Presentation", "application/vnd.ms-powerpoint", false, ""},
	{"pptx", "PowerPoint Presentation", "application/vnd.openxmlformats-officedocument.presentationml.presentation", false, ""},
	{"psd", "Photoshop Document", "image/vnd.adobe.photoshop", false, ""},
	{"puppet", "Puppet", "text/plain", true, ""},
	{"python", "Python", "text/plain", true, "py pyw"},
	{"qtz", "Quartz Composer Composition", "application/x-quartzcomposer", false, ""},
	{"r", "R", "text/plain", true, ""},
	{"rtf", "Rich Text File", "application/rtf", false, ""},
	{"ruby", "Ruby", "text/plain", true, "rb"},
	{"rust", "Rust", "text/plain", true, "rs"},
	{"sql", "SQL", "text/plain", true, ""},
	{"sass", "Sass", "text/plain", true, "scss"},
	{"scala", "Scala", "text/plain", true, ""},
	{"scheme", "Scheme", "text/plain", true, "scm"},
	{"sketch", "Sketch File", "application/octet-stream", false, ""},
	{"shell", "Shell", "text/plain", true, "sh bash zsh"},
	{"smalltalk", "Smalltalk", "text/plain", true, "st"},
	{"svg", "SVG", "image/svg+xml", false, ""},
	{"swf", "Flash SWF", "application/x-shockwave-flash", false, ""},
	{"swift", "Swift", "text/plain", true, ""},
	{"tar", "Tarball", "application/x-tar", false, ""},
	{"tiff", "TIFF", "image/tiff", false, "tif"},
	{"tsv", "TSV", "text/tab-separated-values", true, ""},
	{"typescript", "TypeScript", "text/plain", true, "ts tsx"},
	{"vb", "VB.NET", "text/plain", true, ""},
	{"vbscript", "VBScript", "text/plain", true, "vbs"},
	{"vcard", "vCard", "text/vcard", true, "vcf"},
	{"velocity", "Velocity", "text/plain", true, "vm"},
	{"verilog", "Verilog", "text/plain", true, "v"},
	{"wav", "Wave", "audio/wav", false, ""},
	{"webm", "WebM", "video/webm", false, ""},
	{"webp", "WebP", "image/webp", false, ""},
	{"wmv", "Windows Media Video", "video/x-ms-wmv", false, ""},
	{"xls", "Excel Spreadsheet", "application/vnd.ms-excel", false, ""},
	{"xlsx", "Excel Spreadsheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false, ""},
	{"xlsb", "Excel Spreadsheet (Binary, Macro Enabled)", "application/vnd.ms-excel.sheet.binary.macroEnabled.12", false, ""},
	{"xlsm", "Excel Spreadsheet (Macro Enabled)", "application/vnd.ms-excel.sheet.macroEnabled.12", false, ""},
	{"xltx", "Excel template", "application/vnd.openxmlformats-officedocument.spreadsheetml.template", false, ""},
	{"xml", "XML", "application/xml", true, ""},
	{"yaml", "YAML", "text/plain", true, "yml"},
	{"zip", "Zip", "application/zip", false, ""},
	{"remote", "Remote", "application/vnd.slack-remote", false, "-"},
	{"quip", "Canvas", "application/vnd.slack-docs", false, "-"},
	{"list", "List", "application/vnd.slack-list", false, "-"},
}

var filetypeByID, filetypeByExtension = func() (ids, extensions map[string]filetype) {
	ids, extensions = map[string]filetype{}, map[string]filetype{}
	for _, t := range filetypes {
		ids[t.id] = t
		if !strings.HasPrefix(t.extensions, "-") {
			extensions[t.id] = t
			for _, x := range strings.Fields(t.extensions) {
				extensions[x] = t
			}
		}
	}
	return ids, extensions
}()

// extension is what the name of a file of the type ends with.
func (t filetype) extension() string {
	if more := strings.Fields(t.extensions); len(more) > 0 {
		return more[0]
	}
	return t.id
}

// snippetType finds a type that a snippet may have, by id or extension.
func snippetType(name string) (filetype, bool) {
	t, ok := filetypeByID[name]
	if !ok {
		t, ok = filetypeByExtension[name]
	}
	return t, ok && t.text
}

// filetypeOf tells a file's type by its name, else by its first bytes.
func filetypeOf(name string, head []byte) filetype {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if t, ok := filetypeByExtension[extension]; ok && extension != "" {
		return t
	}
	if strings.EqualFold(name, "Dockerfile") {
		return filetypeByID["dockerfile"]
	}
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch kind {
	case "image/png", "image/gif", "image/jpeg", "image/bmp", "image/webp", "application/pdf", "application/zip", "video/mp4", "video/webm", "audio/mpeg":
		for _, t := range filetypes {
			if t.mime == kind {
				return t
			}
		}
	case "application/x-gzip":
		return filetypeByID["gzip"]
	}
	if isText(head) {
		return filetypeByID["text"]
	}
	return filetypeByID["binary"]
}

// isText reports whether the beginning of a file reads like text.
func isText(head []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut < len(head); cut++ { // the last character may be cut off
		if utf8.Valid(head[:len(head)-cut]) {
			return !bytes.ContainsRune(head, 0)
		}
	}
	return len(head) == 0
}
