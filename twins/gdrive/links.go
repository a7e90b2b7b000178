package gdrive

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// exportPath is where the export links of a file begin.
const exportPath = "/drive-export/"

// links serves what the links in answers lead to and what is no page: pictures of types and themes, which need no
// credential, and what a file is exported as.
func (d *Drive) links() {
	d.Beyond(twin.Full, "links.export", "GET", exportPath+"{fileId}", nil, d.filesExport).Public()
	for _, path := range []string{"/16/type/*", "/drive-themes/:theme"} {
		d.Echo.GET(path, picture)
	}
}

// picture draws a tile in a color of its own, which stands for an icon, a photo or a theme.
func picture(c echo.Context) error {
	names := strings.Split(strings.TrimRight(c.Request().URL.Path, "/"), "/")
	color := colors[len(names[len(names)-1])%len(colors)]
	if t := themeOf(names[len(names)-1]); t != nil {
		color = t.color
	}
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" rx="8" fill="`+color+`"/></svg>`))
}
